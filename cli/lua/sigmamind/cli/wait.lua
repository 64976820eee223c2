--- cli.wait: `sigmamind RESOURCE wait ID`, which waits for the end of a row, and prints it.

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
  return get.run_by(options, declaration, function(verbs, line)
    local given = { timeout = options.wait_timeout, interval = options.interval }
    local on_row = show_state(line, declaration)
    local reply, err =
      errors.guard("usage", verbs.wait_reply, verbs, options.id, given, nil, on_row)
    line:hide()
    return reply, err
  end)
end

return wait
