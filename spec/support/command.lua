-- Runs the command `sigmamind` in a separate process, on the Lua that runs the specs.

local interpreter = require "spec.support.interpreter"

local command = {}

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- The text of a file. Removes the file.
function command.read_and_remove(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  os.remove(path)
  return text
end

--- The words of a shell command that runs it; `environment` as "NAME=value ...".
function command.line(arguments, environment)
  return ("env %s %s cli/bin/sigmamind %s"):format(environment or "", interpreter.command(), arguments)
end

--- Runs it with shell arguments. Returns its standard output, its standard error and its exit code. `rest` is
--- appended to the shell command: "| head -n 1".
function command.run(arguments, environment, rest)
  local out, errors = os.tmpname(), os.tmpname()
  local text = "{ %s; echo $? >%s.code; } 2>%s </dev/null %s >%s"
  os.execute(text:format(command.line(arguments, environment), errors, quote(errors), rest or "", quote(out)))
  local code = tonumber(command.read_and_remove(errors .. ".code"))
  return command.read_and_remove(out), command.read_and_remove(errors), code
end

--- The lines of a text, without empty ones.
function command.lines(text)
  local lines = {}
  for line in text:gmatch "[^\r\n]+" do
    lines[#lines + 1] = line
  end
  return lines
end

return command
