--- turn: when a request may make its next attempt: after the pause that a 429 began, and within the
--- rate of all.

local retry = require "sigmamind.http.retry"

local turn = {}

--- The error of a request that may not wait that long.
local function too_long(request, message, seconds)
  if request:left() <= 0 then
    return request:over_error()
  end
  return request:error {
    kind = "rate_limit",
    message = message,
    retryable = true,
    retry_after = seconds,
  }
end

--- Waits until the pause is over, even if it is extended meanwhile. Returns true; nil, err if it is
--- longer than this request, or any request, may wait.
local function wait_for_pause(request)
  repeat
    local wait = request:pause_left()
    if wait > retry.RETRY_AFTER_MAX or wait >= request:left() then
      return nil, too_long(request, "an earlier reply requires this client to wait", wait)
    elseif wait > 0 then
      request:rest(wait)
    end
  until wait == 0 or request:is_over()
  return true
end

--- Waits for a turn within the rate, and takes another if a pause has begun meanwhile: all those
--- who waited through it would else send at once. Returns true; nil, err if no turn comes before
--- the deadline, or the pause is too long.
local function wait_for_rate(request)
  local ready, err = true, nil
  repeat
    local wait, longer = request.limiter:take(request.runtime, math.max(0, request:left()))
    if not wait then
      return nil, too_long(request, "the option rate leaves no turn before the deadline", longer)
    elseif wait > 0 then
      request:rest(wait)
    end
    local is_paused = wait > 0 and not request:is_over() and request:pause_left() > 0
    if is_paused then
      ready, err = wait_for_pause(request)
    end
  until not (is_paused and ready)
  return ready, err
end

--- Waits until an attempt may be made. Returns true; nil, err if none may be made.
---@param request sigmamind.Request
---@return true|nil, sigmamind.Error|nil
function turn.wait(request)
  local ready, err = wait_for_pause(request)
  if ready and request.limiter:has_rate() and not request:is_over() then
    return wait_for_rate(request)
  end
  return ready, err
end

--- Takes a turn if one is free at once.
---@param request sigmamind.Request
---@return boolean
function turn.take(request)
  return request:pause_left() == 0
    and request:left() > 0
    and request.limiter:take(request.runtime, 0) == 0
end

return turn
