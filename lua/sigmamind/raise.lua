--- raise: raises an error object. Whoever catches it has its fields, and where nobody does, its
--- message is seen.
--
-- Of an error object that nobody catches, nginx logs "unknown reason", and the interpreter of plain
-- Lua 5.1 prints "(error object is not a string)". There the message is written before.

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

--- Writes to standard error. Only for the main program: a coroutine's resume may catch the error.
local function print_message(err)
  if not coroutine.running() then
    io.stderr:write(tostring(err), "\n")
  end
end

local function log_in_nginx(err)
  ngx.log(ngx.ERR, tostring(err))
end

local function is_standalone_5_1()
  local arguments = rawget(_G, "arg")
  return _VERSION == "Lua 5.1"
    and not rawget(_G, "jit")
    and type(arguments) == "table"
    and arguments[-1] ~= nil
end

--- What shows the message of an error that this host would not show; nil where the host does.
local function writer()
  if type(ngx) == "table" and ngx.get_phase then
    return log_in_nginx
  end
  return is_standalone_5_1() and print_message or nil
end

---@param err any
return function(err)
  local write = type(err) == "table" and writer()
  if write and not is_caught() then
    write(err)
  end
  error(err, 0)
end
