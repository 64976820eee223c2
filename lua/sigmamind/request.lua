--- request: logical requests. Each is one or more attempts, with the waits between them.

local core = require "sigmamind.core"
local emitter = require "sigmamind.emitter"
local errors = require "sigmamind.errors"
local new_operation = require "sigmamind.operation"
local number = require "sigmamind.number"
local options = require "sigmamind.options"
local retry = require "sigmamind.retry"
local runtime = require "sigmamind.runtime"

local request = {}

local NAP = 0.125 -- seconds after which a sleeper looks whether it is still wanted
local IDLE = 408 -- status (RFC 9110 section 15.5.9)
local NEGLECT = 1 -- seconds without a poll after which a failure may be our own

---@class sigmamind.Event
---@field name string  "request" before an attempt, "reply" or "failure" after it, "retry" before
---  a wait
---@field path string
---@field attempt integer
---@field seconds? number  how long the attempt took, or how long the wait will be
---@field status? integer
---@field bytes? integer  of the body, as they came over the wire
---@field reused? boolean  whether the connection was open already
---@field address? string  "IP:port" that was asked: the API's, or the proxy's
---@field http_version? string
---@field dns? number  seconds from the start of the attempt, as the next four; 0: did not happen
---@field connect? number
---@field tls? number
---@field first_byte? number
---@field total? number
---@field error? sigmamind.Error

--- What the requests of one client share: the session, the retry budget, a pause after a 429.
---@class sigmamind.Requests
local Requests = { __name = "sigmamind.requests" }
Requests.__index = Requests

---@param resolved table  as from options.resolve
---@return sigmamind.Requests
function request.new(resolved)
  return setmetatable({
    options = resolved,
    emit = resolved.on_event and emitter(resolved.on_event),
    budget = retry.budget(),
    paused_until = 0,
    begun = setmetatable({}, { __mode = "k" }), -- operations that nobody waits for yet
    polled_at = 0,
    session = core.session {
      max_body = resolved.max_body,
      ca_file = resolved.ca_file,
      client_cert = resolved.client_cert,
      client_key = resolved.client_key,
      proxy = resolved.proxy(),
      http_version = resolved.http_version,
      user_agent = resolved.user_agent,
    },
    decoder = core.decoder {
      null = resolved.null,
      array_mt = resolved.array_mt,
      max_depth = resolved.max_depth,
    },
  }, Requests)
end

--- Emits an event.
---@param name string
---@param operation sigmamind.Operation
---@param fields table  of the event
function Requests:tell(name, operation, fields)
  if self.emit then
    fields.name = name
    fields.path = operation.path
    fields.attempt = #operation.attempts
    self.emit(fields)
  end
end

--- Starts the exchange of an attempt.
---@param operation sigmamind.Operation
function Requests:start(operation)
  local transfer, message, kind, cause = self.session:start {
    url = self.options.base_url .. operation.resource,
    headers = { Accept = "application/json" },
    key = operation.key(),
    connect_timeout = self.options.connect_timeout,
    stall_timeout = self.options.stall_timeout,
    timeout = operation:time_limit(self.options.timeout),
  }
  operation.transfer = transfer
  operation.failure = nil
  if not transfer then
    local retryable = kind == "network"
    operation.failure =
      operation:failed { message = message, kind = kind, cause = cause, retry = retryable }
  end
end

local function wait_for_transfer(self, operation)
  local transfer = operation.transfer
  operation.host.wait(self.session, transfer)
  self.polled_at = operation.host.now()
  if not transfer:done() then
    error "sigmamind: the runtime's wait returned before transfer:done() was true"
  end
end

--- Whether nobody has polled for so long that an attempt may have failed for no other reason.
local function was_neglected(self, host)
  local limits = self.options
  local patience = math.min(NEGLECT, limits.timeout or NEGLECT, limits.connect_timeout or NEGLECT)
  return host.now() - self.polled_at >= patience
end

--- Operations that nobody waits for yet and that are under way.
local function under_way(self)
  local operations = {}
  for operation in pairs(self.begun) do
    if operation.transfer and not operation.transfer:done() then
      operations[#operations + 1] = operation
    end
  end
  return operations
end

--- Moves every transfer forward. Some may be those of others, who wait.
local function poll(self, host)
  local neglected = was_neglected(self, host) and under_way(self) or {}
  local running = self.session:poll(0)
  self.polled_at = host.now()
  for _, operation in ipairs(neglected) do
    operation.is_neglected = operation.transfer:done()
  end
  if running and host.polled then
    host.polled(self.session, running)
  end
end

local function pause(self, operation, seconds)
  seconds = math.min(seconds, retry.PAUSE_MOST)
  self.paused_until = math.max(self.paused_until, operation.host.now() + seconds)
end

--- Takes note of a 429 that came to an operation for which nobody waits yet.
local function notice_pauses(self, host)
  if next(self.begun) then
    poll(self, host)
  end
  for operation in pairs(self.begun) do
    local transfer = operation.transfer
    if transfer and transfer:done() then
      self.begun[operation] = nil
      if transfer:status() == 429 then
        pause(self, operation, (operation:retry_after() or 0) - operation:seconds_since())
      end
    end
  end
end

--- How long a 429 still holds back every request of this client, not its own alone.
---@param operation sigmamind.Operation
---@return number seconds
function Requests:pause_left(operation)
  notice_pauses(self, operation.host)
  return math.max(0, self.paused_until - operation.host.now())
end

--- Sleeps, but no longer than anybody wants the operation.
local function rest(self, operation, seconds)
  local left = seconds
  while left > 0 and not operation.cancelled and not self.closed do
    operation.host.sleep(math.min(left, NAP), self.session)
    left = left - NAP
  end
end

--- Waits until no pause is left: one may be made longer while we wait. Returns true, or nil, err
--- when that is longer than this operation, or than a client waits.
---@param operation sigmamind.Operation
---@return true|nil, sigmamind.Error|nil
function Requests:wait_for_turn(operation)
  repeat
    local wait = self:pause_left(operation)
    if wait > retry.RETRY_AFTER_MOST then
      return nil, operation:paused(wait)
    elseif wait >= operation:remaining() then
      local is_over = operation:remaining() <= 0
      return nil, is_over and operation:out_of_time() or operation:paused(wait)
    elseif wait > 0 then
      rest(self, operation, wait)
    end
  until wait == 0 or operation.cancelled or self.closed
  return true
end

--- Notes that an attempt begins.
local function announce(self, operation)
  operation.began = operation.host.now()
  local attempt = { number = #operation.attempts + 1, at = operation.began - operation.started }
  operation.attempts[attempt.number] = attempt
  self:tell("request", operation, {})
end

--- Begins the first attempt of an operation and does not wait for it: `finish` does. While the API
--- asks this client to pause, and when the deadline has passed, nothing is begun.
---@param operation sigmamind.Operation
function Requests:begin(operation)
  if self:pause_left(operation) > 0 or operation:remaining() <= 0 then
    return
  end
  announce(self, operation)
  if not operation.cancelled then -- by on_event
    self:start(operation)
    self.begun[operation] = true
    poll(self, operation.host)
  end
end

--- Waits until an attempt may be made, and notes that it begins. Returns true; nil, err where it
--- may not, of which on_event is told nothing: nothing is sent.
local function take_turn(self, operation)
  if operation.began then
    return true
  end
  local ready, err = self:wait_for_turn(operation)
  if not ready then
    return nil, err
  elseif operation.cancelled then
    return nil, operation:was_cancelled()
  end
  announce(self, operation)
  return true
end

--- The reply to the attempt that was announced, or nil, err. What was not begun is begun.
local function take_reply(self, operation)
  if operation.cancelled then -- by on_event, or while it was in flight
    return nil, operation:was_cancelled()
  elseif not operation.transfer and not operation.failure then
    self:start(operation)
  end
  if operation.failure then
    return nil, operation.failure
  end
  wait_for_transfer(self, operation)
  return operation:reply()
end

--- One attempt, its outcome noted in the operation and told to on_event.
---@param operation sigmamind.Operation
---@return userdata|nil reply, sigmamind.Error|nil
function Requests:attempt(operation)
  local record = operation.attempts[#operation.attempts]
  local reply, err = take_reply(self, operation)
  local transfer = operation.transfer
  local event = transfer and transfer:timing() or {}
  event.seconds = event.total or operation.host.now() - operation.began
  record.seconds = event.seconds
  if reply then
    record.status = reply:status()
  else
    record.status, record.kind, record.message = err.status, err.kind, err.message
    event.error = err
    operation.failed_since = transfer and operation:seconds_since() or 0
  end
  event.status, operation.reused = record.status, event.reused
  self:tell(reply and "reply" or "failure", operation, event)
  if transfer and not reply then
    transfer:close()
  end
  operation.began, operation.transfer, operation.failure = nil, nil, nil
  return reply, err
end

--- Repeats an attempt at once, and without counting it. Returns true.
local function repeat_for_free(self, operation, err, why)
  operation.attempts[#operation.attempts].decision = "repeated: " .. why
  self:tell("retry", operation, { seconds = 0, error = err })
  return true
end

--- Repeats, once, what failed because of its connection, which is not used again. Returns whether
--- it does.
local function repeat_elsewhere(self, operation, err, why)
  self.session:retire_idle()
  if operation.repeated then
    return false
  end
  operation.repeated = true
  return repeat_for_free(self, operation, err, why)
end

--- Repeats, once, what failed for lack of descriptors: clients that nobody closed hold them until
--- they are collected, and the collector knows of memory alone.
local function repeat_collected(self, operation, err)
  if operation.collected then
    return false
  end
  operation.collected = true
  collectgarbage()
  return repeat_for_free(self, operation, err, "descriptors were used up")
end

--- Attempts that were repeated for free.
local function free_repeats(operation)
  return (operation.repeated and 1 or 0) + (operation.collected and 1 or 0)
end

--- After a failure: waits and returns true, or returns false when it is final.
---@param operation sigmamind.Operation
---@param err sigmamind.Error
---@return boolean
function Requests:wait_to_retry(operation, err)
  local was_idle = err.status == IDLE and operation.reused
  if was_idle and repeat_elsewhere(self, operation, err, "the connection had been idle") then
    return true
  elseif err.cause == "descriptors" and repeat_collected(self, operation, err) then
    return true
  end
  local made = #operation.attempts
  local counted = made - free_repeats(operation) - operation:spared()
  local left, since = operation:remaining(), operation.failed_since
  local wait, decision = retry.decide(err, counted, self.options, self.budget, left, since)
  operation.attempts[made].decision = decision
  if err.kind == "rate_limit" then
    pause(self, operation, err.retry_after and err.retry_after - since or wait or 0)
  end
  if not wait then
    return false
  end
  self:tell("retry", operation, { seconds = wait, error = err })
  rest(self, operation, wait)
  return true
end

--- What was begun ahead may have failed because nobody polled, or because it belongs to the process
--- before a fork: then it is begun anew, and that attempt does not count.
local function renew_if_stale(self, operation)
  local transfer = operation.transfer
  if not transfer or operation.cancelled then
    return
  end
  poll(self, operation.host)
  self.begun[operation] = nil
  if not transfer:done() then
    return
  end
  local failure = not transfer:status() and transfer:failure()
  local stale = failure
    and (failure.kind == "cancelled" or operation.is_neglected and failure.retry)
  if stale then
    self:tell("failure", operation, { error = operation:failed(failure) })
    transfer:close()
    operation.attempts, operation.began, operation.transfer = {}, nil, nil
  end
end

--- Attempts until one succeeds or a failure is final.
---@param operation sigmamind.Operation
---@return userdata|nil reply, sigmamind.Error|nil
function Requests:finish(operation)
  renew_if_stale(self, operation)
  self.begun[operation] = nil
  local is_made, reply, err
  repeat
    is_made, err = take_turn(self, operation)
    if is_made then
      reply, err = self:attempt(operation)
    end
  until reply or not is_made or not self:wait_to_retry(operation, err)
  if reply then
    retry.refund(self.budget)
    return reply
  end
  err.attempts = operation.attempts
  return nil, err
end

local function config_error(message, path)
  return nil, errors.new { kind = "config", message = message, path = path }
end

--- When an operation that starts now must be over, by the clock of its runtime; nil: never.
function Requests:deadline()
  local host = runtime.resolve(self.options.runtime)
  return host and self.options.deadline and host.now() + self.options.deadline or nil
end

--- A request that is to be made; nothing is asked yet.
---@param path string
---@param query table<string, string|number>
---@param deadline number|nil  as from Requests:deadline
---@return sigmamind.Operation|nil, sigmamind.Error|nil
function Requests:operation(path, query, deadline)
  local host, why = runtime.resolve(self.options.runtime)
  local path_sent = self.options.base_path .. path
  if not host then
    return config_error(why, path_sent)
  end
  local key
  key, why = options.current_key(self.options.api_key)
  if not key then
    return config_error(why, path_sent)
  end
  return new_operation(path, query, host, key, deadline, self.options)
end

local function read_page(self, operation, rows, seen)
  local reply, err = self:finish(operation)
  if not reply then
    return nil, err
  end
  operation.status = reply:status()
  local page
  local body, message, kind = reply:body()
  if body then
    page, message, kind = self.decoder:page(body, rows, seen)
  end
  if not page then
    local key, way = operation.key(), operation.proxy()
    err = errors.from_body(reply, message, kind, operation.path, key, way)
    err.attempts = operation.attempts
  end
  reply:close()
  return page, err
end

--- What is wrong with the page, or nil. A connection that had an answer too many gives the answers
--- to other requests.
local function complaint(page, operation)
  local got = page:info().page
  if got and got ~= operation.number then
    return errors.new {
      kind = "protocol",
      message = ("asked for page %d, got page %s"):format(operation.number, number.text(got)),
      status = operation.status,
      path = operation.path,
      attempts = operation.attempts,
    }
  end
end

--- The page that an operation gives.
---@param operation sigmamind.Operation
---@param rows userdata|nil  a core.query of the rows that are wanted
---@param seen userdata|nil  a core.seen of the rows that are not wanted again
---@return userdata|nil page, sigmamind.Error|nil
function Requests:page(operation, rows, seen)
  while true do
    local page, err = read_page(self, operation, rows, seen)
    local wrong = page and complaint(page, operation)
    if not wrong then
      return page, err
    end
    page:close()
    if not repeat_elsewhere(self, operation, wrong, wrong.message) then
      return nil, wrong
    end
  end
end

--- Ends every exchange in flight, and all connections. Idempotent.
function Requests:close()
  local host = runtime.resolve(self.options.runtime)
  if host and host.release then
    host.release(self.session)
  end
  self.closed = true
  self.session:close()
end

return request
