--- nearest: finds the name that a misspelled one was probably meant to be ("did you mean ...?").

local ascii = require "sigmamind.ascii"

local LONGEST = 40 -- characters; longer names are not compared

--- The form in which names are compared: apiKey and api-key equal api_key.
local function normal(name)
  return (ascii.lower(name):gsub("[_%-]", ""))
end

--- The edit distance: characters changed, added, removed or swapped with their neighbour (optimal
--- string alignment).
local function distance(a, b)
  local last, row = {}, {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local before = last -- the row two above the current one
    last, row = row, { [0] = i }
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      row[j] = math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
      local swapped = i > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j)
      if swapped and before[j - 2] then
        row[j] = math.min(row[j], before[j - 2] + 1)
      end
    end
  end
  return row[#b]
end

--- The tie-break between equally near names: gte rather means ge than gt, and neq ne than eq.
local function likeness(a, b)
  local begins, ends = a:sub(1, 1) == b:sub(1, 1), a:sub(-1) == b:sub(-1)
  return (begins and 2 or 0) + (ends and 1 or 0)
end

--- The nearest of the names, if it is near: at most one mistake, or two in a name of six or more
--- characters; none in one of fewer than three. Of equally near names: one with the same first
--- character, then one with the same last character, then the first.
---@param name any
---@param names string[]
---@return string|nil
return function(name, names)
  if type(name) ~= "string" or #name > LONGEST then
    return nil
  end
  local wanted = normal(name)
  local found, least, like = nil, #wanted < 3 and 0 or #wanted < 6 and 1 or 2, -1
  for _, each in ipairs(names) do
    local one = normal(each)
    local mistakes, alike = distance(wanted, one), likeness(wanted, one)
    if mistakes < least or mistakes == least and alike > like then
      found, least, like = each, mistakes, alike
    end
  end
  return found
end
