--- cli.interrupt: runs what Ctrl-C may end, so that it ends between two steps and never within one.
--- The signal is a flag (sigmamind.console), at which the work looks while it waits and where it
--- says so.

local console = require "sigmamind.console"
local core = require "sigmamind.core"

local interrupt = {}

--- What ends the work.
interrupt.INTERRUPTED = setmetatable({ kind = "interrupted", message = "interrupted" }, {
  __tostring = function()
    return "interrupted"
  end,
})

local POLL = 0.2 -- seconds between two looks at what takes long; a signal ends a poll early

--- Replaced by those who want to be called: at each step, and before a wait.
function interrupt.at_step() end
function interrupt.before_wait() end

--- A place where the work may end.
function interrupt.step()
  interrupt.at_step()
  if console.interrupted() then
    error(interrupt.INTERRUPTED, 0)
  end
end

--- The runtime of a client that is used in such work.
interrupt.runtime = { now = core.now }

---@param seconds number
function interrupt.runtime.sleep(seconds)
  local wake = core.now() + seconds
  interrupt.before_wait()
  repeat
    core.sleep(math.max(0, math.min(POLL, wake - core.now())))
    interrupt.step()
  until core.now() >= wake
end

---@param session userdata
---@param transfer userdata
function interrupt.runtime.wait(session, transfer)
  if not transfer:done() then
    interrupt.before_wait()
  end
  while not transfer:done() do
    session:poll(POLL)
    interrupt.step()
  end
end

return interrupt
