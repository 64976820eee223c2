-- A directory in which programs run as with an installed module.
--
--   local place = scratch.open()
--   place:write("program.lua", text)
--   local output, ok = place:run("lua program.lua", "NAME=value ...")
--   place:remove()
--
-- In its commands `lua` is the Lua that runs the specs, and `sigmamind` the command of the checkout.

local interpreter = require "spec.support.interpreter"

local scratch = {}
scratch.__index = scratch

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- The checkout.
local here = output("pwd"):match "[^\n]+"
scratch.here = here

--- The absolute form of a path of the checkout.
local function absolute(path)
  return path:find "/" and path:gsub("^([^/])", here .. "/%1") or path
end

local function absolute_each(paths)
  return (paths:gsub("[^;]+", absolute))
end

function scratch.open()
  local self = setmetatable({ directory = output("mktemp -d"):match "[^\n]+" }, scratch)
  os.execute(("mkdir '%s/bin'"):format(self.directory))
  local lua = absolute(interpreter.command())
  self:write("bin/lua", ('#!/bin/sh\nexec "%s" "$@"\n'):format(lua))
  self:write("bin/sigmamind", ('#!/bin/sh\nexec "%s" "%s/cli/bin/sigmamind" "$@"\n'):format(lua, here))
  os.execute(("chmod +x '%s'/bin/*"):format(self.directory))
  return self
end

function scratch:write(name, text)
  local file = assert(io.open(self.directory .. "/" .. name, "wb"))
  file:write(text)
  file:close()
end

--- The text of a file; nil if it does not exist.
function scratch:read(name)
  local file = io.open(self.directory .. "/" .. name, "rb")
  local text = file and file:read "*a"
  return file and file:close() and text
end

--- Runs a shell command there. Returns its output, including errors, and whether it succeeded.
---@param command string
---@param environment? string  "NAME=value ..."
function scratch:run(command, environment)
  self:write("bin/command", command .. "\n")
  local line = "cd '%s' && LUA_PATH='%s' LUA_CPATH='%s' PATH=\"$PWD/bin:$PATH\" %s sh bin/command 2>&1 </dev/null; "
    .. "echo status=$?"
  local said = output(
    line:format(self.directory, absolute_each(package.path), absolute_each(package.cpath), environment or "")
  )
  local text, status = said:match "^(.*)status=(%d+)\n$"
  return text, status == "0"
end

function scratch:remove()
  os.execute(("rm -r '%s'"):format(self.directory))
end

return scratch
