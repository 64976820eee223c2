--- resume: finds the place where a walk goes on, in a list that may have moved since.
--
-- The row that was handed out last tells where it is. It may have moved with those around it, as
-- far as totalCount tells, which may change while it is looked for, or somewhat further, where as
-- many rows came as went. Where it is gone, its place counts, and rather comes a row twice than not
-- at all.

local wrapper = require "sigmamind.wrapper"

local resume = {}

local BEYOND = 10 -- pages before and behind those that totalCount tells of, where it is looked for

--- How far the row may have moved, by what the last page that was read says of the total.
local function moved(walk, place)
  return place.total and walk.total and walk.total - place.total or 0
end

--- The number of the page that has the row of this ordinal, from 1.
local function page_of(walk, row)
  return math.max(0, math.floor((row - 1) / walk:page_size()))
end

--- The page nearest to where the row was on which it was not looked for, among those on which it
--- may be by the totals and so many pages around these.
local function nearest(walk, place, tried, beyond)
  local shift, size = moved(walk, place), walk:page_size()
  local home = page_of(walk, place.row)
  local first = page_of(walk, place.row + math.min(0, shift)) - beyond
  local last = page_of(walk, place.row + math.max(0, shift)) + beyond
  first, last = math.max(0, first), math.min(last, wrapper.last_page(walk.info, size))
  for distance = 0, math.max(home - first, last - home) do
    for _, number in ipairs { home - distance, home + distance } do
      if number >= first and number <= last and not tried[number] then
        return number
      end
    end
  end
end

local function next_number(walk, place, tried)
  return nearest(walk, place, tried, 0) or nearest(walk, place, tried, BEYOND)
end

--- The page with the row, behind which it then stands; nil where it is on none; nil, err.
local function find_row(walk, place)
  local tried = {}
  local number = page_of(walk, place.row)
  while number do
    local page, err = walk:begin_at(number)
    if not page then
      return nil, err
    elseif page:skip(place.id) then
      return page
    end
    page:close()
    tried[number] = true
    number = next_number(walk, place, tried)
  end
end

--- How many rows are before the place, where rows that are gone were before it.
local function rows_before(walk, place)
  return math.max(0, place.row + math.min(0, moved(walk, place)))
end

--- The page that stands where the row was. The total may fall while it is read.
local function find_gap(walk, place)
  while true do
    local row = rows_before(walk, place)
    local page, err = walk:begin_at(math.floor(row / walk:page_size()))
    if not page then
      return nil, err
    elseif rows_before(walk, place) >= row then
      page:skip(row % walk:page_size())
      return page
    end
    page:close()
  end
end

--- The page on which a walk goes on, behind the row that was handed out last.
---@param walk sigmamind.Pager  with begin_at(number), page_size() and total
---@param place sigmamind.Place
---@return userdata|nil page, sigmamind.Error|nil err
function resume.find(walk, place)
  local page, err = find_row(walk, place)
  if page or err then
    return page, err
  end
  return find_gap(walk, place)
end

return resume
