-- The page of a listing: a cursor over its rows.

local cjson = require "spec.support.json"
local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local documented = require "spec.support.documented"
local interpreter = require "spec.support.interpreter"
local interrupts = require "spec.support.interrupts"
local random_json = require "spec.support.random_json"
local set_collector = require "spec.support.collector"

describe("decoder:page", function()
  it("fails when data mixes rows with other values, however many", function()
    for _, count in ipairs { 1, 64, 65, 1000 } do
      for _, key in ipairs { "campaignId", false } do
        local rows = core.query { key = key or nil }
        local data = ("1,"):rep(count) .. ('{"campaignId":"a"},'):rep(200) .. "2"
        local page, message = decoding.page('{"data":[' .. data .. '],"hasNext":false}', rows)
        assert.is_nil(page)
        assert.equal("not a page of a listing: a row in data is not an object", message)
      end
    end
  end)

  it("matches the wrapper's names as a whole", function()
    local info = decoding.page('{"data":[],"hasNext\\u0000":true,"page\\u0000x":3,"pag\\u0065":7}'):info()
    assert.is_nil(info.hasNext)
    assert.equal(7, info.page)
  end)

  it("returns the documented example field by field", function()
    local page = assert(decoding.page(documented))
    assert.same({
      page = 0,
      size = 20,
      totalCount = 125,
      totalPages = 7,
      hasNext = true,
      hasPrevious = false,
      count = 1,
      bytes = #documented,
    }, page:info())
    local campaign = page:next()
    assert.equal("camp_XiQEBcj9cc5TFRB4", campaign.campaignId)
    assert.equal("Q4 Outreach Campaign", campaign.campaignName)
    assert.equal("live", campaign.campaignStatus)
    assert.equal("2025-09-25T19:00:00.000Z", campaign.scheduledDate)
    assert.equal(5, campaign.concurrentCalls)
    assert.equal("New AI Agent", campaign.agent.name)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.agent.agentId)
    assert.equal("Live", campaign.agent.status)
    assert.equal("+14155552671", campaign.phoneNumber.sipPhoneNumber)
    assert.equal("twilio", campaign.phoneNumber.provider)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.phoneNumber.inboundAgentId)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.phoneNumber.outboundAgentId)
    assert.equal("+14155552671", campaign.phoneNumber.outboundPhoneNumber)
    assert.is_true(campaign.phoneNumber.active)
    assert.equal("sip.telnyx.com", campaign.phoneNumber.terminationSipURI)
    assert.equal("Support Line - US", campaign.phoneNumber.friendlyName)
    assert.equal("Row 3: missing required variable 'customer_name'", campaign.errors[1])
    assert.equal("Row 7: invalid phone number '+1234'", campaign.errors[2])
    assert.equal(2, #campaign.errors)
    assert.is_true(campaign.scheduled)
    local fields = 0
    for _ in pairs(campaign) do
      fields = fields + 1
    end
    assert.equal(9, fields)
    assert.is_nil(page:next())
    assert.is_nil(page:next())
  end)

  it("returns rows as tables and as their own bytes, in any mix", function()
    local page = decoding.page '{"data":[ {"a": 1.50} ,{"b":[]},{"c":"}]"} ]}'
    assert.equal('{"a": 1.50}', page:next_json())
    assert.same({ b = {} }, page:next())
    assert.equal('{"c":"}]"}', page:next_json())
    assert.is_nil(page:next_json())
  end)

  it("next_json returns a row that another decoder reads alike", function()
    local row = decoding.page(documented):next_json()
    assert.same(cjson.decode(documented).data[1], cjson.decode(row))
  end)

  it("accepts an empty page", function()
    local page = decoding.page '{"data":[],"page":3,"size":10,"totalCount":0,"totalPages":0}'
    assert.same({ page = 3, size = 10, totalCount = 0, totalPages = 0, count = 0, bytes = 60 }, page:info())
    assert.is_nil(page:next())
  end)

  it("reads totalCounts, the name of totalCount in older generations of the API", function()
    assert.equal(125, decoding.page('{"data":[],"totalCounts":125}'):info().totalCount)
  end)

  it("omits from info any field that the wrapper lacks or has in another type", function()
    local page = decoding.page '{"size":"20","data":[{}],"page":1.5,"totalCount":-1,"hasNext":"yes"}'
    assert.same({ count = 1, bytes = 68 }, page:info())
  end)

  it("passes unknown fields and values through", function()
    local page = decoding.page '{"x":{"data":[1]},"data":[{"agent":{"status":"Draft-v2"},"new":[true]}]}'
    assert.same({ agent = { status = "Draft-v2" }, new = { true } }, page:next())
  end)

  it("accepts the options null and array_mt", function()
    local mt = {}
    local page = decoding.page('{"data":[{"a":null,"errors":[]}]}', nil, { null = core.null, array_mt = mt })
    local row = page:next()
    assert.equal(core.null, row.a)
    assert.equal(mt, getmetatable(row.errors))
  end)

  it("fails for any truncated page", function()
    for length = 0, #documented - 2 do
      local page, _, kind = decoding.page(documented:sub(1, length))
      assert.is_nil(page)
      assert.equal("decode", kind)
    end
  end)

  it("reports the position of invalid JSON", function()
    local page, message, kind = decoding.page '{"data":[{"a":1},{"b":tru}]}'
    assert.is_nil(page)
    assert.equal("invalid JSON at byte 22: expected a value", message)
    assert.equal("decode", kind)
    assert.equal("invalid JSON at byte 12: expected the end of the text", select(2, decoding.page '{"data":[]} x'))
    assert.equal("invalid JSON at byte 11: expected the end of the text", select(2, decoding.page '{"data":[]}\0'))
  end)

  it("counts depth from the wrapper", function()
    local text = '{"data":[{"a":{}}]}'
    assert.same({ a = {} }, decoding.page(text, nil, { max_depth = 4 }):next())
    assert.same({ a = {} }, decoding.page(text, nil, { max_depth = 4 }):sample())
    assert.is_nil((decoding.page(text, nil, { max_depth = 3 })))
    assert.is_nil((decoding.page('{"data":[]}', nil, { max_depth = 1 })))
  end)

  local shapes = {
    { '"x"', "not a page of a listing: the body is neither an object nor an array" },
    { "[1]", "not a page of a listing: a row in data is not an object" },
    { "{}", "not a page of a listing: data is missing" },
    { '{"error":"x"}', "not a page of a listing: data is missing" },
    { '{"data":null}', "not a page of a listing: data is not an array" },
    { '{"data":{}}', "not a page of a listing: data is not an array" },
    { '{"data":[{},1]}', "not a page of a listing: a row in data is not an object" },
    { '{"data":[null]}', "not a page of a listing: a row in data is not an object" },
    { '{"data":[[]]}', "not a page of a listing: a row in data is not an object" },
    { '{"data":[{},[{}]]}', "not a page of a listing: a row in data is not an object" },
    { '{"data":["{}",{}]}', "not a page of a listing: a row in data is not an object" },
  }
  for _, shape in ipairs(shapes) do
    it("refuses " .. shape[1], function()
      local page, message, kind = decoding.page(shape[1])
      assert.is_nil(page)
      assert.equal(shape[2], message)
      assert.equal("protocol", kind)
    end)
  end

  it("reads an array of rows without a wrapper", function()
    local page = decoding.page ' [ {"id":1}, {"id":2} ] '
    assert.same({ id = 1 }, page:next())
    assert.same({ { id = 1 }, { id = 2 } }, page.data)
    assert.equal(2, page:info().count)
    assert.is_nil(page.hasNext)
    assert.is_nil(decoding.page("[]"):next())
    assert.equal("decode", select(3, decoding.page '[{"id":1}'))
    assert.equal("decode", select(3, decoding.page '[{"id":1}],'))
  end)

  it("returns a page that keeps its text alive", function()
    local page = decoding.page(documented .. (" "):rep(10000))
    collectgarbage()
    collectgarbage()
    assert.equal("camp_XiQEBcj9cc5TFRB4", page:next().campaignId)
  end)

  it("returns a page that a finalizer may close while a row is built", function()
    local rows = {}
    for i = 1, 50000 do
      rows[i] = ('{"name":"row %d","more":{"x":[%d,"a\\\\n"]}}'):format(i, i)
    end
    local text = table.concat(rows, ",")
    local pause, stepmul = set_collector(1, 10000)
    finally(function()
      set_collector(pause, stepmul)
    end)
    for _, method in ipairs { "next", "next_json" } do
      local page = decoding.page('{"data":[' .. text .. "]}")
      collectable(function() page:close() end)
      local count, row, _, kind = 0, page[method](page)
      while row do
        count = count + 1
        row, _, kind = page[method](page)
      end
      assert.equal("closed", kind)
      assert.is_true(count < 50000)
    end
  end)

  it("returns a page that loses no row when a finalizer reads it, too", function()
    local program = [[-e '
      local collectable = require "spec.support.collectable"
      local core = require "sigmamind.core"
      local decoding = require "spec.support.decoding"
      local set_collector = require "spec.support.collector"
      local texts, seen, count = {}, {}, 0
      for i = 1, 5000 do texts[i] = (%q):format(i) end
      local query = core.query { where = { n = { ge = 0 } } }
      local page = decoding.page("{\"data\":[" .. table.concat(texts, ",") .. "]}", QUERY)
      local function note(row)
        if row and not seen[row.n] then seen[row.n] = true count = count + 1 end
        return row
      end
      set_collector(1, 10000)
      repeat
        collectable(function() note(page:next()) end)
      until not note(page:next())
      print(count)
    ']]
    for _, query in ipairs { "query", "nil" } do
      local text = program:format('{"n":%d,"more":{"x":["a","b"]}}'):gsub("QUERY", query)
      assert.equal("5000\n", (interpreter.run(text)))
    end
  end)

  it("returns a page that frees its text when closed", function()
    collectgarbage()
    local before = collectgarbage "count"
    local page = decoding.page('{"data":[{}' .. (" "):rep(2 ^ 20) .. "]}")
    page:close()
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 512)
  end)

  it("returns a page that fails with 'closed' once it is closed", function()
    local page = decoding.page(documented)
    page:close()
    page:close()
    local row, message, kind = page:next()
    assert.is_nil(row)
    assert.equal("page is closed", message)
    assert.equal("closed", kind)
    assert.equal("closed", select(3, page:next_json()))
    assert.equal(125, page:info().totalCount)
    assert.equal("sigmamind.page (closed)", tostring(page))
  end)

  it("returns a page that is closed for finalizers that run after its own", function()
    local compiled = core.query { where = { a = 1 }, key = "a" }
    local said = {}
    do
      local box = {}
      box.other = collectable(function()
        said[1], said[2] = select(3, box.page:next()), select(3, box.page:skip(1))
      end)
      box.page = decoding.page('{"data":[{"a":1},{"a":1}]}', compiled)
    end
    collectgarbage()
    collectgarbage()
    assert.same({ "closed", "closed" }, said)
  end)

  it("finds the end of a row whatever its strings hold, at every offset", function()
    for offset = 0, 40 do
      local pad = ("x"):rep(offset)
      for _, value in ipairs {
        '"%s"', '"%s\\""', '"%s\\\\"', '"%s\\\\\\"}]"', '"%s}]{["', '{"%s":"]}"}', '["%s",[{"a":"\\"]"}]]', '"%s\195\169"',
        '[["%s"],{"b":[{}]}]', '{"b":{"%s\\u007d":[]}}', '[1,"%s",null,true,-2.5e3]',
      } do
        local row = '{"a":' .. value:format(pad) .. ',"z":1}'
        local page = assert(decoding.page('{"data":[ ' .. row .. " , " .. row .. " ]}"))
        assert.equal(row, page:next_json())
        assert.same(decoding.value(row), page:next())
        assert.is_nil(page:next())
        local selected = assert(decoding.page('{"data":[' .. row .. "," .. row .. "]}", core.query { select = { "z" } }))
        assert.equal('{"z":1}', selected:next_json())
        assert.same({ z = 1 }, selected:next())
      end
    end
  end)

  it("matches the wrapper's names with every letter escaped, and no name one letter longer or shorter", function()
    local values = {
      data = "[{}]", page = 3, size = 4, totalCount = 5, totalCounts = 6, totalPages = 7, hasNext = true,
      hasPrevious = false,
    }
    local function escaped(name)
      return (name:gsub(".", function(c) return ("\\u%04x"):format(c:byte()) end))
    end
    for name, value in pairs(values) do
      local known = name == "totalCounts" and "totalCount" or name
      local function is_read(spelling)
        local text = '{"data":[],"' .. spelling .. '":' .. tostring(value) .. "}"
        local info = decoding.page(text):info()
        if name == "data" then
          return info.count > 0
        end
        assert.is_true(info[known] == nil or info[known] == value)
        return info[known] ~= nil
      end
      assert.is_true(is_read(name))
      assert.is_true(is_read(escaped(name)))
      for _, other in ipairs { name .. "x", name .. "\\u0000", name .. " ", "x" .. name, name:sub(2), name:upper() } do
        assert.is_false(is_read(other), other)
      end
      if name ~= "totalCounts" then
        assert.is_false(is_read(name:sub(1, -2)))
      end
    end
    assert.equal(1, decoding.page('{"' .. escaped "data" .. '":[{}]}'):info().count)
  end)

  it("matches the wrapper's names with some letters escaped", function()
    local page = assert(decoding.page('{"d\\u0061ta":[{"a":1}],"p\\u0061ge":3,"' .. ("x"):rep(100) .. '":1}'))
    assert.same({ page = 3, count = 1, bytes = page:info().bytes }, page:info())
    assert.same({ a = 1 }, page:next())
  end)

  it("takes names of other fields, whatever their length and however they are spelled", function()
    for length = 1, 150 do
      local plain, escaped = ("x"):rep(length), ("\\u0078"):rep(length)
      local other = plain:sub(2) .. "\\u0078"
      local text = '{"data":[],"' .. plain .. '":1,"' .. escaped .. '":2,"' .. other .. '":3,"page":7}'
      assert.equal(7, decoding.page(text):info().page)
    end
  end)

  it("keeps a total when totalCounts is null, and totals of 64 bits", function()
    assert.equal(5, decoding.page('{"totalCount":5,"totalCounts":null,"data":[]}'):info().totalCount)
    local exact = math.type and 1234567890123456789 or nil -- luacheck: ignore
    assert.equal(exact, decoding.page('{"totalCount":1234567890123456789,"data":[]}'):info().totalCount)
    assert.is_nil(decoding.page('{"totalCount":12345678901234567890,"data":[]}'):info().totalCount)
  end)

  it("takes the ids of the last data alone, when data comes twice", function()
    local keyed = core.query { key = "id" }
    local ids = decoding.page('{"data":[{"id":2}]}', keyed):info().ids
    assert.equal(ids, decoding.page('{"data":[{"id":1}],"data":[{"id":2}]}', keyed):info().ids)
    assert.equal(ids, decoding.page('{"data":[{"id":1},{"id":3}],"data":[{"id":2}]}', keyed):info().ids)
    assert.is_nil(decoding.page('{"data":[{"id":1}],"data":[]}', keyed):info().ids)
    assert.is_nil(decoding.page('{"data":[{"id":1}],"data":[{"x":1}]}', keyed):info().ids)
  end)

  it("returns a page that does not move when skip is called after its end", function()
    local page = decoding.page('{"data":[{"id":1},{"id":2},{"id":3}]}', core.query { key = "id" })
    while page:next() do
    end
    assert.is_true(page:skip(2))
    assert.equal(3, (page:position()))
    assert.is_false(page:skip "0000000000000001")
  end)

  it("raises for a method call without a page", function()
    local page = decoding.page(documented)
    assert.has_error(function() page.next({}) end)
    assert.has_error(function() page.next() end)
    assert.has_error(function() decoding.page() end)
  end)
end)

describe("page:info", function()
  it("omits a number that this Lua would round", function()
    local big = decoding.page('{"data":[],"totalCount":9007199254740993,"page":1}'):info()
    assert.equal(1, big.page)
    assert.equal((math.type and 9007199254740993) or nil, big.totalCount)
  end)

  it("returns the last value of a name that comes twice", function()
    assert.equal(0, decoding.page('{"data":5,"data":[]}'):info().count)
    assert.is_nil((decoding.page '{"data":[],"data":5}'))
    for _, flag in ipairs { "hasNext", "hasPrevious" } do
      for _, case in ipairs {
        { "true,%sfalse", false }, { "false,%strue", true }, { "true,%strue", true }, { "true,%snull" },
        { "null,%strue", true }, { "1,%sfalse", false }, { 'false,%s"true"' },
      } do
        local twice = '"' .. flag .. '":' .. case[1]:format('"' .. flag .. '":')
        assert.equal(case[2], decoding.page('{"data":[],' .. twice .. "}"):info()[flag], twice)
      end
    end
    for _, number in ipairs { "page", "size", "totalCount", "totalPages" } do
      local twice = '{"data":[],"' .. number .. '":5,"' .. number .. '":6}'
      assert.equal(6, decoding.page(twice):info()[number])
    end
    assert.equal(6, decoding.page('{"totalCounts":5,"totalCount":6,"data":[]}'):info().totalCount)
    assert.equal(5, decoding.page('{"totalCount":6,"totalCounts":5,"data":[]}'):info().totalCount)
  end)

  it("counts the rows of the last data, with a query as without", function()
    local queries = { core.query { where = { id = { exists = true } } }, core.query { key = "id" }, core.query {} }
    for i = 0, #queries do
      local page = assert(decoding.page('{"data":[{"id":1}],"data":[]}', queries[i]))
      assert.equal(0, page:info().count)
      assert.is_nil(page:next())
      page = assert(decoding.page('{"data":[{"id":1},{"id":3}],"data":[{"id":2}]}', queries[i]))
      assert.equal(1, page:info().count)
      assert.same({ id = 2 }, page:next())
      assert.is_nil(page:next())
      page = assert(decoding.page('{"data":[{"id":1}],"x":0,"data":[{"id":2},{"id":1}]}', queries[i]))
      assert.equal('{"id":2}', page:next_json())
      assert.equal('{"id":1}', page:next_json())
      assert.is_nil(page:next_json())
    end
  end)

  it("returns integers that this Lua holds exactly, and omits larger ones and other values", function()
    local wide = math.type ~= nil
    local cases = {
      { "0", 0 },
      { "9", 9 },
      { "125", 125 },
      { "9007199254740991", 9007199254740991 },
      { "9007199254740992", 9007199254740992 },
      { "9223372036854775799", wide and decoding.value "9223372036854775799" or nil },
      { "9223372036854775806", wide and decoding.value "9223372036854775806" or nil },
      { "9223372036854775807", wide and decoding.value "9223372036854775807" or nil },
    }
    local none = {
      "9223372036854775808", "9223372036854775809", "9223372036854775810", "9223372036854775817",
      "18446744073709551615", "18446744073709551616", "18446744073709551621", "92233720368547758080",
      "123456789012345678901234567890", "-1", "-0", "1.0", "1e2", "1E2", '"5"', "true", "null", "[5]", '{"a":5}',
    }
    for _, name in ipairs { "page", "size", "totalCount", "totalPages" } do
      for _, case in ipairs(cases) do
        assert.equal(case[2], decoding.page('{"' .. name .. '":' .. case[1] .. ',"data":[]}'):info()[name])
      end
      for _, value in ipairs(none) do
        local field = '"' .. name .. '":' .. value
        assert.is_nil(decoding.page("{" .. field .. ',"data":[]}'):info()[name], field)
        assert.equal(5, decoding.page('{"' .. name .. '":5,' .. field .. ',"data":[]}'):info()[name], field)
      end
    end
    for _, value in ipairs(none) do
      assert.equal(5, decoding.page('{"totalCount":5,"totalCounts":' .. value .. ',"data":[]}'):info().totalCount)
    end
  end)
end)

describe("a page with a key", function()
  local ROWS = {
    '{"id":"a","n":1}', '{"n":2,"id":"b"}', '{"id":"c","n":3}', '{"id":null,"n":4}', '{"n":5}', '{"id":7,"n":6}',
  }

  local function page_of(rows, query, seen)
    query = query or { key = "id" }
    return assert(decoding.page('{"data":[' .. table.concat(rows, ",") .. "]}", assert(core.query(query)), nil, seen))
  end

  local function numbers(page)
    local list = {}
    for row in page.next, page do
      list[#list + 1] = row.n
    end
    return list
  end

  it("skips rows that were seen, and counts them as duplicates", function()
    local seen = core.seen()
    assert.same({ 1, 2, 3, 4, 5, 6 }, numbers(page_of(ROWS, nil, seen)))
    local again = page_of({ '{"id":"x","n":0}', ROWS[2], ROWS[6], '{"id":"x","n":9}', ROWS[4] }, nil, seen)
    assert.same({ 0, 4 }, numbers(again))
    assert.equal(3, again:info().duplicates)
    assert.equal(3, (select(3, again:position())))
    assert.equal(5, again:info().count)
  end)

  it("marks a row as seen when it is returned, as a table or as JSON", function()
    local seen = core.seen()
    local first, second = page_of(ROWS, nil, seen), page_of(ROWS, nil, seen)
    assert.equal(ROWS[1], first:next_json())
    assert.equal(2, second:next().n)
    assert.equal(3, first:next().n)
  end)

  it("marks only the rows that match as seen, also when the key is not selected", function()
    local seen, query = core.seen(), { key = "id", where = { n = { ge = 2, le = 3 } }, select = { "n" } }
    assert.same({ n = 2 }, page_of(ROWS, query, seen):next())
    assert.same({ 3 }, numbers(page_of(ROWS, query, seen)))
    assert.same({ 1, 4, 5, 6 }, numbers(page_of(ROWS, nil, seen)))
  end)

  it("returns its position, and skip moves past the row with an id, or past a number of rows", function()
    local page = page_of(ROWS, { key = "id", where = { n = { ge = 2 } } })
    assert.same({ 0, "0000000000000000", 0 }, { page:position() })
    page:next()
    page:next()
    local position, id = page:position()
    assert.equal(3, position)
    local moved = page_of({ ROWS[6], ROWS[3], ROWS[1] })
    assert.is_true(moved:skip(id))
    assert.same({ 1 }, numbers(moved))
    local other = page_of { ROWS[1] }
    assert.is_false(other:skip(id))
    assert.same({ 1 }, numbers(other))
    assert.is_false(other:skip(id))
    local counted = page_of(ROWS)
    assert.is_true(counted:skip(4))
    assert.same({ 5, 6 }, numbers(counted))
    local beyond = page_of(ROWS)
    assert.is_true(beyond:skip(99))
    assert.same({}, numbers(beyond))
  end)

  it("does not move back when skip gets an earlier position", function()
    local page = page_of(ROWS)
    assert.is_true(page:skip(5))
    assert.is_true(page:skip(2))
    assert.equal(5, (page:position()))
    assert.is_true(page:skip(0))
    assert.equal(5, (page:position()))
    assert.same({ 6 }, numbers(page))
    page = page_of(ROWS)
    page:next()
    local _, first = page:position()
    page:next()
    assert.is_true(page:skip(first))
    assert.equal(2, (page:position()))
    assert.equal(3, page:next().n)
    page:skip(1)
    assert.equal(3, (page:position()))
  end)

  it("returns the same row again to a call with the number of the call before, and to no other", function()
    local query = { key = "id", where = { n = { ge = 2 } } }
    local seen = core.seen()
    page_of(ROWS, nil, seen):next()
    assert.equal(2, page_of(ROWS, nil, seen):next(0).n)
    local page = page_of(ROWS, query, core.seen())
    assert.equal(2, page:next(0).n)
    assert.equal(2, page:next(0).n)
    assert.equal(3, page:next(1).n)
    assert.equal(3, decoding.value(page:next_json(1)).n)
    local before, after = page_of(ROWS), page_of(ROWS)
    before:skip(2)
    after:skip(3)
    assert.same({ before:position() }, { page:position(1) })
    assert.same({ after:position() }, { page:position(2) })
    assert.same({ 2 }, { (page:position(1)) })
    assert.same({ 3 }, { (page:position(2)) })
    assert.same({ 3 }, { (page:position()) })
    assert.equal(4, page:next(2).n)
    assert.same({ 5, 6 }, numbers(page))
    assert.is_nil(page:next(2))
    assert.same({ 6 }, { (page:position(2)) })
  end)

  it("has the same position after skip as after reading the rows", function()
    for count = 0, #ROWS do
      local read, skipped = page_of(ROWS), page_of(ROWS)
      for _ = 1, count do
        read:next()
      end
      assert.is_true(skipped:skip(count))
      assert.same({ read:position() }, { skipped:position() })
      assert.equal(count, (skipped:position()))
    end
    local page = page_of(ROWS)
    page:next()
    local _, first = page:position()
    local other = page_of(ROWS)
    assert.is_true(other:skip(first))
    assert.same({ 1, first, 0 }, { other:position() })
    assert.not_equal("0000000000000000", first)
    assert.is_false(page_of({ '{"n":1}', "{}" }):skip "0000000000000000")
  end)

  it("marks skipped rows as seen, and no others", function()
    local seen = core.seen()
    assert.is_true(page_of(ROWS, nil, seen):skip(2))
    assert.same({ 3, 4, 5, 6 }, numbers(page_of(ROWS, nil, seen)))
  end)

  it("takes strings, numbers and booleans as ids, by their bytes, but not objects, arrays and null", function()
    local ids = { '"a"', '"b"', '"1"', "1", "1.0", "-1", "true", "false", '""', '"\\u0061"' }
    local met = {}
    for _, id in ipairs(ids) do
      local seen = core.seen()
      local page = page_of({ '{"id":' .. id .. ',"n":1}', '{"n":2,"id":' .. id .. "}" }, nil, seen)
      local known = page:info().ids
      assert.is_string(known)
      assert.is_nil(met[known])
      met[known] = true
      assert.same({ 1 }, numbers(page))
      assert.equal(1, page:info().duplicates)
    end
    for _, id in ipairs { "{}", '{"id":1}', "[1]", "[]", '["a"]', "null" } do
      local seen = core.seen()
      local page = page_of({ '{"id":' .. id .. ',"n":1}', '{"n":2,"id":' .. id .. "}", '{"n":3}' }, nil, seen)
      assert.is_nil(page:info().ids)
      assert.same({ 1, 2, 3 }, numbers(page))
      assert.same({ 1, 2, 3 }, numbers(page_of({ '{"id":' .. id .. ',"n":1}', '{"n":2}', '{"n":3}' }, nil, seen)))
      assert.equal(0, page:info().duplicates)
      assert.equal("sigmamind.seen (0 rows)", tostring(seen))
    end
  end)

  it("count_new counts the rows whose id is new to a seen, each once", function()
    local cases = {
      { { "{}", '{"id":2}' }, 1 },
      { { '{"id":2}', "{}" }, 1 },
      { { "{}" }, 0 },
      { {}, 0 },
      { { '{"id":null}', '{"id":[]}', '{"id":{}}' }, 0 },
      { { '{"id":1}', '{"id":2}', '{"id":1}' }, 2 },
      { ROWS, 4 },
    }
    for _, case in ipairs(cases) do
      local seen, page = core.seen(), page_of(case[1])
      assert.equal(case[2], page:count_new(seen))
      assert.equal(("sigmamind.seen (%d rows)"):format(case[2]), tostring(seen))
      assert.equal(0, page:count_new(seen))
      local rows = 0
      while page:next() do
        rows = rows + 1
      end
      assert.equal(#case[1], rows)
    end
    local filtered = page_of(ROWS, { key = "id", where = { n = 99 } })
    assert.equal(4, filtered:count_new(core.seen()))
  end)

  it("counts a row once in a seen, however often it is returned or skipped", function()
    local seen = core.seen()
    local page = page_of(ROWS, nil, seen)
    page:next(0)
    page:next(0)
    page:next(0)
    assert.equal("sigmamind.seen (1 rows)", tostring(seen))
    page:next(1)
    page:skip(3)
    assert.equal("sigmamind.seen (3 rows)", tostring(seen))
    page_of(ROWS, nil, seen):skip(99)
    assert.equal("sigmamind.seen (4 rows)", tostring(seen))
  end)

  it("ignores a previous row in place of the call number, as `for` passes it", function()
    local names = {}
    local page = page_of { '{"id":1}', '{"id":2}', '{"id":3}' }
    for row in page.next, page do
      names[#names + 1] = row.id
    end
    assert.same({ 1, 2, 3 }, names)
  end)

  it("has the same info().ids as another page with the same ids in the same order", function()
    local changed = { '{"id":"a","n":0}', '{"id":"b"}', '{"id":"c"}', "{}", "{}", '{"id":7}' }
    assert.equal(page_of(ROWS):info().ids, page_of(changed):info().ids)
    changed[1], changed[2] = changed[2], changed[1]
    assert.not_equal(page_of(ROWS):info().ids, page_of(changed):info().ids)
    assert.not_equal(page_of(ROWS):info().ids, page_of({ ROWS[1] }):info().ids)
  end)

  it("has neither position nor ids without a key", function()
    local page = page_of(ROWS, { where = { n = 1 } })
    assert.is_nil(page:position())
    assert.is_nil(page:info().ids)
    assert.error_matches(function() page:skip(1) end, "no key")
  end)
end)

describe("page:fill", function()
  local ROWS = {
    '{"id":"a","n":1}', '{"n":2,"id":"b"}', '{"id":"c","n":3}', '{"id":null,"n":4}', '{"n":5}', '{"id":7,"n":6}',
  }
  local SEEDS = 25

  local function body(rows)
    return '{"data":[' .. table.concat(rows, ",") .. "]}"
  end

  --- A page of these rows; false is no query, and no seen.
  local function page_of(rows, query, seen)
    return assert(decoding.page(body(rows), query and assert(core.query(query)) or nil, nil, seen or nil))
  end

  local function seen_of(rows)
    local seen = core.seen()
    page_of(rows, { key = "id" }, seen):skip(#rows)
    return seen
  end

  --- One query for each path in C.
  local QUERIES = {
    {}, { key = "id" }, { select = { "id", "agent.id" } }, { where = { id = { exists = true } } },
    { key = "id", where = { count = { ne = 7 } }, select = { "id", "more" } },
  }

  it("returns the rows that next returns, and fill_json those of next_json", function()
    for seed = 1, SEEDS do
      local random = random_json.generator(seed * 7919)
      for i = 0, #QUERIES do
        local rows, known = random_json.rows(random, 20), random_json.rows(random, 3)
        known[#known + 1] = rows[2]
        for name, form in pairs { next = "fill", next_json = "fill_json" } do
          local options = { null = core.null, array_mt = { "array" } }
          local query = QUERIES[i] and core.query(QUERIES[i])
          local one = decoding.page(body(rows), query, options, seen_of(known))
          local other = decoding.page(body(rows), query, options, seen_of(known))
          local expected, list, counter = {}, { "before" }, { read = 5 }
          for row in one[name], one do
            expected[#expected + 1] = row
          end
          local filled, at_end = other[form](other, list, counter)
          assert.equal("before", table.remove(list, 1))
          assert.same(expected, list, "seed " .. seed)
          assert.same({ #expected, true, 5 + #expected }, { filled, at_end, counter.read })
          assert.same(one:info(), other:info())
          assert.same({ one:position() }, { other:position() })
        end
      end
    end
  end)

  it("appends at most `max` rows to the list, and returns whether the page is at its end", function()
    for _, query in ipairs { false, { key = "id" }, { key = "id", select = { "n" } } } do
      local page, list, counter = page_of(ROWS, query), {}, { read = 0, other = "kept" }
      local function fill(...)
        return { page:fill(list, counter, ...) }
      end
      assert.same({ 0, false }, fill(0))
      assert.same({ 2, false }, fill(2))
      assert.same({ 1, 2 }, { list[1].n, list[2].n })
      assert.same({ 3, false }, fill(3.9))
      assert.same({ 3, 4, 5 }, { list[3].n, list[4].n, list[5].n })
      assert.same({ read = 5, other = "kept" }, counter)
      assert.same({ 1, true }, fill(1))
      assert.same({ 0, true }, fill())
      assert.same({ 6, 6 }, { #list, counter.read })
      assert.is_nil(page:next())
    end
    local page, list, counter = page_of(ROWS), {}, { read = 3 }
    assert.same({ 6, true }, { page:fill_json(list, counter, 6, math.huge) })
    assert.same(ROWS, list)
    assert.same({ 0, true }, { page_of({}):fill(list, counter) })
    assert.same({ 0, true }, { page_of(ROWS, { where = { n = 99 } }):fill(list, counter) })
  end)

  it("returns the end after the last row that was not seen", function()
    local page = page_of(ROWS, { key = "id" }, seen_of { ROWS[3], ROWS[6] })
    local list, counter = {}, { read = 0 }
    assert.same({ 3, false }, { page:fill(list, counter, 3) })
    assert.same({ 1, true }, { page:fill(list, counter, 1) })
    assert.same({ 1, 2, 4, 5 }, { list[1].n, list[2].n, list[3].n, list[4].n })
    assert.equal(2, page:info().duplicates)
  end)

  it("counts without a list, and marks the rows as seen", function()
    for _, form in ipairs { "fill", "fill_json" } do
      local seen, counter = seen_of { ROWS[2] }, { read = 10 }
      local page = page_of(ROWS, { key = "id" }, seen)
      assert.same({ 2, false }, { page[form](page, nil, counter, 2) })
      assert.same({ 3, true }, { page[form](page, nil, counter) })
      assert.equal(15, counter.read)
      assert.same({ 0, true }, { page_of({ ROWS[1], ROWS[6] }, { key = "id" }, seen):fill(nil, counter) })
      page = page_of(ROWS)
      assert.same({ 6, true }, { page[form](page, nil, counter) })
    end
  end)

  it("stops after the row at which the deadline passed", function()
    for _, query in ipairs { false, { key = "id" } } do
      local page, list, counter = page_of(ROWS, query), {}, { read = 0 }
      assert.same({ 1, false }, { page:fill(list, counter, nil, core.now()) })
      assert.same({ 1, false }, { page:fill(nil, counter, 3, 0) })
      assert.same({ 4, true }, { page:fill(list, counter, nil, core.now() + 3600) })
      assert.same({ 1, 3, 4, 5, 6 }, { list[1].n, list[2].n, list[3].n, list[4].n, list[5].n })
      assert.equal(6, counter.read)
    end
  end)

  it("returns the same row again to a call whose counter was not raised", function()
    for _, query in ipairs { false, { where = { n = { ge = 1 } } }, { key = "id" } } do
      local page, list, counter = page_of(ROWS, query, query and core.seen()), {}, { read = 0 }
      page:fill(list, counter, 2)
      counter.read = 1
      assert.same({ 1, false }, { page:fill(list, counter, 1) })
      assert.same(list[2], list[3])
      assert.equal(3, page:next(2).n)
      assert.equal(3, page:next(2).n)
      assert.same({ 4, true }, { page:fill(list, counter) })
      assert.equal(3, list[4].n)
      assert.equal(6, counter.read)
    end
  end)

  it("neither loses nor repeats a row when a hook raises at any instruction", function()
    local rows = {}
    for i = 1, 40 do
      rows[i] = ('{"hooked":true,"id":%d,"agent":{"x":"a%d"},"list":[%d]}'):format(i, i, i)
    end
    local jit = rawget(_G, "jit")
    if jit then
      jit.off()
      finally(function() jit.on() end)
    end
    for _, fields in ipairs { false, { key = "id" }, { where = { id = { ge = 0 } }, select = { "id", "agent" } } } do
      local query = fields and core.query(fields) or nil
      local function open()
        return decoding.page(body(rows), query, nil, query and core.seen())
      end
      for _ = 1, 2 do -- from the third fill on, rows have constructors
        open():fill({}, { read = 0 })
      end
      local places, place = 0, 0
      repeat
        place = place + 1
        local page, list, counter = open(), {}, { read = 0 }
        local ok = interrupts.at(place, function() page:fill(list, counter) end)
        assert.equal(#list, counter.read)
        places = places + (ok and 0 or 1)
        local _, at_end = page:fill(list, counter)
        assert.is_true(at_end)
        for i = 1, 40 do
          assert.equal(i, list[i].id)
        end
        assert.same({ 40, 40 }, { #list, counter.read })
      until ok
      assert.is_true(places > 40)
    end
  end)

  it("neither loses nor repeats a row when finalizers raise, and stops after a row when one closes the page", function()
    local output, ok = interpreter.run "spec/support/fill_in_finalizers.lua"
    assert.is_truthy(output:find "^%d+\t[3-6]\n$", output) -- 3 to 6 of six: the collector decides
    assert.is_true(ok)
  end)

  it("fails with 'closed' when the page, its query or its seen is closed", function()
    local query, seen = core.query { key = "id" }, core.seen()
    for what, close in pairs {
      page = function(page) page:close() end,
      query = function() query:close() end,
      seen = function() seen:close() end,
    } do
      query, seen = core.query { key = "id" }, core.seen()
      local page, list, counter = decoding.page(body(ROWS), query, nil, seen), {}, { read = 0 }
      page:fill(list, counter, 1)
      close(page)
      for _, max in ipairs { 0, 9 } do
        local filled, message, kind = page:fill(list, counter, max)
        assert.is_nil(filled)
        assert.same({ what .. " is closed", "closed" }, { message, kind })
        assert.is_nil((page:fill_json(nil, counter, max)))
      end
      assert.same({ 1, 1 }, { #list, counter.read })
    end
  end)

  it("ignores metatables", function()
    local function never()
      error "called"
    end
    local mt = { __index = never, __newindex = never, __len = never }
    local list, counter = setmetatable({}, mt), setmetatable({ read = 0 }, mt)
    assert.same({ 6, true }, { page_of(ROWS):fill(list, counter) })
    assert.same({ 6, 6 }, { rawget(list, 6).n, rawget(counter, "read") })
  end)

  it("raises for invalid arguments, and returns no row then", function()
    local page = page_of(ROWS, { key = "id" })
    local list, counter = {}, { read = 0 }
    local cases = {
      { 5, counter }, { "list", counter }, { list }, { list, 1 }, { list, {} }, { list, { read = "0" } },
      { list, { read = -1 } }, { list, { read = 0.5 } }, { list, { read = 0 / 0 } }, { list, { read = math.huge } },
      { list, { read = 2 ^ 53 } }, { list, counter, "many" }, { list, counter, -1 }, { list, counter, 0 / 0 },
      { list, counter, 1, "soon" }, { list, counter, 1, {} },
    }
    for _, case in ipairs(cases) do
      assert.has_error(function() page:fill(case[1], case[2], case[3], case[4]) end)
      assert.has_error(function() page:fill_json(case[1], case[2], case[3], case[4]) end)
    end
    assert.same({}, list)
    assert.error_matches(function() page:fill(list, {}) end, "'read' must be an integer of 0 or more")
    assert.equal(1, page:next().n)
  end)

  it("raises when the query has stages", function()
    local chain = { { where = { n = { ne = 3 } } }, { where = { n = { lt = 6 } }, stage = 1 } }
    local page = page_of(ROWS, { key = "id", chain = chain })
    for _, form in ipairs { "fill", "fill_json" } do
      assert.error_matches(function() page[form](page, {}, { read = 0 }) end, "query has stages")
    end
    assert.equal(1, page:next().n)
    chain[2].stage = nil
    assert.same({ 4, true }, { page_of(ROWS, { key = "id", chain = chain }):fill({}, { read = 0 }) })
  end)
end)

describe("core.seen", function()
  local function page_of(from, to, seen)
    local rows = {}
    for i = from, to do
      rows[#rows + 1] = ('{"id":"row-%d"}'):format(i)
    end
    return decoding.page('{"data":[' .. table.concat(rows, ",") .. "]}", core.query { key = "id" }, nil, seen)
  end

  local function count(page)
    local rows = 0
    while page:next() do
      rows = rows + 1
    end
    return rows
  end

  it("holds 100,000 rows", function()
    local seen = core.seen()
    assert.equal(100000, count(page_of(1, 100000, seen)))
    assert.equal(1, count(page_of(1, 100001, seen)))
  end)

  it("with a bound keeps at least that many of the last rows, and at most twice as many", function()
    local seen = core.seen(1000)
    assert.equal(5000, count(page_of(1, 5000, seen)))
    assert.equal(0, count(page_of(4001, 5000, seen)))
    assert.equal(1, count(page_of(1, 1, seen)))
  end)

  it("forgets beyond twice its bound, whatever the bound, and frees their memory", function()
    for _, bound in ipairs { 1, 2, 3, 511, 512, 513, 600, 1023, 1024, 1025, 2000 } do
      local seen = core.seen(bound)
      assert.equal(5000, count(page_of(1, 5000, seen)))
      local kept = (5000 - 1) % bound + 1 + (bound < 5000 and bound or 0)
      assert.equal(("sigmamind.seen (%d rows)"):format(kept), tostring(seen))
      assert.equal(0, count(page_of(5001 - bound, 5000, seen)))
      assert.equal(1, count(page_of(5000 - kept, 5000 - kept, seen)))
    end
  end)

  it("without a bound keeps every row", function()
    for _, bound in ipairs { 0, false } do
      local seen = bound and core.seen(bound) or core.seen()
      for _, to in ipairs { 511, 512, 513, 1025, 5000 } do
        count(page_of(1, to, seen))
        assert.equal(("sigmamind.seen (%d rows)"):format(to), tostring(seen))
        assert.equal(0, count(page_of(1, to, seen)))
      end
    end
  end)

  it("makes new and existing pages fail with 'closed' once it is closed", function()
    local function returned(...)
      return { n = select("#", ...), ... }
    end
    local closed = { n = 3, nil, "seen is closed", "closed" }
    local seen = core.seen()
    local page, other = page_of(1, 10, seen), page_of(1, 10)
    assert.equal("row-1", page:next().id)
    assert.equal("sigmamind.seen (1 rows)", tostring(seen))
    seen:close()
    seen:close()
    assert.same(closed, returned(page_of(1, 10, seen)))
    assert.same(closed, returned(page:next()))
    assert.same(closed, returned(page:next_json()))
    assert.same(closed, returned(page:skip(3)))
    assert.same(closed, returned(other:count_new(seen)))
    assert.equal("sigmamind.seen (closed)", tostring(seen))
  end)

  it("accepts a bound from 0 to 2^30 rows", function()
    assert.error_matches(function() core.seen(-1) end, "from 0 to 2%^30")
    assert.error_matches(function() core.seen(2 ^ 30 + 1) end, "from 0 to 2%^30")
    assert.equal("sigmamind.seen (0 rows)", tostring(core.seen(2 ^ 30)))
  end)

  it("makes count_new fail on a closed page", function()
    local page = page_of(1, 10)
    page:close()
    assert.same({ "page is closed", "closed" }, { select(2, page:count_new(core.seen())) })
  end)
end)
