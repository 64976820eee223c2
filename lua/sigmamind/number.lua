--- number: formats numbers the same on every Lua and in every locale. tostring and string.format
--- use the decimal mark of the locale, which the host may have set (os.setlocale); tostring keeps
--- 14 digits; and "%d" is a C long on Lua 5.1, which has 32 bits on some systems.
--
-- In Lua, though core.encode writes the same digits: the sandbox's server may run on a Lua for
-- which the core was not built.

local number = {}

local WHOLE_MAX = 2 ^ 63 -- up to which whole doubles are written without an exponent
local SHORTER = { "%.15g", "%.16g" } -- "%.17g" always reads back as the same double

local function with_point(text)
  return (text:gsub("[^%w+-]+", "."))
end

--- Lua 5.1 and 5.2 only read the locale's decimal mark, LuaJIT only the point.
local function reads_back(text, value)
  return tonumber(text) == value or tonumber(with_point(text)) == value
end

local function of_fraction(value)
  for _, format in ipairs(SHORTER) do
    local text = format:format(value)
    if reads_back(text, value) then
      return with_point(text)
    end
  end
  return with_point(("%.17g"):format(value))
end

--- A number as text: a whole number as its digits, up to 2^63 (5 for 5.0 and 0 for -0.0, too); any
--- other as the shortest text that reads back as the same number. Equal numbers have equal texts.
--- Infinity is inf or -inf, and NaN is nan; none of them is JSON.
---@param value number
---@return string
function number.text(value)
  if math.type and math.type(value) == "integer" then
    return ("%d"):format(value)
  elseif value ~= value then
    return "nan"
  elseif value == 0 then
    return "0"
  elseif value - value ~= 0 then
    return value > 0 and "inf" or "-inf"
  elseif value % 1 == 0 and math.abs(value) <= WHOLE_MAX then
    return ("%.0f"):format(value)
  end
  return of_fraction(value)
end

--- A number with a fixed number of decimals.
---@param value number
---@param digits integer
---@return string
function number.fixed(value, digits)
  return with_point(("%%.%df"):format(digits):format(value))
end

return number
