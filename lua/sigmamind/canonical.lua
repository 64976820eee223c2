--- canonical: a value of strings, numbers, booleans and tables of these as text. Equal tables give
--- the same text, in whatever order their fields came in; different values never do.

local number = require "sigmamind.number"

--- The text of small integers, as the keys of lists are.
local SMALL = {}
for i = 0, 9 do
  SMALL[i] = number.text(i)
end

---@param value any
---@return string
local function canonical(value)
  local kind = type(value)
  if kind == "string" then
    return ("%d:%s"):format(#value, value)
  elseif kind == "number" then
    return SMALL[value] or number.text(value)
  elseif kind ~= "table" then
    return tostring(value)
  end
  local fields = {}
  for key, each in pairs(value) do
    fields[#fields + 1] = canonical(key) .. "=" .. canonical(each)
  end
  table.sort(fields)
  return "{" .. table.concat(fields, ",") .. "}"
end

return canonical
