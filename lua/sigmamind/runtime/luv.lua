--- runtime.luv: for programs on libuv's loop, the default loop of `require "luv"`.
--
-- In a coroutine, waiting suspends that coroutine, and the loop resumes it. Outside one, waiting
-- runs the loop, so that a script needs no coroutine; inside a callback, where the loop cannot run
-- again, it raises an error.
--
-- The loop watches a session only while a caller waits for one of its transfers, so uv.run()
-- returns when nothing is in flight, and an idle loop sleeps.
--
-- An error of a resumed coroutine is raised again in a callback of the loop, with the coroutine's
-- traceback, after the others were resumed: luv prints it and ends the process, as for an error in
-- any callback.

local core = require "sigmamind.core"
local frames = require "sigmamind.runtime.frames"
local pool = require "sigmamind.runtime.pool"
local uv = require "luv"

local luv = { now = core.now }

local MAIN = "main" -- key of the main thread, which is no coroutine
local INTERVAL = 10 -- milliseconds between polls on systems without a single descriptor

--- A session with waiting callers.
---@class sigmamind.luv.Watch
---@field session userdata
---@field waiting table<thread|string, userdata>  the transfer that each caller waits for
---@field before_sleep userdata  a prepare handle, called each time before libuv waits for events
---@field source userdata|nil  a poll or timer handle, called when the session has work to do

---@type table<userdata, sigmamind.luv.Watch>
local watches = {}

local is_yieldable = rawget(coroutine, "isyieldable") or function() -- not in Lua 5.1 and 5.2
  return true
end

--- The running coroutine; nil outside one, where the loop must not be running. nil and a message
--- where nothing can wait.
local function current()
  local thread, is_main = coroutine.running()
  if thread and not is_main then
    if not is_yieldable() then
      return nil, "sigmamind: this coroutine cannot wait inside a C function"
    end
    return thread
  elseif uv.loop_mode and uv.loop_mode() then
    return nil, "sigmamind: the loop is running: only a coroutine can wait in its callbacks"
  end
end

--- Returns when is_over() is true. Checked again after each yield, because other code may resume
--- the coroutine too early. Must make no tail call: is_suspended looks for this function on the
--- coroutine's stack.
local function suspend(thread, is_over)
  while not is_over() do
    if thread then
      coroutine.yield()
    else
      uv.run "once"
    end
  end
end

--- Whether a coroutine is suspended inside suspend().
local function is_suspended(thread)
  return coroutine.status(thread) == "suspended" and frames.is_inside(thread, suspend, thread)
end

--- Runs one iteration of the loop, which closes the handles. luv before 1.45 crashes if the program
--- exits without one.
local function finish_closing()
  uv.run "nowait"
end

--- What gets the error of a coroutine that `together` made, instead of the loop.
---@type table<thread, fun(ok: boolean, err: any)>
local listeners = setmetatable({}, { __mode = "k" })

local function resume_one(thread, failures)
  local ok, err = coroutine.resume(thread)
  if ok then
    return
  elseif listeners[thread] then
    listeners[thread](false, err)
  else
    failures[#failures + 1] = debug.traceback(thread, tostring(err))
  end
end

--- Resumes each coroutine and collects their errors. One that was closed meanwhile is left alone.
local function resume(threads, failures)
  for _, thread in ipairs(threads) do
    if is_suspended(thread) then
      resume_one(thread, failures)
    end
  end
end

local function raise(failures)
  if #failures > 0 then
    error(table.concat(failures, "\n"), 0)
  end
end

--- Lets the loop call session:poll when the session has work to do.
local function attach(watch)
  local function work()
    watch.session:poll(0)
  end
  local fd = watch.session:fd()
  watch.source = fd and uv.new_poll(fd)
  if watch.source then
    watch.source:start("r", work)
  else
    watch.source = uv.new_timer()
    watch.source:start(INTERVAL, INTERVAL, work)
  end
end

local function detach(watch)
  if watch.source then
    watch.source:close()
    watch.source = nil
  end
end

--- Whether a coroutine could not yield to wait, inside pcall on plain Lua 5.1, and caught that
--- error. Its request was not sent yet: the loop polls after it has looked here.
local function has_given_up(thread)
  return not frames.pcall_yields and thread ~= MAIN and not is_suspended(thread)
end

--- Removes the waiters whose transfers are done, and returns their coroutines. The main program is
--- not among them: it checks its transfer itself.
local function take_ready(watch)
  local ready = {}
  for thread, transfer in pairs(watch.waiting) do
    if has_given_up(thread) then
      watch.waiting[thread] = nil
      transfer:cancel()
    elseif transfer:done() then
      watch.waiting[thread] = nil
      ready[#ready + 1] = thread ~= MAIN and thread or nil
    end
  end
  return ready
end

--- Watches the session while it has waiters, else stops.
local function settle(watch)
  if watches[watch.session] ~= watch then
    return -- it has stopped already
  elseif next(watch.waiting) == nil then
    detach(watch)
    watch.before_sleep:close()
    watches[watch.session] = nil
  elseif not watch.source then
    attach(watch)
  end
end

--- Resumes the waiters whose transfers are done: by the poll of this iteration, or because a
--- callback cancelled one or closed the session. In a forked process session:fd() ends them. The
--- source is detached first, because a coroutine may close the session and so its descriptor.
local function wake(watch)
  watch.session:fd()
  local failures = {}
  local ready = take_ready(watch)
  while #ready > 0 do
    detach(watch)
    resume(ready, failures)
    ready = take_ready(watch)
  end
  settle(watch)
  raise(failures)
end

local function watch_of(session)
  local watch = watches[session]
  if not watch then
    watch = { session = session, waiting = {}, before_sleep = uv.new_prepare() }
    watch.before_sleep:start(function()
      wake(watch)
    end)
    watches[session] = watch
  end
  return watch
end

--- Calls `before`, then resumes a coroutine (nil: none) that waits, in a callback of the loop.
local function resume_after(seconds, thread, before)
  local timer = uv.new_timer()
  uv.update_time() -- the loop's own clock stands still while a callback runs
  timer:start(math.ceil(seconds * 1000), 0, function()
    timer:close()
    before()
    local failures = {}
    resume({ thread }, failures)
    raise(failures)
  end)
end

--- Suspends the caller only.
---@param seconds number
function luv.sleep(seconds)
  local thread, wrong = current()
  if wrong then
    error(wrong, 0)
  end
  local over = false
  resume_after(seconds, thread, function()
    over = true
  end)
  suspend(thread, function()
    return over
  end)
  if not thread then
    finish_closing()
  end
end

--- Lets the loop run once.
function luv.breathe()
  luv.sleep(0)
end

--- Returns when transfer:done() is true.
---@param session userdata
---@param transfer userdata
function luv.wait(session, transfer)
  if transfer:done() then
    return
  end
  local thread, wrong = current()
  if wrong then
    transfer:cancel() -- it was not sent yet
    error(wrong, 0)
  end
  local watch = watch_of(session)
  watch.waiting[thread or MAIN] = transfer
  suspend(thread, function()
    return transfer:done()
  end)
  watch.waiting[thread or MAIN] = nil
  if not thread then
    settle(watch)
    finish_closing()
  end
end

--- pcall, which does not work for a job on plain Lua 5.1: there its error ends the coroutine.
local protected = frames.pcall_yields and pcall
  or function(job)
    job()
    return true
  end

--- See runtime/init.lua. A job's end wakes the caller in a callback of its own, so that the caller
--- does not run in the job's coroutine.
---@param width integer
---@param next_job fun(): function|nil
---@param failed fun(err: any)
function luv.together(width, next_job, failed)
  local caller, wrong = current()
  if wrong then
    error(wrong, 0)
  end
  local function start(job, ended)
    local function listener(...)
      ended(...)
      resume_after(0, caller, function() end)
    end
    local thread = coroutine.create(function()
      listener(protected(job))
    end)
    listeners[thread] = listener
    resume_one(thread)
  end
  pool.run(width, next_job, failed, start, function(is_over)
    suspend(caller, is_over)
  end)
  if not caller then
    finish_closing()
  end
end

--- Releases the session's descriptor before it is closed. The waiters check their transfers in the
--- next iteration of the loop.
---@param session userdata
function luv.wake_waiters(session)
  if watches[session] then
    detach(watches[session])
  end
end

return luv
