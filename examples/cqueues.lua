-- Reads several listings at once in one thread, on a cqueues controller. One more coroutine
-- represents the program's other work.
--
--   make sandbox                        or: sigmamind sandbox; prints a URL and a key
--   export SIGMAMIND_BASE_URL=...       the URL
--   export SIGMAMIND_API_KEY=...        the key
--   lua5.4 examples/cqueues.lua         needs cqueues (on Debian: apt install lua-cqueues)

local cqueues = require "cqueues"
local sigmamind = require "sigmamind"

local STATUSES = { "live", "scheduled", "paused", "completed" }

local client = sigmamind.new { runtime = "cqueues" }
local controller = cqueues.new()
local under_way, failed, turns = #STATUSES, false, 0

for _, status in ipairs(STATUSES) do
  controller:wrap(function()
    local count, err = client:campaigns({ status = status, size = 10 }):count()
    print(("%s: %s"):format(status, count and count .. " campaigns" or tostring(err)))
    failed = failed or not count
    under_way = under_way - 1
  end)
end

controller:wrap(function()
  while under_way > 0 do
    turns = turns + 1
    cqueues.sleep(0.001)
  end
end)

sigmamind.assert(controller:loop()) -- returns when every coroutine has ended
print(("meanwhile the other coroutine had %d turns"):format(turns))
client:close()
os.exit(failed and 1 or 0)
