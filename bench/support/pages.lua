-- The pages that are decoded and served in benchmarks: like the documented example, and of hostile
-- variety.

local generator = require "bench.support.random"

local pages = {}

local STATUS = { "live", "scheduled", "paused", "completed" }
local PROVIDERS = { "twilio", "telnyx", "byo" }

local function id(random)
  local letters = {}
  for i = 1, 16 do
    letters[i] = string.char(96 + random(26))
  end
  return table.concat(letters)
end

local ROW = [[
    {
      "campaignId": "camp_%s",
      "campaignName": "Q4 Outreach Campaign %d",
      "campaignStatus": "%s",
      "scheduledDate": %s,
      "concurrentCalls": %d,
      "agent": {
        "name": "%s",
        "agentId": "agent_%s",
        "status": "Live"
      },
      "phoneNumber": {
        "sipPhoneNumber": "+1415555%04d",
        "provider": "%s",
        "inboundAgentId": "agent_%s",
        "outboundAgentId": "agent_%s",
        "outboundPhoneNumber": "+1415555%04d",
        "active": %s,
        "terminationSipURI": "sip.telnyx.com",
        "friendlyName": "Support Line - US"
      },
      "errors": [%s],
      "scheduled": %s
    }]]

-- An account has many campaigns, few agents, and a number or two for each. One campaign in a
-- hundred has a number of its own.
local AGENTS = {
  { name = "New AI Agent", id = "D5D0p7TUs66TTAEAx", numbers = { 2671, 2672 } },
  { name = "Sales Qualifier", id = "k3Vq9ZsLw0aYtRbNe", numbers = { 4410 } },
  { name = "Survey Bot", id = "Xy71mPqRt5uVw2sHd", numbers = { 9083, 9084 } },
  { name = "Support", id = "b8NcE4fGh6jKlMzQo", numbers = { 1207 } },
  { name = "Reactivation", id = "T0oLr2dWi9xCvBnMp", numbers = { 5556 } },
}

local ERRORS = [[

        "Row 3: missing required variable 'customer_name'",
        "Row 7: invalid phone number '+1234'"
      ]]

local function row(random, page, number)
  local scheduled = random(3) > 1
  local agent = AGENTS[random(#AGENTS)]
  local digits = number % 100 == 50 and 7777 or agent.numbers[random(#agent.numbers)]
  return ROW:format(
    page .. "_" .. id(random),
    number,
    STATUS[random(4)],
    scheduled and ('"2025-09-%02dT19:00:00.000Z"'):format(random(28)) or "null",
    random(50),
    agent.name,
    agent.id,
    digits,
    PROVIDERS[random(3)],
    agent.id,
    agent.id,
    digits,
    random(4) > 1 and "true" or "false",
    random(3) == 1 and ERRORS or "",
    scheduled and "true" or "false"
  )
end

local WRAPPER = [[
{
  "data": [
%s
  ],
  "page": %s,
  "size": %d,
  "totalCount": %d,
  "totalPages": %d,
  "hasNext": %s,
  "hasPrevious": %s
}
]]

local function wrap(rows, number, total)
  return WRAPPER:format(
    table.concat(rows, ",\n"),
    number,
    #rows,
    #rows * total,
    total,
    tostring(number ~= total - 1),
    tostring(number ~= 0)
  )
end

--- A page of `count` campaigns, indented as the documentation prints it: the first of 7, or page
--- `number` (or what stands for a number, to be replaced) of `total`.
function pages.pretty(count, number, total)
  local random, rows = generator(42), {}
  for i = 1, count do
    rows[i] = row(random, number or 0, i)
  end
  return wrap(rows, number or 0, total or 7)
end

local function minify(text)
  return (text:gsub("^ +", ""):gsub("\n *", ""):gsub('": ', '":'))
end

--- The same without white space between tokens.
function pages.minified(count, number, total)
  return minify(pages.pretty(count, number, total))
end

--- One campaign without white space between tokens.
function pages.campaign(random, number)
  return minify(row(random, 0, number))
end

local STRINGS = {
  '"plain"',
  '"caf\195\169"',
  '"\230\151\165\230\156\172\232\170\158"',
  '"a\\"b\\\\c\\n"',
  '"\\u00e9\\ud83d\\ude00"',
  '""',
  '"' .. ("long text "):rep(30) .. '"',
  '"\240\159\154\128 up"',
}
local NUMBERS = { "0", "-1", "3.14159", "1e5", "-2.5E-3", "9007199254740991", "123456789", "0.1" }
local OTHERS = { "true", "false", "null", "[]", "{}", '[1,"two",{"three":3}]', '{"a":[null]}' }

local function any_value(random)
  local kind = random(10)
  if kind <= 5 then
    return STRINGS[random(#STRINGS)]
  elseif kind <= 8 then
    return NUMBERS[random(#NUMBERS)]
  end
  return OTHERS[random(#OTHERS)]
end

--- Rows of hostile variety: keys in another order in each, missing and further fields, unicode and
--- escapes, numbers of all kinds.
function pages.hostile(count)
  local random, rows = generator(7), {}
  local names = {
    "campaignId",
    "campaignName",
    "campaignStatus",
    "scheduledDate",
    "concurrentCalls",
    "agent",
    "phoneNumber",
    "errors",
    "scheduled",
    "notes",
    "tags",
    "budget",
    "owner",
    "na\195\175ve",
    "esc\\u0061ped",
  }
  for i = 1, count do
    local fields, order = {}, {}
    for j, name in ipairs(names) do
      table.insert(order, random(j), name)
    end
    for _, name in ipairs(order) do
      if random(4) > 1 then
        fields[#fields + 1] = ('"%s":%s'):format(name, any_value(random))
      end
    end
    rows[i] = "{" .. table.concat(fields, ",") .. "}"
  end
  return wrap(rows, 0, 7)
end

return pages
