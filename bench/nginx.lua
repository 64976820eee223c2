-- Requests per second and latency of an nginx endpoint that requests 100 campaigns from the API and
-- returns them as JSON: by this client, and by cosockets with lua-cjson (a bare client, and
-- lua-resty-http if it is installed), at 64 connections.
--
--   make build LUA=luajit
--   eval "$(make -s env LUA=luajit)"
--   luajit bench/nginx.lua [rounds] [seconds]
--
-- It needs wrk, and nginx with its Lua module. The load, the measured nginx and the nginx that
-- simulates the API have one process each. Rounds are interleaved; the median round is printed,
-- with the latency that wrk measured in it.

local support = require "spec.support.nginx"

if not support.modules() or support.output "command -v wrk" == "" then
  print "wrk or nginx's Lua module is not installed: left out"
  return
end

local cjson = require "cjson"
local pages = require "bench.support.pages"
local race = require "bench.support.race"
local versions = require "bench.support.versions"

local CONNECTIONS = 64
local ROWS = 100
local rounds, seconds = tonumber(arg[1]) or 3, tonumber(arg[2]) or 3

local API = [[
  types {}
  default_type application/json;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$port;
    root pages;
    location = /fast/v1/campaigns { try_files /page.json =404; }
    location = /slow/v1/campaigns {
      access_by_lua_block { ngx.sleep(0.05) }
      try_files /page.json =404;
    }
  }
]]

local FRONT = [[
  init_by_lua_block {
    peers = require "bench.support.in_nginx"
  }
  lua_check_client_abort on;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$port;
    location = /texts { content_by_lua_block { peers.texts() } }
    location = /tables { content_by_lua_block { peers.tables() } }
    location = /cosocket { content_by_lua_block { peers.cosocket() } }
    location = /resty { content_by_lua_block { peers.resty() } }
    location = /has_resty { content_by_lua_block { ngx.print(tostring(peers.has_resty)) } }
  }
]]

local NAMES = {
  { "texts", "sigmamind" },
  { "tables", "the same, by tables" },
  { "cosocket", "bare cosocket + cjson" },
  { "resty", "resty-http + cjson" },
}

-- The only page of a listing.
local function page()
  return (pages.minified(ROWS, 0, 1))
end

local function start_api()
  local server = support.start(API, { main = "worker_processes 1;" })
  os.execute(("mkdir '%s/pages'"):format(server.directory))
  local file = assert(io.open(server.directory .. "/pages/page.json", "w"))
  file:write(page())
  file:close()
  return server
end

local function start_front(api, folder)
  local environment = "SIGMAMIND_API_KEY=key SIGMAMIND_BASE_URL=http://127.0.0.1:%d/%s"
  return support.start(FRONT, {
    main = "worker_processes 1;",
    environment = environment:format(api.port, folder),
  })
end

-- A time of wrk ("1.25ms", "310.00us" or "1.02s") in milliseconds.
local function milliseconds(text)
  local number, unit = text:match "([%d.]+)(%a+)"
  return tonumber(number) * ({ us = 0.001, ms = 1, s = 1000 })[unit]
end

-- The blank before a percentage distinguishes the distribution from other figures, such as 91.99%.
local function load_with_wrk(front, path)
  local command = "wrk -t 1 -c %d -d %ds --latency http://127.0.0.1:%d/%s"
  local said = support.output(command:format(CONNECTIONS, seconds, front.port, path))
  local failures = said:match "Non%-2xx[^\n]*" or said:match "Socket errors[^\n]*"
  assert(not failures, failures)
  return {
    rate = tonumber(said:match "Requests/sec:%s*([%d.]+)"),
    p50 = milliseconds(said:match "%s50%%%s+(%S+)"),
    p99 = milliseconds(said:match "%s99%%%s+(%S+)"),
  }
end

-- The contenders that can run. Each gets one request first, and must return the same campaigns.
local function contenders(front)
  local list = {}
  for _, each in ipairs(NAMES) do
    if each[1] == "resty" and front:get "/has_resty" ~= "true" then
      print "lua-resty-http is not installed: left out"
    else
      local rows = cjson.decode(front:get("/" .. each[1]))
      assert(#rows == ROWS, each[1] .. " gave " .. #rows .. " campaigns")
      list[#list + 1] = { path = each[1], name = each[2], runs = {} }
    end
  end
  return list
end

local function median(list, field)
  local values = {}
  for i, each in ipairs(list) do
    values[i] = each[field]
  end
  return select(2, race.best_and_median(values))
end

local function compare(title, api, folder)
  local front = start_front(api, folder)
  print("\n" .. title)
  local list = contenders(front)
  for round = 1, rounds do
    for _, each in ipairs(list) do
      each.runs[round] = load_with_wrk(front, each.path)
    end
  end
  front:stop()
  print(("  %-24s %12s %10s %10s"):format("", "requests/s", "p50 ms", "p99 ms"))
  for _, each in ipairs(list) do
    print(("  %-24s %12.0f %10.2f %10.2f"):format(
      each.name,
      median(each.runs, "rate"),
      median(each.runs, "p50"),
      median(each.runs, "p99")
    ))
  end
end

print(("%s: %d connections, %d campaigns, medians of %d rounds of %d s"):format(
  versions(),
  CONNECTIONS,
  ROWS,
  rounds,
  seconds
))
local api = start_api()
compare("an API that answers at once", api, "fast")
compare("an API that takes 50 ms", api, "slow")
api:stop()
