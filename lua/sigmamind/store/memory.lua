--- store.memory: a store in the memory of one process, for its clients. What was not used for the
--- longest time gives way when it is full.

local bucket = require "sigmamind.store.bucket"
local check = require "sigmamind.check"
local core = require "sigmamind.core"
local object = require "sigmamind.object"

local memory = {}

local MAX_BYTES = 32 * 2 ^ 20
local OVERHEAD = 200 -- bytes of an entry besides its key and value, about

local RULES = { max_bytes = check.integer(1, 2 ^ 53) }

---@class sigmamind.store.Memory: sigmamind.Store
---@field package entries table<string, table>  {key, value, until_, newer, older}, linked by use
---@field is_local true
---@field package newest table|false
---@field package oldest table|false
---@field package bytes number
---@field package max_bytes number
local Memory = { __name = "sigmamind.store.memory" }
Memory.__index = Memory

--- A store for the clients of this process.
---@param options? {max_bytes?: integer}  of all keys and values, with 200 more for each; default
---  32 MiB
---@return sigmamind.Store
function memory.new(options)
  local given = check.arguments("store.memory", RULES, options, 2)
  return setmetatable({
    entries = {},
    newest = false,
    oldest = false,
    bytes = 0,
    max_bytes = given.max_bytes or MAX_BYTES,
    is_local = true,
  }, Memory)
end

local function unlink(self, entry)
  local newer, older = entry.newer, entry.older
  if newer then
    newer.older = older
  else
    self.newest = older
  end
  if older then
    older.newer = newer
  else
    self.oldest = newer
  end
end

local function link(self, entry)
  local before = self.newest
  entry.newer, entry.older = false, before
  if before then
    before.newer = entry
  else
    self.oldest = entry
  end
  self.newest = entry
end

local function size_of(entry)
  return #entry.key + (type(entry.value) == "string" and #entry.value or 8) + OVERHEAD
end

local function remove(self, entry)
  unlink(self, entry)
  self.entries[entry.key] = nil
  self.bytes = self.bytes - size_of(entry)
end

--- The entry of a key that has not expired, which becomes the newest; nil.
local function find(self, key)
  local entry = self.entries[key]
  if not entry then
    return nil
  elseif core.now() >= entry.ends then
    remove(self, entry)
    return nil
  end
  unlink(self, entry)
  link(self, entry)
  return entry
end

local function put(self, key, value, ttl)
  local entry = self.entries[key]
  if entry then
    remove(self, entry)
  end
  entry = { key = key, value = value, ends = core.now() + ttl, newer = false, older = false }
  local size = size_of(entry)
  if size > self.max_bytes then
    return nil, "the value is larger than the store"
  end
  while self.bytes + size > self.max_bytes do
    remove(self, self.oldest)
  end
  self.entries[key] = entry
  self.bytes = self.bytes + size
  link(self, entry)
  return true
end

---@param key string
---@return string|nil value, number|nil left
function Memory:get(key)
  object.expect(self, Memory, "get")
  local entry = find(self, key)
  if not entry then
    return nil
  end
  return tostring(entry.value), entry.ends - core.now()
end

---@param key string
---@param value string|nil
---@param ttl? number
---@return boolean
function Memory:set(key, value, ttl)
  object.expect(self, Memory, "set")
  if value ~= nil then
    return put(self, key, value, ttl) or false
  end
  local entry = self.entries[key]
  if entry then
    remove(self, entry)
  end
  return true
end

---@param key string
---@param value string
---@param ttl number
---@return boolean|nil, string|nil
function Memory:add(key, value, ttl)
  object.expect(self, Memory, "add")
  if find(self, key) then
    return false
  end
  return put(self, key, value, ttl)
end

---@param key string
---@param by integer
---@param ttl number
---@return number|nil, string|nil
function Memory:incr(key, by, ttl)
  object.expect(self, Memory, "incr")
  local entry = find(self, key)
  local sum = (entry and tonumber(entry.value) or 0) + by
  local done, message = put(self, key, ("%d"):format(sum), entry and entry.ends - core.now() or ttl)
  return done and sum, message
end

---@param key string
---@param rate number
---@param burst number
---@param within number
---@return number|false|nil, number|string|nil
function Memory:take(key, rate, burst, within)
  object.expect(self, Memory, "take")
  local entry, now = find(self, key), core.now()
  local wait, after = bucket.take(entry and entry.value or 0, now, rate, burst, within)
  if not wait then
    return false, after
  end
  local done, message = put(self, key, after, math.max(1, after - now))
  if not done then
    return nil, message
  end
  return wait
end

object.seal(Memory, { "is_blocking", "limit" })

return memory
