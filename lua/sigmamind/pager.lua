--- pager: walks the pages of a listing in order, and asks for some of them ahead.
--
-- A list may move while it is walked. Rows that come again are dropped by the core, which knows
-- what the walk has seen. Rows that would be skipped are found by totalCount: where it fell between
-- two pages, rows behind the walk were deleted, those that followed moved up, and the walk steps
-- back. Requests that are in flight together are answered in any order, so that there a total that
-- rose tells of the same danger, and the walk steps back by as many pages as were in flight.

local ahead = require "sigmamind.ahead"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local query = require "sigmamind.query"
local wrapper = require "sigmamind.wrapper"

local pager = {}

local EMPTY_MOST = 3 -- pages without rows, one after another, that say that more follow
local REPEATED_MOST = 3 -- pages, one after another, that have the rows of the page before
local STEPS_BACK_MOST = 100 -- in a row, without getting further
local PASSES_MOST = 10 -- of a walk that verifies

--- Rows that a walk knows again, at least: in 1 MiB. With `verify` it knows all.
local SEEN = 32768

---@class sigmamind.Listing
---@field path string
---@field query table  the size, and what filters the listing
---@field key string  the field that tells rows apart
---@field prefetch integer  pages in flight at once, at most
---@field rows? userdata  a core.query with that key
---@field resume? table  {page, position, id, total} of the row after which to begin
---@field verify? boolean  every row is known again

---@class sigmamind.Pager
local Pager = { __name = "sigmamind.pager" }
Pager.__index = Pager

--- Asks for nothing yet.
---@param requests sigmamind.Requests
---@param listing sigmamind.Listing
---@return sigmamind.Pager
function pager.new(requests, listing)
  return setmetatable({
    requests = requests,
    listing = listing,
    rows = listing.rows or query.compile(nil, nil, listing.key),
    seen = core.seen(not listing.verify and SEEN or nil),
    resume = listing.resume,
    number = listing.resume and listing.resume.page or 0, -- the page to deliver next
    ahead = ahead.new(requests, listing),
    eager = false, -- whether all pages will be wanted
    wanted = math.huge, -- rows that are wanted yet, where that is known
    calm_from = 0, -- pages before this are asked for one at a time
    empty = 0, -- how many pages in a row were empty
    repeated = 0, -- how many had the rows of the page before
    steps_back = 0,
    farthest = -1,
    finished = false,
    passes = 0, -- over the whole list, of a walk that verifies
    pass = {}, -- the ids of each page in this one, where the walk verifies
    report = { pages = 0, reread = 0, duplicates = 0 },
  }, Pager)
end

-- == What the pages say ===============================================================

local function misled(self, message)
  local listing = self.listing
  local path = ("%s?page=%d&size=%d"):format(listing.path, self.number, listing.query.size)
  return errors.new { kind = "protocol", message = message, path = path }
end

--- Whether the page has the very rows of the page before it. Once, so many rows may have been
--- inserted and deleted meanwhile; again and again, the server does not turn the page.
local function is_repeated(self, info)
  return self.before and info.ids and info.ids == self.before or false
end

-- == Drift ============================================================================

--- Rows by which those to come may have moved up since the page before, and pages that were in
--- flight together with this one.
local function displacement(self, total)
  local fell = self.total and total and self.total - total or 0
  if self.ahead.width > 1 and self.number >= self.calm_from then
    return math.abs(fell), fell ~= 0 and self.ahead.width or 0
  end
  return math.max(0, fell), 0
end

--- Goes back so far that no row is skipped, where the total tells that rows may have moved up.
--- Returns whether it did.
local function step_back(self, info)
  local rows, pages = displacement(self, info.totalCount)
  if rows == 0 or self.number == 0 then
    return false
  end
  local least, most = self.ahead:drain(self.rows)
  least = math.min(least, info.totalCount, self.total)
  most = math.max(most, info.totalCount, self.total)
  local size = self.size or self.listing.query.size
  local back = math.ceil((pages > 0 and most - least or rows) / size) + pages
  self.calm_from = math.max(self.calm_from, self.number + 1)
  local number = math.max(0, self.number - back)
  self.report.reread = self.report.reread + self.number - number
  self.number, self.total, self.before = number, pages > 0 and least or info.totalCount, nil
  self.finished = false
  return true
end

-- == Walking ==========================================================================

--- Raises when another coroutine waits for a page of this walk: each would get some of the rows.
local function claim(self)
  local reader = coroutine.running() or "main"
  local other = self.reader
  if other and other ~= reader and (other == "main" or coroutine.status(other) ~= "dead") then
    error("sigmamind: another coroutine is reading this walk", 0)
  end
  self.reader = reader
end

--- Begins requests for the pages that follow, as many as may be in flight and can be needed.
local function ask_ahead(self)
  local size, first = self.size or self.listing.query.size, self.number
  local how = first < self.calm_from and "one" or self.eager and "all" or "more"
  local last = math.min(wrapper.last_page(self.info, size), first + self.ahead:widen(how) - 1)
  if self.wanted < math.huge then
    last = math.min(last, first + math.ceil(self.wanted / size) - 1)
  end
  self.ahead:ask(first, last, self.deadline)
end

--- The page that is to be delivered next, as the server gives it.
local function fetch(self)
  if self.info and self.listing.prefetch > 1 then
    ask_ahead(self)
  end
  return self.ahead:page(self.number, self.deadline, self.rows, self.seen)
end

--- Takes note of a page that is delivered.
local function accept(self, info)
  local more = wrapper.has_next(info)
  self.info, self.size, self.total = info, self.size or info.size, info.totalCount or self.total
  self.repeated = is_repeated(self, info) and self.repeated + 1 or 0
  self.before = info.ids
  self.empty = info.count == 0 and self.empty + 1 or 0
  self.steps_back = self.number > self.farthest and 0 or self.steps_back
  self.farthest = math.max(self.farthest, self.number)
  self.delivered = self.number
  self.ahead.largest = math.max(self.ahead.largest, info.bytes)
  self.finished = not more
  self.number = self.number + 1
  local report = self.report
  report.pages = report.pages + 1
  if self.listing.verify then
    self.pass[self.delivered + 1] = info.ids or (info.count == 0 and "empty" or "?" .. self.passes)
  end
  report.total_first = report.total_first or info.totalCount
  report.total_last = info.totalCount or report.total_last
end

--- A page that may be delivered; nil, nil: the walk has stepped back and must fetch again.
local function examine(self, page)
  local info = page:info()
  if info.page and info.page ~= self.number then
    return nil, misled(self, ("asked for page %d, got page %d"):format(self.number, info.page))
  end
  info.page = self.number
  local wrong = wrapper.complaint(info, self.size)
  if wrong then
    return nil, misled(self, wrong)
  elseif info.count == 0 and wrapper.has_next(info) and self.empty == EMPTY_MOST then
    self.empty = 0
    return nil, misled(self, "page after page is empty, and hasNext is still true")
  elseif step_back(self, info) then
    self.steps_back = self.steps_back + 1
    page:close()
    if self.steps_back > STEPS_BACK_MOST then
      self.steps_back = 0
      return nil, misled(self, "totalCount falls again and again: the walk does not get further")
    end
    return nil
  elseif is_repeated(self, info) and self.repeated == REPEATED_MOST then
    self.repeated = 0
    return nil, misled(self, "page after page has the same rows")
  end
  accept(self, info)
  return page
end

--- The next page that may be delivered.
local function advance(self)
  local page, err
  repeat
    page, err = fetch(self)
    if page then
      page, err = examine(self, page)
    end
  until page or err
  return page, err
end

--- Begins the walk at a page and a row in it.
local function begin_at(self, row, size)
  self.number, self.before, self.total = math.floor(row / size), nil, nil
  local page, err = advance(self)
  if page then
    page:skip(row % size)
  end
  return page, err
end

--- The page on which a walk goes on, behind the row that was handed out last. That row may have
--- moved with those around it, as far as the total tells; where it is gone, the place counts, and
--- rather comes a row twice than not at all.
local function find_place(self, page)
  local place, size = self.resume, self.size or self.listing.query.size
  if place.position == 0 then
    return page -- the beginning
  end
  local moved = place.total and self.total and self.total - place.total or 0
  local step = moved < 0 and -1 or 1
  for number = place.page + step, place.page + step * math.ceil(math.abs(moved) / size), step do
    if page:skip(place.id) then
      return page
    end
    local err
    page, err = begin_at(self, math.max(0, number) * size, size)
    if not page then
      return nil, err
    end
  end
  if page:skip(place.id) then
    return page
  end
  self.report.lost_place = true
  return begin_at(self, math.max(0, place.page * size + place.position + math.min(0, moved)), size)
end

local function first_page(self)
  self.number = self.resume.page
  local page, err = advance(self)
  if page then
    page, err = find_place(self, page)
  end
  if page then
    self.resume = nil
  end
  return page, err
end

--- At the end of the list: whether a walk that verifies begins another pass. It ends when two
--- passes saw the same rows in the same places, for then no row can have slipped through either.
local function begin_pass(self)
  if not self.listing.verify then
    return false
  end
  local seen = table.concat(self.pass, ",", 1, self.delivered + 1)
  self.passes = self.passes + 1
  self.consistent = seen == self.last_pass
  if self.consistent or self.passes == PASSES_MOST then
    return false
  end
  self.last_pass, self.pass = seen, {}
  self.number, self.farthest, self.empty, self.before = 0, -1, 0, nil
  self.finished = false
  return true
end

--- The next page; nil after the last; nil, err for a failure, after which the next call asks for
--- the same page again.
---@return userdata|nil page, sigmamind.Error|nil
function Pager:next()
  if self.closed or (self.finished and not begin_pass(self)) then
    self.closed = true
    return nil
  end
  claim(self)
  self.deadline = self.deadline or self.requests:deadline()
  local page, err = (self.resume and first_page or advance)(self)
  if not page then
    self.ahead:cancel()
    return nil, err
  end
  return page
end

--- Whether it is proven that every row was seen that was there all the time: all came in one
--- answer, or two passes saw the same.
function Pager:is_consistent()
  local at_once = self.finished and self.report.pages == 1
  return self.consistent or (at_once and not self.listing.resume) or false
end

--- Ends what is in flight; next() gives nil from then on. Who waits for a page in another coroutine
--- gets an error of kind "cancelled". Idempotent.
function Pager:close()
  self.closed = true
  self.ahead:cancel()
end

Pager.__close = Pager.close

return pager
