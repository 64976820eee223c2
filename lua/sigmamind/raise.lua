--- raise: raises an error object. Whoever catches it has its fields, and where nobody does, its
--- message is seen.
--
-- Of an error object that nobody catches, nginx logs "unknown reason", and the interpreter of plain
-- Lua 5.1 prints "(error object is not a string)". There the message is written before.

local report = require "sigmamind.report"

local pcall, xpcall = pcall, xpcall
local ngx = rawget(_G, "ngx")

--- Whether a function that runs in this coroutine catches errors, and the source of the outermost
--- function of Lua. One outside the coroutine may catch them, too.
local function is_caught()
  local level, outermost = 2, nil
  local frame = debug.getinfo(level, "fS")
  while frame do
    if frame.func == pcall or frame.func == xpcall then
      return true
    end
    level, outermost = level + 1, frame.source ~= "=[C]" and frame.source or outermost
    frame = debug.getinfo(level, "fS")
  end
  return false, outermost
end

local function is_nginx()
  return type(ngx) == "table" and ngx.get_phase ~= nil
end

--- How the interpreter names a chunk of its command line or of standard input.
local OF_INTERPRETER = { ["=(command line)"] = true, ["=stdin"] = true }

--- The main program of the interpreter, which sets `arg` for a script. What resumes a coroutine may
--- catch the error itself.
local function is_main_of_5_1(outermost)
  local arguments = rawget(_G, "arg")
  return _VERSION == "Lua 5.1"
    and not rawget(_G, "jit")
    and (OF_INTERPRETER[outermost] or type(arguments) == "table" and arguments[-1] ~= nil)
    and not coroutine.running()
end

---@param err any
return function(err)
  if type(err) == "table" then
    local caught, outermost = is_caught()
    if not caught and (is_nginx() or is_main_of_5_1(outermost)) then
      report(tostring(err))
    end
  end
  error(err, 0)
end
