-- Lists the live campaigns with at least 10 concurrent calls, and those of them with import errors.
--
--   export SIGMAMIND_API_KEY=...        your key, or the one that `make sandbox` prints
--   export SIGMAMIND_BASE_URL=...       for the sandbox: the URL that it prints
--   lua5.4 examples/list_live.lua

local sigmamind = require "sigmamind"

local client = sigmamind.new()

local live = client:campaigns {
  status = "live",
  where = { concurrentCalls = { ge = 10 } },
  select = { "campaignId", "campaignName", "concurrentCalls", "agent.name", "errors" },
}

local count, with_errors = 0, {}
while true do
  local campaign, err = live:next()
  if err then
    io.stderr:write(tostring(err), "\n")
    os.exit(1)
  elseif not campaign then
    break
  end
  count = count + 1
  print(("%s  %2d calls  %s (%s)"):format(
    campaign.campaignId,
    campaign.concurrentCalls,
    campaign.campaignName,
    campaign.agent.name
  ))
  if #campaign.errors > 0 then
    with_errors[#with_errors + 1] = campaign
  end
end

print(("%d live campaigns make 10 calls or more at once"):format(count))
for _, campaign in ipairs(with_errors) do
  print(("%s: %s"):format(campaign.campaignName, table.concat(campaign.errors, "; ")))
end
client:close()
