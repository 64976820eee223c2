--- sandbox.clock: the time at which calls are made. It may run faster than that of the machine.

local cqueues = require "cqueues"

local clock = {}

---@class sigmamind.sandbox.Clock
---@field private speed number seconds of it for one of the machine
---@field private began number when the sandbox was started: seconds since 1970
---@field private origin number the same on the machine's monotonic clock
local Clock = {}
Clock.__index = Clock

---@param speed number
---@return sigmamind.sandbox.Clock
function clock.new(speed)
  local self = { speed = speed, began = os.time(), origin = cqueues.monotime() }
  return setmetatable(self, Clock)
end

--- Seconds since 1970, with a fraction.
---@return number
function Clock:now()
  return self.began + (cqueues.monotime() - self.origin) * self.speed
end

--- A time as the API writes it: ISO 8601, UTC.
---@param seconds number since 1970
---@return string
function clock.text(seconds)
  return (os.date("!%Y-%m-%dT%H:%M:%S.000Z", math.floor(seconds)))
end

return clock
