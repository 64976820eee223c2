--- cli.connection: a client for a command that sends requests.

local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local log = require "sigmamind.log"
local output = require "sigmamind.cli.output"
local progress = require "sigmamind.cli.progress"
local settings = require "sigmamind.cli.settings"
local terminal = require "sigmamind.cli.terminal"

local connection = {}

local function write_line(text)
  io.stderr:write(terminal.harmless(text), "\n")
end

--- The listener that logs each attempt, or the one that shows the progress.
local function listener_of(level, line)
  if level then
    return log.new { level = level, write = write_line }
  end
  return function(event)
    line:on_event(event)
  end
end

local function new_client(options, level, line)
  local key, from = settings.key(options, true)
  if not key then
    return nil, { kind = "config", message = from }
  end
  return settings.new_client(options, key, from, {
    runtime = interrupt.runtime,
    array_mt = fields.array_mt,
    on_event = listener_of(level, line),
  })
end

--- Runs work(client, line) with a client, and with a progress line that logs its requests. Closes
--- both, whatever happens. Returns true; nil, err.
---@param options table  as argparse gives them
---@param noun string  for what the line counts, in the singular
---@param work fun(client: sigmamind.Client, line: table): true|nil, table|nil
---@return true|nil, table|nil
function connection.run(options, noun, work)
  local level = settings.log_level(options)
  local line = progress.new(2, level ~= nil, noun)
  local client, err = new_client(options, level, line)
  if not client then
    return nil, err
  end
  interrupt.before_wait = output.flush -- rows appear as they arrive
  local ok, done, failure = xpcall(function()
    return work(client, line)
  end, errors.of_raised)
  line:hide()
  client:close()
  if not ok then
    return nil, done
  end
  return done, failure
end

return connection
