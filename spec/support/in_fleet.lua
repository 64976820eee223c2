-- A process of a fleet: in nginx's Lua, or a script. The Redis server that all share is at REDIS_PORT.
--
--   lua spec/support/in_fleet.lua page|rate|pause     prints what the function returns

local core = require "sigmamind.core"
local sigmamind = require "sigmamind"

local fleet = {}

local PORT = tonumber(os.getenv "REDIS_PORT")

local function connect_in_nginx(timeout)
  local client = require("nginx.redis"):new()
  client:set_timeout(timeout * 1000)
  local ok, err = client:connect("127.0.0.1", PORT)
  return ok and client, err
end

local function connect_in_script(timeout)
  return require("spec.support.redis").client.connect { host = "127.0.0.1", port = PORT, timeout = timeout }
end

-- On a busy machine the default, 50 ms, passes a server by that is merely slow.
local store = sigmamind.store.redis(rawget(_G, "ngx") and connect_in_nginx or connect_in_script, { timeout = 3 })
local shared = sigmamind.new {
  store = store, coalesce = true, cache = { ttl = 60, stale = 600 }, timeout = 2, attempts = 1,
}
local began = setmetatable({}, { __mode = "k" }) -- lists of times, by the coroutine that reads
local limited = sigmamind.new {
  store = store, rate = { per_second = 50, burst = 5 },
  on_event = function(event)
    local list = began[coroutine.running() or "main"]
    if list and event.name == "request" then
      list[#list + 1] = ("%.4f"):format(core.now())
    end
  end,
}

--- The id of the first campaign, by a client with a cache that shares requests.
function fleet.page()
  local page, err = shared.campaigns:page { size = 1 }
  return page and page.data[1].campaignId or tostring(err)
end

--- Sends requests for a while, as fast as the rate of all allows. Returns the times of their begins.
function fleet.rate()
  local over, list = core.now() + 2, {}
  began[coroutine.running() or "main"] = list
  while core.now() < over do
    sigmamind.assert(limited.campaigns:page { size = 1 })
  end
  return table.concat(list, " ")
end

--- The status of a request, and the times of its begin and end.
function fleet.pause()
  local from = core.now()
  local page, err = limited.campaigns:page({ size = 1 }, { attempts = 1 })
  return ("%s %.4f %.4f"):format(page and 200 or err.status or err.kind, from, core.now())
end

--- The process that answers.
function fleet.worker()
  return tostring(core.process())
end

if arg and fleet[arg[1]] and not rawget(_G, "ngx") then
  print((fleet[arg[1]]()))
end

return fleet
