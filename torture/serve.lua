-- Runs a command while a server runs: URL and KEY in the command are replaced by the server's.
--
--   luajit torture/serve.lua sandbox COMMAND     the sandbox
--   luajit torture/serve.lua threads COMMAND     an nginx with the listings of torture/threads.lua
--
-- Fails if the command fails.

local THREADS = 8

--- Three pages of `size` rows, each marked with its listing.
local function add_listing(files, size)
  for page = 0, 2 do
    local rows = {}
    for i = 1, size do
      rows[i] = ('{"campaignId":"thread_%d_%d"}'):format(size, page * size + i - 1)
    end
    local text = '{"data":[%s],"page":%d,"size":%d,"totalCount":%d,"totalPages":3,"hasNext":%s}'
    files[("%d-%d.json"):format(size, page)] =
      text:format(table.concat(rows, ","), page, size, 3 * size, tostring(page < 2))
  end
end

local servers = {}

function servers.sandbox()
  local sandbox = assert(require("sigmamind.sandbox").start())
  return sandbox, sandbox.url, sandbox.key
end

function servers.threads()
  local files = {}
  for size = 1, THREADS do
    add_listing(files, size)
  end
  local location = "try_files /$arg_size-$arg_page.json =404;"
  local server = require("bench.support.nginx").start(files, location)
  return server, server.http, "key"
end

local server, url, key = servers[arg[1]]()
local words = { URL = url, KEY = key }
local result = os.execute((arg[2]:gsub("%u+", words)))
server:stop()
os.exit(result == true or result == 0)
