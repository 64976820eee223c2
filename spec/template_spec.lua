-- Rows that repeat their shape are built by a function made for it: what must not differ.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

--- The rows of a page of these texts, which a query gives alike, when it knows nothing yet and when
--- it has learned their shape. What is learned of whole rows is the Lua state's.
local function rows_of(texts, options)
  local text = '{"data":[' .. table.concat(texts, ",") .. "]}"
  local function read(query)
    local page, rows = assert(decoding.page(text, query, options)), {}
    for row in page.next, page do
      rows[#rows + 1] = row
    end
    return rows
  end
  local rows, query = read(), core.query {}
  for _ = 1, 2 do
    assert.same(rows, read(query))
  end
  return rows
end

local function repeated(text, count)
  local texts = {}
  for i = 1, count do
    texts[i] = text
  end
  return texts
end

describe("decoder:page, rows of one shape", function()
  it("are tables of their own", function()
    local rows = rows_of(repeated('{"a":{"b":[1]},"c":2}', 20))
    rows[20].a.b[1], rows[20].c, rows[20].new = "changed", "changed", true
    assert.same({ a = { b = { 1 } }, c = 2 }, rows[19])
    assert.not_equal(rows[19].a, rows[18].a)
  end)

  it("may differ in any one place: the key, the order, a level more or less, a field more or less", function()
    local usual = '{"id":"x","agent":{"name":"n","status":"s"},"last":1}'
    local odd = {
      { '{"id":"x","agent":"Object","last":1}', { id = "x", agent = "Object", last = 1 } },
      { '{"id":"x","agent":{},"last":1}', { id = "x", agent = {}, last = 1 } },
      { '{"id":"x","agent":{"name":"n"},"last":1}', { id = "x", agent = { name = "n" }, last = 1 } },
      { '{"id":"x","agent":{"name":"n","status":"s","more":1},"last":1}',
        { id = "x", agent = { name = "n", status = "s", more = 1 }, last = 1 } },
      { '{"id":"x","agent":{"name":"n","status":"s"}}', { id = "x", agent = { name = "n", status = "s" } } },
      { '{"id":"x","agent":{"name":"n","status":"s"},"last":1,"more":2}',
        { id = "x", agent = { name = "n", status = "s" }, last = 1, more = 2 } },
      { '{"agent":{"name":"n","status":"s"},"id":"x","last":1}',
        { id = "x", agent = { name = "n", status = "s" }, last = 1 } },
      { '{"id":{"name":"n"},"agent":{"name":{"deep":[1]},"status":null},"last":null}',
        { id = { name = "n" }, agent = { name = { deep = { 1 } } } } },
      { '{"idx":"x","agent":{"name":"n","status":"s"},"last":1}',
        { idx = "x", agent = { name = "n", status = "s" }, last = 1 } },
      { "{}", {} },
      { '{ "id" : "x" , "agent" : { "name" : "n" , "status" : "s" } , "last" : 1 }',
        { id = "x", agent = { name = "n", status = "s" }, last = 1 } },
    }
    for _, case in ipairs(odd) do
      for _, place in ipairs { 1, 2, 9, 12 } do
        local texts = repeated(usual, 12)
        texts[place] = case[1]
        local rows = rows_of(texts)
        assert.equal(12, #rows)
        assert.same(case[2], rows[place])
        assert.same({ id = "x", agent = { name = "n", status = "s" }, last = 1 }, rows[place % 12 + 1])
        assert.same({ id = "x", agent = { name = "n", status = "s" }, last = 1 }, rows[10])
      end
    end
  end)

  it("are not mixed with those that a finalizer decodes meanwhile", function()
    local interpreter = require "spec.support.interpreter"
    local output, ok = interpreter.run "spec/support/decode_in_finalizers.lua"
    assert.is_true(ok, output)
    assert.is_true(tonumber(output) > 10, output)
  end)

  it("take names that are no Lua names, and cannot be code", function()
    local names = { "end", "", "a b", "]=]", "x\\u0022]=os.exit()--", "\226\130\172", "\\n", "1" }
    local fields = {}
    for i, name in ipairs(names) do
      fields[i] = ('"%s":%d'):format(name, i)
    end
    local rows = rows_of(repeated("{" .. table.concat(fields, ",") .. "}", 12))
    assert.same({
      ["end"] = 1, [""] = 2, ["a b"] = 3, ["]=]"] = 4, ['x"]=os.exit()--'] = 5, ["\226\130\172"] = 6,
      ["\n"] = 7, ["1"] = 8,
    }, rows[12])
    rows = rows_of(repeated([==[{"]=]..os.exit()":1,"end":2,"--[[":3}]==], 12))
    assert.same({ ["]=]..os.exit()"] = 1, ["end"] = 2, ["--[["] = 3 }, rows[12])
  end)

  it("keep null and array_mt as the options say", function()
    local mt = {}
    local rows = rows_of(repeated('{"a":null,"e":[],"o":{"n":null}}', 12), { null = core.null, array_mt = mt })
    assert.same({ a = core.null, e = {}, o = { n = core.null } }, rows[12])
    assert.equal(mt, getmetatable(rows[12].e))
    assert.same({ e = {}, o = {} }, rows_of(repeated('{"a":null,"e":[],"o":{"n":null}}', 12))[12])
  end)

  it("with one name twice give the last value", function()
    assert.same({ a = 2 }, rows_of(repeated('{"a":1,"a":2}', 12))[12])
    assert.same({}, rows_of(repeated('{"a":1,"a":null}', 12))[12])
    assert.same({ o = { b = 2 } }, rows_of(repeated('{"o":{"b":1,"b":2}}', 12))[12])
  end)

  it("are refused where they are nested too deep, though their shape is known", function()
    local text = '{"data":[' .. table.concat(repeated('{"a":{"b":{"c":1}},"d":[1]}', 12), ",") .. "]}"
    for _ = 1, 3 do
      assert.truthy(decoding.page(text, nil, { max_depth = 5 }))
      local page, message = decoding.page(text, nil, { max_depth = 4 })
      assert.is_nil(page)
      assert.equal("invalid JSON at byte 19: expected no deeper nesting (see max_depth)", message)
    end
  end)

  it("are refused where the last is nested too deep, as deep as without a template", function()
    local usual = '{"a":{"b":1}}'
    local cases = {
      -- the last row, and how deep it is with the wrapper and data
      { '{"a":{"b":1}}', 4 },
      { '{"a":{"b":[]}}', 5 },
      { '{"a":{"b":{}}}', 5 },
      { '{"a":{"b":[[]]}}', 6 },
      { '{"a":{"b":[{}]}}', 6 },
      { '{"a":{"b":[[[]]]}}', 7 },
      { '{"a":{"b":{"c":{"d":{}}}}}', 7 },
      { '{"a":[[[]]]}', 6 },
      { '{"a":1}', 3 },
    }
    for _, case in ipairs(cases) do
      local texts = repeated(usual, 40)
      for _, query in ipairs { false, { where = { ["a.b"] = { exists = true } } }, { select = { "a.b" } } } do
        local compiled = query and core.query(query) or nil
        for _ = 1, 3 do
          assert.truthy(decoding.page('{"data":[' .. table.concat(texts, ",") .. "]}", compiled, { max_depth = 6 }))
        end
        local last = '{"data":[' .. table.concat(texts, ",") .. "," .. case[1] .. "]}"
        local deepest = math.max(case[2], 4) -- the rows before it are 4 deep
        assert.truthy(decoding.page(last, compiled, { max_depth = deepest }))
        local page, message = decoding.page(last, compiled, { max_depth = deepest - 1 })
        assert.is_nil(page)
        assert.matches("expected no deeper nesting", message)
      end
    end
  end)

  it("have the right values where their names are as long together as a template holds, and longer", function()
    for _, case in ipairs { { 20, 300 }, { 1, 4080 }, { 1, 4090 }, { 1, 4100 }, { 13, 310 }, { 64, 60 }, { 3, 70000 } } do
      local fields, expected = {}, {}
      for i = 1, case[1] do
        local name = ("n"):rep(case[2] - 3) .. ("%03d"):format(i)
        fields[i] = ('"%s":"v%d"'):format(name, i)
        expected[name] = "v" .. i
      end
      for _ = 1, 3 do
        local rows = rows_of(repeated("{" .. table.concat(fields, ",") .. "}", 12))
        assert.equal(12, #rows)
        assert.same(expected, rows[1])
        assert.same(expected, rows[12])
      end
    end
    for total = 4086, 4102 do -- the gaps of {"n...":1,"b":2} have 9 bytes more than the first name
      local name = ("n"):rep(total - 9)
      for _ = 1, 3 do
        local rows = rows_of(repeated('{"' .. name .. '":1,"b":2}', 12))
        assert.same({ [name] = 1, b = 2 }, rows[12])
      end
    end
  end)

  it("may have as many fields as a template holds, one less and one more", function()
    for count = 62, 67 do
      local fields, expected = {}, {}
      for i = 1, count do
        fields[i] = ('"f%d":%d'):format(i, i)
        expected["f" .. i] = i
      end
      for _ = 1, 3 do
        assert.same(expected, rows_of(repeated("{" .. table.concat(fields, ",") .. "}", 12))[12])
        local nested = rows_of(repeated('{"o":{' .. table.concat(fields, ",") .. '},"last":true}', 12))[12]
        assert.same({ o = expected, last = true }, nested)
      end
    end
  end)

  it("may hold objects nested as deep as a template looks, one level less and one more", function()
    for depth = 1, 7 do
      local text = ('{"x":'):rep(depth) .. '"v"' .. (',"y":2}'):rep(depth)
      for _ = 1, 3 do
        local value = rows_of(repeated(text, 12))[12]
        for _ = 1, depth do
          assert.equal(2, value.y)
          value = value.x
        end
        assert.equal("v", value)
      end
    end
  end)

  it("with one name twice match by the last value alone", function()
    local by_b = assert(core.query { where = { ["o.b"] = 1 } })
    local text = '{"data":[' .. table.concat(repeated('{"o":{"b":1},"o":{"c":2}}', 12), ",") .. "]}"
    for _ = 1, 3 do
      assert.is_nil(decoding.page(text, by_b):next())
    end
  end)

  it("match by a field of what was no object in the row that was learned", function()
    local query = assert(core.query { where = { ["o.b"] = 1 }, select = { "o.b", "last" } })
    local texts = repeated('{"o":null,"last":1}', 12)
    texts[6] = '{"o":{"b":1},"last":2}'
    for _ = 1, 3 do
      local page = decoding.page('{"data":[' .. table.concat(texts, ",") .. "]}", query)
      assert.same({ o = { b = 1 }, last = 2 }, page:next())
      assert.is_nil(page:next())
    end
  end)

  it("do not blame the JSON for what they are not", function()
    local queries = { core.query {} }
    for i = 0, 1 do
      assert.truthy(decoding.page('{"data":[' .. table.concat(repeated('{"a":1}', 12), ",") .. "]}", queries[i]))
      local page, message, kind = decoding.page('{"data":[{"a": 1},5]}', queries[i])
      assert.is_nil(page)
      assert.equal("not a page of a listing: data holds something that is not an object", message)
      assert.equal("protocol", kind)
    end
  end)

  it("are refused where a string in them ends with another byte than its quote", function()
    local usual = table.concat(repeated('{"a":"x","b":1}', 12), ",")
    for byte = 0, 255 do
      local query = core.query {}
      assert.truthy(decoding.page('{"data":[' .. usual .. "]}", query))
      for _, length in ipairs { 0, 1, 40 } do
        local value = '"' .. ("x"):rep(length) .. string.char(byte)
        local taken = decoding.page('{"data":[' .. usual .. ',{"a":' .. value .. ',"b":1}]}', query)
        assert.equal(byte == 0x22, taken ~= nil)
      end
    end
  end)

  it("may hold empty objects and arrays, with and without white space", function()
    for _, text in ipairs {
      '{"a":{},"b":1}', '{"a":{ },"b":1,"c":{}}', '{"b":1,"a":{}}', '{"a":[],"b":{}}', '{"a":[ ],"b":{"c":{}}}',
      '{"a":{"b":{},"c":2},"d":3}',
    } do
      assert.same(decoding.value(text), rows_of(repeated(text, 12))[12])
    end
  end)

  it("may have more fields than a template holds", function()
    local fields, expected = {}, {}
    for i = 1, 300 do
      fields[i] = ('"field%d":%d'):format(i, i)
      expected["field" .. i] = i
    end
    assert.same(expected, rows_of(repeated("{" .. table.concat(fields, ",") .. "}", 12))[12])
  end)

  it("may be nested deeper than a template looks", function()
    local deep = '{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}'
    assert.equal(1, rows_of(repeated(deep, 12))[12].a.a.a.a.a.a)
  end)

  it("may repeat values, and strings around the length that is kept", function()
    local texts, expected = {}, {}
    for i = 1, 200 do
      local text = ("v"):rep(i % 50)
      texts[i] = ('{"s":"%s","t":"%s"}'):format(text, i % 3)
      expected[i] = { s = text, t = tostring(i % 3) }
    end
    assert.same(expected, rows_of(texts))
  end)

  it("may have many strings of each length around what is kept, which come again", function()
    for length = 36, 64 do
      local texts, expected = {}, {}
      for i = 1, 600 do
        local n = i % 300
        local text = ("%03d"):format(n) .. ("abcdefgh"):rep(8):sub(n % 5 + 1, n % 5 + length - 6) .. ("%03d"):format(n)
        texts[i] = ('{"s":"%s","o":{"%s":["%s"]}}'):format(text, text:reverse(), text)
        expected[i] = { s = text, o = { [text:reverse()] = { text } } }
      end
      assert.same(expected, rows_of(texts))
    end
  end)
end)

describe("decoder:page, a shape", function()
  --- Reads the page. Returns how many rows a function made for their shape has built, and how many
  --- such functions were made meanwhile.
  local function watch(text, query)
    local built, made = 0, 0
    if jit then -- luacheck: ignore 113
      jit.off() -- luacheck: ignore 113
    end
    debug.sethook(function()
      local info = debug.getinfo(2, "S")
      built = built + (info.source == "=sigmamind.object" and info.what ~= "main" and 1 or 0)
      made = made + (info.source == "=sigmamind.object" and info.what == "main" and 1 or 0)
    end, "c")
    local page = decoding.page(text, query)
    repeat
      local row = page and page:next()
    until not row
    debug.sethook()
    if jit then -- luacheck: ignore 113
      jit.on() -- luacheck: ignore 113
    end
    return built, made
  end

  --- A page of so many rows, each of ten fields whose names begin so.
  local function page_of(count, name)
    local rows = {}
    for i = 1, count do
      local fields = {}
      for k = 1, 10 do
        fields[k] = ('"%s_%d":%d'):format(type(name) == "function" and name(i) or name, k, i)
      end
      rows[i] = "{" .. table.concat(fields, ",") .. "}"
    end
    return '{"data":[' .. table.concat(rows, ",") .. "]}"
  end

  it("is learned from a few rows, and serves those that follow", function()
    local of = assert(core.query { select = { "usual_1" } })
    watch(page_of(100, "usual"), of)
    assert.equal(100, (watch(page_of(100, "usual"), of)))
  end)

  -- what is learned of whole rows is the Lua state's, and so other specs' too
  local lists = { ["of whole rows"] = false, ["of a query's rows"] = { select = { "none" } } }
  for kind, options in pairs(lists) do
    local function query()
      return options and assert(core.query(options)) or nil
    end

    it(kind .. " is learned also after many that never came again", function()
      local of = query()
      for i = 1, 20 do
        watch(page_of(8, "name____" .. i), of)
      end
      local text, built = page_of(100, "name____late"), 0
      for _ = 1, 60 do
        built = watch(text, of)
      end
      assert.equal(100, built)
    end)

    it(kind .. " is learned at once where those before it served, however many they were", function()
      local of = query()
      for i = 1, 30 do
        local text = page_of(100, "served___" .. i .. (options and "of" or "")) -- they begin alike
        local built = 0
        for _ = 1, i == 1 and 60 or 2 do -- the first comes after those of other specs
          built = watch(text, of)
        end
        assert.equal(100, built, "shape " .. i)
      end
    end)

    it(kind .. " is not learned where none comes again, so that it costs nothing", function()
      local of, made = query(), 0
      for page = 1, 100 do
        local _, here = watch(page_of(100, function(i) return ("page%d_row%d"):format(page, i) end), of)
        made = made + here
      end
      assert.equal(0, made)
    end)
  end
end)
