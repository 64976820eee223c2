-- Runs programs with their own hosts file and name server, in a mount namespace, which needs permission.

local scratch = require "spec.support.scratch"

local names = {}

local LONGEST = 10 -- seconds, time limit of a program

-- In a chroot the root is not a mount, and --make-rprivate fails without harm.
local COMMAND = "unshare --mount --propagation unchanged sh -c 'mount --make-rprivate / 2>/dev/null; "
  .. "mount --bind hosts /etc/hosts && mount --bind resolver /etc/resolv.conf && "
  .. "exec timeout %d lua program.lua'"

--- Runs a program, given as text, with the texts of its hosts file and its resolv.conf. Returns its output up
--- to the time limit.
function names.run(program, hosts, environment, resolver)
  local place = scratch.open()
  place:write("program.lua", program)
  place:write("hosts", hosts)
  place:write("resolver", resolver or "")
  local output, ok = place:run(COMMAND:format(LONGEST), environment)
  place:remove()
  return output .. (ok and "" or "it failed, or was stopped\n")
end

function names.can_run()
  return names.run("print 'yes'", "") == "yes\n"
end

return names
