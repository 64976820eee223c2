--- pager: walks the pages of a listing in order, and prefetches some of them.
--
-- A read works on a draft of the walk's state, which becomes the state by one assignment at its
-- end. An error may be raised anywhere in a read: by a user's function, by a hook, by a runtime
-- that cannot suspend. Then the draft and all requests in flight are dropped, and the next read
-- requests the same page again.

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

local EMPTY_MAX = 3 -- pages in a row without rows though hasNext is true
local REPEATED_MAX = 3 -- pages in a row with the rows of the page before
local RECENT = 8 -- pages that a page is compared with ...
local CIRCLING_MAX = 50 -- ... and pages in a row with the rows of one of these
local STEPS_BACK_MAX = 100 -- in a row, without progress

local BEING_READ = "sigmamind: this walk is being read by %s: one reader at a time"
local SAME = "the call that invoked on_event, api_key or the runtime"
local OTHER = "another coroutine, or the main program"

--- Rows that a walk recognises as duplicates, at least; they take 1 MiB. With `verify` or a cache,
--- all.
local SEEN = 32768

---@class sigmamind.Listing
---@field path string
---@field resource string  the name of its declaration
---@field query table  the page size and the server's filters
---@field may_shrink? boolean  whether a reader that wants few rows may request smaller pages
---@field key string  the field that identifies a row
---@field fields? sigmamind.Field[]  that rows are declared to have
---@field paging? "documented"|"unknown"  "unknown": a page may not say whether another follows
---@field prefetch integer  max pages in flight
---@field chain? sigmamind.Step[]  of where and select
---@field resume? sigmamind.Place  of the row after which to begin
---@field verify? boolean  whether to walk until two passes are equal
---@field options? sigmamind.CallOptions

---@class sigmamind.Pager
local Pager = { __name = "sigmamind.pager" }
Pager.__index = Pager

--- The state before the first page; false: not known yet. Drafts share its tables, so all of them
--- but `pass` are never changed.
local function new_state(listing)
  local place = listing.resume
  return {
    page = false, -- the last that was delivered
    info = false, -- of that page
    delivered = false, -- its number
    size = false, -- rows of a page, by the server's own account
    total = false, -- the last totalCount ...
    total_first = false, -- ... and the first
    total_last = false, -- that of `page`
    resume = place and place.row > 0 and place or false, -- the place to be found
    origin = false, -- where it was found
    number = 0, -- of the next page
    calm_from = 0, -- pages before this number are requested one at a time
    unrest = 0, -- steps back while several pages were in flight
    empty = 0, -- empty pages in a row
    recent = {}, -- the ids of the last pages
    repeated = 0, -- pages in a row with the rows of the one before
    circling = 0, -- and with those of one of the recent
    steps_back = 0, -- in a row
    farthest = -1, -- the highest page number so far
    without_total = 0, -- pages in a row without totalCount
    finished = false, -- the last page was delivered
    has_ended = false, -- the end was returned as well
    passes = 0, -- over the whole list
    pass = listing.verify and verify.new_pass() or false, -- the current one
    ids_before = false, -- of the pass before
    consistent = false,
    pages = 0, -- read so far
    reread = 0, -- of these, those read again because rows may have moved
    place_before = place or false, -- the walk's position before `page`
    duplicates_before = 0, -- duplicates dropped before `page`
    wanted = math.huge, -- rows that the reader wants
    eager = false, -- whether the reader will want all pages
  }
end

--- A copy of a state, by a constructor with all fields: a table that grows field by field is
--- rehashed several times.
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
    without_total = state.without_total,
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

--- Whether a walk may begin again from its first page: then it remembers all rows.
local function may_lapse(transport)
  return transport.options.cache or transport.options.coalesce
end

--- Sends no request yet.
---@param transport sigmamind.Transport
---@param listing sigmamind.Listing
---@return sigmamind.Pager
function pager.new(transport, listing)
  local self = setmetatable({
    listing = listing,
    query = query.compile(listing.chain or {}, listing.key),
    seen = core.seen(not (listing.verify or may_lapse(transport)) and SEEN or nil),
    prefetch = prefetch.new(transport, listing),
    reader = setmetatable({}, { __mode = "v" }), -- `thread`: the last reader's coroutine
    closed = false,
  }, Pager)
  self.of_state = { __index = self } -- a state has the pager's fields and methods besides its own
  self.state = setmetatable(new_state(listing), self.of_state)
  self.draft = self.state -- differs during a read alone
  return self
end

-- == Checking the pages ===============================================================

--- How many pages back an identical page was seen; nil if none of the recent ones is.
local function last_seen(self, info)
  for ago, ids in ipairs(self.recent) do
    if ids == info.ids then
      return ago
    end
  end
end

--- Whether the server keeps returning the same pages. A few repetitions are accepted: inserts and
--- deletes may have moved the rows.
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

--- Rows of a page: the server's own size, once known, else the requested one. A method of states.
function Pager:page_size()
  return self.size or self.listing.query.size
end

-- == Walking ==========================================================================

--- Sends requests for the next pages, as many as may be in flight and can be needed.
local function send_prefetch(self)
  local size, first = self:page_size(), self.number
  local at_once = self.eager and self.unrest == 0
  local how = first < self.calm_from and "one" or at_once and "all" or "more"
  local last = math.min(page_info.last_page(self.info, size), first + self.prefetch:widen(how) - 1)
  if self.wanted < math.huge then
    last = math.min(last, first + math.ceil(self.wanted / size) - 1)
  end
  self.prefetch:send(first, last)
end

--- Lets the walk begin again, from the API alone: pages of two moments may not fit together. The
--- rows that were handed out are recognised.
local function lapse(self)
  self.prefetch:read_api()
  self.reread = self.reread + self.number
  self.number, self.farthest, self.calm_from = 0, -1, 0
  self.info, self.total, self.recent, self.finished = false, false, {}, false
  self.empty, self.repeated, self.circling, self.without_total = 0, 0, 0, 0
end

--- The next page, unchecked; nil without an error if the walk has lapsed.
local function fetch(self)
  if self.info and not self.resume and self.prefetch:may_send() then
    send_prefetch(self)
  end
  local page, err = self.prefetch:page(self.number, self.query, self.seen)
  if not (page or err or self.closed) then
    lapse(self)
  end
  return page, err
end

--- Records a page that is delivered.
local function accept(self, page, info)
  self.info, self.size = info, self.size or info.size or false
  self.total = info.totalCount or self.total
  self.without_total = info.totalCount and 0 or self.without_total + 1
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

--- Returns the page if it may be delivered; nil, nil: the walk has stepped back and must fetch
--- again.
local function examine(self, page)
  local info = page:info()
  info.page = self.number
  if self.listing.paging == "unknown" then
    page_info.infer_has_next(info, self.recent[1])
  end
  local wrong = page_info.complaint(info, self.size)
  if not wrong and self.pass and info.count > 0 and not info.ids then
    wrong = ("verify needs rows with ids, and no row of the page has %s"):format(self.listing.key)
  end
  if wrong then
    return nil, self.prefetch:protocol_error(wrong)
  elseif info.count == 0 and page_info.has_next(info) and self.empty == EMPTY_MAX then
    self.empty = 0
    return nil, self.prefetch:protocol_error "consecutive pages are empty, but hasNext stays true"
  elseif drift.step_back(self, info) then
    self.steps_back = self.steps_back + 1
    page:close()
    if self.prefetch.is_shared then
      lapse(self)
    else
      self.prefetch:stay_fresh()
    end
    if self.steps_back > STEPS_BACK_MAX then
      self.steps_back = 0
      local message = "totalCount keeps falling: the walk makes no progress"
      return nil, self.prefetch:protocol_error(message)
    end
    return nil
  elseif is_stuck(self, info) then
    self.repeated, self.circling = 0, 0
    return nil, self.prefetch:protocol_error "consecutive pages have the same rows"
  end
  accept(self, page, info)
  return page
end

--- The next page that may be delivered; nil, nil: the resume position must be searched again.
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

--- Begins the walk anew at the page of that number. A method of states.
---@param number integer
---@return userdata|nil page, sigmamind.Error|nil err
function Pager:begin_at(number)
  self.number, self.recent, self.total, self.finished = number, {}, false, false
  self.without_total = 0
  return advance(self)
end

--- The first page of a resumed walk. After a failure the next call begins the search again. The
--- search prefetches nothing: any page may be the next that it needs.
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

--- The position after the last row that was handed out, if `read` rows were (see page:position).
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

--- The number of duplicates dropped so far.
local function duplicates_of(state)
  local _, duplicates
  if state.page then
    _, _, duplicates = state.page:position()
  end
  return state.duplicates_before + (duplicates or 0)
end

--- Advances the draft to the next page; nil after the last; nil, err. Must make no tail call:
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

--- Whether the last reader is suspended: it waits, or was abandoned while it waited.
local function is_suspended(self, thread)
  local reader = self.reader.thread
  return reader and reader ~= thread and coroutine.status(reader) == "suspended"
end

--- Whether the last reader is in the middle of a read. One that an error has unwound is not, and an
--- abandoned one is collected here.
local function is_being_read(self, thread)
  if is_suspended(self, thread) then
    collectgarbage()
  end
  local reader = self.reader.thread
  return reader and frames.is_inside(reader, read, self)
end

--- Drops the draft of a read that an error has unwound. The pass may have recorded a page that was
--- never delivered and is read again.
local function drop_draft(self)
  self.prefetch:abandon()
  verify.note_patch(self.state)
  self.draft = self.state
end

--- Begins a read. Raises during another one: each would get only some of the rows.
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
  self.state = draft -- as late as possible: a page in the state counts as delivered
  return page
end

--- next() for a stream, which finds the page with current().
---@param read_count integer  rows that the stream handed out
---@param wanted number  rows that it still wants
---@param eager boolean  whether it will want all pages
---@return sigmamind.Error|nil
function Pager:turn(read_count, wanted, eager)
  if self:is_over() then
    return nil
  end
  local draft, _, err = read_draft(self, read_count, wanted, eager)
  self.state = draft
  return err
end

--- The last delivered page, even if its reader was interrupted; nil at the end.
---@return sigmamind.core.Page|nil page
function Pager:current()
  return self.state.page or nil
end

--- The walk's position; nil at its beginning.
---@param read_count integer  rows that were handed out
---@return sigmamind.Place|nil
function Pager:place(read_count)
  return place_of(self.state, read_count) or nil
end

--- The statistics so far: a sigmamind.Report without its rows and paths.
---@return table
function Pager:counts()
  local state = self.state
  return {
    pages = state.pages,
    duplicates = duplicates_of(state),
    reread = state.reread,
    cached = self.prefetch.cached,
    stale = self.prefetch.stale,
    age = self.prefetch.oldest,
    total_first = state.total_first or nil,
    total_last = state.total_last or nil,
    consistent = verify.is_consistent(state),
  }
end

--- The runtime's hook to call between two rows, and its function that returns when that is due; nil
--- if it has none.
---@return function|nil maybe_yield, function|nil yield_at
function Pager:yielding()
  local host = self.prefetch.runtime or {}
  return host.maybe_yield, host.yield_at
end

--- Whether no page follows.
---@return boolean
function Pager:is_over()
  return self.closed or self.state.has_ended
end

--- Cancels the requests in flight; next() returns nil from then on. A coroutine that waits for a
--- page gets an error of kind "cancelled". Idempotent.
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
