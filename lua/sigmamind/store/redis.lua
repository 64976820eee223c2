--- store.redis: a store in a Redis server, 5 or newer, for the processes of several machines.
--
-- Each operation is one command on one key. Scripts are sent in full (EVAL): a server that was
-- started again or had its scripts flushed knows none.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local interrupt = require "sigmamind.interrupt"
local object = require "sigmamind.object"
local redis_client = require "sigmamind.store.redis_client"

local redis = {}

local TIMEOUT = 0.05 -- seconds
local NEW_MAX = 2 -- new connections of an operation
local WHOLE_MAX = 2 ^ 53 -- also of milliseconds and the like: far below Redis's limits

local RULES = { timeout = check.interval }

local GET = [[
local value = redis.call("GET", KEYS[1])
if not value then
  return {}
end
return {value, redis.call("PTTL", KEYS[1])}]]

-- KEYS[1], by, milliseconds
local INCR = [[
local sum = redis.call("INCRBY", KEYS[1], ARGV[1])
if redis.call("PTTL", KEYS[1]) < 0 then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
end
return sum]]

-- store/bucket.lua by the server's clock, in microseconds. KEYS[1]; nanoseconds of a token, and of
-- all tokens of a full bucket but one; microseconds to wait at most. Whole numbers only: the host's
-- locale may have a decimal comma.
local TAKE = [[
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local ahead = math.max(0, tonumber(redis.call("GET", KEYS[1]) or 0) - now)
local wait = math.max(0, math.floor(ahead - ARGV[2] / 1000))
if wait > tonumber(ARGV[3]) then
  return {0, wait}
end
ahead = ahead + ARGV[1] / 1000
local ttl = string.format("%.0f", math.max(1000, math.ceil(ahead / 1000)))
redis.call("SET", KEYS[1], string.format("%.17g", now + ahead), "PX", ttl)
return {1, wait}]]

---@class sigmamind.store.Redis: sigmamind.Store
---@field package connect fun(timeout: number): table|nil, string|nil
---@field limit number  seconds that an answer should take, as the next
---@field package timeout number
---@field package kept sigmamind.store.LuaRedis|false  a connection that no operation uses
---@field package process integer  whose connection it is
local Redis = { __name = "sigmamind.store.redis" }
Redis.__index = Redis

--- Connections that a forked process inherited. They are the parent's: kept from the collector,
--- because closing one over TLS would end it for the parent.
local inherited = {}

--- A store in a Redis server.
---@param connect fun(timeout: number): table|nil, string|nil  returns a connected client of
---  lua-redis or, in nginx, of lua-resty-redis; nil and a message. `timeout` is in seconds
---@param options? {timeout?: number}  seconds for an answer of the server, default 0.05
---@return sigmamind.Store
--- Raises at the caller's line for unknown options and values that are not accepted.
function redis.new(connect, options)
  if type(connect) ~= "function" then
    local text = "store.redis: expected a function that returns a connected client, got a %s"
    error(text:format(type(connect)), 2)
  end
  local given = check.arguments("store.redis", RULES, options, 2)
  return setmetatable({
    connect = connect,
    timeout = given.timeout or TIMEOUT,
    limit = given.timeout or TIMEOUT,
    kept = false,
    process = core.process(),
    is_blocking = not redis_client.in_nginx() or nil,
  }, Redis)
end

--- A new connection; nil, message.
local function open(self)
  local ok, client, err = interrupt.pcall(function()
    return self.connect(self.timeout)
  end)
  if ok and client then
    return redis_client.new(client, self.timeout)
  elseif ok and err == nil then
    return nil, "connect returned nothing"
  end
  return nil, redis_client.message(ok and err or client)
end

--- A connection, and whether it was used before; nil, message. A kept one is taken out: if the
--- operation is interrupted, the next must not read its reply.
local function take_connection(self)
  local kept = self.kept
  self.kept = false
  if kept and self.process ~= core.process() then
    inherited[#inherited + 1] = kept
  elseif kept and kept:is_sound() then
    return kept, true
  elseif kept then
    kept:close()
  end
  local connection, message = open(self)
  if not connection then
    return nil, message
  end
  return connection, connection.is_reused ~= nil and connection:is_reused()
end

local function keep(self, connection)
  if connection.keep then
    connection:keep()
  elseif self.kept then -- that of an operation that has begun and ended meanwhile
    connection:close()
  else
    self.kept, self.process = connection, core.process()
  end
end

--- Whether to try again on another connection. A replica that was the master has changed nothing.
local function is_worth_another(how, was_used, may_repeat)
  return how == "read only" or how == "broken" and was_used and may_repeat
end

--- Sends a command. Returns the reply, false for none; nil, message.
---@param may_repeat boolean  whether it may be executed twice
local function command(self, may_repeat, ...)
  local began, opened = core.now(), 0
  local reply, message, how, again
  repeat
    local connection, was_used = take_connection(self)
    if not connection then
      return nil, was_used
    end
    opened = opened + (was_used and 0 or 1)
    reply, message, how = connection:call(...)
    if reply ~= nil then
      keep(self, connection)
      return reply
    end
    connection:close()
    again = is_worth_another(how, was_used, may_repeat)
  until not again or opened == NEW_MAX or core.now() - began > self.timeout
  return nil, message
end

--- A whole number as its digits, in every locale and on every Lua.
local function whole(value)
  return ("%.0f"):format(math.max(-WHOLE_MAX, math.min(WHOLE_MAX, value)))
end

local function milliseconds(seconds)
  return whole(math.max(1, seconds * 1000))
end

---@param key string
---@return string|nil value, number|string|nil left
function Redis:get(key)
  object.expect(self, Redis, "get")
  local reply, message = command(self, true, "eval", GET, 1, key)
  if not reply then
    return nil, message
  end
  local value, left = reply[1], reply[2]
  if not value then
    return nil
  end
  return value, left < 0 and math.huge or left / 1000
end

--- May be executed twice: the value is the same.
---@param key string
---@param value string|nil
---@param ttl? number
---@return true|nil, string|nil
function Redis:set(key, value, ttl)
  object.expect(self, Redis, "set")
  local reply, message
  if value == nil then
    reply, message = command(self, true, "del", key)
  else
    reply, message = command(self, true, "set", key, value, "PX", milliseconds(ttl))
  end
  return reply and true or nil, message
end

--- Is not executed twice: the second time it would find what the first has added, and return that
--- somebody else had.
---@param key string
---@param value string
---@param ttl number
---@return boolean|nil, string|nil
function Redis:add(key, value, ttl)
  object.expect(self, Redis, "add")
  local reply, message = command(self, false, "set", key, value, "NX", "PX", milliseconds(ttl))
  if reply == nil then
    return nil, message
  end
  return reply and true
end

--- May be executed twice: after a connection was lost the sum may be too large.
---@param key string
---@param by integer
---@param ttl number
---@return number|nil, string|nil
function Redis:incr(key, by, ttl)
  object.expect(self, Redis, "incr")
  local reply, message = command(self, true, "eval", INCR, 1, key, whole(by), milliseconds(ttl))
  return reply or nil, message
end

--- May be executed twice: after a connection was lost a token may go unused, never one too many.
---@param key string
---@param rate number
---@param burst number
---@param within number
---@return number|false|nil, number|string|nil
function Redis:take(key, rate, burst, within)
  object.expect(self, Redis, "take")
  local token, others = whole(1e9 / rate), whole(1e9 * (burst - 1) / rate)
  local most = whole(within * 1e6)
  local reply, message = command(self, true, "eval", TAKE, 1, key, token, others, most)
  if not reply then
    return nil, message
  end
  local wait = reply[2] / 1e6
  if reply[1] == 1 then
    return wait
  end
  return false, wait
end

object.seal(Redis, { "is_blocking", "is_local" })

return redis
