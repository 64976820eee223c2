--- pager: walks the pages of a listing in order, and asks for some of them ahead.
--
-- A list may move while it is walked. Rows that come again are dropped by the core, which knows
-- what the walk has seen. Rows that would be skipped are found by totalCount: where it fell between
-- two pages, rows behind the walk were deleted, those that followed moved up, and the walk steps
-- back. Requests that are in flight together are answered in any order, so that there a total that
-- rose tells of the same danger, and the walk steps back by as many pages as were in flight.
--
-- What a walk knows is its state. A read works on a draft of it, which becomes the state by one
-- assignment at its end. An error may be raised anywhere in a read: by a function of the user's, by
-- a hook, by a runtime that cannot suspend. Then the draft is dropped with all that is in flight,
-- and the next read requests the same page again.

local ahead = require "sigmamind.ahead"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local inside = require "sigmamind.inside"
local object = require "sigmamind.object"
local query = require "sigmamind.query"
local resume = require "sigmamind.resume"
local wrapper = require "sigmamind.wrapper"

local pager = {}

local EMPTY_MOST = 3 -- pages without rows, one after another, that say that more follow
local REPEATED_MOST = 3 -- pages, one after another, that have the rows of the page before
local RECENT = 8 -- pages that a page is compared with ...
local CIRCLING_MOST = 50 -- ... and pages, one after another, that have the rows of one of these
local STEPS_BACK_MOST = 100 -- in a row, without getting further
local PASSES_MOST = 10 -- of a walk that verifies

local BEING_READ = "sigmamind: this walk is being read by %s: one reader at a time"
local SAME = "the call that led here, of on_event, api_key or the runtime"
local OTHER = "another coroutine, or the main program"

--- Rows that a walk knows again, at least: in 1 MiB. With `verify` it knows all.
local SEEN = 32768

---@class sigmamind.Listing
---@field path string
---@field query table  the size, and what filters the listing
---@field may_shrink? boolean  whether a source that wants few rows may request smaller pages
---@field key string  the field that tells rows apart
---@field prefetch integer  pages in flight at once, at most
---@field rows? userdata  a core.query with that key
---@field resume? sigmamind.Place  of the row after which to begin
---@field verify? boolean  every row is known again

--- What one pass of a walk that verifies sees: `ids`, the rows of each page in their places; `met`,
--- those rows, of which there are `rows`; `total`, the totalCount of the first page; `is_patched`,
--- whether a page was read twice. It is no part of a draft, but changed in its place.
local function new_pass()
  return { ids = {}, met = core.seen(), rows = 0 }
end

---@class sigmamind.Pager
local Pager = { __name = "sigmamind.pager" }
Pager.__index = Pager

--- What a walk knows before its first page. But `pass`, the tables in it are never changed.
local function new_state(listing)
  return {
    page = nil, -- that was delivered last
    resume = listing.resume and listing.resume.row > 0 and listing.resume or nil,
    number = 0, -- the page to deliver next
    calm_from = 0, -- pages before this are asked for one at a time
    unrest = 0, -- how often it stepped back while several were in flight
    empty = 0, -- how many pages in a row were empty
    recent = {}, -- the ids of the pages that were delivered last
    repeated = 0, -- how many pages in a row had the rows of the one before
    circling = 0, -- and how many those of one of the recent
    steps_back = 0,
    farthest = -1,
    untold = 0, -- how many pages in a row had no totalCount
    finished = false,
    passes = 0, -- over the whole list
    pass = listing.verify and new_pass() or nil, -- what this one saw
    report = { pages = 0, reread = 0 },
  }
end

--- Asks for nothing yet.
---@param requests sigmamind.Requests
---@param listing sigmamind.Listing
---@return sigmamind.Pager
function pager.new(requests, listing)
  local self = setmetatable({
    requests = requests,
    listing = listing,
    rows = listing.rows or query.compile({}, listing.key),
    seen = core.seen(not listing.verify and SEEN or nil),
    ahead = ahead.new(requests, listing),
    eager = false, -- whether all pages will be wanted
    wanted = math.huge, -- rows that are wanted yet, where that is known
    reader = setmetatable({}, { __mode = "v" }), -- `thread`: who reads, or did last
  }, Pager)
  self.of_state = { __index = self } -- a state has the pager's fields and methods besides its own
  self.state = setmetatable(new_state(listing), self.of_state)
  self.draft = self.state -- is another one from the beginning of a read to its end
  return self
end

-- == What the pages say ===============================================================

local function misled(self, message)
  local operation = self.ahead.latest
  return errors.new {
    kind = "protocol",
    message = message,
    status = operation.status,
    path = operation.path,
    attempts = operation.attempts,
  }
end

--- How many pages ago a page had the very rows of this one; nil: not lately.
local function last_seen(self, info)
  for ago, ids in ipairs(self.recent) do
    if ids == info.ids then
      return ago
    end
  end
end

--- Whether the server does not turn the page, or turns it in a circle. A few times, so many rows
--- may have been inserted and deleted meanwhile.
local function is_stuck(self, info)
  local ago = last_seen(self, info)
  return ago == 1 and self.repeated == REPEATED_MOST or ago and self.circling == CIRCLING_MOST
end

local function note_ids(self, info)
  local ago = last_seen(self, info)
  self.repeated = ago == 1 and self.repeated + 1 or 0
  self.circling = ago and self.circling + 1 or 0
  local recent = { info.ids or false }
  for i = 1, math.min(#self.recent, RECENT - 1) do
    recent[i + 1] = self.recent[i]
  end
  self.recent = recent
end

--- The report with other values of these fields.
local function amended(report, fields)
  for name, value in pairs(report) do
    if fields[name] == nil then
      fields[name] = value
    end
  end
  return fields
end

--- Rows of a page: what the server makes of the size that it was asked for, once that is known. A
--- method of states.
function Pager:page_size()
  return self.size or self.listing.query.size
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

--- Whether a walk that went on where another ended, at `origin`, would come to rows from before
--- that if it went on with this page: then it looks for its place again.
local function is_before_origin(self, number, total)
  local origin = self.origin
  local grown = origin and math.max(0, total - origin.total)
  return origin and number <= origin.page + math.ceil(grown / self:page_size())
end

--- Goes back so far that no row is skipped, where the total tells that rows may have moved up.
--- Returns whether it did.
local function step_back(self, info)
  local rows, pages = displacement(self, info.totalCount)
  if rows == 0 or self.number == 0 then
    return false
  end
  local size = self:page_size()
  local least, most = self.ahead:drain(self.rows, wrapper.last_page(info, size))
  least = math.min(least, info.totalCount, self.total)
  most = math.max(most, info.totalCount, self.total)
  local back = math.ceil((pages > 0 and most - least or rows) / size) + pages
  self.unrest = self.unrest + (pages > 0 and 1 or 0)
  self.calm_from = math.max(self.calm_from, self.number + (pages > 0 and 2 ^ self.unrest or 1))
  local number = math.max(0, self.number - self.untold - back)
  self.report = amended(self.report, { reread = self.report.reread + self.number - number })
  self.number, self.total, self.recent = number, pages > 0 and least or info.totalCount, {}
  self.untold, self.finished = 0, false
  if is_before_origin(self, number, most) then
    self.resume = self.origin.place
  end
  if self.pass then
    self.pass.is_patched = true
  end
  return true
end

-- == Walking ==========================================================================

--- Begins requests for the pages that follow, as many as may be in flight and can be needed.
local function ask_ahead(self)
  local size, first = self:page_size(), self.number
  local at_once = self.eager and self.unrest == 0
  local how = first < self.calm_from and "one" or at_once and "all" or "more"
  local last = math.min(wrapper.last_page(self.info, size), first + self.ahead:widen(how) - 1)
  if self.wanted < math.huge then
    last = math.min(last, first + math.ceil(self.wanted / size) - 1)
  end
  self.ahead:ask(first, last, self.deadline)
end

--- The page that is to be delivered next, as the server gives it.
local function fetch(self)
  if self.info and self.listing.prefetch > 1 and not self.resume then
    ask_ahead(self)
  end
  return self.ahead:page(self.number, self.deadline, self.rows, self.seen)
end

--- Takes note of what a pass sees on a page.
local function note_pass(self, page, info)
  local pass = self.pass
  local unknown = "?" .. self.passes -- rows without ids are not the same in another pass
  pass.ids[info.page + 1] = info.ids or (info.count == 0 and "empty" or unknown)
  pass.rows = pass.rows + page:count_new(pass.met)
  if info.page == 0 then
    pass.total = info.totalCount
  end
end

--- Takes note of a page that is delivered.
local function accept(self, page, info)
  self.info, self.size, self.total = info, self.size or info.size, info.totalCount or self.total
  self.untold = info.totalCount and 0 or self.untold + 1
  note_ids(self, info)
  self.empty = info.count == 0 and self.empty + 1 or 0
  self.steps_back = self.number > self.farthest and 0 or self.steps_back
  self.farthest = math.max(self.farthest, self.number)
  self.delivered = self.number
  self.ahead.largest = math.max(self.ahead.largest, info.bytes)
  self.finished = not wrapper.has_next(info)
  self.number = self.number + 1
  self.report = amended(self.report, {
    pages = self.report.pages + 1,
    total_first = self.report.total_first or info.totalCount,
    total_last = info.totalCount,
  })
  if self.pass then
    note_pass(self, page, info)
  end
  if self.finished then
    self.ahead:cancel()
  end
end

--- A page that may be delivered; nil, nil: the walk has stepped back and must fetch again.
local function examine(self, page)
  local info = page:info()
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
  elseif is_stuck(self, info) then
    self.repeated, self.circling = 0, 0
    return nil, misled(self, "page after page has the same rows")
  end
  accept(self, page, info)
  return page
end

--- The next page that may be delivered; nil, nil: the walk must look for its place again.
local function advance(self)
  local page, err
  local sought = self.resume
  repeat
    page, err = fetch(self)
    if page then
      page, err = examine(self, page)
    end
    if self.closed then -- while we waited
      return nil, errors.new { kind = "cancelled", message = "the walk was closed" }
    end
  until page or err or self.resume ~= sought
  return page, err
end

--- The page of that number, as the one with which the walk begins. A method of states.
---@param number integer
---@return userdata|nil page, sigmamind.Error|nil err
function Pager:begin_at(number)
  self.number, self.recent, self.total, self.finished = number, {}, nil, false
  self.untold = 0
  return advance(self)
end

--- The page of a walk that goes on where another ended. As long as it is not found, the next call
--- begins to look for it again. Meanwhile no pages are asked for ahead: the next one that is looked
--- at may be any.
local function resumed_page(self)
  local place = self.resume
  self.ahead:widen "one"
  local page, err = resume.find(self, place)
  if page then
    self.resume = nil
    self.origin = { place = place, page = self.delivered, total = self.total or 0 }
  end
  return page, err
end

--- Whether it is proven that every row was seen that was there all the time: all came in one
--- answer, or two passes saw the same.
local function is_consistent(self)
  if self.finished and self.report.pages == 1 and not self.listing.resume then
    local info = self.info
    return info.totalCount == nil or info.totalCount == info.count
  end
  return self.consistent or false
end

--- At the end of the list: whether a walk that verifies begins another pass. It ends when two
--- passes saw the same rows in the same places, as many as the total on the first page of the
--- second, in which no page was read twice: such a page has rows of two times. Ids are not used
--- twice, so all these rows were there then; there were no others, so none that stayed slipped
--- through. Without totals it ends when the passes are alike, which proves nothing.
local function begin_pass(self)
  local pass, before = self.pass, self.ids_before
  if not pass or is_consistent(self) then -- all came in one answer, or it was proven
    return false
  end
  local ids = table.concat(pass.ids, ",", 1, self.delivered + 1)
  self.passes = self.passes + 1
  local alike = before == ids
  self.consistent = alike and pass.total == pass.rows and not pass.is_patched
  if self.consistent or (alike and not pass.total) or self.passes == PASSES_MOST then
    return false
  end
  self.ids_before, self.pass = ids, new_pass()
  self.number, self.farthest, self.empty, self.recent = 0, -1, 0, {}
  self.finished = false
  return true
end

-- == Reading ==========================================================================

--- Changes the draft until there is a page; nil behind the last; nil, err. A thread whose stack has
--- this function is reading the pager (see is_being_read), so the caller makes no tail call.
---@param _ sigmamind.Pager
---@param draft table
---@return userdata|nil page, sigmamind.Error|nil err
local function read(_, draft)
  if draft.finished and not draft.resume and not begin_pass(draft) then
    draft.page, draft.has_ended = nil, true
    return nil
  end
  local page, err
  repeat
    page, err = (draft.resume and resumed_page or advance)(draft)
  until page or err
  if page then
    draft.page = page
  else
    draft.ahead:cancel()
  end
  return page, err
end

--- Whether the reader is suspended, as one is that was dropped while it waited.
local function is_suspended(self, thread)
  local reader = self.reader.thread
  return reader and reader ~= thread and coroutine.status(reader) == "suspended"
end

--- Whether the reader is in the midst of a read. One to whom an error was raised is not, and one
--- that was dropped is collected.
local function is_being_read(self, thread)
  if is_suspended(self, thread) then
    collectgarbage()
  end
  local reader = self.reader.thread
  return reader and inside(reader, read, self)
end

--- Drops what a read was in the midst of when an error was raised. A page that a pass took note of
--- may have come to nobody, and is read again.
local function drop_draft(self)
  self.ahead:abandon()
  if self.state.pass then
    self.state.pass.is_patched = true
  end
  self.draft = self.state
end

--- Begins a read. Raises while there is another one: each would get some of the rows.
local function begin_draft(self)
  local thread = core.thread()
  if self.draft ~= self.state then
    if is_being_read(self, thread) then
      error(BEING_READ:format(self.reader.thread == thread and SAME or OTHER), 0)
    end
    drop_draft(self)
  end
  local draft = {}
  for name, value in pairs(self.state) do
    draft[name] = value
  end
  self.reader.thread = thread
  self.draft = setmetatable(draft, self.of_state)
  return draft
end

--- The next page; nil after the last; nil, err for a failure, after which the next call asks for
--- the same page again.
---@return sigmamind.core.Page|nil page, sigmamind.Error|nil
function Pager:next()
  object.expect(self, Pager, "next")
  if self:is_over() then
    return nil
  end
  local draft = begin_draft(self)
  self.deadline = self.deadline or self.requests:deadline()
  local page, err = read(self, draft)
  if not page then
    self.state = draft
    return nil, err
  end
  self.state = draft -- as late as it can be: what this says was delivered
  return page
end

--- The page that was delivered last, and the rows of the listing before it. Also one that came to
--- nobody, because its reader was interrupted; nil at the end.
---@return userdata|nil page, integer|nil rows
function Pager:current()
  local state = self.state
  if state.page then
    return state.page, state.delivered * state:page_size()
  end
end

---@return boolean
function Pager:is_consistent()
  return is_consistent(self.state)
end

--- Whether there are no pages any more.
---@return boolean
function Pager:is_over()
  return self.closed or self.state.has_ended or false
end

--- Ends what is in flight; next() gives nil from then on. Who waits for a page in another coroutine
--- gets an error of kind "cancelled". Idempotent.
function Pager:close()
  object.expect(self, Pager, "close")
  self.closed = true
  self.ahead:close()
end

Pager.__close = Pager.close

object.seal(Pager, {
  -- methods of states, or for a source
  "begin_at",
  "current",
  "is_consistent",
  "is_over",
  "page_size",
  -- fields of a pager or its state
  "closed",
  "consistent",
  "deadline",
  "delivered",
  "has_ended",
  "ids_before",
  "info",
  "origin",
  "page",
  "pass",
  "resume",
  "size",
  "total",
})

return pager
