--- cli.output: standard output. What reads it may go away (`| head`): that is then an error of its
--- own, which ends the command quietly.

local terminal = require "sigmamind.cli.terminal"

local output = {}

--- What write and flush raise when nobody reads any more.
output.CLOSED = setmetatable({}, { __tostring = function() return "the output was closed" end })

local Output = {}
Output.__index = Output

---@param line table  the progress, which shares the terminal
function output.new(line)
  local is_terminal = terminal.is_terminal(1)
  io.stdout:setvbuf "full"
  return setmetatable({
    line = line,
    is_terminal = is_terminal,
    width = is_terminal and terminal.width() or nil,
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

--- On a terminal what is written is seen at once.
---@param text string
function Output:write(text)
  if self.is_terminal then
    self.line:hide()
  end
  check(io.stdout:write(text))
  if self.is_terminal then
    check(io.stdout:flush())
  end
end

function Output.flush()
  check(io.stdout:flush())
end

return output
