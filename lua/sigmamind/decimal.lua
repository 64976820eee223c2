--- decimal: a number's text with a decimal point, where the process's locale has another mark. The
--- host may have set one (os.setlocale), and tostring and string.format obey it.

---@param text string  of a number, from tostring or string.format
---@return string
return function(text)
  return (text:gsub("[^%w+-]+", "."))
end
