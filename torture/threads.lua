-- The program of each thread of torture/threads.c: lists its own campaigns, which its page size
-- selects, and checks that no others come. Half of the walks prefetch. Each thread also measures
-- text as the command does, with its own locale, and decodes objects of its own shape.

local number, url, listings = ...
local console = require "sigmamind.console"
local core = require "sigmamind.core"
local sigmamind = require "sigmamind"

local client = sigmamind.new { base_url = url, api_key = "key", prefetch = 4 }
local rows = 0

local decoder = core.decoder()
local object = ('{"of_%d":%d,"in":{"x":[%d]}}'):format(number, number, number)
local objects = "[" .. (object .. ","):rep(20) .. object .. "]"

local function decode()
  local list = assert(decoder:value(objects))
  assert(#list == 21)
  for _, each in ipairs(list) do
    assert(each["of_" .. number] == number and each["in"].x[1] == number, "another thread's object")
  end
end

for i = 1, listings do
  assert(console.columns "日本" == 4)
  decode()
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
