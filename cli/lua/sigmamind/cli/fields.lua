--- cli.fields: the values of rows as text.

local cjson = require "cjson"
local core = require "sigmamind.core"
local number = require "sigmamind.number"

local fields = {}

--- The metatable of arrays in rows, which distinguishes them from objects.
fields.array_mt = {}

local decoder

--- The decoder of responses. Made on demand, because packaging/install prints completion
--- scripts without loading the core.
function fields.decoder()
  decoder = decoder or core.decoder { array_mt = fields.array_mt }
  return decoder
end

local to_json

local function array_json(list)
  local items = {}
  for i, each in ipairs(list) do
    items[i] = to_json(each)
  end
  return "[" .. table.concat(items, ",") .. "]"
end

local function object_json(object)
  local items = {}
  for name, each in pairs(object) do
    items[#items + 1] = cjson.encode(name) .. ":" .. to_json(each)
  end
  table.sort(items)
  return "{" .. table.concat(items, ",") .. "}"
end

--- A value of a row as JSON.
---@param value any
---@return string
function to_json(value)
  local kind = type(value)
  if value == core.null then
    return "null"
  elseif kind == "table" then
    return (getmetatable(value) == fields.array_mt and array_json or object_json)(value)
  elseif kind == "number" then
    return value - value == 0 and number.text(value) or "null"
  end
  return (cjson.encode(value):gsub("\\/", "/"))
end

fields.json = to_json

--- A value of a row as text: strings unchanged, arrays and objects as JSON, "" for nil.
---@param value any
---@return string
function fields.text(value)
  if value == nil then
    return ""
  elseif type(value) == "string" then
    return value
  end
  return to_json(value)
end

local NUMBER = "^%-?%d[%d.eE+-]*$"
local EXACT_MAX = 2 ^ 53 -- every Lua holds each integer up to this

--- Whether a value has an integer that not every Lua holds exactly (some decode it as the string of
--- its digits), or a string that looks like a number.
local function has_inexact(value)
  if type(value) == "table" then
    for _, each in pairs(value) do
      if has_inexact(each) then
        return true
      end
    end
    return false
  elseif type(value) == "string" then
    return value:find(NUMBER) ~= nil
  end
  return math.type and math.type(value) == "integer" and (value > EXACT_MAX or value < -EXACT_MAX)
end

--- The JSON text of the value at a path of a row; nil: not found.
local function part_of(path, query, row_text)
  local page = fields.decoder():page('{"data":[' .. row_text .. "]}", query)
  local text = page and page:next_json()
  for name in path:gmatch "[^.]+" do
    local head = '{"' .. name .. '":'
    if not text or text:sub(1, #head) ~= head then
      return nil
    end
    text = text:sub(#head + 1, -2)
  end
  return text
end

--- The value at a path of a row; nil if it is absent. Older generations of the API give phoneNumber
--- as a string: the number itself, and the oldest the word "Object", which counts as absent.
local function value_at(row, path)
  local value = row
  for name in path:gmatch "[^.]+" do
    if type(value) ~= "table" then
      local is_number = type(value) == "string" and value:find "%d"
      return path == "phoneNumber.sipPhoneNumber" and is_number and value or nil
    end
    value = rawget(value, name)
  end
  return value
end

--- A function that returns the text of the field at a path: of a row, and of its JSON text.
---@param path string
---@return fun(row: table, row_text: string|nil): string
function fields.getter(path)
  local query = core.query { select = { path } }
  return function(row, row_text)
    local value = value_at(row, path)
    local part = row_text and type(value) == "table" and has_inexact(value)
      and part_of(path, query, row_text)
    return part or fields.text(value)
  end
end

--- Makes a function that returns the cells of a row as text for an output.
---@param columns string[]  paths
---@param output? table  if it is a terminal, control characters are removed
---@return fun(row: table, row_text: string|nil): string[]
function fields.reader(columns, output)
  local getters = {}
  for i, path in ipairs(columns) do
    getters[i] = fields.getter(path)
  end
  return function(row, row_text)
    local cells = {}
    for i, get in ipairs(getters) do
      local text = get(row, row_text)
      cells[i] = output and output:plain(text) or text
    end
    return cells
  end
end

return fields
