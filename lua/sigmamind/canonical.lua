--- canonical: serialises strings, numbers, booleans and tables of these. Equal values have equal
--- texts, whatever the order of their fields; different values have different texts.

local ascii = require "sigmamind.ascii"
local number = require "sigmamind.number"

--- The texts of small integers, cached because list keys are mostly small.
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
  table.sort(fields, ascii.before)
  return "{" .. table.concat(fields, ",") .. "}"
end

return canonical
