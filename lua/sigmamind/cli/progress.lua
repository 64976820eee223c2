--- cli.progress: a line on the terminal that says how far a listing is, and goes when it is done.

local core = require "sigmamind.core"
local decimal = require "sigmamind.decimal"

local progress = {}

local Progress = {}
Progress.__index = Progress

local INTERVAL = 0.1 -- seconds between two lines

--- Shows nothing where standard error is no terminal.
---@param is_terminal boolean
function progress.new(is_terminal)
  local now = core.now()
  return setmetatable({
    is_terminal = is_terminal,
    started = now,
    shown_at = now,
    rows = 0,
    pages = 0,
  }, Progress)
end

--- For on_event of a client.
---@param event sigmamind.Event
function Progress:tell(event)
  if event.name == "reply" then
    self.pages = self.pages + 1
  elseif event.name == "retry" and self.is_terminal then
    self:hide()
    io.stderr:write(("%s; again in %s s\n"):format(
      tostring(event.error.message),
      decimal(("%.1f"):format(event.seconds))
    ))
  end
end

--- A campaign was written.
function Progress:row()
  self.rows = self.rows + 1
end

--- Shows the line, unless it was shown a moment ago.
function Progress:show()
  local now = core.now()
  if not self.is_terminal or now - self.shown_at < INTERVAL then
    return
  end
  local rate = self.rows / (now - self.started)
  local text = ("\r%d campaigns, %d pages, %s/s\27[K"):format(
    self.rows,
    self.pages,
    decimal(("%.0f"):format(rate))
  )
  io.stderr:write(text)
  self.shown_at, self.is_shown = now, true
end

--- Takes the line off the terminal, until it is shown again.
function Progress:hide()
  if self.is_shown then
    io.stderr:write "\r\27[K"
    self.is_shown = false
  end
end

return progress
