-- What prove/allocator.c runs while allocations fail: a client, a page, a filtered walk, an error
-- and close. Raises when something else comes than must.

local url, key = ...

if jit then
  jit.off() -- machine code of LuaJIT's own that runs out of memory crashes it
end

-- Lua 5.1 does not load a module again once that failed.
for name in pairs(package.loaded) do
  if name:find "^sigmamind" then
    package.loaded[name] = nil
  end
end

local sigmamind = require "sigmamind"

local function expect(condition, what)
  if not condition then
    error(what, 0)
  end
end

local function list(client)
  local page, err = client:list_campaigns { size = 5 }
  expect(page, err)
  local rows = 0
  while page:next() do
    rows = rows + 1
  end
  expect(rows == 5 and page:info().totalCount == 125, "another page")
  expect(page:next_json() == nil, "a row after the last")
end

local function walk(client)
  local stream = client:campaigns {
    size = 50,
    where = {
      campaignStatus = { one_of = { "live", "paused" } },
      ["agent.name"] = { contains = "Agent" },
    },
    select = { "campaignId", "phoneNumber.sipPhoneNumber", "errors" },
  }
  local rows, err = stream:totable()
  expect(rows, err)
  expect(#rows > 10 and stream:report().pages == 3, "another walk")
  expect(#stream:token() > 50, "no token")
end

local function fail(base_url)
  local client = sigmamind.new { base_url = base_url, api_key = "wrong" }
  local page, err = client:list_campaigns()
  client:close()
  expect(not page and err.kind == "auth", err)
  expect(tostring(err):find "401", "an error that says nothing of 401")
end

--- A proxy that nobody runs: nothing of its password is in the error, whichever it is.
local function fail_through_proxy()
  local through = "http://user:s3cret@127.0.0.1:1"
  local client = sigmamind.new { base_url = url, api_key = key, proxy = through, attempts = 1 }
  local page, err = client:list_campaigns()
  client:close()
  expect(not page and err.kind == "network", err)
  expect(not tostring(err):find "s3cret", "the password of a proxy")
end

return function()
  local client = sigmamind.new { base_url = url, api_key = key, prefetch = 2, attempts = 2 }
  list(client)
  walk(client)
  client:close()
  fail(url)
  fail_through_proxy()
end
