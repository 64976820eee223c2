--- cli.progress: a line on the terminal with the progress of a listing, removed when it is done.

local console = require "sigmamind.console"
local core = require "sigmamind.core"
local interrupt = require "sigmamind.cli.interrupt"
local number = require "sigmamind.number"
local quantity = require "sigmamind.cli.quantity"
local terminal = require "sigmamind.cli.terminal"

local progress = {}

local Progress = {}
Progress.__index = Progress

local INTERVAL = 0.1 -- seconds between two lines

--- Makes a progress line. It is shown only if the descriptor is a terminal that can overwrite a
--- line, and not if the output is a pipe, whose reader may draw on the same terminal (less).
---@param descriptor integer
---@param is_logged boolean  whether attempts are logged: then it shows no line
---@param noun string  for what is counted, in the singular
function progress.new(descriptor, is_logged, noun)
  local now = core.now()
  return setmetatable({
    descriptor = descriptor,
    noun = noun,
    is_seen = terminal.can_erase(descriptor) and not console.is_pipe(1) and not is_logged,
    started = now,
    shown_at = now,
    rows = 0,
    pages = 0,
  }, Progress)
end

--- Resets the counts, and shows the line at each step of the work.
function Progress:restart()
  self.started = core.now()
  self.shown_at = self.started
  self.rows, self.pages = 0, 0
  if self.is_seen then
    interrupt.at_step = function()
      self:show()
    end
  end
end

--- For on_event of a client whose attempts are not logged.
---@param event sigmamind.Event
function Progress:on_event(event)
  if event.name == "reply" then
    self.pages = self.pages + 1
  elseif event.name == "retry" and self.is_seen then
    self:hide()
    local text = ("%s; retrying in %s s\n"):format(
      terminal.harmless(event.error.message),
      number.fixed(event.seconds, 1)
    )
    io.stderr:write(text)
  end
end

--- Counts a row that was written.
function Progress:row()
  self.rows = self.rows + 1
end

--- What the line says: how many rows were read. A command may replace it on its line.
---@param seconds number  since it was restarted
---@return string
function Progress:text(seconds)
  local rate = number.fixed(self.rows / seconds, 0)
  return ("%s, %s, %s/s"):format(
    quantity(self.rows, self.noun), quantity(self.pages, "page"), rate)
end

--- Shows the line, at most once per INTERVAL.
function Progress:show()
  local now = core.now()
  if now - self.shown_at < INTERVAL then
    return
  end
  local text = self:text(now - self.started)
  io.stderr:write("\r", text:sub(1, terminal.width(self.descriptor) - 1), "\27[K")
  self.shown_at, self.is_shown = now, true
end

--- Prints the number of rows.
function Progress:summarize()
  if self.is_seen then
    io.stderr:write(quantity(self.rows, self.noun), "\n")
  end
end

--- Removes the line from the terminal until it is shown again.
function Progress:hide()
  if self.is_shown then
    io.stderr:write "\r\27[K"
    self.is_shown = false
  end
end

return progress
