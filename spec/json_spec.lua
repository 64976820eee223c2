-- The validator, as core.decode shows it: RFC 8259 and nothing else.

local core = require "sigmamind.core"

local no_control = "expected a closing quote (control characters must be escaped)"

local function refused(text, message)
  local value, err, kind = core.decode(text)
  assert.is_nil(value)
  assert.equal(message, err)
  assert.equal("decode", kind)
end

describe("the JSON grammar", function()
  it("takes white space anywhere between tokens", function()
    assert.same({ a = { 1, 2 } }, core.decode ' \t\r\n{ "a" : [ 1 ,\n2 ] } \n')
  end)

  local cases = {
    { "nothing", "", "invalid JSON at byte 0: expected a value, found the end of the text" },
    { "white space only", "  ", "invalid JSON at byte 2: expected a value, found the end of the text" },
    { "a byte order mark", "\239\187\191{}", "invalid JSON at byte 0: expected a value" },
    { "a word that is none", "nul", "invalid JSON at byte 0: expected a value" },
    { "single quotes", "'a'", "invalid JSON at byte 0: expected a value" },
    { "a trailing comma in an array", "[1,]", "invalid JSON at byte 3: expected a value" },
    { "a trailing comma in an object", '{"a":1,}', "invalid JSON at byte 7: expected a name in quotes" },
    { "a name without quotes", "{a:1}", "invalid JSON at byte 1: expected a name in quotes" },
    { "a missing colon", '{"a" 1}', "invalid JSON at byte 5: expected ':'" },
    { "a missing comma", "[1 2]", "invalid JSON at byte 3: expected ',' or ']'" },
    { "the wrong bracket", '{"a":1]', "invalid JSON at byte 6: expected ',' or '}'" },
    { "an array without an end", "[1", "invalid JSON at byte 2: expected ',' or ']', found the end of the text" },
    { "text after the value", "{} x", "invalid JSON at byte 3: expected the end of the text" },
    { "a NUL after the value", "1\0", "invalid JSON at byte 1: expected the end of the text" },
    { "a leading zero", "01", "invalid JSON at byte 1: expected no digit after a leading zero" },
    { "a lonely minus", "-", "invalid JSON at byte 1: expected a digit, found the end of the text" },
    { "a leading plus", "+1", "invalid JSON at byte 0: expected a value" },
    { "a point without a fraction", "1.", "invalid JSON at byte 2: expected a digit, found the end of the text" },
    { "an exponent without digits", "[1e+]", "invalid JSON at byte 4: expected a digit" },
    { "a hexadecimal number", "0x10", "invalid JSON at byte 1: expected the end of the text" },
    { "NaN", "NaN", "invalid JSON at byte 0: expected a value" },
    { "an unknown escape", '"\\x"', 'invalid JSON at byte 2: expected one of " \\ / b f n r t u after a backslash' },
    { "a short \\u escape", '"\\u12"', "invalid JSON at byte 5: expected a hexadecimal digit" },
    { "a control character", '"a\nb"', "invalid JSON at byte 2: " .. no_control },
    { "a NUL in a string", '"a\0b"', "invalid JSON at byte 2: " .. no_control },
    { "an overlong sequence", '"\192\175"', "invalid JSON at byte 1: expected valid UTF-8" },
    { "a surrogate as UTF-8", '"\237\160\128"', "invalid JSON at byte 1: expected valid UTF-8" },
    { "a code point past U+10FFFF", '"\244\144\128\128"', "invalid JSON at byte 1: expected valid UTF-8" },
    { "a cut UTF-8 sequence", '"\226\130"', "invalid JSON at byte 1: expected valid UTF-8" },
    { "a lonely continuation byte", '"\128"', "invalid JSON at byte 1: expected valid UTF-8" },
  }
  for _, case in ipairs(cases) do
    it("refuses " .. case[1], function()
      refused(case[2], case[3])
    end)
  end

  it("refuses every proper prefix of a document", function()
    local text = '{"a":[1,-2.5e3,"x\\u00e9",true,false,null],"b":{}}'
    assert.is_table(core.decode(text))
    for length = 0, #text - 1 do
      local value, _, kind = core.decode(text:sub(1, length))
      assert.is_nil(value)
      assert.equal("decode", kind)
    end
  end)
end)

describe("the length of a number", function()
  it("is at most 1000 characters", function()
    local digits = ("7"):rep(1000)
    assert.equal(digits, core.decode(digits))
    assert.equal(0.1, core.decode("0.1" .. ("0"):rep(997)))
    refused("[" .. digits .. "7]", "invalid JSON at byte 1: expected a number of at most 1000 characters")
    refused("0.1" .. ("0"):rep(998), "invalid JSON at byte 0: expected a number of at most 1000 characters")
  end)
end)

describe("the depth of nesting", function()
  local function nested(depth)
    return ("["):rep(depth) .. ("]"):rep(depth)
  end

  it("is 64 unless told otherwise", function()
    assert.is_table(core.decode(nested(64)))
    refused(nested(65), "invalid JSON at byte 64: expected no deeper nesting (see max_depth)")
  end)

  it("may be 500 levels, which a coroutine bears too", function()
    local decoded
    coroutine.wrap(function()
      decoded = core.decode(nested(500), { max_depth = 500 })
    end)()
    local depth = 0
    while decoded do
      depth, decoded = depth + 1, decoded[1]
    end
    assert.equal(500, depth)
  end)

  it("at its most fits the stack of a small thread, 128 KB", function()
    local output = require("spec.support.interpreter").run "spec/support/deepest.lua 500"
    assert.equal("done\n", output)
  end)

  it("is counted for objects and arrays together", function()
    assert.same({ a = { { b = {} } } }, core.decode('{"a":[{"b":[]}]}', { max_depth = 4 }))
    assert.is_nil(core.decode('{"a":[{"b":[]}]}', { max_depth = 3 }))
  end)

  it("must be from 1 to 500", function()
    assert.error_matches(function() core.decode("1", { max_depth = 0 }) end, "from 1 to 500")
    assert.error_matches(function() core.decode("1", { max_depth = 501 }) end, "from 1 to 500")
    assert.error_matches(function() core.decode("1", { max_depth = "x" }) end, "from 1 to 500")
  end)
end)
