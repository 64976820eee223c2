--- cli.environment: reads an environment variable; nil if it is unset or empty. Whitespace around
--- the value is removed, because files of variables leave it there (docker --env-file).

---@param name string
---@return string|nil
return function(name)
  local value = (os.getenv(name) or ""):match "^%s*(.-)%s*$"
  return value ~= "" and value or nil
end
