--- cli.write: `sigmamind RESOURCE create`, `update ID` and `delete ID`, which show what they will
--- do, ask for consent, and do it once.

local connection = require "sigmamind.cli.connection"
local console = require "sigmamind.console"
local contacts = require "sigmamind.cli.contacts"
local dry_run = require "sigmamind.cli.dry_run"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local get = require "sigmamind.cli.get"
local interrupt = require "sigmamind.cli.interrupt"
local names = require "sigmamind.cli.names"
local outcome = require "sigmamind.http.outcome"
local plan = require "sigmamind.cli.plan"
local verb_options = require "sigmamind.cli.verb_options"

local write = {}

local CLOCKS = 60 -- seconds by which the clocks of two machines may differ

--- The time from which on a row was created that is created now, in UTC, to the minute: with
--- seconds and "Z" it would not compare with times that have fractions of a second.
local function time_of_creation()
  return os.date("!%Y-%m-%dT%H:%M", os.time() - CLOCKS)
end

--- Whether rows have this field.
local function has_field(declaration, name)
  for _, field in ipairs(declaration.row) do
    if field.name == name then
      return true
    end
  end
  return false
end

--- The command that shows whether a write was done.
local function way_to_find_out(declaration, options, given, began)
  local command, condition = "sigmamind " .. names.command(declaration), nil
  local name = given and given[declaration.unique]
  if options.verb ~= "create" then
    local is_one = declaration.get
    return is_one and ("%s get %s"):format(command, names.shell_word(options.id)) or command
  elseif name then
    condition = declaration.unique .. "=" .. fields.json(name)
  elseif has_field(declaration, "createdAt") then
    condition = "createdAt>=" .. began
  end
  return condition and ("%s list --where %s"):format(command, names.shell_word(condition))
    or command .. " list"
end

--- Puts the command into the hint, in place of the verb of the client.
local function point_to(err, way)
  if err.outcome == "not_done" or not err.hint then
    return
  end
  local hint = err.hint:gsub("; [%w_]+:%a+ shows whether it was$", "")
  err.hint = ("%s; %s shows whether it was"):format(hint, way)
end

--- Sends it. Returns the reply, or true; nil, err.
local function send(prepared, declaration, options, given)
  local way = way_to_find_out(declaration, options, given, time_of_creation())
  local ok, reply, err = pcall(prepared.send, prepared)
  if not ok and reply == interrupt.INTERRUPTED then
    local call, advice = prepared.call, "%s; %s shows whether it was"
    return nil, errors.interrupted(call.method, call.path,
      advice:format(outcome.HINTS.unknown, way))
  elseif not ok then
    error(reply, 0)
  elseif not reply then
    point_to(err, way)
  end
  return reply, err
end

--- Asks on the terminal. Returns whether the answer is yes.
local function is_wanted(declaration, options)
  local verb = options.verb:gsub("^%l", string.upper)
  local question = ("%s this %s? [y/N] "):format(verb, declaration.title)
  local answer = (console.ask(question, true) or ""):lower()
  interrupt.step()
  return answer:find "^%s*y%s*$" ~= nil or answer:find "^%s*yes%s*$" ~= nil
end

--- Shows and asks, then sends. Returns true; nil, err.
local function carry_out(prepared, declaration, options, given, line)
  if options.dry_run then
    dry_run.print(prepared, options.format, line)
    return true
  elseif not options.yes or options.error_format ~= "json" then -- a script parses what is written
    io.stderr:write(plan.text(declaration, options, given, prepared.report))
  end
  if not options.yes and not is_wanted(declaration, options) then
    return nil, { kind = "interrupted", message = "nothing was sent", outcome = "not_done" }
  end
  local reply, err = send(prepared, declaration, options, given)
  if reply and options.verb ~= "delete" then
    get.print(declaration, reply.text, options, line)
  end
  return reply ~= nil or nil, err
end

--- Shows what is wrong with contacts. Returns nil, err.
local function refuse(err, options)
  if err.report and options.error_format ~= "json" then
    io.stderr:write(contacts.text(err.report, options.contacts))
    err.message = contacts.bad().message
  end
  return nil, err
end

--- Checks the arguments. Returns the write; nil, err.
local function prepare(resource, declaration, options, given)
  local verb, id = options.verb, options.id
  local prepared, err
  if verb == "create" then
    prepared, err = errors.guard("usage", resource.prepare, resource, verb, 1, given)
  else
    prepared, err = errors.guard("usage", resource.prepare, resource, verb, 1, id, given)
  end
  if err and err.kind == "usage" and given then
    err.message = verb_options.translated(err.message, declaration[verb])
  end
  return prepared, err
end

--- What is wrong with the command line; nil: nothing.
local function complaint(declaration, options)
  local wrong = options.id and get.wrong_id(declaration, options.id)
    or get.wrong_select(options.select)
  if wrong then
    return wrong
  elseif not (options.yes or options.dry_run or console.is_terminal(0)) then
    local text = "there is no terminal to ask on whether to %s this %s: give --yes, or --dry-run "
      .. "to see the request; nothing was sent"
    return errors.usage(text:format(options.verb, declaration.title))
  end
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them, with the verb
---@param declaration sigmamind.Declaration
---@return true|nil, table|nil
function write.run(options, declaration)
  local given, wrong
  if options.verb ~= "delete" then
    given, wrong = verb_options.arguments(declaration, options.verb, options)
    wrong = wrong and ("%s; see sigmamind %s %s --help"):format(wrong,
      names.command(declaration), options.verb)
  end
  wrong = wrong and errors.usage(wrong) or complaint(declaration, options)
  if wrong then
    return nil, wrong
  end
  return connection.run(options, declaration.title, function(client, line)
    local resource = client[declaration.name]
    local prepared, err = prepare(resource, declaration, options, given)
    if not prepared then
      return refuse(err, options)
    end
    local ok, done, failure = pcall(carry_out, prepared, declaration, options, given, line)
    prepared:close()
    if not ok then
      error(done, 0)
    end
    return done, failure
  end)
end

return write
