--- drift: detects that rows have moved between two pages of a walk, and decides how far the walk
--- steps back so that it skips none of them.
--
-- The core drops rows that come again. Skipped rows show in totalCount: if it fell between two
-- pages, rows already read may have been deleted, and the following rows moved up. Concurrent
-- requests are answered in any order, so with them a risen total means the same danger, and the
-- walk also steps back by the number of pages in flight.

local page_info = require "sigmamind.listing.page_info"
local verify = require "sigmamind.listing.verify"

local drift = {}

--- Returns how many rows may have moved up since the last page, and how many pages to read again
--- because they were fetched concurrently.
local function displacement(walk, total)
  local fell = walk.total and total and walk.total - total or 0
  local width = walk.prefetch.width
  if width > 1 and walk.number >= walk.calm_from then
    return math.abs(fell), fell ~= 0 and width or 0
  end
  return math.max(0, fell), 0
end

--- Whether stepping back to this page may cross the position where a resumed walk began: then that
--- position must be searched again.
local function is_before_origin(walk, number, total)
  local origin = walk.origin
  local grown = origin and math.max(0, total - origin.total)
  return origin and number <= origin.page + math.ceil(grown / walk:page_size())
end

--- Steps back if the total of a page shows that rows may have moved up, and returns whether it did.
---@param walk table  the draft of a read, which it changes
---@param info table  of the page
---@return boolean
function drift.step_back(walk, info)
  local rows, pages = displacement(walk, info.totalCount)
  if rows == 0 or walk.number == 0 then
    return false
  end
  local size = walk:page_size()
  local least, greatest = walk.prefetch:drain(walk.query, page_info.last_page(info, size))
  least = math.min(least, info.totalCount, walk.total)
  greatest = math.max(greatest, info.totalCount, walk.total)
  local back = math.ceil((pages > 0 and greatest - least or rows) / size) + pages
  walk.unrest = walk.unrest + (pages > 0 and 1 or 0)
  walk.calm_from = math.max(walk.calm_from, walk.number + (pages > 0 and 2 ^ walk.unrest or 1))
  local number = math.max(0, walk.number - walk.without_total - back)
  walk.reread = walk.reread + walk.number - number
  walk.number, walk.total, walk.recent = number, pages > 0 and least or info.totalCount, {}
  walk.without_total, walk.finished = 0, false
  if is_before_origin(walk, number, greatest) then
    walk.resume = walk.origin.place
  end
  verify.note_patch(walk)
  return true
end

return drift
