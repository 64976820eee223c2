--- JSON for the specs: lua-cjson, or dkjson on Lua 5.5, for which Debian has no lua-cjson.

local has_cjson, cjson = pcall(require, "cjson")
if has_cjson then
  return cjson
end

local dkjson = require "dkjson"

return {
  decode = function(text)
    return assert(dkjson.decode(text))
  end,
  encode = function(value)
    return next(value) == nil and "{}" or dkjson.encode(value) -- as lua-cjson does
  end,
}
