-- An outage of the API, as the visitors of two web servers see it. Two nginx with two workers each
-- and a Redis serve the live campaigns; the API is the sandbox, which hangs, refuses, sends garbage
-- and is gone, while a worker crashes, nginx is reloaded and Redis is restarted. The program prints
-- second by second what 40 visitors saw: p99 and max are the times of their answers, age is that of
-- the oldest answer. The last column has the requests that the API saw.
--
--   make fleet
--
-- or, with the seconds of one phase (5 by default):
--
--   make build LUA=luajit
--   (eval "$(make -s env LUA=luajit)"; luajit examples/fleet/run.lua 2)
--
-- nginx.conf is the configuration of both nginx; machines starts and ends all servers. They need
-- nginx's Lua module, lua-nginx-redis, redis-server, LuaJIT, cqueues, and for the sandbox lua-http
-- and lua-cjson: `make setup FOR=test` installs them.

local here = arg[0]:match "^.*/" or "./"
local browser = dofile(here .. "browser.lua")
local cqueues = require "cqueues"
local socket = require "cqueues.socket"

local VISITORS = 40
local INTERVAL = 0.1 -- seconds between two requests of a visitor
local PHASE = tonumber(arg[1]) or 5 -- seconds

-- `faults` are the sandbox's, see doc/reference.md. `first` and `midway` are words for `machines`:
-- what else happens at the beginning of a phase, and in the middle of it.
local PHASES = {
  { title = "API answers" },
  { title = "API hangs for 10 s", faults = '[{"times":-1,"delay":10}]', phases = 2 },
  {
    title = "API answers 503",
    faults = '[{"times":-1,"status":503}]',
    midway = "kill",
    event = "2 workers crash",
  },
  {
    title = "API sends garbage",
    faults = '[{"times":-1,"body":"<html>Welcome"}]',
    midway = "reload",
    event = "nginx reloads",
  },
  {
    title = "API answers 429, Retry-After: 4",
    faults = '[{"times":-1,"status":429,"headers":{"retry-after":"4"}}]',
  },
  { title = "API is gone", first = "gone", midway = "redis", event = "Redis restarts" },
  { title = "API is back", first = "back", phases = 2 },
}

-- == The servers =======================================================================

-- Free ports. All stay open until the last is known, so that no two are equal.
local function free_ports(count)
  local sockets, ports = {}, {}
  for i = 1, count do
    sockets[i] = socket.listen("127.0.0.1", 0)
    sockets[i]:listen()
    ports[i] = select(3, sockets[i]:localname())
  end
  for _, each in ipairs(sockets) do
    each:close()
  end
  return ports
end

local function await(name, port)
  local deadline = browser.now() + 20
  while true do
    local connection = browser.connect(port)
    if connection then
      return connection:close()
    end
    assert(browser.now() < deadline, name .. " did not start")
    browser.sleep(0.05)
  end
end

local function start()
  local ports = free_ports(4)
  local command = "'%smachines' %s"
  local machines = io.popen(command:format(here:gsub("'", "'\\''"), table.concat(ports, " ")), "w")
  for i, name in ipairs { "nginx", "nginx", "Redis", "the sandbox" } do
    await(name, ports[i])
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

local seen -- since the last row of the table
local totals = { answers = 0, errors = 0, again = 0, requests = 0, slowest = 0, age = 0 }

local function see_anew()
  seen = { answers = 0, errors = 0, times = {}, age = 0 }
end

local function note(seconds, status, headers)
  if status == 200 then
    seen.answers = seen.answers + 1
    seen.age = math.max(seen.age, tonumber(headers.age))
  else
    seen.errors = seen.errors + 1
    seen.error = status or headers -- of the last one
  end
  table.insert(seen.times, seconds * 1000)
end

local function sleep_until(time)
  browser.sleep(math.max(0, time - browser.now()))
end

-- Looks at the campaigns until the program ends.
local function visit(port, offset)
  local visitor, at = { port = port, again = 0 }, browser.now() + offset
  while true do
    sleep_until(at)
    local began = browser.now()
    local status, headers = browser.request(visitor, "GET", "/campaigns")
    note(browser.now() - began, status, headers)
    totals.again, visitor.again = totals.again + visitor.again, 0
    at = math.max(at + INTERVAL, browser.now())
  end
end

-- == The table =========================================================================

local HEAD = "   s  what happens                               answers errors  p99 ms  max ms"
  .. "  age s   API"
local ROW = "%4d  %-42s %7d %6d %7.1f %7.1f %6d %5d"
local TOTALS = "%d answers, %d errors, %d requests sent again; the slowest answer took %.1f ms, "
  .. "the oldest was %d s old; the API saw %d requests"

local function print_second(second, what, requests)
  local times = seen.times
  table.sort(times)
  local slowest, p99 = times[#times] or 0, times[math.ceil(#times * 0.99)] or 0
  if seen.error then
    what = ("%s (%s)"):format(what, seen.error)
  end
  print(ROW:format(second, what, seen.answers, seen.errors, p99, slowest, seen.age, requests))
  io.stdout:flush()
  totals.answers, totals.errors = totals.answers + seen.answers, totals.errors + seen.errors
  totals.slowest, totals.age = math.max(totals.slowest, slowest), math.max(totals.age, seen.age)
  totals.requests = totals.requests + requests
  see_anew()
end

local function print_totals()
  local answers, errors, again = totals.answers, totals.errors, totals.again
  print(TOTALS:format(answers, errors, again, totals.slowest, totals.age, totals.requests))
end

-- == The play ==========================================================================

local api = { key = "sandbox-key" } -- a browser for the sandbox's control
local known = 0 -- requests in its log

-- The requests that the API saw since the last call. A new sandbox begins with an empty log.
local function count_requests()
  local status, _, log = browser.request(api, "GET", "/sandbox/log")
  if status ~= 200 then
    known = 0
    return 0
  end
  local before = known
  known = select(2, log:gsub('"path"', ""))
  return math.max(0, known - before)
end

-- Returns the second in which the next phase begins.
local function play_phase(machines, phase, began, first)
  local seconds = PHASE * (phase.phases or 1)
  tell(machines, phase.first)
  browser.request(api, "PUT", "/sandbox/faults", phase.faults or "[]")
  for i = 1, seconds do
    local what = phase.title
    if phase.midway and i == math.ceil((seconds + 1) / 2) then
      tell(machines, phase.midway)
      what = what .. "; " .. phase.event
    end
    sleep_until(began + first + i)
    print_second(first + i, what, count_requests())
  end
  return first + seconds
end

local function print_metrics(which, port)
  local _, _, text = browser.request({ port = port }, "GET", "/metrics")
  print(("Metrics of the %s nginx:"):format(which))
  for line in (text or ""):gmatch "sigmamind_requests_total{[^\n]+" do
    print("  " .. line)
  end
end

local function play(machines, ports)
  local began, second = browser.now(), 0
  for _, phase in ipairs(PHASES) do
    second = play_phase(machines, phase, began, second)
  end
  print_totals()
  print_metrics("first", ports[1])
  print_metrics("second", ports[2])
end

local machines, ports = start()
api.port = ports[4]
see_anew()
print(HEAD)
local controller, is_over = cqueues.new(), false
for i = 1, VISITORS do
  controller:wrap(visit, ports[i % 2 + 1], i / VISITORS * INTERVAL)
end
controller:wrap(function()
  play(machines, ports)
  is_over = true
end)
repeat
  assert(controller:step())
until is_over
print "The error log of the first nginx:"
io.stdout:flush()
machines:close() -- prints the log
