--- paths: what the rows of a walk had of the paths that where and select name, so that a misspelled
--- one is told and not taken for a field that no row happens to have.

local nearest = require "sigmamind.nearest"

local paths = {}

--- What page:paths() gives, by how much it tells. Of two types neither is the only one.
local RANKS = { [false] = 0, null = 1, string = 2, number = 2, boolean = 2, [true] = 3 }

local function merged(one, other)
  if one == nil or RANKS[one] < RANKS[other] then
    return other
  elseif RANKS[one] > RANKS[other] or one == other then
    return one
  end
  return true
end

local function sorted_names(object)
  local names = {}
  for name in pairs(object) do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

--- The path to the fields of the row whose names are nearest; nil where one is not near.
local function nearest_path(path, row)
  local found, object = {}, row
  for name in path:gmatch "[^.]+" do
    local near = type(object) == "table" and nearest(name, sorted_names(object))
    if not near then
      return nil
    end
    found[#found + 1], object = near, object[near]
  end
  return table.concat(found, ".")
end

---@class sigmamind.UnknownPath
---@field path string  that no row had
---@field nearest? string  a path that the rows do have

---@class sigmamind.MistypedPath
---@field path string  that was compared with nothing of its type
---@field type "string"|"number"|"boolean"  of all its values

---@class sigmamind.Paths
local Paths = {}
Paths.__index = Paths

---@return sigmamind.Paths
function paths.new()
  return setmetatable({ notes = {}, near = {} }, Paths)
end

--- Adds the rows of a page, of which none was read yet. To add it again changes nothing.
---@param page sigmamind.core.Page
function Paths:add(page)
  local row
  for path, note in pairs(page:paths() or {}) do
    self.notes[path] = merged(self.notes[path], note)
    if not self.notes[path] and self.near[path] == nil then
      row = row or page:sample()
      self.near[path] = nearest_path(path, row) or false
    end
  end
end

local function by_path(one, other)
  return one.path < other.path
end

---@return sigmamind.UnknownPath[] unknown, sigmamind.MistypedPath[] mistyped  by their paths
function Paths:report()
  local unknown, mistyped = {}, {}
  for path, note in pairs(self.notes) do
    if not note then
      unknown[#unknown + 1] = { path = path, nearest = self.near[path] or nil }
    elseif RANKS[note] == RANKS.string then
      mistyped[#mistyped + 1] = { path = path, type = note }
    end
  end
  table.sort(unknown, by_path)
  table.sort(mistyped, by_path)
  return unknown, mistyped
end

return paths
