--- runtime.blocking: for scripts. While it waits for one transfer, all others progress.

local core = require "sigmamind.core"

local blocking = { now = core.now }

local POLL = 1 -- seconds; a bound on how late a signal's hook can run, not a resolution

--- core.sleep returns early for a signal, so that Lua's hooks run (Ctrl-C); then the rest follows.
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
