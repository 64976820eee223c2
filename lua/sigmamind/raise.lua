--- raise: raises an error object. Whoever catches it has its fields, and where nobody does, its
--- message is seen.
--
-- Of an error object that nobody catches, nginx logs "unknown reason", and the interpreter of plain
-- Lua 5.1 prints "(error object is not a string)". There the message is written before.

local report = require "sigmamind.report"

local pcall, xpcall = pcall, xpcall
local ngx = rawget(_G, "ngx")

--- Whether a function that runs in this coroutine catches errors. One outside it may do so too.
local function is_caught()
  local level = 2
  local frame = debug.getinfo(level, "f")
  while frame do
    if frame.func == pcall or frame.func == xpcall then
      return true
    end
    level = level + 1
    frame = debug.getinfo(level, "f")
  end
  return false
end

local function is_nginx()
  return type(ngx) == "table" and ngx.get_phase ~= nil
end

--- The main program of the interpreter. What resumes a coroutine may catch the error itself.
local function is_main_of_5_1()
  local arguments = rawget(_G, "arg")
  return _VERSION == "Lua 5.1"
    and not rawget(_G, "jit")
    and type(arguments) == "table"
    and arguments[-1] ~= nil
    and not coroutine.running()
end

---@param err any
return function(err)
  if type(err) == "table" and (is_nginx() or is_main_of_5_1()) and not is_caught() then
    report(tostring(err))
  end
  error(err, 0)
end
