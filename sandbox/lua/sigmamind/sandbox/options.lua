--- sandbox.options: the options of `sandbox.start`, and of the command line of its server.

local check = require "sigmamind.check"

local options = {}

options.rules = {
  port = check.integer(0, 65535),
  campaigns = check.integer(0, 1000000),
  latency = {
    accepts = "a number of seconds, 0 or more",
    test = function(value)
      return type(value) == "number" and value >= 0
    end,
  },
  tls = check.type "boolean",
  key = check.printable,
  faults = check.type "string",
  lua = check.type "string",
}

options.defaults = { port = 0, campaigns = 125, latency = 0, key = "sandbox-key" }

--- The options that the command line of the server has.
options.values = { port = true, campaigns = true, latency = true, key = true, faults = true }

--- Adds the defaults to options.
---@param given table
---@return table
function options.fill(given)
  local filled = {}
  for name, value in pairs(options.defaults) do
    filled[name] = value
  end
  for name, value in pairs(given) do
    filled[name] = value
  end
  return filled
end

return options
