--- resume: finds the page and row at which a resumed walk continues.
--
-- The list may have changed since the token was made, so the last row that was handed out is
-- searched: first as far from its old position as totalCount has changed (it may change during the
-- search, too), then a few pages further, because inserts and deletes cancel out in totalCount. If
-- the row was deleted, the walk continues at its old position, and prefers duplicates to gaps.

local page_info = require "sigmamind.listing.page_info"

local resume = {}

local BEYOND = 10 -- pages searched on either side of the range that totalCount gives
local SEARCHED_MAX = 200 -- pages in all
local GAPS_MAX = 50 -- pages read to find the old position of a deleted row

--- How far rows may have moved since the token, in rows: the sums of all changes of totalCount.
---@class sigmamind.Drift
---@field fallen number
---@field risen number
---@field total number|nil  the last

local function note_total(drift, total)
  local change = drift.total and total and total - drift.total or 0
  drift.fallen = drift.fallen + math.max(0, -change)
  drift.risen = drift.risen + math.max(0, change)
  drift.total = total or drift.total
end

--- The number of the page that has the row of this ordinal, from 1. Capped, because a forged token
--- may name any row.
local function page_of(walk, row)
  local number = math.floor((row - 1) / walk:page_size())
  return math.max(0, math.min(number, page_info.PAGE_MAX))
end

local function read(walk, drift, number)
  local page, err = walk:begin_at(number)
  note_total(drift, walk.total)
  return page, err
end

--- The untried page nearest to the row's old position, within the range that the totals give and
--- `beyond` pages on either side; nil if all were tried.
local function nearest(walk, place, drift, tried, beyond)
  local home = page_of(walk, place.row)
  local first = page_of(walk, place.row - drift.fallen) - beyond
  local last = page_of(walk, place.row + drift.risen) + beyond
  first = math.max(0, first)
  last = math.min(last, page_info.last_page(walk.info, walk:page_size()))
  for distance = 0, math.min(SEARCHED_MAX, math.max(home - first, last - home)) do
    for _, number in ipairs { home - distance, home + distance } do
      if number >= first and number <= last and not tried[number] then
        return number
      end
    end
  end
end

--- The page with the row, positioned after it; nil if no searched page has it; nil, err.
local function find_row(walk, place, drift)
  local tried, searched = {}, 0
  local number = page_of(walk, place.row)
  while number and searched < SEARCHED_MAX do
    local page, err = read(walk, drift, number)
    if not page then
      return nil, err
    elseif page:skip(place.id) then
      return page
    end
    page:close()
    tried[number], searched = true, searched + 1
    number = nearest(walk, place, drift, tried, 0) or nearest(walk, place, drift, tried, BEYOND)
  end
end

--- The page positioned where the deleted row was, on the assumption that all deleted rows were
--- before it. Read again if more rows are deleted meanwhile.
local function find_gap(walk, place, drift)
  local page, err, row
  for _ = 1, GAPS_MAX do
    row = math.max(0, place.row - drift.fallen)
    page, err = read(walk, drift, page_of(walk, row + 1))
    if not page then
      return nil, err
    elseif place.row - drift.fallen >= row or row == 0 then
      break
    end
  end
  page:skip(row % walk:page_size())
  return page
end

--- The page on which a walk continues, positioned after the last row that was handed out.
---@param walk sigmamind.Pager  with begin_at(number), page_size() and total
---@param place sigmamind.Place
---@return userdata|nil page, sigmamind.Error|nil err
function resume.find(walk, place)
  local drift = { fallen = 0, risen = 0, total = place.total }
  local page, err = find_row(walk, place, drift)
  if page or err then
    return page, err
  end
  return find_gap(walk, place, drift)
end

return resume
