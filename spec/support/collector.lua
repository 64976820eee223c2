--- Sets the pause and the step multiplier of the collector, in percent. Returns the old values. Lua 5.5
--- has another interface for them.
---@param pause integer
---@param step_multiplier integer
---@return integer pause, integer step_multiplier
return function(pause, step_multiplier)
  if _VERSION == "Lua 5.5" then
    return collectgarbage("param", "pause", pause), collectgarbage("param", "stepmul", step_multiplier)
  end
  return collectgarbage("setpause", pause), collectgarbage("setstepmul", step_multiplier)
end
