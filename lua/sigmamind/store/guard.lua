--- guard: a store that fails is passed by for a while, and the operator is told once. It is never
--- in the way of a request.

local core = require "sigmamind.core"
local report = require "sigmamind.report"

local guard = {}

local PAUSE = 1 -- seconds after a failure in which the store is not asked
local SLOW_MAX = 3 -- answers in a row that take longer than the store's limit
local SILENCE = 60 -- seconds without a failure after which the next one is told again

---@class sigmamind.Guard
---@field package store sigmamind.Store
---@field package down_until number  on core.now's clock
---@field package silent_until number  likewise
---@field package slow integer  answers in a row that took too long
local Guard = { __name = "sigmamind.guard" }
Guard.__index = Guard

--- The guards in use, by store.
local guards = setmetatable({}, { __mode = "kv" })

--- The guard of a store, one for all clients.
---@param store sigmamind.Store
---@return sigmamind.Guard
function guard.of(store)
  local found = guards[store]
  if not found then
    found = setmetatable({ store = store, down_until = 0, silent_until = 0, slow = 0 }, Guard)
    guards[store] = found
  end
  return found
end

local function fail(self, message)
  local now = core.now()
  self.down_until = now + PAUSE
  if now >= self.silent_until then
    local text = "sigmamind: the store failed, requests go on without it: %s"
    report((text:format(message):gsub("%c", "?")))
  end
  self.silent_until = now + SILENCE
end

--- Passes by a store whose answers take longer than its own limit, again and again: that limits
--- each part of an answer.
local function note_time(self, seconds)
  self.slow = seconds > (self.store.limit or math.huge) and self.slow + 1 or 0
  if self.slow == SLOW_MAX then
    self.slow = 0
    fail(self, ("its answers take longer than %g s"):format(self.store.limit))
  end
end

--- Defines a method of the store's. Besides what the store returns it may return nil and a message
--- without asking it.
local function define(name)
  Guard[name] = function(self, ...)
    if core.now() < self.down_until then
      return nil, "the store failed before"
    end
    local store, began = self.store, core.now()
    local value, more = store[name](store, ...)
    if value == nil and more ~= nil then
      fail(self, more)
    else
      note_time(self, core.now() - began)
    end
    return value, more
  end
end

--- Whether no network is between.
---@return boolean
function Guard:is_local()
  return self.store.is_local == true
end

define "get"
define "set"
define "add"
define "incr"
define "take"

return guard
