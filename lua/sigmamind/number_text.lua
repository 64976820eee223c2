--- number_text: a number as text, the same on every Lua and in every locale. An integer has all its
--- digits, up to 2^53 also where Lua has floats alone. A fraction has the fewest digits that read
--- back as the same number.

local decimal = require "sigmamind.decimal"

local EXACT = 2 ^ 53 -- up to which a double holds each integer

---@param value number
---@return string  what JSON takes, but of "inf", "-inf" and "nan"
return function(value)
  if math.type and math.type(value) == "integer" then
    return ("%d"):format(value)
  elseif value % 1 == 0 and value >= -EXACT and value <= EXACT then
    return ("%.0f"):format(value) -- "%d" is a C long on Lua 5.1, of 32 bits on some machines
  elseif value ~= value then
    return "nan" -- printed with a sign on some machines
  end
  for digits = 15, 17 do
    local text = ("%." .. digits .. "g"):format(value)
    if digits == 17 or tonumber(text) == value then -- tonumber reads the locale's mark as well
      return decimal(text)
    end
  end
end
