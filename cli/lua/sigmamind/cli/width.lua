--- cli.width: texts cut to columns of a terminal.

local columns = require("sigmamind.console").columns

local width = {}

local CHARACTER = "[%z\1-\127\192-\255][\128-\191]*"

--- Columns of a text in UTF-8 that has no control characters.
---@param text string
---@return integer
function width.of(text)
  return text:find "[\128-\255]" and columns(text) or #text
end

--- The text, cut to so many columns and filled up with blanks to them. What was cut ends with "…".
---@param text string
---@param most integer
---@return string
function width.fit(text, most)
  local used = width.of(text)
  if used > most then
    local kept = {}
    used = 1
    for character in text:gmatch(CHARACTER) do
      local own = width.of(character)
      if used + own > most then
        break
      end
      used = used + own
      kept[#kept + 1] = character
    end
    text = table.concat(kept) .. "…"
  end
  return text .. (" "):rep(most - used)
end

return width
