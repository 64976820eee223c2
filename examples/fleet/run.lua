-- An outage of the API, as the visitors of two web servers see it. Two nginx with two workers each
-- and a Redis serve the live campaigns; the API is the sandbox, which hangs, refuses, sends garbage
-- and is gone, while a worker crashes, nginx is reloaded and Redis is restarted. The program prints
-- second by second what 40 visitors saw.
--
--   make fleet
--
-- or, with the seconds of one phase (5 by default):
--
--   make build LUA=luajit
--   (eval "$(make -s env LUA=luajit)"; luajit examples/fleet/run.lua 2)
--
-- nginx.conf is the configuration of both nginx; machines starts and ends all servers.

local here = arg[0]:match "^.*/" or "./"
local loop = dofile(here .. "loop.lua")
local socket = require "socket"

local VISITORS = 40
local INTERVAL = 0.1 -- seconds between two requests of a visitor
local PHASE = tonumber(arg[1]) or 5 -- seconds

-- The faults are the sandbox's, see doc/reference.md. What `machines` does comes in the middle of a
-- phase if it is `midway`, else at its beginning.
local PHASES = {
  { "API answers" },
  { "API hangs for 10 s", faults = '[{"times":-1,"delay":10}]', phases = 2 },
  { "API answers 503", faults = '[{"times":-1,"status":503}]', midway = "kill", "workers are killed" },
  { "API sends garbage", faults = '[{"times":-1,"body":"<html>Welcome"}]', midway = "reload", "nginx reloads" },
  { "API answers 429", faults = '[{"times":-1,"status":429,"headers":{"retry-after":"4"}}]' },
  { "API is gone", first = "gone", midway = "redis", "Redis restarts" },
  { "API is back", first = "back", phases = 2 },
}

-- == The servers =======================================================================

-- Free ports. All stay open until the last is known, so that no two are equal.
local function free_ports(count)
  local sockets, ports = {}, {}
  for i = 1, count do
    sockets[i] = assert(socket.bind("127.0.0.1", 0))
    ports[i] = select(2, sockets[i]:getsockname())
  end
  for _, each in ipairs(sockets) do
    each:close()
  end
  return ports
end

local function await(port)
  local deadline = loop.now() + 20
  while true do
    local connection = socket.connect("127.0.0.1", port)
    if connection then
      return connection:close()
    end
    assert(loop.now() < deadline, "a server did not start")
    socket.sleep(0.05)
  end
end

local function start()
  local ports = free_ports(4)
  local command = "'%smachines' %s"
  local machines = io.popen(command:format(here:gsub("'", "'\\''"), table.concat(ports, " ")), "w")
  for _, port in ipairs(ports) do
    await(port)
  end
  return machines, ports
end

local function tell(machines, word)
  if word then
    machines:write(word, "\n")
    machines:flush()
  end
end

-- == The visitors ======================================================================

local seen -- in this second

local function begin_second()
  seen = { answers = 0, errors = 0, times = {}, age = 0 }
end

local function note(seconds, status, headers)
  if status == 200 then
    seen.answers = seen.answers + 1
    seen.age = math.max(seen.age, tonumber(headers.age))
  else
    seen.errors = seen.errors + 1
    seen.error = status or headers
  end
  table.insert(seen.times, seconds * 1000)
end

-- Looks at the campaigns until the end. Visitors begin at different times.
local function visit(port, offset)
  local browser, at = { port = port }, loop.now() + offset
  while true do
    loop.sleep_until(at)
    local began = loop.now()
    local status, headers = loop.request(browser, "GET", "/campaigns")
    note(loop.now() - began, status, headers)
    at = math.max(at + INTERVAL, loop.now())
  end
end

-- == The play ==========================================================================

local api, known = { key = "sandbox-key" }, 0

-- The requests that the API saw since the last call. It forgets them when it ends.
local function count_requests()
  local status, _, log = loop.request(api, "GET", "/sandbox/log")
  local count = status == 200 and select(2, log:gsub('"path"', "")) or 0
  local new = count - known
  known = count
  return math.max(0, new)
end

local ROW = "%4d  %-42s %7d %6d %8.1f %8.1f %6d %5d"
local HEAD = ("%4s  %-42s %7s %6s %8s %8s %6s %5s"):format(
  "s", "what happens", "answers", "errors", "p99 ms", "max ms", "age s", "API")

local totals = { answers = 0, errors = 0, requests = 0, slowest = 0, age = 0 }

local function print_second(second, what)
  local times, requests = seen.times, count_requests()
  table.sort(times)
  local slowest = times[#times] or 0
  print(ROW:format(second, what .. (seen.error and " (" .. seen.error .. ")" or ""), seen.answers, seen.errors,
    times[math.ceil(#times * 0.99)] or 0, slowest, seen.age, requests))
  io.stdout:flush()
  totals.answers, totals.errors = totals.answers + seen.answers, totals.errors + seen.errors
  totals.requests = totals.requests + requests
  totals.slowest, totals.age = math.max(totals.slowest, slowest), math.max(totals.age, seen.age)
end

local function play_phase(machines, phase, first, began)
  local seconds = PHASE * (phase.phases or 1)
  tell(machines, phase.first)
  loop.request(api, "PUT", "/sandbox/faults", phase.faults or "[]")
  for i = 1, seconds do
    local what = phase[1]
    if i == math.ceil((seconds + 1) / 2) and phase.midway then
      tell(machines, phase.midway)
      what = what .. "; " .. phase[2]
    end
    begin_second()
    loop.sleep_until(began + first + i)
    print_second(first + i, what)
  end
  return first + seconds
end

local is_over = false

local function play(machines)
  local second, began = 0, loop.now()
  for _, phase in ipairs(PHASES) do
    second = play_phase(machines, phase, second, began)
  end
  is_over = true
end

local machines, ports = start()
api.port = ports[4]
begin_second()
print(HEAD)
for i = 1, VISITORS do
  loop.spawn(visit, ports[i % 2 + 1], i / VISITORS * INTERVAL)
end
loop.spawn(play, machines)
loop.run(function()
  return is_over
end)
print(("%d answers, %d errors; the slowest after %.1f ms, the oldest %d s old; the API saw %d requests"):format(
  totals.answers, totals.errors, totals.slowest, totals.age, totals.requests))
print "The error log of the first nginx:"
io.stdout:flush()
machines:close()
