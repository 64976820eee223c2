--- cli.sandbox: `sigmamind sandbox`.

local core = require "sigmamind.core"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local output = require "sigmamind.cli.output"
local rules = require "sigmamind.sandbox.fault"
local sandbox = require "sigmamind.sandbox"

local command = {}

--- A fault of "page=1,status=503,times=2": values are as in JSON, or strings.
local function parse_fault(text)
  local fault = {}
  for part in text:gmatch "[^,]+" do
    local name, value = part:match "^%s*([%w_]+)=(.*)$"
    if not name then
      return nil, ("--fault: '%s' is not NAME=VALUE"):format(part)
    end
    local decoded = core.decode(value, { array_mt = fields.array_mt })
    fault[name] = decoded == nil and value or decoded
  end
  local problem = rules.complaint(fault)
  if problem then
    return nil, "--fault: " .. problem
  end
  return fault
end

local function say(text)
  output.say(text)
  output.flush()
end

--- Serves until it is interrupted. Returns true; nil, err.
---@param options table  as argparse gives them
function command.run(options)
  local faults = {}
  for i, text in ipairs(options.fault) do
    local fault, why = parse_fault(text)
    if not fault then
      return nil, errors.usage(why)
    end
    faults[i] = fault
  end
  local ok, err = sandbox.serve({
    port = options.port,
    campaigns = options.campaigns,
    latency = options.latency and options.latency / 1000,
    faults = faults[1] and fields.json(setmetatable(faults, fields.array_mt)) or nil,
  }, interrupt.runtime.sleep, say)
  interrupt.step()
  if not ok then
    return nil, { kind = "config", message = err }
  end
  return true
end

return command
