-- Rows of a shape that a query meets late: 100 rows of 20 numbers, read by a query that saw no
-- others, and by one that read 20 pages before, of 8 rows each, with names that never recur. Before
-- the first round each has read 60 such pages.
--
-- Run as bench/decode.lua:
--
--   lua5.4 bench/shapes.lua [rounds]

local cjson = require "cjson"
local core = require "sigmamind.core"
local race = require "bench.support.race"
local versions = require "bench.support.versions"

local rounds = tonumber(arg[1]) or 25
local decoder = core.decoder()

local function page_of(count, fields, name)
  local rows = {}
  for i = 1, count do
    local row = {}
    for k = 1, fields do
      row[k] = ('"%s%d":%d'):format(name, k, i * k)
    end
    rows[i] = "{" .. table.concat(row, ",") .. "}"
  end
  return '{"data":[' .. table.concat(rows, ",") .. "]}"
end

local function read(text, query)
  local page, rows = decoder:page(text, query), {}
  local next_row = page.next
  local row = next_row(page)
  while row do
    rows[#rows + 1] = row
    row = next_row(page)
  end
  return rows
end

local late = page_of(100, 20, "name____late")

local function reader(others)
  local query = core.query {}
  for i = 1, others do
    read(page_of(8, 10, "name____" .. i .. "_"), query)
  end
  for _ = 1, 60 do
    read(late, query)
  end
  return function()
    return read(late, query)
  end
end

local contenders = {
  { name = "first of all", run = reader(0) },
  {
    name = "lua-cjson",
    run = function()
      return cjson.decode(late)
    end,
  },
  { name = "after others", run = reader(20) },
}
print(("%s: CPU time for a page, %d rounds"):format(versions(), rounds))
local title = "100 rows of 20 numbers"
race.print(title, race.run(contenders, rounds), #late)
