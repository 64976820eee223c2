--- share: what one GET has in common with other readers: the cache, and the fetch of the same thing
--- at the same time. Everything here may be missing or fail: then the request is sent.
--
-- A walk must not mix pages of different moments: rows that moved between two of them would be
-- missed, or come twice. So each page that is kept belongs to a snapshot, the walk that read it,
-- and a reader who has begun with one snapshot takes pages of no other.

local canonical = require "sigmamind.canonical"
local core = require "sigmamind.core"
local flight = require "sigmamind.http.flight"
local kept = require "sigmamind.http.kept"

local share = {}

local HOLD = 2 -- seconds after a failed refresh until another reader tries
local PATIENCE = 0.5 -- seconds; a timer of nginx that has not begun by then was dropped
local STEP = 0.005 -- seconds between two looks whether it has
local MARK_TTL = 7 * 86400 -- seconds for which a write is remembered; no body is kept for longer

--- Failures of the API for which an old body is better than an error (RFC 5861 section 4).
local OUTAGES = {
  network = true, timeout = true, tls = true, rate_limit = true, protocol = true, decode = true,
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
---@field package timeout number|false
---@field package body_key string
---@field package lock_key string
---@field package mark_key string
---@field package generation string|false  changes with each write to the listing
---@field package token string|false  of the lock, while this reader fetches for others
---@field package dead string|false  the token of one who had it before, and was waited for in vain
---@field package outcome string|false  what this reader fetched, where the cache has it not
local Share = { __name = "sigmamind.share" }
Share.__index = Share

--- What the paths of a listing and of its rows have in common: "/v1/calls" of "/v1/calls/1".
local function group_of(path)
  return path:match "^/[^/]*/[^/?]*" or path
end

local function mark_key(limiter, path)
  return limiter.prefix .. "written:" .. core.sha256(group_of(path)):sub(1, 16)
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
  end
  local id = core.sha256(canonical { fields.url, fields.headers }):sub(1, 32)
  return setmetatable({
    call = call,
    store = options.guard,
    cache = options.cache or false,
    is_coalesced = options.coalesce or false,
    timeout = timeout,
    body_key = limiter.prefix .. "body:" .. id,
    lock_key = limiter.prefix .. "fetch:" .. id,
    mark_key = mark_key(limiter, call.path),
    generation = false,
    token = false,
    dead = false,
    outcome = false,
  }, Share)
end

--- Lets nobody use what was kept of a listing that was written to.
---@param store sigmamind.Guard
---@param limiter sigmamind.Limiter
---@param path string
function share.invalidate(store, limiter, path)
  store:set(mark_key(limiter, path), flight.token(), MARK_TTL)
end

-- == The cache ========================================================================

--- What is kept and may be used, at least where the API fails; nil.
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
    return nil
  end
  return found
end

--- Call it before the request is sent: what it gets may be older than a write that comes later.
function Share:note_generation()
  self.generation = self.cache and self.store:get(self.mark_key) or "0"
end

--- Keeps a reply whose body is sound. Pages of one walk have its snapshot. A refresh that finds the
--- same body leaves the snapshot, so that it does not part the pages of a walk.
---@param request sigmamind.Request
---@param source userdata|sigmamind.Kept  the transfer, or what was kept and is still valid
function Share:keep(request, source)
  local cache, before, body = self.cache, request.kept, source:body()
  local snapshot = self.call.snapshot
  if before then
    snapshot = before:body() == body and before.snapshot
  end
  request.snapshot = snapshot or flight.token()
  local reply = { status = source:status(), headers = source:headers(), body = body }
  local life = cache and cache.ttl + cache.stale or 0
  local text = kept.pack(reply, self.generation, request.snapshot, life, not self.store:is_local())
  local is_kept = cache and #text <= cache.max_bytes and self.store:set(self.body_key, text, life)
  self.outcome = self.is_coalesced and not is_kept and "reply " .. text
  request.cache = cache and "miss" or nil
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

local function packed_error(err)
  local fields = {}
  for _, name in ipairs(SHARED) do
    fields[name] = err[name]
  end
  return "error " .. core.encode(fields)
end

--- What those who wait get of a fetch: what the cache does not have, or the error, if it would be
--- theirs too.
local function outcome_of(self, request, err)
  if not err then
    return self.outcome or nil
  elseif COMMON[err.kind] or err.kind == "timeout" and request.deadline == math.huge then
    return packed_error(err)
  end
end

local function is_outage(err)
  return OUTAGES[err.kind] or (err.status or 0) >= 500
end

--- Fetches for all who wait, and gives the lock back; after a failed refresh later, so that not
--- each reader of the old body tries.
local function fetch_for_all(self, request, fetch)
  local value, err = fetch(request)
  if err and request.kept and is_outage(err) then
    flight.hold(self.store, self.lock_key, self.token, HOLD)
  else
    local outcome = outcome_of(self, request, err)
    flight.land(self.store, self.lock_key, self.token, outcome, self.dead or nil)
  end
  self.token = false
  return value, err
end

--- Fetches in place of another reader, with its lock.
---@param other sigmamind.Share
---@param token string
function Share:take_over(other, token)
  self.token, self.generation, self.dead = token, other.generation, other.dead
end

--- Lets the runtime fetch beside this reader, so that no visitor who leaves takes the fetch with
--- him. Returns whether it will; `patience`: waits so many seconds for its begin.
local function fetch_aside(self, request, refetch, patience)
  local spawn, state = request.runtime.spawn, "waiting"
  local token = self.token
  local function fetch()
    if state == "given up" then
      return
    end
    state = "begun"
    local other = request:again()
    if not other then
      return flight.land(self.store, self.lock_key, token)
    elseif request.kept then
      other:revalidate(request.kept)
    end
    other.share:take_over(self, token)
    fetch_for_all(other.share, other, refetch)
  end
  local is_spawned = spawn and spawn(fetch)
  local left = is_spawned and patience or 0
  while left > 0 and state == "waiting" and not request:is_over() do
    request:rest(STEP)
    left = left - STEP
  end
  if not is_spawned or patience > 0 and state == "waiting" then
    state = "given up"
    return false
  end
  self.token = false
  return true
end

--- The error, or the value, that another reader has left; nil if it is unusable.
local function landed(request, outcome, reader)
  local form, text = outcome:match "^(%l+) (.*)$"
  local found = form == "reply" and kept.unpack(text, 0)
  if found then
    return serve(request, found, "coalesced", reader.decode)
  end
  local fields = form == "error" and reader.decoder:value(text)
  return nil, fields and request:error(fields)
end

-- == A whole read =====================================================================

--- Refreshes an old body, by this reader if nobody else does, or aside. Returns what the reader
--- gets: the old body while another refreshes it, or where the API fails.
local function refresh(self, request, found, reader)
  self.token = flight.begin(self.store, self.lock_key, self.timeout) or false
  if self.token then
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
  local token, other = flight.begin(self.store, self.lock_key, self.timeout)
  self.token = token or false
  if token and not fetch_aside(self, request, reader.refetch, PATIENCE) then
    return fetch_for_all(self, request, reader.fetch)
  end
  local outcome = flight.wait(self.store, self.lock_key, other or token, request)
  if request:is_over() then
    return nil, request:over_error()
  elseif outcome then
    return landed(request, outcome, reader)
  end
  self.dead = other or token
end

---@class sigmamind.Reader
---@field decoder userdata
---@field decode fun(source: table|userdata): any  nil: the body is unusable
---@field fetch fun(request: sigmamind.Request): any, sigmamind.Error|nil
---@field refetch fun(request: sigmamind.Request): any, sigmamind.Error|nil  the same, only to keep
---  what comes

--- What the reader gets: from the cache, from another reader's fetch, or from the API. Returns nil
--- without an error if it may come from the cache alone (call.only_kept) and is not there.
---@param request sigmamind.Request  with a share
---@param reader sigmamind.Reader
---@return any value, sigmamind.Error|nil
function share.read(request, reader)
  local self = request.share
  local call, cache = self.call, self.cache
  local value, err, found
  local how, is_sound = "hit", true
  if request:is_begun() or request:is_over() then
    return reader.fetch(request)
  end
  repeat
    found = is_sound and look_up(self) or nil
    if found and found.age < cache.ttl then
      value = serve(request, found, how, reader.decode)
    elseif found then
      value, err = refresh(self, request, found, reader)
    elseif call.only_kept then
      return nil
    elseif call.is_fresh or not self.is_coalesced then
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
