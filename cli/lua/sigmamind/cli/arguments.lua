--- cli.arguments: the command line, described for argparse.

local actions = require "sigmamind.cli.actions"
local argparse = require "argparse"
local check = require "sigmamind.check"
local common = require "sigmamind.cli.common_options"
local convert = require "sigmamind.cli.convert"
local help = require "sigmamind.cli.help"
local names = require "sigmamind.cli.names"
local resource = require "sigmamind.resource"
local resources = require "sigmamind.resources"
local suggestions = require "sigmamind.cli.suggestions"
local verb_options = require "sigmamind.cli.verb_options"
local where = require "sigmamind.cli.where"

local unpack = table.unpack or unpack

local arguments = {}

local integer, seconds = convert.integer, convert.seconds

local WATCH_MAX = 1000000

local METHODS = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS" }

--- The declarations by their commands.
local DECLARATIONS = {}
for _, declaration in ipairs(resources) do
  DECLARATIONS[names.command(declaration)] = declaration
end

--- The verbs with options of their own by their commands.
local VERBS = {}
for _, declaration in ipairs(resources) do
  for _, verb in ipairs(actions.verbs(declaration)) do
    VERBS[names.verb(declaration, verb)] = { verb = verb, declaration = declaration }
  end
end

--- The option for an argument of the API.
local function add_argument(command, declaration, name)
  local rule, option = declaration.list[name], names.option(name)
  local rows = names.plural(declaration)
  local added = command:option(name == "status" and "-s " .. option or option)
  added:target(name)
  if rule.type == "boolean" then
    added:description(("Only %s that are %s (true) or not (false)."):format(rows, name))
    added:choices({ "true", "false" }):convert(convert.boolean)
    return
  end
  added:description(("Only %s with this %s."):format(rows, names.words(name)))
  if rule.values then
    added:choices(rule.values)
  elseif rule.type == "number" then
    added:argname("N"):convert(convert.number(option))
  else
    added:argname "TEXT"
  end
end

--- The names of a resource's own arguments, sorted.
local function argument_names(declaration)
  local list = {}
  for name in pairs(declaration.list) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

--- Words as a list: "get, create or wait.".
local function in_words(words)
  local before = table.concat(words, ", ", 1, #words - 1)
  return (before ~= "" and before .. " or " or "") .. words[#words] .. "."
end

--- The words after the name of a resource, and the usage with them.
local function add_words(command, declaration, choices)
  local name, list = names.command(declaration), actions.of(declaration)
  local usage = { ("Usage: sigmamind %s [list] [OPTION]..."):format(name) }
  for i = 2, #list do
    local id = actions.needs_id(list[i]) and " ID" or ""
    usage[i] = ("       sigmamind %s %s%s [OPTION]..."):format(name, list[i], id)
  end
  command:usage(table.concat(usage, "\n"))
  local about = in_words { "list (the default)", unpack(list, 2) }
  local action = command:argument("action", about):args "?"
  local id = command:argument("id", ("With get: the id of the %s."):format(declaration.title))
  id:args "?"
  id:hidden(not declaration.get)
  if choices then
    action:choices(list)
    id:choices {}
  end
end

--- `choices`: for shell completion, which also offers names where any value is accepted.
local function add_resource(parser, declaration, choices)
  local rows, title = names.plural(declaration), declaration.title
  local about = "Lists %s."
  if actions.verbs(declaration)[1] then
    about = "Lists %s; also: " .. in_words { unpack(actions.of(declaration), 2) }
  elseif declaration.get then
    about = "Lists %s, or gets one."
  end
  local command = parser:command(names.command(declaration), about:format(rows))
  local own, paths = "", resource.leaf_paths(declaration)
  add_words(command, declaration, choices)
  for _, name in ipairs(argument_names(declaration)) do
    add_argument(command, declaration, name)
    own = own .. names.option(name) .. ", "
  end
  command:epilog(help.CONDITIONS:format(title, own))
  local condition = command:option("-w --where",
    ("Only %s that meet a condition; see below."):format(rows))
  condition:argname("CONDITION"):count "*"
  if choices then
    condition:choices(paths)
  end
  common.add_select(command, declaration, choices)
  command:option("-n --limit", ("Maximum number of %s."):format(rows))
    :argname("N"):convert(integer("--limit", 0))
  common.add_format(command)
  command:option("--size", "Rows per page; default: 100.")
    :argname("N"):convert(integer("--size", 1))
  command:option("--watch", "Poll, and report what was added, changed or removed.")
    :argname("SECONDS"):convert(seconds("--watch", WATCH_MAX))
  command:option("--resume", "Continue an interrupted listing from its token."):argname "TOKEN"
  common.add_request(command)
end

local function add_contacts(parser)
  local command = parser:command("contacts", "Checks a file of contacts; sends nothing.")
  command:usage "Usage: sigmamind contacts check FILE [OPTION]..."
  command:epilog(help.CONTACTS)
  command:argument("action", "check."):choices { "check" }
  command:argument("file", "A CSV file.")
  verb_options.add_check(command)
  command:option("-f --format", "Output format."):choices({ "table", "json" }):default "table"
end

local function add_api(parser, choices)
  local command = parser:command("api", "Sends any request to the API.")
  command:usage "Usage: sigmamind api [METHOD] PATH [OPTION]..."
  command:epilog(help.API)
  if choices then
    command:argument("method"):choices(METHODS)
    command:argument("path"):choices {}
  else
    command:argument("request", "The method, if any, and the path; see below."):args "1-2"
      :argname { "METHOD", "PATH" }
  end
  command:option("-q --query", "An argument of the query."):argname("NAME=VALUE"):count "*"
  command:option("-f --field", "A field of a JSON object as the body.")
    :argname("NAME=VALUE"):count "*"
  command:option("--input", "A file with the body; -: standard input."):argname "FILE"
  command:option("-H --header", "A header of the request."):argname("'NAME: VALUE'"):count "*"
  command:flag("--paginate", "Print the rows of all pages, one in a line.")
  command:option("--id", "The field that identifies a row, for --paginate."):argname "FIELD"
  command:flag("--idempotent", "The request may be sent again though the API acted on it.")
  command:flag("-i --include", "Print status and headers of the reply before its body.")
  common.add_request(command)
end

--- The sandbox's lists in the order of the documentation: name, default and max number of rows. The
--- package of the sandbox, which knows them too, may be absent.
local SANDBOX_LISTS = {
  { "campaigns", 125, 1000000 },
  { "calls", 240, 1000000 },
  { "agents", 12, 1000000 },
  { "phone numbers", 8, 10000 },
  { "chats", 60, 1000000 },
  { "webhooks", 15, 1000000 },
}

local function add_sandbox(parser)
  local command = parser:command("sandbox", "Runs a local API server with made-up data.")
  command:option("--port", "Default: any free port.")
    :argname("N"):convert(integer("--port", 0, 65535))
  for _, each in ipairs(SANDBOX_LISTS) do
    local name, count, max = each[1], each[2], each[3]
    local option = "--" .. name:gsub(" ", "-")
    command:option(option, ("Number of %s; default: %d."):format(name, count))
      :argname("N"):convert(integer(option, 0, max))
  end
  command:option("--latency", "Milliseconds before each response."):argname("MS")
    :convert(integer("--latency", 0, 600000))
  command:option("--speed", "Of the calls that are made: 100 is a hundred times; default: 1.")
    :argname("N"):convert(integer("--speed", 1, 1000000))
  command:option("--fault", "A scripted fault, like page=1,status=503,times=2.")
    :argname("SPEC"):count "*"
end

local function add_config(parser)
  local command =
    parser:command("config", "Shows where key, base URL, authorities and proxy come from.")
  common.add_connection(command)
end

--- Calls `on_help` with the help text. argparse would print it and exit, whether or not it could be
--- written.
local function add_help(parser, on_help)
  parser:add_help {
    action = function()
      on_help(parser:get_help())
    end,
  }
end

local function new_parser(choices, on_help)
  local parser = argparse("sigmamind", "A client for the SigmaMind API.")
  parser:help_max_width(80)
  parser:epilog(help.EXAMPLES)
  parser:command_target "command"
  parser:flag("--version", "Prints the version.")
  parser:option("--error-format", "Format of errors.")
    :choices({ "text", "json" }):default "text"
  parser:option("--completion", "Prints a completion script for this shell.")
    :choices { "bash", "zsh", "fish" }
  parser:require_command(false)
  for _, declaration in ipairs(resources) do
    add_resource(parser, declaration, choices)
    verb_options.add(parser, declaration, choices)
  end
  add_contacts(parser)
  add_api(parser, choices)
  add_sandbox(parser)
  add_config(parser)
  add_help(parser, on_help)
  for _, command in ipairs(parser._commands) do
    add_help(command, on_help)
  end
  return parser
end

--- The text of `sigmamind` alone: the commands, and where to begin.
---@return string
function arguments.overview()
  local lines = {}
  for _, command in ipairs(new_parser(false)._commands) do
    if not VERBS[command._name] then
      lines[#lines + 1] = ("  %-14s %s"):format(command._name, command._description)
    end
  end
  return help.OVERVIEW:format(table.concat(lines, "\n"))
end

--- Joins the words of each condition into one.
local function join_conditions(words)
  local joined, at = {}, 1
  while at <= #words do
    local count = where.is_option(joined[#joined]) and where.count_words(words, at) or 1
    joined[#joined + 1] = table.concat(words, " ", at, at + count - 1)
    at = at + count
  end
  return joined
end

--- Replaces phone_numbers, as the client spells it, by the name of the command.
local function with_hyphen(words)
  for i, word in ipairs(words) do
    local name = word:gsub("_", "-")
    if DECLARATIONS[name] then
      words[i] = name
      break
    end
  end
  return words
end

local OTHERS = { contacts = true, api = true, sandbox = true, config = true }

--- Joins the name of a resource and a verb behind it into the command of that verb.
local function join_verb(words)
  for i = 1, #words - 1 do
    local joined = words[i] .. "." .. words[i + 1]
    if VERBS[joined] then
      words[i] = joined
      table.remove(words, i + 1)
      return words
    elseif DECLARATIONS[words[i]] or OTHERS[words[i]] then
      return words
    end
  end
  return words
end

--- Parses the command line. Returns the options; `help` is a text to print, without running any
--- command. Returns nil, message for a mistake.
---@param words string[]
---@return table|nil, string|nil
function arguments.parse(words)
  local text
  local parser = new_parser(false, function(wanted)
    text = text or wanted
  end)
  words = join_verb(with_hyphen(join_conditions(words)))
  if words[1] == "help" then
    words = words[2] ~= "help" and { words[2], "--help" } or {}
  end
  local ok, result = parser:pparse(words)
  if text then
    return { help = text, error_format = "text" }
  elseif not ok then
    return nil, suggestions.message(parser, words, result)
  end
  local own = VERBS[result.command]
  if own then
    result.verb, result.declaration = own.verb, own.declaration
    return result
  end
  result.declaration = DECLARATIONS[result.command]
  local wrong = result.declaration and actions.check(result.declaration, result, words)
  if wrong then
    return nil, suggestions.message(parser, words, wrong)
  end
  return result
end

--- The commands of verbs, as argparse names them, sorted.
---@return string[]
function arguments.verbs()
  return check.sorted_keys(VERBS)
end

--- The parser of the command line.
---@param choices? boolean  with the names that completion offers
function arguments.parser(choices)
  return new_parser(choices)
end

return arguments
