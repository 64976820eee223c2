--- runtime.cqueues: for programs on cqueues controllers. Outside one it blocks.
--
-- Several coroutines may wait for transfers of one session. One of them in each controller, the
-- driver, waits for the session's descriptor and polls the session; the others wait for conditions
-- of their own, so that none is woken for nothing. The driver signals those
-- whose transfers are done; when its own is, it signals another, which takes its place.
--
-- What a coroutine yields goes to who resumed it. Where that is not the controller, but a function
-- that reads a generator for instance, it would take for its own what the controller is to get.

local auxlib = require "cqueues.auxlib"
local blocking = require "sigmamind.runtime.blocking"
local condition = require "cqueues.condition"
local core = require "sigmamind.core"
local cqueues = require "cqueues"
local frames = require "sigmamind.runtime.frames"
local socket = require "cqueues.socket"

local runtime = { now = core.now }

local NESTED = 'sigmamind: with runtime = "cqueues", requests are made in functions that were '
  .. "given to controller:wrap, not in coroutines that they make"

local INTERVAL = 0.01 -- seconds between polls where the system has no single descriptor

--- A bound, in seconds, on how late a driver notices that a transfer was ended without a poll of
--- the session and without runtime.wake_waiters.
local PATIENCE = 1

---@class sigmamind.cqueues.Waiter
---@field transfer userdata
---@field controller table
---@field changed table  the condition that it waits for

--- Those who wait for transfers of one session. A controller that is dropped takes them with it.
---@class sigmamind.cqueues.Watch
---@field waiting table<sigmamind.cqueues.Waiter, true>
---@field drivers table<table, thread>  of each controller

---@type table<userdata, sigmamind.cqueues.Watch>
local watches = setmetatable({}, { __mode = "k" })

--- Whether what is yielded here gets to the controller: it resumed this coroutine, or the program
--- has put cqueues' own functions in place of Lua's, which pass on what is for the controller.
local function can_wait()
  local controller, is_direct = cqueues.running()
  local passes_on = coroutine.wrap == auxlib.wrap and coroutine.resume == auxlib.resume
  return not controller or is_direct or passes_on
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

--- Signals those whose transfers are done.
local function tell(watch)
  for waiter in pairs(watch.waiting) do
    if waiter.transfer:done() then
      waiter.changed:signal()
    end
  end
end

--- What the driver waits for. A controller keeps its own record of each descriptor that it polls,
--- and fails when one is closed behind its back: so it is given a duplicate that is ours to close.
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

--- Another of the controller's coroutines becomes its driver. All are told: one that could not wait
--- is among them until it is collected.
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
    tell(watch)
  end
  close()
  watch.drivers[waiter.controller] = nil
  hand_over(watch, waiter.controller)
end

--- Whether another coroutine drives. On plain Lua 5.1 one that cannot yield, because it is inside
--- `for ... in`, fails in the midst of driving.
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
      waiter.changed:wait(PATIENCE) -- lest the driver could not wait
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
  end
  cqueues.sleep(seconds)
end

--- Returns when transfer:done() is true. Transfers of others that the caller polled to their end
--- on its way here are seen to as well.
---@param session userdata
---@param transfer userdata
function runtime.wait(session, transfer)
  if not can_wait() then
    transfer:cancel()
    error(NESTED, 0)
  end
  local controller, watch = cqueues.running(), watch_of(session)
  tell(watch)
  if controller then
    return wait_in(controller, session, watch, transfer)
  end
  blocking.wait(session, transfer)
  tell(watch)
end

--- Wakes those whose transfers are done: the caller polled outside of wait.
---@param session userdata
function runtime.on_progress(session)
  tell(watch_of(session))
end

--- Has those who wait look at their transfers again.
---@param session userdata
function runtime.wake_waiters(session)
  for waiter in pairs(watch_of(session).waiting) do
    waiter.changed:signal()
  end
end

return runtime
