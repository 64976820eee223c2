--- cli.environment: a variable of the environment, without blanks and line ends at its ends, which
--- files of variables leave there (docker --env-file); nil where it is empty.

---@param name string
---@return string|nil
return function(name)
  local value = (os.getenv(name) or ""):match "^%s*(.-)%s*$"
  return value ~= "" and value or nil
end
