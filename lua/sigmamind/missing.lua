--- missing: what a failed require says, in one line, with the package that has the module.

local packages = require "sigmamind.packages"

--- The first line, and the second where the first announces it, as that of a C module that cannot
--- be loaded does.
local function first_line(text)
  local first, second = text:match "^([^\n]*)\n?%s*([^\n]*)"
  return first:find ":$" and second ~= "" and first .. " " .. second or first
end

--- Where a module can be had, in brackets; "": it is not known.
local function source(name, lua)
  local package = packages.find(name)
  local lacks = package and packages.lacks(package, lua)
  if lacks and package.rock then
    return (" (%s; the rock %s)"):format(lacks, package.rock)
  end
  return package and (" (Debian: %s)"):format(package.debian) or ""
end

--- The module that was not found, or nil where one was found and failed.
---@param raised any  what require raised
---@param lua? string  the Lua that it is for; default: this one
---@return string|nil name
---@return string why  one line: what is needed, or what the module that failed says
return function(raised, lua)
  local text = tostring(raised)
  local name = text:match "^[^\n]-module '([^'\n]+)' not found:"
  if not name then
    return nil, first_line(text)
  end
  lua = lua or _VERSION
  return name, ("it needs the module %s for %s%s"):format(name, lua, source(name, lua))
end
