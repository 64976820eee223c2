-- What JSON becomes in Lua.

local core = require "sigmamind.core"

local wide = _VERSION >= "Lua 5.3" -- integers of 64 bits; else doubles, exact to 2^53

describe("core.decode", function()
  it("decodes strings with every escape", function()
    assert.equal('"\\/\b\f\n\r\t', core.decode [["\"\\\/\b\f\n\r\t"]])
    assert.equal("é€😀", core.decode [["\u00e9\u20AC\ud83d\ude00"]])
    assert.equal("a\0b", core.decode [["a\u0000b"]])
  end)

  it("gives U+FFFD for a surrogate without its pair", function()
    assert.equal("\239\191\189", core.decode [["\ud800"]])
    assert.equal("\239\191\189x", core.decode [["\ude00x"]])
    assert.equal("\239\191\189\239\191\189", core.decode [["\ud800\ud800"]])
    assert.equal("\239\191\189A", core.decode [["\ud800\u0041"]])
  end)

  it("decodes long escaped strings whole", function()
    assert.equal(("\n"):rep(1000), core.decode('"' .. ("\\n"):rep(1000) .. '"'))
  end)

  it("decodes numbers of all kinds", function()
    assert.equal(0, core.decode "0")
    assert.equal(-17, core.decode "-17")
    assert.equal(2.5, core.decode "2.5")
    assert.equal(-1250, core.decode "-1.25e3")
    assert.equal(0.001, core.decode "1E-3")
    assert.equal(0, core.decode "-0")
    assert.equal(-math.huge, 1 / core.decode "-0")
  end)

  it("keeps integers exact: as numbers where those are, else as their digits", function()
    assert.equal(9007199254740992, core.decode "9007199254740992")
    assert.equal(-9007199254740992, core.decode "-9007199254740992")
    local beyond_double = core.decode "9007199254740993"
    assert.equal("9007199254740993", tostring(beyond_double))
    assert.equal(wide and "number" or "string", type(beyond_double))
    assert.equal("9223372036854775807", tostring(core.decode "9223372036854775807"))
    assert.equal("-9223372036854775808", tostring(core.decode "-9223372036854775808"))
    assert.equal("9223372036854775808", core.decode "9223372036854775808")
    assert.equal("-9223372036854775809", core.decode "-9223372036854775809")
    assert.equal("123456789012345678901234567890", core.decode "123456789012345678901234567890")
  end)

  it("gives integers as Lua's integer type where there is one", function()
    if math.type then
      assert.equal("integer", math.type(core.decode "5"))
      assert.equal("float", math.type(core.decode "5.0"))
    end
  end)

  it("keeps the spelling of a number beyond a double's range, never an infinity", function()
    assert.equal("1e400", core.decode "1e400")
    assert.equal("-1e400", core.decode "-1e400")
    assert.equal(0, core.decode "1e-400")
  end)

  it("leaves a null field out, and removes an earlier one of its name", function()
    assert.same({ b = 1 }, core.decode '{"a":null,"b":1}')
    assert.same({}, core.decode '{"a":1,"a":null}')
  end)

  it("keeps a null field as the option null says", function()
    assert.same({ a = core.null }, core.decode('{"a":null}', { null = core.null }))
    assert.same({ a = false }, core.decode('{"a":null}', { null = false }))
  end)

  it("has core.null for a null in an array, and for one alone", function()
    assert.same({ 1, core.null, 2 }, core.decode "[1,null,2]")
    assert.same({ core.null }, core.decode("[null]", { null = false }))
    assert.equal(core.null, core.decode "null")
    local has_cjson, cjson = pcall(require, "cjson") -- Debian has none for Lua 5.5
    if has_cjson then
      assert.equal(cjson.null, core.null)
    end
  end)

  it("sets array_mt on every array, and on no object", function()
    local mt = {}
    local value = core.decode('{"a":[],"b":[[1]],"c":{}}', { array_mt = mt })
    assert.equal(mt, getmetatable(value.a))
    assert.equal(mt, getmetatable(value.b))
    assert.equal(mt, getmetatable(value.b[1]))
    assert.is_nil(getmetatable(value.c))
    assert.is_nil(getmetatable(value))
  end)

  it("gives the last of two fields with one name", function()
    assert.same({ a = 2 }, core.decode '{"a":1,"a":2}')
  end)

  it("takes empty names and values", function()
    assert.same({ [""] = "" }, core.decode '{"":""}')
    assert.same({}, core.decode "{}")
    assert.same({}, core.decode "[]")
  end)

  it("reads fractions in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local value = core.decode "[2.5,-1.25e3]"
    os.setlocale(before, "numeric")
    assert.same({ 2.5, -1250 }, value)
  end)

  it("names the argument that is wrong", function()
    assert.error_matches(function() core.decode() end, "string expected")
    assert.error_matches(function() core.decode("1", 5) end, "table expected")
    assert.error_matches(function() core.decode("1", { array_mt = 1 }) end, "array_mt must be a table")
  end)
end)
