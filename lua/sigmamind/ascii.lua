--- ascii: letters without the locale.

local ascii = {}

local LOWER = {}
for byte = ("A"):byte(), ("Z"):byte() do
  LOWER[string.char(byte)] = string.char(byte + 32)
end

--- The text with its letters in lower case. Unlike string.lower it has no locale, and raises where
--- memory runs out: LuaJIT's string.lower crashes then.
---@param text string
---@return string
function ascii.lower(text)
  return (text:gsub("%u", LOWER))
end

return ascii
