--- source: the rows of a listing, page after page, that a stream reads. It knows how many will be
--- wanted, where the walk is, and what it has seen.

local errors = require "sigmamind.errors"
local pager = require "sigmamind.pager"
local query = require "sigmamind.query"
local token = require "sigmamind.token"

local source = {}

---@class sigmamind.Source
local Source = { __name = "sigmamind.source" }
Source.__index = Source

---@param requests sigmamind.Requests
---@param listing table  a sigmamind.Listing with where and select instead of rows
---@return sigmamind.Source
function source.new(requests, listing)
  local resume = listing.resume
  return setmetatable({
    requests = requests,
    listing = listing,
    place = resume, -- of the row that was handed out last
    before = resume and resume.count or 0, -- rows that were handed out elsewhere
    read = 0, -- and here
    most = math.huge, -- rows that are wanted here
    eager = false,
  }, Source)
end

--- The same listing with more of a query; nil when reading has begun, or the two do not go
--- together.
---@param where table
---@param select string[]|nil
---@return sigmamind.Source|nil
function Source:narrow(where, select)
  local listing = self.listing
  local merged = query.merge(listing.where, where)
  if not merged or self.pager or listing.select or self.most < math.huge then
    return nil
  end
  local narrower = {}
  for name, value in pairs(listing) do
    narrower[name] = value
  end
  narrower.where, narrower.select = merged, select
  return source.new(self.requests, narrower)
end

--- No more rows than these are wanted. Returns whether that tells how many pages are.
---@param count integer
---@return boolean
function Source:limit(count)
  self.most = math.min(self.most, count)
  return next(self.listing.where or {}) == nil
end

--- All rows will be wanted, so that all pages may be asked for at once.
function Source:hurry()
  self.eager = true
end

local function digest(listing)
  local asked = listing.query
  return token.digest(listing.path, asked.status, asked.size, listing.where or {}, listing.select)
end

--- Opens the walk. Returns nil, err for a token of another one.
local function open(self)
  local listing = self.listing
  local resume = listing.resume
  if resume and resume.query ~= digest(listing) then
    local message = "resume: the token is of a walk with another status, size, where or select"
    return nil, errors.new { kind = "config", message = message, path = listing.path }
  end
  listing.rows = query.compile(listing.where, listing.select, listing.key)
  return pager.new(self.requests, listing)
end

--- Notes where the walk is.
local function note_place(self)
  local walk, page = self.pager, self.page
  local position, id = page:position()
  if position > 0 then
    local row = walk.delivered * walk:page_size() + position
    self.place = { row = row, id = id, total = page:info().totalCount }
  end
end

local function leave_page(self)
  local page = self.page
  if page then
    local seen = self.pager.report
    note_place(self)
    seen.duplicates = seen.duplicates + page:info().duplicates
    self.page = nil
  end
end

local function next_page(self)
  local walk = self.pager
  walk.eager = self.eager
  if self.most < math.huge and next(self.listing.where or {}) == nil then
    walk.wanted = self.most - self.read
  end
  leave_page(self)
  local err
  self.page, err = walk:next()
  self.breathe = walk.ahead:breather()
  return self.page, err
end

--- The next row of the page at hand. Before it is taken, a host that has a budget may suspend the
--- reader: who is ended there loses none.
local function next_here(self, take)
  if self.breathe then
    self.breathe()
  end
  local page = self.page
  local row = page and page[take](page)
  if row then
    self.read = self.read + 1
  end
  return row
end

--- The next row; nil at the end; nil, err for a failure.
---@param take? string  the page's method that gives it, default "next"
function Source:next(take)
  take = take or "next"
  local err
  if self.closed then
    return nil
  elseif not self.pager then
    self.pager, err = open(self)
    if not self.pager then
      return nil, err
    end
  end
  local row = next_here(self, take)
  while not row do
    local page
    page, err = next_page(self)
    if not page then
      return nil, err
    end
    row = next_here(self, take)
  end
  return row
end

local BEGINNING = { row = 0, id = ("0"):rep(16) }

---@return string
function Source:token()
  if self.page then
    note_place(self)
  end
  local place = self.place or BEGINNING
  return token.write {
    row = place.row,
    count = self.before + self.read,
    total = place.total,
    id = place.id,
    query = digest(self.listing),
  }
end

---@return sigmamind.Report
function Source:report()
  local walk = self.pager
  if not walk then
    return { rows = 0, pages = 0, duplicates = 0, reread = 0, consistent = false }
  end
  local seen = walk.report
  return {
    rows = self.read,
    pages = seen.pages,
    duplicates = seen.duplicates + (self.page and self.page:info().duplicates or 0),
    reread = seen.reread,
    total_first = seen.total_first,
    total_last = seen.total_last,
    consistent = walk:is_consistent(),
  }
end

--- Ends what is in flight; there are no rows any more.
function Source:close()
  leave_page(self)
  local walk = self.pager
  self.is_broken_off = self.is_broken_off or not (walk and walk.closed)
  if walk then
    walk:close()
  end
  self.page, self.closed = nil, true
end

--- Why there are no rows any more, where it is not that all were read; nil otherwise.
---@return sigmamind.Error|nil
function Source:complaint()
  if self.is_broken_off then
    local message = "the stream was closed before its end"
    return errors.new { kind = "cancelled", message = message, path = self.listing.path }
  end
end

return source
