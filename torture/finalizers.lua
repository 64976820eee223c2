-- Calls methods of the core's objects at random while finalizers do the same to the same objects:
-- decode, read, close, cancel, poll, start. Meant for a build with AddressSanitizer.
--
--   build/asan/lua5.1/host torture/finalizers.lua URL KEY CALLS [SEED]
--
-- A finalizer may run inside any allocation, and on Lua 5.1 and LuaJIT before a pushed string was
-- copied. Fails if a body, a header, a row or a value is not the object's own.

local alike = dofile "torture/fuzz/alike.lua"
local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local set_collector = require "spec.support.collector"

local url, key, calls = arg[1], arg[2], tonumber(arg[3])
local seed = tonumber(arg[4]) or os.time()
math.randomseed(seed)

set_collector(1, 10000)

local query = core.query {
  key = "campaignId",
  where = { campaignStatus = { one_of = { "live", "paused" } } },
  chain = { { where = { campaignName = { contains = "Q4" } }, stage = 1 } },
}
local whole = core.query { key = "campaignId" }
local session, text

local function start(size)
  return session:start { url = url .. "/v1/campaigns?size=" .. size, key = key, timeout = 20 }
end

local function finish(transfer)
  while not transfer:done() do
    session:poll(1)
  end
  return transfer
end

session = core.session {}
text = finish(start(30)):body()

-- The objects that are alive.
local transfers, pages, seens, filled = {}, {}, {}, {}

local function any(list)
  return list[math.random(#list)]
end

local function renew()
  for i = 1, 4 do
    transfers[i] = finish(start(30))
    seens[i] = core.seen(i % 2 == 0 and 8 or nil)
    pages[i] = decoding.page(text, query, nil, seens[i])
    filled[i] = decoding.page(text, i % 2 == 0 and whole or nil)
  end
end

local wrong -- the first wrong result; a finalizer cannot raise it

local function expect(condition, value)
  if not condition then
    wrong = wrong or "another answer: " .. tostring(value):sub(1, 80)
  end
end

local function check(value, expected)
  expect(value == nil or value == expected, value)
end

--- Whether all scalars in the value are this one. Uses next, because on LuaJIT a compiled loop of
--- pairs in which finalizers run does not end.
local function is_all(value, mark)
  if type(value) ~= "table" then
    return value == mark
  end
  local name, each = next(value)
  while name ~= nil do
    if not is_all(each, mark) then
      return false
    end
    name, each = next(value, name)
  end
  return true
end

local marks = 0

--- A list of rows with equal or similar shapes: shapes are learned, replaced, and found not to
--- match after a part was decoded. Each scalar in it is the mark of this list.
local function marked_rows()
  marks = marks + 1
  local mark = "mark " .. marks
  if math.random(4) == 1 then
    mark = mark .. (" long"):rep(300) .. "\n" -- kept by the memo, unescaped in Lua's memory
  end
  local quoted = '"' .. mark:gsub("\n", "\\n") .. '"'
  local rows = alike.objects(any, math.random(12), quoted)
  return "[" .. table.concat(rows, ",") .. "]", mark
end

local function decode_marked()
  local list, mark = marked_rows()
  expect(is_all(assert(decoding.value(list)), mark), mark)
end

--- Encodes a list while finalizers encode others: the text must read back as it.
local function encode_marked()
  local list, mark = marked_rows()
  local value = decoding.value(list)
  local encoded = assert(core.encode(value))
  expect(is_all(assert(decoding.value(encoded)), mark), mark)
end

local SELECT = core.query { select = { "a", "b", "c.a", "name" } } -- learns the shapes of all lists

local function read_marked()
  local list, mark = marked_rows()
  local selects = math.random(2) == 1 and SELECT or nil
  local page = assert(decoding.page('{"data":' .. list .. "}", selects))
  local data = math.random(3) == 1 and page.data
  for row in page.next, page do
    expect(is_all(row, mark), mark)
  end
  data = data or page.data
  expect(data == page.data and is_all(data, mark), mark)
end

--- The number of a row in the text, by its id.
local number_of = {}
for i, row in ipairs(decoding.page(text).data) do
  number_of[row.campaignId] = i
end

--- Takes some rows of a page that finalizers read meanwhile: they must be whole and in order.
local function fill()
  local page, list, counter = any(filled), {}, { read = math.random(2 ^ 30) }
  local method = math.random(2) == 1 and "fill" or "fill_json"
  local before, last = counter.read, 0
  local count = page[method](page, math.random(4) > 1 and list or nil, counter, math.random(0, 12))
  expect(not count or counter.read == before + count and (#list == 0 or #list == count), count)
  for _, row in ipairs(list) do
    local id = type(row) == "table" and row.campaignId or row:match '"campaignId": ?"([^"]+)"'
    expect(number_of[id] and number_of[id] > last, id)
    last = number_of[id] or last
  end
end

local actions = {
  function() check(any(transfers):body(), text) end,
  function() check(any(transfers):header "content-type", "application/json") end,
  function()
    local headers = any(transfers):headers()
    check(headers and headers["content-type"], "application/json")
  end,
  function() any(transfers):timing() end,
  function() any(transfers):failure() end,
  function() any(transfers):status() end,
  function() any(transfers):close() end,
  function() any(transfers):cancel() end,
  function()
    local page = decoding.page(any(transfers):body() or text, query)
    local row = page:next()
    expect(not row or row == -1 or row.campaignId, row)
  end,
  function()
    local row = any(pages):next()
    local status = row and row ~= -1 and row.campaignStatus or "live"
    expect(status == "live" or status == "paused", status)
  end,
  function()
    local paths = any(pages):paths()
    expect(not paths or paths.campaignStatus and paths.campaignName, "paths")
  end,
  function()
    local row = any(pages):sample()
    expect(not row or row.campaignId and row.agent, row)
  end,
  function()
    local page = any(pages)
    local data = page.data
    expect(#data == 30 and data[1].campaignId and data[30].agent, "data")
    expect(page.size == 30 and page.totalCount, page.size)
  end,
  decode_marked,
  decode_marked,
  encode_marked,
  read_marked,
  function() any(pages):next_json() end,
  function() any(pages):info() end,
  function() any(pages):position() end,
  function() any(pages):skip(math.random(0, 40)) end,
  function() any(pages):count_new(any(seens)) end,
  fill,
  fill,
  function() any(filled):close() end,
  function() any(pages):close() end,
  function() any(seens):close() end,
  function() pcall(any(seens).add, any(seens), text:sub(1, math.random(40))) end, -- may be closed
  function() session:poll(0) end,
  function() session:fd() end,
  function() session:retire_idle() end,
  function() transfers[math.random(4)] = finish(start(30)) end,
  function() start(1) end, -- dropped in flight
  function() expect(#decoding.value(text).data == 30, "value") end,
}

local depth, made, finalized = 0, 0, 0

local function act()
  made = made + 1
  any(actions)()
end

--- Garbage with a finalizer that calls such methods, and may make more garbage of its kind.
local function plant()
  collectable(function()
    if depth < 3 then
      depth = depth + 1
      finalized = finalized + 1
      for _ = 1, math.random(4) do
        pcall(act) -- errors in a finalizer are not checked
      end
      if math.random(3) == 1 then
        plant()
      end
      depth = depth - 1
    end
  end)
end

while made < calls do
  renew()
  for _ = 1, 60 do
    plant()
    local ok, why = pcall(act)
    if not ok and not tostring(why):find "not done yet" and not tostring(why):find "is closed" then
      error(("seed %d: %s"):format(seed, tostring(why)), 0)
    end
    if wrong then
      error(("seed %d: %s"):format(seed, wrong), 0)
    end
  end
end
session:close()
print(("%d calls, %d finalizers that called (seed %d)"):format(made, finalized, seed))
os.exit(0)
