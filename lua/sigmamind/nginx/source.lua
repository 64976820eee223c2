--- nginx.source: the answer of an endpoint in one worker, and its refresh for all of them.
--
-- Each worker has a timer, which goes by the worker's own answer: if that is due, and no other has
-- published a newer one, the worker takes the lock in the dict and fetches. So one fetches for all;
-- if the dict is full, each for itself. The lock is renewed, and expires soon after its worker was
-- killed. Machines that share a store do the same once more with a lock in there.

local answer = require "sigmamind.nginx.answer"
local canonical = require "sigmamind.canonical"
local core = require "sigmamind.core"
local fleet = require "sigmamind.nginx.fleet"
local outage = require "sigmamind.nginx.outage"

local ngx = ngx
local is_exiting = ngx.worker.exiting

local source = {}

local LOCK_TTL = 3 -- seconds
local RENEW = 0.5 -- seconds between two renewals
local TICK_MAX = 0.25 -- seconds between two looks of a worker's timer
local REFRESH_LIMIT = 60 -- seconds for one refresh, if the client has no deadline

---@class sigmamind.nginx.Source
---@field package options table  of the endpoint
---@field package dict table
---@field package keys table<string, string>
---@field package outage sigmamind.nginx.Outage
---@field package fleet sigmamind.nginx.Fleet|nil
---@field package answer sigmamind.nginx.Answer|nil
---@field package version string|nil  the last one seen in the dict
---@field package has_timer boolean
---@field package is_fetching boolean
---@field package has_given_up boolean  because the worker exits
local Source = {}
Source.__index = Source

--- The digest of what decides the rows; nil, err if the key is not known now. Only that digest
--- leaves this process.
local function identity(options)
  local of_client = options.client.options
  local is_called, key, err = pcall(of_client.api_key)
  if not is_called then
    return nil, "the function api_key raised an error"
  elseif not key then
    return nil, err
  end
  return core.sha256(canonical { of_client.base_url, key, options.resource, options.list })
end

--- Whether the client has a store that several machines share. One of this machine is no help: its
--- workers have the dictionary already.
local function is_of_machines(client)
  return client.store and not client.guard:is_local()
end

local NAMES = { "version", "body", "gzip", "lock", "pause", "failures", "outage" }

local function keys_of(id)
  local keys = {}
  for _, name in ipairs(NAMES) do
    keys[name] = ("sigmamind:endpoint:%s:%s"):format(id, name)
  end
  return keys
end

--- The sources of this worker: an endpoint that is made anew in each request has one timer.
local sources = {}

--- The source of an endpoint in this worker; nil, err without an API key.
---@param options table
---@return sigmamind.nginx.Source|nil, string|nil
function source.of(options)
  local id, err = identity(options)
  if not id then
    return nil, err
  end
  local name = ("%s %s %s %s"):format(id, options.dict, options.refresh, options.stale)
  local self = sources[name]
  if not self then
    local dict, keys, of_client = ngx.shared[options.dict], keys_of(id), options.client.options
    self = {
      options = options,
      dict = dict,
      keys = keys,
      outage = outage.new(options, dict, keys),
      fleet = is_of_machines(of_client) and fleet.new(of_client.guard, keys),
      has_timer = false,
      is_fetching = false,
      has_given_up = false,
    }
    sources[name] = setmetatable(self, Source)
  end
  return self
end

--- The current answer and its age in seconds; nil if there is none that is younger than `stale`.
---@return sigmamind.nginx.Answer|nil, number|nil
function Source:current()
  local version = self.dict:get(self.keys.version)
  if version ~= self.version then
    self.version = version
    self.answer = version and answer.load(version, self.dict, self.keys, self.answer) or self.answer
  end
  local now = self.answer
  local age = now and answer.age(now)
  if age and age < self.options.stale then
    return now, age
  end
end

--- Seconds until the next try may begin after a failure, and the kind of that; nil: now.
---@return number|nil seconds, string|nil kind
function Source:pause()
  return self.outage:pause()
end

-- == One refresh ======================================================================

--- Makes an answer the current one of this worker and, if the dict has room, of all; unless there
--- is a newer one, from a worker that took over from this one.
local function publish(self, body, age)
  local current, current_age = self:current()
  if current and current_age <= age then
    return
  end
  self.answer = answer.new(body, core.now() - age, self.answer)
  local version, err = answer.publish(self.answer, self.dict, self.keys)
  self.version = version
  if version then
    self.outage:has_passed "full"
    return
  end
  local text = "the lua_shared_dict %s has no room for the answer of %s (%s), so that each worker "
    .. "fetches it: make it larger than %d bytes"
  local size = 2 * (#body + #(self.answer.gzip or "")) + 65536
  self.outage:tell_once("full", text:format(self.options.dict, self.options.resource, err, size))
end

--- Renews the locks while the rows are fetched. If the worker exits, it ends the fetch, which those
--- that replace it do; but not if visitors may be waiting for the first answer.
local function keep_locks(self, token, rows)
  local dict, key = self.dict, self.keys.lock
  while true do
    ngx.sleep(RENEW)
    if is_exiting() and self:current() then
      self.has_given_up = true
      rows:close()
      return
    elseif dict:get(key) == token then
      dict:safe_set(key, token, LOCK_TTL)
    end
    if self.fleet then
      self.fleet:renew_lock(token, LOCK_TTL)
    end
  end
end

--- All rows as a JSON text; nil, err.
local function fetch(self, token)
  local options = self.options
  local client = options.client
  local rows = client[options.resource]:list(options.list, {
    deadline = client.options.deadline or math.max(REFRESH_LIMIT, options.refresh),
    cache = false, -- an age is known of what comes from the API
  }):json()
  local keeper = ngx.thread.spawn(keep_locks, self, token, rows)
  local fetched, list, err = pcall(rows.totable, rows)
  ngx.thread.kill(keeper)
  if not fetched then
    return nil, list
  elseif not list then
    return nil, err
  end
  return answer.join(list)
end

local function fail(self, err)
  local _, age = self:current()
  local seconds, kind = self.outage:fail(err, age)
  if self.fleet then
    self.fleet:hold(kind, seconds)
  end
end

--- Fetches from the API. The age counts from before the first request was sent.
local function fetch_and_publish(self, token)
  local began = core.now()
  local body, err = fetch(self, token)
  if body then
    publish(self, body, core.now() - began)
    if self.fleet then
      self.fleet:publish(self.answer, core.now() - began, self.options.stale)
    end
    self.outage:succeed()
  elseif not self.has_given_up then
    fail(self, err)
  end
end

local function is_due(self)
  local current, age = self:current()
  return not self:pause() and not (current and age < self.options.refresh)
end

--- Takes over what another machine has fetched, or its pause after a failure.
local function take_over(self)
  local current, age = self:current()
  local body, other_age = self.fleet:newer(current, age)
  if body and other_age < self.options.stale then
    publish(self, body, other_age)
    age = other_age
  end
  if age and age < self.options.refresh then
    self.outage:succeed()
    return
  end
  local seconds, kind = self.fleet:pause()
  if kind then
    self.outage:hold(kind, seconds)
    self.outage:tell("another machine failed to: " .. kind, age)
  end
end

--- Refreshes the answer, from another machine or from the API; not while another machine fetches.
local function refresh(self, token)
  if not self.fleet then
    return fetch_and_publish(self, token)
  end
  take_over(self)
  if is_due(self) and self.fleet:take_lock(token, LOCK_TTL) then
    take_over(self) -- another may have fetched just before
    if is_due(self) then
      fetch_and_publish(self, token)
    end
    self.fleet:drop_lock(token)
  end
end

-- == The timer ========================================================================

--- Takes the lock. A dict without room for it holds back nobody.
local function take_lock(self, token)
  local added, err = self.dict:safe_add(self.keys.lock, token, LOCK_TTL)
  return added or err ~= "exists"
end

local function drop_lock(self, token)
  if self.dict:get(self.keys.lock) == token then
    self.dict:delete(self.keys.lock)
  end
end

--- Looks whether a refresh is due, and does it unless another worker does.
local function tick(premature, self)
  if premature or self.is_fetching or is_exiting() or not is_due(self) then
    return
  end
  local token = ("%d %.17g"):format(ngx.worker.pid(), core.random())
  if not take_lock(self, token) then
    return
  end
  self.is_fetching = true
  local ok, err = true, nil
  if is_due(self) then -- another may have fetched just before
    ok, err = pcall(refresh, self, token)
  end
  if not ok then
    pcall(fail, self, err)
  end
  self.is_fetching = false
  drop_lock(self, token)
end

--- Starts the worker's timer, once. If nginx refuses it, the next request tries again.
function Source:start()
  if self.has_timer or is_exiting() then
    return
  end
  local every = math.min(TICK_MAX, self.options.refresh / 2)
  local started, err = ngx.timer.every(every, tick, self)
  if started then
    self.has_timer = true
    ngx.timer.at(0, tick, self) -- the first look, at once
    self.outage:has_passed "timer"
  else
    local text = "the endpoint of %s has no timer: %s; raise lua_max_pending_timers"
    self.outage:tell_once("timer", text:format(self.options.resource, err))
  end
end

return source
