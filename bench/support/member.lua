-- One process of the fleet of bench/fleet.lua, in nginx or a script: ours, and as others would
-- write it, with a cosocket, lua-cjson and a shared dictionary.
--
--   lua bench/support/member.lua turns

local cjson = require "cjson"
local core = require "sigmamind.core"
local sigmamind = require "sigmamind"

local member = {}

local RATE = tonumber(os.getenv "FLEET_RATE")
local BURST = tonumber(os.getenv "FLEET_BURST")
local SECONDS = tonumber(os.getenv "FLEET_SECONDS")
local REDIS = tonumber(os.getenv "REDIS_PORT")
local NEW = 5 -- seconds for which the other keeps what it fetched

local ngx = rawget(_G, "ngx")

local function connect(timeout)
  if not ngx then
    return require("spec.support.redis").client.connect("127.0.0.1", REDIS, timeout)
  end
  local client = require("nginx.redis"):new()
  client:set_timeout(timeout * 1000)
  local ok, err = client:connect("127.0.0.1", REDIS)
  return ok and client, err
end

--- The store, which notes when each turn may be used: two times, between which the server's is.
local granted = setmetatable({}, { __mode = "k" }) -- lists of times, by coroutine
local redis = sigmamind.store.redis(connect, { timeout = 1 })
local store = setmetatable({
  take = function(_, ...)
    local before = core.now()
    local wait, more = redis:take(...)
    local list = granted[coroutine.running() or "main"]
    if wait and list then
      list[#list + 1] = ("%.6f %.6f"):format(before + wait, core.now() + wait)
    end
    return wait, more
  end,
}, {
  __index = function(_, name)
    return function(_, ...)
      return redis[name](redis, ...)
    end
  end,
})

local sharing = sigmamind.new { store = redis, coalesce = true, cache = { ttl = 60 } }
local limited = sigmamind.new { store = store, rate = { per_second = RATE, burst = BURST } }

--- Sends requests as fast as the rate allows. Returns the times of their turns.
function member.turns()
  local list, over = {}, core.now() + SECONDS
  granted[coroutine.running() or "main"] = list
  while core.now() < over do
    sigmamind.assert(limited.campaigns:page { size = 100 })
  end
  return table.concat(list, " ")
end

--- The rows of a page, out of what all share.
function member.page()
  return tostring(sigmamind.assert(sharing.campaigns:page { size = 100 }):info().count)
end

if not ngx then
  print(member[arg[1]]())
  return
end

local fetch = require("bench.support.in_nginx").body
local dict = ngx.shared.by_hand

--- The other's turns: so many in each second, counted in the machine's dictionary.
function member.turns_by_hand()
  local list, over = {}, core.now() + SECONDS
  while core.now() < over do
    local second = math.floor(ngx.now())
    if dict:incr("turns" .. second, 1, 0, 2) <= RATE then
      list[#list + 1] = ("%.6f %.6f"):format(core.now(), core.now())
      fetch()
    else
      ngx.sleep(second + 1 - ngx.now())
    end
  end
  return table.concat(list, " ")
end

--- The other's page: out of the dictionary, else fetched.
function member.page_by_hand()
  local body = dict:get "page"
  if not body then
    body = fetch()
    dict:set("page", body, NEW)
  end
  return tostring(#cjson.decode(body).data)
end

return member
