-- Scripted faults: which requests are answered wrongly, and how. A test sends the list as JSON
-- (see control.lua); exchange.lua does what a fault says.

local door = require "sigmamind.sandbox.door"
local json = require "sigmamind.sandbox.json"

--- Which requests a fault hits: all of `request` and `page` that are given must fit.
--- What it does to them: the other fields, several of which may be combined.
---@class sandbox.Fault
---@field request? integer ordinal among the API requests since the list was set, from 1
---@field page? integer the request's `page` parameter (0 when it has none)
---@field times integer how many requests in all; -1 for ever; default 1
---@field delay? number seconds to wait before anything else
---@field status? integer answer with this status and an error body, unless `body` is given
---@field headers? table<string, string> further headers of the answer, or others
---@field body? string answer with this body, as it is
---@field content_type? string of the answer
---@field echo? boolean answer with the headers of the request, the key among them
---@field truncate? integer answer with so many bytes of the body, as if they were all
---@field bomb? integer answer with so many MiB of blanks, compressed by gzip
---@field cut? integer announce the whole body, close the connection after so many bytes of it
---@field chunked_cut? integer the same with chunked encoding, without the last chunk
---@field raw? string write these bytes instead of an answer, then close the connection
---@field endless? string after `raw`, or without it, write this again and again, up to 256 MiB
---@field drip? number write the answer a byte at a time, so many seconds apart
---@field reset? boolean reset the connection instead of an answer, or after part of one
---@field silent? boolean never answer, or say no more after part of an answer; wait until the
---  client goes away, at most 120 seconds
---@field go_away? boolean over HTTP/2, refuse this request and all later ones of the connection
---@field behind? string write these bytes behind the answer, a moment later
---@field hang_up? boolean close the connection after the answer, without having said so
---@field refuse? number end all connections, and for so many seconds refuse new ones
---@field afterwards? string end all connections; the next ones meet "silence", "reset", "close",
---  "garbage", or a certificate that is "expired", "self_signed" or of the "wrong_host"
---@field connections? integer how many `afterwards` concerns; -1, the default: all, until the
---  faults are set again
---@field package hits integer how many requests it has hit

---@class sandbox.Faults
---@field private list sandbox.Fault[]
---@field private requests integer how many it was asked about
local methods = {}
local faults_mt = { __index = methods, __name = "sigmamind.sandbox.faults" }

local faults = {}

local max_int32 = 2147483647

local function at_least(least)
  return function(value)
    return type(value) == "number" and value >= least and value <= max_int32 and value % 1 == 0
  end
end

local function is(name)
  return function(value)
    return type(value) == name
  end
end

local function is_header(name, value)
  return type(name) == "string" and name:find("^[%w-]+$")
    and type(value) == "string" and not value:find("[%c]")
end

local function are_headers(value)
  if type(value) ~= "table" then
    return false
  end
  for name, text in pairs(value) do
    if not is_header(name, text) then
      return false
    end
  end
  return true
end

local function is_duration(value)
  return type(value) == "number" and value >= 0
end

local checks = {
  request = at_least(1),
  page = at_least(0),
  times = at_least(-1),
  delay = is_duration,
  status = function(value) return at_least(200)(value) and value <= 599 end,
  headers = are_headers,
  body = is "string",
  echo = is "boolean",
  content_type = function(value) return is_header("content-type", value) end,
  truncate = at_least(0),
  bomb = at_least(1),
  cut = at_least(0),
  chunked_cut = at_least(0),
  raw = is "string",
  endless = function(value) return type(value) == "string" and value ~= "" end,
  drip = is_duration,
  reset = is "boolean",
  silent = is "boolean",
  go_away = is "boolean",
  behind = is "string",
  hang_up = is "boolean",
  refuse = is_duration,
  afterwards = function(value) return door.moods[value] == true end,
  connections = at_least(-1),
}

---@param fault any
---@return sandbox.Fault? fault
---@return string? err
local function check(fault)
  if type(fault) ~= "table" then
    return nil, "a fault must be an object"
  end
  for name, value in pairs(fault) do
    if not checks[name] then
      return nil, ("a fault has no field '%s'"):format(tostring(name))
    elseif not checks[name](value) then
      return nil, ("this cannot be the '%s' of a fault"):format(name)
    end
  end
  fault.times = fault.times or 1
  fault.hits = 0
  return fault
end

--- No faults at all.
---@return sandbox.Faults
function faults.none()
  return setmetatable({ list = {}, requests = 0 }, faults_mt)
end

--- The faults that a JSON array describes, none of them used yet.
---@param text string
---@return sandbox.Faults? faults
---@return string? err
function faults.parse(text)
  local list, err = json.decode(text)
  if type(list) ~= "table" or #list == 0 and next(list) then
    return nil, err or "the faults must be an array of objects"
  end
  local self = faults.none()
  for i = 1, #list do
    local fault, problem = check(list[i])
    if not fault then
      return nil, ("fault %d: %s"):format(i, problem)
    end
    self.list[i] = fault
  end
  return self
end

---@param fault sandbox.Fault
---@param ordinal integer
---@param page integer
---@return boolean
local function fits(fault, ordinal, page)
  if fault.page and fault.page ~= page then
    return false
  end
  local used = fault.request and ordinal - fault.request or fault.hits
  return used >= 0 and (fault.times < 0 or used < fault.times)
end

--- The fault that the next request meets: the first one in the list that fits.
---@param request sandbox.Request
---@return sandbox.Fault?
function methods:next(request)
  self.requests = self.requests + 1
  local page = tonumber(request.query.page or 0)
  for _, fault in ipairs(self.list) do
    if fits(fault, self.requests, page) then
      fault.hits = fault.hits + 1
      return fault
    end
  end
end

return faults
