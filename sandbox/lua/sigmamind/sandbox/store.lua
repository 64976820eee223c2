-- The list that the sandbox serves. It holds the numbers of the campaigns; a campaign is made
-- and written as JSON when a page first needs it, so that a list of 100,000 costs little. What
-- was written is kept, also when the campaign leaves the list and when the list is filled again.

local campaigns = require "sigmamind.sandbox.campaigns"
local json = require "sigmamind.sandbox.json"

local concat, max, min = table.concat, math.max, math.min

---@class sandbox.Store
---@field private numbers integer[] of all campaigns, in the order of listing
---@field private by_status table<string, integer[]> the same, per status; made when asked for
---@field private unused integer the next number that no campaign of this list ever had
---@field private rows table<integer, string> the campaigns as JSON, by number
---@field private ids table<integer, string> the campaigns' identifiers, by number, as the rows
local methods = {}
local store_mt = { __index = methods, __name = "sigmamind.sandbox.store" }

local store = {}

---@param count integer how many campaigns
---@return sandbox.Store
function store.new(count)
  local self = setmetatable({ rows = {}, ids = {} }, store_mt)
  self:fill(count)
  return self
end

--- Makes it a fresh list: the campaigns from 1 to `count`.
---@param count integer
function methods:fill(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  self.numbers, self.by_status, self.unused = numbers, {}, count + 1
end

--- New campaigns, with numbers that this list never had.
---@param position integer zero-based, of the first one; past the end means at the end
---@param count integer
function methods:insert(position, count)
  local numbers = self.numbers
  local before = min(position, #numbers)
  for i = #numbers, before + 1, -1 do
    numbers[i + count] = numbers[i]
  end
  for i = 1, count do
    numbers[before + i] = self.unused
    self.unused = self.unused + 1
  end
  self.by_status = {}
end

--- Takes campaigns away: those that are there.
---@param position integer zero-based, of the first one
---@param count integer
function methods:delete(position, count)
  local numbers = self.numbers
  local total = #numbers
  local gone = max(0, min(count, total - position))
  for i = position + 1, total do
    numbers[i] = i + gone <= total and numbers[i + gone] or nil
  end
  self.by_status = {}
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
    local campaign = campaigns.get(number)
    row = json.encode(campaign, campaigns.fields)
    self.rows[number], self.ids[number] = row, campaign.campaignId
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

--- The identifiers of all campaigns, in the order of listing.
---@return string[]
function methods:identifiers()
  local identifiers = {}
  for i, number in ipairs(self.numbers) do
    self:row(number)
    identifiers[i] = self.ids[number]
  end
  return identifiers
end

return store
