-- Decodes rows of one shape while finalizers decode rows of other shapes. A program of its own: its
-- heap is small, so that the collector runs often.

local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"

local function rows_of(texts)
  local page = assert(core.page('{"data":[' .. table.concat(texts, ",") .. "]}"))
  local rows = {}
  for row in page.next, page do
    rows[#rows + 1] = row
  end
  return rows
end

local OTHERS = { '{"x":"u%d","y":{"z":"v%d"},"w":"t%d"}', '{"q":"r%d","s":"%d%d"}' }
local finalized = 0

local function decode_others()
  finalized = finalized + 1
  local texts = {}
  for i = 1, 12 do
    texts[i] = OTHERS[finalized % 2 + 1]:format(i, i, i)
  end
  rows_of(texts)
  collectable(decode_others)
end

collectgarbage("setpause", 1)
collectgarbage("setstepmul", 10000)
collectable(decode_others)
for round = 1, 200 do
  local texts = {}
  for i = 1, 12 do
    texts[i] = ('{"id":"%d-%d","b":{"c":"c%d"},"d":"%d"}'):format(round, i, i, i % 2)
  end
  for i, row in ipairs(rows_of(texts)) do
    assert(row.id == round .. "-" .. i and row.b.c == "c" .. i and row.d == tostring(i % 2), row.id)
    assert(row.x == nil and row.q == nil)
  end
end
print(finalized)
os.exit(0)
