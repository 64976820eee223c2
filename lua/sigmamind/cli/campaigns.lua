--- cli.campaigns: `sigmamind campaigns`.

local condition = require "sigmamind.cli.condition"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local formats = require "sigmamind.cli.formats"
local interrupt = require "sigmamind.cli.interrupt"
local output = require "sigmamind.cli.output"
local progress = require "sigmamind.cli.progress"
local quantity = require "sigmamind.cli.quantity"
local settings = require "sigmamind.cli.settings"
local watch = require "sigmamind.cli.watch"

local campaigns = {}

local function new_client(options, line)
  local key, from = settings.key(options, true)
  if not key then
    return nil, { kind = "config", message = from }
  end
  return settings.new_client(options, key, from, {
    runtime = interrupt.runtime,
    array_mt = fields.array_mt,
    on_event = function(event)
      line:tell(event)
    end,
  })
end

--- Opens the listing; `more` are further arguments of client:campaigns.
local function open(client, options, where, more)
  local asked = { status = options.status, size = options.size, select = options.select }
  asked.where = where
  for name, value in pairs(more) do
    asked[name] = value
  end
  return errors.guard("usage", client.campaigns, client, asked)
end

--- Writes every campaign. Returns true; nil, err.
local function write_all(stream, writer, line)
  local row, err = stream:next()
  while row do
    writer:row(row)
    line:row()
    interrupt.step()
    row, err = stream:next()
  end
  return not err or nil, err
end

--- A token that is refused is a mistake in the options, though it shows when the walk begins.
local function of_options(err)
  local is_token = err and err.kind == "config" and err.message:find "^resume: "
  return is_token and errors.usage("--" .. err.message) or err
end

local function run_list(client, options, where, line)
  local out = output.new(line)
  local writer = formats[options.format](out, options.select)
  local bounds = { limit = options.limit, resume = options.resume }
  local stream, refused = open(client, options, where, bounds)
  if not stream then
    return nil, refused
  elseif writer.wants_json then
    stream = stream:json()
  end
  local ok, done, err = pcall(write_all, stream, writer, line)
  local was_interrupted = not ok and done == interrupt.INTERRUPTED
  if not ok and not was_interrupted then
    error(done, 0)
  end
  if was_interrupted or done then
    writer:finish()
  elseif line.rows > 0 then -- nothing of what failed at once
    writer:fail()
  end
  output.flush()
  line:hide()
  if was_interrupted then
    return nil, { kind = "interrupted", message = "interrupted", resume = stream:token() }
  elseif done then
    line:summarize()
  end
  return done, of_options(err)
end

--- One look at all of them. Returns true, and how many there are if it succeeded; nil, err for a
--- failure that will not pass. One that may is told.
local function look(watching, client, options, where, line)
  local stream, refused = open(client, options, where, { verify = true })
  if not stream then
    return nil, refused
  end
  local count, err = watching:look(stream:json())
  if not count and not err.retryable then
    return nil, err
  elseif not count then
    line:hide()
    errors.tell(err, options.error_format)
  end
  return true, count
end

local function run_watch(client, options, where, line)
  local out = output.new(line)
  local watching = watch.new(out, options)
  options.select = watching:selected()
  local is_announced = not line.is_seen
  while true do
    local may_go_on, count_or_err = look(watching, client, options, where, line)
    output.flush()
    line:hide()
    if not may_go_on then
      return nil, count_or_err
    elseif count_or_err and not is_announced then
      local watched = quantity(count_or_err, "campaign")
      io.stderr:write(("watching %s; Ctrl-C ends it\n"):format(watched))
      is_announced = true
    end
    interrupt.at_step = function() end -- no progress between two looks
    interrupt.runtime.sleep(options.watch)
    line:restart()
  end
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@return true|nil, table|nil
function campaigns.run(options)
  local where, wrong = condition.parse(options.where)
  if not where then
    return nil, errors.usage(wrong)
  elseif options.watch and (options.limit or options.resume) then
    local message = "--watch looks at all campaigns: it goes with neither --limit nor --resume"
    return nil, errors.usage(message)
  end
  local line = progress.new(2, settings.is_verbose(options))
  local client, err = new_client(options, line)
  if not client then
    return nil, err
  end
  interrupt.before_wait = output.flush -- rows are seen as they come
  line:restart()
  local ok, done, failure = xpcall(function()
    return (options.watch and run_watch or run_list)(client, options, where, line)
  end, errors.of_raised)
  line:hide()
  client:close()
  if not ok then
    return nil, done
  end
  return done, failure
end

return campaigns
