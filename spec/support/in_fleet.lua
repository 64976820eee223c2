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

local connect = rawget(_G, "ngx") and connect_in_nginx
  or require("spec.support.redis").connector { port = PORT }

local store = sigmamind.store.redis(connect)
local shared = sigmamind.new {
  store = store, coalesce = true, cache = { ttl = 60, stale = 600 }, timeout = 2, attempts = 1,
}
local began = {}
local limited = sigmamind.new {
  store = store, rate = { per_second = 50, burst = 5 },
  on_event = function(event)
    if event.name == "request" then
      began[#began + 1] = ("%.4f"):format(core.now()):gsub(",", ".")
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
  began = {}
  local over = core.now() + 2
  while core.now() < over do
    sigmamind.assert(limited.campaigns:page { size = 1 })
  end
  return table.concat(began, " ")
end

--- The status of a request, and the times of its begin and end.
function fleet.pause()
  local from = core.now()
  local page, err = limited.campaigns:page({ size = 1 }, { attempts = 1 })
  return ("%s %.4f %.4f"):format(page and 200 or err.status or err.kind, from, core.now()):gsub(",", ".")
end

--- The process that answers.
function fleet.worker()
  return tostring(core.process())
end

if arg and fleet[arg[1]] and not rawget(_G, "ngx") then
  print((fleet[arg[1]]()))
end

return fleet
