-- Runs the command `sigmamind` in a separate process, on the Lua that runs the specs.

local core = require "sigmamind.core"
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

--- Runs it beside a server of this process (spec/support/scripted.lua), with a directory for its files
--- (spec/support/scratch.lua), where `pid` has its number. Returns its output, its standard error and its exit code.
function command.run_beside(peer, place, arguments, environment, input)
  place:write("input", input or "")
  local text = "{ sh -c 'echo $$ >%s/pid; exec \"$@\"' sh %s; echo $? >%s/code; } <%s/input >%s/out 2>%s/errors; "
    .. "mv %s/code %s/done"
  local line = text:gsub("%%s/", place.directory:gsub("%%", "%%%%") .. "/")
  os.execute("{ " .. line:format(command.line(arguments, environment)) .. "; } &")
  local started = core.now()
  repeat
    assert(core.now() - started < 30, "the command does not end")
    peer:step()
    core.sleep(0.002)
    local file = io.open(place.directory .. "/done")
  until file and file:close()
  local code = tonumber((place:read "done"))
  os.remove(place.directory .. "/done")
  return place:read "out", place:read "errors", code
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
