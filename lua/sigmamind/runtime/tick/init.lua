--- runtime.tick: for game loops. Waiting suspends the task until a later client:tick.

local core = require "sigmamind.core"
local pool = require "sigmamind.runtime.pool"
local task = require "sigmamind.runtime.tick.task"

local tick = { now = core.now }

local OUTSIDE = 'sigmamind: with runtime = "tick", make requests in functions given to '
  .. "client:spawn, not outside them and not in coroutines that these make"

---@param seconds number
function tick.sleep(seconds)
  local here = task.here() or error(OUTSIDE, 0)
  here.wake = tick.now() + seconds
  task.suspend(here)
end

---@param session userdata
---@param transfer userdata
function tick.wait(session, transfer)
  local here = task.here()
  if not here then
    transfer:cancel()
    error(OUTSIDE, 0)
  end
  here.scheduler.sessions[session] = true
  here.transfer = transfer
  if not transfer:done() then
    task.suspend(here)
  end
  here.transfer = nil
end

--- See runtime/init.lua. The jobs are tasks beside the calling one, which start with the next tick.
---@param width integer
---@param next_job fun(): function|nil
---@param failed fun(err: any)
function tick.together(width, next_job, failed)
  local here = task.here() or error(OUTSIDE, 0)
  local children = {}
  here.children = children
  local function start(job, ended)
    local child = here.scheduler:spawn(job)
    children[child] = true
    function child.ended(...)
      children[child] = nil
      ended(...)
    end
  end
  pool.run(width, next_job, failed, start, function(is_over)
    here.is_over = is_over
    task.suspend(here)
    here.is_over = nil
  end)
  here.children = nil
end

--- The time from which a task must yield between two rows; nil: now; math.huge outside a task.
---@return number|nil
function tick.yield_at()
  local here = task.here()
  if not here then
    return math.huge
  end
  local deadline = here.scheduler.deadline
  return here.state == "running" and tick.now() < deadline and deadline or nil
end

--- Suspends the task until the next tick if this one's budget is used up. No effect outside a task.
function tick.maybe_yield()
  local here = task.here()
  if here and (here.state ~= "running" or tick.now() >= here.scheduler.deadline) then
    task.suspend(here)
  end
end

--- The same in the middle of long work.
tick.breathe = tick.maybe_yield

return tick
