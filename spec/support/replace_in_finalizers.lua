-- Decodes wide objects of one shape while finalizers decode many others that start alike, so that the function
-- and the shape of the wide ones are replaced, and then collected. A separate program, whose collector does not
-- rest. Prints how many finalizers ran.

local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local set_collector = require "spec.support.collector"

local MANY = 200 -- objects, enough to compile a function in place of others
local WIDTH = 60 -- fields, each with a new string

local function list_of(text, count)
  return "[" .. (text .. ","):rep(count - 1) .. text .. "]"
end

local function wide(round)
  local fields = {}
  for i = 1, WIDTH do
    fields[i] = ('"wide%d":"%d of %d%s"'):format(i, i, round, ("x"):rep(50))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

local finalized = 0

--- Makes four shapes replace all that start alike.
local function replace()
  local pause, step_multiplier = set_collector(200, 200)
  finalized = finalized + 1
  for i = 1, 4 do
    decoding.value(list_of(('{"wide1":1,"r%d_%d":2}'):format(finalized, i), MANY))
  end
  set_collector(pause, step_multiplier)
end

--- Calls f with a collector that does not rest, and a pending finalizer.
local function replacing(f, ...)
  local pause, step_multiplier = set_collector(1, 10000)
  collectgarbage()
  collectable(replace)
  local value = f(...)
  set_collector(pause, step_multiplier)
  return value
end

local query = core.query { select = { "wide1", "wide2", "wide40", "wide60" } }

local function selected(text)
  local page = assert(decoding.page('{"data":' .. list_of(text, 40) .. "}", query))
  for _ = 1, 39 do
    assert(page:next())
  end
  return page
end

local function check(row, round, names)
  for _, i in ipairs(names) do
    assert(row["wide" .. i] == ("%d of %d%s"):format(i, round, ("x"):rep(50)), row["wide" .. i])
  end
end

local ALL = {}
for i = 1, WIDTH do
  ALL[i] = i
end

decoding.value(list_of(wide(0), 30 * MANY)) -- learns the wide shape first
for round = 1, 10 do
  local text = wide(round)
  check(decoding.value(list_of(text, MANY))[MANY], round, ALL)
  local fresh, page = wide(-round), selected(text)
  check(replacing(decoding.value, fresh), -round, ALL)
  check(replacing(page.next, page), round, { 1, 2, 40, 60 })
end
print(finalized)
os.exit(0)
