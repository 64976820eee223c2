-- Reads a long string with an escape by many queries, which stay alive. Prints the growth of the process in
-- MiB.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

local MIB = 4
local QUERIES = 16

local function resident()
  local pages = io.open("/proc/self/statm"):read "*a":match "^%d+ (%d+)"
  return pages * 4096 / 2 ^ 20
end

local text = '{"data":[{"a":"' .. ("x"):rep(MIB * 2 ^ 20) .. '\\n"},{"a":1}]}'
local queries = {}

local function read(kind)
  local query = core.query(kind)
  queries[#queries + 1] = query
  local page = assert(decoding.page(text, query))
  while page:next() do
  end
  page:close()
end

local kinds = { { where = { a = { starts_with = "y" } } }, { where = { a = { ends_with = "x" } }, select = { "a" } } }
local function read_all(count)
  for i = 1, count do
    read(kinds[i % 2 + 1])
  end
  collectgarbage()
  collectgarbage()
end

read_all(2)
local before = resident()
read_all(QUERIES)
print(math.floor(resident() - before))
