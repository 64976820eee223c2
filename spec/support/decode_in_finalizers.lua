-- Decodes rows of one shape while finalizers decode rows of other shapes. A separate program, because a
-- small heap makes the collector run often.

local collectable = require "spec.support.collectable"
local decoding = require "spec.support.decoding"
local set_collector = require "spec.support.collector"

local function page_of(texts)
  return assert(decoding.page('{"data":[' .. table.concat(texts, ",") .. "]}"))
end

local finalized, wrong = 0, nil

local function decode_others(x)
  local texts = {}
  for i = 1, 40 do
    texts[i] = ('{"x":"%s","y":{"z":"v%d"},"w":"%d"}'):format(x, i, i % 2)
  end
  local page = page_of(texts)
  for i = 1, 40 do
    local row = page:next()
    if row.x ~= x or row.y.z ~= "v" .. i or row.w ~= tostring(i % 2) then
      wrong = wrong or tostring(row.x)
    end
  end
end

local function finalizer()
  finalized = finalized + 1
  decode_others "other"
end

set_collector(1, 10000)
for round = 1, 300 do
  local texts = {}
  for i = 1, 100 do
    local id = i == 90 and "same" or round .. "-" .. i
    texts[i] = ('{"id":"%s","b":{"c":"c%d"},"d":"%d"}'):format(id, i, i % 2)
  end
  local page = page_of(texts)
  for i = 1, 100 do
    if i == 90 then -- a template builds these rows by now, and another one replaces it in a row
      collectable(finalizer)
    end
    local row = page:next()
    assert(row.id == (i == 90 and "same" or round .. "-" .. i), row.id)
    assert(row.b.c == "c" .. i and row.d == tostring(i % 2) and row.x == nil)
    if i == 90 then
      decode_others "same"
    end
    assert(not wrong, wrong)
  end
end
print(finalized)
os.exit(0)
