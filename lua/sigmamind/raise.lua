--- raise: raises an error object, and makes sure that the message of an uncaught one is shown.
--
-- For an uncaught error object nginx logs "unknown reason", and the interpreter of plain Lua 5.1
-- prints "(error object is not a string)". There the message is reported before it is raised.

local report = require "sigmamind.report"

local pcall, xpcall = pcall, xpcall
local ngx = rawget(_G, "ngx")

--- Whether this coroutine's stack has a pcall or xpcall; if not, also the source of the outermost
--- Lua function. The resumer of the coroutine may catch the error, too.
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

--- The interpreter's chunk names for its command line and standard input.
local OF_INTERPRETER = { ["=(command line)"] = true, ["=stdin"] = true }

--- Whether this is the main program of the Lua 5.1 interpreter, which sets `arg` for a script. Not
--- in a coroutine, whose resumer may catch the error.
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
