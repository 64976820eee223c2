--- runtime.blocking: for scripts. Waiting for one transfer also advances all others.
--
-- `together` runs a loop, which resumes its jobs in turn: a wait or sleep in the coroutine of a job
-- yields to that loop. A gather inside a job adds its jobs to the same loop. Everywhere else, also
-- in a generator inside a job, a wait blocks. Nothing of a loop is kept in the module, and one that
-- an error ends is dropped as a whole, so that Ctrl-C leaves no state behind.

local core = require "sigmamind.core"
local frames = require "sigmamind.runtime.frames"
local pool = require "sigmamind.runtime.pool"

local blocking = { now = core.now }

local POLL = 1 -- seconds; max delay of a signal's hook, not a resolution
local SLICE = 0.005 -- seconds; the longest poll of one of several sessions

--- Yielded by `suspend`; distinguishes it from a yield of the job's own.
local WAIT = {}

--- What a job that can go on waits for.
local NOTHING = {}

--- What a job waits for: a transfer, a time, or a condition.
---@class sigmamind.blocking.Waits
---@field transfer? userdata
---@field session? userdata  of the transfer
---@field wake? number
---@field is_over? fun(): boolean

---@class sigmamind.blocking.Job
---@field thread thread
---@field loop sigmamind.blocking.Job[]  all jobs of its loop, in the order of their start
---@field ended fun(ok: boolean, err: any)
---@field waits sigmamind.blocking.Waits

---@type table<thread, sigmamind.blocking.Job>
local jobs = setmetatable({}, { __mode = "kv" })

--- The job whose coroutine runs; nil elsewhere.
local function here()
  return jobs[coroutine.running() or false]
end

local function is_ready(job, now)
  local waits = job.waits
  if waits.transfer then
    return waits.transfer:done()
  elseif waits.is_over then
    return waits.is_over()
  end
  return not waits.wake or now >= waits.wake
end

--- Ends a wait that did not succeed: that of an abandoned job, or one that could not yield, whose
--- request was not sent yet.
local function forget(job)
  local transfer = job.waits.transfer
  job.waits = NOTHING
  if transfer then
    transfer:cancel()
  end
end

--- Returns to the loop until the job is ready. Checked again, because other code may resume the
--- coroutine too early.
local function suspend(job, waits)
  forget(job)
  job.waits = waits
  repeat
    coroutine.yield(WAIT)
  until is_ready(job, core.now())
  job.waits = NOTHING
end

--- core.sleep returns early on a signal, so that Lua's hooks run (Ctrl-C); then it is called again.
---@param seconds number
function blocking.sleep(seconds)
  local wake, job = core.now() + seconds, here()
  if job then
    return suspend(job, { wake = wake })
  end
  local left = seconds
  while left > 0 do
    core.sleep(left)
    left = wake - core.now()
  end
end

--- Lets the other jobs of a gather run.
function blocking.breathe()
  blocking.sleep(0)
end

---@param session userdata
---@param transfer userdata
function blocking.wait(session, transfer)
  local job = here()
  if job and not transfer:done() then
    return suspend(job, { session = session, transfer = transfer })
  end
  while not transfer:done() do
    session:poll(POLL)
  end
end

--- Advances the transfers that jobs wait for, until a job may be ready.
local function poll(loop)
  local now = core.now()
  local wake, sessions, known = now + POLL, {}, {}
  for _, job in ipairs(loop) do
    local waits = job.waits
    wake = is_ready(job, now) and now or math.min(wake, waits.wake or wake)
    if waits.session and not known[waits.session] then
      known[waits.session] = true
      sessions[#sessions + 1] = waits.session
    end
  end
  local left = math.max(0, wake - now)
  for _, session in ipairs(sessions) do
    session:poll(sessions[2] and math.min(left, SLICE) or left)
  end
  if not sessions[1] and left > 0 then
    core.sleep(left)
  end
end

--- Whether a job was ended by a hook that raised an error and removed itself, as after Ctrl-C: on
--- LuaJIT a hook runs in every coroutine. `hook`: that before its turn. The text is that of the
--- programs lua and luajit, which set their hook in a signal handler.
local function is_interrupt(err, hook)
  return type(err) == "string" and err:find "interrupted!$" or debug.gethook() ~= hook
end

local function take_turn(job)
  local hook = debug.gethook()
  local ok, value = coroutine.resume(job.thread)
  if not ok and is_interrupt(value, hook) then
    error(value, 0)
  elseif value ~= WAIT then
    forget(job)
  end
  if coroutine.status(job.thread) == "dead" then
    job.ended(ok, value)
  end
end

--- Resumes the jobs that are ready, and removes those that ended.
local function step(loop)
  poll(loop)
  local now, ready = core.now(), {}
  for _, job in ipairs(loop) do
    ready[#ready + 1] = is_ready(job, now) and job or nil
  end
  for _, job in ipairs(ready) do
    take_turn(job)
  end
  for i = #loop, 1, -1 do
    if coroutine.status(loop[i].thread) == "dead" then
      table.remove(loop, i)
    end
  end
end

local function abandon(loop)
  for _, job in ipairs(loop) do
    forget(job)
    frames.close(job.thread)
  end
end

--- See runtime/init.lua.
---@param width integer
---@param next_job fun(): function|nil
---@param failed fun(err: any)
function blocking.together(width, next_job, failed)
  local parent = here()
  local loop = parent and parent.loop or {}
  local function start(action, ended)
    local job =
      { thread = coroutine.create(action), loop = loop, ended = ended, waits = NOTHING }
    jobs[job.thread] = job
    loop[#loop + 1] = job
  end
  if parent then
    return pool.run(width, next_job, failed, start, function(is_over)
      suspend(parent, { is_over = is_over })
    end)
  end
  local ok, err = pcall(pool.run, width, next_job, failed, start, function(is_over)
    while not is_over() do
      step(loop)
    end
  end)
  abandon(loop)
  if not ok then
    error(err, 0)
  end
end

return blocking
