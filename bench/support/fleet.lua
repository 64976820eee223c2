-- The rows of bench/fleet.lua on several machines: each is an nginx with four workers here. All of
-- them, and eight scripts, share a Redis server.

local core = require "sigmamind.core"
local pages = require "bench.support.pages"
local redis = require "spec.support.redis"
local support = require "spec.support.nginx"

local fleet = {}

local RATE, BURST, SECONDS = 200, 20, 10
local SCRIPTS, CONNECTIONS = 8, 64

local API = [[
  default_type application/json;
  log_format line "$msec";
  server {
    listen 127.0.0.1:$port reuseport;
    root pages;
    access_log log line;
    location = /v1/campaigns {
      access_by_lua_block { ngx.sleep(0.02) }
      try_files /page.json =404;
    }
  }
]]

local MACHINE = [[
  lua_shared_dict by_hand 16m;
  init_by_lua_block { member = require "bench.support.member" }
  server {
    listen 127.0.0.1:$port reuseport;
    location / { content_by_lua_block { ngx.print(member[ngx.var.uri:sub(2)]()) } }
  }
]]

local MAIN = [[
worker_processes 4;
env SIGMAMIND_API_KEY;
env SIGMAMIND_BASE_URL;
env REDIS_PORT;
env FLEET_RATE;
env FLEET_BURST;
env FLEET_SECONDS;
]]

local function start_api()
  local api = support.start(API, { main = "worker_processes 1;" })
  os.execute(("mkdir '%s/pages'"):format(api.directory))
  local file = assert(io.open(api.directory .. "/pages/page.json", "w"))
  file:write((pages.minified(100, 0, 1)))
  file:close()
  return api
end

--- How many requests the API saw.
local function seen(api)
  local count = 0
  for _ in io.lines(api.directory .. "/log") do
    count = count + 1
  end
  return count
end

--- Starts scripts; returns a function that returns what they print.
local function run(count, environment)
  local pipes = {}
  for i = 1, count do
    local command = "%s luajit bench/support/member.lua turns"
    pipes[i] = io.popen(command:format(environment))
  end
  return function(visit)
    for _, each in ipairs(pipes) do
      visit(each:read "*a")
      each:close()
    end
  end
end

--- Asks both machines in turn; returns a function that visits the answers.
local function ask(machines, path, count)
  local connections = {}
  for i = 1, count do
    connections[i] = machines[i % 2 + 1]:connect()
  end
  for _, each in ipairs(connections) do
    each:send(path)
  end
  return function(visit)
    for _, each in ipairs(connections) do
      visit(assert(each:receive()))
      assert(each.status == 200)
      each:close()
    end
  end
end

--- Of turns: how many there are, the share of RATE * t of their whole time that they used, and the
--- most of any window, as a share of what is allowed in it. A turn was granted between two times,
--- before and after the store was asked; a window begins with the earlier and ends with the later.
local function judge(turns)
  table.sort(turns, function(one, other)
    return one.after < other.after
  end)
  local most = 0
  for i = 1, #turns do
    for j = i, #turns do
      local allowed = RATE * (turns[j].after - turns[i].before) + BURST
      most = math.max(most, (j - i + 1) / allowed)
    end
  end
  local whole = turns[#turns].after - turns[1].before
  return #turns, (#turns - BURST) / (RATE * whole), most
end

local function with_fleet(action)
  local store, api = redis.start(), start_api()
  local environment = ("SIGMAMIND_API_KEY=key SIGMAMIND_BASE_URL=http://127.0.0.1:%d REDIS_PORT=%d"
    .. " FLEET_RATE=%d FLEET_BURST=%d FLEET_SECONDS=%d")
    :format(api.port, store.port, RATE, BURST, SECONDS)
  local options = { main = MAIN, environment = environment }
  local machines = { support.start(MACHINE, options), support.start(MACHINE, options) }
  action(machines, api, environment)
  for _, each in ipairs(machines) do
    each:stop()
  end
  api:stop()
  store:stop()
end

local function rate_row(title, path, scripts)
  with_fleet(function(machines, api, environment)
    local turns = {}
    local function note(answer)
      for before, after in answer:gmatch "(%S+) (%S+)" do
        turns[#turns + 1] = { before = assert(tonumber(before), answer), after = tonumber(after) }
      end
    end
    local printed, visited = run(scripts, environment), ask(machines, path, CONNECTIONS)
    printed(note)
    visited(note)
    local count, used, most = judge(turns)
    print(("  %-34s %8d %8d %8.3f %8.3f"):format(title, count, seen(api), used, most))
  end)
end

local function cold_row(title, path, rounds)
  local requests, slowest = {}, {}
  for round = 1, rounds do
    with_fleet(function(machines, api)
      local began = core.now()
      ask(machines, path, CONNECTIONS)(function(answer)
        assert(answer == "100", answer)
      end)
      slowest[round] = (core.now() - began) * 1000
      requests[round] = seen(api)
    end)
  end
  table.sort(requests)
  table.sort(slowest)
  print(("  %-34s %8d %8.0f"):format(title, requests[#requests], slowest[math.ceil(rounds / 2)]))
end

--- Prints the tables.
---@param rounds integer  of a cold start
function fleet.print(rounds)
  if not (redis.is_installed() and redis.client) then
    print "\nredis-server or lua-redis is not installed: the fleet is left out"
    return
  end
  print(([[

Rate: %d in a second, burst %d, for %d s; 8 workers of 2 machines with %d visitors, %d scripts.
`used`: turns beyond the burst, as a share of rate * t; `most`: the most turns of any window, as a
share of rate * t + burst.

                                        turns  at the API     used     most]])
    :format(RATE, BURST, SECONDS, CONNECTIONS, SCRIPTS))
  rate_row("sigmamind, one bucket in Redis", "/turns", SCRIPTS)
  rate_row("by hand, a counter in each dict", "/turns_by_hand", 0)
  print(([[

Cold start: %d visitors at once, on 8 workers of 2 machines; most of %d rounds, median time.

                                     requests  ms until all have an answer]])
    :format(CONNECTIONS, rounds))
  cold_row("sigmamind, coalesce and Redis", "/page", rounds)
  cold_row("by hand, a dict on each machine", "/page_by_hand", rounds)
end

return fleet
