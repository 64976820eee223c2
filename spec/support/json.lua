--- JSON for the specs' own use: lua-cjson, or dkjson where Debian has no lua-cjson (Lua 5.5).

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
