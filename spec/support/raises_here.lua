-- Asserts that a function raises an error with that text in it, at a line of the spec that the function is in.

return function(message, fn)
  local ok, raised = pcall(fn)
  assert(not ok, message .. " was not raised")
  local file = debug.getinfo(fn, "S").short_src
  assert(type(raised) == "string" and raised:sub(1, #file + 1) == file .. ":", tostring(raised))
  assert(raised:find("^:%d+: ", #file + 1) and raised:find(message, 1, true), raised)
end
