-- The program that torture/allocator.c runs while allocations fail: it decodes values and pages of
-- objects of one shape, and uses a client, a filtered walk, an error and close. Raises an error for
-- a wrong result.

local url, key = ...

if jit then
  jit.off() -- LuaJIT crashes when its machine code runs out of memory
end

-- Lua 5.1 does not load a module again after a failure.
for name in pairs(package.loaded) do
  if name:find "^sigmamind" or name:find "^spec%." then
    package.loaded[name] = nil
  end
end

local log = require "sigmamind.log"
local sigmamind = require "sigmamind"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

local function expect(condition, what)
  if not condition then
    error(what, 0)
  end
end

local function list(client)
  local page, err = client.campaigns:page { size = 5 }
  expect(page, err)
  local rows = 0
  while page:next() do
    rows = rows + 1
  end
  expect(rows == 5 and page:info().totalCount == 125, "another page")
  expect(page:next_json() == nil, "a row after the last")
end

--- Gets a row by its id, and posts JSON and a form, with the log at debug.
local function request(client)
  local logged = client:with { on_event = log.new { level = "debug", write = function() end } }
  local row, err = logged.campaigns:get "camp_XiQEBcj9cc5TFRB4"
  expect(row and row.campaignStatus == "live", err)
  for _, given in ipairs {
    { json = { secret = "s", list = { 1, 2 } } },
    { form = { { name = "a", data = "b" } } },
  } do
    given.method, given.path, given.query = "POST", "/v1/campaigns", { a = { 1, "b c" } }
    local reply
    reply, err = logged:request(given)
    expect(not reply and err.outcome ~= "done", err)
  end
end

local NUMBERS = {} -- so many that the set of them grows
for i = 1, 600 do
  NUMBERS[i] = ("+1415%07d"):format(i)
end

--- Fills a set, checks contacts, refuses a campaign of them, and places a call that the sandbox
--- refuses.
local function write(client)
  local seen = core.seen()
  for i = 1, #NUMBERS do
    expect(seen:add(NUMBERS[i]), "a number is there already")
  end
  expect(not seen:add(NUMBERS[7]), "a number is gone")
  seen:close()
  local rows = { { phone = NUMBERS[1], name = "x" }, { phone = NUMBERS[1] } }
  local report = sigmamind.contacts.check(rows)
  expect(report.rows == 2 and report.duplicate_count == 1, "other contacts")
  local number = "+14155552671"
  local given = { sipPhoneNumber = number, agentId = "agent_1", contacts = rows }
  local none, err = client.campaigns:create(given)
  expect(not none and err.outcome == "not_done", err)
  none, err = client.calls:create { fromPhoneNumber = "+19995550100", toPhoneNumber = number }
  expect(not none and err.outcome ~= "done", err)
end

local function walk(client)
  local stream = client:campaigns {
    size = 50,
    where = {
      campaignStatus = { one_of = { "live", "paused" } },
      ["agent.name"] = { contains = "Agent" },
    },
    select = { "campaignId", "phoneNumber.sipPhoneNumber", "errors" },
  }
  local chained = stream:take(100):where { ["agent.nmae"] = { ne = 1 } }
  local rows, err = chained:select({ "campaignId" }):totable()
  expect(rows, err)
  expect(#rows > 10, "another chain")
  rows, err = stream:totable()
  expect(rows, err)
  expect(#rows > 10 and stream:report().pages == 3, "another walk")
  expect(#stream:token() > 50, "no token")
end

local function fail(base_url)
  local client = sigmamind.new { base_url = base_url, api_key = "wrong" }
  local page, err = client.campaigns:page()
  client:close()
  expect(not page and err.kind == "auth", err)
  expect(tostring(err):find "401", "an error that says nothing of 401")
end

--- A request through a proxy that does not exist: no error may contain its password.
local function fail_through_proxy()
  local through = "http://user:s3cret@127.0.0.1:1"
  local client = sigmamind.new { base_url = url, api_key = key, proxy = through, attempts = 1 }
  local page, err = client.campaigns:page()
  client:close()
  expect(not page and err.kind == "network", err)
  expect(not tostring(err):find "s3cret", "the password of a proxy")
end

--- Rows with escapes in the values and names that where and select use. Some are longer than a
--- query's own buffer, so that it allocates memory for each page anew.
local LONG = ("n"):rep(5000)
local ESCAPED = ([[{"data":[
  {"id":1,"n\u0061me":"\u0078","%s":"\n"},
  {"id":2,"name":"%s\u0078","long":{"x":1}},
  {"id":3,"n\u0061me":"\u0078","other":"\t"},
  {"id":4,"name":"y\n","n\u0061me":"%s\n\u0078","%s":"\ud83d\ude00"},
  {"id":5,"name":"\u0079","%s":"\n"}
]}]]):format(LONG .. "\\u006e", LONG, LONG, LONG .. "\\u006e", LONG .. "\\u006e")
local QUERY = {
  where = { name = { ends_with = "x" } },
  select = { "id", "name", LONG .. "n" },
  key = "id",
  chain = {
    { where = { name = { length = { ge = 1 }, none_of = { "y", LONG } } } },
    { where = { tags = { exists = false } } },
    { select = { "id", "name", "other", LONG .. "n" } },
    { where = { name = { ends_with = "x", length = { ge = 1 } } }, stage = 1 },
  },
}

--- Objects of one shape, with nested shapes, an array of more elements than are kept on the stack,
--- and a string that is unescaped in Lua's memory. One in ten has another last field, which is
--- noticed only after the rest was built. Each run has its own shapes to learn.
local OBJECT = [[
{"first%d":%d,"in":{"x%d":"%d","deep":{"y":[%s{"z":%d}]}},"long":"%s\n","%s":true}]]
local ROWS = 24

local run = 0

local function long_of(i)
  return i == 5 and ("l"):rep(1100) or ""
end

local function object(i, of_run)
  local last = i % 10 == 9 and "other" or "last"
  return OBJECT:format(of_run, i, of_run, i, ("0,"):rep(33), i, long_of(i), last)
end

local function new_list()
  local objects = {}
  run = run + 1
  for i = 1, ROWS do
    objects[i] = object(i, run)
  end
  return "[" .. table.concat(objects, ",") .. "]"
end

local function is_object(value, i)
  local elements = value["in"].deep.y
  return value["first" .. run] == i
    and value["in"]["x" .. run] == tostring(i)
    and #elements == 34
    and elements[1] == 0
    and elements[34].z == i
    and value.long == long_of(i) .. "\n"
    and (i % 10 == 9 and value.other or value.last) == true
end

local function are_objects(values, what)
  expect(#values == ROWS, what)
  for i, value in ipairs(values) do
    expect(is_object(value, i), what)
  end
end

local SELECT = { where = { long = { ends_with = "\n" } }, select = { "in.deep", "long" } }
local half_read, given = nil, 0 -- a page whose reading an error interrupted, and its rows so far

--- Continues with such a page.
local function read_selected(body)
  half_read = half_read or assert(decoding.page(body, assert(core.query(SELECT))))
  while given < ROWS do
    local row = assert(half_read:next())
    given = given + 1
    local is_right = row.long == long_of(given) .. "\n" and row["in"].deep.y[34].z == given
    expect(is_right and not row.last and not row.other, "another row was selected")
  end
  expect(half_read:next() == nil, "a row too many was selected")
  half_read, given = nil, 0
end

local half_filled = {} -- by reading method: a page whose reading was interrupted, and its rows

local function new_filling(body, query)
  local page = assert(decoding.page(body, query, nil, query and core.seen()))
  return { page = page, list = {}, counter = { read = 0 }, run = run }
end

--- Continues with such a page, with the same counter.
local function fill(name, body, query)
  half_filled[name] = half_filled[name] or new_filling(body, query)
  local half = half_filled[name]
  local filled, at_end = half.page[name](half.page, half.list, half.counter)
  expect(filled and at_end, "a page ends before its last row")
  expect(#half.list == ROWS and half.counter.read == ROWS, "another number of rows was filled in")
  for i, row in ipairs(half.list) do
    local is_text = name == "fill_json"
    local is_right = is_text and row == object(i, half.run) or row["first" .. half.run] == i
    expect(is_right, "another row was filled in")
  end
  half_filled[name] = nil
end

local function decode()
  local text = new_list()
  local body = '{"data":' .. text .. ',"page":7}'
  are_objects(assert(decoding.value(text)), "another value")
  local page = assert(decoding.page(body))
  expect(is_object(page:next(), 1) and page.page == 7, "another first row")
  are_objects(page.data, "other data")
  expect(page.data == page.data and is_object(page:next(), 2), "another second row")
  read_selected(body)
  local first = "first" .. run
  fill("fill", body, assert(core.query { where = { [first] = { ge = 1 } }, key = first }))
  fill("fill_json", body)
  local value, message = decoding.value(text:sub(1, -2))
  expect(value == nil and message:find "end of the text", message)
end

local LONG_TEXT = ("x"):rep(20000)
local file = assert(io.open("torture/allocator.lua", "rb"))

--- Encodes a text that outgrows what is kept, and refuses a value. Posts a form with a file.
local function encode_and_post()
  expect(core.encode { text = LONG_TEXT } == '{"text":"' .. LONG_TEXT .. '"}', "another text")
  expect(core.encode { 1, 2.5, "\n" } == '[1,2.5,"\\n"]', "another array")
  local text, message = core.encode { a = { { b = print } } }
  expect(text == nil and message == "a[1].b: a function has no JSON form", message)
  local session = core.session()
  local transfer, why = session:start {
    url = url .. "/v1/campaigns",
    key = key,
    headers = { Expect = false },
    form = { { name = "a", data = "b" }, { name = "file", file = file, filename = "f.csv" } },
    exclusive = true,
    timeout = 10,
  }
  while transfer and not transfer:done() do
    session:poll(1)
  end
  local status = transfer and (transfer:status() or transfer:failure().cause)
  if transfer and transfer:status() then
    expect(transfer:headers()["content-type"] == "application/json", "another header")
  end
  session:close()
  expect(status == 404 or status == 400, why or status)
end

local kept = assert(core.query(QUERY)) -- must work again after failures
local lost -- the message of a run that was wrong but raised nothing; the next run raises it
local left -- a page whose reading an error interrupted, and the number of its rows so far

--- When memory is available again, such a page must continue where it was.
local function read_left()
  if left then
    while left.page:next_json() do
      left.rows = left.rows + 1
    end
    expect(left.rows == 4, "a page that was left has another number of rows")
    left = nil
  end
end

--- Reads the matching rows of the page, by both methods. It must return all, or raise an error.
local function read_escaped(query)
  local reading = { rows = 0 }
  reading.page = assert(decoding.page(ESCAPED, query))
  left = reading
  local page, ids, names = reading.page, {}, 0
  for i = 1, 4 do
    local row
    if i % 2 == 0 then
      row = page:next()
      reading.rows = i
    else
      local text = page:next_json()
      reading.rows = i
      row = decoding.value(text or "{}")
    end
    ids[i] = row and row.id or "none"
    names = names + (row and row.name and 1 or 0) + (row and row[LONG .. "n"] and 1 or 0)
  end
  local got = table.concat(ids, " ") .. ", " .. names
  lost = lost or got ~= "1 2 3 4, 6" and "of rows with escapes came " .. got or nil
  expect(page:next() == nil, "a row that does not match")
  left = nil
end

--- The paths and the sample of a page, and the error for a malformed query.
local function check_reports()
  local page = assert(decoding.page(ESCAPED, assert(core.query(QUERY))))
  local paths, row = page:paths(), page:sample()
  expect(paths.tags == false and paths.name and paths[LONG .. "n"] == "null", "other paths")
  expect(row.id == 1 and row.name == "x" and row[LONG .. "n"] == "\n", "another first row")
  local refused, message, _, operator, known = core.query { where = { a = { any = { gte = 1 } } } }
  expect(not refused and message:find "any: unknown operator 'gte'" and operator == "gte", message)
  expect(#known == 13, "other operators")
end

return function()
  expect(not lost, lost)
  read_left()
  read_escaped(kept)
  read_escaped(assert(core.query(QUERY)))
  check_reports()
  decode()
  encode_and_post()
  local client = sigmamind.new { base_url = url, api_key = key, prefetch = 2, attempts = 2 }
  list(client)
  walk(client)
  request(client)
  write(client)
  client:close()
  fail(url)
  fail_through_proxy()
end
