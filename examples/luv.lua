-- Reads several listings at once in one thread, on libuv's loop. A timer represents the
-- loop's other work. Each listing runs in its own coroutine, in the style of blocking code.
--
--   make sandbox                        prints a URL and a key; leave it running
--   export SIGMAMIND_BASE_URL=...       the URL
--   export SIGMAMIND_API_KEY=...        the key
--   lua5.4 examples/luv.lua             needs luv (on Debian: apt install lua-luv)

local sigmamind = require "sigmamind"
local uv = require "luv"

local STATUSES = { "live", "scheduled", "paused", "completed" }

local client = sigmamind.new { runtime = "luv" }
local timer, ticks = uv.new_timer(), 0
local under_way, failed = 0, false

--- Reads a listing to its end, not with `for`: plain Lua 5.1 cannot yield in it.
local function count_calls(status)
  local campaigns = client:campaigns { status = status, size = 10 }
  local count, calls = 0, 0
  while true do
    local campaign, err = campaigns:next()
    if err then
      return nil, err
    elseif not campaign then
      return count, calls
    end
    count = count + 1
    calls = calls + campaign.concurrentCalls
  end
end

local function report(status)
  local count, calls = count_calls(status)
  if count then
    print(("%s: %d campaigns, %d calls at once"):format(status, count, calls))
  else
    print(("%s: %s"):format(status, tostring(calls)))
    failed = true
  end
end

local function list(status)
  under_way = under_way + 1
  report(status)
  under_way = under_way - 1
  if under_way == 0 then
    timer:close()
  end
end

timer:start(1, 1, function()
  ticks = ticks + 1
end)
for _, status in ipairs(STATUSES) do
  coroutine.wrap(list)(status)
end

uv.run() -- returns when nothing is in flight and the timer is closed
print(("the timer ticked %d times"):format(ticks))
client:close()
os.exit(failed and 1 or 0)
