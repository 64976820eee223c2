-- What bench/check.lua runs under callgrind: decodes the small version of one input some times, and
-- prints how often, in several Lua states, one after another: how many keys of a table collide is a
-- matter of the seed. The collector rests while instructions are counted.
--
--   lua5.4 bench/support/count.lua value|page NAME

local core = require "sigmamind.core"
local counter = require "counter"

local SEEDS = 8

if arg then
  for seed = 1, SEEDS do
    counter.run(seed, arg[0], arg[1], arg[2])
  end
  return
end

local inputs = require "bench.support.inputs"

local BYTES = 20000 -- to decode, in CALLS at most
local CALLS = 50
local WARM = 10 -- calls that are not counted

local decoder = core.decoder()
local ways = {}

function ways.value(text)
  return decoder:value(text)
end

function ways.page(text)
  local page = decoder:page(text)
  local next_row = page.next
  while next_row(page) do
  end
end

local function count(run, text)
  local calls = math.min(CALLS, math.ceil(BYTES / #text))
  for _ = 1, WARM do
    run(text)
  end
  collectgarbage()
  collectgarbage "stop"
  counter.start()
  for _ = 1, calls do
    run(text)
  end
  counter.stop()
  print(calls)
end

local way, name = ...
for input in inputs({ name }, true) do
  if input.name == name then
    count(ways[way], input.text)
  end
end
