--- is_utf8: whether a text is UTF-8 by RFC 3629: no overlong form, no surrogate, nothing above
--- U+10FFFF.

local core = require "sigmamind.core"

---@param text string
---@return boolean
return function(text)
  return not text:find "[\128-\255]" or core.encode(text) ~= nil
end
