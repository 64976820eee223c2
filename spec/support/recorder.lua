-- A runtime whose clock jumps ahead instead of sleeping, and that notes each sleep. The waits for
-- transfers are real.

local blocking = require "sigmamind.runtime.blocking"
local core = require "sigmamind.core"

local function wait_by_yielding(session, transfer)
  while not transfer:done() do
    session:poll(0)
    coroutine.yield()
  end
end

--- With `yields`, a wait yields the coroutine that it is in instead of blocking.
return function(yields)
  local ahead = 0
  local recorder = { sleeps = {}, wait = yields and wait_by_yielding or blocking.wait }
  function recorder.now()
    return core.now() + ahead
  end
  function recorder.sleep(seconds)
    recorder.sleeps[#recorder.sleeps + 1] = seconds
    ahead = ahead + seconds
  end
  return recorder
end
