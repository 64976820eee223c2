--- paths: which paths of where and select the rows of a walk had, and with which types, so that a
--- misspelled path is reported and not mistaken for a field that no row happens to have.

local ascii = require "sigmamind.ascii"
local nearest = require "sigmamind.nearest"

local paths = {}

--- The notes of page:paths(), ranked by how much they say. false: no row had the path; null: only
--- nulls; true: several types; any other note is the name of the only type.
local RANKS = { [false] = 0, null = 1, [true] = 3 }
local RANK_OF_TYPE = 2

local function rank(note)
  return RANKS[note] or RANK_OF_TYPE
end

local function merged(one, other)
  if one == nil or rank(one) < rank(other) then
    return other
  elseif rank(one) > rank(other) or one == other then
    return one
  end
  return true
end

--- The names that an object has or is declared to have, sorted, and its declared fields by name.
local function names_of(object, fields)
  local set, names, declared = {}, {}, {}
  for _, field in ipairs(fields or {}) do
    set[field.name], declared[field.name] = true, field.fields or {}
  end
  for name in pairs(type(object) == "table" and object or {}) do
    set[name] = type(name) == "string" or nil
  end
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names, ascii.before)
  return names, declared
end

--- The path of fields with the most similar names, in the row or in its declaration; nil if a name
--- is similar to none, or if the path is declared, and these rows merely do not have it.
local function nearest_path(path, row, fields)
  local found, object = {}, row
  for name in path:gmatch "[^.]+" do
    local names, declared = names_of(object, fields)
    local near = nearest(name, names)
    if not near then
      return nil
    end
    object, fields = type(object) == "table" and object[near], declared[near]
    found[#found + 1] = near
  end
  local similar = table.concat(found, ".")
  return similar ~= path and similar or nil
end

---@class sigmamind.UnknownPath
---@field path string  that no row had
---@field nearest? string  a similar path that the rows have, or are declared to have

---@class sigmamind.MistypedPath
---@field path string  of a condition that no value of this type can meet
---@field type "string"|"number"|"boolean"|"array"|"object"  of all its values
---@field elements? true  the type is that of all elements of its arrays

---@class sigmamind.Paths
local Paths = {}
Paths.__index = Paths

---@param fields sigmamind.Field[]|nil  that the rows are declared to have
---@return sigmamind.Paths
function paths.new(fields)
  return setmetatable({ fields = fields or {}, notes = {}, elements = {}, near = {} }, Paths)
end

--- Adds the rows of a page, before any of them is read. Idempotent.
---@param page sigmamind.core.Page
function Paths:add(page)
  local row
  local notes, elements = page:paths()
  for path, note in pairs(notes or {}) do
    self.notes[path] = merged(self.notes[path], note)
    self.elements[path] = merged(self.elements[path], elements[path])
    if not self.notes[path] and self.near[path] == nil then
      row = row or page:sample()
      self.near[path] = nearest_path(path, row, self.fields) or false
    end
  end
end

local function by_path(one, other)
  if one.path == other.path then
    return other.elements and not one.elements
  end
  return ascii.before(one.path, other.path)
end

local function add_mistyped(list, path, note, elements)
  if rank(note) == RANK_OF_TYPE then
    list[#list + 1] = { path = path, type = note, elements = elements }
  end
end

---@return sigmamind.UnknownPath[] unknown, sigmamind.MistypedPath[] mistyped  by their paths
function Paths:report()
  local unknown, mistyped = {}, {}
  for path, note in pairs(self.notes) do
    if not note then
      unknown[#unknown + 1] = { path = path, nearest = self.near[path] or nil }
    end
    add_mistyped(mistyped, path, note)
    add_mistyped(mistyped, path, self.elements[path], true)
  end
  table.sort(unknown, by_path)
  table.sort(mistyped, by_path)
  return unknown, mistyped
end

return paths
