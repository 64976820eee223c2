--- request: one logical request: one or more attempts, with the waits between them.

local call = require "sigmamind.http.call"
local content = require "sigmamind.http.content"
local errors = require "sigmamind.errors"
local outcome = require "sigmamind.http.outcome"
local proxy = require "sigmamind.http.proxy"
local redact = require "sigmamind.redact"
local retry = require "sigmamind.http.retry"
local share = require "sigmamind.http.share"
local statuses = require "sigmamind.http.statuses"
local turn = require "sigmamind.http.turn"

local request = {}

local UNCHANGED = 304 -- status (RFC 9110 section 15.4.5)
local IDLE = 408 -- status (RFC 9110 section 15.5.9)
local LONGER = 64 -- bytes by which redacting may make a path longer
local STALE = 0.1 -- seconds; an older reply counts as having finished unobserved

---@class sigmamind.Request
---@field method string
---@field path string  as sent, with the path of base_url, and the query; but for the key
---@field runtime table
---@field deadline number  on the runtime's clock, as all times
---@field attempts table[]
---@field waited number  seconds that it has rested so far: in pauses, for its turn, before retries
---@field bytes integer  of the bodies of all attempts, as received over the wire
---@field cache? "hit"|"stale"|"miss"|"coalesced"  what the cache had; nil: it was not used
---@field age? number  seconds since its body was read from the API; nil: just now
---@field snapshot? string  the walk that its page belongs to, see http/share
---@field snapshot_age? number  seconds since that walk read it
---@field is_prefetched? boolean  whether its first attempt was sent before its page was wanted
---@field package transport sigmamind.Transport
---@field call sigmamind.http.Call
---@field limiter sigmamind.Limiter  of its key
---@field share sigmamind.Share|false  what it has in common with other readers
---@field kept sigmamind.Kept|false  what the API is asked to confirm
---@field package fields table  for session:start, the same at each attempt
---@field package is_idempotent boolean
---@field package attempts_max integer
---@field package timeout number|false  seconds for one attempt
---@field package outcome? string  of a request that is not safe: that of all attempts so far
---@field package was_sent? boolean  whether the last attempt may have been sent
---@field package started number
---@field package began number|false  the start of the current attempt
---@field package transfer userdata|false  of that attempt
---@field package failure sigmamind.Error|false  the error if that attempt could not be started
---@field package failed_since? number  seconds between the last failure and its detection
---@field package status? integer  of the last reply
---@field package reused? boolean  whether the last attempt was on an open connection
---@field package cancelled? boolean
---@field package is_awaited? boolean
---@field package stage "new"|"begun"|"taken"|"finished"  "begun": in flight, for stats; "taken":
---  send() was called, and its caller calls finish()
---@field package idle number  seconds that its prefetched reply lay unwanted; before that reply is
---  read, the age of its attempt when it was wanted
---@field package retried_elsewhere? boolean  an attempt was retried on another connection
---@field package retried_collected? boolean  an attempt was retried after a garbage collection
local Request = { __name = "sigmamind.request" }
Request.__index = Request

--- Defaults of fields that most requests never set: more than 32 in one would double its memory.
Request.stage, Request.waited, Request.bytes, Request.idle = "new", 0, 0, 0
Request.share, Request.kept = false, false

local NO_OPTIONS = {}

--- The option of this operation, else the client's.
local function choose(given, name, options)
  if given[name] ~= nil then
    return given[name]
  end
  return options[name]
end

--- The end of the operation, on the runtime's clock.
local function deadline_of(given, options, started)
  local seconds = choose(given, "deadline", options)
  return seconds and started + seconds or math.huge
end

--- The path as errors and events show it: a caller may have put the key into it. It cannot be there
--- in another spelling without a percent sign.
local function shown_path(path, key)
  local may_hold_key = path:find(key, 1, true) or path:find("%", 1, true)
  return may_hold_key and redact(path, { key }, #path + LONGER) or path
end

--- Sends nothing yet. Only Transport:request calls it.
---@param transport sigmamind.Transport
---@param given sigmamind.http.Call
---@param host table  the runtime
---@param key string
---@param deadline number|nil  on the runtime's clock; default: now plus the option
---@return sigmamind.Request
function request.new(transport, given, host, key, deadline)
  local options, started = transport.options, host.now()
  local own = given.options or NO_OPTIONS
  local fields = call.start_fields(given, options.base_url)
  local limiter = transport:limiter(key)
  local timeout = choose(own, "timeout", call.has_file(given) and options.for_files or options)
  return setmetatable({
    transport = transport,
    call = given,
    fields = fields,
    method = given.method or "GET",
    path = shown_path(options.base_path .. fields.url:sub(#options.base_url + 1), key),
    limiter = limiter,
    share = share.of(options, given, limiter, fields, timeout),
    is_idempotent = call.is_idempotent(given),
    attempts_max = choose(own, "attempts", options),
    timeout = timeout,
    runtime = host,
    key = function() -- so that no dump shows it
      return key
    end,
    started = started,
    deadline = deadline or deadline_of(own, options, started),
    attempts = {},
    is_prefetched = false,
    began = false,
    transfer = false,
    failure = false,
    failed_since = 0,
    reused = false,
    outcome = false,
    was_sent = false,
    cancelled = false,
    is_awaited = false,
    retried_elsewhere = false,
    retried_collected = false,
  }, Request)
end

-- == Errors ===========================================================================

local function reporter(self)
  local options = self.transport.options
  local way = proxy.find(options.proxy(), options.base_url)
  return errors.reporter(self.method, self.path, self.key(), way)
end

--- An error of this request, with its method and path.
---@param fields table  see errors.new
---@return sigmamind.Error
function Request:error(fields)
  fields.method, fields.path = self.method, self.path
  return errors.new(fields)
end

--- The error for a successful reply with an invalid body.
---@param message string
---@return sigmamind.Error
function Request:protocol_error(message)
  return self:error {
    kind = "protocol",
    message = message,
    status = self.status,
    attempts = self.attempts,
  }
end

local function cancelled_error(self)
  return self:error { kind = "cancelled", message = "the request was cancelled" }
end

--- The reply's Retry-After in seconds, or nil.
local function retry_after(transfer)
  return retry.after(transfer:header "retry-after", transfer:header "date")
end

--- Seconds since the transfer finished; 0 unless it finished unobserved.
local function seconds_since(self, transfer)
  local seconds = self.runtime.now() - self.began - transfer:timing().total
  return seconds > STALE and seconds or 0
end

--- The error of an attempt without a reply.
local function failure_error(self, failure)
  local err = reporter(self):failure(failure)
  local is_proxys = failure.cause == "proxy_limit" or failure.cause == "proxy_failed"
  err.retry_after = is_proxys and retry_after(self.transfer) or nil
  return err
end

-- == One attempt ======================================================================

--- What is counted at an event.
local COUNTS = { request = "attempts", retry = "retries" }

local function emit(self, name, fields)
  if COUNTS[name] then
    self.transport.stats:add(COUNTS[name], 1)
  end
  if self.transport.emit then
    fields.name, fields.attempt = name, #self.attempts
    fields.method, fields.path = self.method, self.path
    self.transport.emit(fields)
  end
end

--- Seconds left until the deadline.
local function remaining(self)
  return self.deadline - self.runtime.now()
end

--- An attempt's time limit in seconds: its timeout, or less if the deadline is nearer.
local function time_limit(self)
  local timeout, left = self.timeout, remaining(self)
  if left == math.huge then
    return timeout
  end
  return math.min(timeout or math.huge, math.max(left, 0.001))
end

--- Counts it as in flight, until finish().
function Request:begin()
  if self.stage == "new" then
    self.stage = "begun"
    self.transport.stats:begin(self)
  end
end

--- Records an attempt and emits its "request".
local function announce(self)
  self:begin()
  self.began = self.runtime.now()
  local attempt = { number = #self.attempts + 1, at = self.began - self.started }
  self.attempts[attempt.number] = attempt
  local is_shown = self.transport.wants_content
  emit(self, "request", is_shown and content.of_request(self.fields, reporter(self).clean) or {})
end

--- Starts the transfer of an attempt, or sets `failure`.
local function start(self)
  local options, fields = self.transport.options, self.fields
  local refusal = call.refusal(self.call)
  if refusal then
    self.transfer, self.failure = false, failure_error(self, refusal)
    return
  end
  local transfer, message, kind, cause = self.transport.session:start {
    url = fields.url,
    method = fields.method,
    headers = fields.headers,
    body = fields.body,
    form = fields.form,
    exclusive = fields.exclusive,
    key = self.key(),
    connect_timeout = options.connect_timeout,
    stall_timeout = options.stall_timeout,
    timeout = time_limit(self),
  }
  self.transfer, self.failure = transfer or false, false
  if not transfer then
    local failure = { message = message, kind = kind, cause = cause, retry = kind == "network" }
    self.failure = failure_error(self, failure)
  end
end

--- Whether a 404 shows that an earlier attempt, which got no reply, has deleted the resource.
local function is_deleted_before(self, status)
  return status == 404 and self.method == "DELETE" and self.outcome and self.outcome ~= "not_done"
end

--- The finished transfer, if its reply is a success; else nil, err.
local function reply_of(self, transfer)
  local status = transfer:status()
  if status and statuses.is_success(status) or is_deleted_before(self, status) then
    return transfer
  elseif status == UNCHANGED and self.kept then
    return transfer
  elseif not status then
    local failure = transfer:failure()
    failure.address = transfer:timing().address
    return nil, failure_error(self, failure)
  end
  local err = reporter(self):reply(transfer, self.call.missing)
  err.retry_after = retry_after(transfer)
  return nil, err
end

--- Starts the announced attempt unless it was sent ahead, and waits for its reply. Returns nil, err
--- unless that is a success.
local function await_reply(self)
  if self.cancelled then -- by on_event, or while it was in flight
    return nil, cancelled_error(self)
  elseif not self.transfer and not self.failure then
    start(self)
  end
  if self.failure then
    return nil, self.failure
  end
  self.transport:wait(self.runtime, self.transfer)
  return reply_of(self, self.transfer)
end

--- Adds the outcome of a failed attempt to that of the request, unless it is safe.
local function note_outcome(self, err, transfer)
  self.was_sent = transfer and transfer:sent() or false
  if not call.is_safe(self.method) then
    self.outcome = outcome.worse(self.outcome, outcome.of(err.status, self.was_sent))
    errors.set_outcome(err, self.outcome)
  end
end

--- Completes the error of a request that is not retried.
local function settle(self, err)
  if not call.is_safe(self.method) then
    errors.set_outcome(err, self.outcome or "not_done")
    err.retryable = err.retryable and err.outcome == "not_done"
  end
  err.attempts = self.attempts
end

--- Adds the bytes of a finished transfer, and the time that it lay unwanted.
local function note_transfer(self, timing)
  self.bytes = self.bytes + timing.bytes
  if self.idle > 0 and #self.attempts == 1 then
    self.idle = math.max(0, self.idle - timing.total)
  end
end

--- Completes an attempt; records and emits its outcome.
---@return userdata|nil transfer, sigmamind.Error|nil
local function attempt(self)
  local record = self.attempts[#self.attempts]
  local done, err = await_reply(self)
  local transfer = self.transfer
  local event = transfer and transfer:timing() or {}
  if transfer then
    note_transfer(self, event)
  end
  event.seconds = event.total or self.runtime.now() - self.began
  record.seconds = event.seconds
  if done then
    record.status = done:status()
  else
    record.status, record.kind, record.message = err.status, err.kind, err.message
    event.error = err
    self.failed_since = transfer and seconds_since(self, transfer) or 0
    note_outcome(self, err, transfer)
  end
  event.status, self.status, self.reused = record.status, record.status, event.reused
  if self.transport.wants_content and transfer then
    content.add_reply(event, transfer, reporter(self).clean)
  end
  emit(self, done and "reply" or "failure", event)
  if transfer and not done then
    transfer:close()
  end
  self.began, self.transfer, self.failure = false, false, false
  return done, err
end

-- == Between attempts =================================================================

--- Seconds left until the deadline.
---@return number
function Request:left()
  return remaining(self)
end

--- Seconds left of the pause of its key.
---@return number
function Request:pause_left()
  return (self.transport:pause_left(self.limiter, self.runtime))
end

--- Suspends the reader, until the deadline at most. If others wait for what it fetches, it keeps
--- the lock.
---@param seconds number
function Request:rest(seconds)
  local left = math.min(seconds, math.max(0, remaining(self)))
  local step = self.share and self.share:renewal() or math.huge
  while left > step and not self:is_over() do
    self.transport:rest(self.runtime, step, self)
    self.share:renew()
    left = left - step
  end
  self.transport:rest(self.runtime, left, self)
end

--- Suspends the caller, whatever has become of the request.
---@param seconds number
function Request:sleep(seconds)
  self.transport:rest(self.runtime, seconds)
end

--- Whether its reader wants no answer any more.
---@return boolean
function Request:is_over()
  return self.cancelled or self.transport:is_closed() or remaining(self) <= 0
end

--- The error of a request that is over before it was sent.
---@return sigmamind.Error
function Request:over_error()
  if self.cancelled then
    return cancelled_error(self)
  elseif self.transport:is_closed() then
    return self:error { kind = "closed", message = "the client was closed" }
  end
  return self:error { kind = "timeout", message = "the deadline has passed" }
end

--- Waits until an attempt may be made, and announces it. Returns true; nil, err if none may be
--- made: then nothing is sent, so no event is emitted.
local function take_turn(self)
  if self.began then
    return true
  end
  local ready, err = turn.wait(self)
  if not ready then
    return nil, err
  elseif self.cancelled then
    return nil, cancelled_error(self)
  end
  announce(self)
  return true
end

--- Lets the attempt be retried at once and not count. Returns true.
local function retry_for_free(self, err, why)
  local decision = "retried: " .. why
  self.attempts[#self.attempts].decision = decision
  emit(self, "retry", { seconds = 0, error = err, decision = decision })
  return true
end

--- Lets an attempt that failed because of its connection be retried on another connection, once.
---@param err sigmamind.Error
---@param why string
---@return boolean  whether it will be retried
function Request:retry_elsewhere(err, why)
  self.transport.session:retire_idle()
  if self.retried_elsewhere then
    return false
  end
  self.retried_elsewhere = true
  return retry_for_free(self, err, why)
end

--- Lets an attempt that failed for lack of file descriptors be retried once, after a full garbage
--- collection: clients that were never closed hold descriptors, and the collector only counts
--- memory. Returns whether it will be retried.
local function retry_collected(self, err)
  if self.retried_collected then
    return false
  end
  self.retried_collected = true
  collectgarbage()
  return retry_for_free(self, err, "no file descriptor was free")
end

--- The number of attempts that do not count: those retried for free, and the first if it was sent
--- ahead and refused by a limit, because without prefetch it would not have been sent at that time.
local function uncounted(self)
  return (self.retried_elsewhere and 1 or 0)
    + (self.retried_collected and 1 or 0)
    + (self.is_prefetched and statuses.is_refusal(self.attempts[1].status) and 1 or 0)
end

--- Whether it may be sent again after that failure: the server must not act on it twice.
local function may_send_again(self, err)
  return self.is_idempotent or not self.was_sent or err.status == statuses.RATE_LIMIT
end

--- After a failure: waits and returns true if it is to be retried, else returns false.
---@param err sigmamind.Error
---@return boolean
local function wait_to_retry(self, err)
  local is_allowed = may_send_again(self, err)
  local was_idle = err.status == IDLE and self.reused and self.is_idempotent
  if was_idle and self:retry_elsewhere(err, "the connection had been idle") then
    return true
  elseif err.cause == "descriptors" and is_allowed and retry_collected(self, err) then
    return true
  end
  local made = #self.attempts
  local counted = made - uncounted(self)
  local left, since = remaining(self), self.failed_since
  local wait, decision = nil, "not retried: the request is not idempotent"
  if is_allowed or not err.retryable then
    wait, decision =
      retry.decide(err, counted, self.attempts_max, self.limiter.budget, left, since)
  end
  self.attempts[made].decision = decision
  if err.kind == "rate_limit" then
    self.transport.stats:pause "reply"
    self.limiter:pause(err.retry_after and err.retry_after - since or wait or 0, self.runtime)
  end
  if not wait then
    settle(self, err)
    emit(self, "give_up", { error = err, decision = decision })
    return false
  end
  emit(self, "retry", { seconds = wait, error = err, decision = decision })
  self:rest(wait)
  return true
end

-- == The whole request ================================================================

--- Prefetch: sends the first attempt without waiting for its reply. Does nothing while a 429 pauses
--- this client, where it would have to wait for its turn, or after the deadline.
function Request:prefetch()
  if not turn.take(self) then
    return
  end
  announce(self)
  self.is_prefetched = true
  if self.share then
    self.share:note_generation()
  end
  if not self.cancelled then -- by on_event
    start(self)
    self.transport:watch(self, self.runtime)
  end
end

---@return boolean
function Request:is_begun()
  return self.began ~= false
end

--- Whether the attempt in flight has finished.
---@return boolean
function Request:is_done()
  return self.transfer and self.transfer:done()
end

--- Whether the server refused an attempt with a 429 or 503, as far as is known.
---@return boolean
function Request:was_refused()
  for _, each in ipairs(self.attempts) do
    if statuses.is_refusal(each.status) then
      return true
    end
  end
  return self:is_done() and statuses.is_refusal(self.transfer:status())
end

--- Seconds left of the wait that an unread 429 asks of the client.
---@return number
function Request:pause_required()
  local transfer = self.transfer
  local seconds = transfer:status() == statuses.RATE_LIMIT and retry_after(transfer)
  return seconds and seconds - seconds_since(self, transfer) or 0
end

--- Discards an attempt that was sent ahead and got no reply, so that it is made anew and does not
--- count: it may have failed because nobody polled, or because a fork left it to the parent.
local function renew_if_failed(self)
  if not self.transfer or self.cancelled then
    return
  end
  self.transport:poll(self.runtime)
  local failure = self:is_done() and not self.transfer:status() and self.transfer:failure()
  if failure and (failure.retry or failure.kind == "cancelled") then
    local event = self.transfer:timing()
    event.seconds, event.error = event.total, failure_error(self, failure)
    note_transfer(self, event)
    emit(self, "failure", event)
    self.transfer:close()
    self.attempts, self.began, self.transfer = {}, false, false
  end
end

--- Lets no cache return what a write has changed: before it is sent, because it may be interrupted,
--- and after its end, for what was read meanwhile. Its outcome does not matter: unknown is enough.
local function note_write(self)
  local store = self.transport.options.guard
  if store and not call.is_safe(self.method) and #self.attempts > 0 then
    share.invalidate(store, self.limiter, self.call.path)
  end
end

--- What others have to know before an attempt is sent.
local function prepare(self)
  note_write(self)
  if self.share then
    self.share:renew()
  end
end

--- Makes attempts until one succeeds or a failure is final.
local function complete(self)
  if self.is_prefetched then
    renew_if_failed(self)
    self.idle = self.transfer and self.runtime.now() - self.began or 0
    self.limiter:unwatch(self)
  end
  local is_made, transfer, err
  repeat
    is_made, err = take_turn(self)
    if is_made then
      prepare(self)
      transfer, err = attempt(self)
    end
  until transfer or not is_made or not wait_to_retry(self, err)
  note_write(self)
  if transfer then
    retry.refund(self.limiter.budget)
    return transfer
  end
  settle(self, err)
  return nil, err
end

--- Sends the request unless it was prefetched, and waits for a successful reply.
---@return userdata|nil transfer  finished
---@return sigmamind.Error|nil
function Request:send()
  self:begin()
  self.is_awaited, self.stage = true, "taken"
  local transfer, err = complete(self)
  self.is_awaited = false
  return transfer, err
end

--- The error for a successful reply whose body is unusable. Closes the transfer.
---@param transfer userdata
---@param message string
---@param kind string
---@return sigmamind.Error
function Request:body_error(transfer, message, kind)
  local err = reporter(self):body(transfer, message, kind)
  err.attempts = self.attempts
  if not call.is_safe(self.method) then
    errors.set_outcome(err, "done")
  end
  transfer:close()
  return err
end

-- == Reading with others ==============================================================

--- Asks the API whether what was kept is still valid (RFC 9110 section 13.1).
---@param kept sigmamind.Kept
function Request:revalidate(kept)
  local headers, before = {}, kept:headers()
  for name, value in pairs(self.fields.headers) do
    headers[name] = value
  end
  headers["If-None-Match"] = before.etag
  headers["If-Modified-Since"] = not before.etag and before["last-modified"] or nil
  self.kept, self.fields.headers = kept, headers
end

--- The reply of a finished transfer: what was kept, if that is still valid.
---@param transfer userdata
---@return userdata|sigmamind.Kept
function Request:source(transfer)
  return transfer:status() == UNCHANGED and self.kept or transfer
end

--- Lets other readers have a reply whose body is sound.
---@param transfer userdata
function Request:keep(transfer)
  if self.share then
    self.snapshot, self.cache = self.share:keep(self, self:source(transfer), self.idle)
  end
end

--- The same request without the deadline of its reader; nil, err.
---@return sigmamind.Request|nil, sigmamind.Error|nil
function Request:again()
  local given = {}
  for name, value in pairs(self.call) do
    given[name] = value
  end
  return self.transport:request(given, math.huge, self.key())
end

--- Asks in place of its reader, for all who wait for that.
---@param reader sigmamind.Request
function Request:share_in_place_of(reader)
  if reader.kept then
    self:revalidate(reader.kept)
  end
  self.share:take_over(reader.share)
end

--- Whether it may make more attempts than another has made.
---@param made integer
---@return boolean
function Request:may_try(made)
  return made < self.attempts_max
end

--- Records that its reader gets what another request got.
---@param how "hit"|"stale"|"coalesced"
---@param kept sigmamind.Kept
function Request:serve(how, kept)
  self.cache, self.age, self.status = how, kept.age, kept:status()
  self.snapshot, self.snapshot_age = kept.snapshot, kept.snapshot_age
end

-- == Its end ==========================================================================

--- The name of its declaration, or "request".
---@return string
function Request:resource()
  return self.call.resource or "request"
end

--- Ends the request, once: counts it, and emits its "done".
---@param err sigmamind.Error|nil  why it failed
function Request:finish(err)
  if self.stage == "finished" then
    return
  end
  self.stage = "finished"
  local transport, status = self.transport, self.status
  if err then
    status = err.status
  end
  local seconds = self.runtime.now() - self.started - self.idle
  transport.stats:finish(self, seconds, status, err and err.kind)
  if transport.emit then
    emit(self, "done", {
      resource = self:resource(),
      seconds = seconds,
      waited = self.waited,
      status = status,
      bytes = self.bytes,
      error = err,
      cache = self.cache,
      age = self.age,
    })
  end
end

--- Whether nobody will end it: nginx has cancelled its transfer, because the light thread that
--- waited for it has ended.
---@return boolean
function Request:is_lost()
  local transfer = self.is_awaited and not self.cancelled and self.transfer
  local failure = transfer and transfer:done() and not transfer:status() and transfer:failure()
  return failure and failure.kind == "cancelled" and not self.transport:is_closed()
end

--- Ends a request that is cancelled and that nobody waits for any more.
function Request:finish_cancelled()
  local err = cancelled_error(self)
  settle(self, err)
  self:finish(err)
end

--- Cancels the attempt in flight, and wakes the coroutine that waits for it.
function Request:cancel()
  self.cancelled = true
  if self.transfer then
    self.transfer:cancel()
  end
  if self.stage == "begun" then -- else its caller has it, or nobody has seen anything of it
    self:finish_cancelled()
  end
  if self.is_awaited then
    self.transport:wake_waiters(self.runtime)
  end
end

return request
