--- bucket: a token bucket as one number, the time at which it is full again (the generic cell rate
--- algorithm, ATM Forum TM 4.0).

local bucket = {}

local TICK = 1e-6 -- seconds: shorter waits are the rounding of sums

--- Takes a token. Returns the seconds to wait until it may be used, and the bucket's new time;
--- false and those seconds if they are more than `within`.
---@param full_at number  its time so far; any time in the past: it is full
---@param now number
---@param rate number  tokens per second
---@param burst number  tokens of a full bucket, at least 1
---@param within number  seconds
---@return number|false wait, number full_at_or_wait
function bucket.take(full_at, now, rate, burst, within)
  local ahead = math.max(0, full_at - now)
  local wait = ahead - (burst - 1) / rate
  if wait < TICK then
    wait = 0
  end
  if wait > within then
    return false, wait
  end
  return wait, now + ahead + 1 / rate
end

return bucket
