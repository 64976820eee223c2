--- cli: the command `sigmamind`.

local arguments = require "sigmamind.cli.arguments"
local completion = require "sigmamind.cli.completion"
local core = require "sigmamind.core"
local errors = require "sigmamind.cli.errors"
local output = require "sigmamind.cli.output"

local cli = {}

local function version()
  local of = core.version()
  local text = "sigmamind %s (%s, libcurl %s, %s)\n"
  local lua = jit and jit.version or _VERSION -- luacheck: ignore 113
  output.say(text:format(of.sigmamind, lua, of.curl, of.ssl))
  return true
end

local function run(options)
  if options.help then
    output.say(options.help, "\n")
    return true
  elseif options.version then
    return version()
  elseif options.completion then
    output.say(completion.script(options.completion))
    return true
  elseif not options.command then
    output.say(arguments.overview())
    return true
  elseif options.verb then
    local action = options.verb == "wait" and "wait" or "write"
    return require("sigmamind.cli." .. action).run(options, options.declaration)
  elseif options.declaration then
    local action = options.action == "get" and "get" or "listing"
    return require("sigmamind.cli." .. action).run(options, options.declaration)
  end
  return require("sigmamind.cli." .. options.command).run(options)
end

--- Whether errors are to be JSON, although the command line was not parsed.
local function wants_json(words)
  return table.concat(words, " "):find "%-%-error%-format[ =]json" ~= nil
end

local function fail(err, format)
  errors.report(err, format)
  return errors.code(err)
end

--- Runs the command line. Returns the exit code.
---@param words string[]
---@return integer
function cli.main(words)
  local options, wrong = arguments.parse(words)
  if not options then
    return fail(errors.usage(wrong), wants_json(words) and "json" or "text")
  end
  local ok, done, err = xpcall(function()
    local done, err = run(options)
    output.flush()
    return done, err
  end, errors.of_raised)
  if not ok then
    return fail(done, options.error_format)
  elseif not done then
    return fail(err, options.error_format)
  end
  return 0
end

return cli
