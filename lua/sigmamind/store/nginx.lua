--- store.nginx: a store in a shared dictionary of nginx, for its workers.

local bucket = require "sigmamind.store.bucket"
local core = require "sigmamind.core"
local object = require "sigmamind.object"

local nginx = {}

local LOCK_TTL = 0.1 -- seconds; a worker that is killed leaves its lock behind
local HELD_MAX = LOCK_TTL / 2 -- seconds after which a holder gives up
local PATIENCE = 3 * LOCK_TTL -- seconds to wait for a lock
local SPINS = 20
local PAUSE = 0.001 -- seconds, the shortest ngx.sleep
local SHARE_MAX = 4 -- a value may have this part of the dictionary at most

---@class sigmamind.store.Nginx: sigmamind.Store
---@field package dictionary table  of ngx.shared
---@field package size_max number  bytes of a value
local Nginx = { __name = "sigmamind.store.nginx" }
Nginx.__index = Nginx

--- A store for the workers of this nginx.
---@param name string  that of the directive lua_shared_dict
---@return sigmamind.Store
--- Raises at the caller's line outside nginx, and for an unknown name.
function nginx.new(name)
  local ngx = rawget(_G, "ngx")
  if type(name) ~= "string" then
    error("store.nginx: expected the name of a lua_shared_dict, got a " .. type(name), 2)
  elseif type(ngx) ~= "table" or not ngx.shared then
    error("store.nginx: this is not nginx with its Lua module", 2)
  end
  local dictionary = ngx.shared[name]
  if not dictionary then
    local text = "store.nginx: nginx has no shared dictionary '%s': add to its block http:"
      .. " lua_shared_dict %s 32m;"
    error(text:format(name, name), 2)
  end
  return setmetatable({
    dictionary = dictionary,
    size_max = dictionary:capacity() / SHARE_MAX,
    is_local = true,
  }, Nginx)
end

--- nginx counts in whole milliseconds, and takes 0 for no limit.
local function at_least_a_millisecond(ttl)
  return math.max(0.001, ttl)
end

---@param key string
---@return string|nil value, number|nil left
function Nginx:get(key)
  object.expect(self, Nginx, "get")
  -- In this order: if the value is replaced between the two, the time left is too short, never too
  -- long.
  local left = self.dictionary:ttl(key)
  local value, err = self.dictionary:get(key)
  if value == nil and type(err) == "string" then
    return nil, err
  elseif value == nil or not left then
    return nil
  elseif type(value) == "number" then
    value = ("%.0f"):format(value)
  end
  return value, left == 0 and math.huge or math.max(0, left)
end

--- Whether a value can be stored: nginx removes 30 others before it finds that there is no room.
local function has_room(self, value)
  return #value <= self.size_max
end

local TOO_LARGE = "the value is too large for the shared dictionary"

---@param key string
---@param value string|nil
---@param ttl? number
---@return boolean|nil, string|nil
function Nginx:set(key, value, ttl)
  object.expect(self, Nginx, "set")
  if value == nil then
    self.dictionary:delete(key)
    return true
  elseif not has_room(self, value) then
    self.dictionary:delete(key)
    return false
  end
  local done, err = self.dictionary:set(key, value, at_least_a_millisecond(ttl))
  return done or nil, err
end

---@param key string
---@param value string
---@param ttl number
---@return boolean|nil, string|nil
function Nginx:add(key, value, ttl)
  object.expect(self, Nginx, "add")
  if not has_room(self, value) then
    return nil, TOO_LARGE
  end
  local done, err = self.dictionary:add(key, value, at_least_a_millisecond(ttl))
  if done then
    return true
  elseif err == "exists" then
    return false
  end
  return nil, err
end

---@param key string
---@param by integer
---@param ttl number
---@return number|nil, string|nil
function Nginx:incr(key, by, ttl)
  object.expect(self, Nginx, "incr")
  local sum, err = self.dictionary:incr(key, by, 0, at_least_a_millisecond(ttl))
  return sum, err
end

--- Waits a moment for another worker.
local function pause(spins)
  if spins > SPINS and not pcall(ngx.sleep, PAUSE) then
    core.sleep(PAUSE / 10) -- a phase that cannot wait
  end
end

--- The time until which a key is this worker's; nil, message. Whoever has it must not yield.
local function lock(self, key, deadline)
  local spins = 0
  repeat
    ngx.update_time() -- a lock's TTL counts from nginx's time, which stands still in a long handler
    local ends = core.now() + HELD_MAX
    local done, err = self.dictionary:add(key, true, LOCK_TTL)
    if done then
      return ends
    elseif err ~= "exists" then
      return nil, err
    end
    spins = spins + 1
    pause(spins)
  until core.now() > deadline
  return nil, "another worker holds the bucket's lock"
end

--- Takes a token, under the lock. "late": nothing was done, because others may have the lock now.
local function take(self, key, rate, burst, within, ends)
  local now = core.now()
  local full_at = self.dictionary:get(key) or 0
  local wait, after = bucket.take(full_at, now, rate, burst, within)
  if not wait then
    return false, after
  elseif core.now() > ends then
    return "late"
  end
  local done, err = self.dictionary:set(key, after, math.max(1, after - now))
  return done and wait or nil, err
end

---@param key string
---@param rate number
---@param burst number
---@param within number
---@return number|false|nil, number|string|nil
function Nginx:take(key, rate, burst, within)
  object.expect(self, Nginx, "take")
  local name, deadline = "lock " .. key, core.now() + PATIENCE -- no key has a blank
  local wait, more
  repeat
    local ends, message = lock(self, name, deadline)
    if not ends then
      return nil, message
    end
    wait, more = take(self, key, rate, burst, within, ends)
    if core.now() <= ends then
      self.dictionary:delete(name)
    end
  until wait ~= "late"
  return wait, more
end

object.seal(Nginx, { "is_blocking", "limit" })

return nginx
