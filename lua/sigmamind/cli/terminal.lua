--- cli.terminal: what the command knows of the terminal that it runs in, asked of the shell, so
--- that it needs no library.

local terminal = {}

local WIDTH = 80 -- columns, where the terminal does not tell

local function succeeds(command)
  local result = os.execute(command) -- a number on 5.1
  return result == true or result == 0
end

local function output(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- Whether a descriptor (0, 1 or 2) is a terminal.
---@param descriptor integer
---@return boolean
function terminal.is_terminal(descriptor)
  return succeeds(("test -t %d"):format(descriptor))
end

--- Columns of the terminal.
---@return integer
function terminal.width()
  local columns = tonumber(output("stty size </dev/tty 2>/dev/null"):match "%d+ (%d+)")
  return tonumber(os.getenv "COLUMNS") or columns and columns > 0 and columns or WIDTH
end

--- Whether what is written to a descriptor may be coloured (https://no-color.org).
---@param descriptor integer
---@return boolean
function terminal.has_colour(descriptor)
  local refused = os.getenv "NO_COLOR" or ""
  return refused == "" and os.getenv "TERM" ~= "dumb" and terminal.is_terminal(descriptor)
end

--- The shell gives the terminal its echo back also where the user interrupts it.
local ASK = [[
exec </dev/tty || exit
before=$(stty -g) && trap 'stty "$before"; echo >&2' EXIT && trap 'exit 130' INT TERM
stty -echo && printf '%%s' '%s' >&2 && IFS= read -r answer && printf '%%s' "$answer"
]]

--- Asks the user for a secret on the terminal, without echo.
---@param question string  no quotes
---@return string|nil  nil: there is no terminal, or no answer
function terminal.ask_secret(question)
  if not terminal.is_terminal(0) then
    return nil
  end
  local answer = output(ASK:format(question))
  return answer ~= "" and answer or nil
end

return terminal
