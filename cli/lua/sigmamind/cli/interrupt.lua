--- cli.interrupt: Ctrl-C ends the work between two steps, never within one. The signal sets a flag
--- (sigmamind.console), which is checked at each step and while waiting.

local console = require "sigmamind.console"
local core = require "sigmamind.core"

local interrupt = {}

--- Raised to end the work.
interrupt.INTERRUPTED = setmetatable({ kind = "interrupted", message = "interrupted" }, {
  __tostring = function()
    return "interrupted"
  end,
})

local POLL = 0.2 -- seconds between two checks of the flag; a signal ends a poll early

--- Hooks, to be replaced: called at each step, and before a wait.
function interrupt.at_step() end
function interrupt.before_wait() end

--- Marks a point at which the work may end: raises INTERRUPTED after Ctrl-C.
function interrupt.step()
  interrupt.at_step()
  if console.interrupted() then
    error(interrupt.INTERRUPTED, 0)
  end
end

--- The runtime of the client.
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

--- Between two pieces of a file of contacts.
function interrupt.runtime.breathe()
  interrupt.step()
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
