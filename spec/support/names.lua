-- Programs that see a hosts file of their own: in a mount namespace, which takes the right to make one.

local scratch = require "spec.support.scratch"

local names = {}

local COMMAND = "unshare --mount sh -c 'mount --bind hosts /etc/hosts && exec lua program.lua'"

--- Runs the text of a program with this text as its hosts file. Returns what it printed.
function names.run(program, hosts, environment)
  local place = scratch.open()
  place:write("program.lua", program)
  place:write("hosts", hosts)
  local output = place:run(COMMAND, environment)
  place:remove()
  return output
end

function names.can_run()
  return names.run("print 'yes'", "") == "yes\n"
end

return names
