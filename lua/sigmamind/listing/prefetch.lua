--- ahead: the requests of one walk, of which some are in flight before their page is wanted.
--
-- A server that answers 429 or 503 has enough. From then on the walk has one request in flight, and
-- one more after each few pages that came without such an answer: if the limit still stands, it
-- costs one refusal to find it again, and not a whole width of them.

local ahead = {}

local REFUSED = { [429] = true, [503] = true } -- status
local PAGES_FOR_MORE = 8 -- that came without a refusal, for one more in flight

---@class sigmamind.Ahead
local Ahead = { __name = "sigmamind.ahead" }
Ahead.__index = Ahead

---@param requests sigmamind.Requests
---@param listing sigmamind.Listing
---@return sigmamind.Ahead
function ahead.new(requests, listing)
  return setmetatable({
    requests = requests,
    listing = listing,
    begun = {}, -- operations, by page
    width = 1, -- pages in flight: as many as are wanted now
    room = math.max(1, listing.prefetch or 1), -- and as the server seems to bear
    calm = 0, -- pages without a refusal, since there was room for one more
    largest = 1, -- bytes of a body so far
  }, Ahead)
end

local function new_operation(self, number, deadline)
  local query = { page = number }
  for name, value in pairs(self.listing.query) do
    query[name] = value
  end
  local operation, err = self.requests:operation(self.listing.path, query, deadline)
  self.host = operation and operation.host or self.host
  return operation, err
end

--- Whether the server refused an attempt of an operation, as far as is known.
local function was_refused(operation)
  for _, attempt in ipairs(operation.attempts) do
    if REFUSED[attempt.status] then
      return true
    end
  end
  local transfer = operation.transfer
  return transfer and transfer:done() and REFUSED[transfer:status()] or false
end

local function narrow(self)
  self.room, self.calm = 1, 0
end

--- Takes note of how the server bore the request of a page.
local function note_refusals(self, operation)
  if was_refused(operation) then
    return narrow(self)
  end
  self.calm = self.calm + 1
  if self.calm == PAGES_FOR_MORE then
    self.room, self.calm = self.room + 1, 0
  end
end

--- From now on so many pages may be in flight: one; or the whole width; or twice as many as before.
--- All only as far as the server bears them, and their bodies together keep within max_body.
---@param how "one"|"all"|"more"
---@return integer
function Ahead:widen(how)
  for _, operation in pairs(self.begun) do
    if was_refused(operation) then
      narrow(self)
    end
  end
  local most = math.min(math.max(1, self.listing.prefetch), self.room)
  self.width = how == "one" and 1 or how == "all" and most or math.min(most, self.width * 2)
  local fitting = math.floor(self.requests.options.max_body / self.largest)
  return math.max(1, math.min(self.width, fitting))
end

--- Begins requests for these pages, as far as they are not begun yet.
---@param first integer
---@param last integer
---@param deadline number|nil
function Ahead:ask(first, last, deadline)
  for number = first, last do
    local operation = self.begun[number] or new_operation(self, number, deadline)
    if not operation or self.closed then -- on_event may close the walk
      return
    end
    self.begun[number] = operation
    if not operation.began then -- the first time, or again after a pause
      self.requests:begin(operation)
      operation.is_ahead = operation.began ~= nil
    end
  end
end

--- The page of an operation. What is in flight is in `begun` or `awaited` at any instruction, so
--- that close() and abandon() cancel it also where a hook interrupts this function.
local function await(self, number, operation, rows, seen)
  self.awaited = operation
  self.begun[number] = nil
  local page, err = self.requests:page(operation, rows, seen)
  self.awaited = nil
  note_refusals(self, operation)
  return page, err
end

--- The page of that number. Asks for it where it was not asked for yet.
---@param number integer
---@param deadline number|nil
---@param rows userdata
---@param seen userdata
---@return userdata|nil page, sigmamind.Error|nil
function Ahead:page(number, deadline, rows, seen)
  local operation, err = self.begun[number], nil
  if not operation then
    operation, err = new_operation(self, number, deadline)
  end
  if not operation or self.closed then -- by on_event or api_key
    return nil, err
  end
  self.latest = operation
  return await(self, number, operation, rows, seen)
end

--- Waits for all that is in flight, of which nothing is used but what the pages say of the whole
--- list. Those beyond the last page are not waited for. Returns the least and the greatest
--- totalCount.
---@param rows userdata
---@param last integer
---@return number least, number most
function Ahead:drain(rows, last)
  local least, most = math.huge, 0
  for number, operation in pairs(self.begun) do
    if number > last then
      operation:cancel()
      self.begun[number] = nil
    else
      local page = await(self, number, operation, rows)
      local total = page and page:info().totalCount
      least, most = math.min(least, total or least), math.max(most, total or most)
    end
  end
  return least, most
end

--- Ends all that is in flight, and the wait of whoever waits for a page.
function Ahead:cancel()
  for number, operation in pairs(self.begun) do
    operation:cancel()
    self.begun[number] = nil
  end
  if self.awaited then
    self.awaited:cancel()
    if self.host.release then
      self.host.release(self.requests.session) -- so that they look
    end
  end
end

--- Ends all that is in flight for a reader that is not there any more, because an error was raised.
function Ahead:abandon()
  if self.awaited then
    self.awaited:cancel()
    self.awaited = nil
  end
  self:cancel()
end

--- Ends all that is in flight; nothing is asked any more.
function Ahead:close()
  self.closed = true
  self:cancel()
end

--- What a host that has a budget wants called between two rows, where it may suspend the reader;
--- nil: nothing.
function Ahead:breather()
  return self.host and self.host.breathe
end

return ahead
