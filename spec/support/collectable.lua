-- Makes garbage whose finalizer is this function, on each Lua. Who keeps what it returns has it
-- finalized no sooner than that.

return function(finalizer)
  if newproxy then
    local proxy = newproxy(true)
    getmetatable(proxy).__gc = finalizer
    return proxy
  end
  return setmetatable({}, { __gc = finalizer })
end
