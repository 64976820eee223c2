-- What Lua values become in JSON (RFC 8259), and what is refused.

local cjson = require "cjson"
local core = require "sigmamind.core"

local wide = _VERSION >= "Lua 5.3" -- integers of 64 bits

local function refuses(message, value, settings)
  local text, said = core.encode(value, settings)
  assert.is_nil(text)
  assert.equal(message, said)
end

describe("core.encode, scalars", function()
  it("writes strings with the escapes that JSON wants, and no others", function()
    assert.equal([["\"\\/\b\f\n\r\t"]], core.encode '"\\/\b\f\n\r\t')
    assert.equal([["\u0000\u0001\u000b\u001f]] .. '\127"', core.encode "\0\1\11\31\127")
    assert.equal('"é€😀"', core.encode "é€😀")
    assert.equal('""', core.encode "")
  end)

  it("writes every byte of ASCII at every place of a string as lua-cjson reads it", function()
    for code = 0, 127 do
      for before = 0, 33 do
        local text = ("x"):rep(before) .. string.char(code) .. ("y"):rep(33 - before)
        assert.equal(text, cjson.decode("[" .. core.encode(text) .. "]")[1])
      end
    end
  end)

  it("writes long strings that are escapes alone", function()
    for _, length in ipairs { 1, 15, 16, 17, 4095, 4096, 100000 } do
      assert.equal('"' .. ("\\u0001"):rep(length) .. '"', core.encode(("\1"):rep(length)))
      assert.equal('"' .. ("é\\n"):rep(length) .. '"', core.encode(("é\n"):rep(length)))
    end
  end)

  it("writes whole numbers below 2^63 as their digits", function()
    local cases = {
      { 0, "0" }, { 7, "7" }, { -1, "-1" }, { 1e15, "1000000000000000" },
      { 2 ^ 53, "9007199254740992" }, { -(2 ^ 53), "-9007199254740992" }, { 2 ^ 62, "4611686018427387904" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], core.encode(case[1]))
    end
    assert.equal("-0", core.encode((core.decoder():value "-0")))
  end)

  it("writes the least and the greatest integer exactly", function()
    if wide then
      assert.equal("9223372036854775807", core.encode(math.maxinteger))
      assert.equal("-9223372036854775808", core.encode(math.mininteger))
      assert.equal("9007199254740993", core.encode(math.tointeger "9007199254740993" or 9007199254740993))
    end
  end)

  it("writes a fraction with the fewest digits that read back", function()
    local cases = {
      { 0.1, "0.1" }, { 0.5, "0.5" }, { -12.75, "-12.75" }, { 4.35, "4.35" }, { 0.1 + 0.2, "0.30000000000000004" },
      { 1 / 3, "0.3333333333333333" }, { 123456.789, "123456.789" }, { 2 ^ -10, "0.0009765625" },
      { 1e300, "1e+300" }, { 5e-324, "5e-324" }, { 2.2250738585072014e-308, "2.2250738585072014e-308" },
      { 1.7976931348623157e308, "1.7976931348623157e+308" }, { 1e23, "1e+23" }, { 2 ^ 51 + 0.5, "2251799813685248.5" },
      { 1e-7, "1e-07" }, { 8.41e21, "8.41e+21" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], core.encode(case[1]))
    end
  end)

  it("writes a point in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local text = core.encode { 0.1, 1.5e300, 1.5e-7 }
    os.setlocale(before, "numeric")
    assert.equal("[0.1,1.5e+300,1.5e-07]", text)
  end)

  it("writes random fractions so that they read back, with no digit too many", function()
    math.randomseed(20)
    for i = 1, 20000 do
      local value = (math.random() - 0.5) * 10 ^ math.random(-12, 20)
      value = i % 2 == 0 and value or tonumber(("%.6g"):format(value))
      local text = core.encode(value)
      assert.equal(value, tonumber((core.decoder():value(text))), text)
      local digits = text:gsub("e.*", ""):gsub("%D", ""):gsub("^0+", "")
      local fewest = 1
      while tonumber(("%." .. fewest .. "g"):format(value)) ~= value do
        fewest = fewest + 1
      end
      assert.is_true(#digits <= math.max(fewest, #("%.0f"):format(value)), text)
    end
  end)

  it("writes true, false, and null for nil and core.null", function()
    assert.equal("true", core.encode(true))
    assert.equal("false", core.encode(false))
    assert.equal("null", core.encode(nil))
    assert.equal("null", core.encode(core.null))
    assert.equal("[null,1]", core.encode { cjson.null, 1 })
  end)

  it("writes null for the value that stands for it", function()
    local null = {}
    assert.equal('{"a":null}', core.encode({ a = null }, { null = null }))
    assert.equal("[null]", core.encode({ "none" }, { null = "none" }))
  end)
end)

describe("core.encode, tables", function()
  it("writes names as an object, and 1 to n as an array", function()
    assert.equal('{"a":1}', core.encode { a = 1 })
    assert.equal('[1,"b",[],{}]', core.encode({ 1, "b", setmetatable({}, { "array" }), {} }, nil):gsub("{}", "[]", 1))
    assert.equal('{"a":[{"b":[1]}]}', core.encode { a = { { b = { 1 } } } })
  end)

  it("writes an empty table as an object, and as an array where it has the metatable of arrays", function()
    local array = {}
    assert.equal("{}", core.encode {})
    assert.equal("[]", core.encode(setmetatable({}, array), { array_mt = array }))
    assert.equal("[1]", core.encode(setmetatable({ 1 }, array), { array_mt = array }))
    assert.equal("{}", core.encode(setmetatable({}, {}), { array_mt = array }))
  end)

  it("writes elements that were stored in any order", function()
    local list = {}
    for i = 100, 1, -1 do
      list[i] = i
    end
    assert.same(list, cjson.decode(core.encode(list)))
    assert.equal("[1,2,3]", core.encode { [3] = 3, [1] = 1, [2] = 2 })
  end)

  it("writes each element once, however tables that are out of order are nested", function()
    for _, make in ipairs {
      function(value) return { value, [3] = 3, [2] = 2 } end,
      function(value) return { value, [2] = 2, [3] = 3 } end,
    } do
      local value, text = 1, "1" -- to write an element again at each level would double the work 200 times
      for _ = 1, 200 do
        value, text = make(value), "[" .. text .. ",2,3]"
      end
      assert.equal(text, core.encode(value))
    end
  end)

  it("calls no metamethod", function()
    local called = false
    local function call() called = true end
    local mt = { __index = call, __len = call, __pairs = call, __tostring = call, __name = "x" }
    assert.equal("{}", core.encode(setmetatable({}, mt)))
    assert.equal("[1]", core.encode(setmetatable({ 1 }, mt)))
    assert.is_false(called)
  end)

  it("writes 500 levels, and refuses 501", function()
    local value = 1
    for _ = 1, 500 do
      value = { value }
    end
    assert.equal(("["):rep(500) .. "1" .. ("]"):rep(500), core.encode(value))
    refuses(("[1]"):rep(16) .. "...: tables are nested deeper than 500 levels", { value })
  end)
end)

describe("core.encode, what it refuses", function()
  it("is named by its path", function()
    refuses("a function has no JSON form", print)
    refuses("contacts[2].phone: a function has no JSON form", { contacts = { {}, { phone = print } } })
    refuses("[1]: a thread has no JSON form", { coroutine.create(function() end) })
    refuses("nan has no JSON form", 0 / 0)
    refuses("a.b: an infinite number has no JSON form", { a = { b = -1 / 0 } })
    refuses("text: a string is not valid UTF-8", { text = "caf\233" })
  end)

  it("are strings that are no UTF-8, wherever that shows", function()
    local BAD = {
      "\128", "\192\128", "\193\191", "\224\159\191", "\237\160\128", "\240\143\191\191",
      "\244\144\128\128", "\245", "\255",
    }
    for _, bad in ipairs(BAD) do
      for before = 0, 17 do
        refuses("a string is not valid UTF-8", ("x"):rep(before) .. bad .. "yyyyyyyyyyyyyyyyyyyyy")
        refuses("a string is not valid UTF-8", ("x"):rep(before) .. bad)
      end
    end
    for _, cut in ipairs { "\195", "\226\130", "\240\159\152" } do
      refuses("a string is not valid UTF-8", "a" .. cut)
      refuses("a string is not valid UTF-8", cut .. "a")
    end
    refuses("a: the name of a field is not valid UTF-8", { a = { ["\255"] = 1 } })
  end)

  it("are tables with holes, with keys of both kinds, and with others", function()
    local keys = "the keys of a table are neither names nor 1 to n"
    refuses(keys, { 1, nil, 3, x = 1 })
    refuses("list: " .. keys, { list = { [1] = 1, [3] = 3 } })
    refuses("list: " .. keys, { list = { [0] = 1 } })
    refuses("list: " .. keys, { list = { [1.5] = 1 } })
    refuses("[1]: " .. keys, { { [2] = 1 } })
    refuses(keys, { [true] = 1 })
    refuses(keys, { a = 1, [1] = 2 })
    local array = {}
    refuses("a: " .. keys, { a = setmetatable({ x = 1 }, array) }, { array_mt = array })
  end)

  it("is a table that contains itself, named where it comes again", function()
    local t = {}
    t.child = { t }
    refuses("child[1]: a table contains itself", t)
    local inner = {}
    inner.again = inner
    refuses("a.again: a table contains itself", { a = inner })
  end)

  it("is not a table that comes twice beside itself", function()
    local shared = { 1 }
    assert.equal("[[1],[1]]", core.encode { shared, shared })
  end)

  it("raises for settings that are none", function()
    assert.has_error(function() core.encode(1, 2) end)
    assert.has_error(function() core.encode() end)
  end)
end)

describe("core.encode, beside others", function()
  it("writes random values so that lua-cjson and the core read them back", function()
    math.randomseed(21)
    local decoder = core.decoder { null = core.null }
    local random
    local makers = {
      function() return math.random(-1e6, 1e6) end,
      function() return math.random(1, 1e6) / 64 end,
      function() return ("é\n\"x"):rep(math.random(0, 9)) end,
      function() return math.random(2) == 1 end,
      function() return core.null end,
      function(depth)
        local list = {}
        for i = 1, depth > 5 and 0 or math.random(0, 4) do
          list[i] = random(depth + 1)
        end
        return list[1] ~= nil and list or { 0 }
      end,
      function(depth)
        local object = {}
        for i = 1, depth > 5 and 0 or math.random(0, 4) do
          object["field " .. i] = random(depth + 1)
        end
        return object
      end,
    }
    function random(depth)
      return makers[math.random(#makers)](depth)
    end
    for _ = 1, 2000 do
      local value = { random(1) }
      local text = core.encode(value)
      assert.same(value, (decoder:value(text)), text)
      assert.same(value, cjson.decode(text))
    end
  end)

  it("is whole where a finalizer encodes, too", function()
    local left = 2000
    local function finalizer()
      local proxy = newproxy and newproxy(true) or setmetatable({}, {})
      getmetatable(proxy).__gc = function()
        assert(core.encode { "from a finalizer", ("y"):rep(100) })
        left = left - 1
        if left > 0 then
          finalizer()
        end
      end
      if not newproxy then
        setmetatable(proxy, getmetatable(proxy)) -- Lua 5.2 and later look for __gc then
      end
    end
    finalizer()
    local long = ("z"):rep(5000)
    for i = 1, 3000 do
      assert(core.encode { i, long } == "[" .. i .. ',"' .. long .. '"]')
    end
  end)
end)
