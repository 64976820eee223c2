--- sigmamind: a client for the SigmaMind REST API.

local client = require "sigmamind.client"
local core = require "sigmamind.core"
local options = require "sigmamind.options"
local raise = require "sigmamind.raise"

local sigmamind = {
  VERSION = core.version().sigmamind,
  --- What a null inside an array is, and a null field if the option `null` says so. Equal to
  --- cjson.null and ngx.null.
  null = core.null,
}

--- Makes a client. Opens nothing: the first request does.
---@param given? sigmamind.Options  every field is checked; see sigmamind.options
---@return sigmamind.Client
--- Raises at the caller's line for an unknown option, a value that is not accepted, and a missing
--- API key.
function sigmamind.new(given)
  if given == sigmamind then
    error("sigmamind.new must be called with a dot: sigmamind.new { ... }", 2)
  end
  return client.new(options.resolve(given, 2))
end

--- Returns its arguments, or raises the second, as assert does: also where a host's own assert
--- takes no error object (Lua 5.1 and 5.2). Where nobody catches it, the message is shown.
---@param ... any  a value, and the error that is raised when it is nil or false
---@return any ...
function sigmamind.assert(...)
  local value, err = ...
  if not value then
    raise(err == nil and "assertion failed!" or err)
  end
  return ...
end

return sigmamind
