--- flight: lets one of several readers who ask the same fetch it for all, in this process and in
--- those that share the store.
--
-- The lock is a key with a token; its TTL is longer than an attempt may take. When its owner dies,
-- another reader takes over after the TTL at the latest. What the owner got is left under its token
-- for those who waited, unless the cache has it.

local core = require "sigmamind.core"

local flight = {}

local SLACK = 5 -- seconds that the lock outlives an attempt
local LONGEST = 3600 -- seconds of the lock, where an attempt has no limit: no timeout is longer
local LANDED_TTL = 10 -- seconds in which those who waited fetch what the owner got
local TRIES = 3 -- to take a lock that is free each time, and taken by another
local POLL_FIRST, POLL_MAX, GROWTH = 0.002, 0.05, 1.5 -- seconds between two looks at the lock

--- A name that no other process chooses.
---@return string
function flight.token()
  local function part()
    return ("%06x"):format(math.floor(core.random() * 2 ^ 24))
  end
  return part() .. part() .. part() .. part()
end

--- Takes the lock. Returns a token if the caller must fetch; nil and the owner's token if somebody
--- else does. A store that fails lets everybody fetch.
---@param store sigmamind.Guard
---@param key string
---@param timeout number|false  seconds of an attempt
---@return string|nil token, string|nil other
function flight.begin(store, key, timeout)
  local token = flight.token()
  for _ = 1, TRIES do
    local added = store:add(key, token, (timeout or LONGEST) + SLACK)
    local other = added == false and store:get(key)
    if other then
      return nil, other
    elseif added ~= false then
      break
    end
  end
  return token
end

--- Ends the fetch: leaves the outcome to those who wait, and gives the lock back.
---@param store sigmamind.Guard
---@param key string
---@param token string
---@param outcome string|nil  nil: they look into the cache, or take over
---@param dead? string  the token of an owner that has died: some may wait for it still
function flight.land(store, key, token, outcome, dead)
  if outcome then
    store:set(key .. ":" .. token, outcome, LANDED_TTL)
  end
  if outcome and dead then
    store:set(key .. ":" .. dead, outcome, LANDED_TTL)
  end
  if store:get(key) == token then
    store:set(key, nil)
  end
end

--- Leaves the lock for a while, so that nobody else tries what has just failed.
---@param store sigmamind.Guard
---@param key string
---@param token string
---@param seconds number
function flight.hold(store, key, token, seconds)
  store:set(key, token, seconds)
end

--- Waits until the fetch has ended or its lock has expired. Returns the outcome; nil if none was
--- left, or the time of the waiting request is over.
---@param store sigmamind.Guard
---@param key string
---@param other string
---@param request sigmamind.Request
---@return string|nil
function flight.wait(store, key, other, request)
  local interval = POLL_FIRST
  repeat
    request:rest(interval)
    interval = math.min(POLL_MAX, interval * GROWTH)
  until store:get(key) ~= other or request:is_over()
  return (store:get(key .. ":" .. other))
end

return flight
