-- A compiled function builds rows of a known shape. Its results must equal those of the general decoder.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

--- The rows of a page of these texts. Asserts that a query returns the same before and after it learned
--- their shape. Shapes of whole rows belong to the Lua state.
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

--- Whether the function being called has `values` parameters.
local function takes(values)
  local last, beyond = debug.getlocal(3, values), debug.getlocal(3, values + 1)
  return last ~= nil and last:find "^v" ~= nil and not (beyond and beyond:find "^v")
end

--- Calls read(). Returns the number of objects that compiled functions built (with `values`: those with
--- that many parameters), and the number of functions compiled meanwhile.
local function built_by(read, values)
  local built, made = 0, 0
  if jit then -- luacheck: ignore 113
    jit.off() -- luacheck: ignore 113
  end
  debug.sethook(function()
    local info = debug.getinfo(2, "S")
    if info.source == "=sigmamind.object" then
      local is_object = info.what ~= "main"
      built = built + (is_object and (not values or takes(values)) and 1 or 0)
      made = made + (is_object and 0 or 1)
    end
  end, "c")
  local ok, message = pcall(read)
  debug.sethook()
  if jit then -- luacheck: ignore 113
    jit.on() -- luacheck: ignore 113
  end
  return assert(ok, message) and built, made
end

--- Reads 200 objects again and again, until the compiled function of their shape builds each, whatever
--- shapes were learned before. It has `values` parameters, and no function for an object in them does.
local function learn(text, values, read)
  read = read or decoding.value
  local list = "[" .. table.concat(repeated(text, 200), ",") .. "]"
  for _ = 1, 60 do
    if built_by(function() read(list) end, values) == 200 then
      return
    end
  end
  error("no function was made for " .. text)
end

describe("decoder:page, rows of one shape", function()
  it("are separate tables", function()
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

  it("are not mixed with rows that a finalizer decodes meanwhile", function()
    local interpreter = require "spec.support.interpreter"
    local output, ok = interpreter.run "spec/support/decode_in_finalizers.lua"
    assert.is_true(ok, output)
    assert.is_true(tonumber(output) > 10, output)
  end)

  it("keep their function and shape while finalizers replace these in the cache", function()
    local interpreter = require "spec.support.interpreter"
    local output, ok = interpreter.run "spec/support/replace_in_finalizers.lua"
    assert.is_true(ok, output)
    assert.is_true(tonumber(output) > 10, output)
  end)

  it("keep their own names while finalizers decode other names", function()
    local interpreter = require "spec.support.interpreter"
    local output, ok = interpreter.run "spec/support/names_in_finalizers.lua"
    assert.is_true(ok, output)
    assert.is_true(tonumber(output) > 10, output)
  end)

  it("may have names that are not Lua identifiers, which are never run as code", function()
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

  it("follow the options null and array_mt", function()
    local mt = {}
    local rows = rows_of(repeated('{"a":null,"e":[],"o":{"n":null}}', 12), { null = core.null, array_mt = mt })
    assert.same({ a = core.null, e = {}, o = { n = core.null } }, rows[12])
    assert.equal(mt, getmetatable(rows[12].e))
    assert.same({ e = {}, o = {} }, rows_of(repeated('{"a":null,"e":[],"o":{"n":null}}', 12))[12])
  end)

  it("have the last value of a name that comes twice", function()
    assert.same({ a = 2 }, rows_of(repeated('{"a":1,"a":2}', 12))[12])
    assert.same({}, rows_of(repeated('{"a":1,"a":null}', 12))[12])
    assert.same({ o = { b = 2 } }, rows_of(repeated('{"o":{"b":1,"b":2}}', 12))[12])
  end)

  it("are refused when they are nested too deep, also when their shape is known", function()
    local text = '{"data":[' .. table.concat(repeated('{"a":{"b":{"c":1}},"d":[1]}', 12), ",") .. "]}"
    for _ = 1, 3 do
      assert.truthy(decoding.page(text, nil, { max_depth = 5 }))
      local page, message = decoding.page(text, nil, { max_depth = 4 })
      assert.is_nil(page)
      assert.equal("invalid JSON at byte 19: expected no deeper nesting (see max_depth)", message)
    end
  end)

  it("are refused when the last is nested too deep, at the same depth as without a template", function()
    local usual = '{"a":{"b":1}}'
    local cases = {
      -- the last row, and its depth including the wrapper and data
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

  it("have the right values when their names are as long as a template holds, and longer", function()
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

  it("may hold objects nested as deep as a template, one level less and one more", function()
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

  it("match by a field of an object that was not an object in the learned row", function()
    local query = assert(core.query { where = { ["o.b"] = 1 }, select = { "o.b", "last" } })
    local texts = repeated('{"o":null,"last":1}', 12)
    texts[6] = '{"o":{"b":1},"last":2}'
    for _ = 1, 3 do
      local page = decoding.page('{"data":[' .. table.concat(texts, ",") .. "]}", query)
      assert.same({ o = { b = 1 }, last = 2 }, page:next())
      assert.is_nil(page:next())
    end
  end)

  it("fail with kind 'protocol', not 'decode', when one is not an object", function()
    local queries = { core.query {} }
    for i = 0, 1 do
      assert.truthy(decoding.page('{"data":[' .. table.concat(repeated('{"a":1}', 12), ",") .. "]}", queries[i]))
      local page, message, kind = decoding.page('{"data":[{"a": 1},5]}', queries[i])
      assert.is_nil(page)
      assert.equal("not a page of a listing: a row in data is not an object", message)
      assert.equal("protocol", kind)
    end
  end)

  it("are refused when a string in them ends with another byte than a quote", function()
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

  it("may be nested deeper than a template", function()
    local deep = '{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}'
    assert.equal(1, rows_of(repeated(deep, 12))[12].a.a.a.a.a.a)
  end)

  it("may repeat values, also strings around the maximum length of the cache", function()
    local texts, expected = {}, {}
    for i = 1, 200 do
      local text = ("v"):rep(i % 50)
      texts[i] = ('{"s":"%s","t":"%s"}'):format(text, i % 3)
      expected[i] = { s = text, t = tostring(i % 3) }
    end
    assert.same(expected, rows_of(texts))
  end)

  it("may repeat many strings of each length around the maximum length of the cache", function()
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
  --- Reads the page. Returns the results of built_by.
  local function watch(text, query)
    return built_by(function()
      local page = decoding.page(text, query)
      repeat
        local row = page and page:next()
      until not row
    end)
  end

  --- A page of `count` rows, each with ten fields whose names start with `name`.
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

  it("is learned from a few rows, and builds the rows that follow", function()
    local of = assert(core.query { select = { "usual_1" } })
    watch(page_of(100, "usual"), of)
    assert.equal(100, (watch(page_of(100, "usual"), of)))
  end)

  -- shapes of whole rows belong to the Lua state, which this shares with other specs
  local lists = { ["of whole rows"] = false, ["of a query's rows"] = { select = { "none" } } }
  for kind, options in pairs(lists) do
    local function query()
      return options and assert(core.query(options)) or nil
    end

    it(kind .. " is learned also after many shapes that never repeated", function()
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

    it(kind .. " is learned at once after other shapes that were used, however many", function()
      local of = query()
      for i = 1, 30 do
        local text = page_of(100, "served___" .. i .. (options and "of" or "")) -- all start alike
        local built = 0
        for _ = 1, i == 1 and 60 or 2 do -- the first follows unused shapes of other specs
          built = watch(text, of)
        end
        assert.equal(100, built, "shape " .. i)
      end
    end)

    it(kind .. " is not learned, at no cost, when no shape repeats", function()
      local of, made = query(), 0
      for page = 1, 100 do
        local _, here = watch(page_of(100, function(i) return ("page%d_row%d"):format(page, i) end), of)
        made = made + here
      end
      assert.equal(0, made)
    end)
  end
end)

describe("decoder:value, an object of a known shape", function()
  it("returns any string unchanged", function()
    learn('{"string":"x","o":{"p":"y"}}', 2)
    local cases = {
      { "", "" },
      { "a\\nb", "a\nb" },
      { "\\\\", "\\" },
      { "\\u00e9\\uD83D\\uDE00", "\195\169\240\159\152\128" },
      { "\195\169", "\195\169" },
      { ("x"):rep(47), ("x"):rep(47) },
      { ("x"):rep(48), ("x"):rep(48) },
      { ("x"):rep(40) .. '\\"' .. ("\\n"):rep(40) .. "x", ("x"):rep(40) .. '"' .. ("\n"):rep(40) .. "x" },
      { ("\\t"):rep(2000), ("\t"):rep(2000) },
    }
    for _, case in ipairs(cases) do
      local text = ('{"string":"%s","o":{"p":"%s"}}'):format(case[1], case[1])
      local value
      assert.equal(1, (built_by(function() value = decoding.value(text) end)))
      assert.same({ string = case[2], o = { p = case[2] } }, value)
    end
  end)

  it("is learned even if an object in it, without a function of its own, has a name with the same hash", function()
    learn('{"number":1,"o":{"p":2},"q":3}', 3, function(list) decoding.value(list) end)
    learn('{"number":1,"o":{"p":2}}', 2)
  end)

  it("returns any number unchanged", function()
    learn('{"number":1,"o":{"p":-2.5}}', 2)
    local cases = {
      { "0", 0 }, { "-17", -17 }, { "9007199254740992", 9007199254740992 }, { "1.5e2", 150 }, { "-0.1", -0.1 },
      { "0.1234567890123456789012", 0.1234567890123456789012 }, { "1e400", "1e400" }, { "-1.5E+999", "-1.5E+999" },
      { "123456789012345678901234567890", "123456789012345678901234567890" }, { "1e-400", 0 },
    }
    for _, case in ipairs(cases) do
      local value
      local text = ('{"number":%s,"o":{"p":%s}}'):format(case[1], case[1])
      assert.equal(1, (built_by(function() value = decoding.value(text) end)))
      assert.same({ number = case[2], o = { p = case[2] } }, value)
    end
    for _, text in ipairs { "01", "-", "1.", "1e", "--1", "+1", ".5", "1.5.5" } do
      assert.is_nil((decoding.value(('{"number":1,"o":{"p":%s}}'):format(text))))
    end
  end)

  it("decodes the escapes of a name", function()
    local text = '{"escape\\n":1,"\\u0061":{"\\"":2}}'
    for _ = 1, 60 do
      assert.same({ ["escape\n"] = 1, a = { ['"'] = 2 } }, decoding.value("[" .. (text .. ","):rep(200) .. text .. "]")[201])
    end
  end)

  it("may be as deep as max_depth, and no deeper", function()
    local text = '{"deep":{"b":{"c":1}},"d":[]}'
    learn(text, 2)
    assert.is_table(decoding.value("[" .. text .. "]", { max_depth = 4 }))
    assert.equal("invalid JSON at byte 14: expected no deeper nesting (see max_depth)",
      (select(2, decoding.value("[" .. text .. "]", { max_depth = 3 }))))
    text = '{"deep":{"b":{"c":[[[]]]}},"d":[]}'
    assert.is_table(decoding.value(text, { max_depth = 6 }))
    assert.equal("invalid JSON at byte 20: expected no deeper nesting (see max_depth)",
      (select(2, decoding.value(text, { max_depth = 5 }))))
  end)

  it("may have more arrays and objects than the objects that made the shape", function()
    local fields = {}
    for i = 1, 40 do
      fields[i] = ('"many%02d":%%s'):format(i)
    end
    local text = "{" .. table.concat(fields, ",") .. "}"
    learn((text:gsub("%%s", "1")), 40)
    for count = 14, 40 do
      local i, expected = 0, {}
      local some = text:gsub("%%s", function()
        i = i + 1
        expected[("many%02d"):format(i)] = i <= count and { { i }, "x" } or i
        return i <= count and ('[[%d],"x"]'):format(i) or tostring(i)
      end)
      assert.same({ { expected }, 1 }, decoding.value("[[" .. some .. "],1]"))
    end
  end)

  it("may have more long strings than are buffered while it is matched", function()
    local texts = {}
    for i = 1, 20 do
      texts[i] = ('"long%02d":"%%s"'):format(i)
    end
    local text = "{" .. table.concat(texts, ",") .. ',"end":1}'
    learn((text:gsub("%%s", "")), 21)
    for _, long in ipairs { ("x"):rep(600), ("\\n"):rep(600) } do
      local like = text:gsub("%%s", long)
      for _, object in ipairs { like, (like:gsub('"end"', '"END"')) } do
        local value = decoding.value("[" .. object .. "]")[1]
        for i = 1, 20 do
          assert.equal((long:gsub("\\n", "\n")), value[("long%02d"):format(i)])
        end
        assert.equal(1, value["end"] or value.END)
      end
    end
  end)

  it("may have as many fields as a template holds, in a coroutine with a minimal stack", function()
    local fields, expected = {}, {}
    for i = 1, 64 do
      fields[i] = ('"coroutine%d":"%d"'):format(i, i)
      expected["coroutine" .. i] = tostring(i)
    end
    local text = "{" .. table.concat(fields, ",") .. "}"
    learn(text, 64)
    assert.same(expected, coroutine.wrap(function() return decoding.value(text) end)())
  end)

  it("may alternate with another shape that starts alike", function()
    local first, second = '{"among":1,"b":[2],"c":"x"}', '{"among":1,"d":{"e":2}}'
    learn(first, 3)
    learn(second, 2)
    local value
    assert.equal(200, (built_by(function()
      value = decoding.value("[" .. table.concat(repeated(first .. "," .. second, 100), ",") .. "]")
    end)))
    assert.same({ among = 1, b = { 2 }, c = "x" }, value[199])
    assert.same({ among = 1, d = { e = 2 } }, value[200])
  end)

  it("stays known after many others that start alike", function()
    local text = '{"between":1,"b":2}'
    learn(text, 2)
    local others = {}
    for i = 1, 3000 do
      others[i] = ('{"between":1,"other%d":2}'):format(i)
    end
    decoding.value("[" .. table.concat(others, ",") .. "]")
    local built, made = built_by(function() decoding.value("[" .. (text .. ","):rep(200) .. text .. "]") end)
    assert.equal(0, made)
    assert.is_true(built >= 201 - 16)
  end)

  it("has more than one field: an object of one is faster to build than a function is to call", function()
    local text = "[" .. ('{"alone":1},'):rep(500) .. '{"alone":1}]'
    assert.equal(0, (built_by(function() assert(decoding.value(text)) end)))
    learn '{"alone":{"b":1}}'
  end)

  it("is not decoded twice when an outer object turns out to have no known shape", function()
    learn('{"inner":1,"i":1}', 2)
    learn('{"outer":[{"inner":1,"i":1}],"o":[{"inner":1,"i":1}],"b":1}', 3)
    local value
    assert.equal(3, (built_by(function()
      value = decoding.value '{"outer":[{"inner":1,"i":1}],"o":[2,{"inner":2,"i":1}],"c":[{"inner":3,"i":1}]}'
    end)))
    local function inner(i) return { inner = i, i = 1 } end
    assert.same({ outer = { inner(1) }, o = { 2, inner(2) }, c = { inner(3) } }, value)
  end)

  it("is not decoded twice when two nested outer objects turn out to have no known shape", function()
    learn('{"inner":1,"i":1}', 2)
    learn('{"w":[{"inner":1,"i":1}],"x":[1],"b":1}', 3)
    learn('{"outer":{"w":[{"inner":1,"i":1}],"p":1},"b":1}', 3)
    local value
    assert.equal(1, (built_by(function()
      value = decoding.value '{"outer":{"w":[{"inner":1,"i":1}],"x":[2],"c":3},"d":4}'
    end)))
    assert.same({ outer = { w = { { inner = 1, i = 1 } }, x = { 2 }, c = 3 }, d = 4 }, value)
  end)

  it("is distinguished from one with another name of the same length, and from invalid JSON", function()
    learn('{"told_ab":1,"cd":{"ef":2} }', 2)
    for text, expected in pairs {
      ['{"told_ax":1,"cd":{"ef":2} }'] = { told_ax = 1, cd = { ef = 2 } },
      ['{"told_ab":1,"cx":{"ef":2} }'] = { told_ab = 1, cx = { ef = 2 } },
      ['{"told_ab":1,"cd":{"ex":2} }'] = { told_ab = 1, cd = { ex = 2 } },
      ['{"told_ab": 1,"cd":{"ef":2} }'] = { told_ab = 1, cd = { ef = 2 } },
    } do
      assert.same(expected, decoding.value(text))
    end
    for _, text in ipairs {
      '{"told_ab":1,"cd":{"ef":2},}', '{"told_ab":1,"cd" {"ef":2} }', '{"told_ab":1 "cd":{"ef":2} }',
      '{"told_ab":1,"cd":{"ef":2}x}', '{"told_ab":1,"cd":{"ef":2} ]', '{"told_ab":1,"cd":{"ef":2]}}',
      '{"told_ab":1,"cd":{"ef":2} ', '{"told_ab":1,"cd":{"ef":2', '{"told_ab":1,"cd":{"ef":', '{"told_ab":',
    } do
      assert.is_nil((decoding.value(text)), text)
    end
  end)
end)

describe("decoder:page, selected fields of rows of a known shape", function()
  --- Makes a query learn the shape of rows like `text`, of which it selects `values` values.
  local function learn_rows(text, query, values)
    learn(text, values, function(list)
      local page = decoding.page('{"data":' .. list .. "}", query)
      repeat
      until not page:next()
    end)
  end

  local function page_of(rows, query, options)
    return assert(decoding.page('{"data":[' .. table.concat(rows, ",") .. "]}", query, options))
  end

  it("equal those of a row without a shape", function()
    local row = '{"a":1,"b":"x\\n","c":{"d":[1],"e":2,"f":{"g":"y"}},"h":{"i":null},"j":[{"k":1}]}'
    local cases = {
      { 1, { "a" }, { a = 1 } },
      { 1, { "b" }, { b = "x\n" } },
      { 2, { "j", "a" }, { a = 1, j = { { k = 1 } } } },
      { 4, { "c", "a" }, { a = 1, c = { d = { 1 }, e = 2, f = { g = "y" } } } },
      { 1, { "c.e" }, { c = { e = 2 } } },
      { 2, { "c.f", "b" }, { b = "x\n", c = { f = { g = "y" } } } },
      { 2, { "c.f.g", "c.d" }, { c = { d = { 1 }, f = { g = "y" } } } },
      { 1, { "c.none", "a" }, { a = 1, c = {} } },
      { 2, { "h", "j" }, { h = {}, j = { { k = 1 } } } },
      { 1, { "none", "a" }, { a = 1 } },
    }
    for _, case in ipairs(cases) do
      local query = assert(core.query { select = case[2] })
      assert.same(case[3], page_of({ row }, query):next())
      learn_rows(row, query, case[1])
      local page = page_of({ row, row }, query)
      assert.same(case[3], page:next())
      assert.same(case[3], decoding.value(page:next_json()))
    end
    local query = assert(core.query { where = { ["c.e"] = { ge = 2 } }, select = { "c", "a" } })
    learn_rows(row, query, 4)
    assert.same({ a = 1, c = { d = { 1 }, e = 2, f = { g = "y" } } }, page_of({ row }, query):next())
  end)

  it("are those of the row's own shape, when the query has learned several", function()
    local first, second = '{"own":1,"a":2,"n":{"m":3}}', '{"own":4,"n":{"l":5,"m":6},"a":[7]}'
    local query = assert(core.query { select = { "n.m", "a" } })
    learn_rows(first, query, 2)
    learn_rows(second, query, 2)
    local page = page_of({ first, second, '{"own":0,"a":8}', second, first }, query)
    assert.same({ a = 2, n = { m = 3 } }, page:next())
    assert.same({ a = { 7 }, n = { m = 6 } }, page:next())
    assert.same({ a = 8 }, page:next())
    assert.same({ a = { 7 }, n = { m = 6 } }, page:next())
    assert.same({ a = 2, n = { m = 3 } }, page:next())
    assert.is_nil(page:next())
  end)

  it("are returned even after other shapes replaced the row's since the page was checked", function()
    local query = assert(core.query { select = { "z", "y" } })
    local row = '{"since":1,"x":"x","y":[2],"z":"z"}'
    learn_rows(row, query, 2)
    local page = page_of(repeated(row, 6), query)
    assert.same({ y = { 2 }, z = "z" }, page:next())
    for i = 1, 6 do
      learn_rows(('{"since":1,"y":"other%d","z":{"%d":3}}'):format(i, i), query, 2)
      learn_rows(('{"since":1,"other%d":0,"z":%d}'):format(i, i), query, 1)
      if i < 6 then
        assert.same({ y = { 2 }, z = "z" }, page:next())
      end
    end
    assert.is_nil(page:next())
  end)

  it("may be as deep as max_depth, and no deeper", function()
    local query = assert(core.query { select = { "o.p", "a" } })
    local row = '{"o":{"p":[[]],"q":1},"a":[[[]]],"b":1}'
    learn_rows(row, query, 2)
    for _ = 1, 2 do
      assert.same({ o = { p = { {} } }, a = { { {} } } }, page_of({ row }, query, { max_depth = 6 }):next())
      assert.is_nil((decoding.page('{"data":[' .. row .. "]}", query, { max_depth = 5 })))
    end
  end)

  it("may be as many as a template holds, in a coroutine with a minimal stack", function()
    local fields, paths, expected = {}, {}, {}
    for i = 1, 64 do
      paths[i] = "selected" .. i
      fields[i] = ('"%s":"%d"'):format(paths[i], i)
      expected[paths[i]] = tostring(i)
    end
    local query = assert(core.query { select = paths })
    local row = "{" .. table.concat(fields, ",") .. "}"
    learn_rows(row, query, 64)
    local page = page_of({ row }, query)
    assert.same(expected, coroutine.wrap(function() return page:next() end)())
  end)

  it("are reported by page:paths when rows differ in them", function()
    local query = assert(core.query { select = { "a", "b", "c" } })
    learn_rows('{"told":1,"a":2}', query, 1)
    learn_rows('{"told":1,"b":2}', query, 1)
    local page = page_of({ '{"told":1,"a":2}', '{"told":1,"b":2}', '{"told":1,"b":2}' }, query)
    assert.same({ a = "null", b = "null", c = false }, page:paths())
  end)
end)
