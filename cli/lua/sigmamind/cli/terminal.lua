--- cli.terminal: the terminal's width and abilities, and text that is safe and fits for it.

local console = require "sigmamind.console"
local environment = require "sigmamind.cli.environment"

local terminal = {}

local WIDTH = 80 -- columns, if the terminal does not report any
local WIDTH_MAX = 65535 -- of a terminal (struct winsize)
local CHARACTER = "[%z\1-\127\192-\255][\128-\191]*"

local function is_dumb()
  return environment "TERM" == "dumb"
end

--- Columns of the terminal of a descriptor.
---@param descriptor integer
---@return integer
function terminal.width(descriptor)
  local given = tonumber(environment "COLUMNS" or "")
  local is_width = given and given >= 1 and given <= WIDTH_MAX
  return is_width and math.floor(given) or console.width(descriptor) or WIDTH
end

--- Whether a line on a descriptor can be overwritten.
---@param descriptor integer
---@return boolean
function terminal.can_erase(descriptor)
  return console.is_terminal(descriptor) and not is_dumb()
end

--- Whether output to a descriptor may be coloured (https://no-color.org).
---@param descriptor integer
---@return boolean
function terminal.has_colour(descriptor)
  return not environment "NO_COLOR" and terminal.can_erase(descriptor)
end

--- A text without characters that could control a terminal or reorder its text. Control characters
--- (C0, DEL, C1) and line ends (U+2028, U+2029) become blanks; the characters of the bidirectional
--- algorithm (Unicode Standard Annex 9) are removed.
---@param text string  in UTF-8
---@return string
function terminal.harmless(text)
  text = text:gsub("[%c\127]", " "):gsub("\194[\128-\159]", " "):gsub("\226\128[\168\169]", " ")
  text = text:gsub("\216\156", ""):gsub("\226\128[\142\143\170-\174]", "")
  return (text:gsub("\226\129[\166-\169]", ""))
end

--- Patterns for the characters that harmless removes, except C0, and the number to add to the last
--- byte to get the code point.
local DRIVING = {
  { "(\127)", 0 },
  { "\194([\128-\159])", 0 },
  { "\216(\156)", 0x600 - 0x80 },
  { "\226\128([\142\143\168-\174])", 0x2000 - 0x80 },
  { "\226\129([\166-\169])", 0x2040 - 0x80 },
}

--- JSON with escapes in place of characters that could control a terminal. Its value stays the
--- same: these characters can only occur in its strings, and C0 not even there.
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

--- Columns of a text in UTF-8 that has no control characters.
---@param text string
---@return integer
function terminal.columns(text)
  return text:find "[\128-\255]" and console.columns(text) or #text
end

--- A text, cut or padded with blanks to a number of columns. A text that was cut ends with "…".
---@param text string
---@param columns integer
---@return string
function terminal.fit(text, columns)
  local used = terminal.columns(text)
  if used > columns then
    local kept = {}
    used = 1
    for character in text:gmatch(CHARACTER) do
      local own = terminal.columns(character)
      if used + own > columns then
        break
      end
      used = used + own
      kept[#kept + 1] = character
    end
    text = table.concat(kept) .. "…"
  end
  return text .. (" "):rep(columns - used)
end

return terminal
