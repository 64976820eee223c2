--- page_info: interprets and checks the paging fields around a page's rows.

local number = require "sigmamind.number"

local INT32_MAX = 2147483647 -- page numbers and sizes are int32

local page_info = { PAGE_MAX = INT32_MAX }

--- Whether another page follows: hasNext, or totalPages if the server omits that; nil: not known.
---@param info table  as of page:info(), with its page
---@return boolean|nil
function page_info.has_next(info)
  if info.hasNext == nil and info.totalPages then
    return info.page + 1 < info.totalPages
  end
  return info.hasNext
end

--- Infers hasNext for a listing whose paging is not documented, where a page does not say it. The
--- list ends with an empty page, or with a page that has the rows of the one before: then the
--- server ignores the page number, and has sent the whole list.
---@param info table  as of page:info(), which is changed
---@param ids_before string|false|nil  of the page before
function page_info.infer_has_next(info, ids_before)
  if page_info.has_next(info) == nil and (info.ids or info.count == 0) then
    info.hasNext = info.count > 0 and info.ids ~= ids_before
  end
end

--- The number of the last page by this one's totals; its own number if it has none.
---@param info table
---@param size integer  rows of a page
---@return integer
function page_info.last_page(info, size)
  local last = info.page
  if info.totalPages then
    last = info.totalPages - 1
  elseif info.totalCount then
    last = math.ceil(info.totalCount / size) - 1
  end
  return math.min(last, INT32_MAX)
end

--- The message if the page's fields contradict each other or the page size so far, else nil.
---@param info table
---@param size integer|nil  of the pages before
---@return string|nil
function page_info.complaint(info, size)
  local more, own = page_info.has_next(info), size or info.size
  if more == nil then
    return "neither hasNext nor totalPages says whether a page follows"
  elseif more and info.page == INT32_MAX then
    return "hasNext is true on the last page that an int32 can number"
  elseif info.size == 0 then
    return "the size of a page is 0"
  elseif (info.size or 0) > INT32_MAX then
    return "the size of a page exceeds an int32"
  elseif more and size and info.size and info.size ~= size then
    return ("the size of a page changed from %d to %d"):format(size, info.size)
  elseif not more and own and (info.totalCount or 0) > (info.page + 1) * own then
    local text = "hasNext is false, but totalCount is %s, and these pages had at most %s rows"
    return text:format(number.text(info.totalCount), number.text((info.page + 1) * own))
  end
end

return page_info
