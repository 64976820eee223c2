--- interrupt: pcall for code of others through which an interrupt of the program passes.

local interrupt = {}

--- Whether a debug hook raised the error: that interrupts the program, not the code of others
--- alone. A Lua hook is on the stack; the hook of lua(1) for Ctrl-C is a C function, known by its
--- message, "FILE:LINE: interrupted!".
---@param raised any
---@param hook function|string|nil  as from debug.gethook, before the call
---@return boolean
local function is_interrupt(raised, hook)
  if type(raised) == "string" and raised:gsub("^.*:%d+: ", "") == "interrupted!" then
    return true
  end
  local level = 2
  local frame = debug.getinfo(level, "f")
  while frame and hook do
    if frame.func == hook then
      return true
    end
    level = level + 1
    frame = debug.getinfo(level, "f")
  end
  return false
end

--- Like pcall, with two results at most. Raises only errors that a hook raised in the action.
---@param action fun(): any, any
---@return boolean ok, any first_or_raised, any second
function interrupt.pcall(action)
  local hook, interrupted = debug.gethook(), false
  local ok, first, second = xpcall(action, function(raised)
    interrupted = is_interrupt(raised, hook)
    return raised
  end)
  if interrupted then
    error(first, 0)
  end
  return ok, first, second
end

return interrupt
