--- cli.terminal: what the terminal can show, and what may be written to it.

local console = require "sigmamind.console"
local environment = require "sigmamind.cli.environment"

local terminal = {}

local WIDTH = 80 -- columns, where the terminal does not tell
local WIDTH_MOST = 65535 -- that a terminal can have (struct winsize)

local function is_dumb()
  return environment "TERM" == "dumb"
end

--- Columns of the terminal that a descriptor is.
---@param descriptor integer
---@return integer
function terminal.width(descriptor)
  local told = tonumber(environment "COLUMNS" or "")
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
  return not environment "NO_COLOR" and terminal.can_erase(descriptor)
end

--- A text without what could drive a terminal, or turn what it shows around: control characters
--- (C0, DEL, C1) and line ends (U+2028, U+2029), for which there are blanks, and the characters of
--- the bidirectional algorithm (Unicode Standard Annex 9).
---@param text string  in UTF-8
---@return string
function terminal.harmless(text)
  text = text:gsub("[%c\127]", " "):gsub("\194[\128-\159]", " "):gsub("\226\128[\168\169]", " ")
  text = text:gsub("\216\156", ""):gsub("\226\128[\142\143\170-\174]", "")
  return (text:gsub("\226\129[\166-\169]", ""))
end

--- What harmless takes out of a text, but for C0, and what to add to the last byte for its number.
local DRIVING = {
  { "(\127)", 0 },
  { "\194([\128-\159])", 0 },
  { "\216(\156)", 0x600 - 0x80 },
  { "\226\128([\142\143\168-\174])", 0x2000 - 0x80 },
  { "\226\129([\166-\169])", 0x2040 - 0x80 },
}

--- JSON with escapes in place of what could drive a terminal. Its value stays the same, for these
--- characters can only be in its strings, and C0 not even there.
---@param text string  JSON in UTF-8
---@return string
function terminal.harmless_json(text)
  for _, each in ipairs(DRIVING) do
    text = text:gsub(each[1], function(last)
      return ("\\u%04x"):format(each[2] + last:byte())
    end)
  end
  return text
end

return terminal
