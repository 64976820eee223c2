--- store: what the processes of a fleet share: limits, cached bodies, who fetches what.
--
-- A store is a table with five methods. None of them raises an error for a failure of the store:
-- it returns nil and a message. Keys are printable ASCII without blanks; values are strings of any
-- bytes; a TTL is in seconds, and the store itself clocks it. A key is one of get, set and add, or
-- of incr, or of take; get reads a number of incr, too.
--   get(key)                  the value and the seconds left; nil if there is none
--   set(key, value, ttl)      true; false if the value is too large for the store, which then has
--                             none; a value of nil removes the key
--   add(key, value, ttl)      true; false if the key has a value already. Atomic
--   incr(key, by, ttl)        the new number: `by`, an integer, is added to the number there, or to
--                             0; the TTL counts from the first. Atomic
--   take(key, rate, burst, within)
--                             takes a token from a bucket that holds at most `burst` and gets
--                             `rate` of them in a second. The seconds to wait until it may be used,
--                             in the order of the calls; false and those seconds, and nothing is
--                             taken, if they are more than `within`. Atomic
-- and optional fields:
--   is_blocking               whether its methods block, so that event loops must not call them
--   limit                     seconds: if answers take longer, the store is passed by for a while
--   is_local                  whether no network is between: nothing is compressed for it

local memory = require "sigmamind.store.memory"
local nginx = require "sigmamind.store.nginx"
local redis = require "sigmamind.store.redis"

local store = {
  memory = memory.new,
  nginx = nginx.new,
  redis = redis.new,
}

---@class sigmamind.Store
---@field get fun(self, key: string): string|nil, number|string|nil
---@field set fun(self, key: string, value?: string, ttl?: number): boolean|nil, string|nil
---@field add fun(self, key: string, value: string, ttl: number): boolean|nil, string|nil
---@field incr fun(self, key: string, by: integer, ttl: number): number|nil, string|nil
---@field take fun(self, key: string, rate: number, burst: number, within: number): any, any
---@field is_blocking? boolean
---@field is_local? boolean
---@field limit? number

local METHODS = { "get", "set", "add", "incr", "take" }

--- The rule of the option `store`.
store.rule = {
  accepts = "a store, as from sigmamind.store, with the methods " .. table.concat(METHODS, ", "),
  test = function(value)
    for _, name in ipairs(METHODS) do
      local found, method = pcall(function()
        return value[name]
      end)
      if not (found and type(method) == "function") then
        return false
      end
    end
    return type(value) == "table"
  end,
}

return store
