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

local finalized, wrong = 0, nil

local function decode_others()
  finalized = finalized + 1
  local texts = {}
  for i = 1, 40 do
    texts[i] = ('{"x":"u%d","y":{"z":"v%d"},"w":"%d"}'):format(finalized, i, i % 2)
  end
  for i, row in ipairs(rows_of(texts)) do
    if row.x ~= "u" .. finalized or row.y.z ~= "v" .. i or row.w ~= tostring(i % 2) then
      wrong = wrong or finalized
    end
  end
end

collectgarbage("setpause", 1)
collectgarbage("setstepmul", 10000)
for round = 1, 2000 do
  if round % 8 == 0 then -- by then a template serves, and another may take its place
    collectable(decode_others)
  end
  local texts = {}
  for i = 1, 12 do
    texts[i] = ('{"id":"%d-%d","b":{"c":"c%d"},"d":"%d"}'):format(round, i, i, i % 2)
  end
  for i, row in ipairs(rows_of(texts)) do
    assert(row.id == round .. "-" .. i and row.b.c == "c" .. i and row.d == tostring(i % 2), row.id)
    assert(row.x == nil and not wrong, wrong)
  end
end
print(finalized)
os.exit(0)
