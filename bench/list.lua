-- Listing campaigns over loopback: ours compared with lua-curl and lua-cjson, and with luasocket
-- (for https luasec) and lua-cjson, from an nginx that serves 10 pages of 100 campaigns.
--
--   make build LUA=luajit
--   eval "$(make -s env LUA=luajit)"
--   luajit bench/list.lua [rounds] [walks]
--
-- Each client has its own process, so that its CPU time (user and system) and memory are measured
-- separately; rounds are interleaved. The first walk, which connects, is not timed. Debian's
-- lua-curl is for Lua 5.1, 5.2 and LuaJIT, and its libcurl uses GnuTLS, so compare libraries over
-- http. Goal: at most half the CPU time of lua-curl with lua-cjson.

local clients = require "bench.support.clients"
local process = require "bench.support.process"

local PAGES, SIZE = 10, 100
local LONGEST = 2 -- seconds in which a client may begin another walk

-- The process of one client: walks repeatedly, and prints its CPU time and memory.
if arg[1] == "client" then
  local name, base_url, ca_file, walks = arg[2], arg[3], arg[4], tonumber(arg[5])
  local walk = clients[name](base_url, ca_file)
  local rows, sum, done = 0, 0, 0
  local function visit(row)
    rows = rows + 1
    sum = sum + row.concurrentCalls
  end
  walk(visit)
  rows, sum = 0, 0
  local started, cpu = process.now(), os.clock()
  repeat
    walk(visit)
    done = done + 1
  until done == walks or process.now() - started > LONGEST
  cpu = os.clock() - cpu
  local wall = process.now() - started
  local _, peak = process.memory()
  assert(rows == done * PAGES * SIZE, name .. " did not read every campaign")
  print(done, sum / done, cpu / rows * 1e6, wall / done / PAGES, peak)
  return
end

local nginx = require "bench.support.nginx"
local pages = require "bench.support.pages"
local race = require "bench.support.race"
local versions = require "bench.support.versions"

local rounds, walks = tonumber(arg[1]) or 5, tonumber(arg[2]) or 50

local function files()
  local list = {}
  for number = 0, PAGES - 1 do
    list[number .. ".json"] = pages.minified(SIZE, number, PAGES)
  end
  return list
end

local function installed_clients()
  local names = {}
  for _, name in ipairs(clients.order) do
    if pcall(require, clients.modules[name]) then
      names[#names + 1] = name
    else
      print(name .. " is not there for this Lua: left out")
    end
  end
  return names
end

-- One round of one client. Returns the sum over the rows of a walk, the same for all.
local function run(client, base_url, ca_file)
  local pipe = io.popen(process.again("client", client.name, base_url, ca_file, walks))
  local done, sum, cpu, wall, peak = pipe:read("*n", "*n", "*n", "*n", "*n")
  pipe:close()
  assert(done, client.name .. " failed")
  table.insert(client.cpu, cpu)
  table.insert(client.wall, wall)
  table.insert(client.peak, peak)
  return sum
end

local function report(title, list)
  print("\n" .. title)
  print("               CPU ms for 1000 campaigns   requests per second    peak RSS")
  print("                 best   median     x ours        best   median         MiB")
  local _, ours = race.best_and_median(list[1].cpu)
  for _, client in ipairs(list) do
    local best, median = race.best_and_median(client.cpu)
    local shortest, usual = race.best_and_median(client.wall)
    local _, peak = race.best_and_median(client.peak)
    print(("  %-12s %6.2f %8.2f %10.2f %11.0f %8.0f %11.1f"):format(
      client.name,
      best,
      median,
      median / ours,
      1 / shortest,
      1 / usual,
      peak
    ))
  end
end

local function compare(title, names, base_url, ca_file)
  local list, sum = {}, nil
  for i, name in ipairs(names) do
    list[i] = { name = name, cpu = {}, wall = {}, peak = {} }
  end
  for _ = 1, rounds do
    for _, client in ipairs(list) do
      local got = run(client, base_url, ca_file)
      assert(got == (sum or got), client.name .. " read other campaigns than the one before")
      sum = got
    end
  end
  report(title, list)
end

print(("%s: %d rounds of %d requests for %d campaigns, or of %d s"):format(
  versions(),
  rounds,
  walks * PAGES,
  SIZE,
  LONGEST
))
local names = installed_clients()
local server = nginx.start(files(), "try_files /$arg_page.json =404;")
compare("http", names, server.http, server.ca_file)
compare("https, HTTP/2 where the client asks for it", names, server.https, server.ca_file)
server:stop()
