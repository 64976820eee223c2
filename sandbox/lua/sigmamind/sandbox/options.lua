--- sandbox.options: the options of `sandbox.start`, and of the command line of its server.

local check = require "sigmamind.check"

local options = {}

local COUNT = check.integer(0, 1000000)

options.rules = {
  port = check.integer(0, 65535),
  campaigns = COUNT,
  calls = COUNT,
  agents = COUNT,
  phone_numbers = check.integer(0, 10000), -- more would not differ
  chats = COUNT,
  webhooks = COUNT,
  undocumented_lists = check.one_of { "wrapper", "bare", "array" },
  latency = {
    accepts = "a number of seconds, 0 or more",
    test = function(value)
      return type(value) == "number" and value >= 0
    end,
  },
  speed = {
    accepts = "a number from 0.001 to 1000000",
    test = function(value)
      return type(value) == "number" and value >= 0.001 and value <= 1000000
    end,
  },
  tls = check.type "boolean",
  key = check.printable,
  faults = check.type "string",
  lua = check.type "string",
}

options.defaults = {
  port = 0,
  campaigns = 125,
  calls = 240,
  agents = 12,
  phone_numbers = 8,
  chats = 60,
  webhooks = 15,
  undocumented_lists = "wrapper",
  latency = 0,
  speed = 1,
  key = "sandbox-key",
}

--- The options that the command line of the server has: --phone-numbers for phone_numbers.
options.values = {
  port = true, campaigns = true, calls = true, agents = true, phone_numbers = true, chats = true,
  webhooks = true, undocumented_lists = true, latency = true, speed = true, key = true,
  faults = true,
}

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
