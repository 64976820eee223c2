-- The memory of one long walk: a million campaigns in pages of 100, from an nginx on loopback.
--
--   make build LUA=lua5.4
--   eval "$(make -s env LUA=lua5.4)"
--   lua5.4 bench/memory.lua [campaigns]
--
-- The walk has its own process, and prints its resident memory on the way. nginx writes the page
-- number into a template of a page, also into every campaignId, so that ids are unique. Goal: at
-- most 12 MiB above the start, and flat from 5 % on.

local process = require "bench.support.process"

io.stdout:setvbuf "line"

-- Prints one line; returns the resident memory.
local function report(label, since)
  local resident = process.memory()
  local above = since and ("%+10.2f"):format(resident - since) or ""
  print(("  %-30s %8.2f %10s %10.2f"):format(label, resident, above, collectgarbage "count" / 1024))
  return resident
end

if arg[1] == "walk" then
  local base_url, total = arg[2], tonumber(arg[3])
  print("                                 RSS, MiB  above start  Lua's heap")
  report "before sigmamind is loaded"
  local client = require("sigmamind").new { base_url = base_url, api_key = "bench-key" }
  local start = report "start: a client is made"
  local rows, at_first = 0, nil
  local started, cpu = process.now(), os.clock()
  for _ in client:campaigns { size = 100 } do
    rows = rows + 1
    if rows == total / 20 or rows % (total / 10) == 0 then
      local resident = report(("%.0f %% of the campaigns"):format(rows / total * 100), start)
      at_first = at_first or resident
    end
  end
  cpu = os.clock() - cpu
  assert(rows == total, "read " .. rows .. " campaigns")
  local _, peak = process.memory()
  print(("\n  peak %.2f MiB above the start (goal: at most 12), %.2f above that at 5 %%"):format(
    peak - start,
    peak - at_first
  ))
  print(("  %d campaigns in %.1f s, %.1f s of CPU time"):format(rows, process.now() - started, cpu))
  return
end

local nginx = require "bench.support.nginx"
local pages = require "bench.support.pages"
local versions = require "bench.support.versions"

local SIZE = 100
local count = math.floor((tonumber(arg[1]) or 1000000) / SIZE)

local server = nginx.start({
  ["page.json"] = pages.minified(SIZE, "@", count),
  [count - 1 .. ".json"] = pages.minified(SIZE, count - 1, count),
}, [[
      try_files /$arg_page.json /page.json =404;
      sub_filter_types application/json;
      sub_filter_once off;
      sub_filter @ $arg_page;]])
print(versions() .. (": a walk over %d pages of %d campaigns\n"):format(count, SIZE))
local last
for line in io.popen(process.again("walk", server.http, count * SIZE)):lines() do
  print(line)
  last = line
end
server:stop()
assert(last and last:find "CPU time", "the walk failed")
