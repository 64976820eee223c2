-- A game that lists 10,000 campaigns while it runs at 60 frames a second. The listing gets 2 ms of
-- each frame, and no frame waits for it. The program starts its own sandbox.

local core = require "sigmamind.core"
local sandbox = require "sigmamind.sandbox"
local sigmamind = require "sigmamind"

local FRAME = 1 / 60 -- seconds
local BUDGET = 0.002
local TOLERANCE = 0.0005
local FRAMES_MAX = 60 * 60

-- The latency simulates a network. Without it, the server may take the processor as soon as a tick
-- has sent its request.
local server = assert(sandbox.start { campaigns = 10000, latency = 0.005 })
local client = sigmamind.new {
  base_url = server.url,
  api_key = server.key,
  runtime = "tick",
}

local rows, live = 0, 0

-- Runs in its own coroutine. (A `for` over the stream works too, except on plain Lua 5.1.)
local task = client:spawn(function()
  local campaigns = client:campaigns()
  while true do
    local campaign, err = campaigns:next()
    sigmamind.assert(not err, err)
    if not campaign then
      return
    end
    rows = rows + 1
    live = live + (campaign.campaignStatus == "live" and 1 or 0)
  end
end)

-- One frame: the game, then the listing, then the wait for the next frame. Other programs can take
-- the processor during a tick; processor_times excludes them.
local times, processor_times = {}, {}
local next_frame = core.now()
repeat
  -- update() and draw() of the game would be here
  local started, processor_started = core.now(), os.clock()
  local running, failed = client:tick(BUDGET)
  if failed then
    print(task:traceback())
  end
  times[#times + 1] = core.now() - started
  processor_times[#times] = os.clock() - processor_started
  next_frame = next_frame + FRAME
  core.sleep(math.max(0, next_frame - core.now()))
until running == 0 or #times == FRAMES_MAX

local function percentile(list, percent)
  return list[math.ceil(#list * percent / 100)] * 1000
end

local function print_times(what, list)
  table.sort(list)
  local late = 0
  for _, seconds in ipairs(list) do
    late = late + (seconds > BUDGET + TOLERANCE and 1 or 0)
  end
  local text = " of a tick: median %.3f ms, 99th percentile %.3f ms, longest %.3f ms; %d over %g ms"
  print(what .. text:format(percentile(list, 50), percentile(list, 99), percentile(list, 100), late,
    (BUDGET + TOLERANCE) * 1000))
end

print(("%d rows (%d live) in %d ticks, task %s"):format(rows, live, #times, task:status()))
print_times("time", times)
print_times("processor time", processor_times)
client:close()
server:stop()
os.exit(task:status() == "done" and 0 or 1)
