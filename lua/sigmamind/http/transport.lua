--- transport: the state that all requests of one client share: the session, the retry budget, the
--- pause after a 429, and the event emitter.

local core = require "sigmamind.core"
local emitter = require "sigmamind.http.emitter"
local errors = require "sigmamind.errors"
local request = require "sigmamind.http.request"
local retry = require "sigmamind.http.retry"
local runtime = require "sigmamind.runtime"

local transport = {}

---@class sigmamind.Transport
---@field options table  as from options.resolve
---@field session userdata
---@field decoder userdata
---@field budget table  of retries
---@field emit? fun(event: sigmamind.Event)
---@field closed? boolean
local Transport = { __name = "sigmamind.transport" }
Transport.__index = Transport

---@param resolved table  as from options.resolve
---@return sigmamind.Transport
function transport.new(resolved)
  return setmetatable({
    options = resolved,
    emit = resolved.on_event and emitter.new(resolved.on_event),
    budget = retry.budget(),
    paused_until = 0,
    unawaited = setmetatable({}, { __mode = "k" }), -- prefetches that nobody waits for yet
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
  }, Transport)
end

--- A logical request; nothing is sent yet. Its runtime, deadline and key are fixed here.
---@param path string
---@param query table<string, string|number>
---@param deadline number|nil  on the runtime's clock; default: now plus the client's option
---@return sigmamind.Request|nil, sigmamind.Error|nil
function Transport:request(path, query, deadline)
  local resolved, key = self.options, nil
  local host, why = runtime.resolve(resolved.runtime)
  if host then
    key, why = resolved.api_key()
  end
  if not key then
    return nil, errors.new { kind = "config", message = why, path = resolved.base_path .. path }
  end
  return request.new(self, path, query, host, key, deadline)
end

-- == The session ======================================================================

--- Suspends the caller until the transfer is done.
---@param host table  the runtime
---@param transfer userdata
function Transport:wait(host, transfer)
  host.wait(self.session, transfer)
  if not transfer:done() then
    error "sigmamind: the runtime's wait returned before transfer:done() was true"
  end
end

--- Polls the session and notifies the runtime, because other coroutines' transfers may have
--- finished.
---@param host table
function Transport:poll(host)
  local running = self.session:poll(0)
  if running and host.on_progress then
    host.on_progress(self.session, running)
  end
end

--- Wakes all waiting coroutines, so that they notice a cancelled request.
---@param host table
function Transport:wake_waiters(host)
  if host.wake_waiters then
    host.wake_waiters(self.session)
  end
end

--- Cancels every transfer in flight, and closes all connections. Idempotent.
function Transport:close()
  local host = runtime.resolve(self.options.runtime)
  if host then
    self:wake_waiters(host)
  end
  self.closed = true
  self.session:close()
end

-- == The pause after a 429 ============================================================

--- Pauses every request of this client.
---@param seconds number
---@param host table
function Transport:pause(seconds, host)
  seconds = math.min(seconds, retry.PAUSE_MAX)
  self.paused_until = math.max(self.paused_until, host.now() + seconds)
end

--- Watches a prefetch that nobody waits for yet: its reply may be a 429, which pauses the client.
---@param watched sigmamind.Request
---@param host table
function Transport:watch(watched, host)
  self.unawaited[watched] = true
  self:poll(host)
end

---@param watched sigmamind.Request
function Transport:unwatch(watched)
  self.unawaited[watched] = nil
end

--- Seconds left of this client's pause.
---@param host table
---@return number seconds
function Transport:pause_left(host)
  if next(self.unawaited) then
    self:poll(host)
  end
  for watched in pairs(self.unawaited) do
    if watched:is_done() then
      self.unawaited[watched] = nil
      self:pause(watched:pause_asked(), host)
    end
  end
  return math.max(0, self.paused_until - host.now())
end

return transport
