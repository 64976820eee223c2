--- cli.sandbox: `sigmamind sandbox`. The sandbox is a separate package, which may be absent.

local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local missing = require "sigmamind.missing"
local output = require "sigmamind.cli.output"
local packages = require "sigmamind.packages"

local command = {}

local SANDBOX = "sigmamind.sandbox"

--- The fields of a fault in seconds, and those with strings.
local SECONDS = { delay = true, drip = true, refuse = true }
local TEXTS = {
  method = true, body = true, content_type = true, raw = true, endless = true, behind = true,
}

--- Whether a number is written in digits alone; seconds may have a point.
local function is_plain(name, text)
  return text:find "^%-?%d+$" or SECONDS[name] and text:find "^%d+%.%d+$"
end

--- Parses a fault like "page=1,status=503,times=2". Values are JSON, or else strings.
local function parse_fault(text)
  local fault = {}
  for part in text:gmatch "[^,]+" do
    local name, value = part:match "^%s*([%w_]+)=(.*)$"
    if not name then
      return nil, ("--fault: '%s' is not NAME=VALUE"):format(part)
    end
    local decoded = fields.decoder():value(value)
    local is_number = type(decoded) == "number" or tonumber(value)
    if is_number and not is_plain(name, value) and not TEXTS[name] then
      return nil, ("--fault: '%s': write the number in digits only"):format(part)
    end
    fault[name] = decoded == nil and value or decoded
  end
  local problem = require("sigmamind.sandbox.fault").validate(fault)
  if problem then
    return nil, "--fault: " .. problem
  end
  return fault
end

local function print_out(text)
  output.say(text)
  output.flush()
end

--- The module; nil and what to install.
local function load_sandbox()
  local found, loaded = pcall(require, SANDBOX)
  if found then
    return loaded
  end
  local name, why = missing(loaded)
  if name ~= SANDBOX then
    return nil, { kind = "config", message = why }
  end
  local lua = jit and "LuaJIT" or _VERSION -- luacheck: ignore 113
  local message = "the command sandbox needs the module %s for %s, but it was not found; %s"
  return nil, {
    kind = "config",
    message = message:format(SANDBOX, lua, packages.remedy(SANDBOX, _VERSION)),
  }
end

--- Serves until Ctrl-C. Returns true; nil, err.
---@param options table  as argparse gives them
function command.run(options)
  local sandbox, absent = load_sandbox()
  if not sandbox then
    return nil, absent
  end
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
    calls = options.calls,
    agents = options.agents,
    phone_numbers = options.phone_numbers,
    chats = options.chats,
    webhooks = options.webhooks,
    latency = options.latency and options.latency / 1000,
    speed = options.speed,
    faults = faults[1] and fields.json(setmetatable(faults, fields.array_mt)) or nil,
  }, interrupt.runtime.sleep, print_out)
  interrupt.step()
  if not ok then
    return nil, { kind = "config", message = err }
  end
  return true
end

return command
