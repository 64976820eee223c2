--- prefetch: the requests of one walk, some of them sent before their page is wanted.
--
-- A 429 or 503 shows that the server is at its limit. The walk then falls back to one request in
-- flight, and adds one after every few pages without a refusal: if the limit still stands, finding
-- it again costs one refusal, not a whole width of them.
--
-- With a cache, or where readers share requests, a page may be as old as the cache allows. The
-- pages of a walk then come from one snapshot, see http/share; a walk that cannot go on within it
-- lapses: it begins again, and reads from the API alone.

local flight = require "sigmamind.http.flight"
local read = require "sigmamind.http.read"

local prefetch = {}

local PAGES_FOR_MORE = 8 -- pages without a refusal before one more request in flight
local PART = 1 -- seconds; after an older page of a snapshot, the API's next page may not fit

---@class sigmamind.Prefetch
---@field runtime? table  of the last request
---@field package deadline? number
---@field width integer  current max of pages in flight
---@field package transport sigmamind.Transport
---@field package listing sigmamind.Listing
---@field package sent table<integer, sigmamind.Request>  prefetches, by page
---@field package awaited? sigmamind.Request
---@field package latest? sigmamind.Request  the last whose page was wanted
---@field package room integer  max of pages in flight that the server seems to accept
---@field package calm integer  pages without a refusal since `room` grew
---@field package largest integer  bytes of the largest body so far
---@field is_shared boolean  whether a page came from the cache or from another reader's request
---@field cached integer  pages that did so far, with those before a walk lapsed
---@field stale integer  of these, those whose time was over
---@field oldest number  seconds, the greatest age of a page
---@field package is_fresh boolean  whether all pages must come from the API
---@field package snapshot string|false  of the pages so far
---@field package read_at number|false  when the last page was read from the API, if another did
local Prefetch = { __name = "sigmamind.prefetch" }
Prefetch.__index = Prefetch

---@param transport sigmamind.Transport
---@param listing sigmamind.Listing
---@return sigmamind.Prefetch
function prefetch.new(transport, listing)
  return setmetatable({
    transport = transport,
    listing = listing,
    sent = {},
    width = 1,
    room = math.max(1, listing.prefetch or 1),
    calm = 0,
    largest = 1,
    is_shared = false,
    cached = 0,
    stale = 0,
    oldest = 0,
    is_fresh = (listing.verify or listing.resume) and true or false,
    snapshot = false,
    read_at = false,
  }, Prefetch)
end

--- All requests of a walk share the deadline of the first. The first page begins a snapshot.
local function new_request(self, number)
  local listing, query = self.listing, { page = number }
  if number == 0 then
    self.snapshot, self.read_at = self.is_fresh and flight.token(), false
  end
  for name, value in pairs(listing.query) do
    query[name] = value
  end
  local call = {
    path = listing.path,
    resource = listing.resource,
    query = query,
    page = number,
    paging = listing.paging,
    options = listing.options,
    is_fresh = self.is_fresh,
    snapshot = self.snapshot or nil,
    only_kept = self.read_at and self.runtime.now() - self.read_at > PART,
  }
  local request, err = self.transport:request(call, self.deadline)
  if request then
    self.runtime, self.deadline = request.runtime, request.deadline
  end
  return request, err
end

--- Whether requests may be sent before their page is wanted. Those that other readers share are
--- not, and those whose pages the cache may have.
---@return boolean
function Prefetch:may_send()
  local listing, options = self.listing, self.transport.options
  local is_alone = not options.coalesce or self.is_fresh
  return listing.prefetch > 1 and is_alone and not self.is_shared
end

--- Reads the pages that follow from the API. They belong to another snapshot than those before: a
--- reader of both would miss the rows that the walk steps back for.
function Prefetch:stay_fresh()
  self.is_fresh, self.snapshot = true, flight.token()
end

--- Reads all pages anew, from the API.
function Prefetch:read_api()
  self:cancel()
  self.is_fresh, self.snapshot, self.read_at, self.is_shared = true, false, false, false
end

--- Records where a page came from. Returns false if it does not fit to those before.
local function note_source(self, request)
  local age, snapshot = request.age, request.snapshot or false
  local fits = self.is_fresh or not self.snapshot or self.snapshot == snapshot
  self.snapshot = snapshot
  self.read_at = age and request.runtime.now() - request.snapshot_age or false
  if age then
    self.is_shared, self.cached = true, self.cached + 1
    self.stale = self.stale + (request.cache == "stale" and 1 or 0)
    self.oldest = math.max(self.oldest, age)
  end
  return fits
end

local function narrow(self)
  self.room, self.calm = 1, 0
end

local function note_refusals(self, request)
  if request:was_refused() then
    return narrow(self)
  end
  self.calm = self.calm + 1
  if self.calm == PAGES_FOR_MORE then
    self.room, self.calm = self.room + 1, 0
  end
end

--- Sets the width: one, the max, or double, capped by `room`. Returns how many pages may be in
--- flight: fewer if their bodies would not fit in max_body together.
---@param how "one"|"all"|"more"
---@return integer
function Prefetch:widen(how)
  for _, request in pairs(self.sent) do
    if request:was_refused() then
      narrow(self)
    end
  end
  local max = math.min(math.max(1, self.listing.prefetch), self.room)
  self.width = how == "one" and 1 or how == "all" and max or math.min(max, self.width * 2)
  local fitting = math.floor(self.transport.options.max_body / self.largest)
  return math.max(1, math.min(self.width, fitting))
end

--- Records the size of a page's body, which limits the pages in flight.
---@param bytes integer
function Prefetch:note_size(bytes)
  self.largest = math.max(self.largest, bytes)
end

--- Sends the requests for these pages, except those in flight.
---@param first integer
---@param last integer
function Prefetch:send(first, last)
  for number = first, last do
    local request = self.sent[number] or new_request(self, number)
    if not request or self.closed then -- on_event may close the walk
      return
    end
    self.sent[number] = request
    if not request:is_begun() then -- the first time, or again after a pause
      request:prefetch()
    end
  end
end

--- The page of a request. A request in flight is in `sent` or `awaited` at every instruction, so
--- that close() and abandon() cancel it even if a hook interrupts this function.
local function await(self, number, request, query, seen)
  self.awaited = request
  self.sent[number] = nil
  local page, err = read.page(request, self.transport.decoder, query, seen)
  self.awaited = nil
  note_refusals(self, request)
  if page and not note_source(self, request) then
    page:close()
    return nil
  end
  return page, err
end

--- The page of that number. Requests it if it is not in flight. Returns nil without an error if the
--- walk lapses.
---@param number integer
---@param query userdata
---@param seen userdata
---@return userdata|nil page, sigmamind.Error|nil
function Prefetch:page(number, query, seen)
  local request, err = self.sent[number], nil
  if not request then
    request, err = new_request(self, number)
  end
  if not request or self.closed then -- by on_event or api_key
    return nil, err
  end
  self.latest = request
  return await(self, number, request, query, seen)
end

--- The error for the last page, when its contents contradict those of the pages before.
---@param message string
---@return sigmamind.Error
function Prefetch:protocol_error(message)
  return self.latest:protocol_error(message)
end

--- Waits for the requests in flight, discards their rows, and cancels those beyond the last page.
--- Returns the least and the greatest totalCount.
---@param query userdata
---@param last integer
---@return number least, number greatest
function Prefetch:drain(query, last)
  local least, greatest = math.huge, 0
  for number, request in pairs(self.sent) do
    if number > last then
      request:cancel()
      self.sent[number] = nil
    else
      local page = await(self, number, request, query)
      local total = page and page.totalCount
      least, greatest = math.min(least, total or least), math.max(greatest, total or greatest)
    end
  end
  return least, greatest
end

--- Cancels the requests in flight, and wakes the coroutine that waits for a page.
function Prefetch:cancel()
  for number, request in pairs(self.sent) do
    request:cancel()
    self.sent[number] = nil
  end
  if self.awaited then
    self.awaited:cancel()
  end
end

--- Cancels the requests in flight of a reader that an error has unwound.
function Prefetch:abandon()
  self:cancel()
  if self.awaited then
    self.awaited:finish_cancelled()
    self.awaited = nil
  end
end

--- Cancels the requests in flight; no further ones are sent.
function Prefetch:close()
  self.closed = true
  self:cancel()
end

return prefetch
