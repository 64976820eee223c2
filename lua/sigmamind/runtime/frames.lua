--- frames: what runtimes need to know of coroutines and of the Lua that runs them.

local frames = {}

local NOT_HERE = "sigmamind: a request cannot wait inside a C function or, on plain Lua 5.1, "
  .. "inside `for ... in` or pcall: use stream:next() in a `while` (%s)"

--- Closes the to-be-closed variables of a coroutine that is dropped, from Lua 5.4 on.
---@type fun(thread: thread)
frames.close = coroutine.close or function() end

--- Whether a coroutine can yield inside pcall: not on plain Lua 5.1. (Trying it would yield while
--- this file is loaded, which fails in nginx.)
---@type boolean
frames.pcall_yields = _VERSION ~= "Lua 5.1" or rawget(_G, "jit") ~= nil

--- The error of a coroutine, in words that a user understands if it could not yield.
---@param err any
---@return any
function frames.explain(err)
  if type(err) == "string" and err:find "attempt to yield across" then
    return NOT_HERE:format(err)
  end
  return err
end

--- Whether the coroutine's stack has a call of this Lua function with this first argument. A
--- runtime must check that before it resumes a waiter: one that could not yield, or caught an
--- error, may be suspended elsewhere. The function must make no tail call, which would replace its
--- frame, nor assign its first parameter.
---@param thread thread
---@param fn function
---@param first any
---@return boolean
function frames.is_inside(thread, fn, first)
  if coroutine.status(thread) == "dead" then -- after an error it still has its stack
    return false
  end
  local level = 0
  local frame = debug.getinfo(thread, level, "f")
  while frame do
    if frame.func == fn then
      local _, argument = debug.getlocal(thread, level, 1)
      if argument == first then
        return true
      end
    end
    level = level + 1
    frame = debug.getinfo(thread, level, "f")
  end
  return false
end

return frames
