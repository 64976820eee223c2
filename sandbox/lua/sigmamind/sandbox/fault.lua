-- What a scripted fault may say. Plain Lua, so that whoever starts a sandbox can check it too.

local check = require "sigmamind.check"
local nearest = require "sigmamind.nearest"

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

local fault = {}

--- What connections may meet instead of a server. Certificates are in `servers`.
fault.moods = {
  silence = true, reset = true, close = true, garbage = true,
  expired = true, self_signed = true, wrong_host = true,
}

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
  afterwards = function(value) return fault.moods[value] == true end,
  connections = at_least(-1),
}

local function unknown(name)
  local names = {}
  for each in pairs(checks) do
    names[#names + 1] = each
  end
  table.sort(names)
  local meant = nearest(name, names)
  local hint = meant and (" (did you mean %s?)"):format(meant) or ""
  return ("a fault has no field '%s'%s"):format(tostring(name), hint)
end

--- What is wrong with a fault; nil: nothing.
---@param given any
---@return string?
function fault.complaint(given)
  if type(given) ~= "table" then
    return "a fault must be an object"
  end
  for name, value in pairs(given) do
    if not checks[name] then
      return unknown(name)
    elseif not checks[name](value) then
      local message = "this cannot be the '%s' of a fault: %s"
      return message:format(name, check.show(value))
    end
  end
end

return fault
