--- nginx.outage: what follows when an endpoint cannot be refreshed: pauses between the tries, for
--- all workers together, and two lines in the error log, when it begins and when it has ended.
--
-- The dict has:
--   pause     until the next try may begin: the kind of the error
--   failures  how many in a row
--   outage    since when, on core.now's clock; it is logged by the worker that adds it
-- Where the dict has no room, each worker counts for itself.

local core = require "sigmamind.core"

local ngx = ngx

local outage = {}

local BACKOFF = 0.5 -- seconds after the first failure, doubled after each
local BACKOFF_MAX = 5 -- or `refresh`, if that is longer
local PAUSE_MAX = 3600 -- seconds, of a Retry-After

---@class sigmamind.nginx.Outage
---@field package options table  of the endpoint
---@field package dict table
---@field package keys table<string, string>
---@field package paused_until number  on core.now's clock
---@field package failures integer
---@field package began number|false
---@field package told table<string, boolean>  this worker's troubles
local Outage = {}
Outage.__index = Outage

---@param options table
---@param dict table
---@param keys table<string, string>
---@return sigmamind.nginx.Outage
function outage.new(options, dict, keys)
  return setmetatable({
    options = options,
    dict = dict,
    keys = keys,
    paused_until = 0,
    failures = 0,
    began = false,
    told = {},
  }, Outage)
end

--- Logs one line.
---@param level integer
---@param text string
function outage.log(level, text)
  ngx.log(level, "sigmamind: ", (text:gsub("%c", "?")))
end

--- Logs a trouble of this worker once, until it has passed.
---@param name string
---@param text string
function Outage:tell_once(name, text)
  if not self.told[name] then
    self.told[name] = true
    outage.log(ngx.ERR, text)
  end
end

---@param name string
function Outage:has_passed(name)
  self.told[name] = nil
end

--- Seconds until the next try may begin, and the kind of the last error; nil: now.
---@return number|nil seconds, string|nil kind
function Outage:pause()
  local kind = self.dict:get(self.keys.pause)
  if kind then
    return math.max(0, self.dict:ttl(self.keys.pause) or 0), kind
  end
  local left = self.paused_until - core.now()
  if left > 0 then
    return left, "unavailable"
  end
end

--- Holds back the next try of all workers.
---@param kind string
---@param seconds number
function Outage:hold(kind, seconds)
  self.paused_until = core.now() + seconds
  self.dict:safe_set(self.keys.pause, kind, seconds)
end

--- Seconds from a failure to the next try.
local function delay_after(self, err)
  local count = self.dict:incr(self.keys.failures, 1, 0) or self.failures + 1
  self.failures = count
  local longest = math.max(BACKOFF_MAX, self.options.refresh)
  local delay = math.min(BACKOFF * 2 ^ math.min(count - 1, 20), longest)
  local required = type(err) == "table" and err.retry_after or 0
  return math.min(math.max(delay, required), PAUSE_MAX) * (1 + core.random() / 4)
end

--- Whether this worker is the one to log the beginning.
local function begins(self)
  local now = core.now()
  local added, why = self.dict:safe_add(self.keys.outage, now)
  if added then
    return true
  end
  local is_new = why ~= "exists" and not self.began
  self.began = is_new and now or self.began
  return is_new
end

--- Logs the beginning of an outage.
---@param err any
---@param age number|nil  seconds, of the answer that is served meanwhile
function Outage:tell(err, age)
  if not begins(self) then
    return
  end
  local meanwhile = "visitors get status 503"
  if age then
    local text = "visitors get the answer of %d s ago, until it is %d s old"
    meanwhile = text:format(age, self.options.stale)
  end
  local text = "the endpoint of %s cannot be refreshed: %s. Meanwhile %s. It is tried again, and "
    .. "logged when it works"
  outage.log(ngx.ERR, text:format(self.options.resource, tostring(err), meanwhile))
end

--- After a failure: holds back all workers. Returns the pause and the kind of the error.
---@param err any
---@param age number|nil
---@return number seconds, string kind
function Outage:fail(err, age)
  local delay = delay_after(self, err)
  local kind = type(err) == "table" and err.kind or "internal"
  self:hold(kind, delay)
  self:tell(err, age)
  return delay, kind
end

--- After a success: ends the outage, if there was one.
function Outage:succeed()
  local dict, keys = self.dict, self.keys
  local began = tonumber(dict:get(keys.outage)) or self.began
  self.failures, self.paused_until, self.began = 0, 0, false
  dict:delete(keys.failures)
  dict:delete(keys.pause)
  if began then
    dict:delete(keys.outage)
    local text = "the endpoint of %s is refreshed again, after %d s"
    outage.log(ngx.NOTICE, text:format(self.options.resource, core.now() - began))
  end
end

return outage
