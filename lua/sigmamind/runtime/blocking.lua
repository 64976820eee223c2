--- runtime.blocking: for scripts. Waiting for one transfer also advances all others.

local core = require "sigmamind.core"

local blocking = { now = core.now }

local POLL = 1 -- seconds; max delay of a signal's hook, not a resolution

--- core.sleep returns early on a signal, so that Lua's hooks run (Ctrl-C); then it is called again.
---@param seconds number
function blocking.sleep(seconds)
  local wake = core.now() + seconds
  local left = seconds
  while left > 0 do
    core.sleep(left)
    left = wake - core.now()
  end
end

---@param session userdata
---@param transfer userdata
function blocking.wait(session, transfer)
  while not transfer:done() do
    session:poll(POLL)
  end
end

return blocking
