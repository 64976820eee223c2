--- transport: the state that all requests of one client share: the session, the limiters, and the
--- event emitter. A client of client:with shares the session, and with the same key the limiter.

local call = require "sigmamind.http.call"
local core = require "sigmamind.core"
local emitter = require "sigmamind.http.emitter"
local errors = require "sigmamind.errors"
local limiter = require "sigmamind.http.limiter"
local request = require "sigmamind.http.request"
local runtime = require "sigmamind.runtime"
local stats = require "sigmamind.http.stats"

local transport = {}

local NAP = 0.125 -- seconds; max delay until a sleeper notices that it was cancelled
local KEYS_MAX = 64 -- keys of one session whose limits are remembered

---@class sigmamind.Transport
---@field options table  as from options.resolve
---@field session userdata
---@field decoder userdata
---@field stats sigmamind.Counter
---@field emit? fun(event: sigmamind.Event)
---@field wants_content? boolean  whether events are to have headers and bodies
---@field package shared table  by all clients of the session: {closed, limiters, keys}; limiters:
---  by digest of their key; keys: their number
local Transport = { __name = "sigmamind.transport" }
Transport.__index = Transport

local function new_session(resolved)
  return core.session {
    max_body = resolved.max_body,
    ca_file = resolved.ca_file,
    client_cert = resolved.client_cert,
    client_key = resolved.client_key,
    proxy = resolved.proxy(),
    http_version = resolved.http_version,
    user_agent = resolved.user_agent,
  }
end

---@param resolved table  as from options.resolve
---@param parent sigmamind.Transport|nil  that shares its session
---@return sigmamind.Transport
function transport.new(resolved, parent)
  return setmetatable({
    options = resolved,
    emit = resolved.on_event and emitter.new(resolved.on_event),
    wants_content = type(resolved.on_event) == "table" and resolved.on_event.wants_content,
    session = parent and parent.session or new_session(resolved),
    shared = parent and parent.shared or { closed = false, limiters = {}, keys = 0 },
    stats = parent and parent.stats or stats.new(),
    decoder = core.decoder {
      null = resolved.null,
      array_mt = resolved.array_mt,
      max_depth = resolved.max_depth,
    },
  }, Transport)
end

--- The limiter of a key. It is found by a digest, so that no dump shows the key.
---@param key string
---@return sigmamind.Limiter
function Transport:limiter(key)
  local shared, account = self.shared, core.sha256(self.options.base_url .. "\n" .. key):sub(1, 32)
  local found = shared.limiters[account]
  if not found then
    if shared.keys == KEYS_MAX then -- keys that a function replaces again and again
      shared.limiters, shared.keys = {}, 0
    end
    found = limiter.new(self.options, account)
    shared.limiters[account], shared.keys = found, shared.keys + 1
  end
  return found
end

--- A logical request; nothing is sent yet. Its runtime, deadline and key are fixed here.
---@param given sigmamind.http.Call
---@param deadline number|nil  on the runtime's clock; default: now plus the option
---@param key string|nil  default: the option's
---@return sigmamind.Request|nil, sigmamind.Error|nil
function Transport:request(given, deadline, key)
  local resolved = self.options
  local host, why = runtime.resolve(resolved.runtime)
  if not host then
    key = nil
  elseif not key then
    key, why = resolved.api_key()
  end
  if not key then
    local method = given.method or "GET"
    return nil, errors.new {
      kind = "config",
      message = why,
      method = method,
      path = resolved.base_path .. call.resource(given.path, given.query),
      outcome = not call.is_safe(method) and "not_done" or nil,
    }
  end
  return request.new(self, given, host, key, deadline)
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

--- Sleeps, in slices, until the time is over, its owner is cancelled or the client is closed.
---@param host table
---@param seconds number
---@param owner? {cancelled: boolean, waited?: number}  to `waited` the seconds are added
function Transport:rest(host, seconds, owner)
  local began, left = host.now(), seconds
  while left > 0 and not (owner and owner.cancelled) and not self:is_closed() do
    host.sleep(math.min(left, NAP), self.session)
    left = left - NAP
  end
  if owner and owner.waited then
    owner.waited = owner.waited + host.now() - began
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
  self.shared.closed = true
  self.session:close()
end

---@return boolean
function Transport:is_closed()
  return self.shared.closed
end

-- == The pause after a 429 ============================================================

--- Watches a prefetch that nobody waits for yet: its reply may be a 429, which pauses the client.
---@param watched sigmamind.Request
---@param host table
function Transport:watch(watched, host)
  watched.limiter:watch(watched)
  self:poll(host)
end

--- Seconds left of the pause of a key.
---@param limits sigmamind.Limiter
---@param host table
---@return number seconds
function Transport:pause_left(limits, host)
  if limits:is_watching() then
    self:poll(host)
  end
  local left, is_anothers = limits:pause_left(host)
  if is_anothers then
    self.stats:pause "shared"
  end
  return left
end

return transport
