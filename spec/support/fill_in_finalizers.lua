-- page:fill while finalizers raise, or close the page. A separate program, whose collector does not rest.
-- Prints how often it was interrupted, and how many pages were closed during it.

local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local set_collector = require "spec.support.collector"

if rawget(_G, "jit") then
  require("jit").off() -- errors in finalizers crash compiled code in LuaJIT 2.1 of 2022
end

local ROWS, RAISED = 500, 50

local rows = {}
for i = 1, ROWS do
  rows[i] = ('{"id":%d,"name":"row %d","more":{"x":[%d,"a\\\\n"]}}'):format(i, i, i)
end
local body = '{"data":[' .. table.concat(rows, ",") .. "]}"

local QUERIES = { false, { key = "id" }, { key = "id", select = { "id", "more" } } }

local function id_of(row)
  return type(row) == "table" and row.id or tonumber(row:match '"id":(%d+)')
end

--- Calls visit(page, name) for pages of each kind and each method that reads them.
local function each_page(visit)
  for _, name in ipairs { "fill", "fill_json" } do
    for i = 1, #QUERIES do
      local query = QUERIES[i] and core.query(QUERIES[i]) or nil
      visit(decoding.page(body, query, nil, query and core.seen()), name)
    end
  end
end

local function check(list, counter, count)
  assert(#list == count and counter.read == count, #list .. " rows, " .. counter.read .. " counted")
  for i = 1, count do
    assert(id_of(list[i]) == i, "another row than the next")
  end
end

local interrupted = 0

local function read_interrupted(page, name)
  local list, counter, left = {}, { read = 0 }, RAISED
  local is_reading, at_end = false, nil
  local function raise()
    left = left - (is_reading and 1 or 0)
    if left > 0 then
      collectable(raise)
    end
    if is_reading then
      is_reading = false
      error("raised in a finalizer", 0)
    end
  end
  local function read()
    local fill = page[name]
    is_reading = true
    local _, ended = fill(page, list, counter)
    is_reading = false
    at_end = ended
  end
  raise()
  repeat
    interrupted = interrupted + (pcall(read) and 0 or 1)
  until at_end
  left = 0
  check(list, counter, ROWS)
end

local closed = 0

local function read_closed(page, name)
  local list, counter = {}, { read = 0 }
  local function close()
    if counter.read > 0 then
      page:close()
    else
      collectable(close)
    end
  end
  close()
  local filled, at_end = page[name](page, list, counter)
  check(list, counter, filled)
  closed = closed + (filled < ROWS and 1 or 0)
  assert(filled > 0 and at_end == (filled == ROWS))
  local again, message, kind = page[name](page, list, counter)
  assert(at_end or (again == nil and message == "page is closed" and kind == "closed"))
  check(list, counter, filled)
end

set_collector(1, 10000)
each_page(read_interrupted)
each_page(read_closed)
print(interrupted, closed)
os.exit(0)
