--- sandbox.fault: the fields of a scripted fault. Pure Lua, so that the command can check them
--- before it starts a sandbox.

local check = require "sigmamind.check"
local nearest = require "sigmamind.nearest"

--- `request`, `page`, `path`, `method` and `times` select requests; all of the first four must
--- match, if given. The other fields are the effects on these requests, and may be combined.
---
--- A request that writes is not carried out if the effects replace its response, unless `acts` says
--- so; if they only damage it, it is.
---@class sigmamind.sandbox.Fault
---@field request? integer ordinal of the first request, counted since the faults were set, from 1
---@field page? integer the request's `page` parameter (0 if it has none)
---@field path? string what the request's path begins with, without the query, such as "/v1/calls"
---@field method? string such as "POST"
---@field times integer number of requests; -1: all; default 1
---@field delay? number seconds to wait before anything else
---@field unread? boolean have the effect, and `delay`, before the body of the request is read
---@field acts? boolean carry out a request that writes, whatever becomes of its response
---@field status? integer respond with this status, and an error body unless `body` is given
---@field headers? table<string, string> headers to add or replace
---@field body? string respond with this body
---@field content_type? string of the response
---@field echo? boolean respond with the headers of the request, the key included
---@field truncate? integer send so many bytes of the body, with the length of that part
---@field bomb? integer respond with so many MiB of blanks, compressed by gzip
---@field cut? integer announce the whole body, close the connection after so many bytes
---@field chunked_cut? integer the same in chunked encoding, without the last chunk
---@field raw? string write these bytes in place of a response, then close the connection
---@field endless? string after `raw`, if given, write this repeatedly, up to 256 MiB
---@field drip? number write the response byte by byte, so many seconds apart
---@field reset? boolean reset the connection in place of a response, or after part of one
---@field silent? boolean never respond, or send nothing after part of a response; wait until the
---  client disconnects, at most 120 seconds
---@field go_away? boolean over HTTP/2, refuse this request and all later ones of the connection
---@field behind? string write these bytes after the response, a moment later
---@field hang_up? boolean close the connection after the response, without Connection: close
---@field refuse? number close all connections, and refuse new ones for so many seconds
---@field afterwards? string close all connections; the next ones have "silence", "reset", "close",
---  "garbage", or a certificate that is "expired", "self_signed" or of the "wrong_host"
---@field connections? integer number of connections that `afterwards` affects; -1, the default:
---  all, until the faults are set again
---@field package hits integer number of requests that have had it

local fault = {}

--- The faults of whole connections, for `afterwards`.
fault.CONNECTION_FAULTS = {
  silence = true, reset = true, close = true, garbage = true,
  expired = true, self_signed = true, wrong_host = true,
}

local INT32_MAX = 2147483647

local function at_least(least)
  return function(value)
    return type(value) == "number" and value >= least and value <= INT32_MAX and value % 1 == 0
  end
end

local function is(name)
  return function(value)
    return type(value) == name
  end
end

local function is_header(name, value)
  return type(name) == "string" and name:find "^[%w-]+$"
    and type(value) == "string" and not value:find "[%c]"
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

local CHECKS = {
  request = at_least(1),
  page = at_least(0),
  path = function(value) return type(value) == "string" and value:sub(1, 1) == "/" end,
  method = function(value) return type(value) == "string" and value:find "^%u+$" ~= nil end,
  times = at_least(-1),
  unread = is "boolean",
  acts = is "boolean",
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
  afterwards = function(value) return fault.CONNECTION_FAULTS[value] == true end,
  connections = at_least(-1),
}

local function unknown(name)
  local names = {}
  for each in pairs(CHECKS) do
    names[#names + 1] = each
  end
  table.sort(names)
  local meant = nearest(name, names)
  local hint = meant and (" (did you mean %s?)"):format(meant) or ""
  return ("unknown field '%s' of a fault%s"):format(tostring(name), hint)
end

--- Checks a fault. Returns nil, or a message.
---@param given any
---@return string|nil
function fault.validate(given)
  if type(given) ~= "table" then
    return "a fault must be an object"
  end
  for name, value in pairs(given) do
    if not CHECKS[name] then
      return unknown(name)
    elseif not CHECKS[name](value) then
      local message = "invalid '%s' of a fault: %s"
      return message:format(name, check.show(value))
    end
  end
  if given.unread and given.acts then
    return "a fault that is 'unread' cannot have 'acts': nothing is known of the request"
  end
end

return fault
