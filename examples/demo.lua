-- Starts a sandbox and lists all its campaigns over real HTTP. To run it: make demo

local core = require "sigmamind.core"
local sandbox = require "sigmamind.sandbox"
local sigmamind = require "sigmamind"

local COLUMNS = { 21, 40, 9, 16 } -- widths of all columns but the last

-- The width of a text in terminal columns: East Asian wide characters and emoji take two.
local function display_width(text)
  local width = 0
  for lead, rest in text:gmatch "([%z\1-\127\194-\244])([\128-\191]*)" do
    local byte, second = lead:byte(), rest:byte() or 0
    local is_east_asian = (byte >= 0xE3 and byte <= 0xED) or (byte == 0xEF and second >= 0xBC)
    width = width + ((is_east_asian or byte >= 0xF0) and 2 or 1)
  end
  return width
end

local function print_row(...)
  local cells = { ... }
  for i, width in ipairs(COLUMNS) do
    cells[i] = cells[i]:gsub("%c", " ") .. (" "):rep(width - display_width(cells[i]))
  end
  print(table.concat(cells, "  "))
end

-- Older versions of the API send phoneNumber as a string.
local function number_of(campaign)
  local phone = campaign.phoneNumber
  return type(phone) == "table" and phone.sipPhoneNumber or "-"
end

local server = assert(sandbox.start())
local requests, connections = 0, 0
local client = sigmamind.new {
  base_url = server.url,
  api_key = server.key,
  on_event = function(event)
    if event.name == "reply" then
      requests = requests + 1
      connections = connections + (event.reused and 0 or 1)
    end
  end,
}

print_row("campaignId", "campaignName", "status", "agent", "number")
local started, rows = core.now(), 0
for campaign in client:campaigns { size = 20 } do
  rows = rows + 1
  print_row(
    campaign.campaignId,
    campaign.campaignName,
    campaign.campaignStatus,
    campaign.agent.name,
    number_of(campaign)
  )
end
local summary = "\n%d campaigns in %.1f ms, %d requests over %d connection(s) to %s"
print(summary:format(rows, (core.now() - started) * 1000, requests, connections, server.url))
client:close()
server:stop()
