-- Runs programs in a separate process, on the Lua that runs the specs.

local interpreter = {}

--- The command that runs this Lua.
function interpreter.command()
  local i = 0
  while arg[i - 1] do
    i = i - 1
  end
  return arg[i]
end

--- Runs a program with environment variables ("NAME=value ..."). Returns its output, including errors, and
--- whether it succeeded.
function interpreter.run(program, environment)
  local command = "%s %s %s 2>&1; echo status=$?"
  local pipe = io.popen(command:format(environment or "", interpreter.command(), program))
  local text = pipe:read "*a"
  pipe:close()
  local output, status = text:match "^(.*)status=(%d+)\n$"
  return output, status == "0"
end

return interpreter
