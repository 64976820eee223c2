--- stats: what the requests of a client and its copies (client:with) have come to, as numbers that
--- only grow, and how many are in flight.
--
-- A count is kept under a key: its family and its labels, joined by "|", which no label holds. The
-- same keys are used in a dictionary that several processes share (see metrics.share).

local ascii = require "sigmamind.ascii"

local stats = {}

---@class sigmamind.Stats
---@field requests sigmamind.RequestCount[]  those that have ended, sorted
---@field seconds table<string, sigmamind.Histogram>  their durations, by resource
---@field attempts integer
---@field retries integer
---@field pauses {reply: integer, shared: integer}  begun by a 429 to this client, and those of
---  other processes that it met with
---@field cache {hit: integer, stale: integer, miss: integer, coalesced: integer}  requests by what
---  the cache had for them
---@field bytes integer  of bodies, as received over the wire
---@field in_flight integer  requests that have not ended

---@class sigmamind.RequestCount
---@field resource string  such as "campaigns"; "request" of client:request
---@field method string
---@field status? integer  of the reply; nil: there was none
---@field kind? string  of the error; nil: success
---@field count integer

---@class sigmamind.Histogram
---@field count integer
---@field sum number  seconds
---@field buckets {le: number, count: integer}[]  requests that took `le` seconds or less; the last
---  `le` is infinity

local BOUNDS = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, math.huge } -- seconds
local RESOURCES_MAX = 64 -- names; collections may be named after what is in a path
local OTHER = "other" -- the name of the rest

---@class sigmamind.Counter
---@field counts table<string, number>  by key
---@field mirror? sigmamind.Mirror
---@field package running table<sigmamind.Request, true>  weak: one whose coroutine was abandoned
---  goes with it
---@field package running_count integer  of these, as of the last in_flight, begin or finish
---@field package keys table<string, table>  by resource: the keys of its counts, made once
---@field package keys_left integer
local Counter = { __name = "sigmamind.stats" }
Counter.__index = Counter

---@return sigmamind.Counter
function stats.new()
  return setmetatable({
    counts = {},
    running = setmetatable({}, { __mode = "k" }),
    running_count = 0,
    keys = {},
    keys_left = RESOURCES_MAX,
    mirror = nil,
  }, Counter)
end

-- == Counting =========================================================================

--- Adds to a count.
---@param key string
---@param value number
function Counter:add(key, value)
  local counts = self.counts
  counts[key] = (counts[key] or 0) + value
  if self.mirror then
    self.mirror:add(key, value)
  end
end

local function new_keys(name)
  local keys = { sum = "sum|" .. name, buckets = {}, requests = {}, name = name }
  for i = 1, #BOUNDS do
    keys.buckets[i] = ("bucket|%s|%d"):format(name, i)
  end
  return keys
end

--- The keys of a resource.
local function keys_of(self, name)
  if not self.keys[name] then
    name = self.keys_left > 0 and name or OTHER
    self.keys[name] = self.keys[name] or new_keys(name)
    self.keys_left = math.max(0, self.keys_left - 1)
  end
  return self.keys[name]
end

--- The key of requests with this end. They are few: made once, they cost no string each time.
local function request_key(keys, method, status, kind)
  local by_method = keys.requests[method] or {}
  keys.requests[method] = by_method
  local by_status = by_method[status or 0] or {}
  by_method[status or 0] = by_status
  local key = by_status[kind or ""]
  if not key then
    key = table.concat({ "requests", keys.name, method, status or "", kind or "" }, "|")
    by_status[kind or ""] = key
  end
  return key
end

local function bucket_of(seconds)
  local i = 1
  while seconds > BOUNDS[i] do
    i = i + 1
  end
  return i
end

local function set_running(self, count)
  self.running_count = count
  if self.mirror then
    self.mirror:show_running(self, count)
  end
end

--- A request begins.
---@param request sigmamind.Request
function Counter:begin(request)
  self.running[request] = true
  set_running(self, self.running_count + 1)
end

--- A request has ended.
---@param request sigmamind.Request
---@param seconds number
---@param status integer|nil
---@param kind string|nil  of the error
function Counter:finish(request, seconds, status, kind)
  local keys = keys_of(self, request:resource())
  self:add(request_key(keys, request.method, status, kind), 1)
  self:add(keys.buckets[bucket_of(seconds)], 1)
  self:add(keys.sum, seconds)
  if request.bytes > 0 then
    self:add("bytes", request.bytes)
  end
  if request.cache then
    self:add("cache|" .. request.cache, 1)
  end
  if self.running[request] then
    self.running[request] = nil
    set_running(self, self.running_count - 1)
  end
end

--- Counts a pause.
---@param origin "reply"|"shared"
function Counter:pause(origin)
  self:add("pauses|" .. origin, 1)
end

--- The number of requests in flight. Those whose light thread nginx has ended are counted as
--- cancelled first.
---@return integer
function Counter:in_flight()
  local count, lost = 0, {}
  for request in pairs(self.running) do
    count = count + 1
    lost[#lost + 1] = request:is_lost() and request or nil
  end
  for _, request in ipairs(lost) do
    request:finish_cancelled()
  end
  self.running_count = count - #lost
  return self.running_count
end

--- Lets a dictionary that several processes share have every count, those from before too.
---@param mirror sigmamind.Mirror
function Counter:set_mirror(mirror)
  self.mirror = mirror
  for key, value in pairs(self.counts) do
    mirror:add(key, value)
  end
end

-- == Reading ==========================================================================

--- The parts of a key.
local function split(key)
  local parts = {}
  for part in (key .. "|"):gmatch "([^|]*)|" do
    parts[#parts + 1] = part
  end
  return parts
end

local function new_histogram()
  local buckets = {}
  for i, bound in ipairs(BOUNDS) do
    buckets[i] = { le = bound, count = 0 }
  end
  return { count = 0, sum = 0, buckets = buckets }
end

local function read_requests(result, value, resource, method, status, kind)
  result.requests[#result.requests + 1] = {
    resource = resource,
    method = method,
    status = tonumber(status),
    kind = kind ~= "" and kind or nil,
    count = value,
  }
end

local function histogram_of(result, resource)
  result.seconds[resource] = result.seconds[resource] or new_histogram()
  return result.seconds[resource]
end

local function read_bucket(result, value, resource, number)
  local histogram = histogram_of(result, resource)
  for i = tonumber(number), #BOUNDS do
    histogram.buckets[i].count = histogram.buckets[i].count + value
  end
  histogram.count = histogram.buckets[#BOUNDS].count
end

local function read_sum(result, value, resource)
  histogram_of(result, resource).sum = value
end

--- By family: adds a count to the result.
local READ = { requests = read_requests, bucket = read_bucket, sum = read_sum }

for _, name in ipairs { "attempts", "retries", "bytes" } do
  READ[name] = function(result, value)
    result[name] = value
  end
end

for _, name in ipairs { "pauses", "cache" } do
  READ[name] = function(result, value, label)
    result[name][label] = value
  end
end

local function order_of(request)
  local status = ("%03d"):format(request.status or 0)
  return table.concat({ request.resource, request.method, status, request.kind or "" }, "|")
end

--- What the counts say, as a table of its own.
---@param counts table<string, number>
---@param in_flight integer
---@return sigmamind.Stats
function stats.read(counts, in_flight)
  local result = {
    requests = {},
    seconds = {},
    attempts = 0,
    retries = 0,
    pauses = { reply = 0, shared = 0 },
    cache = { hit = 0, stale = 0, miss = 0, coalesced = 0 },
    bytes = 0,
    in_flight = in_flight,
  }
  for key, value in pairs(counts) do
    local parts = split(key)
    local reader = READ[parts[1]]
    if reader then -- else it is another version's, from before a reload
      reader(result, value, parts[2], parts[3], parts[4], parts[5])
    end
  end
  table.sort(result.requests, function(a, b)
    return ascii.before(order_of(a), order_of(b))
  end)
  return result
end

---@return sigmamind.Stats
function Counter:read()
  local in_flight = self:in_flight()
  return stats.read(self.counts, in_flight)
end

return stats
