-- Decodes objects with many names while finalizers decode objects with other names: each name must equal
-- that of the text, although both share a cache. A separate program: its collector never rests. Prints how
-- many finalizers ran.

local collectable = require "spec.support.collectable"
local decoding = require "spec.support.decoding"
local set_collector = require "spec.support.collector"

local FEW, MANY = 300, 2000 -- names

local function object(prefix, count)
  local fields = {}
  for i = 1, count do
    fields[i] = ('"%s%d":%d'):format(prefix, i, i)
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

local function check(value, prefix, count)
  for i = 1, count do
    assert(value[prefix .. i] == i, prefix .. i)
  end
end

local others = object("other", FEW)
local finalized, due, wrong = 0, 0, nil

--- One after the other, so that some run while a name is created.
local function finalizer()
  finalized, due = finalized + 1, due - 1
  if due > 0 then
    collectable(finalizer)
  end
  local ok, message = pcall(check, decoding.value(others), "other", FEW)
  wrong = wrong or not ok and message
end

pcall(collectgarbage, "incremental", 1, 1000, 1) -- of Lua 5.4
set_collector(1, 1000)
for round = 1, 3 do
  local prefix = "name" .. round .. "_"
  local text = object(prefix, MANY)
  due = 200
  collectable(finalizer)
  local value = decoding.value(text)
  due = 0
  check(value, prefix, MANY)
  check(decoding.value(others), "other", FEW)
  check(decoding.value(text), prefix, MANY)
  assert(not wrong, wrong)
end
print(finalized)
os.exit(0)
