--- sandbox.data.campaigns: generates campaigns as the documentation shows them, and as irregular as
--- it allows.

local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local shapes = require "sigmamind.sandbox.data.shapes"

local campaigns = {}

--- The documented states of a campaign.
local STATUSES = { "live", "scheduled", "paused", "completed" }

---@class sigmamind.sandbox.Campaign
---@field campaignId string
---@field campaignName string
---@field campaignStatus "live"|"scheduled"|"paused"|"completed"
---@field scheduledDate any ISO 8601, UTC; null: the campaign was started at once
---@field concurrentCalls integer
---@field agent {name: string, agentId: string, status: string}
---@field phoneNumber table|string the string "Object" in the API's oldest generation
---@field errors string[] about rows of the uploaded CSV
---@field scheduled boolean

---@type sigmamind.sandbox.Campaign
local DOCUMENTED = {
  campaignId = "camp_XiQEBcj9cc5TFRB4",
  campaignName = "Q4 Outreach Campaign",
  campaignStatus = "live",
  scheduledDate = "2025-09-25T19:00:00.000Z",
  concurrentCalls = 5,
  agent = shapes.AGENTS[1],
  phoneNumber = shapes.PHONE_NUMBER,
  errors = {
    "Row 3: missing required variable 'customer_name'",
    "Row 7: invalid phone number '+1234'",
  },
  scheduled = true,
}

local NAMES = {
  "Q4 Outreach", "Renewal reminders", "Réactivation des clients perdus", "秋の新規開拓",
  "Kundenzufriedenheit Zürich", "Win-back 🚀 \"VIP\"", "Import C:\\leads\\new", "Новые клиенты",
  "Año nuevo: promoción", "客户回访", "Demo follow-up / EMEA", "Appointment reminders\t(daily)",
}

local ROW_ERRORS = {
  "Row %d: missing required variable 'customer_name'",
  "Row %d: invalid phone number '+1234'",
  "Row %d: duplicate phone number",
}

local function date(pick)
  return generator.time(generator.day(pick), 3600 * (pick(24) - 1) + 900 * (pick(4) - 1))
end

local function errors(pick)
  local list = {}
  local count = pick(6) == 1 and pick(2) or 0
  for i = 1, count do
    list[i] = ROW_ERRORS[pick(#ROW_ERRORS)]:format(10 * i + pick(9))
  end
  return list
end

--- Every four campaigns have all four states, in an order that rotates.
---@param number integer from 1
---@return "live"|"scheduled"|"paused"|"completed"
local function status_of(number)
  local zero_based = number - 1
  return STATUSES[(zero_based + math.floor(zero_based / 4)) % 4 + 1]
end

campaigns.filters = { status = status_of }

--- The campaign with that number; the first one is the documented example.
---@param number integer from 1
---@return sigmamind.sandbox.Campaign
function campaigns.row(number)
  if number == 1 then
    return DOCUMENTED
  end
  local pick = generator.new(number)
  local status = status_of(number)
  local agent = shapes.AGENTS[pick(#shapes.AGENTS)]
  local scheduled = status == "scheduled" or pick(3) == 1
  return {
    campaignId = generator.identifier("camp_", number, pick),
    campaignName = ("%s #%d"):format(NAMES[pick(#NAMES)], number),
    campaignStatus = status,
    scheduledDate = scheduled and date(pick) or json.null,
    concurrentCalls = pick(50),
    agent = agent,
    phoneNumber = pick(17) == 1 and "Object" or shapes.phone_number(pick, agent),
    errors = errors(pick),
    scheduled = scheduled,
  }
end

return campaigns
