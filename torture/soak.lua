-- A long-lived process: measures descriptors and memory over a million requests, and over clients
-- that are made, used and dropped without close.
--
--   luajit torture/serve.lua threads "luajit torture/soak.lua URL [REQUESTS] [ROUNDS]"
--
-- Fails if memory or descriptors grow. Linux only: it reads /proc.

local process = require "bench.support.process"
local sigmamind = require "sigmamind"

local url, requests, rounds = arg[1], tonumber(arg[2]) or 1000000, tonumber(arg[3]) or 10000

local PAGES, SIZE = 3, 8 -- of each listing; see torture/serve.lua
local CLIENTS = 24 -- made and dropped in each round
local SPANS = 10 -- lines of a table
local GROWTH = 2 -- MiB that memory may vary by from the first line on

--- The least of a few counts: while the command starts, this process may still have both ends of
--- its pipe.
local function descriptors()
  local least = math.huge
  for _ = 1, 5 do
    local pipe = io.popen "ls /proc/$PPID/fd | wc -l"
    least = math.min(least, pipe:read "*n")
    pipe:close()
  end
  return least - 1 -- the pipe
end

local function measure()
  collectgarbage()
  collectgarbage()
  local heap = collectgarbage "count" / 1024
  return { rss = process.memory(), descriptors = descriptors(), heap = heap }
end

local ROW = "  %12s %10s %12s %10s %12s"

--- Runs step(i) from 1 to count, and prints a line per tenth. Returns whether nothing grew.
local function run(what, count, step)
  print(ROW:format(what, "seconds", "descriptors", "RSS MiB", "Lua heap MiB"))
  local started, first, last = process.now(), nil, nil
  for span = 1, SPANS do
    for i = math.floor(count * (span - 1) / SPANS) + 1, math.floor(count * span / SPANS) do
      step(i)
    end
    last = measure()
    first = first or last
    print(ROW:format(
      math.floor(count * span / SPANS),
      ("%.1f"):format(process.now() - started),
      last.descriptors,
      ("%.2f"):format(last.rss),
      ("%.2f"):format(last.heap)
    ))
  end
  return last.rss <= first.rss + GROWTH and last.descriptors <= first.descriptors
end

local function new_client()
  return sigmamind.new { base_url = url, api_key = "key" }
end

local client = new_client()
local flat = run("listings", math.floor(requests / PAGES), function()
  assert(client:campaigns({ size = SIZE }):count() == PAGES * SIZE)
end)
client:close()

local before = measure()
local head = "\n  %d clients in each round, each makes a request and is dropped without close"
print(head:format(CLIENTS))
local dropped = run("rounds", rounds, function()
  for _ = 1, CLIENTS do
    sigmamind.assert(new_client().campaigns:page { page = 1, size = SIZE })
  end
  collectgarbage()
  collectgarbage()
end)
local after = measure()
print(("  descriptors before and after: %d, %d"):format(before.descriptors, after.descriptors))
if not (flat and dropped and after.descriptors <= before.descriptors) then
  print "  GROWN"
  os.exit(false)
end
