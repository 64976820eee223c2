-- Three coroutines wait for one transfer, and then two of them raise an error.

local core = require "sigmamind.core"
local luv = require "sigmamind.runtime.luv"
local uv = require "luv"

local session = core.session {}
local transfer = session:start { url = os.getenv "SIGMAMIND_BASE_URL" .. "/v1/campaigns" }

local function wait_and_then(action)
  coroutine.wrap(function()
    luv.wait(session, transfer)
    action()
  end)()
end

wait_and_then(function() error "the first has failed" end)
wait_and_then(function() io.stderr:write "the second goes on\n" end)
wait_and_then(function()
  error(setmetatable({}, { __tostring = function() return "the third has failed" end }))
end)
uv.run()
