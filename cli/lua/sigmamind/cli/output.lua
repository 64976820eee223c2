--- cli.output: standard output. What reads it may go away (`| head`): that is then an error of its
--- own, which ends the command quietly.

local console = require "sigmamind.console"
local terminal = require "sigmamind.cli.terminal"

local output = {}

--- What write and flush raise when nobody reads any more.
output.CLOSED = setmetatable({}, {
  __tostring = function()
    return "the output was closed"
  end,
})

local Output = {}
Output.__index = Output

---@param line table  the progress, which shares the terminal
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

--- Raises where what was written could not be.
function output.flush()
  check(io.stdout:flush())
end

--- Writes what is no listing.
---@param ... string
function output.say(...)
  check(io.stdout:write(...))
end

--- On a terminal what is written is seen at once.
---@param text string
function Output:write(text)
  if self.is_terminal then
    self.line:hide()
  end
  check(io.stdout:write(text))
  if self.is_terminal then
    output.flush()
  end
end

--- What a cell may have in it.
---@param text string
---@return string
function Output:plain(text)
  return self.is_terminal and terminal.harmless(text) or text
end

--- JSON that may be written: on a terminal, what could drive it is escaped.
---@param text string
---@return string
function Output:json(text)
  return self.is_terminal and terminal.harmless_json(text) or text
end

return output
