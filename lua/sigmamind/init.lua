--- sigmamind: a client for the SigmaMind REST API.

local client = require "sigmamind.client"
local core = require "sigmamind.core"
local options = require "sigmamind.options"

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
  return client.new(options.resolve(given, 2))
end

return sigmamind
