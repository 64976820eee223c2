--- cli.verb_options: the commands create, update, delete and wait of a resource, described for
--- argparse, and the values of their options as arguments of the client.

local actions = require "sigmamind.cli.actions"
local check = require "sigmamind.check"
local common = require "sigmamind.cli.common_options"
local convert = require "sigmamind.cli.convert"
local help = require "sigmamind.cli.help"
local names = require "sigmamind.cli.names"

local verb_options = {}

local WAIT_MAX = 1000000 -- seconds

local ABOUT = {
  create = "Creates %s.",
  update = "Changes fields of %s.",
  delete = "Deletes %s.",
  wait = "Waits for the end of %s.",
}

--- The option for an argument of the API.
local function add_argument(command, name, rule)
  local option = names.option(name)
  local words = names.words(name)
  local about = words:sub(1, 1):upper() .. words:sub(2)
  local added = command:option(option):target(name)
  added:description(about .. (rule.required and ", required: " or ": ") .. rule.accepts .. ".")
  if rule.type == "boolean" then
    added:description(about .. ".")
    added:choices({ "true", "false" }):convert(convert.boolean)
    return
  elseif rule.values then
    added:choices(rule.values)
    return
  end
  added:argname(rule.type == "table" and "JSON" or rule.type == "string" and "TEXT" or "VALUE")
  if rule.type == "table" then
    added:description(about .. ": a JSON object.")
  end
  added:convert(convert.by_rule(option, rule))
end

--- The options for the API's arguments, and for fields that are none.
local function add_fields(command, rules)
  for _, name in ipairs(check.sorted_keys(rules)) do
    add_argument(command, name, rules[name])
  end
  command:option("--extra", "A field that the API does not document."):argname("NAME=VALUE")
    :count "*"
end

--- The options of the check of contacts.
---@param command table
function verb_options.add_check(command)
  command:option("--require", "A column that must exist and have a value in each row.")
    :argname("COLUMN"):count "*"
  command:option("--phone-column", "The column of the phone numbers; default: Phone Number.")
    :argname "NAME"
  command:flag("--allow-duplicates", "Accept phone numbers that occur again.")
end

local function add_contacts(command)
  command:option("--contacts", "The contacts, a CSV file; required."):argname "FILE"
  verb_options.add_check(command)
  command:flag("--allow-problems", "Send the contacts whatever is wrong with them.")
end

--- What a write shows and asks.
local function add_consent(command)
  command:flag("--yes", "Do not ask.")
  command:flag("--dry-run", "Print the request, and send nothing.")
end

--- By verb: adds the options of its own.
local ADD = {
  create = function(command, declaration)
    if declaration.contacts then
      add_contacts(command)
    end
    add_fields(command, declaration.create)
    if declaration.unique then
      local about = "Find out by the %s what became of it if the reply is lost."
      command:flag("--reconcile", about:format(names.words(declaration.unique)))
    end
    add_consent(command)
  end,
  update = function(command, declaration)
    add_fields(command, declaration.update)
    add_consent(command)
  end,
  delete = add_consent,
  wait = function(command, declaration)
    local waiting = declaration.wait
    command:option("--timeout", ("Time limit of all; default: %d."):format(waiting.timeout))
      :argname("SECONDS"):target("wait_timeout"):convert(convert.seconds("--timeout", WAIT_MAX))
    command
      :option("--interval", ("Seconds between two requests at first; default: %d; it grows to %d.")
        :format(waiting.interval, waiting.interval_max))
      :argname("SECONDS"):convert(convert.seconds("--interval", WAIT_MAX))
  end,
}

--- Adds the commands of a resource.
---@param parser table  of argparse
---@param declaration sigmamind.Declaration
---@param choices boolean  whether completion is to offer names
function verb_options.add(parser, declaration, choices)
  for _, verb in ipairs(actions.verbs(declaration)) do
    local name = names.verb(declaration, verb)
    local command = parser:command(name, ABOUT[verb]:format(names.one(declaration.title)))
    command:hidden(true)
    local id = actions.needs_id(verb) and " ID" or ""
    command:usage(("Usage: sigmamind %s%s [OPTION]..."):format(names.typed(name), id))
    if actions.needs_id(verb) then
      local argument = command:argument("id", ("The id of the %s."):format(declaration.title))
      if choices then
        argument:choices {} -- completion offers none
      end
    end
    ADD[verb](command, declaration)
    if verb ~= "delete" then
      common.add_select(command, declaration, choices)
      common.add_format(command)
    end
    common.add_request(command, verb ~= "wait")
    command:epilog(help.VERBS[verb])
  end
end

-- == Values ===========================================================================

--- The values of --extra by name; nil, message.
local function extra_of(words)
  local extra = {}
  for _, text in ipairs(words) do
    local name, value = convert.assignment("--extra", text)
    local why
    if not name then
      return nil, value
    elseif extra[name] ~= nil then
      return nil, ("--extra %s is given twice"):format(name)
    elseif convert.is_literal(value) then
      value, why = convert.json("--extra " .. name, value)
    end
    if why then
      return nil, why
    end
    extra[name] = value
  end
  return next(extra) and extra or nil
end

--- The options of sigmamind.contacts.check.
---@param options table  as argparse gives them
---@return sigmamind.ContactOptions
function verb_options.check_options(options)
  return {
    variables = options.require,
    phone = options.phone_column,
    duplicates = not options.allow_duplicates,
  }
end

--- The arguments of create or update for the client; nil, message.
---@param declaration sigmamind.Declaration
---@param verb "create"|"update"
---@param options table  as argparse gives them
---@return table|nil, string|nil
function verb_options.arguments(declaration, verb, options)
  local given, rules = {}, declaration[verb]
  for name in pairs(rules) do
    given[name] = options[name]
  end
  local missing = check.missing(rules, given)
  local needs_contacts = verb == "create" and declaration.contacts
  if needs_contacts and not options.contacts then
    return nil, "--contacts is missing: the name of a CSV file"
  elseif missing then
    local text = "%s is missing: %s"
    return nil, text:format(names.option(missing), rules[missing].accepts)
  end
  local extra, wrong = extra_of(options.extra)
  if wrong then
    return nil, wrong
  end
  given.extra = extra
  if needs_contacts then
    given.contacts = options.contacts
    given.check = verb_options.check_options(options)
    given.allow_problems = options.allow_problems
  end
  if verb == "create" and declaration.unique then
    given.reconcile = options.reconcile
  end
  return given
end

--- A message of the client about arguments, with the options in place of their names.
---@param message string
---@param rules table<string, table>
---@return string
function verb_options.translated(message, rules)
  return (message:gsub("%a[%w]*", function(word)
    return rules[word] and word:find "%u" and names.option(word) or nil
  end))
end

return verb_options
