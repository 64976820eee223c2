-- What is being compared: "Lua 5.4, sigmamind 0.1.0, lua-cjson 2.1.0" and what the caller adds.

local cjson = require "cjson"
local core = require "sigmamind.core"

return function(...)
  return table.concat({
    jit and jit.version or _VERSION,
    "sigmamind " .. core.version().sigmamind,
    "lua-cjson " .. cjson._VERSION,
    ...,
  }, ", ")
end
