--- sigmamind: a client for the SigmaMind REST API. The module that users require.

local client = require "sigmamind.client"
local contacts = require "sigmamind.contacts"
local core = require "sigmamind.core"
local options = require "sigmamind.options"
local raise = require "sigmamind.raise"
local store = require "sigmamind.store"

local sigmamind = {
  VERSION = core.version().sigmamind,
  --- The value of a null inside an array, and of a null field if the option `null` is set to it.
  --- Equal to cjson.null and ngx.null.
  null = core.null,
  --- Checks the contacts of a campaign before it is created.
  contacts = contacts,
  --- What several processes share: store.memory, store.nginx and store.redis.
  store = store,
}

--- Makes a client. The first request opens the connection.
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

--- Returns its arguments, or raises the second, like assert, which accepts no error object on Lua
--- 5.1 and 5.2. The message of an uncaught error is shown on every host.
---@param ... any  a value, and the error to raise if it is nil or false
---@return any ...
function sigmamind.assert(...)
  local value, err = ...
  if not value then
    raise(err == nil and "assertion failed!" or err)
  end
  return ...
end

return sigmamind
