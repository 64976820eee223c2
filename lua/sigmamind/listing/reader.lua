--- reader: how a listing's own stream reads its pages: opens the walk, turns the pages, and returns
--- their rows.

local errors = require "sigmamind.errors"
local pager = require "sigmamind.listing.pager"
local query = require "sigmamind.query"
local token = require "sigmamind.listing.token"

local reader = {}

--- The page's methods that return rows. All pages share them; they are cached because each lookup
--- costs a call.
local next_row, next_json, fill, fill_json

local function learn_methods(page)
  if not next_row then
    next_row, next_json, fill, fill_json = page.next, page.next_json, page.fill, page.fill_json
  end
end

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

--- The same listing with another step of its chain.
---@param listing sigmamind.Listing
---@param step sigmamind.Step
---@return sigmamind.Listing
function reader.narrow(listing, step)
  return with(listing, { chain = query.append(listing.chain, step) })
end

--- Whether the number of wanted rows gives the number of pages: with a filter it does not.
---@param listing sigmamind.Listing
---@return boolean
function reader.is_unfiltered(listing)
  return query.parts(listing.chain) == nil
end

--- The listing with its page size reduced, so that the pages hold few rows more than are wanted.
--- resume and verify need pages of the usual size.
local function shrunk(self, want)
  local listing = self.listing
  local size, max = listing.query.size, self.is_last_read and want or listing.limit
  if not (max and listing.may_shrink and reader.is_unfiltered(listing)) then
    return listing
  elseif listing.resume or listing.verify then
    return listing
  end
  local pages = math.max(1, math.ceil(max / size))
  local fitting = math.max(1, math.ceil(max / pages))
  return with(listing, { query = with(listing.query, { size = fitting }) })
end

--- Opens the walk; nil, err if the resume token belongs to another walk.
local function open(self, want)
  local err = self.listing.resume and token.complaint(self.listing)
  if err then
    return nil, err
  end
  return pager.new(self.transport, shrunk(self, want))
end

--- Makes `page` the current one; nil after the last.
local function turn_to(self, page)
  if page then
    self.paths:add(page)
    learn_methods(page)
  end
  local maybe_yield, yield_at = self.pager:yielding()
  self.maybe_yield, self.yield_at = maybe_yield or false, yield_at or false
  self.page = page or false
  self.next_row, self.quick = next_row, not maybe_yield and page or false
end

--- Turns to the next page, and opens the walk before the first. A page that the walk has delivered
--- already is not requested again: its reader was interrupted. Returns false at the end, or false,
--- err.
local function turn(self, want)
  local walk, err
  if self.closed then
    return false
  elseif not self.pager then
    walk, err = open(self, want)
    if not walk then
      return false, err
    end
    self.pager = walk
  end
  walk = self.pager
  local page = walk:current()
  if not page or page == self.page then
    local wanted = want and reader.is_unfiltered(self.listing) and want or math.huge
    err = walk:turn(self.rows.read, wanted, self.is_eager)
    if err then
      return false, err
    end
    page = walk:current()
  end
  turn_to(self, page)
  return page ~= nil
end

--- The page's next row; at its end nil, and the page's text is freed.
local function row_of(page, form, read)
  local row = (form == "json" and next_json or next_row)(page, read)
  if not row then
    page:close()
  end
  return row
end

--- The next row; nil at the end; nil, err on failure. The row is only offered: it is returned again
--- unless the caller counts it in rows.read. The runtime may suspend the reader before that, or
--- kill it, and no row is lost.
---@param self sigmamind.Stream
---@param form? "json"  the row's text
---@param want? integer  rows that the reader wants, this one included; nil: not known
---@return any row, sigmamind.Error|nil
function reader.pull(self, form, want)
  local rows = self.rows
  while true do
    if self.maybe_yield then
      self.maybe_yield()
    end
    local page = self.page
    local row = page and row_of(page, form, rows.read)
    if row then
      rows.offered = rows.read + 1
      return row
    end
    local turned, err = turn(self, want)
    if not turned then
      rows.at_end = err == nil
      return nil, err
    end
  end
end

--- Appends rows of the current page to the list, up to the page's end or until the runtime is due
--- to suspend the reader; without a list, skips them. Returns their number. It is 0 for a runtime
--- that has maybe_yield but no yield_at: that one must be called before each row.
---@param self sigmamind.Stream
---@param list table|nil
---@param form? "json"
---@param max? integer
---@return integer
function reader.fill(self, list, form, max)
  local page, deadline = self.page, nil
  if page and self.maybe_yield then
    deadline = self.yield_at and self.yield_at()
    page = deadline and page
  end
  if not page then
    return 0
  end
  local rows = self.rows
  local count = (form == "json" and fill_json or fill)(page, list, rows, max, deadline)
  rows.offered = rows.read
  return count or 0 -- a page that is closed has none
end

--- Marks the next read as the last unless it fails, so that pages need hold no more rows than it
--- wants.
---@param self sigmamind.Stream
function reader.begin_last_read(self)
  self.is_last_read = true
end

--- Undoes begin_last_read after a failure. A walk without a page yet is opened anew, with pages of
--- the usual size.
---@param self sigmamind.Stream
function reader.cancel_last_read(self)
  self.is_last_read = false
  if self.pager and not self.page and not self.pager:is_over() then
    self.pager:close()
    self.pager = false
  end
end

---@param self sigmamind.Stream
---@return string
function reader.token(self)
  local place = self.listing.resume
  if self.pager then
    place = self.pager:place(self.rows.read)
  end
  return token.of(self.listing, place, self.rows.read)
end

---@param self sigmamind.Stream
---@return sigmamind.Report
function reader.report(self)
  local unknown, mistyped = self.paths:report()
  local report = self.pager and self.pager:counts()
    or { pages = 0, duplicates = 0, reread = 0, cached = 0, stale = 0, age = 0, consistent = false }
  report.rows = self.rows.read
  report.unknown_paths, report.mistyped_paths = unknown, mistyped
  return report
end

--- Cancels the requests in flight and frees the page. No rows follow.
---@param self sigmamind.Stream
function reader.close(self)
  local walk = self.pager
  self.is_broken_off = self.is_broken_off or not (walk and walk:is_over())
  if walk then
    walk:close()
  end
  if self.page then
    self.page:close()
  end
  self.page, self.quick, self.closed = false, false, true
end

--- The error if the stream was closed before its end or has a wrong token; else nil.
---@param self sigmamind.Stream
---@return sigmamind.Error|nil
function reader.complaint(self)
  if self.is_broken_off then
    local message = "the stream was closed before its end"
    return errors.new { kind = "cancelled", message = message }
  end
  return token.complaint(self.listing)
end

return reader
