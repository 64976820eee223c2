--- source: the rows of a listing, page after page, that a stream reads. It knows how many will be
--- wanted, where the walk is, and what it has seen.

local errors = require "sigmamind.errors"
local pager = require "sigmamind.listing.pager"
local paths = require "sigmamind.listing.paths"
local query = require "sigmamind.query"
local token = require "sigmamind.listing.token"

local source = {}

---@class sigmamind.Source
local Source = { __name = "sigmamind.source" }
Source.__index = Source

---@param requests sigmamind.Requests
---@param listing table  a sigmamind.Listing with a chain of sigmamind.query instead of rows
---@return sigmamind.Source
function source.new(requests, listing)
  local resume = listing.resume
  return setmetatable({
    requests = requests,
    listing = listing,
    before = resume and resume.count or 0, -- rows that were handed out elsewhere
    count = { read = 0, offered = 0 }, -- rows that were read here, and with the one on its way
    here = { place = resume, duplicates = 0 }, -- the page, and what was before it: see turn_to
    page = nil, -- the same page, for each row
    paths = paths.new(),
    eager = false,
  }, Source)
end

--- A copy of a table, with other fields.
local function with(original, fields)
  local copy = {}
  for name, value in pairs(original) do
    copy[name] = value
  end
  for name, value in pairs(fields) do
    copy[name] = value
  end
  return copy
end

--- The same listing with another step of its chain, as a source of its own.
---@param step sigmamind.Step
---@return sigmamind.Source
function Source:narrow(step)
  local listing = self.listing
  return source.new(self.requests, with(listing, { chain = query.append(listing.chain, step) }))
end

---@return boolean
function Source:has_begun()
  return self.pager ~= nil
end

--- Whether the number of rows that are wanted tells the number of pages: a filter may need any.
---@return boolean
function Source:is_whole()
  return query.asked(self.listing.chain) == nil
end

--- All rows will be wanted, so that all pages may be asked for at once.
function Source:hurry()
  self.eager = true
end

local function digest(listing)
  local asked = listing.query
  local where, select = query.asked(listing.chain)
  return token.digest(listing.path, asked.status, asked.size, where or {}, select)
end

--- The listing with the size of pages that together have hardly more rows than are wanted. A place
--- in the list is looked for, and a walk verified, in pages of the usual size.
local function shrunk(self, want)
  local listing = self.listing
  local size = listing.query.size
  local most = self.is_last_read and want or listing.limit
  if not (most and listing.may_shrink and self:is_whole()) or listing.resume or listing.verify then
    return listing
  end
  local pages = math.max(1, math.ceil(most / size))
  local fitting = math.max(1, math.ceil(most / pages))
  return with(listing, { query = with(listing.query, { size = fitting }) })
end

--- The error for a token of another walk; nil for one of this walk, or none.
local function foreign(self)
  local resume = self.listing.resume
  if resume and resume.query ~= digest(self.listing) then
    local message = "resume: the token is of a walk with another status, size, where or select"
    return errors.new { kind = "config", message = message }
  end
end

--- Opens the walk. Returns nil, err for a token of another one.
local function open(self, want)
  local listing = self.listing
  local err = foreign(self)
  if err then
    return nil, err
  end
  listing.rows = query.compile(listing.chain, listing.key)
  return pager.new(self.requests, shrunk(self, want))
end

--- The read that comes is the last, unless it fails: its pages need no more rows than it wants.
function Source:begin_last_read()
  self.is_last_read = true
end

--- That read failed. A walk without a page yet is opened anew, with pages of the usual size.
function Source:cancel_last_read()
  self.is_last_read = false
  if self.pager and not self.here.page then
    self.pager:close()
    self.pager = nil
  end
end

--- Where the walk is: behind the row that was handed out last.
local function place_of(self)
  local here = self.here
  local position, id = here.page:position(self.count.read)
  if position == 0 then
    return here.place
  end
  return { row = here.before + position, id = id, total = here.page:info().totalCount }
end

--- The rows that came again, up to here.
local function duplicates_of(self)
  local here = self.here
  return here.duplicates + here.page:info().duplicates
end

--- Begins to read a page, behind which the next is. It is not left before by one assignment.
local function turn_to(self, page, before)
  if self.here.page ~= page then
    local place, duplicates = self.here.place, 0
    if self.here.page then
      place, duplicates = place_of(self), duplicates_of(self)
    end
    self.here = { page = page, before = before, place = place, duplicates = duplicates }
  end
  if page then
    self.paths:add(page)
  end
  self.page = page
end

--- Turns to the next page. One that is there already is not requested: its reader was interrupted.
local function next_page(self, want)
  local walk = self.pager
  local page, before = walk:current()
  if not page or page == self.page then
    walk.eager = self.eager
    walk.wanted = want and self:is_whole() and want or math.huge
    local _, err = walk:next()
    self.breathe = walk.ahead:breather()
    page, before = walk:current()
    if err or not page then
      return false, err
    end
  end
  turn_to(self, page, before)
  return true
end

--- Turns to the next page, and opens the walk before the first. Returns false, or false, err, where
--- there is none.
local function turn(self, want)
  local err
  if self.closed then
    return false
  elseif not self.pager then
    self.pager, err = open(self, want)
    if not self.pager then
      return false, err
    end
  end
  return next_page(self, want)
end

--- The methods of pages that give rows, by name. All pages share them, and a page looks its own up
--- by a function, which is slow for each row.
local methods = {}

--- The next row of a page, or nil. A page that has no more lets go of its text.
local function row_of(page, take, read)
  local method = methods[take]
  if not method then
    method = page[take]
    methods[take] = method
  end
  local row = method(page, read)
  if not row then
    page:close()
  end
  return row
end

--- The next row; nil at the end; nil, err for a failure. The row is offered: it comes again unless
--- the stream counts it as read. Before that, a host that has a budget may suspend the reader, and
--- may end it there without a loss.
---@param take? string  the page's method that gives it, default "next"
---@param want? integer  rows that the reader wants, this one included; nil: not known
function Source:next(take, want)
  while true do
    if self.breathe then
      self.breathe()
    end
    local page, count = self.page, self.count
    if page then
      local read = count.read
      local row = row_of(page, take or "next", read)
      if row then
        count.offered = read + 1
        return row
      end
    end
    local turned, err = turn(self, want)
    if not turned then
      self.count.at_end = err == nil
      return nil, err
    end
  end
end

local BEGINNING = { row = 0, id = ("0"):rep(16) }

---@return string
function Source:token()
  local place = self.here.page and place_of(self) or self.here.place or BEGINNING
  return token.write {
    row = place.row,
    count = self.before + self.count.read,
    total = place.total,
    id = place.id,
    query = digest(self.listing),
  }
end

---@return sigmamind.Report
function Source:report()
  local walk = self.pager
  local unknown, mistyped = self.paths:report()
  local seen = walk and walk.state.report or { pages = 0, reread = 0 }
  return {
    rows = self.count.read,
    pages = seen.pages,
    duplicates = self.here.page and duplicates_of(self) or self.here.duplicates,
    reread = seen.reread,
    total_first = seen.total_first,
    total_last = seen.total_last,
    consistent = walk ~= nil and walk:is_consistent(),
    unknown_paths = unknown,
    mistyped_paths = mistyped,
  }
end

--- Ends what is in flight; there are no rows any more.
function Source:close()
  local walk = self.pager
  self.is_broken_off = self.is_broken_off or not (walk and walk:is_over())
  if walk then
    walk:close()
  end
  if self.here.page then
    turn_to(self, nil)
  end
  self.closed = true
end

--- Why there are no rows any more, where it is not that all were read; nil otherwise.
---@return sigmamind.Error|nil
function Source:complaint()
  if self.is_broken_off then
    local message = "the stream was closed before its end"
    return errors.new { kind = "cancelled", message = message }
  end
  return foreign(self)
end

return source
