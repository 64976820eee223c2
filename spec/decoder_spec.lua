-- The decoder as an object, and the shapes that it learns when objects repeat. The expected values of
-- nested JSON come from lua-cjson.

local cjson = require "cjson"
local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"

local usual = core.decoder()

local function repeated(count, make)
  local texts = {}
  for i = 1, count do
    texts[i] = make(i)
  end
  return "[" .. table.concat(texts, ",") .. "]"
end

--- Asserts that decoder:value returns the value of lua-cjson, whose null is ours.
local function assert_as_cjson(text)
  assert.same(cjson.decode(text), usual:value(text))
end

describe("core.decoder", function()
  it("accepts null, array_mt and max_depth for each decoder separately", function()
    local mt = { __name = "array" }
    local first, second = core.decoder { null = false, array_mt = mt }, core.decoder { max_depth = 2 }
    local text = '{"a":null,"b":[]}'
    assert.same({ a = false, b = {} }, first:value(text))
    assert.equal(mt, getmetatable(first:value(text).b))
    assert.is_nil(getmetatable(second:value(text).b))
    assert.same({ b = {} }, second:value(text))
    assert.is_nil((second:value "[[[]]]"))
    assert.is_table(first:value "[[[]]]")
    local page = first:page('{"data":[' .. text .. "]}")
    assert.equal(mt, getmetatable(page:next().b))
    assert.equal(mt, getmetatable(page.data))
  end)

  it("applies null or array_mt alone in values, rows and data", function()
    local mt, text = {}, '{"data":[{"a":null,"b":[]}]}'
    local arrays, nulls = core.decoder { array_mt = mt }, core.decoder { null = 0 }
    for _, row in ipairs { arrays:value(text).data[1], arrays:page(text):next(), arrays:page(text).data[1] } do
      assert.is_nil(row.a)
      assert.equal(mt, getmetatable(row.b))
    end
    for _, row in ipairs { nulls:value(text).data[1], nulls:page(text):next(), nulls:page(text).data[1] } do
      assert.equal(0, row.a)
      assert.is_nil(getmetatable(row.b))
    end
  end)

  it("ignores extra arguments", function()
    local mt = {}
    local more = { {}, mt, mt }
    local decoder = core.decoder({ null = 5, array_mt = mt }, more)
    local value = decoder:value('{"a":null,"b":[]}', more, more)
    assert.equal(5, value.a)
    assert.equal(mt, getmetatable(value.b))
    local row = decoder:page('{"data":[{"a":null,"b":[]}]}', nil, nil, more, more):next()
    assert.equal(5, row.a)
    assert.equal(mt, getmetatable(row.b))
  end)

  it("raises for invalid options", function()
    for message, options in pairs {
      ["table expected"] = 5,
      ["array_mt must be a table"] = { array_mt = "x" },
      ["max_depth must be a number from 1 to 500"] = { max_depth = 501 },
    } do
      assert.error_matches(function() core.decoder(options) end, message)
    end
  end)

  it("raises for a text, query or seen of another type", function()
    local query, seen = core.query { key = "id" }, core.seen()
    assert.error_matches(function() usual:value(nil) end, "string expected")
    assert.error_matches(function() usual:page(nil) end, "string expected")
    for _, bad in ipairs { io.stdout, seen, usual, {}, 1 } do
      assert.error_matches(function() usual:page('{"data":[]}', bad) end, "sigmamind.query expected")
    end
    for _, bad in ipairs { io.stdout, query, usual, {}, 1 } do
      assert.error_matches(function() usual:page('{"data":[]}', nil, bad) end, "sigmamind.seen expected")
    end
  end)

  it("reads a number, boolean or null alone, and fails for invalid JSON", function()
    assert.same({ 5, true, core.null, "x" }, {
      usual:value "5",
      usual:value " true ",
      usual:value "null",
      (usual:value '"x"'),
    })
    for _, text in ipairs { "", " ", "[1,2", '{"a":1,"b"', '[{"a":[1,{"b":nul}]}]', "1 2", '"\\x"', "tru" } do
      local value, message, kind = usual:value(text)
      assert.is_nil(value)
      assert.matches("^invalid JSON at byte %d+: expected ", message)
      assert.equal("decode", kind)
    end
  end)

  it("has the name sigmamind.decoder, and may be closed", function()
    local decoder = core.decoder()
    assert.equal("sigmamind.decoder (64 levels)", tostring(decoder))
    decoder:close()
    assert.equal(1, decoder:value "1")
  end)
end)

describe("decoder:value, with repeated objects", function()
  it("builds arrays and objects of every size", function()
    for _, size in ipairs { 0, 1, 2, 31, 32, 33, 64, 65, 1000 } do
      assert_as_cjson(repeated(size, tostring))
      assert_as_cjson(repeated(size, function(i) return "[" .. i .. "]" end))
      local fields = {}
      for i = 1, size do
        fields[i] = ('"k%d":{"v":%d}'):format(i, i)
      end
      assert_as_cjson("{" .. table.concat(fields, ",") .. "}")
    end
  end)

  it("builds nested arrays with elements before each, also in a coroutine", function()
    local decoder = core.decoder { max_depth = 500 }
    for _, before in ipairs { 0, 1, 30, 31, 32, 40 } do
      local text = ("[" .. ("1,"):rep(before)):rep(500) .. "2" .. ("]"):rep(500)
      local value = coroutine.wrap(function() return assert(decoder:value(text)) end)()
      for _ = 1, 500 do
        assert.equal(before + 1, #value)
        value = value[before + 1]
      end
      assert.equal(2, value)
    end
  end)

  it("builds nested wide objects, also in a coroutine", function()
    local fields = {}
    for i = 1, 60 do
      fields[i] = ('"wide%d":%d'):format(i, i)
    end
    local open = "{" .. table.concat(fields, ",") .. ',"in":['
    for _, depth in ipairs { 1, 1, 3, 30 } do
      local text = "[" .. (open .. "]},"):rep(100) .. open:rep(depth) .. ("]}"):rep(depth) .. "]"
      local value = coroutine.wrap(function() return assert(usual:value(text)) end)()[101]
      for level = 1, depth do
        assert.same({ 1, 60 }, { value.wide1, value.wide60 })
        value = value["in"][1]
        assert.equal(level == depth, value == nil)
      end
    end
  end)

  it("uses no more memory for small objects after a large one", function()
    local fields, small = {}, {}
    for i = 1, 100000 do
      fields[i] = ('"memory%d":%d'):format(i, i)
    end
    for i = 1, 50 do
      small[i] = ('{"memory1":1,"x%d":2}'):format(i)
    end
    usual:value("{" .. table.concat(fields, ",") .. "}")
    local text = "[" .. table.concat(small, ",") .. "]"
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    local value = usual:value(text)
    local kilobytes = collectgarbage "count" - before
    collectgarbage "restart"
    assert.same({ memory1 = 1, x50 = 2 }, value[50])
    assert.is_true(kilobytes < 4096, kilobytes .. " KB")
  end)

  it("keeps names that differ in one byte, at the beginning, in the middle or at the end", function()
    -- too deep for a shape, and too long for Lua 5.2 and later to intern
    local function kilobytes_for(names)
      local fields = {}
      for i, name in ipairs(names) do
        fields[i] = ('"%s":%d'):format(name, i)
      end
      local text = ("["):rep(8) .. "{" .. table.concat(fields, ",") .. "}" .. ("]"):rep(8)
      usual:value(text)
      collectgarbage()
      collectgarbage "stop"
      local before = collectgarbage "count"
      for _ = 1, 100 do
        usual:value(text)
      end
      local kilobytes = collectgarbage "count" - before
      collectgarbage "restart"
      return kilobytes
    end
    local function names(before, behind)
      local list = {}
      for i = 1, 8 do
        list[i] = before .. i .. behind
      end
      return list
    end
    local short = kilobytes_for(names("a", "b"))
    for _, long in ipairs { names("", ("x"):rep(42)), names(("x"):rep(21), ("x"):rep(21)), names(("x"):rep(42), "") } do
      assert.is_true(kilobytes_for(long) < short + 30)
    end
  end)

  it("builds objects with nested, mixed or changing shapes", function()
    for count = 1, 40, 3 do
      assert_as_cjson(repeated(count, function(i)
        return ('{"id":%d,"of":[{"x":%d,"y":[%d,{"z":"%d"}]},{"x":true,"y":[]}],"o":{"p":{"q":%d}}}'):format(i, i, i, i, i)
      end))
      assert_as_cjson(repeated(count, function(i)
        return i % 2 == 0 and ('{"a":%d,"b":[%d],"c":1}'):format(i, i) or ('{"a":[%d],"b":[%d],"d":{"e":2}}'):format(i, i)
      end))
      assert_as_cjson(repeated(count, function(i)
        return i < count / 2 and '{"a":{"b":1}}' or '{"a":{"b":1,"c":{"d":[1]}}, "e" : 2}'
      end))
    end
  end)

  it("builds an object that fits a shape except for its last field", function()
    local like = '{"a":1,"b":[1,{"x":"y"}],"c":{"d":{"e":[2]}},"f":"g"}'
    local unlike = '{"a":1,"b":[1,{"x":"y"}],"c":{"d":{"e":[2]}},"other":{"f":["g"]}}'
    for count = 1, 30 do
      assert_as_cjson(repeated(count, function(i) return i % 7 == 6 and unlike or like end))
    end
    -- nested in other such objects
    local text = unlike
    for _ = 1, 6 do
      text = '{"a":1,"b":[1,' .. text .. '],"c":{"d":{"e":[2]}},"other":{"f":["g"]}}'
      assert_as_cjson("[" .. (like .. ","):rep(20) .. text .. "]")
    end
  end)

  it("takes the last of two fields with one name, with or without a shape", function()
    for count = 1, 12 do
      local value = usual:value(repeated(count, function() return '{"a":1,"b":[2],"a":[3]}' end))
      assert.same({ a = { 3 }, b = { 2 } }, value[count])
      value = usual:value(repeated(count, function() return '{"a":1,"b":2,"a":null}' end))
      assert.same({ b = 2 }, value[count])
    end
  end)

  it("reports the position of an error, whatever shape was tried", function()
    local like = '{"a":1,"b":[1],"c":"x"}'
    for _, case in ipairs {
      { '{"a":1,"b":[1}', 13, "',' or ']'" },
      { '{"a":1,"b":[1],"c":x}', 19, "a value" },
      { '{"a":1,"b":[1],"c":"x"]', 22, "',' or '}'" },
      { '{"a":1,"b":[tru],"c":"x"}', 12, "a value" },
      { '{"a": 01,"b":[1],"c":"x"}', 7, "no digit after a leading zero" },
      { '{"a":1,"b":[1],"c":"\\q"}', 21, 'one of " \\ / b f n r t u after a backslash' },
    } do
      for count = 0, 20, 5 do
        local before = "[" .. (like .. ","):rep(count)
        local value, message = usual:value(before .. case[1] .. "]")
        assert.is_nil(value)
        assert.equal(("invalid JSON at byte %d: expected %s"):format(#before + case[2], case[3]), message)
      end
    end
  end)

  it("counts levels in the same way with and without a shape", function()
    local decoder = core.decoder { max_depth = 6 }
    local like = '{"a":{"b":{"c":1}},"d":[[1]]}'
    for count = 1, 12 do
      assert.is_table(decoder:value(repeated(count, function() return like end)))
      local deep = "[" .. (like .. ","):rep(count) .. '{"a":{"b":{"c":1}},"d":[[[[[1]]]]]}]'
      local value, message = decoder:value(deep)
      assert.is_nil(value)
      assert.matches("max_depth", message)
      assert.is_nil((core.decoder { max_depth = 3 }:value(repeated(count, function() return like end))))
    end
  end)

  it("builds objects that fit a shape at each of many levels, except for the last field", function()
    local decoder = core.decoder { max_depth = 500 }
    local like = '{"a":[{"a":[1],"b":1}],"b":1}'
    assert.is_table(decoder:value("[" .. (like .. ","):rep(20) .. like .. "]"))
    local text = "1"
    for _ = 1, 40 do
      text = '{"a":[' .. text .. '],"c":1}'
    end
    local value = assert(decoder:value("[" .. (like .. ","):rep(20) .. text .. "]"))
    for _ = 1, 40 do
      value = value[1] and value[#value] or value
      value = value.a
    end
    assert.same({ 1 }, value)
  end)

  --- {"n1":{"n2":{"n3":value,"z":1},"z":1},"z":1}, with levels `first` to `last`; `name` is "z".
  local function nested(first, last, value, name)
    for i = last, first, -1 do
      value = ('{"n%d":%s,"%s":1}'):format(i, value, name)
    end
    return value
  end

  --- Decodes such objects of up to `levels` levels until every shape of them is known.
  local function learn(decoder, levels, value)
    local texts = {}
    for i = 1, 400 do
      for first = 1, levels do
        for last = first, math.min(first + 3, levels) do
          texts[#texts + 1] = nested(first, last, value, i % 2 == 0 and "y" or "z")
        end
      end
    end
    assert(decoder:value("[" .. table.concat(texts, ",") .. "]"))
  end

  --- The decoded value, and the KiB that it took.
  local function decode_counted(decoder, text)
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    local value = decoder:value(text)
    local taken = collectgarbage "count" - before
    collectgarbage "restart"
    return value, taken
  end

  it("decodes an inner value once, even if the shapes of outer levels fit until their end", function()
    local decoder, list = core.decoder(), "[" .. ("1,"):rep(10000) .. "1]"
    learn(decoder, 7, "1")
    local _, once = decode_counted(decoder, list)
    local value, taken = decode_counted(decoder, nested(1, 7, list, "x"))
    assert.equal(10001, #value.n1.n2.n3.n4.n5.n6.n7)
    assert.is_true(taken < 2 * once, taken .. " KiB instead of " .. once)
  end)

  it("creates a long string once, even if shapes fit until after it", function()
    for _, long in ipairs { ("long"):rep(50000), ("\\n"):rep(100000) } do
      local decoder, object = core.decoder(), '{"s":"%s","e":[],"%s":1}'
      learn(decoder, 3, object:format("", "z"))
      learn(decoder, 3, object:format("", "y"))
      local _, once = decode_counted(decoder, '"' .. long .. '"')
      local value, taken = decode_counted(decoder, nested(1, 3, object:format(long, "x"), "x"))
      assert.equal((long:gsub("\\n", "\n")), value.n1.n2.n3.s)
      assert.is_true(taken < 1.5 * once + 50, taken .. " KiB instead of " .. once)
    end
  end)
end)

describe("page.data", function()
  local text = '{"data":[{"id":1,"n":null},{"id":2},{"id":3}],"page":4,"totalCounts":9,"hasNext":true}'

  it("is the list of all rows, independent of next and the query", function()
    for _, options in ipairs { {}, { where = { id = 2 } }, { select = { "x" } }, { key = "id" } } do
      local page = usual:page(text, core.query(options), core.seen())
      page:next()
      assert.same({ { id = 1 }, { id = 2 }, { id = 3 } }, page.data)
      assert.equal(page.data, page.data)
      repeat
      until not page:next()
      assert.equal(3, #page.data)
    end
  end)

  it("has the wrapper's other names beside it", function()
    local page = usual:page(text)
    assert.same({ 4, 9, true }, { page.page, page.totalCount, page.hasNext })
    assert.is_nil(page.size)
    assert.is_nil(page.totalPages)
    assert.is_nil(page.hasPrevious)
    page = usual:page '{"data":[],"hasPrevious":false,"hasNext":5,"size":20,"totalPages":3,"page":"1"}'
    assert.same({ false, 20, 3 }, { page.hasPrevious, page.size, page.totalPages })
    assert.is_nil(page.hasNext)
    assert.is_nil(page.page)
    for _, name in ipairs { "totalCounts", "rows", "Data", 1, true } do
      assert.error_matches(function() return page[name] end, "its fields are data, page")
    end
  end)

  it("is unavailable once the page is closed; the other names stay", function()
    local page = usual:page(text)
    local data = page.data
    page:close()
    assert.error_matches(function() return page.data end, "page is closed")
    assert.equal(3, #data)
    assert.equal(4, page.page)
  end)

  --- Reads data of large pages until a finalizer calls fn(page) meanwhile. Returns page and data.
  local function read_while(fn)
    local large = '{"data":[' .. ('{"id":[1]},'):rep(20000) .. '{"id":[1]}]}'
    local page, is_reading, called = nil, false, false
    local function finalizer()
      if is_reading then
        called = true
        fn(page)
      else
        collectable(finalizer)
      end
    end
    collectable(finalizer)
    for _ = 1, 100 do
      page = usual:page(large)
      is_reading = true
      local data = page.data
      is_reading = false
      if called then
        return page, data
      end
    end
    error "no finalizer ran"
  end

  it("is complete when a finalizer closes the page meanwhile, which stays closed", function()
    local page, data = read_while(function(page) page:close() end)
    assert.equal(20001, #data)
    assert.error_matches(function() return page.data end, "page is closed")
  end)

  it("is one list when a finalizer reads it meanwhile", function()
    local first
    local page, data = read_while(function(page) first = page.data end)
    assert.is_true(rawequal(first, data) and rawequal(first, page.data))
  end)

  it("may be as deep as max_depth, like rows and selected fields", function()
    local deep = '{"data":[{"a":[[{}]],"b":1}]}'
    local decoder, row = core.decoder { max_depth = 6 }, { a = { { {} } }, b = 1 }
    assert.is_nil((core.decoder { max_depth = 5 }:page(deep)))
    assert.same({ row }, decoder:page(deep).data)
    assert.same(row, decoder:page(deep):next())
    assert.same(row, decoder:page(deep):sample())
    assert.same({ a = row.a }, decoder:page(deep, core.query { select = { "a" } }):next())
  end)

  it("is the last data when the wrapper has two", function()
    assert.same({ { b = 1 } }, usual:page('{"data":[{"a":1},{"a":2}],"data":[ {"b":1} ]}').data)
    assert.same({}, usual:page('{"data":[{"a":1}],"data":[]}').data)
  end)
end)
