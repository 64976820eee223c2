-- What each thread of prove/threads.c does: lists the campaigns of its own, which it tells by the
-- size of their pages, and checks that no others come. Half of the walks ask for pages ahead. Each
-- measures text as the command does, with a locale of its own.

local number, url, listings = ...
local core = require "sigmamind.core"
local sigmamind = require "sigmamind"

local client = sigmamind.new { base_url = url, api_key = "key", prefetch = 4 }
local rows = 0

for i = 1, listings do
  assert(core.console.columns "日本" == 4)
  local expected = 0
  for row in client:campaigns { size = number, prefetch = i % 2 * 4 } do
    local thread, place = row.campaignId:match "^thread_(%d+)_(%d+)$"
    assert(tonumber(thread) == number, "a row of another thread: " .. row.campaignId)
    assert(tonumber(place) == expected, "another row than the next: " .. row.campaignId)
    expected = expected + 1
  end
  assert(expected == 3 * number, "not all rows")
  rows = rows + expected
end
client:close()
return rows
