-- What bench/check.lua runs under callgrind: decodes the small version of one input some times, and
-- prints how often. The collector rests while instructions are counted.
--
--   lua5.4 bench/support/count.lua value|page NAME

local counter = require "counter"
local inputs = require "bench.support.inputs"
local new_decoder = require "bench.support.decoder"

local BYTES = 100000 -- to decode, in CALLS at most
local CALLS = 100
local WARM = 20 -- calls that are not counted

local decoder = new_decoder {}
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

local run, name = ways[arg[1]], arg[2]
for input in inputs({ name }, true) do
  if input.name == name then
    local text = input.text
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
end
