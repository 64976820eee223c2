-- Makes garbage whose finalizer is this function, on each Lua.

return function(finalizer)
  if newproxy then
    getmetatable(newproxy(true)).__gc = finalizer
  else
    setmetatable({}, { __gc = finalizer })
  end
end
