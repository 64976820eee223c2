--- flight: lets one of several readers who ask the same fetch it for all, in this process and in
--- those that share the store.
--
-- The lock is a key with a token; its TTL is longer than an attempt may take, and each attempt
-- renews it. When its owner dies, another reader takes over after the TTL at the latest; one of the
-- same process at once. What the owner got is left under its token for those who waited, unless the
-- cache has it.

local core = require "sigmamind.core"

local flight = {}

local SLACK = 5 -- seconds that the lock outlives an attempt
local LONGEST = 60 -- seconds of an attempt without a limit, for the lock
local LANDED_TTL = 10 -- seconds in which those who waited fetch what the owner got
local TRIES = 3 -- to take a lock that is free each time, and taken by another
local POLL_FIRST, POLL_MAX, GROWTH = 0.002, 0.05, 1.5 -- seconds between two looks at the lock

---@class sigmamind.Flight
---@field package store sigmamind.Guard
---@field package key string
---@field package ttl number
---@field package token string|false  while this reader has the lock
---@field package other string|false  the token of the reader who has it
---@field package dead string|false  that of one who had it before, and was waited for in vain
local Flight = { __name = "sigmamind.flight" }
Flight.__index = Flight

--- The locks of this process, by store and key: {token =, thread =, is_ended =}. The thread is held
--- weakly.
local owners = setmetatable({}, { __mode = "k" })
local WEAK = { __mode = "v" }

---@param store sigmamind.Guard
---@param key string  of the lock
---@param timeout number|false  seconds of an attempt
---@return sigmamind.Flight
function flight.new(store, key, timeout)
  return setmetatable({
    store = store,
    key = key,
    ttl = (timeout or LONGEST) + SLACK,
    token = false,
    other = false,
    dead = false,
  }, Flight)
end

--- A name that no other process chooses.
---@return string
function flight.token()
  local function part()
    return ("%06x"):format(math.floor(core.random() * 2 ^ 24))
  end
  return part() .. part() .. part() .. part()
end

local function owners_of(self)
  owners[self.store] = owners[self.store] or {}
  return owners[self.store]
end

--- Gives a lock back, unless somebody else has it by now. It stays noted if the store fails.
local function give_back(store, key, owner)
  local found, message = store:get(key)
  if found == owner.token then
    found, message = store:set(key, nil)
  end
  if (found or not message) and owners[store][key] == owner then -- the store may suspend the caller
    owners[store][key] = nil
  end
end

local function own(self, token)
  self.token = token
  owners_of(self)[self.key] = setmetatable({ token = token, thread = core.thread() }, WEAK)
end

--- Whether the lock belongs to a reader of this process that will never give it back: an error has
--- ended it, or the store failed when it tried. The caller itself counts, or it would wait for
--- itself.
local function is_abandoned(self, token)
  local owner = owners_of(self)[self.key]
  if not owner or owner.token ~= token then
    return false
  end
  local thread = owner.thread
  if owner.is_ended or not thread or thread == core.thread() then
    return true
  end
  return coroutine.status(thread) == "dead"
end

--- Takes the lock. Returns "locked", and then the caller must fetch and land; "waiting" if somebody
--- else has it; "open" if the store fails: everybody fetches.
---@return "locked"|"waiting"|"open"
function Flight:begin()
  local store, key, token = self.store, self.key, flight.token()
  for _ = 1, TRIES do
    local added = store:add(key, token, self.ttl)
    local other = added == false and store:get(key)
    if other and is_abandoned(self, other) then
      added = store:set(key, token, self.ttl)
      other = false
    end
    if added then
      own(self, token)
      return "locked"
    elseif other then
      self.other = other
      return "waiting"
    elseif added == nil then
      break
    end
  end
  return "open"
end

--- Gives back the locks that the store did not take back, once it works again.
---@param store sigmamind.Guard
---@return boolean  whether none is left
function flight.retry(store)
  local ended, left = {}, false
  for key, owner in pairs(owners[store] or {}) do
    ended[key] = owner.is_ended and owner or nil
  end
  for key, owner in pairs(ended) do
    give_back(store, key, owner)
    left = left or owners[store][key] == owner
  end
  return not left
end

--- Whether this reader has the lock.
---@return boolean
function Flight:is_locked()
  return self.token ~= false
end

--- Fetches in place of another reader, with its lock.
---@param other sigmamind.Flight
function Flight:take_over(other)
  self.dead = other.dead
  own(self, other.token)
  other.other, other.token = other.token, false
end

--- Keeps the lock for another attempt.
function Flight:renew()
  if self.token then
    self.store:set(self.key, self.token, self.ttl)
  end
end

--- Ends the fetch: leaves the outcome to those who wait, and gives the lock back. Without the lock
--- it does nothing.
---@param outcome string|nil  nil: they look into the cache, or take over
---@return boolean  false: the store has failed, flight.retry must try again
function Flight:land(outcome)
  local store, key, token = self.store, self.key, self.token
  if not token then
    return true
  end
  self.token = false
  for _, each in ipairs(outcome and { token, self.dead or nil } or {}) do
    store:set(key .. ":" .. each, outcome, LANDED_TTL)
  end
  local owner = owners_of(self)[key]
  if not owner or owner.token ~= token then -- a reader of this process has taken over
    return true
  end
  owner.is_ended = true
  give_back(store, key, owner)
  return owners_of(self)[key] ~= owner
end

--- Leaves the lock for a while, so that nobody else tries what has just failed.
---@param seconds number
function Flight:hold(seconds)
  local token, owner = self.token, owners_of(self)[self.key]
  self.token = false
  if token and owner and owner.token == token then
    owners_of(self)[self.key] = nil
    self.store:set(self.key, token, seconds)
  end
end

--- Waits until the fetch has ended or its lock has expired. Returns the outcome; nil if none was
--- left, or the time of the waiting request is over.
---@param request sigmamind.Request
---@param is_done? fun(): boolean  ends the wait, too
---@return string|nil
function Flight:wait(request, is_done)
  local interval, other = POLL_FIRST, self.other
  repeat
    request:rest(interval)
    interval = math.min(POLL_MAX, interval * GROWTH)
    local is_over = request:is_over() or is_done and is_done()
  until is_over or is_abandoned(self, other) or self.store:get(self.key) ~= other
  self.dead = other
  return (self.store:get(self.key .. ":" .. other))
end

return flight
