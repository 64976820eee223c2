--- share: what one GET has in common with other readers: the cache, and the fetch of the same thing
--- at the same time. Everything here may be missing or fail: then the request is sent.
--
-- A walk must not mix pages of different moments: rows that moved between two of them would be
-- missed, or come twice. So each page that is kept belongs to a snapshot, the walk that read it,
-- and a reader who has begun with one snapshot takes pages of no other.

local ascii = require "sigmamind.ascii"
local canonical = require "sigmamind.canonical"
local core = require "sigmamind.core"
local flight = require "sigmamind.http.flight"
local kept = require "sigmamind.http.kept"
local statuses = require "sigmamind.http.statuses"

local share = {}

local ROUNDS_MAX = 10 -- of waiting for others, before the reader fetches for itself
local HOLD = 2 -- seconds after a failed refresh until another reader tries
local PATIENCE = 0.5 -- seconds; a timer of nginx that has not begun by then was dropped
local RETRY, RETRIES_MAX = 1.1, 60 -- seconds between tries to give a lock back, and their number
local RENEWAL = 2 -- seconds; less than any lock's TTL
local STEP = 0.005 -- seconds between two looks whether it has
local MARK_TTL = 61 * 86400 -- seconds for which a write is remembered; no body is kept for longer

--- Failures of the API for which an old body is better than an error (RFC 5861 section 4).
local OUTAGES = {
  network = true, timeout = true, tls = true, rate_limit = true, protocol = true, decode = true,
}

--- Headers by which a caller asks for a condition of its own (RFC 9110 section 13.1).
local CONDITIONS = {
  ["if-none-match"] = true, ["if-modified-since"] = true, ["if-match"] = true,
  ["if-unmodified-since"] = true, ["if-range"] = true, range = true,
}

--- Failures that are the same for everybody who asks.
local COMMON = {
  network = true, tls = true, http = true, auth = true, protocol = true, decode = true,
}

--- Fields of an error that those who wait for it get, too.
local SHARED = { "kind", "message", "hint", "cause", "status", "code", "retryable", "retry_after" }

---@class sigmamind.Share
---@field package call sigmamind.http.Call
---@field package store sigmamind.Guard
---@field package cache {ttl: number, stale: number, max_bytes: integer}|nil
---@field package is_coalesced boolean
---@field package limiter sigmamind.Limiter
---@field package flight sigmamind.Flight
---@field package body_key string
---@field package mark_key string
---@field package generation string|false  changes with each write to the listing
---@field package text string|false  what this reader fetched, as kept.pack returns it
---@field package is_kept boolean  whether the cache has that
local Share = { __name = "sigmamind.share" }
Share.__index = Share

--- What the paths of a listing and of its rows have in common: "/v1/calls" of "/v1/calls/1", and
--- "/things" of "/things/1".
local function group_of(path)
  return path:match "^/v%d+/[^/?]*" or path:match "^/[^/?]*" or path
end

local function mark_key(limiter, path)
  return limiter.prefix .. "written:" .. core.sha256(group_of(path)):sub(1, 16)
end

--- Marks a listing as written to. Returns whether the store took it.
local function mark(store, limiter, key)
  local is_marked = store:set(key, flight.token(), MARK_TTL) == true
  limiter:note_mark(key, is_marked)
  return is_marked
end

local function has_condition(headers)
  for name in pairs(headers or {}) do
    if CONDITIONS[ascii.lower(name)] then
      return true
    end
  end
  return false
end

--- What a request shares; nil for a request that shares nothing.
---@param options table  as from options.resolve
---@param call sigmamind.http.Call
---@param limiter sigmamind.Limiter
---@param fields table  for session:start
---@param timeout number|false  seconds of an attempt
---@return sigmamind.Share|nil
function share.of(options, call, limiter, fields, timeout)
  local own = call.options
  local is_shared = options.cache or options.coalesce
  if not is_shared or fields.method or fields.body or own and own.cache == false then
    return nil
  elseif has_condition(fields.headers) then
    return nil
  end
  local id = core.sha256(canonical { fields.url, fields.headers }):sub(1, 32)
  return setmetatable({
    call = call,
    store = options.guard,
    cache = options.cache or false,
    is_coalesced = options.coalesce or false,
    limiter = limiter,
    flight = flight.new(options.guard, limiter.prefix .. "fetch:" .. id, timeout),
    body_key = limiter.prefix .. "body:" .. id,
    mark_key = mark_key(limiter, call.path),
    generation = false,
    text = false,
    is_kept = false,
  }, Share)
end

--- Lets nobody use what was kept of a listing that was written to.
---@param store sigmamind.Guard
---@param limiter sigmamind.Limiter
---@param path string
function share.invalidate(store, limiter, path)
  mark(store, limiter, mark_key(limiter, path))
end

--- Keeps the lock of a fetch for another attempt.
function Share:renew()
  self.flight:renew()
end

--- Seconds after which a reader who waits, for its turn or in a pause, must renew the lock; nil: it
--- has none.
---@return number|nil
function Share:renewal()
  return self.flight:is_locked() and RENEWAL or nil
end

-- == The cache ========================================================================

--- Call it before the request is sent: what it gets may be older than a write that comes later. A
--- write that the store did not take is noted again; as long as that fails, nothing kept is used.
function Share:note_generation()
  local limiter, store = self.limiter, self.store
  if limiter:is_unmarked(self.mark_key) and not mark(store, limiter, self.mark_key) then
    self.generation = flight.token()
  else
    self.generation = store:get(self.mark_key) or "0"
  end
end

--- What is kept and may be used, at least where the API fails; nil. The second result is true if a
--- page of another snapshot is there: then the reader's own has been overtaken.
local function look_up(self)
  local cache, call = self.cache, self.call
  self:note_generation()
  local text, left
  if cache and not call.is_fresh then
    text, left = self.store:get(self.body_key)
  end
  local found = text and kept.unpack(text, left)
  if not found or found.generation ~= self.generation or found.age >= cache.ttl + cache.stale then
    return nil
  elseif call.snapshot and found.snapshot ~= call.snapshot then
    return nil, true
  end
  return found, false
end

--- Keeps a reply whose body is sound. Pages of one walk have its snapshot. A refresh that finds the
--- same body leaves the snapshot, so that it does not part the pages of a walk.
---@param request sigmamind.Request
---@param source userdata|sigmamind.Kept  the transfer, or what was kept and is still valid
---@param idle number  seconds that the reply has lain
---@return string snapshot, "miss"|nil cache  for Request.cache
function Share:keep(request, source, idle)
  local cache, before, body = self.cache, request.kept, source:body()
  local snapshot, confirmed = self.call.snapshot, 0
  if before and before:body() == body then
    snapshot, confirmed = before.snapshot, before.snapshot_age
  elseif before then
    snapshot = nil
  end
  snapshot = snapshot or flight.token()
  if not (cache or self.flight:is_locked()) then
    return snapshot
  end
  local life = cache and cache.ttl + cache.stale or 0
  local reply = { status = source:status(), headers = source:headers(), body = body }
  local about = {
    generation = self.generation, snapshot = snapshot, life = life, confirmed = confirmed,
  }
  self.text = kept.pack(reply, about, not self.store:is_local())
  self.is_kept = cache and idle < life and #self.text <= cache.max_bytes
    and self.store:set(self.body_key, self.text, life - idle) or false
  return snapshot, cache and "miss" or nil
end

--- Uses what is kept. Returns nil if it cannot be decoded: somebody else wrote it.
local function serve(request, found, how, decode)
  local value = decode(found)
  if value then
    request:serve(how, found)
  end
  return value
end

-- == One fetch for all ================================================================

--- The fields of an error that those who wait for it get, too.
local function shared_fields(request, err)
  local fields = { made = #request.attempts }
  for _, name in ipairs(SHARED) do
    fields[name] = err[name]
  end
  return fields
end

--- What those who wait get of a fetch: what the cache does not have, or the error, if it would be
--- theirs too.
local function outcome_of(self, request, err)
  if not err then
    return not self.is_kept and self.text and "reply " .. self.text or nil
  elseif COMMON[err.kind] or err.status == statuses.RATE_LIMIT
    or err.kind == "timeout" and request.deadline == math.huge then
    local text = core.encode(shared_fields(request, err)) -- nil: the server's words are no UTF-8
    return text and "error " .. text
  end
end

local function is_outage(err)
  return OUTAGES[err.kind] or (err.status or 0) >= 500
end

--- Gives the lock back; where the runtime can, later again if the store has failed. Elsewhere the
--- next read of this process does.
local function land(self, request, outcome)
  local host, store = request.runtime, self.store
  if not self.flight:land(outcome) and host.spawn then
    host.spawn(function()
      local tries = 0
      repeat
        request:sleep(RETRY)
        tries = tries + 1
      until flight.retry(store) or tries == RETRIES_MAX
    end)
  end
end

--- Fetches for all who wait, and gives the lock back; after a failed refresh later, so that not
--- each reader of the old body tries. An old body that the API no longer has is forgotten.
local function fetch_for_all(self, request, fetch)
  local value, err = fetch(request)
  if err and request.kept and is_outage(err) then
    self.flight:hold(HOLD)
  else
    if err and request.kept then
      self.store:set(self.body_key, nil)
    end
    land(self, request, outcome_of(self, request, err))
  end
  return value, err
end

--- Lets the runtime fetch beside this reader, so that no visitor who leaves takes the fetch with
--- him. Returns nil if it does not; else a table that gets `is_over` with `text` or `fields`, of
--- what came. `patience`: waits so many seconds for its begin.
local function fetch_aside(self, request, refetch, patience)
  local spawn, box = request.runtime.spawn, {}
  local function fetch()
    local other = not box.is_given_up and request:again()
    if not other then
      return
    end
    box.is_begun = true
    other:share_in_place_of(request)
    local _, err = fetch_for_all(other.share, other, refetch)
    box.text, box.fields = other.share.text, err and shared_fields(other, err)
    box.is_over = true
  end
  local is_spawned = spawn and self.flight:is_locked() and spawn(fetch)
  local left = is_spawned and patience or 0
  while left > 0 and not box.is_begun and not request:is_over() do
    request:rest(STEP)
    left = left - STEP
  end
  box.is_given_up = not is_spawned or patience > 0 and not box.is_begun
  return not box.is_given_up and box or nil
end

--- Fetches in place of another reader, with its lock.
---@param other sigmamind.Share
function Share:take_over(other)
  self.generation = other.generation
  self.flight:take_over(other.flight)
end

--- The error of another's request, as this reader's; nil if this one may try more often.
local function error_of(request, fields)
  local made = fields.made
  fields.made = nil
  if fields.retryable and request:may_try(made) then
    return nil
  end
  return request:error(fields)
end

--- What another reader has left: a value, or nil and an error; nil if it is of no use.
local function landed(self, request, outcome, reader)
  local form, text = outcome:match "^(%l+) (.*)$"
  local found = form == "reply" and kept.unpack(text, math.huge)
  if found and found.generation == self.generation then
    return serve(request, found, "coalesced", reader.decode)
  end
  local fields = form == "error" and reader.decoder:value(text)
  return nil, fields and error_of(request, fields)
end

--- What was fetched aside for this reader.
local function unboxed(request, box, reader)
  if box.fields then
    return nil, error_of(request, box.fields)
  end
  local found = box.text and kept.unpack(box.text, math.huge)
  return found and serve(request, found, "miss", reader.decode) or nil
end

-- == A whole read =====================================================================

--- Refreshes an old body, by this reader if nobody else does, or aside. Returns what the reader
--- gets: the old body while another refreshes it, or where the API fails.
local function refresh(self, request, found, reader)
  if self.flight:begin() ~= "waiting" then
    request:revalidate(found)
    if not fetch_aside(self, request, reader.refetch, 0) then
      local value, err = fetch_for_all(self, request, reader.fetch)
      if value or not is_outage(err) then
        return value, err
      end
    end
  end
  return serve(request, found, "stale", reader.decode)
end

--- Fetches for all, or gets what another reader fetches. Returns nil without an error to begin
--- anew.
local function fetch_or_wait(self, request, reader)
  local state, box = self.flight:begin(), nil
  if state ~= "waiting" then
    box = fetch_aside(self, request, reader.refetch, PATIENCE)
  end
  if state ~= "waiting" and not box then
    return fetch_for_all(self, request, reader.fetch)
  end
  request:begin()
  local outcome = self.flight:wait(request, box and function()
    return box.is_over
  end)
  if request:is_over() then
    return nil, request:over_error()
  elseif box and box.is_over then
    return unboxed(request, box, reader)
  elseif outcome then
    return landed(self, request, outcome, reader)
  end
end

---@class sigmamind.Reader
---@field decoder userdata
---@field decode fun(source: table|userdata): any  nil: the body is unusable
---@field fetch fun(request: sigmamind.Request): any, sigmamind.Error|nil
---@field refetch fun(request: sigmamind.Request): any, sigmamind.Error|nil  the same, only to keep
---  what comes

--- What the reader gets: from the cache, from another reader's fetch, or from the API. Returns nil
--- without an error if that would not fit to the pages that a walk has read.
---@param request sigmamind.Request  with a share
---@param reader sigmamind.Reader
---@return any value, sigmamind.Error|nil
function share.read(request, reader)
  local self = request.share
  local call, cache = self.call, self.cache
  local value, err, found, is_overtaken
  local how, is_sound, rounds = "hit", true, 0
  flight.retry(self.store)
  if request:is_begun() or request:is_over() then
    return reader.fetch(request)
  end
  repeat
    found, is_overtaken = nil, false
    if is_sound then
      found, is_overtaken = look_up(self)
    end
    rounds = rounds + 1
    if found and found.age < cache.ttl then
      value = serve(request, found, how, reader.decode)
    elseif found then
      value, err = refresh(self, request, found, reader)
    elseif call.only_kept or is_overtaken then
      return nil
    elseif call.is_fresh or not self.is_coalesced or rounds > ROUNDS_MAX then
      return reader.fetch(request)
    else
      value, err = fetch_or_wait(self, request, reader)
      how = "coalesced"
    end
    is_sound = not found
  until value or err
  return value, err
end

return share
