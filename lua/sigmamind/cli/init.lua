--- cli: the command `sigmamind`.

local arguments = require "sigmamind.cli.arguments"
local cjson = require "cjson"
local core = require "sigmamind.core"
local output = require "sigmamind.cli.output"
local settings = require "sigmamind.cli.settings"

local cli = {}

--- Exit codes by the kind of what went wrong.
local CODES = {
  usage = 2,
  config = 3,
  auth = 3,
  http = 4,
  protocol = 4,
  decode = 4,
  too_large = 4,
  network = 5,
  timeout = 5,
  tls = 5,
  rate_limit = 6,
  interrupted = 130,
}

local TOLD = { "kind", "message", "status", "code", "path", "retry_after", "hint" }

local function as_json(err)
  local told = {}
  for _, name in ipairs(TOLD) do
    told[name] = err[name]
  end
  return (cjson.encode({ error = told }):gsub("\\/", "/"))
end

--- Tells what went wrong on standard error. Returns the exit code.
local function fail(err, format, stack)
  if err == output.CLOSED then
    return 0
  elseif type(err) ~= "table" then
    err = { kind = "internal", message = tostring(err), stack = stack }
  end
  if err.kind == "interrupted" then
    return CODES.interrupted
  elseif format == "json" then
    io.stderr:write(as_json(err), "\n")
  else
    local text = getmetatable(err) and tostring(err) or "sigmamind: " .. tostring(err.message)
    io.stderr:write(text, "\n", err.stack and err.stack .. "\n" or "")
  end
  return CODES[err.kind] or 1
end

local commands = {}

---@param options table
function commands.campaigns(options)
  return require("sigmamind.cli.campaigns").run(options)
end

---@param options table
function commands.sandbox(options)
  return require("sigmamind.cli.sandbox").run(options)
end

--- A line of `config`: what it is, its value, where that comes from.
local function tell(name, value, from)
  io.stdout:write(("%-12s %s"):format(name, value), from and ("  (%s)"):format(from) or "", "\n")
end

---@param options table
function commands.config(options)
  local key, from = settings.key(options, false)
  local file, file_from = settings.ca_file(options)
  tell("API key", key and settings.masked(key) or "none", key and from)
  tell("base URL", settings.base_url(options))
  tell("authorities", file or "the system's", file and file_from)
  if not key then
    return nil, { kind = "config", message = from }
  end
  return true
end

local function version()
  local of = core.version()
  local text = "sigmamind %s (%s, libcurl %s, %s)\n"
  local lua = jit and jit.version or _VERSION -- luacheck: ignore 113
  io.stdout:write(text:format(of.sigmamind, lua, of.curl, of.ssl))
  return true
end

local function run(options, parser)
  if options.version then
    return version()
  elseif options.completion then
    io.stdout:write(arguments.completion(options.completion))
    return true
  elseif not options.command then
    return nil, { kind = "usage", message = parser:get_usage() }
  end
  return commands[options.command](options)
end

--- Whether errors are to be told as JSON, where the command line itself is wrong.
local function wants_json(words)
  return table.concat(words, " "):find "%-%-error%-format[ =]json" ~= nil
end

--- What was raised, as an error to tell.
local function to_error(raised)
  if type(raised) == "table" then
    return raised
  end
  return { kind = "internal", message = tostring(raised), stack = debug.traceback() }
end

--- Runs the command line. Returns the exit code.
---@param words string[]
---@return integer
function cli.main(words)
  if jit then -- luacheck: ignore 113
    jit.off() -- its machine code takes no notice of Ctrl-C. luacheck: ignore 113
  end
  local parser = arguments.parser()
  local parsed, options = parser:pparse(words)
  if not parsed then
    local message = ("%s\n\n%s"):format(options, parser:get_usage())
    return fail({ kind = "usage", message = message }, wants_json(words) and "json")
  end
  local ok, done, err, stack = xpcall(function()
    return run(options, parser)
  end, to_error)
  if not ok then
    return fail(done, options.error_format)
  elseif not done then
    return fail(err, options.error_format, stack)
  end
  return 0
end

return cli
