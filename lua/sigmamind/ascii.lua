--- ascii: lower case, independent of the locale.

local ascii = {}

local LOWER = {}
for byte = ("A"):byte(), ("Z"):byte() do
  LOWER[string.char(byte)] = string.char(byte + 32)
end

--- The text in lower case. Unlike string.lower it ignores the locale; and it raises an error when
--- memory runs out, where LuaJIT's string.lower crashes.
---@param text string
---@return string
function ascii.lower(text)
  return (text:gsub("%u", LOWER))
end

return ascii
