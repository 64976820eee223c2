--- cli.output: writes to standard output. If its reader closes it (`| head`), CLOSED is raised,
--- which ends the command quietly.

local console = require "sigmamind.console"
local terminal = require "sigmamind.cli.terminal"

local output = {}

--- Raised by write and flush when the reader is gone.
output.CLOSED = setmetatable({}, {
  __tostring = function()
    return "the output was closed"
  end,
})

local Output = {}
Output.__index = Output

---@param line? table  the progress line, if one shares the terminal
function output.new(line)
  local is_terminal = console.is_terminal(1)
  io.stdout:setvbuf "full"
  return setmetatable({
    line = line,
    is_terminal = is_terminal,
    width = is_terminal and terminal.width(1) or nil,
    colour = terminal.has_colour(1),
  }, Output)
end

local function check(ok, why)
  if ok then
    return
  end
  if tostring(why):find "[Bb]roken pipe" then
    error(output.CLOSED, 0)
  end
  error({ kind = "output", message = "cannot write: " .. tostring(why) }, 0)
end

--- Flushes standard output. Raises if it cannot be written.
function output.flush()
  check(io.stdout:flush())
end

--- Writes text other than a listing.
---@param ... string
function output.say(...)
  check(io.stdout:write(...))
end

--- Writes text of a listing. On a terminal it appears at once.
---@param text string
function Output:write(text)
  if self.is_terminal and self.line then
    self.line:hide()
  end
  check(io.stdout:write(text))
  if self.is_terminal then
    output.flush()
  end
end

--- Text for a cell: on a terminal, without control characters.
---@param text string
---@return string
function Output:plain(text)
  return self.is_terminal and terminal.harmless(text) or text
end

--- JSON for output: on a terminal, characters that could control it are escaped.
---@param text string
---@return string
function Output:json(text)
  return self.is_terminal and terminal.harmless_json(text) or text
end

return output
