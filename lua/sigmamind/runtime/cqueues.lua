--- runtime.cqueues: for programs on cqueues controllers. Outside one it blocks.
--
-- Several coroutines may wait for transfers of one session. One of them in each controller, the
-- driver, waits for the session's descriptor and polls the session; each of the others waits for
-- its own condition, so that none is woken for nothing. The driver signals the waiters whose
-- transfers are done; when its own is done, another takes its place.
--
-- A yield goes to the code that resumed the coroutine. If that is not the controller but, say, the
-- reader of a generator, it would mistake a yield to the controller for its own: hence can_wait.

local auxlib = require "cqueues.auxlib"
local blocking = require "sigmamind.runtime.blocking"
local condition = require "cqueues.condition"
local core = require "sigmamind.core"
local cqueues = require "cqueues"
local frames = require "sigmamind.runtime.frames"
local pool = require "sigmamind.runtime.pool"
local socket = require "cqueues.socket"

local runtime = { now = core.now }

local NESTED = 'sigmamind: with runtime = "cqueues", make requests in functions given to '
  .. "controller:wrap, not in coroutines that these make"

local INTERVAL = 0.01 -- seconds between polls on systems without a single descriptor

--- Seconds; max delay until a driver notices that a transfer ended without a poll of the session
--- and without runtime.wake_waiters.
local PATIENCE = 1

---@class sigmamind.cqueues.Waiter
---@field transfer userdata
---@field controller table
---@field changed table  the condition that it waits for

--- The waiters of one session. Weak: they are collected with their controller.
---@class sigmamind.cqueues.Watch
---@field waiting table<sigmamind.cqueues.Waiter, true>
---@field drivers table<table, thread>  of each controller

---@type table<userdata, sigmamind.cqueues.Watch>
local watches = setmetatable({}, { __mode = "k" })

--- The coroutines that `protected` has made.
local protecting = setmetatable({}, { __mode = "k" })

--- pcall for a job. Plain Lua 5.1 cannot yield in pcall: there the job has a coroutine of its own,
--- whose yields auxlib passes on.
local function protected(job)
  if frames.pcall_yields then
    return pcall(job)
  end
  local thread = coroutine.create(job)
  protecting[thread] = true
  return auxlib.resume(thread)
end

--- Whether a yield reaches the controller: it resumed this coroutine, or the coroutine is one of
--- `protected`, or the program has replaced Lua's coroutine functions by those of cqueues.auxlib,
--- which pass such yields on.
local function can_wait()
  local controller, is_direct = cqueues.running()
  local passes_on = coroutine.wrap == auxlib.wrap and coroutine.resume == auxlib.resume
  return not controller or is_direct or passes_on or protecting[coroutine.running()]
end

local function watch_of(session)
  local watch = watches[session]
  if not watch then
    watch = {
      waiting = setmetatable({}, { __mode = "k" }),
      drivers = setmetatable({}, { __mode = "kv" }),
    }
    watches[session] = watch
  end
  return watch
end

--- Signals the waiters whose transfers are done.
local function signal_ready(watch)
  for waiter in pairs(watch.waiting) do
    if waiter.transfer:done() then
      waiter.changed:signal()
    end
  end
end

--- The descriptor that the driver polls (or an interval), and a function that closes it. It is a
--- duplicate: a controller keeps a record of each descriptor that it polls, and fails if one is
--- closed without its knowledge.
local function open_source(session)
  local fd = session:fd()
  local duplicate = fd and socket.dup(fd)
  if not duplicate then
    return INTERVAL, function() end
  end
  return { pollfd = duplicate:pollfd(), events = "r" }, function()
    duplicate:close()
  end
end

--- Lets another of the controller's coroutines become its driver. All are signalled: until it is
--- collected, one that could not wait is among them.
local function hand_over(watch, controller)
  for waiter in pairs(watch.waiting) do
    if waiter.controller == controller then
      waiter.changed:signal()
    end
  end
end

--- Waits for the session until the waiter's own transfer is done. Must make no tail call:
--- has_driver looks for this function on the driver's stack.
local function drive(session, watch, waiter)
  local source, close = open_source(session)
  watch.drivers[waiter.controller] = coroutine.running()
  while not waiter.transfer:done() do
    cqueues.poll(source, waiter.changed, PATIENCE)
    session:poll(0)
    signal_ready(watch)
  end
  close()
  watch.drivers[waiter.controller] = nil
  hand_over(watch, waiter.controller)
end

--- Whether another coroutine drives. The stack is checked: on plain Lua 5.1 a driver inside
--- `for ... in` cannot yield, and fails while it drives.
local function has_driver(session, watch, controller)
  local driver = watch.drivers[controller]
  return driver and driver ~= coroutine.running() and frames.is_inside(driver, drive, session)
end

--- Waits in a coroutine of a controller.
local function wait_in(controller, session, watch, transfer)
  local waiter = { transfer = transfer, controller = controller, changed = condition.new() }
  watch.waiting[waiter] = true
  while not transfer:done() do
    if has_driver(session, watch, controller) then
      waiter.changed:wait(PATIENCE) -- with a limit, in case the driver failed to yield
    else
      drive(session, watch, waiter)
    end
  end
  watch.waiting[waiter] = nil
end

--- Suspends the caller only.
---@param seconds number
function runtime.sleep(seconds)
  if not can_wait() then
    error(NESTED, 0)
  elseif cqueues.running() then
    cqueues.sleep(seconds)
  else
    blocking.sleep(seconds)
  end
end

--- Lets the controller's other coroutines run.
function runtime.breathe()
  runtime.sleep(0)
end

--- Returns when transfer:done() is true. Also signals the waiters whose transfers the caller has
--- finished by its own polls.
---@param session userdata
---@param transfer userdata
function runtime.wait(session, transfer)
  if not can_wait() then
    transfer:cancel()
    error(NESTED, 0)
  end
  local controller, watch = cqueues.running(), watch_of(session)
  signal_ready(watch)
  if controller then
    return wait_in(controller, session, watch, transfer)
  end
  blocking.wait(session, transfer)
  signal_ready(watch)
end

--- See runtime/init.lua.
---@param width integer
---@param next_job fun(): function|nil
---@param failed fun(err: any)
function runtime.together(width, next_job, failed)
  local controller = cqueues.running()
  if not can_wait() then
    error(NESTED, 0)
  elseif not controller then
    return blocking.together(width, next_job, failed)
  end
  local changed = condition.new()
  local function start(job, ended)
    controller:wrap(function()
      ended(protected(job))
      changed:signal()
    end)
  end
  pool.run(width, next_job, failed, start, function(is_over)
    while not is_over() do
      changed:wait()
    end
  end)
end

--- Called after a poll outside of wait, which may have finished transfers.
---@param session userdata
function runtime.on_progress(session)
  signal_ready(watch_of(session))
end

--- Makes all waiters check their transfers.
---@param session userdata
function runtime.wake_waiters(session)
  for waiter in pairs(watch_of(session).waiting) do
    waiter.changed:signal()
  end
end

return runtime
