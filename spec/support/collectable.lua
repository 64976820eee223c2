-- Returns an object with the finalizer, on every Lua. It is garbage unless the caller keeps it.

return function(finalizer)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = finalizer
    return proxy
  end
  return setmetatable({}, { __gc = finalizer })
end
