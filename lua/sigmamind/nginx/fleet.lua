--- nginx.fleet: an endpoint's answer in a store that several machines share, so that one of them
--- fetches for all. If the store fails, each machine fetches for itself.
--
-- The store has, as the dict of each machine:
--   version   the digest of the body, and its time to live when it was fetched. What is left of
--             that is the age: the machines' clocks are not compared
--   body      the JSON text
--   lock      a machine fetches
--   pause     the last fetch failed: the kind of its error, until the next may begin

local ngx = ngx

local fleet = {}

---@class sigmamind.nginx.Fleet
---@field package store sigmamind.Guard
---@field package keys table<string, string>
local Fleet = {}
Fleet.__index = Fleet

---@param guarded sigmamind.Guard  the client's, which passes by a store that fails
---@param keys table<string, string>
---@return sigmamind.nginx.Fleet
function fleet.new(guarded, keys)
  return setmetatable({ store = guarded, keys = keys }, Fleet)
end

--- The body in the store and its age in seconds; nil if it has none that is newer than `before` is.
---@param before sigmamind.nginx.Answer|nil
---@param age_before number|nil
---@return string|nil body, number|nil age
function Fleet:newer(before, age_before)
  local version, left = self.store:get(self.keys.version)
  local digest, whole = (version or ""):match "^(%x+) (%d+)$"
  if not digest then
    return nil
  end
  local age = math.max(0, tonumber(whole) - left)
  if age_before and age >= age_before then
    return nil
  elseif before and before.digest == digest then
    return before.body, age
  end
  local body = self.store:get(self.keys.body)
  if body and ngx.md5(body) == digest then
    return body, age
  end
end

--- Seconds until the next try may begin, and the kind of the last error; nil: now.
---@return number|nil seconds, string|nil kind
function Fleet:pause()
  local kind, left = self.store:get(self.keys.pause)
  if kind then
    return left, kind
  end
end

--- Whether this machine may fetch: it has the lock, or nobody can.
---@param token string
---@param ttl number
---@return boolean
function Fleet:take_lock(token, ttl)
  return self.store:add(self.keys.lock, token, ttl) ~= false
end

---@param token string
---@param ttl number
function Fleet:renew_lock(token, ttl)
  if self.store:get(self.keys.lock) == token then
    self.store:set(self.keys.lock, token, ttl)
  end
end

---@param token string
function Fleet:drop_lock(token)
  if self.store:get(self.keys.lock) == token then
    self.store:set(self.keys.lock, nil)
  end
end

--- Writes an answer that was fetched `age` seconds ago.
---@param answer sigmamind.nginx.Answer
---@param age number
---@param stale number  seconds
function Fleet:publish(answer, age, stale)
  local whole = math.ceil(stale)
  local left = whole - age
  if left > 0 and self.store:set(self.keys.body, answer.body, left) then
    self.store:set(self.keys.version, ("%s %d"):format(answer.digest, whole), left)
  end
end

---@param kind string
---@param seconds number
function Fleet:hold(kind, seconds)
  self.store:set(self.keys.pause, kind, seconds)
end

return fleet
