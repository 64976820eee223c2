-- where and select, case by case: in the core, over the bytes of a row, and by the oracle, over the
-- decoded row. Both must agree.

local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local oracle = require "spec.support.query_oracle"
local set_collector = require "spec.support.collector"

--- The JSON of `row` below.
local text = [[{
  "name": "Q4 \u004futreach", "calls": 5, "ratio": 5e-1, "digits": "5", "active": true,
  "off": false, "empty": "", "agent": {"name": "Zoë", "de\u0065p": {"er": 1}},
  "errors": ["Row 3: bad", "Row 7: \u0077orse", 12], "none": [], "kept_null": null
}]]

local row = {
  name = "Q4 Outreach",
  calls = 5,
  ratio = 0.5,
  digits = "5",
  active = true,
  off = false,
  empty = "",
  agent = { name = "Zoë", deep = { er = 1 } },
  errors = { "Row 3: bad", "Row 7: worse", 12 },
  none = {},
  kept_null = core.null,
}

--- The source of a condition, with its names sorted.
local function show(value)
  if type(value) == "string" then
    return ("%q"):format(value)
  elseif type(value) ~= "table" then
    return value == core.null and "null" or tostring(value)
  end
  local fields = {}
  for name, each in pairs(value) do
    fields[#fields + 1] = (type(name) == "number" and "" or name .. " = ") .. show(each)
  end
  table.sort(fields)
  return "{ " .. table.concat(fields, ", ") .. " }"
end

describe("core.query, where", function()
  local cases = {
    -- where, holds
    { {}, true },
    { { name = "Q4 Outreach" }, true },
    { { name = "q4 outreach" }, false },
    { { calls = 5 }, true },
    { { calls = 5.0 }, true },
    { { calls = "5" }, false },
    { { digits = 5 }, false },
    { { digits = "5" }, true },
    { { active = true }, true },
    { { active = false }, false },
    { { off = false }, true },
    { { empty = "" }, true },
    { { ["agent.name"] = "Zoë" }, true },
    { { ["agent.deep.er"] = 1 }, true },
    { { ["agent.name.x"] = "Zoë" }, false },
    { { agent = "Zoë" }, false },
    { { name = "Q4 Outreach", calls = 6 }, false },
    { { calls = { ge = 5, lt = 20 } }, true },
    { { calls = { gt = 5 } }, false },
    { { calls = { le = 5 } }, true },
    { { calls = { lt = 5 } }, false },
    { { calls = { lt = 5.5, gt = 4.5 } }, true },
    { { calls = { ge = "5" } }, false },
    { { digits = { ge = 5 } }, false },
    { { digits = { lt = "50", gt = "4" } }, true },
    { { name = { lt = "Q5" } }, true },
    { { name = { lt = "Q4 Outreac" } }, false },
    { { name = { ge = "Q4 Outreach" } }, true },
    { { ["agent.name"] = { gt = "Zoe" } }, true }, -- bytes, not a dictionary
    { { active = { ge = 1 } }, false },
    { { agent = { lt = 1 } }, false },
    { { calls = { ne = 6 } }, true },
    { { calls = { ne = 5 } }, false },
    { { calls = { ne = "5" } }, true },
    { { agent = { ne = "x" } }, true },
    { { calls = { one_of = { 1, 5 } } }, true },
    { { calls = { one_of = { "5", true } } }, false },
    { { off = { one_of = { false } } }, true },
    { { name = { starts_with = "Q4" } }, true },
    { { name = { starts_with = "" } }, true },
    { { name = { starts_with = "Q4 Outreach!" } }, false },
    { { name = { ends_with = "reach" } }, true },
    { { name = { ends_with = "" } }, true },
    { { name = { ends_with = "Reach" } }, false },
    { { name = { contains = "4 Out" } }, true },
    { { name = { contains = "." } }, false }, -- plain text, no pattern
    { { calls = { contains = 5 } }, false },
    { { calls = { starts_with = "5" } }, false },
    { { errors = { contains = "Row 3: bad" } }, true },
    { { errors = { contains = "Row 3" } }, false },
    { { errors = { contains = 12 } }, true },
    { { none = { contains = "x" } }, false },
    { { errors = { eq = "Row 3: bad" } }, false },
    { { ["errors.1"] = "Row 3: bad" }, false },
    { { calls = { exists = true } }, true },
    { { off = { exists = true } }, true },
    { { none = { exists = true } }, true },
    { { agent = { exists = false } }, false },
    { { missing = { exists = true } }, false },
    { { missing = { exists = false } }, true },
    { { ["agent.missing"] = { exists = false } }, true },
    { { ["name.missing"] = { exists = false } }, true },
    { { missing = "x" }, false },
    { { missing = { ne = "x" } }, true },
    { { missing = { lt = 1 } }, false },
    { { missing = { one_of = { "x" } } }, false },
    { { missing = { contains = "" } }, false },
    { { kept_null = { exists = true } }, false },
    { { kept_null = { exists = false } }, true },
    { { kept_null = { ne = 1 } }, true },
    { { calls = { ge = 5, ne = 5 } }, false },
    { { calls = { none_of = { 1, "5" } } }, true },
    { { calls = { none_of = { 1, 5 } } }, false },
    { { missing = { none_of = { 1 } } }, true },
    { { kept_null = { none_of = { 1 } } }, true },
    { { errors = { none_of = { 12 } } }, true },
    { { errors = { length = 3 } }, true },
    { { errors = { length = { gt = 3 } } }, false },
    { { errors = { length = { ge = 1, ne = 2, one_of = { 3, 4 }, none_of = { 1 } } } }, true },
    { { errors = { length = { ge = 1, lt = 3 } } }, false },
    { { errors = { length = { ge = 4, lt = 9 } } }, false },
    { { none = { length = 0 } }, true },
    { { none = { length = { ge = 1 } } }, false },
    { { agent = { length = 2 } }, true },
    { { ["agent.name"] = { length = 4 } }, true }, -- bytes
    { { name = { length = 11 } }, true }, -- of the string, not of its spelling
    { { empty = { length = 0 } }, true },
    { { calls = { length = { ge = 0 } } }, false },
    { { active = { length = { ne = 9 } } }, false },
    { { missing = { length = { ne = 9 } } }, false },
    { { kept_null = { length = 0 } }, false },
    { { errors = { any = "Row 3: bad" } }, true },
    { { errors = { any = "Row 3" } }, false },
    { { errors = { any = { starts_with = "Row 7", ends_with = "worse" } } }, true },
    { { errors = { any = { starts_with = "Row 7", ends_with = "bad" } } }, false }, -- not of two elements
    { { errors = { any = { gt = 11 } } }, true },
    { { errors = { any = { length = 12 } } }, true },
    { { errors = { any = { length = 13 } } }, false },
    { { errors = { any = { exists = false } } }, false },
    { { none = { any = { ne = 1 } } }, false },
    { { name = { any = "Q4 Outreach" } }, false },
    { { agent = { any = { exists = true } } }, false },
    { { missing = { any = { ne = 1 } } }, false },
    { { errors = { any = { one_of = { 1, 12 } }, length = 3, exists = true } }, true },
  }
  for _, case in ipairs(cases) do
    it(("%s %s"):format(show(case[1]), case[2] and "holds" or "does not hold"), function()
      assert.equal(case[2], oracle.where(case[1])(row))
      local compiled = assert(core.query { where = case[1] })
      local page = assert(decoding.page('{"data":[' .. text .. "]}", compiled))
      assert.equal(case[2], page:next() ~= nil)
    end)
  end

  --- Whether the row matches. Asserts that the core and the oracle agree, in a page of one row and at the
  --- end of a page of rows with a known shape.
  local function matches(where, field)
    local json = "{" .. field .. "}"
    local compiled = assert(core.query { where = where })
    local page = assert(decoding.page('{"data":[' .. json .. "]}", compiled))
    local holds = page:next() ~= nil
    local many = '{"data":[' .. (json .. ","):rep(8) .. json .. "]}"
    for _ = 1, 2 do
      page = assert(decoding.page(many, compiled))
      for _ = 1, 9 do
        assert.same(holds and decoding.value(json) or nil, page:next())
      end
    end
    assert.equal(holds, oracle.where(where)(decoding.value(json)))
    return holds
  end

  it("holds for the listed types of values only, for each operator and each type of operand", function()
    local VALUES = {
      s = '"v":"ab"', n = '"v":1', f = '"v":1.5', d = '"v":"1"', b = '"v":"123456789012345678901234567890"',
      B = '"v":123456789012345678901234567890', t = '"v":true', x = '"v":false', e = '"v":""',
      a = '"v":["ab",1,true,null]', E = '"v":[]', o = '"v":{"v":1}', O = '"v":{}', z = '"v":null', m = '"w":1',
    }
    local CASES = {
      -- operator, operand, letters of the VALUES for which it holds
      { "eq", "ab", "s" }, { "eq", "", "e" }, { "eq", 1, "n" }, { "eq", 1.5, "f" }, { "eq", "1", "d" },
      { "eq", true, "t" }, { "eq", false, "x" }, { "eq", "123456789012345678901234567890", "bB" },
      { "eq", "true", "" }, { "eq", 0, "" },
      { "ne", "ab", "nfdbBtxeaEoOzm" }, { "ne", 1, "sfdbBtxeaEoOzm" }, { "ne", true, "snfdbBxeaEoOzm" },
      { "ne", false, "snfdbBteaEoOzm" }, { "ne", "zz", "snfdbBtxeaEoOzm" },
      { "lt", "b", "sdbBe" }, { "le", "ab", "sdbBe" }, { "gt", "1", "sbB" }, { "ge", "1", "sdbB" }, { "ge", "", "sdbBe" },
      { "lt", 2, "nf" }, { "le", 1, "n" }, { "gt", 1, "f" }, { "ge", 1, "nf" }, { "lt", 1, "" }, { "gt", 1.5, "" },
      { "one_of", { "ab", 1, false }, "snx" }, { "one_of", { "1", true }, "dt" }, { "one_of", { "" }, "e" },
      { "one_of", { 1.5, 2, 3 }, "f" }, { "one_of", { 3, 2, 1.5 }, "f" }, { "one_of", { 7 }, "" },
      { "starts_with", "", "sdbBe" }, { "starts_with", "a", "s" }, { "starts_with", "1", "dbB" },
      { "ends_with", "", "sdbBe" }, { "ends_with", "b", "s" }, { "ends_with", "0", "bB" },
      { "contains", "", "sdbBe" }, { "contains", "ab", "sa" }, { "contains", "a", "s" }, { "contains", 1, "a" },
      { "contains", true, "a" }, { "contains", false, "" }, { "contains", "1", "dbB" },
      { "exists", true, "snfdbBtxeaEoO" }, { "exists", false, "zm" },
      { "none_of", { "ab", 1, false }, "fdbBteaEoOzm" }, { "none_of", { 7 }, "snfdbBtxeaEoOzm" },
      { "length", 0, "eEO" }, { "length", { ge = 0 }, "sdbBeaEoO" }, { "length", { ne = 0 }, "sdbBao" },
      { "length", 1, "do" },
      { "length", { one_of = { 2, 4 } }, "sa" }, { "length", { lt = 1.5 }, "deEoO" }, { "length", -1, "" },
      { "any", "ab", "a" }, { "any", 1, "a" }, { "any", false, "" }, { "any", { ne = "ab" }, "a" },
      { "any", { exists = false }, "a" }, { "any", { none_of = { "ab", 1, true } }, "a" },
      { "any", { length = 2 }, "a" }, { "any", { length = 1 }, "" },
      { "any", { exists = true, ne = "ab", none_of = { 1 } }, "a" },
      { "any", { exists = false, ne = 5 }, "a" }, { "any", { exists = false, lt = 5 }, "" },
    }
    for _, case in ipairs(CASES) do
      for letter, field in pairs(VALUES) do
        local holds = matches({ v = { [case[1]] = case[2] } }, field)
        assert.equal(case[3]:find(letter, 1, true) ~= nil, holds, case[1] .. " " .. show(case[2]) .. " of " .. field)
      end
    end
  end)

  local wide = _VERSION >= "Lua 5.3" -- 64-bit integers; else doubles, exact to 2^53

  --- Checks every comparison between all values of `groups`, which are in ascending order and hold
  --- spellings of one value each.
  local function check_order(groups)
    for i, group in ipairs(groups) do
      for k, other in ipairs(groups) do
        for _, operand in ipairs(group) do
          for _, value in ipairs(other) do
            local expected = { eq = k == i, ne = k ~= i, lt = k < i, le = k <= i, gt = k > i, ge = k >= i }
            for operator, holds in pairs(expected) do
              local where = { v = { [operator] = decoding.value(operand) } }
              local page = decoding.page('{"data":[{"v":' .. value .. "}]}", core.query { where = where })
              local got = page:next() ~= nil
              assert.equal(holds, got, value .. " " .. operator .. " " .. operand)
              assert.equal(holds, oracle.where(where) { v = decoding.value(value) })
            end
          end
        end
      end
    end
  end

  it("orders numbers exactly, integers and fractions together, to both ends of their ranges", function()
    local narrow = {
      { "-1.7976931348623157e308" }, { "-9007199254740992", "-9007199254740992.0" }, { "-9007199254740991" }, { "-1.5" },
      { "-1", "-1.0" }, { "-0.5" }, { "-5e-324" }, { "0", "-0", "0.0", "-0e7" }, { "5e-324" }, { "0.1" }, { "0.5", "5e-1" },
      { "1", "1.0", "10e-1" }, { "1.0000000000000002" }, { "1.5" }, { "4503599627370495.5" },
      { "9007199254740991", "9007199254740991.0" }, { "9007199254740992", "9007199254740992.0" },
      { "1.7976931348623157e308" },
    }
    check_order(narrow)
    if not wide then
      return
    end
    check_order {
      { "-1e19" }, { "-9223372036854777856.0" }, { "-9223372036854775808", "-9223372036854775808.0" },
      { "-9223372036854775807" }, { "-9223372036854774784", "-9223372036854774784.0" }, { "-9007199254740993" },
      { "-9007199254740992", "-9007199254740992.0" }, { "9007199254740991.0" }, { "9007199254740992", "9007199254740992.0" },
      { "9007199254740993" }, { "9007199254740994", "9007199254740994.0" },
      { "9223372036854774784", "9223372036854774784.0" },
      { "9223372036854775806" }, { "9223372036854775807" }, { "9223372036854775808.0" }, { "1e19" },
    }
  end)

  it("orders strings by their bytes, escaped or not, and a prefix before a longer string", function()
    check_order {
      { '""' }, { '"\\u0000"' }, { '"\\u0000\\u0000"' }, { '"\\u0001"' }, { '" "' }, { '"10"', '"\\u00310"' },
      { '"9"' }, { '"A"' },
      { '"Z"' }, { '"_"', '"\\u005f"' }, { '"a"', '"\\u0061"' }, { '"a\\u0000"' }, { '"aa"', '"a\\u0061"' },
      { '"ab"' }, { '"b"' },
      { '"\\u007f"' }, { '"\195\169"', '"\\u00e9"' }, { '"\226\130\172"', '"\\u20ac"' }, { '"\239\191\191"', '"\\uffff"' },
      { '"\240\159\152\128"', '"\\ud83d\\ude00"' },
    }
  end)

  it("compares the string between its quotes only", function()
    local parts = {
      -- operator, operand, holds for {"w":"x","v":"Q4","x":1}
      { "starts_with", "", true }, { "starts_with", "Q", true }, { "starts_with", "Q4", true },
      { "starts_with", 'Q4"', false },
      { "starts_with", 'Q4","x', false }, { "starts_with", 'Q4","x":1}', false }, { "starts_with", '"Q4', false },
      { "ends_with", "", true }, { "ends_with", "4", true }, { "ends_with", "Q4", true }, { "ends_with", '"Q4', false },
      { "ends_with", '"v":"Q4', false }, { "ends_with", 'x","v":"Q4', false }, { "ends_with", 'Q4"', false },
      { "contains", "", true }, { "contains", "Q", true }, { "contains", "4", true }, { "contains", "Q4", true },
      { "contains", 'Q4"', false }, { "contains", '"', false }, { "contains", '4","x', false }, { "contains", "x", false },
      { "eq", "Q4", true }, { "eq", "Q", false }, { "eq", 'Q4"', false }, { "eq", 'Q4","x":1', false },
      { "one_of", { "Q", 'Q4"', "4" }, false }, { "one_of", { "Q", "Q4" }, true },
    }
    for _, case in ipairs(parts) do
      for _, value in ipairs { '"Q4"', '"\\u00514"', '"Q\\u0034"' } do
        local where = { v = { [case[1]] = case[2] } }
        local about = case[1] .. " " .. tostring(case[2])
        assert.equal(case[3], matches(where, '"w":"x","v":' .. value .. ',"x":1'), about)
        assert.equal(case[3], matches(where, '"v":' .. value), about)
      end
    end
  end)

  it("finds a part of a string at every position, and no partial match", function()
    for place = 0, 20 do
      local value = ("a"):rep(place) .. "ab" .. ("b"):rep(20 - place)
      assert.is_true(matches({ v = { contains = "ab" } }, '"v":"' .. value .. '"'))
      assert.is_true(matches({ v = { contains = value:sub(place, place + 3) } }, '"v":"' .. value .. '"'))
      assert.is_true(matches({ v = { contains = value } }, '"v":"' .. value .. '"'))
      assert.is_false(matches({ v = { contains = value .. "b" } }, '"v":"' .. value .. '"'))
      assert.is_false(matches({ v = { contains = "ba" } }, '"v":"' .. value .. '"'))
      assert.is_false(matches({ v = { contains = "ab" } }, '"v":"' .. ("a"):rep(place) .. '"'))
    end
    assert.is_true(matches({ v = { contains = "aab" } }, '"v":"aaab"'))
  end)

  it("finds an element of an array at every position", function()
    local elements = { '"x"', "1", "true", "null", "[1]", '{"y":"z"}', '"\\u0079"', "2.5", '""' }
    local first = 1
    for _ = 1, #elements do
      for _, format in ipairs { "[%s]", "[ %s ]" } do
        local array = format:format(table.concat(elements, format == "[%s]" and "," or " ,\n "))
        for _, wanted in ipairs { "x", 1, true, "y", 2.5, "" } do
          assert.is_true(matches({ v = { contains = wanted } }, '"v":' .. array), tostring(wanted))
        end
        for _, none in ipairs { "z", 2, false, "1", "null", "[1]", "xy" } do
          assert.is_false(matches({ v = { contains = none } }, '"v":' .. array), tostring(none))
        end
      end
      table.insert(elements, table.remove(elements, first))
    end
  end)

  it("requires all its conditions, on one field and on several, in any order", function()
    for a = 0, 2 do
      for b = 0, 2 do
        for c = 0, 2 do
          local where = { a = { gt = 0, lt = 2 }, b = 1, ["o.c"] = { one_of = { 1, 9 } } }
          local field = ('"b":%d,"o":{"c":%d},"a":%d'):format(b, c, a)
          assert.equal(a == 1 and b == 1 and c == 1, matches(where, field))
        end
      end
    end
  end)

  it("counts elements and fields with any white space and escapes, and not those inside them", function()
    local spaced = '[ "a,b" , [ 1 , 2 ] , { "x" : [ 3 , 4 ] , "y" : "}" } ,\n null ]'
    assert.is_true(matches({ v = { length = 4 } }, '"v":' .. spaced))
    assert.is_true(matches({ v = { any = { length = 2 } } }, '"v":' .. spaced))
    local object = '{ "a,\\"" : { "b" : 1 , "c" : 2 } , "d\\u0022" : [ 1 , 2 , 3 ] ,\n"e":"{" }'
    assert.is_true(matches({ v = { length = 3 } }, '"v":' .. object))
    assert.is_true(matches({ v = { length = { ge = 3 } }, ["v.a"] = { exists = false } }, '"v":' .. object))
    local two = core.query { where = { v = { length = 2 } } }
    assert.is_truthy(decoding.page('{"data":[{"v":{"a":null,"b":null}}]}', two):next()) -- a null counts
    assert.is_truthy(decoding.page('{"data":[{"v":{"a":1,"a":2}}]}', two):next()) -- a repeated name counts
  end)

  it("tests each element of an array separately, also a nested array", function()
    local elements = { '"ab"', "5", "null", "true", '["x","y"]', '{"z":1}', '"abc"' }
    for _ = 1, #elements do
      local field = '"v":[' .. table.concat(elements, " , ") .. "]"
      for _, inner in ipairs {
        "ab", 5, true, { starts_with = "ab", length = 3 }, { contains = "y" }, { exists = false }, { ge = 5 },
        { length = 1 }, { lt = "abb" },
      } do
        assert.is_true(matches({ v = { any = inner } }, field), show(inner))
      end
      for _, inner in ipairs { "x", 1, false, { starts_with = "ab", length = 4 }, { gt = 5 }, { ends_with = "bcd" } } do
        assert.is_false(matches({ v = { any = inner } }, field), show(inner))
      end
      table.insert(elements, table.remove(elements, 1))
    end
  end)

  it("treats the client's null value as null", function()
    assert.is_false(oracle.where({ agent = { exists = true } }, row.agent)(row))
  end)

  local SCALAR, ORDERED = "a string, a number or a boolean", "a string or a number"
  local LIST = "a list of strings, numbers or booleans"
  local KNOWN = "any, contains, ends_with, eq, exists, ge, gt, le, length, lt, ne, none_of, one_of, starts_with"
  local OF_ELEMENTS = KNOWN:gsub("^any, ", "")
  local OF_LENGTHS = "eq, ge, gt, le, lt, ne, none_of, one_of"
  local malformed = {
    { { [""] = 1 }, "where: '' is not a path like 'agent.name'" },
    { { ["a."] = 1 }, "where: 'a.' is not a path like 'agent.name'" },
    { { [".a"] = 1 }, "where: '.a' is not a path like 'agent.name'" },
    { { ["a..b"] = 1 }, "where: 'a..b' is not a path like 'agent.name'" },
    { { 5 }, "where: 1 is not a path like 'agent.name'" },
    { { [true] = 5 }, "where: true is not a path like 'agent.name'" },
    { { [{}] = 5 }, "where: a table is not a path like 'agent.name'" },
    { "x", "where must be a table of conditions, got 'x'" },
    { false, "where must be a table of conditions, got false" },
    { { a = {} }, "where 'a': no operator given" },
    { { a = { like = "x" } }, "where 'a': unknown operator 'like'; known: " .. KNOWN },
    { { ["a.b"] = { "x", "y" } }, "where 'a.b': unknown operator 1; known: " .. KNOWN },
    { { a = { ["eq\0x"] = 1 } }, "where 'a': unknown operator 'eq?x'; known: " .. KNOWN },
    { { a = { eq = {} } }, "where 'a': eq must be " .. SCALAR .. ", got a table" },
    { { a = print }, "where 'a': eq must be " .. SCALAR .. ", got a function" },
    { { a = core.null }, "where 'a': eq must be " .. SCALAR .. ", got a userdata" },
    { { a = 0 / 0 }, "where 'a': eq: nan cannot be compared" },
    { { a = { lt = 0 / 0 } }, "where 'a': lt: nan cannot be compared" },
    { { a = { one_of = { 1, 0 / 0 } } }, "where 'a': one_of: nan cannot be compared" },
    { { a = { length = 0 / 0 } }, "where 'a': length: eq: nan cannot be compared" },
    { { a = { lt = true } }, "where 'a': lt must be " .. ORDERED .. ", got true" },
    { { a = { ge = false } }, "where 'a': ge must be " .. ORDERED .. ", got false" },
    { { a = { one_of = "x" } }, "where 'a': one_of must be " .. LIST .. ", got 'x'" },
    { { a = { one_of = {} } }, "where 'a': one_of must be " .. LIST .. ", got an empty list" },
    { { a = { one_of = { {} } } }, "where 'a': one_of must be " .. LIST .. ", got a table as element 1" },
    { { a = { one_of = { 1, {}, 3 } } }, "where 'a': one_of must be " .. LIST .. ", got a table as element 2" },
    { { a = { one_of = { x = 1 } } }, "where 'a': one_of must be " .. LIST .. ", got a table" },
    { { a = { one_of = { 1, x = 1 } } }, "where 'a': one_of must be " .. LIST .. ", got a table" },
    { { a = { none_of = 7 } }, "where 'a': none_of must be " .. LIST .. ", got 7" },
    { { a = { none_of = { 1, print } } }, "where 'a': none_of must be " .. LIST .. ", got a function as element 2" },
    { { a = { starts_with = 1 } }, "where 'a': starts_with must be a string, got 1" },
    { { a = { ends_with = -0.5 } }, "where 'a': ends_with must be a string, got -0.5" },
    { { a = { contains = {} } }, "where 'a': contains must be " .. SCALAR .. ", got a table" },
    { { a = { exists = "yes" } }, "where 'a': exists must be a boolean, got 'yes'" },
    { { a = { length = "1" } }, "where 'a': length must be a number or a table of operators, got '1'" },
    { { a = { length = true } }, "where 'a': length must be a number or a table of operators, got true" },
    { { a = { length = {} } }, "where 'a': length: no operator given" },
    { { a = { length = { ge = "1" } } }, "where 'a': length: ge must be a number, got '1'" },
    { { a = { length = { one_of = { 1, "2" } } } },
      "where 'a': length: one_of must be a list of numbers, got '2' as element 2" },
    { { a = { length = { contains = 1 } } }, "where 'a': length: unknown operator 'contains'; known: " .. OF_LENGTHS },
    { { a = { any = {} } }, "where 'a': any: no operator given" },
    { { a = { any = print } }, "where 'a': any: eq must be " .. SCALAR .. ", got a function" },
    { { a = { any = { lt = true } } }, "where 'a': any: lt must be " .. ORDERED .. ", got true" },
    { { a = { any = { any = 1 } } }, "where 'a': any: unknown operator 'any'; known: " .. OF_ELEMENTS },
    { { a = { any = { length = { lt = "1" } } } }, "where 'a': any: length: lt must be a number, got '1'" },
    {
      { [("p"):rep(41)] = { eq = ("\n"):rep(41) .. "x", ["?"] = 1 } },
      "where '" .. ("p"):rep(40) .. "...': unknown operator '?'; known: " .. KNOWN,
    },
    { { a = { exists = ("\n"):rep(41) } }, "where 'a': exists must be a boolean, got '" .. ("?"):rep(40) .. "...'" },
    { { a = { exists = ("x"):rep(40) } }, "where 'a': exists must be a boolean, got '" .. ("x"):rep(40) .. "'" },
  }
  for _, case in ipairs(malformed) do
    it("is malformed: " .. case[2], function()
      local compiled, message, kind = core.query { where = case[1] }
      assert.is_nil(compiled)
      assert.equal("config", kind)
      assert.equal(case[2], message)
      local before = { b = { any = 1 }, c = { length = 1 } } -- valid, so that the message is the same
      local chained, same = core.query { where = before, chain = { { where = case[1] } } }
      assert.is_nil(chained)
      assert.equal(message, same)
    end)
  end
end)

describe("core.query", function()
  local function rows_of(data, options)
    local page = assert(decoding.page('{"data":[' .. data .. "]}", assert(core.query(options))))
    local rows = {}
    for each in page.next, page do
      rows[#rows + 1] = each
    end
    return rows, page
  end

  it("applies to any number of pages, and finds rows between others", function()
    local compiled = core.query { where = { n = { ge = 2 } } }
    for _ = 1, 3 do
      local page = decoding.page('{"data":[{"n":1},{"n":2},{"x":[{"n":9}]},{"n":3}],"page":0}', compiled)
      assert.equal(4, page:info().count)
      assert.same({ n = 2 }, page:next())
      assert.equal('{"n":3}', page:next_json())
      assert.is_nil(page:next())
      assert.is_nil(page:next_json())
    end
  end)

  it("returns all fields of a row without select, also fields that where does not name", function()
    assert.same({ { a = 1, b = { c = 2 } } }, rows_of('{"a":1,"b":{"c":2}},{"a":2}', { where = { a = 1 } }))
    assert.same({ { b = { c = 2 } } }, rows_of('{"a":1,"b":{"c":2}},{"a":2}', {
      where = { a = 1 },
      select = { "b.c" },
    }))
  end)

  it("takes the last of two fields with one name, at any level", function()
    assert.equal(1, #rows_of('{"a":1,"a":2}', { where = { a = 2 } }))
    assert.equal(0, #rows_of('{"a":1,"a":2}', { where = { a = 1 } }))
    assert.equal(0, #rows_of('{"a":{"b":1},"a":{}}', { where = { ["a.b"] = 1 } }))
    assert.equal(0, #rows_of('{"a":{"b":1},"a":"x"}', { where = { ["a.b"] = 1 } }))
    assert.same({ {} }, rows_of('{"a":{"b":1},"a":"x"}', { select = { "a.b" } }))
  end)

  it("takes the last of two fields with one name at any depth of a path in where", function()
    local path, inner = "a", '{"a":1}'
    for _ = 2, 6 do
      path, inner = path .. ".a", '{"a":' .. inner .. "}"
      for _, last in ipairs { "{}", "5", '"x"', "null", "[]", "[1]", '{"a":{}}', '{"a":5}', '{"b":1}' } do
        local value = inner:match "^{(.*)}$" -- "a":... including the field of the path
        local texts = "{" .. value .. ',"a":' .. last .. "}"
        assert.equal(0, #rows_of(texts, { where = { [path] = 1 } }), texts)
        assert.equal(1, #rows_of(texts, { where = { [path] = { ne = 1 } } }), texts)
        assert.equal(1, #rows_of("{" .. '"a":' .. last .. "," .. value .. "}", { where = { [path] = 1 } }))
        assert.equal(1, #rows_of("{" .. value .. "}," .. texts, { where = { [path] = 1 } }))
      end
    end
    for _, last in ipairs { "{}", "5", '{"b":{}}', '{"b":{"c":2}}', '{"b":5}' } do
      assert.equal(0, #rows_of('{"a":{"b":{"c":1}},"a":' .. last .. "}", { where = { ["a.b.c"] = 1 } }))
    end
    assert.equal(1, #rows_of('{"a":{"b":{"c":1}},"a":{"b":{"c":1}}}', { where = { ["a.b.c"] = 1 } }))
  end)

  it("does not match a name that has a dot with a path", function()
    assert.equal(0, #rows_of('{"a.b":1}', { where = { ["a.b"] = 1 } }))
    assert.equal(0, #rows_of('{"a.b":{"b":1}}', { where = { ["a.b"] = 1 } }))
    assert.equal(1, #rows_of('{"a.b":2,"a":{"b":1}}', { where = { ["a.b"] = 1 } }))
    assert.same({ { a = { b = 2 } } }, rows_of('{"a.b":{"b":1},"a":{"b":2}}', { select = { "a.b" } }))
  end)

  it("does not select a field that only where names, nor its fields", function()
    local where = { ["o.c"] = 1, ["o.d.e"] = 1, a = 1 }
    local rows, page = rows_of('{"o":{"c":1,"d":{"e":1}},"a":1,"b":2}', { where = where, select = { "b" } })
    assert.same({ { b = 2 } }, rows)
    assert.equal(1, page:info().count)
    rows = rows_of('{"o":{"c":1,"d":{"e":1,"f":2}},"a":1}', { where = where, select = { "o.d.f" } })
    assert.same({ { o = { d = { f = 2 } } } }, rows)
    page = decoding.page('{"data":[{"o":{"c":1,"d":{"e":1}},"a":1,"b":2}]}', core.query { where = where, select = { "b" } })
    assert.equal('{"b":2}', page:next_json())
  end)

  it("distinguishes names that begin or end alike, of every length", function()
    for length = 1, 24 do
      local name = ("abcdefghijklmnopqrstuvwx"):sub(1, length)
      for place = 1, length do
        local other = name:sub(1, place - 1) .. "_" .. name:sub(place + 1)
        assert.equal(0, #rows_of('{"' .. other .. '":1}', { where = { [name] = 1 } }))
        assert.same({ { [name] = 1 } }, rows_of(('{"%s":2,"%s":1}'):format(other, name), { select = { name } }))
      end
      for _, other in ipairs { name .. "y", name:sub(1, -2), "" } do
        assert.equal(0, #rows_of('{"' .. other .. '":1}', { where = { [name] = 1 } }))
      end
      assert.equal(1, #rows_of('{"' .. name .. '":1}', { where = { [name] = 1 } }))
    end
  end)

  it("matches a name with any escapes", function()
    assert.equal(1, #rows_of('{"n\\u0061me":"x"}', { where = { name = "x" } }))
    assert.same({ { name = "x" } }, rows_of('{"n\\u0061me":"x","y":1}', { select = { "name" } }))
  end)

  it("compares integers exactly, with fractions and beyond 2^53", function()
    local big = decoding.value "9007199254740993"
    assert.equal(1, #rows_of('{"n":9007199254740993},{"n":9007199254740992}', { where = { n = big } }))
    assert.equal(1, #rows_of('{"n":9007199254740992}', { where = { n = 2 ^ 53 } }))
    assert.equal(1, #rows_of('{"n":5.0},{"n":5.1}', { where = { n = 5 } }))
    assert.equal(1, #rows_of('{"n":-3},{"n":-2}', { where = { n = { lt = -2.5 } } }))
    assert.equal(2, #rows_of('{"n":-0},{"n":0.0},{"n":1}', { where = { n = 0 } }))
    assert.equal(1, #rows_of('{"n":123456789012345678901234567890}', {
      where = { n = "123456789012345678901234567890" },
    }))
    assert.equal(1, #rows_of('{"n":1e400}', { where = { n = "1e400" } }))
  end)

  it("compares and shows fractions in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local rows = rows_of('{"n":2.5},{"n":2}', { where = { n = { gt = 2.25 } } })
    local _, message = core.query { where = { n = { ends_with = -2.25 } } }
    os.setlocale(before, "numeric")
    assert.equal(1, #rows)
    assert.equal("where 'n': ends_with must be a string, got -2.25", message)
  end)

  it("refuses an invalid page, also in fields and rows that it does not need", function()
    local compiled = core.query { where = { a = 1 }, select = { "a" } }
    for _, bad in ipairs { '{"a":2},{"a":}', '{"a":2,}', '{"b":[1,]}', '{"a":"\1"}', '{"a":01}', '{"a" 1}' } do
      local page, _, kind = decoding.page('{"data":[' .. bad .. "]}", compiled)
      assert.is_nil(page)
      assert.equal("decode", kind)
    end
    assert.equal("protocol", select(3, decoding.page('{"data":[1]}', compiled)))
    local deep = '{"data":[{"a":{"b":{"c":1}}}]}'
    compiled = core.query { where = { ["a.b.c"] = 1 } }
    assert.is_truthy(decoding.page(deep, compiled, { max_depth = 5 }))
    assert.is_nil((decoding.page(deep, compiled, { max_depth = 4 })))
  end)

  it("raises for a value that is not a query", function()
    assert.has_error(function() decoding.page('{"data":[]}', {}) end)
    assert.has_error(function() core.query() end)
    assert.matches("^sigmamind.query", tostring(core.query {}))
  end)
end)

describe("core.query, select", function()
  local function selected(paths)
    local options = { null = core.null }
    local page = assert(decoding.page('{"data":[' .. text .. "]}", core.query { select = paths }, options))
    local in_lua, in_core = oracle.select(paths, {})(row), page:next()
    assert.same(in_lua, in_core)
    page = assert(decoding.page('{"data":[' .. text .. "]}", core.query { select = paths }))
    assert.same(in_lua, decoding.value(page:next_json(), options))
    return in_core
  end

  it("keeps scalars, sub-objects and arrays whole", function()
    assert.same({ name = "Q4 Outreach", off = false }, selected { "name", "off" })
    assert.same({ agent = row.agent, errors = row.errors }, selected { "agent", "errors" })
  end)

  it("does not treat an array as an object, whatever its metatable", function()
    local body = '{"data":[{"o":[],"t":["x"],"n":1}]}'
    for _, index in ipairs { table, function(_, key) error("no element " .. tostring(key)) end } do
      local options = { array_mt = { __index = index } }
      local decoded = decoding.page(body, nil, options):next()
      local paths = { "o.concat", "t.b", "n" }
      assert.same({ n = 1 }, decoding.page(body, core.query { select = paths }, options):next())
      assert.same({ n = 1 }, oracle.select(paths, options)(decoded))
      assert.is_true(oracle.where({ t = { contains = "x" } })(decoded))
      assert.is_false(oracle.where({ o = { contains = "x" } })(decoded))
    end
  end)

  it("keeps the nesting", function()
    assert.same({ agent = { name = "Zoë" } }, selected { "agent.name" })
    assert.same({ agent = { name = "Zoë", deep = { er = 1 } } }, selected { "agent.name", "agent.deep.er" })
  end)

  it("keeps the whole object when a part is named, too, in either order", function()
    assert.same({ agent = row.agent }, selected { "agent", "agent.name" })
    assert.same({ agent = row.agent }, selected { "agent.name", "agent" })
  end)

  it("omits an absent field, and keeps its object", function()
    assert.same({}, selected { "missing" })
    assert.same({ agent = {} }, selected { "agent.missing" })
    assert.same({}, selected { "name.x", "calls.y" })
  end)

  local function select_refused(paths)
    return select(2, core.query { select = paths })
  end

  for _, case in ipairs { { 5 }, { "" }, { "a..b" }, { {} } } do
    it("is malformed with " .. tostring(case[1]), function()
      local refused, message, kind = core.query { select = case }
      assert.is_nil(refused)
      assert.matches("^select: .* is not a path like 'agent.name'$", message)
      assert.equal("config", kind)
    end)
  end

  it("is malformed when it is not a list of paths", function()
    for got, select in pairs { ["an empty list"] = {}, ["'name'"] = "name", ["false"] = false } do
      assert.equal("select must be a list of paths, got " .. got, (select_refused(select)))
    end
    assert.equal("select must be a list of paths, got a table", (select_refused { "a", b = "c" }))
  end)
end)

describe("core.query, a chain", function()
  local function read(data, options)
    local page, rows = assert(decoding.page('{"data":[' .. data .. "]}", assert(core.query(options)))), {}
    for each in page.next, page do
      rows[#rows + 1] = type(each) == "table" and (each.n or each) or each
    end
    return rows
  end

  local NUMBERS = '{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},{"n":6}'

  it("requires all conditions, also those with the same path and operator", function()
    local chain = { { where = { n = { ge = 3 } } }, { where = { n = { ge = 2, ne = 4 } } }, { where = { n = { ne = 5 } } } }
    assert.same({ 3, 6 }, read(NUMBERS, { where = { n = { ge = 1 } }, chain = chain }))
    assert.same({}, read(NUMBERS, { where = { n = 1 }, chain = { { where = { n = 2 } } } }))
  end)

  it("selects from the fields selected before, and tests where on the whole row", function()
    local data = '{"n":{"a":1,"b":2},"o":{"a":{"c":3,"d":4}},"p":5}'
    local function selected(first, second)
      return read(data, { select = first, chain = { { select = second }, { where = { p = 5 } } } })[1]
    end
    assert.same({ a = 1 }, selected({ "n.a", "p" }, { "n" }))
    assert.same({ a = 1 }, selected({ "n", "p" }, { "n.a", "o" }))
    assert.same({ o = { a = { d = 4 } } }, selected({ "o.a", "p" }, { "o.a.d", "n" }))
    assert.same({}, selected({ "p" }, { "n" }))
    assert.same({ o = {} }, selected({ "o.a.c" }, { "o.b" }))
    assert.same({ o = { a = {} } }, selected({ "o.a.c" }, { "o.a.d" }))
    assert.same({ o = { a = { c = 3 } } }, selected({ "o.a.c", "o" }, { "o.a.c", "n.a" }))
    local query = core.query { select = { "o" }, chain = { { select = { "o.a.d" } } } }
    local page = decoding.page('{"data":[' .. data .. "]}", query)
    assert.equal('{"o":{"a":{"d":4}}}', page:next_json())
  end)

  it("returns minus the stage number for a row that a stage drops, and skips rows dropped by stage 0", function()
    local chain = { { where = { n = { ne = 3 } } }, { where = { n = { lt = 6 } }, stage = 1 } }
    chain[3], chain[4] = { select = { "n" } }, { where = { n = { lt = 5 } }, stage = 2 }
    local options = { where = { n = { ge = 2 } }, chain = chain, key = "n" }
    assert.same({ 2, 4, -2, -1 }, read(NUMBERS, options))
    local page = decoding.page('{"data":[' .. NUMBERS .. "]}", core.query(options))
    assert.equal('{"n":2}', page:next_json(0))
    assert.equal('{"n":4}', page:next_json(1))
    assert.equal(-2, page:next_json(2))
    assert.equal(-2, page:next(2)) -- the same call
    assert.equal(5, (page:position()))
    assert.equal(-1, page:next(3))
    assert.is_nil(page:next(4))
  end)

  it("marks rows that a stage drops as seen", function()
    local seen, query = core.seen(), core.query { key = "n", chain = { { where = { n = 1 }, stage = 1 } } }
    local first = decoding.page('{"data":[{"n":1},{"n":2}]}', query, nil, seen)
    assert.same({ n = 1 }, first:next())
    assert.equal(-1, first:next())
    local second = decoding.page('{"data":[{"n":2},{"n":1},{"n":3}]}', query, nil, seen)
    assert.equal(-1, second:next())
    assert.is_nil(second:next())
    assert.equal(2, second:info().duplicates)
  end)

  it("raises for an unknown option or an unknown field of a step", function()
    assert.error_matches(function() core.query { wehre = { n = 1 } } end, "unknown option 'wehre'")
    assert.error_matches(function() core.query { { n = 1 } } end, "unknown option number")
    assert.error_matches(function() core.query { ["where\0x"] = { n = 1 } } end, "unknown option 'where'", 1, true)
    assert.error_matches(function() core.query { chain = { { key = "n" } } } end, "unknown field of a step 'key'")
  end)

  it("raises for invalid steps, or steps out of order", function()
    local where = { n = 1 }
    assert.error_matches(function() core.query { chain = 1 } end, "chain must be a list")
    assert.error_matches(function() core.query { chain = { 1 } } end, "a step of the chain must be a table")
    local mixed = { { where = where, stage = 1 }, { where = where, stage = 0 } }
    assert.error_matches(function() core.query { chain = mixed } end, "of an earlier stage")
  end)
end)

describe("page:paths", function()
  local function paths(data, options)
    return decoding.page('{"data":[' .. data .. "]}", assert(core.query(options))):paths()
  end

  it("returns false for a path that no row has, and 'null' for one without a compared value", function()
    local options = { where = { a = { exists = false } }, select = { "b.c", "d" }, key = "k" }
    assert.same({ a = false, ["b.c"] = false, d = false }, paths("{}", options))
    assert.same({ a = "null", ["b.c"] = "null", d = "null" }, paths('{"a":null,"b":{"c":null}},{"d":null}', options))
    assert.same({ a = false, ["b.c"] = false, d = "null" }, paths('{"b":5,"d":[]},{"b":[{"c":1}]}', options))
    assert.is_nil(paths("", options))
    assert.is_nil(decoding.page('{"data":[{}]}'):paths())
  end)

  it("counts a path as present when a field on it is null, also in rows of a known shape", function()
    local options = { where = { ["b.c.d"] = 1, ["e.f"] = 1 }, select = { "b.x", "n", "m" } }
    local had = { ["b.c.d"] = "null", ["e.f"] = false, ["b.x"] = "null", n = "null", m = false }
    assert.same(had, paths('{"n":1},{"b":null}', options))
    local compiled = core.query(options)
    for i = 1, 3 do
      local value = i < 3 and "0" or "null"
      local rows = ('{"b":0,"n":1},'):rep(30) .. '{"b":' .. value .. ',"n":1}'
      local got = decoding.page('{"data":[' .. rows .. "]}", compiled):paths()
      assert.equal(i == 3 and "null" or false, got["b.x"])
      assert.equal(i == 3 and "null" or false, got["b.c.d"])
    end
  end)

  it("describes the last data, when the wrapper has two", function()
    local page = decoding.page('{"data":[{"a":1}],"data":[{"b":1}]}', core.query { select = { "a", "b" } })
    assert.same({ a = false, b = "null" }, page:paths())
  end)

  it("includes rows that where drops, also in rows of a known shape", function()
    local options = { where = { n = 1, ["o.p.q"] = { ne = 7 } }, select = { "o", "s.t", "u" } }
    options.chain = { { select = { "u" } } }
    local rows = '{"n":2,"o":{"p":{"q":1}},"s":{"t":null},"v":1}'
    local compiled = core.query(options)
    for _ = 1, 3 do
      local page = decoding.page('{"data":[' .. (rows .. ","):rep(20) .. rows .. "]}", compiled)
      assert.same({ n = true, ["o.p.q"] = true, o = "null", ["s.t"] = "null", u = false }, page:paths())
    end
    local page = decoding.page('{"data":[' .. (rows .. ","):rep(20) .. '{"u":1}]}', compiled)
    assert.equal("null", page:paths().u)
    assert.is_false(decoding.page('{"data":[{"n":2}]}', compiled):paths().o)
  end)

  it("returns the type of all compared values, when no operand has that type", function()
    local function note(values, wanted)
      local rows = {}
      for i, value in ipairs(values) do
        rows[i] = '{"v":' .. value .. "}"
      end
      return paths(table.concat(rows, ","), { where = { v = wanted } }).v
    end
    assert.equal("number", note({ "1", "2.5", "null" }, "1"))
    assert.equal("string", note({ '"1"', '"x"' }, { ge = 1 }))
    assert.equal("boolean", note({ "true", "false" }, "true"))
    assert.equal("number", note({ "1" }, { one_of = { "1", "2" } }))
    assert.equal("number", note({ "1" }, { none_of = { "1" } }))
    assert.equal("number", note({ "1" }, { starts_with = "1" }))
    assert.is_true(note({ "1" }, { one_of = { "1", 2 } }))
    assert.is_true(note({ "1", '"x"' }, "1"))
    assert.is_true(note({ "1", "true" }, "1"))
    assert.is_true(note({ "1", "[]" }, "1"))
    assert.is_true(note({ "123456789012345678901234567890" }, "1")) -- decoded as a string
    assert.equal("number", note({ "1" }, { eq = "1", exists = true }))
    assert.equal("number", paths('{"v":1,"w":0},{"w":0}', { where = { w = 1, x = 1, v = "1" } }).v) -- w and x drop all rows
    assert.equal("null", note({ "1" }, { exists = true }))
    assert.equal("number", note({ "1" }, { ne = "1", length = { ne = 1 } }))
    assert.equal("string", note({ '"1"' }, { eq = "1", ge = 1 })) -- ge excludes it
    assert.equal("array", note({ "[]", "null", '["1"]' }, "1"))
    assert.equal("object", note({ '{"s":"1"}', "{}" }, { contains = "1" }))
    assert.equal("number", note({ "1" }, { length = { ge = 1 } }))
    assert.equal("object", note({ "{}" }, { any = "1" }))
    assert.equal("string", note({ '"1"' }, { any = "1" }))
    for _, value in ipairs { '"1"', "[]", "{}" } do
      assert.is_true(note({ value }, { length = 0 }))
    end
    assert.is_true(note({ "[]" }, { any = 1, contains = 1, length = 0 }))
  end)

  it("returns the type of all elements, when any or contains can never match it", function()
    local function elements(values, wanted)
      return select(2, paths('{"v":' .. table.concat(values, '},{"v":') .. "}", { where = { v = wanted } })).v
    end
    assert.equal("string", elements({ '["1"]', "[]", '["x",null]' }, { any = 1 }))
    assert.equal("string", elements({ '["1"]' }, { any = "1", contains = 1 }))
    assert.equal("number", elements({ "[1,2]", "3" }, { contains = "1" }))
    assert.equal("number", elements({ "[1,2]" }, { any = { length = 1 } }))
    assert.equal("array", elements({ "[[],[1]]" }, { any = { eq = 1 } }))
    assert.equal("object", elements({ "[{}]" }, { any = { one_of = { 1, "x" } } }))
    assert.is_true(elements({ "[1,2]", '["x"]' }, { any = "1" }))
    assert.is_true(elements({ "[1]" }, { any = { ge = 1 } }))
    assert.equal("null", elements({ "[]", "null", "1", '"x"' }, { any = "1" }))
    assert.equal("null", elements({ "[1]" }, "1"))
    assert.equal("null", elements({ "[1]" }, { any = { exists = true } }))
  end)

  it("returns at most 64 paths", function()
    local select, fields = {}, {}
    for i = 1, 70 do
      select[i], fields[i] = "a" .. i, ('"a%d":1'):format(i)
    end
    local known, count = paths("{" .. table.concat(fields, ",", 1, 63) .. "}", { select = select }), 0
    for _ in pairs(known) do
      count = count + 1
    end
    assert.equal(64, count)
    assert.equal("null", known.a63)
    assert.is_false(known.a64)
  end)

  it("has a whole sample row, to find near names, until the page is closed", function()
    local query = core.query { where = { n = 2 }, select = { "n" } }
    local page = decoding.page('{"data":[{"n":1,"m":{"o":1}},{"n":2}]}', query)
    assert.same({ n = 1, m = { o = 1 } }, page:sample())
    assert.same({ n = 2 }, page:next())
    assert.same({ n = 1, m = { o = 1 } }, page:sample())
    assert.is_nil(page:next())
    assert.same({ n = 1, m = { o = 1 } }, page:sample())
    assert.is_nil(decoding.page('{"data":[]}', query):sample())
    page = decoding.page('{"data":[{"n":1}]}', query)
    page:close()
    assert.is_nil(page:sample())
  end)
end)

describe("core.query, the object", function()
  local function returned(...)
    return { n = select("#", ...), ... }
  end

  it("is complete or refused when a finalizer changes its where meanwhile", function()
    local pause, multiplier = set_collector(1, 10000)
    for round = 1, 300 do
      local where = { a = 1, b = { one_of = { 1 } } }
      collectable(function()
        where.a, where.b, where.c = 2, nil, { lt = 1, gt = 2, ne = 3 }
      end)
      local junk = {}
      for i = 1, round % 60 do
        junk[i] = {}
      end
      pcall(core.query, setmetatable({ where = where }, junk))
    end
    set_collector(pause, multiplier)
  end)

  it("is refused when a finalizer changed where or select while they were read", function()
    local pause, multiplier = set_collector(1, 1000000)
    finally(function()
      set_collector(pause, multiplier)
      collectgarbage "restart"
    end)
    local long = ("a."):rep(400) .. "a" -- allocates between the count and the read of the tables
    local cases = {
      operand = function()
        local list = {}
        for i = 1, 500 do
          list[i] = i
        end
        return { where = { [long] = { one_of = list } } }, function()
          for i = #list + 1, #list + 500 do
            list[i] = i
          end
        end
      end,
      condition = function()
        local operators = { eq = 1 }
        return { where = { [long] = operators } }, function()
          operators.eq, operators.any = nil, { length = { eq = 1 } } -- three conditions, one operand
        end
      end,
      ["path of where"] = function()
        local where = { [long] = 1 }
        return { where = where }, function()
          where[("b."):rep(400) .. "b"] = 1
        end
      end,
      ["path of select"] = function()
        local select_ = { long }
        return { select = select_ }, function()
          for i = 1, 9 do
            select_[i + 1] = ("b."):rep(400) .. i
          end
        end
      end,
    }
    for name, make in pairs(cases) do
      local changed = 0
      for round = 1, 300 do
        collectgarbage "stop"
        local options, change = make()
        collectable(change)
        local junk = {}
        for i = 1, round % 60 do
          junk[i] = {}
        end
        setmetatable(options, junk)
        collectgarbage "restart"
        local compiled, message, kind = core.query(options)
        if not compiled then
          assert.equal("where or select was changed while it was read", message)
          assert.equal("config", kind)
          changed = changed + 1
          if changed == 3 then
            break
          end
        end
      end
      assert.is_true(changed > 0, "no " .. name .. " was added between the two")
    end
  end)

  it("has paths of at most 500 names, the maximum depth of a row", function()
    local longest, longer = ("a."):rep(499) .. "a", ("a."):rep(500) .. "a"
    assert.is_truthy(core.query { where = { [longest] = { ne = 1 } }, select = { longest } })
    local refused, message = core.query { where = { [longer] = { ne = 1 } } }
    assert.is_nil(refused)
    assert.matches("is not a path", message)
    assert.matches("is not a path", select(2, core.query { select = { longer } }))
  end)

  it("selects from the last of a repeated name, also as JSON", function()
    local selected = assert(core.query { select = { "o.b", "p" } })
    local twice = '{"data":[{"o":{"b":1},"p":1,"o":5}]}'
    assert.same({ p = 1 }, decoding.page(twice, selected):next())
    assert.equal('{"p":1}', decoding.page(twice, selected):next_json())
    local last = '{"data":[{"p":1,"o":5,"o":{"b":1,"c":2,"b":3},"p":2}]}'
    assert.same({ o = { b = 3 }, p = 2 }, decoding.page(last, selected):next())
    assert.equal('{"o":{"b":3},"p":2}', decoding.page(last, selected):next_json())
  end)

  it("returns the same JSON when a finalizer uses the same query meanwhile", function()
    local selected = assert(core.query { select = { "o.b", "p" } })
    local long = ("x"):rep(20000)
    local body = '{"data":[{"o":{"b":1},"p":"' .. long .. '","o":{"b":2}}]}'
    local pause, multiplier = set_collector(1, 10000)
    for round = 1, 40 do
      local page, other = decoding.page(body, selected), decoding.page('{"data":[{"p":1}]}', selected)
      for _ = 1, round do
        local _ = {}
      end
      collectable(function() other:next_json() end)
      assert.equal('{"p":"' .. long .. '","o":{"b":2}}', page:next_json())
    end
    set_collector(pause, multiplier)
  end)

  it("makes new and existing pages fail with 'closed' once it is closed", function()
    local compiled = core.query { where = { a = { contains = "\n" } }, select = { "a" } }
    local body = '{"data":[{"a":"\\n"},{"a":"\\n"},{"a":"\\n"}]}'
    local page = assert(decoding.page(body, compiled))
    assert.same({ a = "\n" }, page:next())
    compiled:close()
    compiled:close()
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(decoding.page(body, compiled)))
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(page:next()))
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(page:next_json()))
    assert.equal(3, page:info().count)
    assert.equal("sigmamind.query (closed)", tostring(compiled))
  end)

  it("is closed for a finalizer that runs after it was collected", function()
    local said
    do
      local box = {}
      box.other = collectable(function() said = returned(decoding.page('{"data":[]}', box.query)) end)
      box.query = core.query {}
    end
    collectgarbage()
    collectgarbage()
    assert.same({ n = 3, nil, "query is closed", "closed" }, said)
  end)

  it("keeps no memory for the longest string that it compared", function()
    if not io.open "/proc/self/statm" then
      return pending "the system has no /proc/self/statm"
    end
    local run = require("spec.support.interpreter").run
    local freed = "ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=0" -- AddressSanitizer keeps freed memory otherwise
    local grown = run("spec/support/long_strings.lua", freed)
    assert.is_true(tonumber(grown) < 32, grown)
  end)

  it("returns an unknown operator and the known ones, besides its message", function()
    local refused = returned(core.query { where = { a = { gte = 1 } } })
    assert.equal("gte", refused[4])
    assert.equal("any", refused[5][1])
    assert.equal("starts_with", refused[5][14])
    assert.equal(5, refused.n)
    assert.equal("eq", select(5, core.query { where = { a = { length = { length = 1 } } } })[1])
    assert.equal(3, returned(core.query { where = { a = { ge = true } } }).n)
  end)
end)
