-- Programs that see a hosts file and a name server of their own: in a mount namespace, which takes the
-- right to make one.

local scratch = require "spec.support.scratch"

local names = {}

local LONGEST = 10 -- seconds that a program may take

-- In a chroot the root is no mount, and keeps what it has.
local COMMAND = "unshare --mount --propagation unchanged sh -c 'mount --make-rprivate / 2>/dev/null; "
  .. "mount --bind hosts /etc/hosts && mount --bind resolver /etc/resolv.conf && "
  .. "exec timeout %d lua program.lua'"

--- Runs the text of a program with this text as its hosts file, and this as its resolv.conf. Returns
--- what it printed before it was stopped.
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
