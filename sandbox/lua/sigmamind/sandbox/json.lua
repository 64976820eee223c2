--- sandbox.json: encodes JSON with the fields in a given order, that of the documentation.

local cjson = require "cjson"
local number = require "sigmamind.number"

local json = {}

--- null: where nil would be a field that is left out.
json.null = cjson.null

--- An object without fields; an empty table is an array, unless it was declared as an object.
json.EMPTY_OBJECT = {}

---@param value any not a table; nil: null
---@return string
local function scalar(value)
  if value == nil then
    return "null"
  elseif type(value) == "number" then
    return value - value == 0 and number.text(value) or "null"
  end
  if type(value) == "string" and not value:find '[%c"\\]' then
    return '"' .. value .. '"' -- as cjson does, but much faster
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

--- The names of an object's fields that are not in `known`, sorted.
---@param object table
---@param known table<string, true>
---@return string[]
local function names_of(object, known)
  local names = {}
  for name in pairs(object) do
    if not known[name] then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

local function member(name, text)
  return scalar(name) .. ":" .. text
end

local NONE = {}

---@param object table
---@param names string[]
---@return string
local function ordered(object, names)
  local members = {}
  for i, name in ipairs(names) do
    members[i] = member(name, json.encode(object[name]))
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- Encodes a value; nil is `null`. A table with a string for a key is an object, whose fields are
--- sorted; any other table is an array.
---@param value any
---@param names? string[] of the object's fields, in the order of writing
---@return string
function json.encode(value, names)
  if type(value) ~= "table" then
    return scalar(value)
  elseif names then
    return ordered(value, names)
  elseif value == json.EMPTY_OBJECT or type(next(value)) == "string" then
    return ordered(value, names_of(value, NONE))
  end
  return array(value)
end

local ENCODED = {} -- the metatable of objects that stand for their JSON

---@param value any
---@param field sigmamind.Field
---@return string
local function declared(value, field)
  if type(value) ~= "table" then
    return scalar(value)
  elseif getmetatable(value) == ENCODED then
    return value.text
  elseif field.type == "object" then
    return json.row(value, field.fields or NONE, field.open)
  elseif not field.fields then
    return array(value)
  end
  local items = {}
  for i, item in ipairs(value) do
    items[i] = json.row(item, field.fields, field.open)
  end
  return "[" .. table.concat(items, ",") .. "]"
end

--- Encodes a row in the order of its declaration. A field that is nil is left out. Raises for one
--- that is not declared, so that the rows cannot drift away from the declarations.
---@param row table
---@param fields sigmamind.Field[]
---@param open? boolean the row may have other fields too; they come last, sorted
---@param hidden? table<string, true> declared fields that are left out
---@return string
function json.row(row, fields, open, hidden)
  local members, known = {}, {}
  for _, field in ipairs(fields) do
    local name, value = field.name, row[field.name]
    known[name] = true
    if value ~= nil and not (hidden and hidden[name]) then
      members[#members + 1] = member(name, declared(value, field))
    end
  end
  for _, name in ipairs(names_of(row, known)) do
    if not open then
      error("a row has the field " .. name .. ", which is not declared")
    end
    members[#members + 1] = member(name, json.encode(row[name]))
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- Encodes a declared object that is in many rows, to be put into them.
---@param object table
---@param fields sigmamind.Field[]
---@return table
function json.encoded(object, fields)
  return setmetatable({ text = json.row(object, fields) }, ENCODED)
end

--- The characters of more than one byte (RFC 3629): no overlong form, no surrogate, nothing above
--- U+10FFFF.
local CHARACTERS = {
  "[\194-\223][\128-\191]",
  "\224[\160-\191][\128-\191]",
  "[\225-\236\238\239][\128-\191][\128-\191]",
  "\237[\128-\159][\128-\191]",
  "\240[\144-\191][\128-\191][\128-\191]",
  "[\241-\243][\128-\191][\128-\191][\128-\191]",
  "\244[\128-\143][\128-\191][\128-\191]",
}

--- Whether a text is UTF-8. Any other could not be sent back as JSON. The client has this in C,
--- which the server cannot load.
---@param text string
---@return boolean
function json.is_utf8(text)
  if text:find "[\128-\255]" then
    for _, character in ipairs(CHARACTERS) do
      text = text:gsub(character, " ")
    end
  end
  return not text:find "[\128-\255]"
end

--- Decodes a text. `null` is json.null.
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
