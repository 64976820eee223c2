--- cli.listing: `sigmamind RESOURCE list`, which lists or watches the rows of a resource.

local connection = require "sigmamind.cli.connection"
local csv = require "sigmamind.cli.csv"
local errors = require "sigmamind.cli.errors"
local interrupt = require "sigmamind.cli.interrupt"
local json = require "sigmamind.cli.json"
local names = require "sigmamind.cli.names"
local output = require "sigmamind.cli.output"
local quantity = require "sigmamind.cli.quantity"
local text_table = require "sigmamind.cli.text_table"
local token = require "sigmamind.listing.token"
local warnings = require "sigmamind.cli.warnings"
local watch = require "sigmamind.cli.watch"
local where = require "sigmamind.cli.where"

local listing = {}

--- Makes the writer of a format:
---
---   writer.wants_json     whether it gets rows as JSON text, else as tables
---   writer:row(row)       writes a row, now or later
---   writer:finish()       writes the rest
---   writer:fail()         called instead of finish if rows are missing
---
---@type table<string, fun(output: table, select: string[]|nil, declaration: table): table>
local FORMATS = {
  table = text_table.new,
  json = json.document,
  ndjson = json.lines,
  csv = csv.new,
}

--- Adds further conditions and the limit to a stream. The limit includes the rows that were listed
--- before the token.
local function narrowed(stream, steps, options)
  for i = 2, #steps do
    stream = stream:where(steps[i])
  end
  local before = options.resume and token.read(options.resume).count or 0
  return options.limit and stream:take(math.max(0, options.limit - before)) or stream
end

--- The arguments that list and watch have in common. Each step is a `where`: one table has each
--- operator of a path once.
local function arguments_of(declaration, options, steps)
  local given = { size = options.size, select = options.select, where = steps[1] }
  for name in pairs(declaration.list) do
    given[name] = options[name]
  end
  return given
end

--- Opens the listing.
local function open(client, declaration, options, steps)
  local resource = client[declaration.name]
  local given = arguments_of(declaration, options, steps)
  given.limit = not steps[2] and options.limit or nil
  given.resume = options.resume
  local stream, err = errors.guard("usage", resource.list, resource, given)
  if stream and steps[2] then
    return narrowed(stream, steps, options)
  end
  return stream, err
end

--- Writes all rows. Returns true; nil, err.
---@param stream sigmamind.Stream
---@param writer table  see FORMATS
---@param line table  the progress
---@return true|nil, sigmamind.Error|nil
function listing.write_all(stream, writer, line)
  local row, err = stream:next()
  while row do
    writer:row(row)
    line:row()
    interrupt.step()
    row, err = stream:next()
  end
  return not err or nil, err
end

local ARGUMENTS = "all arguments but limit and prefetch must"
local OPTIONS = "the options that narrow the list, --select and --size must"

--- Makes a usage error of a refused token, which the client only reports when it reads.
local function as_usage(err)
  local is_token = err and err.kind == "config" and err.message:find "^resume: "
  return is_token and errors.usage("--" .. err.message:gsub(ARGUMENTS, OPTIONS)) or err
end

local function run_list(client, declaration, options, conditions, line)
  local out = output.new(line)
  local writer = FORMATS[options.format](out, options.select, declaration)
  local noted = warnings.new(declaration, options, conditions)
  local stream, refused = open(client, declaration, options, where.steps(conditions))
  if not stream then
    return nil, refused
  elseif writer.wants_json then
    stream = stream:json()
  end
  local ok, done, err = pcall(listing.write_all, stream, writer, line)
  local was_interrupted = not ok and done == interrupt.INTERRUPTED
  if not ok and not was_interrupted then
    error(done, 0)
  end
  if was_interrupted or done then
    writer:finish()
  elseif line.rows > 0 then -- no output for a listing that failed before its first row
    writer:fail()
  end
  output.flush()
  line:hide()
  if was_interrupted then
    return nil, { kind = "interrupted", message = "interrupted", resume = stream:token() }
  elseif done then
    line:summarize()
    noted:report(stream:report())
  end
  return done, as_usage(err)
end

--- Opens the watch.
local function open_watch(client, declaration, options, steps, line)
  local resource = client[declaration.name]
  local given = arguments_of(declaration, options, steps)
  local watched, err = errors.guard("usage", resource.watch, resource, given)
  if not watched then
    return nil, err
  end
  function watched.narrow(stream)
    return narrowed(stream, steps, {})
  end
  function watched.on_row()
    line:row()
    interrupt.step()
  end
  return watched
end

--- Reads the list once, and writes what has changed. Returns true, or false after a failure that
--- may be over later; nil, err after any other.
local function look(watched, writer, options, line)
  local changes, err = watched:poll()
  if changes then
    writer:write(changes)
  elseif err.retryable then
    line:hide()
    errors.report(err, options.error_format)
  else
    return nil, err
  end
  return changes ~= nil
end

local function run_watch(client, declaration, options, conditions, line)
  local writer = watch.new(output.new(line), options, declaration)
  local noted = warnings.new(declaration, options, conditions)
  options.select = writer:selected()
  local watched, refused =
    open_watch(client, declaration, options, where.steps(conditions), line)
  if not watched then
    return nil, refused
  end
  local is_announced = not line.is_seen
  while true do
    local is_read, err = look(watched, writer, options, line)
    output.flush()
    line:hide()
    if is_read == nil then
      return nil, err
    elseif is_read and not is_announced then
      local rows = quantity(line.rows, declaration.title)
      io.stderr:write(("watching %s; Ctrl-C stops it\n"):format(rows))
      is_announced = true
    end
    if is_read then
      noted:report(watched:report())
    end
    interrupt.at_step = function() end -- no progress line while it sleeps
    interrupt.runtime.sleep(options.watch)
    line:restart()
  end
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@param declaration sigmamind.Declaration
---@return true|nil, table|nil
function listing.run(options, declaration)
  local conditions, wrong = where.parse(options.where, where.example(declaration))
  if not conditions then
    return nil, errors.usage(wrong)
  elseif options.watch and (options.limit or options.resume) then
    local message = "--watch cannot be combined with --limit or --resume: it reads all "
    return nil, errors.usage(message .. names.plural(declaration))
  end
  return connection.run(options, declaration.title, function(client, line)
    line:restart()
    local run = options.watch and run_watch or run_list
    return run(client, declaration, options, conditions, line)
  end)
end

return listing
