-- Prints the campaigns that start within seven days, by day, in order. Times are UTC, as the API's.
--
--   make sandbox                        or: sigmamind sandbox; prints a URL and a key
--   export SIGMAMIND_BASE_URL=...       the URL
--   export SIGMAMIND_API_KEY=...        the key
--   lua5.4 examples/next_week.lua 2025-11-20
--
-- The argument is the first of the seven days; default: now. The sandbox's campaigns
-- are of 2025.

local sigmamind = require "sigmamind"

--- Returns the same time `days` later. At noon, a change of the clocks cannot shift the day.
local function later(date, days)
  local year, month, day, time = date:match "^(%d%d%d%d)-(%d%d)-(%d%d)(.*)$"
  assert(year, "the argument must be a date like 2025-11-20")
  local noon = os.time { year = year, month = month, day = day + days, hour = 12 }
  return os.date("%Y-%m-%d", noon) .. time
end

local from = arg[1] or os.date "!%Y-%m-%dT%H:%M:%S"
local to = later(from, 7)

-- Dates in this form sort as strings, so that `where` can compare them.
local client = sigmamind.new()
local campaigns, err = client
  :campaigns({ status = "scheduled", where = { scheduledDate = { ge = from, lt = to } } })
  :totable()
client:close()
if not campaigns then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

table.sort(campaigns, function(a, b)
  return a.scheduledDate < b.scheduledDate
end)

local today
for _, campaign in ipairs(campaigns) do
  local day, time = campaign.scheduledDate:match "^(.-)T(%d%d:%d%d)"
  if day ~= today then
    print(day)
    today = day
  end
  print(("  %s  %s (%s)"):format(time, campaign.campaignName, campaign.agent.name))
end
print(("%d campaigns start from %s to %s"):format(#campaigns, from, to))
