-- Conversion of JSON to Lua values.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

local wide = _VERSION >= "Lua 5.3" -- 64-bit integers; else doubles, exact to 2^53

describe("decoder:value", function()
  it("decodes strings with every escape", function()
    assert.equal('"\\/\b\f\n\r\t', decoding.value [["\"\\\/\b\f\n\r\t"]])
    assert.equal("a\0b", decoding.value [["a\u0000b"]])
  end)

  it("decodes an escaped code unit to UTF-8, at the bounds of each length", function()
    local cases = {
      { [["\u0000"]], "\0" },
      { [["\u0001"]], "\1" },
      { [["\u007f"]], "\127" },
      { [["\u0080"]], "\194\128" },
      { [["\u07FF"]], "\223\191" },
      { [["\u0800"]], "\224\160\128" },
      { [["\u0FFF"]], "\224\191\191" },
      { [["\u1000"]], "\225\128\128" },
      { [["\uD7fF"]], "\237\159\191" },
      { [["\uE000"]], "\238\128\128" },
      { [["\uFFFD"]], "\239\191\189" },
      { [["\uFFFF"]], "\239\191\191" },
      { [["\u1234"]], "\225\136\180" },
      { [["\u5678"]], "\229\153\184" },
      { [["\u9abc"]], "\233\170\188" },
      { [["\uDEF0"]], "\239\191\189" },
      { [["\uCdEf"]], "\236\183\175" },
      { [["\u00AF"]], "\194\175" },
      { [["\u00af"]], "\194\175" },
      { [["\u00e9\u20AC\n"]], "\195\169\226\130\172\n" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], (decoding.value(case[1])))
      assert.same({ [case[2]] = case[2] }, decoding.value("{" .. case[1] .. ":" .. case[1] .. "}"))
    end
  end)

  it("decodes each pair of surrogates to one character, and a lone surrogate to U+FFFD", function()
    local ALONE = {
      D7FF = "\237\159\191", D800 = "\239\191\189", DBFF = "\239\191\189", DC00 = "\239\191\189",
      DFFF = "\239\191\189", E000 = "\238\128\128", ["0041"] = "A",
    }
    local PAIRS = {
      D800DC00 = "\240\144\128\128",
      D800DFFF = "\240\144\143\191",
      DBFFDC00 = "\244\143\176\128",
      DBFFDFFF = "\244\143\191\191",
    }
    for first, alone in pairs(ALONE) do
      assert.equal(alone, decoding.value('"\\u' .. first .. '"'))
      for _, other in ipairs {
        "x", "\\n", "\\nDC00", "\\\\uDC00", "uDC00", "xuDC00", "/uDFFF", "\\nuDC00", "\\\\",
      } do
        assert.equal(alone .. decoding.value('"' .. other .. '"'), decoding.value('"\\u' .. first .. other .. '"'))
      end
      for second, behind in pairs(ALONE) do
        local text = '"\\u' .. first .. "\\u" .. second:lower() .. '"'
        assert.equal(PAIRS[first .. second] or alone .. behind, decoding.value(text))
      end
    end
    assert.equal("\239\191\189\240\144\128\128", decoding.value [["\uD800\uD800\uDC00"]])
    assert.equal("\240\144\128\128\239\191\189", decoding.value [["\uD800\uDC00\uDC00"]])
    assert.equal("é€😀", decoding.value [["\u00e9\u20AC\ud83d\ude00"]])
  end)

  it("decodes escaped strings of every length completely", function()
    for length = 0, 1100 do
      local letters = ("x"):rep(length)
      assert.equal(letters .. "\n", (decoding.value('"' .. letters .. '\\n"')))
      assert.equal(("\n"):rep(length), (decoding.value('"' .. ("\\n"):rep(length) .. '"')))
    end
    local long = ("y"):rep(100000)
    assert.equal("\n" .. long, (decoding.value('"\\n' .. long .. '"')))
    assert.same({ { a = "\n" .. long, b = { long .. "\n", 1 } }, 2 },
      decoding.value('[{"a":"\\n' .. long .. '","b":["' .. long .. '\\n",1]},2]'))
  end)

  it("decodes numbers of all kinds", function()
    assert.equal(0, decoding.value "0")
    assert.equal(-17, decoding.value "-17")
    assert.equal(2.5, decoding.value "2.5")
    assert.equal(-1250, decoding.value "-1.25e3")
    assert.equal(0.001, decoding.value "1E-3")
    assert.equal(0, decoding.value "-0")
    assert.equal(-math.huge, 1 / decoding.value "-0")
  end)

  it("keeps integers exact: as numbers where these are exact, else as strings of digits", function()
    assert.equal(9007199254740992, decoding.value "9007199254740992")
    assert.equal(-9007199254740992, decoding.value "-9007199254740992")
    local beyond_double = decoding.value "9007199254740993"
    assert.equal("9007199254740993", tostring(beyond_double))
    assert.equal(wide and "number" or "string", type(beyond_double))
    assert.equal("9223372036854775807", tostring(decoding.value "9223372036854775807"))
    assert.equal("-9223372036854775808", tostring(decoding.value "-9223372036854775808"))
    assert.equal("9223372036854775808", decoding.value "9223372036854775808")
    assert.equal("-9223372036854775809", decoding.value "-9223372036854775809")
    assert.equal("123456789012345678901234567890", decoding.value "123456789012345678901234567890")
  end)

  it("returns Lua integers on a Lua that has them, to both ends of their range", function()
    if not math.type then
      return
    end
    local cases = {
      { "0", "integer" },
      { "5", "integer" },
      { "5.0", "float" },
      { "5e0", "float" },
      { "-0", "float" },
      { "9223372036854775806", "integer" },
      { "9223372036854775807", "integer" },
      { "-9223372036854775807", "integer" },
      { "-9223372036854775808", "integer" },
      { "9223372036854775807.0", "float" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], math.type(decoding.value(case[1])), case[1])
    end
  end)

  it("keeps the digits of an integer beyond the exact range of this Lua's numbers", function()
    local limits = wide and {
      "9223372036854775808", "9223372036854775809", "9223372036854775810", "9223372036854775817",
      "18446744073709551615", "18446744073709551616", "18446744073709551617", "92233720368547758070",
      "92233720368547758080", "92233720368547758090", "-92233720368547758090",
      "-9223372036854775809", "-9223372036854775810", "-9223372036854775818", "-18446744073709551616",
    } or {
      "9007199254740993", "9007199254740994", "9007199254741000", "18446744073709551616", "18446744073709551617",
      "90071992547409920", "90071992547409930", "90071992547409940", "-90071992547409930", "-9007199254740993",
      "-9007199254740994", "-18446744073709551617",
    }
    for _, digits in ipairs(limits) do
      assert.equal(digits, decoding.value(digits))
    end
    assert.equal("number", type(decoding.value(wide and "9223372036854775807" or "9007199254740992")))
    assert.equal("number", type(decoding.value(wide and "-9223372036854775808" or "-9007199254740992")))
  end)

  it("returns the nearest double of a fraction, on both sides of the limits of the fast path", function()
    local cases = {
      { "9007199254740991e0", 9007199254740991 },
      { "9007199254740992e0", 9007199254740992 },
      { "9007199254740993e0", 9007199254740992 },
      { "9007199254740995.0", 9007199254740996 },
      { "9007199254740993e1", 90071992547409936 },
      { "9007199254740993e-1", 900719925474099.25 },
      { "90071992547409930e22", 9.007199254740993e38 },
      { "90071992547409910e0", 90071992547409904 },
      { "18446744073709551617.0", 18446744073709551616 },
      { "184467440737095516.25e2", 18446744073709551616 },
      { "36893488147419103233e1", 368934881474191032320 },
      { "900719925474099.3", 900719925474099.3 },
      { "1e22", 1e22 },
      { "1e23", 1e23 },
      { "3e-22", 3e-22 },
      { "3e-23", 3e-23 },
      { "0.0000000000000000000003", 3e-22 },
      { "123456789e-22", 1.23456789e-14 },
      { "8.5e22", 8.5e22 },
      { "8.5e23", 8.5e23 },
      { "1.7976931348623157e308", 1.7976931348623157e308 },
      { "5e-324", 5e-324 },
      { "2e-324", 0 },
      { "0.1e1", 1 },
      { "100E-2", 1 },
      { "1.5E+001", 15 },
      { "0e999", 0 },
      { "0e-25", 0 },
      { "0." .. ("0"):rep(25), 0 },
      { "0.00000000000000000000000000000000001", 1e-35 },
      { "10000000000000000000000000000000000.5", 1e34 },
      { "4503599627370496.5", 4503599627370496 },
      { "4503599627370497.5", 4503599627370498 },
      { "2589210975862860842e-17", 25.89210975862861 },
      { "1612151998029735962e-6", 1612151998029.736 },
      { "4.745360984063936361", 4.745360984063937 },
      { "7976216556724713685e3", 7.976216556724714e21 },
      { "7380303073230975549e5", 7.380303073230976e23 },
      { "4913744204934662187e11", 4.9137442049346625e29 },
      { "9007199254740993e27", 9.007199254740993e42 },
      { "9007199254740993e28", 9.007199254740994e43 },
      { "9007199254740993e-27", 9.007199254740992e-12 },
      { "9007199254740993e-28", 9.007199254740993e-13 },
      { "3e27", 3e27 },
      { "3e28", 3e28 },
      { "3e-27", 3e-27 },
      { "3e-28", 3e-28 },
      { "1e19", 1e19 },
      { "18446744073709551615e1", 1.844674407370955e20 },
      { "0.0001234567890123456789", 0.00012345678901234567 },
      { "0.00012345678901234567891", 0.00012345678901234567 },
      { "0.00099999999999999999999", 0.001 },
      { "10.00000000000000000001", 10 },
      { "1.8446744073709551617", 1.8446744073709551 },
      { "0.18446744073709551617", 0.1844674407370955 },
      { "18446744073.709551617", 18446744073.709553 },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], (decoding.value(case[1])), case[1])
      assert.equal(-case[2], (decoding.value("-" .. case[1])), case[1])
    end
    -- the digits before the point are 2^64
    assert.equal(18446744073709551616.5, (decoding.value "18446744073709551616.5"))
    assert.equal(0.0078912345678901234, (decoding.value "0.0078912345678901234"))
    assert.equal(-math.huge, 1 / decoding.value "-0.0")
    assert.equal(-math.huge, 1 / decoding.value "-0e5")
    assert.equal(math.huge, 1 / decoding.value "0.0")
  end)

  it("reads an exponent of any length", function()
    for _, exponent in ipairs {
      "309", "999", "1000", "10000", "2147483647", "2147483648", "4294967295", "4294967296", "4294967297",
      "18446744073709551616", "18446744073709551617", "99999999999999999999",
    } do
      assert.equal("1.5e" .. exponent, decoding.value("1.5e" .. exponent))
      assert.equal("-1.5E+" .. exponent, decoding.value("-1.5E+" .. exponent))
      assert.equal(exponent == "309" and 1.5e-309 or 0, (decoding.value("1.5e-" .. exponent)))
    end
    assert.equal(15, (decoding.value("1.5e" .. ("0"):rep(900) .. "1")))
    assert.equal(0.15, (decoding.value("1.5e-" .. ("0"):rep(900) .. "1")))
  end)

  it("keeps the spelling of a number beyond a double's range, and never returns an infinity", function()
    assert.equal("1e400", decoding.value "1e400")
    assert.equal("-1e400", decoding.value "-1e400")
    assert.equal(0, decoding.value "1e-400")
  end)

  it("omits a null field, and removes an earlier field of its name", function()
    assert.same({ b = 1 }, decoding.value '{"a":null,"b":1}')
    assert.same({}, decoding.value '{"a":1,"a":null}')
  end)

  it("keeps a null field as the value of the option null", function()
    assert.same({ a = core.null }, decoding.value('{"a":null}', { null = core.null }))
    assert.same({ a = false }, decoding.value('{"a":null}', { null = false }))
  end)

  it("returns core.null for a null in an array, and for a null alone", function()
    assert.same({ 1, core.null, 2 }, decoding.value "[1,null,2]")
    assert.same({ core.null }, decoding.value("[null]", { null = false }))
    assert.equal(core.null, decoding.value "null")
    local has_cjson, cjson = pcall(require, "cjson") -- Debian has none for Lua 5.5
    if has_cjson then
      assert.equal(cjson.null, core.null)
    end
  end)

  it("sets array_mt on every array, and on no object", function()
    local mt = {}
    local value = decoding.value('{"a":[],"b":[[1]],"c":{}}', { array_mt = mt })
    assert.equal(mt, getmetatable(value.a))
    assert.equal(mt, getmetatable(value.b))
    assert.equal(mt, getmetatable(value.b[1]))
    assert.is_nil(getmetatable(value.c))
    assert.is_nil(getmetatable(value))
  end)

  it("returns the last of two fields with one name", function()
    assert.same({ a = 2 }, decoding.value '{"a":1,"a":2}')
  end)

  it("accepts empty names and values", function()
    assert.same({ [""] = "" }, decoding.value '{"":""}')
    assert.same({}, decoding.value "{}")
    assert.same({}, decoding.value "[]")
  end)

  it("reads fractions in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local value = decoding.value "[2.5,-1.25e3,0.1234567890123456789012,-12.5e300,1.5e-400,2.00000000000000000000004e9]"
    local text = decoding.value "-1.5e400"
    os.setlocale(before, "numeric")
    assert.same({ 2.5, -1250, 0.1234567890123456789012, -12.5e300, 0, 2e9 }, value)
    assert.equal("-1.5e400", text)
  end)

  it("names the invalid argument", function()
    assert.error_matches(function() decoding.value() end, "string expected")
    assert.error_matches(function() decoding.value("1", 5) end, "table expected")
    assert.error_matches(function() decoding.value("1", { array_mt = 1 }) end, "array_mt must be a table")
  end)
end)
