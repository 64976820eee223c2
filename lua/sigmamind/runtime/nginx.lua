--- runtime.nginx: for nginx's Lua module. It suspends the caller and never blocks the worker.
--
-- While a session has transfers in flight, the light thread of one timer polls it every millisecond
-- and wakes each caller whose transfer is done. It belongs to no request, so a request that is
-- broken off stops nothing but itself. When no timer can be had, a caller polls for itself.
--
-- A request that is broken off (its client went away and lua_check_client_abort is on, or its light
-- thread was killed) runs no more code. But nginx takes it off the semaphore on which it waited,
-- and by that the driver knows.

local ngx = ngx
if type(ngx) ~= "table" or not ngx.get_phase then
  error("this is not nginx with its Lua module", 0)
end

local core = require "sigmamind.core"
local semaphore = require "ngx.semaphore"

local nginx = { now = core.now }

local TICK = 0.001 -- seconds between two polls, the least that ngx.sleep can
local PATIENCE = 0.1 -- seconds without a poll after which the driver is given up

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

--- Why nothing can wait where the caller is, or nil.
---@return string|nil
function nginx.unavailable()
  local phase = ngx.get_phase()
  if not CAN_WAIT[phase] then
    local text = "nothing can wait in nginx's phase %s; ask in rewrite, access, content or a timer"
    return text:format(phase)
  end
end

--- What belongs to a session: `waiting`, the transfers by the semaphore that wakes who waits for
--- them (false: who sleeps); `polls`, how often it was polled; `ticket`, which a driver holds until
--- it ends or is given up.
local drivers = setmetatable({}, { __mode = "k" })

local function driver_of(session)
  local driver = drivers[session]
  if not driver then
    driver = { waiting = {}, polls = 0 }
    drivers[session] = driver
  end
  return driver
end

--- Wakes callers whose transfer is done. A semaphore that counts no one although nobody was woken
--- is that of a request that was broken off.
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

--- Polls once. Returns how many transfers are in flight.
local function advance(session, driver)
  driver.polls = driver.polls + 1
  local running = session:poll(0) or 0 -- nil when it was closed, which ended all of them
  wake(driver)
  return running
end

--- Whether the worker may not exit yet on our account: somebody waits.
local function is_needed(driver)
  return not ngx.worker.exiting() or next(driver.waiting) ~= nil
end

--- The light thread of the timer. A timer that comes early because the worker exits (`premature`)
--- has the same to do: the requests that wait are still to be answered.
local function drive(_, session, driver, ticket)
  while driver.ticket == ticket and advance(session, driver) > 0 and is_needed(driver) do
    ngx.sleep(TICK)
  end
  if driver.ticket == ticket then
    driver.ticket = nil
  end
end

--- Whether the session has a driver; starts one if need be. False where timers are used up.
local function has_driver(session, driver)
  if not driver.ticket then
    local ticket = {}
    driver.ticket = ngx.timer.at(0, drive, session, driver, ticket) and ticket
  end
  return driver.ticket
end

--- Waits to be woken by the driver. Returns false when there is none: nginx drops a timer that it
--- took when too many run, or when it has no connection left, and does not say so.
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

--- Somebody polled who does not wait: what is in flight goes on without them.
---@param session userdata
---@param running integer
function nginx.on_progress(session, running)
  if running > 0 then
    has_driver(session, driver_of(session))
  end
end

--- Suspends the caller only. If it is broken off meanwhile, the session's driver finds out.
---@param seconds number
---@param session userdata
function nginx.sleep(seconds, session)
  local driver, caller = driver_of(session), assert(semaphore.new())
  driver.waiting[caller] = false
  caller:wait(seconds)
  driver.waiting[caller] = nil
end

--- Suspends the caller until the transfer is done.
---@param session userdata
---@param transfer userdata
function nginx.wait(session, transfer)
  session:poll(0) -- the driver may be asleep: so the request goes out now
  local driver = driver_of(session)
  if not wait_for_driver(session, driver, transfer) then
    while not transfer:done() do
      advance(session, driver)
      ngx.sleep(TICK)
    end
  end
end

return nginx
