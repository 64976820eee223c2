--- retry: decides whether and when a failed attempt is retried. It does not wait itself.

local core = require "sigmamind.core"
local number = require "sigmamind.number"
local statuses = require "sigmamind.http.statuses"

local retry = {
  RETRY_AFTER_MAX = 60, -- seconds; a longer wait is left to the caller
  PAUSE_MAX = 86400, -- seconds; max pause of a client after a 429
}

local BACKOFF_FIRST = 0.5 -- seconds
local BACKOFF_MAX = 8

local SECONDS_MAX = 2 ^ 31 -- replaces any larger count (RFC 9111 section 1.2.2)

local BUDGET = 500
local COST, COST_OF_TIMEOUT, REFUND = 5, 10, 1
local BUDGET_TTL = 600 -- seconds after which what all processes have spent is forgotten

--- The retry budget of one key, which prevents a storm of retries during an outage: a retry costs 5
--- tokens, 10 after a timeout; each success refunds 1. With a store all processes have one budget
--- together: what they have spent of it is counted there.
---@param store? sigmamind.Guard|false
---@param key? string  of the number in the store
---@return table
function retry.budget(store, key)
  return { tokens = BUDGET, store = store or false, key = key or false, refunds = 0 }
end

--- A refund reaches the store with the next retry of this process: most processes never retry.
---@param budget table
function retry.refund(budget)
  budget.tokens = math.min(BUDGET, budget.tokens + REFUND)
  budget.refunds = math.min(BUDGET, budget.refunds + REFUND)
end

--- Spends tokens of the budget that all processes share. Returns whether there were as many; nil if
--- the store fails.
local function spend_shared(budget, cost)
  local store, key = budget.store, budget.key
  if not store then
    return nil
  end
  local refunds = budget.refunds
  budget.refunds = 0
  local spent = store:incr(key, cost - refunds, BUDGET_TTL)
  if not spent then
    budget.refunds = budget.refunds + refunds
    return nil
  end
  if spent < cost then -- more was refunded than had been spent
    store:incr(key, cost - spent, BUDGET_TTL)
  elseif spent > BUDGET then
    store:incr(key, -cost, BUDGET_TTL)
    return false
  end
  return true
end

local function spend(budget, err)
  local cost = err.kind == "timeout" and COST_OF_TIMEOUT or COST
  local is_granted = spend_shared(budget, cost)
  if is_granted == nil then
    is_granted = budget.tokens >= cost
  end
  if is_granted then
    budget.tokens = math.max(0, budget.tokens - cost)
  end
  return is_granted
end

--- Full jitter: from 0 to a bound that doubles with each attempt made. After a 429 or 503 the least
--- is half of the bound, because an immediate retry would be refused too.
local function backoff(attempts_made, status)
  local bound = math.min(BACKOFF_MAX, BACKOFF_FIRST * 2 ^ math.max(0, attempts_made - 1))
  local least = statuses.is_refusal(status) and bound / 2 or 0
  return least + core.random() * (bound - least)
end

--- The seconds of a Retry-After header: a count, or a date (RFC 9110 section 10.2.3). A date is
--- compared with the reply's own Date if there is one, so that a wrong local clock does no harm. A
--- fraction, which the RFC does not allow but servers send, is rounded up. Of two headers that a
--- proxy joined, the first counts.
---@param value string|nil
---@param date string|nil
---@return number|nil
function retry.after(value, date)
  if not value then
    return nil
  end
  local first = value:match "^([^,]*),%s*[%d.]+$" or value
  local whole, fraction = first:match "^(%d+)%.?(%d*)$"
  if whole and not first:find "%.$" then
    return math.min(tonumber(whole) + (fraction:find "[1-9]" and 1 or 0), SECONDS_MAX)
  end
  local when = core.http_date(value)
  local now = date and core.http_date(date) or os.time()
  return when and math.max(0, when - now)
end

--- The seconds to wait before the next attempt, or nil and the reason why there is none.
---@param err sigmamind.Error
---@param made integer  attempts made
---@param max integer  attempts in all
---@param budget table
---@param remaining number  seconds until the deadline
---@param since number  seconds since the attempt failed
---@return number|nil wait, string decision
function retry.decide(err, made, max, budget, remaining, since)
  if not err.retryable then
    return nil, "not retried: it would fail again"
  elseif made >= max then
    return nil, "not retried: all attempts are used"
  elseif err.retry_after and err.retry_after > retry.RETRY_AFTER_MAX then
    return nil, "not retried: the API requires a longer wait than this client accepts"
  end
  local wait = math.max(0, math.max(err.retry_after or 0, backoff(made, err.status)) - since)
  if wait >= remaining then
    return nil, "not retried: the deadline is before the next attempt"
  elseif not spend(budget, err) then
    return nil, "not retried: this client's retry budget is used up"
  end
  return wait, ("retried after %s s"):format(number.fixed(wait, 3))
end

return retry
