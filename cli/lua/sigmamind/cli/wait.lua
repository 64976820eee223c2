--- cli.wait: `sigmamind RESOURCE wait ID`, which waits for the end of a row, and prints it.

local connection = require "sigmamind.cli.connection"
local errors = require "sigmamind.cli.errors"
local fields = require "sigmamind.cli.fields"
local get = require "sigmamind.cli.get"
local number = require "sigmamind.number"
local terminal = require "sigmamind.cli.terminal"

local wait = {}

--- Shows the state of the row, and for how long it was waited for, on the progress line.
local function show_state(line, declaration)
  local state = "?"
  function line.text(_, seconds)
    return ("%s, %s s"):format(state, number.fixed(seconds, 0))
  end
  line:restart()
  return function(row)
    state = terminal.harmless(fields.text(row[declaration.wait.field]))
  end
end

--- Runs the command. Returns true; nil, err.
---@param options table  as argparse gives them
---@param declaration sigmamind.Declaration
---@return true|nil, table|nil
function wait.run(options, declaration)
  local wrong = get.wrong_id(declaration, options.id) or get.wrong_select(options.select)
  if wrong then
    return nil, wrong
  end
  return connection.run(options, declaration.title, function(client, line)
    local resource = client[declaration.name]
    local given = { timeout = options.wait_timeout, interval = options.interval }
    local on_row = show_state(line, declaration)
    local reply, err =
      errors.guard("usage", resource.wait_reply, resource, options.id, given, nil, on_row)
    line:hide()
    if not reply then
      return nil, err
    end
    get.print(declaration, reply.text, options, line)
    return true
  end)
end

return wait
