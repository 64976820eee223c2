--- missing: explains a failed require in one line, with the package that provides the module.

local packages = require "sigmamind.packages"

--- The first line, joined with the second if it ends in a colon, as in the error for a C module
--- that cannot be loaded.
local function first_line(text)
  local first, second = text:match "^([^\n]*)\n?%s*([^\n]*)"
  return first:find ":$" and second ~= "" and first .. " " .. second or first
end

--- The module's package, in brackets; "" if it is not known.
local function source(name, lua)
  local package = packages.find(name)
  local lacks = package and packages.lacks(package, lua)
  if lacks and package.rock then
    return (" (%s; the rock %s)"):format(lacks, package.rock)
  end
  return package and (" (Debian: %s)"):format(package.debian) or ""
end

--- The name of the module that was not found; nil if a module was found but failed to load.
---@param raised any  the error of require
---@param lua? string  the Lua version that needs the module; default: this one
---@return string|nil name
---@return string why  one line: the missing module, or the error of the one that failed to load
return function(raised, lua)
  local text = tostring(raised)
  local name = text:match "^[^\n]-module '([^'\n]+)' not found:"
  if not name then
    return nil, first_line(text)
  end
  lua = lua or _VERSION
  return name, ("it needs the module %s for %s%s"):format(name, lua, source(name, lua))
end
