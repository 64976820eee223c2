--- cli.values: the fields of rows whose values the API documents, such as a status.

local resource = require "sigmamind.resource"

local values = {}

--- ECMA-48 colours of the values that say how something is going; others have none.
local COLOURS = {
  live = "32",
  scheduled = "36",
  paused = "33",
  completed = "2",
  ended = "2",
  error = "31",
  failed = "31",
  in_progress = "32",
  ["in-progress"] = "32",
  ["not-connected"] = "33",
}

--- The documented values by the path of their field.
---@param declaration sigmamind.Declaration
---@return table<string, string[]>
function values.of(declaration)
  local documented = {}
  resource.each_field(declaration.row, function(path, field)
    documented[path] = field.values
  end)
  return documented
end

--- A cell in the colour of its value, if it has one.
---@param cell string  may end with blanks
---@return string
function values.coloured(cell)
  local colour = COLOURS[cell:match "%S*"]
  return colour and ("\27[%sm%s\27[0m"):format(colour, cell) or cell
end

return values
