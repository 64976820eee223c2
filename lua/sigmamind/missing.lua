--- missing: what a failed require says, in one line, with the package that has the module.

--- Debian's packages, by the first part of a module's name.
local PACKAGES = {
  argparse = "lua-argparse",
  cjson = "lua-cjson",
  cqueues = "lua-cqueues",
  http = "lua-http",
  luv = "lua-luv",
  ngx = "lua-resty-core",
  openssl = "lua-luaossl",
}

--- The first line, and the second where the first announces it, as that of a C module that cannot
--- be loaded does.
local function first_line(text)
  local first, second = text:match "^([^\n]*)\n?%s*([^\n]*)"
  return first:find ":$" and second ~= "" and first .. " " .. second or first
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
  local package = PACKAGES[name:match "^[^.]+"]
  local where = package and (" (Debian: %s)"):format(package) or ""
  return name, ("it needs the module %s for %s%s"):format(name, lua or _VERSION, where)
end
