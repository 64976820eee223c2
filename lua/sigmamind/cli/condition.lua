--- cli.condition: what --where says, as the table that `where` takes.
--
--   concurrentCalls>=5          = != < <= > >=  compare
--   campaignStatus=live,paused  one of several
--   campaignName*=Q4            ^= begins with, $= ends with, *= contains (an array: an element)
--   scheduledDate               is there; !scheduledDate: is not
--
-- A value is a number, true or false where it reads like one in JSON, else a string; in double
-- quotes it is a string anyhow, and may have commas.

local fields = require "sigmamind.cli.fields"

local condition = {}

--- Where two begin at one place, the first in this list counts. What looks like an operator and is
--- none has no name.
local OPERATORS = {
  { "=>" },
  { "=<" },
  { "<>" },
  { "==", "eq" },
  { "!=", "ne" },
  { ">=", "ge" },
  { "<=", "le" },
  { "^=", "starts_with" },
  { "$=", "ends_with" },
  { "*=", "contains" },
  { "=", "eq" },
  { ">", "gt" },
  { "<", "lt" },
}

local TEXT = { starts_with = true, ends_with = true }
local PATH = "^[%w_%-]+[%w_%-.]*$"

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

--- The operator that stands first in the text: what is before it, its name, what is after it.
local function split(text)
  local at, operator
  for _, each in ipairs(OPERATORS) do
    local found = text:find(each[1], 1, true)
    if found and (not at or found < at) then
      at, operator = found, each
    end
  end
  if operator then
    return trim(text:sub(1, at - 1)), operator[2], trim(text:sub(at + #operator[1]))
  end
end

--- Whether a second condition follows in a value: a word with an operator, behind a blank or a
--- semicolon, and not in double quotes.
local function has_second(value)
  local bare = value:gsub('"[^"]*"', "")
  return bare:find "[%s;&|]!?[%w_%-.]+%s*[=!<>^$*]" ~= nil
end

--- A value as JSON reads it, if it is a scalar there, else the text itself.
local function to_value(text)
  local value = fields.decoder():value(text)
  local kind = type(value)
  if kind == "number" or kind == "boolean" or kind == "string" and text:find '^"' then
    return value
  end
  return text
end

--- The values of a list with commas, of which those in double quotes may have some.
local function to_values(text)
  local values, rest = {}, text .. ","
  while rest ~= "" do
    local quoted, after = rest:match '^%s*("[^"]*")%s*,(.*)$'
    if not quoted then
      quoted, after = rest:match "^([^,]*),(.*)$"
    end
    values[#values + 1] = to_value(trim(quoted))
    rest = after
  end
  return values
end

local function operand(operator, text)
  if TEXT[operator] then
    local value = to_value(text)
    return operator, type(value) == "string" and value or text
  elseif operator ~= "eq" then
    return operator, to_value(text)
  end
  local values = to_values(text)
  if #values > 1 then
    return "one_of", values
  end
  return "eq", values[1]
end

local function parse(text)
  local path, operator, value = split(text)
  local is_ordered = operator and operator:find "^[lg]"
  if path and (not operator or value == "" and is_ordered) then
    return nil
  elseif path and has_second(value) then
    return nil, "give --where once for each condition, or the value in double quotes"
  elseif operator == "ne" and #to_values(value) > 1 then
    return nil, "several values go with = alone"
  elseif not path then
    local absent, name = text:match "^(!?)(.*)$"
    return name, "exists", absent == ""
  end
  return path, operand(operator, value)
end

--- The where of several expressions, which must all hold; nil, message for one that is none.
---@param expressions string[]
---@return table<string, table>|nil, string|nil
function condition.parse(expressions)
  local where = {}
  for _, text in ipairs(expressions) do
    local path, operator, value = parse(trim(text))
    if not path or not path:find(PATH) then
      local why = not path and operator and "; " .. operator or ""
      return nil, ("'%s' is no condition like concurrentCalls>=5%s"):format(text, why)
    end
    where[path] = where[path] or {}
    if where[path][operator] ~= nil then
      return nil, ("two conditions of one kind on %s: '%s'"):format(path, text)
    end
    where[path][operator] = value
  end
  return where
end

return condition
