--- sandbox.json: encodes JSON with the fields in a given order, that of the documentation.

local cjson = require "cjson"
local number = require "sigmamind.number"

local json = {}

--- Field names in the order of writing. The list of a nested object is under the name of its field:
--- `{"id", "agent", agent = {"name", "status"}}`.
---@class sigmamind.sandbox.Fields
---@field [integer] string
---@field [string] sigmamind.sandbox.Fields

---@param value string|number|boolean|nil
---@return string
local function scalar(value)
  if value == nil then
    return "null"
  elseif type(value) == "number" then
    return value - value == 0 and number.text(value) or "null"
  end
  -- cjson escapes "/"; the API does not
  return (cjson.encode(value):gsub("\\/", "/"))
end

---@param list any[]
---@return string
local function array(list)
  local items = {}
  for i, item in ipairs(list) do
    items[i] = json.encode(item)
  end
  return "[" .. table.concat(items, ",") .. "]"
end

---@param object table
---@param fields sigmamind.sandbox.Fields
---@return string
local function ordered(object, fields)
  local members = {}
  for i, name in ipairs(fields) do
    members[i] = '"' .. name .. '":' .. json.encode(object[name], fields[name])
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- Encodes a value. A table is an object if `fields` is given, else an array; nil is `null`.
---@param value any
---@param fields? sigmamind.sandbox.Fields
---@return string
function json.encode(value, fields)
  if type(value) ~= "table" then
    return scalar(value)
  elseif fields then
    return ordered(value, fields)
  end
  return array(value)
end

--- Decodes a text. `null` is cjson.null.
---@param text string
---@return any value, string|nil err
function json.decode(text)
  local ok, value = pcall(cjson.decode, text)
  if not ok then
    return nil, value
  end
  return value
end

return json
