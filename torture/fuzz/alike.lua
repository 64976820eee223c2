-- Objects that are alike but for small changes, made of the bytes of an input: what templates are
-- learned from, and what must not be mistaken for more of the same.

local alike = {}

--- A source of choices: each byte of the input makes one. Behind its end they go on at random, by
--- what the input was, so that a short one makes a long document, too.
function alike.chooser(input)
  local at, seed = 0, 1
  return function(list)
    at = at + 1
    local byte = input:byte(at)
    if not byte then
      seed = seed * 16807 % 2147483647
      return list[seed % #list + 1]
    end
    seed = (seed * 31 + byte) % 2147483646 + 1
    return list[byte % #list + 1]
  end
end

local YES_OR_NO = { true, false }
local NAMES = {
  "a", "b", "c", "d", "name", "\\u0061", "", "caf\195\169", "eight by", "a name of sixteen",
  "a name that is longer than what is kept of strings in the cache",
}
local SCALARS = {
  "0", "1", "-1", "2.5", "1e3", "-0", "12345678901234567890", "true", "false", "null", '""', '"a"',
  '"again"', '"\\u0061"', '"\\n"', '"\\ud83d\\ude00"', '"\195\169"', '"exactly 14 by"',
  '"fifteen bytes!!"', '"a string of more than 47 bytes, which no cache keeps"',
}
local LONG = {
  '"' .. ("long "):rep(60) .. '"', '"' .. ("\\n"):rep(300) .. '"',
  '"' .. ("x"):rep(1100) .. '\\"' .. ("y"):rep(20) .. '"',
}
local SPACES = { "", "", "", " ", "\n  ", "\t", (" "):rep(17) }
local MANY = {} -- hardly ever true
for i = 1, 50 do
  MANY[i] = i == 30
end
local DAMAGE = { "", '"', "\\", "{", "}", "[", "]", ",", ":", "1", "x", "\0", "\255", " ", "null" }

local FIELDS = 20 -- or somewhat more, of an object with those in it
local left = 0 -- of these

local new_fields

--- Each field is a table: a name, the space behind it, and a list of fields or of elements; without
--- a list it is a scalar, another in each object.
local function new_field(choose, depth)
  local field = { name = choose(NAMES), space = choose(SPACES) }
  local kind = depth < 9 and left > 0 and choose { 1, 1, 2, 3, 3 } or 1
  if kind == 3 then
    field.fields = new_fields(choose, depth + 1)
  elseif kind == 2 then
    field.elements = {}
    for i = 1, choose(choose(MANY) and { 31, 32, 33 } or { 0, 1, 2, 3 }) do
      local is_object = i < 4 and choose(YES_OR_NO)
      field.elements[i] = { fields = is_object and new_fields(choose, depth + 1) or nil }
    end
  end
  return field
end

--- The fields of an object; most names come once in it.
function new_fields(choose, depth)
  local fields, taken = {}, {}
  for _ = 1, depth == 1 and choose(MANY) and 70 or choose { 0, 1, 2, 3, 4, 5, 6 } do
    left = left - 1
    local field = new_field(choose, depth)
    if taken[field.name] and choose { true, true, false } then
      field.name = field.name .. #fields
    end
    taken[field.name] = true
    fields[#fields + 1] = field
  end
  return fields
end

local spell

local function spell_list(choose, list, scalar, with_names)
  local parts = {}
  for i, each in ipairs(list) do
    local before = with_names and ('"%s":%s'):format(each.name, each.space) or ""
    parts[i] = before .. spell(choose, each, scalar)
  end
  return table.concat(parts, ",")
end

--- The text of a value, with this scalar or any.
function spell(choose, value, scalar)
  if value.fields then
    return "{" .. spell_list(choose, value.fields, scalar, true) .. "}"
  elseif value.elements then
    return "[" .. spell_list(choose, value.elements, scalar) .. "]"
  end
  return scalar or choose(choose(MANY) and LONG or SCALARS)
end

local CHANGES = {
  function(choose, field) field.name = choose(NAMES) end,
  function(choose, field) field.space = choose(SPACES) end,
  function(_, field) field.fields, field.elements = nil, nil end,
  function(choose, field) field.fields, field.elements = new_fields(choose, 7), nil end,
  function(_, field) field.fields, field.elements = nil, {} end,
  function(_, field, fields, i) table.insert(fields, i, field) end, -- the name comes twice
  function(_, _, fields, i) table.remove(fields, i) end,
  function(choose, _, fields) fields[#fields + 1] = new_field(choose, 7) end,
}

local copy

local function copy_list(list)
  local copied = list and {}
  for i, each in ipairs(list or {}) do
    copied[i] = copy(each)
  end
  return copied
end

-- Without pairs: see torture/finalizers.lua.
function copy(value)
  local fields, elements = copy_list(value.fields), copy_list(value.elements)
  return { name = value.name, space = value.space, fields = fields, elements = elements }
end

--- The same object with one change, in it or in an object in it.
local function change(choose, object)
  local changed = copy(object)
  local fields = changed.fields
  while fields[1] do
    local i = choose { 1, #fields, math.ceil(#fields / 2), 2 }
    local field = fields[i] or fields[1]
    if not field.fields or choose(YES_OR_NO) then
      choose(CHANGES)(choose, field, fields, fields[i] and i or 1)
      break
    end
    fields = field.fields
  end
  return changed
end

--- The texts of so many objects: most are like the one before, the others nearly so. All scalars
--- are this one; without it, any.
function alike.objects(choose, count, scalar)
  left = FIELDS
  local first = { fields = new_fields(choose, 1) }
  left = 0
  local last, texts = first, {}
  for i = 1, count do
    local kind = choose { 1, 1, 1, 1, 2, 3, 4 }
    if kind == 2 then
      last = change(choose, last)
    elseif kind == 3 then
      last = change(choose, first)
    elseif kind == 4 then
      last = first
    end
    texts[i] = spell(choose, last, scalar)
  end
  return texts
end

--- The text cut off at some place, or with another byte there; most often as it is.
function alike.damage(choose, text)
  local how = choose { 1, 1, 1, 2, 3, 4 }
  local place = choose { 0, 1, 2, 3, 4, 5, 6 } * 61 + choose { 0, 1, 3, 7, 13, 17, 23, 37, 41, 59 }
  local at = #text - place % (#text + 1)
  if how == 1 then
    return text
  elseif how == 2 then
    return text:sub(1, at)
  end
  return text:sub(1, at) .. choose(DAMAGE) .. text:sub(at + how - 2)
end

return alike
