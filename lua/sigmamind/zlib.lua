--- zlib: the module of that name (Debian: lua-zlib), or false: it is not installed, or is another
--- one of that name.

local GZIP = 31 -- window bits of the format of RFC 1952

local found, zlib = pcall(require, "zlib")
local works, text = pcall(function()
  return (zlib.inflate(GZIP)(zlib.deflate(nil, GZIP)("text", "finish")))
end)

return found and works and text == "text" and zlib
