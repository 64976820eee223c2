-- The list that the sandbox serves. It holds the numbers of the campaigns; a campaign is made
-- and written as JSON when a page first needs it, so that a list of 100,000 costs little.

local campaigns = require "sigmamind.sandbox.campaigns"
local json = require "sigmamind.sandbox.json"

local concat, min = table.concat, math.min

---@class sandbox.Store
---@field private numbers integer[] of all campaigns, in the order of listing
---@field private by_status table<string, integer[]> the same, per status; made when asked for
---@field private rows table<integer, string> the campaigns as JSON, by number
local methods = {}
local store_mt = { __index = methods, __name = "sigmamind.sandbox.store" }

local store = {}

---@param count integer how many campaigns
---@return sandbox.Store
function store.new(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  return setmetatable({ numbers = numbers, by_status = {}, rows = {} }, store_mt)
end

---@private
---@param status? string nil for all
---@return integer[]
function methods:select(status)
  if not status then
    return self.numbers
  end
  local selected = self.by_status[status]
  if not selected then
    selected = {}
    for _, number in ipairs(self.numbers) do
      if campaigns.status(number) == status then
        selected[#selected + 1] = number
      end
    end
    self.by_status[status] = selected
  end
  return selected
end

---@private
---@param number integer
---@return string
function methods:row(number)
  local row = self.rows[number]
  if not row then
    row = json.encode(campaigns.get(number), campaigns.fields)
    self.rows[number] = row
  end
  return row
end

--- The rows of one page, as the members of a JSON array.
---@param status? string nil for campaigns in all states
---@param page integer zero-based
---@param size integer at least 1
---@return string rows "" when the page is past the end
---@return integer total_count on all pages
function methods:page(status, page, size)
  local selected = self:select(status)
  local total, before = #selected, page * size
  local rows = {}
  for i = before + 1, min(before + size, total) do
    rows[#rows + 1] = self:row(selected[i])
  end
  return concat(rows, ","), total
end

return store
