--- Writes what is made from the declarations of the resources (lua/sigmamind/resources): the types
--- for editors, and the tables of the reference. It runs on any Lua, without a C module.
---
---   lua5.4 packaging/generate.lua           writes the files
---   lua5.4 packaging/generate.lua --check   fails if one of them is stale

local root = arg[0]:match "^(.*)packaging/[^/]*$" or "./"
package.path = ("%slua/?.lua;%slua/?/init.lua;%s?.lua;"):format(root, root, root) .. package.path

local reference = require "packaging.generate.reference"
local resources = require "sigmamind.resources"
local types = require "packaging.generate.types"

local is_check = arg[1] == "--check"
assert(is_check or not arg[1], "the only option is --check")

--- By file, in order: a function from its old text to the new one.
local FILES = {
  {
    "types/sigmamind/resources.lua",
    function()
      return types.make(resources)
    end,
  },
  {
    "doc/reference.md",
    function(text)
      return reference.update(text, resources)
    end,
  },
}

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  return text, file and file:close()
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local is_stale = false

for _, each in ipairs(FILES) do
  local path, make = root .. each[1], each[2]
  local old = read(path)
  local new = make(old)
  if new ~= old and is_check then
    io.stderr:write(each[1], " is stale: run make generate\n")
    is_stale = true
  elseif new ~= old then
    write(path, new)
  end
end

os.exit(is_stale and 1 or 0)
