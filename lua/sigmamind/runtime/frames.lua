--- frames: tells whether a coroutine is inside a given call. A runtime must check that before it
--- resumes a waiter: one that could not yield, or caught an error, may be suspended elsewhere.

local frames = {}

--- Whether the coroutine's stack has a call of this Lua function with this first argument. The
--- function must make no tail call, which would replace its frame, nor assign its first parameter.
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
