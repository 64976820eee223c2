--- pager: walks the pages of a listing in order, and prefetches some of them.
--
-- What a walk knows is its state. A read works on a draft of it, which becomes the state by one
-- assignment at its end. An error may be raised anywhere in a read: by a function of the user's, by
-- a hook, by a runtime that cannot suspend. Then the draft is dropped with all that is in flight,
-- and the next read requests the same page again.

local core = require "sigmamind.core"
local drift = require "sigmamind.listing.drift"
local errors = require "sigmamind.errors"
local frames = require "sigmamind.runtime.frames"
local object = require "sigmamind.object"
local page_info = require "sigmamind.listing.page_info"
local prefetch = require "sigmamind.listing.prefetch"
local query = require "sigmamind.query"
local resume = require "sigmamind.listing.resume"
local verify = require "sigmamind.listing.verify"

local pager = {}

local EMPTY_MAX = 3 -- pages without rows, one after another, that say that more follow
local REPEATED_MAX = 3 -- pages, one after another, that have the rows of the page before
local RECENT = 8 -- pages that a page is compared with ...
local CIRCLING_MAX = 50 -- ... and pages, one after another, that have the rows of one of these
local STEPS_BACK_MAX = 100 -- in a row, without getting further

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
---@field chain? sigmamind.Step[]  of where and select
---@field resume? sigmamind.Place  of the row after which to begin
---@field verify? boolean  every row is known again

---@class sigmamind.Pager
local Pager = { __name = "sigmamind.pager" }
Pager.__index = Pager

--- What a walk knows before its first page; false: nothing yet. But `pass`, the tables in it are
--- never changed.
local function new_state(listing)
  local place = listing.resume
  return {
    page = false, -- that was delivered last
    info = false, -- of that page
    delivered = false, -- its number
    size = false, -- rows of a page, as the server has it
    total = false, -- the last totalCount ...
    total_first = false, -- ... and the first
    total_last = false, -- that of the page
    resume = place and place.row > 0 and place or false, -- the place to be found
    origin = false, -- where it was found
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
    finished = false, -- the last page was delivered
    has_ended = false, -- and so was told
    passes = 0, -- over the whole list
    pass = listing.verify and verify.new_pass() or false, -- what this one saw
    ids_before = false, -- of the pass before
    consistent = false,
    pages = 0, -- read so far
    reread = 0, -- of these, those read again because rows may have moved
    place_before = place or false, -- where the walk was before `page`
    duplicates_before = 0, -- rows that came again before `page`
    wanted = math.huge, -- rows that the reader wants
    eager = false, -- whether it will want all pages
  }
end

--- A copy of a state: a constructor with all its fields, because a table that grows by one field at
--- a time is made anew several times.
local function copy_of(state)
  return {
    page = state.page,
    info = state.info,
    delivered = state.delivered,
    size = state.size,
    total = state.total,
    total_first = state.total_first,
    total_last = state.total_last,
    resume = state.resume,
    origin = state.origin,
    number = state.number,
    calm_from = state.calm_from,
    unrest = state.unrest,
    empty = state.empty,
    recent = state.recent,
    repeated = state.repeated,
    circling = state.circling,
    steps_back = state.steps_back,
    farthest = state.farthest,
    untold = state.untold,
    finished = state.finished,
    has_ended = state.has_ended,
    passes = state.passes,
    pass = state.pass,
    ids_before = state.ids_before,
    consistent = state.consistent,
    pages = state.pages,
    reread = state.reread,
    place_before = state.place_before,
    duplicates_before = state.duplicates_before,
    wanted = state.wanted,
    eager = state.eager,
  }
end

--- Requests nothing yet.
---@param transport sigmamind.Transport
---@param listing sigmamind.Listing
---@return sigmamind.Pager
function pager.new(transport, listing)
  local self = setmetatable({
    listing = listing,
    query = query.compile(listing.chain or {}, listing.key),
    seen = core.seen(not listing.verify and SEEN or nil),
    prefetch = prefetch.new(transport, listing),
    reader = setmetatable({}, { __mode = "v" }), -- `thread`: who reads, or did last
    closed = false,
  }, Pager)
  self.of_state = { __index = self } -- a state has the pager's fields and methods besides its own
  self.state = setmetatable(new_state(listing), self.of_state)
  self.draft = self.state -- is another one from the beginning of a read to its end
  return self
end

-- == What the pages say ===============================================================

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
  return ago == 1 and self.repeated == REPEATED_MAX or ago and self.circling == CIRCLING_MAX
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

--- Rows of a page: what the server makes of the size that it was asked for, once that is known. A
--- method of states.
function Pager:page_size()
  return self.size or self.listing.query.size
end

-- == Walking ==========================================================================

--- Begins requests for the pages that follow, as many as may be in flight and can be needed.
local function ask_ahead(self)
  local size, first = self:page_size(), self.number
  local at_once = self.eager and self.unrest == 0
  local how = first < self.calm_from and "one" or at_once and "all" or "more"
  local last = math.min(page_info.last_page(self.info, size), first + self.prefetch:widen(how) - 1)
  if self.wanted < math.huge then
    last = math.min(last, first + math.ceil(self.wanted / size) - 1)
  end
  self.prefetch:send(first, last)
end

--- The page that is to be delivered next, as the server gives it.
local function fetch(self)
  if self.info and self.listing.prefetch > 1 and not self.resume then
    ask_ahead(self)
  end
  return self.prefetch:page(self.number, self.query, self.seen)
end

--- Takes note of a page that is delivered.
local function accept(self, page, info)
  self.info, self.size = info, self.size or info.size or false
  self.total = info.totalCount or self.total
  self.untold = info.totalCount and 0 or self.untold + 1
  note_ids(self, info)
  self.empty = info.count == 0 and self.empty + 1 or 0
  self.steps_back = self.number > self.farthest and 0 or self.steps_back
  self.farthest = math.max(self.farthest, self.number)
  self.delivered = self.number
  self.prefetch:note_size(info.bytes)
  self.finished = not page_info.has_next(info)
  self.number = self.number + 1
  self.pages = self.pages + 1
  self.total_first = self.total_first or info.totalCount or false
  self.total_last = info.totalCount or false
  verify.note(self, page, info)
  if self.finished then
    self.prefetch:cancel()
  end
end

--- A page that may be delivered; nil, nil: the walk has stepped back and must fetch again.
local function examine(self, page)
  local info = page:info()
  info.page = self.number
  local wrong = page_info.complaint(info, self.size)
  if wrong then
    return nil, self.prefetch:protocol_error(wrong)
  elseif info.count == 0 and page_info.has_next(info) and self.empty == EMPTY_MAX then
    self.empty = 0
    return nil, self.prefetch:protocol_error("page after page is empty, and hasNext is still true")
  elseif drift.step_back(self, info) then
    self.steps_back = self.steps_back + 1
    page:close()
    if self.steps_back > STEPS_BACK_MAX then
      self.steps_back = 0
      local message = "totalCount falls again and again: the walk does not get further"
      return nil, self.prefetch:protocol_error(message)
    end
    return nil
  elseif is_stuck(self, info) then
    self.repeated, self.circling = 0, 0
    return nil, self.prefetch:protocol_error("page after page has the same rows")
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
  self.number, self.recent, self.total, self.finished = number, {}, false, false
  self.untold = 0
  return advance(self)
end

--- The page of a walk that goes on where another ended. As long as it is not found, the next call
--- begins to look for it again. Meanwhile no pages are asked for ahead: the next one that is looked
--- at may be any.
local function resumed_page(self)
  local place = self.resume
  self.prefetch:widen "one"
  local page, err = resume.find(self, place)
  if page then
    self.resume = false
    self.origin = { place = place, page = self.delivered, total = self.total or 0 }
  end
  return page, err
end

-- == Reading ==========================================================================

--- The place behind the row that was handed out last, if `read` rows were (see page:position).
local function place_of(state, read)
  local page = state.page
  local position, id
  if page then
    position, id = page:position(read)
  end
  if not position or position == 0 then
    return state.place_before
  end
  local row = state.delivered * state:page_size() + position
  return { row = row, id = id, total = page.totalCount }
end

--- The rows that came again, up to here.
local function duplicates_of(state)
  local _, duplicates
  if state.page then
    _, _, duplicates = state.page:position()
  end
  return state.duplicates_before + (duplicates or 0)
end

--- Changes the draft until there is a page; nil behind the last; nil, err. Must make no tail call:
--- is_being_read looks for this function on the reader's stack.
---@param _ sigmamind.Pager
---@param draft table
---@param read_count integer|nil  rows that were handed out
---@return userdata|nil page, sigmamind.Error|nil err
local function read(_, draft, read_count)
  local place, duplicates = place_of(draft, read_count), duplicates_of(draft)
  local page, err
  if draft.finished and not draft.resume and not verify.begin_pass(draft) then
    draft.has_ended = true
  else
    repeat
      page, err = (draft.resume and resumed_page or advance)(draft)
    until page or err
  end
  if err then
    draft.prefetch:cancel()
  else
    draft.page, draft.place_before, draft.duplicates_before = page or false, place, duplicates
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
  return reader and frames.is_inside(reader, read, self)
end

--- Drops what a read was in the midst of when an error was raised. A page that a pass took note of
--- may have come to nobody, and is read again.
local function drop_draft(self)
  self.prefetch:abandon()
  verify.note_patch(self.state)
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
  self.reader.thread = thread
  self.draft = setmetatable(copy_of(self.state), self.of_state)
  return self.draft
end

--- Reads a page into a draft; the caller makes it the state as its last step.
local function read_draft(self, read_count, wanted, eager)
  local draft = begin_draft(self)
  draft.wanted, draft.eager = wanted, eager
  local page, err = read(self, draft, read_count)
  return draft, page, err
end

--- The next page; nil after the last; nil, err for a failure, after which the next call requests
--- the same page again.
---@return sigmamind.core.Page|nil page, sigmamind.Error|nil
function Pager:next()
  object.expect(self, Pager, "next")
  if self:is_over() then
    return nil
  end
  local draft, page, err = read_draft(self, nil, math.huge, false)
  if not page then
    self.state = draft
    return nil, err
  end
  self.state = draft -- as late as it can be: what this says was delivered
  return page
end

--- next() for a stream, which finds the page with current().
---@param read_count integer  rows that it handed out
---@param wanted number  rows that are wanted yet
---@param eager boolean  whether all pages will be wanted
---@return sigmamind.Error|nil
function Pager:turn(read_count, wanted, eager)
  if self:is_over() then
    return nil
  end
  local draft, _, err = read_draft(self, read_count, wanted, eager)
  self.state = draft
  return err
end

--- The page that was delivered last, also to a reader that was interrupted; nil at the end.
---@return sigmamind.core.Page|nil page
function Pager:current()
  return self.state.page or nil
end

--- Where the walk is; nil at its beginning.
---@param read_count integer  rows that were handed out
---@return sigmamind.Place|nil
function Pager:place(read_count)
  return place_of(self.state, read_count) or nil
end

--- What the walk has seen so far: a sigmamind.Report but for its rows and paths.
---@return table
function Pager:counts()
  local state = self.state
  return {
    pages = state.pages,
    duplicates = duplicates_of(state),
    reread = state.reread,
    total_first = state.total_first or nil,
    total_last = state.total_last or nil,
    consistent = verify.is_consistent(state),
  }
end

--- What the runtime wants called between two rows, and what tells when; nil for a runtime without.
---@return function|nil maybe_yield, function|nil yield_at
function Pager:yielding()
  local host = self.prefetch.runtime or {}
  return host.maybe_yield, host.yield_at
end

--- Whether there are no pages any more.
---@return boolean
function Pager:is_over()
  return self.closed or self.state.has_ended
end

--- Cancels what is in flight; next() returns nil from then on. Who waits for a page in another
--- coroutine gets an error of kind "cancelled". Idempotent.
function Pager:close()
  object.expect(self, Pager, "close")
  self.closed = true
  self.prefetch:close()
end

Pager.__close = Pager.close

object.seal(Pager, {
  "begin_at",
  "counts",
  "current",
  "is_over",
  "page_size",
  "place",
  "turn",
  "yielding",
})

return pager
