--- cli.environment: a variable of the environment; nil: unset or empty. Blanks and line ends around
--- the value are removed: files of variables leave them there (docker --env-file).

---@param name string
---@return string|nil
return function(name)
  local value = (os.getenv(name) or ""):match "^%s*(.-)%s*$"
  return value ~= "" and value or nil
end
