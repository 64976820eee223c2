--- resume: finds the place where a walk goes on, in a list that may have moved since.
--
-- The row that was handed out last tells where it is. It may have moved with those around it, as
-- far as totalCount tells, which may change while it is looked for, or somewhat further, where as
-- many rows came as went. Where it is gone, its place counts, and rather comes a row twice than not
-- at all.

local page_info = require "sigmamind.listing.page_info"

local resume = {}

local BEYOND = 10 -- pages before and behind those that totalCount tells of, where it is looked for
local SEARCHED_MAX = 200 -- pages in all
local GAPS_MAX = 50 -- pages read to find where a row was that is gone

--- How far rows may have moved since the token, by all that the totals told since then.
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

--- The number of the page that has the row of this ordinal, from 1. A place that was made up may be
--- beyond all pages.
local function page_of(walk, row)
  local number = math.floor((row - 1) / walk:page_size())
  return math.max(0, math.min(number, page_info.PAGE_MAX))
end

--- The page of that number; nil, err.
local function read(walk, drift, number)
  local page, err = walk:begin_at(number)
  note_total(drift, walk.total)
  return page, err
end

--- The page nearest to where the row was on which it was not looked for, among those on which it
--- may be by the totals and so many pages around these.
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

--- The page with the row, behind which it then stands; nil where it is on none; nil, err.
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

--- The page that stands where the row was, with all rows that went taken for rows before it. More
--- may go while it is read.
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

--- The page on which a walk goes on, behind the row that was handed out last.
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
