-- A listing over a slow network: 125 campaigns on 7 pages, over TLS, with 50 ms of latency for each
-- response. Ours with prefetch, compared with a loop over lua-curl and lua-cjson, which requests
-- one page after another, and with the physical limit: the handshake and two round trips, one for
-- the first page, which has the total, and one for the rest.
--
--   make build LUA=luajit
--   eval "$(make -s env LUA=luajit)"
--   luajit bench/latency.lua [rounds]
--
-- Each round makes new connections. Debian's lua-curl is for Lua 5.1, 5.2 and LuaJIT. Goals: at
-- most 1.15 times the limit, and at most a third of the time of the loop.

local clients = require "bench.support.clients"
local core = require "sigmamind.core"
local race = require "bench.support.race"
local sandbox = require "sigmamind.sandbox"
local sigmamind = require "sigmamind"
local versions = require "bench.support.versions"

local LATENCY, SIZE, CAMPAIGNS, PREFETCH = 0.05, 20, 125, 8

local rounds = tonumber(arg[1]) or 15

local server = assert(sandbox.start { latency = LATENCY, tls = true })

--- Seconds until a new connection is ready for a request.
local function handshake()
  local session = core.session { ca_file = server.ca_file }
  local transfer = assert(session:start {
    url = server.https_url .. "/v1/campaigns?size=1",
    key = server.key,
    timeout = 10,
  })
  while not transfer:done() do
    session:poll(1)
  end
  assert(transfer:status() == 200)
  local seconds = transfer:timing().tls
  session:close()
  return seconds
end

local function ours(prefetch)
  return function()
    local client = sigmamind.new {
      base_url = server.https_url,
      api_key = server.key,
      ca_file = server.ca_file,
      prefetch = prefetch,
    }
    local rows = sigmamind.assert(client:campaigns({ size = SIZE }):totable())
    client:close()
    return #rows
  end
end

local function theirs()
  local rows = 0
  clients["lua-curl"](server.https_url, server.ca_file, server.key, SIZE)(function()
    rows = rows + 1
  end)
  return rows
end

local function seconds_of(run)
  local started = core.now()
  assert(run() == CAMPAIGNS, "not every campaign was listed")
  return core.now() - started
end

local contenders = {
  { name = "one by one", run = ours(0) },
  { name = "prefetch 8", run = ours(PREFETCH) },
}
if pcall(require, "curl") then
  table.insert(contenders, 1, { name = "lua-curl", run = theirs })
end

local handshakes = {}
for _, each in ipairs(contenders) do
  each.times = {}
end
for round = 1, rounds do
  handshakes[round] = handshake()
  for _, each in ipairs(contenders) do
    each.times[round] = seconds_of(each.run)
  end
end
server:stop()

local best, median = race.best_and_median(handshakes)
local limit = { best + 2 * LATENCY, median + 2 * LATENCY }
print(("%s: %d campaigns at size %d, %.0f ms of latency, TLS, %d rounds"):format(
  versions("libcurl " .. core.version().curl), CAMPAIGNS, SIZE, LATENCY * 1e3, rounds))
print "                  best ms   median ms   x the limit"
print(("  %-12s %10.1f %11.1f %13.2f"):format("the limit", limit[1] * 1e3, limit[2] * 1e3, 1))
for _, each in ipairs(contenders) do
  local least, usual = race.best_and_median(each.times)
  local row = "  %-12s %10.1f %11.1f %13.2f"
  print(row:format(each.name, least * 1e3, usual * 1e3, usual / limit[2]))
end
