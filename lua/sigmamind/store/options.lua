--- store.options: the options of what several readers share: store, rate, cache and coalesce.

local check = require "sigmamind.check"
local guard = require "sigmamind.store.guard"
local store = require "sigmamind.store"

local options = {}

local CACHE_MAX = 8 * 2 ^ 20 -- bytes
local ROOM = 65536 -- bytes of a store of a client's own, besides the bodies
local AGE_MAX = 30 * 86400 -- seconds

--- Runtimes whose loop runs other tasks, which a blocking store would hold up.
local IS_LOOP = { tick = true, luv = true, cqueues = true }

local function finite(accepts, test)
  return {
    accepts = accepts,
    test = function(value)
      return type(value) == "number" and value < math.huge and test(value)
    end,
  }
end

local CACHE_RULES = {
  ttl = check.required(finite("a number of seconds above 0, up to 30 days", function(value)
    return value > 0 and value <= AGE_MAX
  end)),
  stale = finite("a number of seconds, from 0 to 30 days", function(value)
    return value >= 0 and value <= AGE_MAX
  end),
  max_bytes = check.integer(1, 2 ^ 31 - 1),
}

local RATE_RULES = {
  per_second = check.required(finite("a number above 0", function(value)
    return value > 0
  end)),
  burst = finite("a number, at least 1", function(value)
    return value >= 1
  end),
}

options.RULES = {
  store = store.rule,
  rate = check.type "table",
  cache = check.type "table",
  coalesce = check.type "boolean",
}

--- The store of a client without one.
local function own_store(cache)
  return store.memory { max_bytes = (cache and cache.max_bytes or CACHE_MAX) + ROOM }
end

--- Fills in the defaults, and what guards the store. Raises at `level`, counted as for `error`.
---@param what string  the function, for messages
---@param resolved table  of a client, which it changes
---@param level integer
function options.complete(what, resolved, level)
  local given, cache, rate = resolved.store, resolved.cache, resolved.rate
  if cache then
    check.arguments(what .. ": cache", CACHE_RULES, cache, level + 1)
    local max_bytes = cache.max_bytes or CACHE_MAX
    resolved.cache = { ttl = cache.ttl, stale = cache.stale or 0, max_bytes = max_bytes }
  end
  if rate then
    check.arguments(what .. ": rate", RATE_RULES, rate, level + 1)
    resolved.rate = { per_second = rate.per_second, burst = rate.burst or 1 }
  end
  if given and given.is_blocking and IS_LOOP[resolved.runtime] then
    local text = "%s: this store blocks, which would hold up the loop of the runtime '%s'"
    error(text:format(what, resolved.runtime), level + 1)
  elseif not resolved.guard and (given or cache or rate or resolved.coalesce) then
    resolved.guard = guard.of(given or own_store(resolved.cache))
  end
end

return options
