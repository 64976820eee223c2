-- A fleet, beside what others would write by hand with a cosocket, lua-cjson and a lua_shared_dict.
--
-- The endpoint of sigmamind.nginx beside a content handler that says the same bytes, with the same
-- headers, straight from a lua_shared_dict and never refreshes them; while the API answers, hangs,
-- refuses, sends garbage, and is gone. Then the rate of 8 workers of 2 machines and of 8 scripts
-- that share a Redis server, and how often they ask the API at a cold start.
--
--   make build LUA=luajit
--   eval "$(make -s env LUA=luajit)"
--   luajit bench/fleet.lua [rounds] [seconds]
--
-- It needs wrk, nginx with its Lua module, and for the last part redis-server and lua-redis. The
-- load of the endpoint, the measured nginx and the nginx that simulates the API have one process
-- each. The runs of the two are interleaved. A row has the medians of its rounds; `x dict` is the
-- endpoint's rate divided by the dict's, and the lowest of any round.

local support = require "spec.support.nginx"

if not support.modules() or support.output "command -v wrk" == "" then
  print "wrk or nginx's Lua module is not installed: left out"
  return
end

local fleet = require "bench.support.fleet"
local pages = require "bench.support.pages"
local versions = require "bench.support.versions"

local CONNECTIONS = 64
local ROWS = 100
local rounds, seconds = tonumber(arg[1]) or 5, tonumber(arg[2]) or 3

-- == The API ==========================================================================

local API = [[
  default_type application/json;
  lua_shared_dict state 64k;
  server {
    listen 127.0.0.1:$port;
    root pages;
    location = /state { content_by_lua_block { ngx.shared.state:set("name", ngx.var.arg_name) } }
    location = /v1/campaigns {
      access_by_lua_block {
        local name = ngx.shared.state:get "name"
        if name == "hangs" then
          ngx.sleep(10)
        elseif name == "refuses" then
          return ngx.exit(503)
        elseif name == "garbage" then
          ngx.print "<html>Welcome</html>"
          return ngx.exit(200)
        end
      }
      try_files /page.json =404;
    }
  }
]]

local function start_api()
  local server = support.start(API, { main = "worker_processes 1;" })
  os.execute(("mkdir '%s/pages'"):format(server.directory))
  local file = assert(io.open(server.directory .. "/pages/page.json", "w"))
  file:write((pages.minified(ROWS, 0, 1)))
  file:close()
  return server
end

-- == The two endpoints ================================================================

-- /fill copies what the endpoint answers into the dict of the other.
local FRONT = [[
  lua_shared_dict sigmamind 16m;
  lua_shared_dict bytes 16m;
  init_by_lua_block {
    local client = require("sigmamind").new()
    campaigns = require("sigmamind.nginx").endpoint { client = client, refresh = 1 }
  }
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:$port;
    location = /endpoint { content_by_lua_block { campaigns() } }
    location = /dict {
      content_by_lua_block {
        local dict, header = ngx.shared.bytes, ngx.header
        local body = dict:get "body"
        header["Content-Type"] = "application/json"
        header["Cache-Control"] = "public, max-age=1, stale-if-error=3600"
        header["ETag"] = dict:get "etag"
        header["Age"] = 0
        header["Vary"] = "Accept-Encoding"
        header["Content-Encoding"] = dict:get "coding"
        header["Content-Length"] = #body
        ngx.print(body)
      }
    }
    location = /fill {
      content_by_lua_block {
        local reply = ngx.location.capture("/endpoint")
        local dict = ngx.shared.bytes
        dict:set("body", reply.body)
        dict:set("etag", reply.header["ETag"])
        dict:set("coding", reply.header["Content-Encoding"])
        ngx.print(reply.status, " ", #reply.body)
      }
    }
  }
]]

local function start_front(api)
  return support.start(FRONT, {
    main = "worker_processes 1;\nenv SIGMAMIND_API_KEY;\nenv SIGMAMIND_BASE_URL;\n",
    environment = ("SIGMAMIND_API_KEY=key SIGMAMIND_BASE_URL=http://127.0.0.1:%d"):format(api.port),
  })
end

-- == The load =========================================================================

-- A time of wrk ("1.25ms", "310.00us" or "1.02s") in milliseconds.
local function milliseconds(text)
  local number, unit = text:match "([%d.]+)(%a+)"
  return tonumber(number) * ({ us = 0.001, ms = 1, s = 1000 })[unit]
end

local WRK = "wrk -t 1 -c %d -d %ds --latency %s http://127.0.0.1:%d/%s"

-- Fails for any answer that is no success: no visitor may see an error.
local function load_with_wrk(front, path, header)
  local option = header and ("-H '%s'"):format(header) or ""
  local said = support.output(WRK:format(CONNECTIONS, seconds, option, front.port, path))
  local failures = said:match "Non%-2xx[^\n]*" or said:match "Socket errors[^\n]*"
  assert(not failures, failures)
  return {
    rate = tonumber(said:match "Requests/sec:%s*([%d.]+)"),
    p50 = milliseconds(said:match "%s50%%%s+(%S+)"),
    p99 = milliseconds(said:match "%s99%%%s+(%S+)"),
  }
end

local function median(list, field)
  local values = {}
  for i, each in ipairs(list) do
    values[i] = each[field]
  end
  table.sort(values)
  return values[math.ceil(#values / 2)]
end

local function fill(front, header)
  local name, value = (header or "X: y"):match "^(.-): (.*)$"
  local status, size = front:request("GET", "/fill", { [name] = value }).body:match "(%d+) (%d+)"
  assert(status == "200", "the endpoint answered " .. status)
  return size
end

local HEAD = [[

                                         requests/s         x dict     endpoint ms         dict ms
                           bytes  endpoint     dict  median lowest     p50     p99     p50     p99]]
local ROW = "  %-20s %9d %9.0f %8.0f %7.2f %6.2f %7.2f %7.2f %7.2f %7.2f"

-- One line of the table.
local function compare(front, title, header)
  local size, ours, theirs, lowest = fill(front, header), {}, {}, math.huge
  for round = 1, rounds do
    ours[round] = load_with_wrk(front, "endpoint", header)
    theirs[round] = load_with_wrk(front, "dict", header)
    lowest = math.min(lowest, ours[round].rate / theirs[round].rate)
  end
  local rate, other = median(ours, "rate"), median(theirs, "rate")
  print(ROW:format(
    title,
    size,
    rate,
    other,
    rate / other,
    lowest,
    median(ours, "p50"),
    median(ours, "p99"),
    median(theirs, "p50"),
    median(theirs, "p99")
  ))
end

-- == The table ========================================================================

-- What the API does meanwhile, as its state is called.
local STATES = {
  { "answers", "API answers" },
  { "hangs", "API hangs for 10 s" },
  { "refuses", "API answers 503" },
  { "garbage", "API sends garbage" },
}

local function endpoint_rows(api, front)
  for _, each in ipairs(STATES) do
    assert(api:request("GET", "/state?name=" .. each[1]).status == 200)
    compare(front, each[2])
  end
  api:stop()
  compare(front, "API is gone")
  compare(front, "API is gone, gzip", "Accept-Encoding: gzip")
end

print(("%s: %d connections, %d campaigns, medians of %d rounds of %d s"):format(
  versions(),
  CONNECTIONS,
  ROWS,
  rounds,
  seconds
))
print(HEAD)
local api = start_api()
local front = start_front(api)
endpoint_rows(api, front)
front:stop()
fleet.print(rounds)
