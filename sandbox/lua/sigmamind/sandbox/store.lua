--- sandbox.store: the list that the sandbox serves. It holds the numbers of the campaigns. The JSON
--- of a campaign is made when a page first needs it, so that a list of 100,000 is cheap, and kept
--- even when the campaign leaves the list or the list is refilled.

local campaigns = require "sigmamind.sandbox.campaigns"
local json = require "sigmamind.sandbox.json"

local store = {}

---@class sigmamind.sandbox.Store
---@field private numbers integer[] of all campaigns, in the order of the list
---@field private by_status table<string, integer[]> the same by status; made on demand
---@field private unused integer the next number that no campaign of this list ever had
---@field private rows table<integer, string> JSON of campaigns, by number
---@field private ids table<integer, string> their identifiers, by number
local Store = { __name = "sigmamind.sandbox.store" }
Store.__index = Store

---@param count integer number of campaigns
---@return sigmamind.sandbox.Store
function store.new(count)
  local self = setmetatable({ rows = {}, ids = {} }, Store)
  self:fill(count)
  return self
end

--- Replaces the list by the campaigns from 1 to `count`.
---@param count integer
function Store:fill(count)
  local numbers = {}
  for number = 1, count do
    numbers[number] = number
  end
  self.numbers, self.by_status, self.unused = numbers, {}, count + 1
end

--- Inserts campaigns with numbers that this list never had.
---@param position integer zero-based, of the first one; past the end: at the end
---@param count integer
function Store:insert(position, count)
  local numbers = self.numbers
  local before = math.min(position, #numbers)
  for i = #numbers, before + 1, -1 do
    numbers[i + count] = numbers[i]
  end
  for i = 1, count do
    numbers[before + i] = self.unused
    self.unused = self.unused + 1
  end
  self.by_status = {}
end

--- Deletes campaigns, as far as there are any.
---@param position integer zero-based, of the first one
---@param count integer
function Store:delete(position, count)
  local numbers = self.numbers
  local total = #numbers
  local gone = math.max(0, math.min(count, total - position))
  for i = position + 1, total do
    numbers[i] = i + gone <= total and numbers[i + gone] or nil
  end
  self.by_status = {}
end

---@private
---@param status? string nil: all
---@return integer[]
function Store:select(status)
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
function Store:row(number)
  local row = self.rows[number]
  if not row then
    local campaign = campaigns.get(number)
    row = json.encode(campaign, campaigns.FIELDS)
    self.rows[number], self.ids[number] = row, campaign.campaignId
  end
  return row
end

--- The rows of one page, as the members of a JSON array.
---@param status? string nil: all
---@param page integer zero-based
---@param size integer at least 1
---@return string rows, integer total_count rows: "" past the end
function Store:page(status, page, size)
  local selected = self:select(status)
  local total, before = #selected, page * size
  local rows = {}
  for i = before + 1, math.min(before + size, total) do
    rows[#rows + 1] = self:row(selected[i])
  end
  return table.concat(rows, ","), total
end

--- The identifiers of all campaigns, in the order of the list.
---@return string[]
function Store:identifiers()
  local identifiers = {}
  for i, number in ipairs(self.numbers) do
    self:row(number)
    identifiers[i] = self.ids[number]
  end
  return identifiers
end

return store
