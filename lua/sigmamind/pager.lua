--- pager: walks the pages of a listing in order.

local errors = require "sigmamind.errors"

local pager = {}

local PAGE_MOST = 2147483647 -- page numbers are int32
local EMPTY_MOST = 3 -- pages without rows, one after another, that say that more follow

---@class sigmamind.Pager
local Pager = { __name = "sigmamind.pager" }
Pager.__index = Pager

--- Asks for nothing yet.
---@param requests sigmamind.Requests
---@param path string
---@param query table  the size, and what filters the listing
---@param rows userdata|nil  a core.query of the rows that are wanted of each page
---@return sigmamind.Pager
function pager.new(requests, path, query, rows)
  return setmetatable({
    requests = requests,
    path = path,
    query = query,
    rows = rows,
    number = 0, -- the page to ask for next
    empty = 0, -- how many pages in a row were empty
    finished = false,
  }, Pager)
end

local function misled(self, message)
  local path = ("%s?page=%d&size=%d"):format(self.path, self.number, self.query.size)
  return errors.new { kind = "protocol", message = message, path = path }
end

--- Whether the wrapper says that another page follows. Servers that leave hasNext out are read by
--- their totalPages; nil: it cannot be told.
local function has_next(info)
  if info.hasNext == nil and info.totalPages then
    return info.page + 1 < info.totalPages
  end
  return info.hasNext
end

--- Takes note of a page. Returns nil, err when the walk cannot trust it.
local function accept(self, page)
  local info = page:info()
  if info.page and info.page ~= self.number then
    return nil, misled(self, ("asked for page %d, got page %d"):format(self.number, info.page))
  end
  info.page = self.number
  local more = has_next(info)
  if more == nil then
    return nil, misled(self, "neither hasNext nor totalPages says whether a page follows")
  elseif more and self.number == PAGE_MOST then
    return nil, misled(self, "hasNext is true on the last page that an int32 can number")
  end
  self.empty = info.count == 0 and self.empty + 1 or 0
  if more and self.empty > EMPTY_MOST then
    self.empty = 0
    return nil, misled(self, "page after page is empty, and hasNext is still true")
  end
  self.finished = not more
  self.number = self.number + 1
  return page
end

--- Raises when another coroutine waits for a page of this walk: each would get some of the rows.
local function claim(self)
  local reader = coroutine.running() or "main"
  local other = self.reader
  if other and other ~= reader and (other == "main" or coroutine.status(other) ~= "dead") then
    error("sigmamind: another coroutine is reading this walk", 0)
  end
  self.reader = reader
end

--- The next page; nil after the last; nil, err for a failure, after which the next call asks for
--- the same page again.
---@return userdata|nil page, sigmamind.Error|nil
function Pager:next()
  if self.finished then
    return nil
  end
  claim(self)
  self.deadline = self.deadline or self.requests:deadline()
  self.query.page = self.number
  local page, err = self.requests:page(self.path, self.query, self.deadline, self.rows)
  self.reader = nil
  if not page then
    return nil, err
  end
  return accept(self, page)
end

return pager
