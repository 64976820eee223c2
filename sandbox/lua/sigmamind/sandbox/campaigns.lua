--- sandbox.campaigns: generates campaigns as the documentation shows them, and as irregular as it
--- allows. A campaign depends only on its number: a shorter list is a prefix of a longer one.

local DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

local campaigns = {}

--- The documented states of a campaign.
campaigns.STATUSES = { "live", "scheduled", "paused", "completed" }

---@class sigmamind.sandbox.Campaign
---@field campaignId string
---@field campaignName string
---@field campaignStatus "live"|"scheduled"|"paused"|"completed"
---@field scheduledDate string? ISO 8601, UTC; nil: the campaign was started at once
---@field concurrentCalls integer
---@field agent {name: string, agentId: string, status: string}
---@field phoneNumber table|string the string "Object" in the API's oldest generation
---@field errors string[] about rows of the uploaded CSV
---@field scheduled boolean

--- The fields of a campaign in the documented order.
---@type sigmamind.sandbox.Fields
campaigns.FIELDS = {
  "campaignId", "campaignName", "campaignStatus", "scheduledDate", "concurrentCalls",
  "agent", "phoneNumber", "errors", "scheduled",
  agent = { "name", "agentId", "status" },
  phoneNumber = {
    "sipPhoneNumber", "provider", "inboundAgentId", "outboundAgentId", "outboundPhoneNumber",
    "active", "terminationSipURI", "friendlyName",
  },
}

---@type sigmamind.sandbox.Campaign
local DOCUMENTED = {
  campaignId = "camp_XiQEBcj9cc5TFRB4",
  campaignName = "Q4 Outreach Campaign",
  campaignStatus = "live",
  scheduledDate = "2025-09-25T19:00:00.000Z",
  concurrentCalls = 5,
  agent = { name = "New AI Agent", agentId = "agent_D5D0p7TUs66TTAEAx", status = "Live" },
  phoneNumber = {
    sipPhoneNumber = "+14155552671",
    provider = "twilio",
    inboundAgentId = "agent_D5D0p7TUs66TTAEAx",
    outboundAgentId = "agent_D5D0p7TUs66TTAEAx",
    outboundPhoneNumber = "+14155552671",
    active = true,
    terminationSipURI = "sip.telnyx.com",
    friendlyName = "Support Line - US",
  },
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

local AGENTS = {
  { name = "New AI Agent", agentId = "agent_D5D0p7TUs66TTAEAx", status = "Live" },
  { name = "Sales Qualifier", agentId = "agent_b7Kq2LmX0sV4nRtY9", status = "active" },
  { name = "Zoë – Support", agentId = "agent_Pz31HcWd8uEoF6GjA", status = "Live" },
  { name = "Terminbuchung", agentId = "agent_m0NvTQ5y2xSkIeLr7", status = "Testing" },
  { name = "催促エージェント", agentId = "agent_4fJUwB9hGaCZ1oXiD", status = "Live" },
  { name = "Survey Bot", agentId = "agent_Rt8YpKs3VdMq6EnOc", status = "Draft-v2" },
}

local LINES = {
  { provider = "twilio", terminationSipURI = "example.pstn.twilio.com" },
  { provider = "telnyx", terminationSipURI = "sip.telnyx.com" },
  { provider = "byo", terminationSipURI = "sip.example.com" },
}

local ROW_ERRORS = {
  "Row %d: missing required variable 'customer_name'",
  "Row %d: invalid phone number '+1234'",
  "Row %d: duplicate phone number",
}

--- A generator of pseudo-random numbers that gives the same on every Lua (Park and Miller).
---@param seed integer
---@return fun(n: integer): integer pick from 1 to n
local function generator(seed)
  local state = seed * 48271 % 2147483647
  local function pick(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
  pick(1)
  pick(1)
  return pick
end

--- 16 characters, of which 4 encode the number: identifiers of numbers below 62^4 differ.
local function identifier(number, pick)
  local rest = number * 9999991 % 62 ^ 4
  local text = {}
  for i = 1, 16 do
    local digit = pick(62)
    if i % 4 == 0 then
      digit = rest % 62 + 1
      rest = math.floor(rest / 62)
    end
    text[i] = DIGITS:sub(digit, digit)
  end
  return "camp_" .. table.concat(text)
end

local function date(pick)
  return ("2025-%02d-%02dT%02d:%02d:00.000Z"):format(pick(12), pick(28), pick(24) - 1,
    15 * (pick(4) - 1))
end

local function phone_number(pick, agent)
  local line, number = LINES[pick(#LINES)], ("+1415555%04d"):format(pick(10000) - 1)
  return {
    sipPhoneNumber = number,
    provider = line.provider,
    inboundAgentId = agent.agentId,
    outboundAgentId = AGENTS[pick(#AGENTS)].agentId,
    outboundPhoneNumber = number,
    active = pick(8) > 1,
    terminationSipURI = line.terminationSipURI,
    friendlyName = ("Line %s - %s"):format(number:sub(-4), line.provider),
  }
end

local function errors(pick)
  local list = {}
  local count = pick(6) == 1 and pick(2) or 0
  for i = 1, count do
    list[i] = ROW_ERRORS[pick(#ROW_ERRORS)]:format(10 * i + pick(9))
  end
  return list
end

--- The status of a campaign. Every four campaigns have all four, in an order that rotates.
---@param number integer from 1
---@return "live"|"scheduled"|"paused"|"completed"
function campaigns.status(number)
  local zero_based = number - 1
  return campaigns.STATUSES[(zero_based + math.floor(zero_based / 4)) % 4 + 1]
end

--- The campaign with that number; the first one is the documented example.
---@param number integer from 1
---@return sigmamind.sandbox.Campaign
function campaigns.get(number)
  if number == 1 then
    return DOCUMENTED
  end
  local pick = generator(number)
  local status = campaigns.status(number)
  local agent = AGENTS[pick(#AGENTS)]
  local scheduled = status == "scheduled" or pick(3) == 1
  return {
    campaignId = identifier(number, pick),
    campaignName = ("%s #%d"):format(NAMES[pick(#NAMES)], number),
    campaignStatus = status,
    scheduledDate = scheduled and date(pick) or nil,
    concurrentCalls = pick(50),
    agent = agent,
    phoneNumber = pick(17) == 1 and "Object" or phone_number(pick, agent),
    errors = errors(pick),
    scheduled = scheduled,
  }
end

--- The first `count` campaigns.
---@param count integer
---@return sigmamind.sandbox.Campaign[]
function campaigns.list(count)
  local list = {}
  for number = 1, count do
    list[number] = campaigns.get(number)
  end
  return list
end

return campaigns
