-- Forks in the middle of a walk, with transfers in flight: the child begins anew, the parent
-- continues, and each must get every row.
--
--   luajit torture/serve.lua sandbox "luajit torture/forks.lua URL KEY [FORKS]"

local process = require "process"
local sigmamind = require "sigmamind"

local url, key, forks = arg[1], arg[2], tonumber(arg[3]) or 300

local CAMPAIGNS, SIZE = 125, 10

local function new_client()
  return sigmamind.new { base_url = url, api_key = key, prefetch = 4 }
end

local expected = {}
do
  local client = new_client()
  for row in client:campaigns { size = SIZE, prefetch = 0 } do
    expected[#expected + 1] = row.campaignId
  end
  assert(#expected == CAMPAIGNS)
  client:close()
end

--- Reads rows of a walk and checks that each is the next.
local function read(stream, from, to)
  for i = from, to do
    local row = sigmamind.assert(stream:next())
    assert(row.campaignId == expected[i], "another row than the next")
  end
end

local in_flight = 0

for i = 1, forks do
  local client = new_client()
  local stream = client:campaigns { size = SIZE }
  local before = 11 + i * 7 % 60
  read(stream, 1, before)
  local busy = tostring(client.transport.session):match "%((%d+) in flight"
  in_flight = in_flight + busy
  local child = process.fork()
  if child == 0 then
    process.exit(pcall(function()
      read(stream, before + 1, CAMPAIGNS)
      assert(stream:next() == nil)
      assert(client:campaigns({ size = SIZE }):count() == CAMPAIGNS)
      client:close()
    end))
  end
  read(stream, before + 1, CAMPAIGNS)
  assert(process.wait(child) == 0, "the child failed")
  sigmamind.assert(client.campaigns:page { page = 3 })
  client:close()
end
local summary = "  %d forks with %d transfers in flight: parent and child read every row"
print(summary:format(forks, in_flight))
