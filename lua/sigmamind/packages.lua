--- packages: the Debian package and the rock that provide a third-party module.

local packages = {}

---@class sigmamind.Package
---@field debian string
---@field last string  the last Lua version of Debian's package (12 to sid); the first is 5.1
---@field rock string|nil

--- By a module's name, or its first part.
local PACKAGES = {
  argparse = { debian = "lua-argparse", last = "5.5", rock = "argparse" },
  cjson = { debian = "lua-cjson", last = "5.4", rock = "lua-cjson" },
  cqueues = { debian = "lua-cqueues", last = "5.4", rock = "cqueues" },
  http = { debian = "lua-http", last = "5.3", rock = "http" },
  luv = { debian = "lua-luv", last = "5.4", rock = "luv" },
  ngx = { debian = "lua-resty-core", last = "5.1" },
  openssl = { debian = "lua-luaossl", last = "5.4", rock = "luaossl" },
  redis = { debian = "lua-redis", last = "5.3", rock = "redis-lua" },
  ["sigmamind.sandbox"] = {
    debian = "sigmamind-sandbox", last = "5.4", rock = "sigmamind-sandbox",
  },
}

--- The package with a module, or nil.
---@param module string
---@return sigmamind.Package|nil
function packages.find(module)
  return PACKAGES[module] or PACKAGES[module:match "^[^.]+"]
end

--- A message if Debian's package does not support this Lua version; nil if it does, or if `lua`
--- names no version.
---@param package sigmamind.Package
---@param lua string  like "Lua 5.4"
---@return string|nil
function packages.lacks(package, lua)
  local version = lua:match "^Lua (%d%.%d)$"
  if version and version > package.last then
    return "Debian has it only for Lua 5.1 to " .. package.last
  end
end

--- Installation advice for a module that find knows.
---@param module string
---@param lua string  like "Lua 5.4"
---@return string
function packages.remedy(module, lua)
  local package = packages.find(module)
  local lacks = packages.lacks(package, lua)
  local way = lacks and "%s: install the rock %s, or make install LUA=lua%s"
    or "install Debian's package %s, or the rock %s"
  return way:format(lacks or package.debian, package.rock, package.last)
end

return packages
