-- Prints the campaigns with import errors, by agent, sorted by descending number of errors.
--
--   make sandbox                        or: sigmamind sandbox; prints a URL and a key
--   export SIGMAMIND_BASE_URL=...       the URL
--   export SIGMAMIND_API_KEY=...        the key
--   lua5.4 examples/error_report.lua

local sigmamind = require "sigmamind"

-- `where` and `select` run before a row is decoded.
local client = sigmamind.new()
local by_agent, err = client
  :campaigns({
    where = { errors = { length = { ge = 1 } } },
    select = { "campaignName", "campaignStatus", "agent.name", "errors" },
  })
  :group_by "agent.name"
client:close()
if not by_agent then
  io.stderr:write(tostring(err), "\n")
  os.exit(1)
end

local agents = {}
for name, campaigns in pairs(by_agent) do
  local agent = { name = tostring(name), campaigns = campaigns, errors = 0 }
  for _, campaign in ipairs(campaigns) do
    agent.errors = agent.errors + #campaign.errors
  end
  agents[#agents + 1] = agent
end
table.sort(agents, function(a, b)
  if a.errors ~= b.errors then
    return a.errors > b.errors
  end
  return a.name < b.name
end)

for _, agent in ipairs(agents) do
  print(("%s: %d errors in %d campaigns"):format(agent.name, agent.errors, #agent.campaigns))
  for _, campaign in ipairs(agent.campaigns) do
    print(("  %s (%s)"):format(campaign.campaignName, campaign.campaignStatus))
    print("    " .. table.concat(campaign.errors, "\n    "))
  end
end
