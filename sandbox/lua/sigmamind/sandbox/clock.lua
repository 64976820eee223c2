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

--- The time of a UTC date; `clock` is "HH:MM:SS".
---@param date string "YYYY-MM-DD", what follows is ignored
---@param time string
---@return number seconds since 1970
function clock.of(date, time)
  local year, month, day = date:match "^(%d+)-(%d+)-(%d+)"
  local hour, minute, second = time:match "^(%d+):(%d+):(%d+)$"
  -- days from civil, by Howard Hinnant's algorithm for the proleptic Gregorian calendar
  local y, m = tonumber(year), tonumber(month)
  if m <= 2 then
    y = y - 1
  end
  local era = math.floor(y / 400)
  local of_era = y - era * 400
  local of_year = math.floor((153 * ((m + 9) % 12) + 2) / 5) + day - 1
  local days = era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100)
  return (days + of_year - 719468) * 86400 + hour * 3600 + minute * 60 + second
end

return clock
