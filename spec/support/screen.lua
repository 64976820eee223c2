-- A terminal for the specs: a separate tmux server with one pane.

local core = require "sigmamind.core"

local screen = {}
screen.__index = screen

local LONGEST = 20 -- seconds, the limit of every wait

local function output(text)
  local pipe = io.popen(text)
  local said = pipe:read "*a"
  pipe:close()
  return said
end

--- Whether tmux is installed.
function screen.is_there()
  return output "command -v tmux" ~= ""
end

--- Opens a terminal of the given size, with a shell.
function screen.open(columns, lines)
  local self = setmetatable({ name = "sigmamind-" .. output("echo $$"):match "%d+" }, screen)
  local start = "tmux -L %s -f /dev/null new-session -d -x %d -y %d 'PS1=ready env -u TMUX sh'"
  os.execute(start:format(self.name, columns, lines))
  self:wait "ready"
  return self
end

function screen:tmux(text)
  return output(("tmux -L %s %s 2>/dev/null"):format(self.name, text))
end

--- Types a line.
function screen:type(line)
  self:tmux(("send-keys -l '%s' ';' send-keys Enter"):format(line:gsub("'", "'\\''")))
end

--- Presses a key, by tmux's name for it: "C-c".
function screen:press(key)
  self:tmux("send-keys " .. key)
end

--- The visible text; with `escapes`, including colours.
function screen:text(escapes)
  return self:tmux("capture-pane -p -J " .. (escapes and "-e" or ""))
end

--- Waits until the visible text matches. Returns it.
function screen:wait(pattern)
  local started = core.now()
  repeat
    local text = self:text()
    if text:find(pattern) then
      return text
    end
    core.sleep(0.02)
  until core.now() - started > LONGEST
  error("not seen: " .. pattern .. "\n" .. self:text(), 2)
end

function screen:close()
  self:tmux "kill-server"
end

return screen
