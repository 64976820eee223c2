--- runtime.nginx: for nginx's Lua module. It suspends the caller and never blocks the worker.
--
-- While a session has transfers in flight, the light thread of one timer, the driver, polls it
-- every millisecond and wakes each caller whose transfer is done. It belongs to no request, so an
-- aborted request stops only itself. If no timer is available, a caller polls for itself.
--
-- An aborted request (its client disconnected and lua_check_client_abort is on, or its light thread
-- was killed) runs no more code. But nginx removes it from the semaphore that it waited on, which
-- the driver notices.

local ngx = ngx
if type(ngx) ~= "table" or not ngx.get_phase then
  error("this is not nginx with its Lua module", 0)
end

local core = require "sigmamind.core"
local pool = require "sigmamind.runtime.pool"
local semaphore = require "ngx.semaphore"

local nginx = { now = core.now }

local TICK = 0.001 -- seconds between two polls: the shortest ngx.sleep
local PATIENCE = 0.1 -- seconds without a poll after which the driver counts as lost

--- The phases in which ngx.sleep works, as ngx.get_phase calls them.
local CAN_WAIT = {
  server_rewrite = true,
  rewrite = true,
  access = true,
  content = true,
  timer = true,
  ssl_client_hello = true,
  ssl_cert = true,
  ssl_session_fetch = true,
}

--- The reason why the current phase cannot wait, or nil.
---@return string|nil
function nginx.unavailable()
  local phase = ngx.get_phase()
  if not CAN_WAIT[phase] then
    local text = "requests cannot wait in nginx's phase %s: use rewrite, access, content or a timer"
    return text:format(phase)
  end
end

--- The drivers by session. `waiting`: the transfers by the semaphore of their caller (false: it
--- sleeps); `polls`: the number of polls so far; `ticket`: identifies the current timer, until that
--- ends or counts as lost.
local drivers = setmetatable({}, { __mode = "k" })

local function driver_of(session)
  local driver = drivers[session]
  if not driver then
    driver = { waiting = {}, polls = 0 }
    drivers[session] = driver
  end
  return driver
end

--- Wakes callers whose transfer is done. A semaphore without a waiter that was not posted belongs
--- to an aborted request: its transfer is cancelled.
local function wake(driver)
  for caller, transfer in pairs(driver.waiting) do
    if transfer and transfer:done() then
      driver.waiting[caller] = nil
      caller:post()
    elseif caller:count() == 0 then
      driver.waiting[caller] = nil
      if transfer then
        transfer:cancel()
      end
    end
  end
end

--- Polls once. Returns the number of transfers in flight.
local function advance(session, driver)
  driver.polls = driver.polls + 1
  local running = session:poll(0) or 0 -- nil when it was closed, which ended all of them
  wake(driver)
  return running
end

--- Whether the driver must go on: an exiting worker still serves callers that wait.
local function is_needed(driver)
  return not ngx.worker.exiting() or next(driver.waiting) ~= nil
end

--- The light thread of the timer. It ignores `premature` (the worker exits), because the waiting
--- requests must still be served.
local function drive(_, session, driver, ticket)
  while driver.ticket == ticket and advance(session, driver) > 0 and is_needed(driver) do
    ngx.sleep(TICK)
  end
  if driver.ticket == ticket then
    driver.ticket = nil
  end
end

--- Whether the session has a driver; starts one if needed. False if no timer is available.
local function has_driver(session, driver)
  if not driver.ticket then
    local ticket = {}
    driver.ticket = ngx.timer.at(0, drive, session, driver, ticket) and ticket
  end
  return driver.ticket
end

--- Waits until the driver wakes the caller. Returns false if there is no driver: when too many
--- timers run or no connection is left, nginx silently drops a timer that it had accepted.
local function wait_for_driver(session, driver, transfer)
  local caller = assert(semaphore.new())
  driver.waiting[caller] = transfer
  while not transfer:done() and has_driver(session, driver) do
    local polls = driver.polls
    if not caller:wait(PATIENCE) and driver.polls == polls then
      driver.ticket = nil
      break
    end
  end
  driver.waiting[caller] = nil
  return transfer:done()
end

--- Called after a poll outside of wait: the driver continues the transfers in flight.
---@param session userdata
---@param running integer
function nginx.on_progress(session, running)
  if running > 0 then
    has_driver(session, driver_of(session))
  end
end

--- Suspends the caller only. If its request is aborted meanwhile, the session's driver notices.
---@param seconds number
---@param session userdata
function nginx.sleep(seconds, session)
  local driver, caller = driver_of(session), assert(semaphore.new())
  driver.waiting[caller] = false
  caller:wait(seconds)
  driver.waiting[caller] = nil
end

--- Lets the worker serve others.
---@param session userdata
function nginx.breathe(session)
  nginx.sleep(TICK, session)
end

--- Suspends the caller until the transfer is done.
---@param session userdata
---@param transfer userdata
function nginx.wait(session, transfer)
  session:poll(0) -- sends the request now: the driver may be asleep
  local driver = driver_of(session)
  if not wait_for_driver(session, driver, transfer) then
    while not transfer:done() do
      advance(session, driver)
      ngx.sleep(TICK)
    end
  end
end

--- Runs a function in a timer, which belongs to no request. Returns whether nginx accepts that.
---@param action function
---@return boolean
function nginx.spawn(action)
  return ngx.timer.at(0, function()
    action()
  end) and true or false -- before 0.10.24 it returns the number 1
end

--- Removes from `threads` one that has ended.
local function reap(threads)
  local _, ended = ngx.thread.wait(unpack(threads))
  for i, thread in ipairs(threads) do
    if thread == ended then
      return table.remove(threads, i)
    end
  end
end

--- See runtime/init.lua. The jobs are light threads of the caller. nginx keeps each that has ended
--- until it was waited for.
---@param width integer
---@param next_job fun(): function|nil
---@param failed fun(err: any)
function nginx.together(width, next_job, failed)
  local threads = {}
  local function start(job, ended)
    threads[#threads + 1] = ngx.thread.spawn(function()
      ended(pcall(job))
      return (coroutine.running())
    end)
    local status = coroutine.status(threads[#threads])
    if status == "zombie" or status == "dead" then
      reap { table.remove(threads) }
    end
  end
  pool.run(width, next_job, failed, start, function()
    reap(threads)
  end)
end

return nginx
