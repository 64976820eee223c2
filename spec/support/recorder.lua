-- A runtime whose clock jumps ahead instead of sleeping, and that notes each sleep: naps in a row
-- are one. The waits for transfers are real.

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
  local recorder, asleep = { sleeps = {} }, false
  function recorder.wait(session, transfer)
    asleep = false
    return (yields and wait_by_yielding or blocking.wait)(session, transfer)
  end
  function recorder.now()
    return core.now() + ahead
  end
  function recorder.sleep(seconds)
    local sleeps = recorder.sleeps
    if asleep then
      sleeps[#sleeps] = sleeps[#sleeps] + seconds
    else
      sleeps[#sleeps + 1] = seconds
    end
    asleep = true
    ahead = ahead + seconds
  end
  return recorder
end
