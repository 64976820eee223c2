--- limiter: what all requests with one key and base_url share: the pause after a 429, the rate, and
--- the retry budget. With a store all processes share them; while it fails, each has its own.

local bucket = require "sigmamind.store.bucket"
local retry = require "sigmamind.http.retry"

local limiter = {}

local CHECK = 0.05 -- seconds; a pause that another process began is seen within this time
local SAME = 0.5 -- seconds by which two pauses may differ
local LOOKS = 3 -- at a pause that others set, too
local WITHIN_MAX = 1e6 -- seconds, instead of infinity

---@class sigmamind.Limiter
---@field prefix string  of its keys in the store; has a digest of the key and base_url, see account
---@field budget table  see retry.budget
---@field paused_until number  on the runtime's clock
---@field package unawaited table<sigmamind.Request, true>  prefetches that nobody waits for yet
---@field package store sigmamind.Guard|false
---@field package rate {per_second: number, burst: number}|false
---@field package unmarked table<string, true>  keys of writes that the store did not take
---@field package asked_at number  when the store was asked for a pause
---@field package full_at number  of the bucket that serves while the store fails
local Limiter = { __name = "sigmamind.limiter" }
Limiter.__index = Limiter

---@param options table  as from options.resolve
---@param account string  a digest of the key and base_url
---@return sigmamind.Limiter
function limiter.new(options, account)
  local store = options.guard or false
  local prefix = "sigmamind:{" .. account .. "}:" -- in braces: one slot of a Redis Cluster
  return setmetatable({
    prefix = prefix,
    budget = retry.budget(store, prefix .. "budget"),
    unawaited = setmetatable({}, { __mode = "k" }),
    paused_until = 0,
    store = store,
    rate = options.rate or false,
    unmarked = {},
    asked_at = -math.huge,
    full_at = 0,
  }, Limiter)
end

--- Notes whether the store took the mark of a write.
---@param key string
---@param is_marked boolean
function Limiter:note_mark(key, is_marked)
  self.unmarked[key] = not is_marked or nil
end

---@param key string
---@return boolean
function Limiter:is_unmarked(key)
  return self.unmarked[key] == true
end

-- == The pause after a 429 ============================================================

--- Sets the pause of all, unless it is longer. Another process may set a shorter one at the same
--- time: so it looks again.
local function share_pause(self, seconds)
  local key, store = self.prefix .. "pause", self.store
  for _ = 1, LOOKS do
    local paused, left = store:get(key)
    if paused and left >= seconds - SAME or not store:set(key, "429", seconds) then
      return
    end
  end
end

--- Pauses every request with this key.
---@param seconds number
---@param host table  the runtime
function Limiter:pause(seconds, host)
  seconds = math.min(seconds, retry.PAUSE_MAX)
  self.paused_until = math.max(self.paused_until, host.now() + seconds)
  if self.store and seconds > 0 then
    share_pause(self, seconds)
  end
end

--- Watches a prefetch that nobody waits for yet: its reply may be a 429.
---@param request sigmamind.Request
function Limiter:watch(request)
  self.unawaited[request] = true
end

---@param request sigmamind.Request
function Limiter:unwatch(request)
  self.unawaited[request] = nil
end

---@return boolean
function Limiter:is_watching()
  return next(self.unawaited) ~= nil
end

--- Seconds left of the pause, whoever began it; and whether this is the first that this process
--- hears of another's.
---@param host table
---@return number, boolean
function Limiter:pause_left(host)
  local done = {}
  for request in pairs(self.unawaited) do
    done[#done + 1] = request:is_done() and request or nil
  end
  for _, request in ipairs(done) do -- a pause may suspend the caller
    self:unwatch(request)
    self:pause(request:pause_required(), host)
  end
  local now, is_new = host.now(), false
  if self.store and now - self.asked_at >= CHECK then
    local paused, left = self.store:get(self.prefix .. "pause")
    if paused then
      is_new = now + left > self.paused_until + CHECK
      self.paused_until = math.max(self.paused_until, now + left)
    end
    self.asked_at = now -- not before: others of this process ask meanwhile, instead of passing
  end
  return math.max(0, self.paused_until - host.now()), is_new
end

-- == The rate =========================================================================

---@return boolean
function Limiter:has_rate()
  return self.rate ~= false
end

--- Takes a turn. Returns the seconds to wait for it; false and those seconds if they are more than
--- `within`: then no turn is taken.
---@param host table
---@param within number  seconds
---@return number|false wait, number|nil
function Limiter:take(host, within)
  local rate = self.rate
  if not rate then
    return 0
  end
  within = math.min(within, WITHIN_MAX)
  local wait, more
  if self.store then
    wait, more = self.store:take(self.prefix .. "rate", rate.per_second, rate.burst, within)
  end
  if wait == nil then
    wait, more = bucket.take(self.full_at, host.now(), rate.per_second, rate.burst, within)
    self.full_at = wait and more or self.full_at
  end
  return wait, more
end

return limiter
