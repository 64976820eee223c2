-- Compares an account's lists with lua/sigmamind/resources: reads the first page of each, and
-- prints where rows differ from the declarations. It changes nothing, and prints no row: only
-- paths, types, and values of fields that have documented ones.
--
--   SIGMAMIND_API_KEY=... lua torture/live.lua      or: make live

local resources = require "sigmamind.resources"
local sigmamind = require "sigmamind"

local SIZE = 100
local SHOWN = 40 -- bytes of a value

local ARRAY = {}
local client = sigmamind.new { null = sigmamind.null, array_mt = ARRAY }

--- The type of a value in the words of the declarations.
local function type_of(value)
  if value == sigmamind.null then
    return "null"
  elseif type(value) == "table" then
    return getmetatable(value) == ARRAY and "array" or "object"
  elseif type(value) == "number" then
    return value % 1 == 0 and "integer" or "number"
  end
  return type(value)
end

local function holds(list, value)
  for _, each in ipairs(list or {}) do
    if each == value then
      return true
    end
  end
  return false
end

--- Whether a value of that type may be in the field. An integer is a number, too.
local function is_declared(field, kind)
  local also = field.also or {}
  return kind == field.type
    or holds(also, kind)
    or kind == "null" and field.null
    or kind == "integer" and (field.type == "number" or holds(also, "number"))
end

local compare_object

--- Notes how a value differs from its field. `note(path, text)` counts.
local function compare(note, seen, path, field, value)
  local kind = type_of(value)
  if not is_declared(field, kind) then
    note(path, ("%s, declared as %s"):format(kind, field.type .. (field.null and " or null" or "")))
  elseif field.values and kind == "string" and not holds(field.values, value) then
    note(path, ('the undocumented value "%s"'):format((value:sub(1, SHOWN):gsub("%c", "?"))))
  elseif kind == "object" and field.fields then
    compare_object(note, seen, path .. ".", field, value)
  elseif kind == "array" then
    for _, each in ipairs(value) do
      local of = type_of(each)
      if field.fields and of == "object" then
        compare_object(note, seen, path .. "[].", field, each)
      elseif field.fields or of ~= (field.of or "string") then
        local declared = field.fields and "object" or field.of or "string"
        note(path .. "[]", ("%s, declared as %s"):format(of, declared))
      end
    end
  end
end

--- Notes how an object differs from its fields, and marks the paths that it has in `seen`.
function compare_object(note, seen, prefix, owner, object)
  local declared = {}
  for _, field in ipairs(owner.fields) do
    declared[field.name] = true
    local value = object[field.name]
    if value ~= nil then
      seen[prefix .. field.name] = true
      compare(note, seen, prefix .. field.name, field, value)
    end
  end
  for name, value in pairs(object) do
    if not declared[name] and not owner.open then
      note(prefix .. name, type_of(value) .. ", not declared")
    end
  end
end

--- The notes on rows as lines, the most frequent first, and the declared paths that no row had.
local function differences(declaration, rows)
  local counts, lines, seen = {}, {}, {}
  for _, row in ipairs(rows) do
    local noted = {} -- once for each row
    compare_object(function(path, text)
      local line = path .. ": " .. text
      if not noted[line] then
        noted[line], counts[line] = true, (counts[line] or 0) + 1
      end
    end, seen, "", { fields = declaration.row }, row)
  end
  for line, count in pairs(counts) do
    lines[#lines + 1] = ("  %s (%d of %d rows)"):format(line, count, #rows)
  end
  table.sort(lines)
  local missing = {}
  for _, field in ipairs(declaration.row) do
    if not seen[field.name] and not field.only and not field.get_only and #rows > 0 then
      missing[#missing + 1] = field.name
    end
  end
  if #missing > 0 then
    lines[#lines + 1] = "  in no row: " .. table.concat(missing, ", ")
  end
  return lines
end

local WRAPPER = { "page", "size", "totalCount", "totalPages", "hasNext", "hasPrevious" }

--- The wrapper's fields that a page lacks.
local function lacking(info)
  local names = {}
  for _, name in ipairs(WRAPPER) do
    if info[name] == nil then
      names[#names + 1] = name
    end
  end
  return names
end

local failed = false
for _, declaration in ipairs(resources) do
  local page, err = client[declaration.name]:page { size = SIZE }
  if not page then
    print(("%s: %s"):format(declaration.name, tostring(err)))
    failed = true
  else
    local lines = differences(declaration, page.data)
    local names = lacking(page:info())
    if #names > 0 then
      lines[#lines + 1] = "  the page lacks " .. table.concat(names, ", ")
    end
    local verdict = #lines == 0 and "as declared" or "different:"
    print(("%s: %d rows, %s"):format(declaration.name, #page.data, verdict))
    for _, line in ipairs(lines) do
      print(line)
    end
    page:close()
  end
end
client:close()
os.exit(failed and 1 or 0)
