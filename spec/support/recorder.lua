-- A runtime whose clock advances instead of sleeping, and that records each sleep; consecutive sleeps count as
-- one. The waits for transfers are real.

local blocking = require "sigmamind.runtime.blocking"
local core = require "sigmamind.core"

local function wait_by_yielding(session, transfer)
  while not transfer:done() do
    session:poll(0)
    coroutine.yield()
  end
end

--- With `yields`, a wait yields its coroutine instead of blocking.
return function(yields)
  local offset = 0
  local recorder, asleep = { sleeps = {} }, false
  function recorder.wait(session, transfer)
    asleep = false
    return (yields and wait_by_yielding or blocking.wait)(session, transfer)
  end
  function recorder.now()
    return core.now() + offset
  end
  function recorder.sleep(seconds)
    local sleeps = recorder.sleeps
    if asleep then
      sleeps[#sleeps] = sleeps[#sleeps] + seconds
    else
      sleeps[#sleeps + 1] = seconds
    end
    asleep = true
    offset = offset + seconds
  end
  return recorder
end
