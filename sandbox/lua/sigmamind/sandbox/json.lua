-- JSON text with the fields in a given order, as the documentation shows them.

local cjson = require "cjson"
local number = require "sigmamind.number"

local concat = table.concat

local json = {}

--- A list of field names in the order of writing; a field that is itself an object
--- has its own list under its name: `{"id", "agent", agent = {"name", "status"}}`.
---@class sandbox.Fields
---@field [integer] string
---@field [string] sandbox.Fields

---@param value string|number|boolean|nil
---@return string
local function scalar(value)
  if value == nil then
    return "null"
  elseif type(value) == "number" then
    return value - value == 0 and number.text(value) or "null"
  end
  -- cjson writes every "/" as "\/", which is valid but not what the API sends
  return (cjson.encode(value):gsub("\\/", "/"))
end

---@param list any[]
---@return string
local function array(list)
  local items = {}
  for i, item in ipairs(list) do
    items[i] = json.encode(item)
  end
  return "[" .. concat(items, ",") .. "]"
end

---@param object table
---@param fields sandbox.Fields
---@return string
local function ordered(object, fields)
  local members = {}
  for i, name in ipairs(fields) do
    members[i] = '"' .. name .. '":' .. json.encode(object[name], fields[name])
  end
  return "{" .. concat(members, ",") .. "}"
end

--- A table is an object when `fields` says which, and an array otherwise; nil is `null`.
---@param value any
---@param fields? sandbox.Fields
---@return string
function json.encode(value, fields)
  if type(value) ~= "table" then
    return scalar(value)
  elseif fields then
    return ordered(value, fields)
  end
  return array(value)
end

--- Decoded with lua-cjson: `null` is `cjson.null`.
---@param text string
---@return any value nil when the text is not JSON
---@return string? err
function json.decode(text)
  local ok, value = pcall(cjson.decode, text)
  if not ok then
    return nil, value
  end
  return value
end

return json
