-- A runtime whose clock jumps ahead instead of sleeping, and that notes each sleep. The waits for
-- transfers are real.

local blocking = require "sigmamind.runtime.blocking"
local core = require "sigmamind.core"

return function()
  local ahead = 0
  local recorder = { sleeps = {}, wait = blocking.wait }
  function recorder.now()
    return core.now() + ahead
  end
  function recorder.sleep(seconds)
    recorder.sleeps[#recorder.sleeps + 1] = seconds
    ahead = ahead + seconds
  end
  return recorder
end
