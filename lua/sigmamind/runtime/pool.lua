--- pool: keeps a number of jobs running. The part of `together` that all runtimes share.

local pool = {}

--- Runs the functions of next_job, up to `width` at a time, until it returns nil and none runs.
---@param width integer
---@param next_job fun(): function|nil  called again each time that a job has ended
---@param failed fun(err: any)  gets the error that a job raised
---@param start fun(job: function, ended: fun(ok: boolean, err: any))  runs a job in a coroutine of
---  its own, now or soon, and reports its end as from pcall
---@param wait fun(is_over: fun(): boolean)  suspends the caller until is_over() is true
function pool.run(width, next_job, failed, start, wait)
  local running = 0
  local function ended(ok, err)
    running = running - 1
    if not ok then
      failed(err)
    end
  end
  local function fill()
    while running < width do
      local job = next_job()
      if not job then
        return
      end
      running = running + 1
      start(job, ended)
    end
  end
  fill()
  while running > 0 do
    local before = running
    wait(function()
      return running < before
    end)
    fill()
  end
end

return pool
