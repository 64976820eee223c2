--- metrics: what client:stats counts, as text for Prometheus (text format 0.0.4), and in nginx
--- summed over all workers.
---
---   local metrics = require "sigmamind.metrics"
---   io.write(metrics.text(client))

local check = require "sigmamind.check"
local mirror = require "sigmamind.http.mirror"
local number = require "sigmamind.number"

local metrics = {}

local CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

local ESCAPES = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

--- The labels of a line: pairs of a name and a value.
local function labels(...)
  local pairs_of = {}
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    local text = type(value) == "number" and number.text(value) or value
    pairs_of[#pairs_of + 1] = ('%s="%s"'):format(name, (text:gsub('[\\"\n]', ESCAPES)))
  end
  return #pairs_of > 0 and "{" .. table.concat(pairs_of, ",") .. "}" or ""
end

local function add_line(lines, name, value, ...)
  lines[#lines + 1] = name .. labels(...) .. " " .. number.text(value)
end

local function add_head(lines, name, kind, help)
  lines[#lines + 1] = ("# HELP %s %s"):format(name, help)
  lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
end

--- A metric without labels.
local function add_number(lines, name, kind, help, value)
  add_head(lines, name, kind, help)
  add_line(lines, name, value)
end

--- A counter with one label, whose values are known.
local function add_choices(lines, name, help, label, values, counts)
  add_head(lines, name, "counter", help)
  for _, each in ipairs(values) do
    add_line(lines, name, counts[each], label, each)
  end
end

local function add_requests(lines, requests)
  local name = "sigmamind_requests_total"
  add_head(lines, name, "counter", "Requests that have ended, with their retries.")
  for _, each in ipairs(requests) do
    add_line(lines, name, each.count, "resource", each.resource, "method", each.method, "status",
      each.status or "", "kind", each.kind or "")
  end
end

local function le(bound)
  return bound == math.huge and "+Inf" or bound
end

local function add_seconds(lines, seconds)
  local name = "sigmamind_request_duration_seconds"
  add_head(lines, name, "histogram", "Durations of requests, with their retries and waits.")
  for _, resource in ipairs(check.sorted_keys(seconds)) do
    local histogram = seconds[resource]
    for _, bucket in ipairs(histogram.buckets) do
      add_line(lines, name .. "_bucket", bucket.count, "resource", resource, "le", le(bucket.le))
    end
    add_line(lines, name .. "_sum", histogram.sum, "resource", resource)
    add_line(lines, name .. "_count", histogram.count, "resource", resource)
  end
end

--- The counter of a client. Raises at `level` for what is no client.
local function counter_of(what, client, level)
  local class = type(client) == "table" and getmetatable(client)
  if not (class and class.__name == "sigmamind.client") then
    error(("metrics.%s: expected a client of sigmamind.new"):format(what), level + 1)
  end
  return client.transport.stats
end

--- The client's counts as text. With metrics.share: those of all workers.
---@param client sigmamind.Client
---@return string
function metrics.text(client)
  local counter = counter_of("text", client, 2)
  local shown = counter.mirror and counter.mirror:read(counter) or counter:read()
  local lines = {}
  add_requests(lines, shown.requests)
  add_seconds(lines, shown.seconds)
  add_number(lines, "sigmamind_attempts_total", "counter", "Attempts that were begun.",
    shown.attempts)
  add_number(lines, "sigmamind_retries_total", "counter", "Attempts that were repeated.",
    shown.retries)
  add_choices(lines, "sigmamind_pauses_total",
    "Pauses that the API required by a 429: of this client, and met with in the store.", "origin",
    { "reply", "shared" }, shown.pauses)
  add_choices(lines, "sigmamind_cache_requests_total", "Requests by what the cache had for them.",
    "result", { "hit", "stale", "miss", "coalesced" }, shown.cache)
  add_number(lines, "sigmamind_received_bytes_total", "counter",
    "Bytes of bodies as received over the wire.", shown.bytes)
  add_number(lines, "sigmamind_requests_in_flight", "gauge", "Requests that have not ended.",
    shown.in_flight)
  return table.concat(lines, "\n") .. "\n"
end

--- In nginx: counts in a lua_shared_dict, so that the text has the sums of all workers, and a
--- reload or a crash loses nothing. Call it in init_by_lua or init_worker_by_lua. The dictionary
--- should hold nothing else. A full one never fails a request.
---@param client sigmamind.Client  and those of client:with
---@param name string  of the lua_shared_dict
function metrics.share(client, name)
  local counter = counter_of("share", client, 2)
  local dict = mirror.dict(name, 2)
  if not (counter.mirror and counter.mirror:is_of(dict)) then
    counter:set_mirror(mirror.new(dict))
  end
end

--- In nginx: a function for content_by_lua that answers with the text.
---@param client sigmamind.Client
---@return fun()
function metrics.location(client)
  counter_of("location", client, 2)
  return function()
    local ngx = rawget(_G, "ngx")
    ngx.header["Content-Type"] = CONTENT_TYPE
    ngx.print(metrics.text(client))
  end
end

return metrics
