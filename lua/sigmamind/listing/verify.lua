--- verify: reads the whole list in passes until two consecutive ones prove that no row was missed.
--
-- The proof: both passes saw the same rows in the same places; the second saw as many rows as the
-- totalCount of its first page, and read no page twice (a reread page mixes rows of two moments).
-- Ids are not reused, so all these rows existed at that moment, and no others, so no row that
-- stayed was missed. Without totals the walk ends when two passes are equal, which proves nothing.

local core = require "sigmamind.core"

local verify = {}

local PASSES_MAX = 10

--- The record of one pass. Drafts share it and change it in place.
---@class sigmamind.Pass
---@field ids string[]  a digest of the rows of each page
---@field known userdata  the set of those rows
---@field rows integer  their number
---@field total? integer  totalCount of the first page
---@field is_patched? boolean  whether a page was read twice

---@return sigmamind.Pass
function verify.new_pass()
  return { ids = {}, known = core.seen(), rows = 0 }
end

--- Records the rows of a page in the pass of the walk, if it has one.
---@param walk table  the draft of a read
---@param page userdata
---@param info table  of the page
function verify.note(walk, page, info)
  local pass = walk.pass
  if not pass then
    return
  end
  local unknown = "?" .. walk.passes -- rows without ids are not the same in another pass
  pass.ids[info.page + 1] = info.ids or (info.count == 0 and "empty" or unknown)
  pass.rows = pass.rows + page:count_new(pass.known)
  if info.page == 0 then
    pass.total = info.totalCount
  end
end

--- Records that a page was, or will be, read twice: such a pass proves nothing.
---@param walk table
function verify.note_patch(walk)
  if walk.pass then
    walk.pass.is_patched = true
  end
end

--- Whether it is proven that every row which existed all the time was read: all came in one page
--- from the API, or two passes were equal.
---@param walk table
---@return boolean
function verify.is_consistent(walk)
  if walk.prefetch.is_shared then
    return false
  elseif walk.finished and walk.pages == 1 and not walk.listing.resume then
    local info = walk.info
    return info.totalCount == nil or info.totalCount == info.count
  end
  return walk.consistent
end

--- At the end of the list: begins another pass if the walk needs one, and returns whether it did.
---@param walk table  the draft of a read, which it changes
---@return boolean
function verify.begin_pass(walk)
  local pass, before = walk.pass, walk.ids_before
  if not pass or verify.is_consistent(walk) then
    return false
  end
  local ids = table.concat(pass.ids, ",", 1, walk.delivered + 1)
  walk.passes = walk.passes + 1
  local alike = before == ids
  walk.consistent = alike and pass.total == pass.rows and not pass.is_patched
  if walk.consistent or (alike and not pass.total) or walk.passes == PASSES_MAX then
    return false
  end
  walk.ids_before, walk.pass = ids, verify.new_pass()
  walk.number, walk.farthest, walk.empty, walk.recent = 0, -1, 0, {}
  walk.finished = false
  return true
end

return verify
