--- mirror: the counts of a client in a lua_shared_dict of nginx, which all workers add to.
--- A worker that crashes takes nothing along, because each count is added at once.
--
-- The number of requests in flight has one key for each process, with a time to live: a process
-- that was killed, or that a reload has ended, stops renewing it. The key is not that of a worker's
-- number: while a reload lets old workers finish, two of them have the same number.

local report = require "sigmamind.report"
local stats = require "sigmamind.http.stats"

local ngx = rawget(_G, "ngx")

local mirror = {}

local COUNT = "sigmamind:count:"
local RUNNING = "sigmamind:in_flight:"
local LIFE = 5 -- seconds for which a number of requests in flight counts
local RENEW = 1 -- seconds until it is renewed
local TRIES = 8 -- a count that other workers add at the same time is tried again

---@class sigmamind.Mirror
---@field package dict table
---@field package number integer  of the client: several may have one dictionary
---@field package running integer  as last shown
---@field package timer_of integer|false  the process that has a timer to renew it
---@field package is_full boolean  whether that was reported
local Mirror = { __name = "sigmamind.mirror" }
Mirror.__index = Mirror

local number = 0

---@param dict table  a lua_shared_dict
---@return sigmamind.Mirror
function mirror.new(dict)
  number = number + 1
  return setmetatable({
    dict = dict,
    number = number,
    running = 0,
    timer_of = false,
    is_full = false,
  }, Mirror)
end

--- The lua_shared_dict of that name. Raises at `level` if there is none.
---@param name any
---@param level integer
---@return table
function mirror.dict(name, level)
  if type(ngx) ~= "table" or not ngx.shared then
    error("metrics.share: this is not nginx with its Lua module", level + 1)
  end
  local dict = type(name) == "string" and ngx.shared[name]
  if not dict then
    local text = "metrics.share: nginx has no lua_shared_dict of the name %s"
    error(text:format(tostring(name)), level + 1)
  end
  return dict
end

---@param dict table
---@return boolean
function Mirror:is_of(dict)
  return self.dict == dict
end

--- Reports a failure to write, once.
local function note_failure(self, why)
  if why and not self.is_full then
    self.is_full = true
    report("sigmamind: metrics are incomplete: the shared dictionary: " .. tostring(why))
  end
end

--- Adds to a count. It may be lost if the dictionary is full: other entries are never evicted.
---@param key string
---@param value number
function Mirror:add(key, value)
  local dict, name = self.dict, COUNT .. key
  local sum, why
  for _ = 1, TRIES do
    sum, why = dict:incr(name, value)
    if sum or why ~= "not found" then
      break
    end
    sum, why = dict:safe_add(name, value)
    if sum or why ~= "exists" then
      break
    end
  end
  note_failure(self, not sum and why)
end

local function show(self, count)
  local key = RUNNING .. ngx.worker.pid() .. ":" .. self.number
  if count == 0 then
    self.dict:delete(key)
  else
    local ok, why = self.dict:safe_set(key, count, LIFE)
    note_failure(self, not ok and why)
  end
end

--- Renews the number, and corrects it: coroutines that were abandoned have ended no request.
local function renew(premature, self, counter)
  self.timer_of = false
  if premature then
    return
  end
  local count = counter:in_flight()
  show(self, count)
  self:keep_renewing(counter, count)
end

--- Begins a timer, while there are requests in flight and none is pending in this process.
---@param counter sigmamind.Counter
---@param count integer
function Mirror:keep_renewing(counter, count)
  local pid = ngx.worker.pid()
  if count > 0 and self.timer_of ~= pid then
    self.timer_of = pid
    if not ngx.timer.at(RENEW, renew, self, counter) then
      self.timer_of = false
    end
  end
end

--- Shows how many requests this process has in flight.
---@param counter sigmamind.Counter
---@param count integer
function Mirror:show_running(counter, count)
  show(self, count)
  self:keep_renewing(counter, count)
end

--- What all processes have counted.
---@param counter sigmamind.Counter  of this one
---@return sigmamind.Stats
function Mirror:read(counter)
  show(self, counter:in_flight())
  local counts, in_flight = {}, 0
  for _, key in ipairs(self.dict:get_keys(0)) do
    local value = self.dict:get(key)
    if value and key:sub(1, #COUNT) == COUNT then
      counts[key:sub(#COUNT + 1)] = value
    elseif value and key:sub(1, #RUNNING) == RUNNING then
      in_flight = in_flight + value
    end
  end
  return stats.read(counts, in_flight)
end

return mirror
