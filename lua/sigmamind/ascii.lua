--- ascii: lower case and order, independent of the locale.

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

--- Whether a text is before another, by their bytes, for table.sort. The operator `<` asks the
--- locale (strcoll): what leaves the process, a URL or a resume token, would differ between two
--- machines.
---@param one string
---@param other string
---@return boolean
function ascii.before(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = one:byte(i), other:byte(i)
    if a ~= b then
      return a < b
    end
  end
  return #one < #other
end

return ascii
