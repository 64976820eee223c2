--- cli.terminal: what the terminal can show, and what may be written to it.

local console = require("sigmamind.core").console

local terminal = {}

local WIDTH = 80 -- columns, where the terminal does not tell
local WIDTH_MOST = 65535 -- that a terminal can have (struct winsize)

local function is_dumb()
  return os.getenv "TERM" == "dumb"
end

--- Columns of the terminal that a descriptor is.
---@param descriptor integer
---@return integer
function terminal.width(descriptor)
  local told = tonumber(os.getenv "COLUMNS")
  local is_width = told and told >= 1 and told <= WIDTH_MOST
  return is_width and math.floor(told) or console.width(descriptor) or WIDTH
end

--- Whether a line on a descriptor may be written over.
---@param descriptor integer
---@return boolean
function terminal.can_erase(descriptor)
  return console.is_terminal(descriptor) and not is_dumb()
end

--- Whether what is written to a descriptor may be coloured (https://no-color.org).
---@param descriptor integer
---@return boolean
function terminal.has_colour(descriptor)
  return (os.getenv "NO_COLOR" or "") == "" and terminal.can_erase(descriptor)
end

--- A text without what could drive a terminal, or turn what it shows around: control characters
--- (C0, DEL, C1), and those of the bidirectional algorithm (Unicode Standard Annex 9).
---@param text string  in UTF-8
---@return string
function terminal.harmless(text)
  text = text:gsub("[%c\127]", " "):gsub("\194[\128-\159]", " ")
  return (text:gsub("\226\128[\170-\174]", ""):gsub("\226\129[\166-\169]", ""))
end

local function escape(character)
  local first, second, third = character:byte(1, 3)
  local code = first
  if third then
    code = (first % 16) * 4096 + (second % 64) * 64 + third % 64
  elseif second then
    code = (first % 32) * 64 + second % 64
  end
  return ("\\u%04x"):format(code)
end

--- JSON of the same value, with these characters as escapes. It has them in strings alone.
---@param text string  JSON in UTF-8
---@return string
function terminal.harmless_json(text)
  text = text:gsub("\127", escape):gsub("\194[\128-\159]", escape)
  return (text:gsub("\226\128[\170-\174]", escape):gsub("\226\129[\166-\169]", escape))
end

return terminal
