-- The JSON validator, tested through decoder:value: it accepts RFC 8259 and nothing else.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

local unpack = table.unpack or unpack -- luacheck: ignore 113
local no_control = "expected a closing quote (control characters must be escaped)"

--- Asserts that a page with the text as an undecoded value fails at the same byte.
local function refused_in_page(text, message)
  local before = '{"data":[],"x":'
  local at, rest = message:match "^invalid JSON at byte (%d+)(: .*)$"
  rest = rest:gsub("expected the end of the text", "expected ',' or '}'")
  local expected = ("invalid JSON at byte %d%s"):format(#before + at, rest)
  assert.same({ expected, "decode" }, { select(2, decoding.page(before .. text)) })
end

local function refused(text, message)
  local value, err, kind = decoding.value(text)
  assert.is_nil(value)
  assert.equal(message, err)
  assert.equal("decode", kind)
  if not message:find "max_depth" then -- the page adds a level
    refused_in_page(text, message)
  end
end

describe("decoder:value, the JSON grammar", function()
  it("accepts white space anywhere between tokens", function()
    assert.same({ a = { 1, 2 } }, decoding.value ' \t\r\n{ "a" : [ 1 ,\n2 ] } \n')
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
    assert.is_table(decoding.value(text))
    for length = 0, #text - 1 do
      local value, _, kind = decoding.value(text:sub(1, length))
      assert.is_nil(value)
      assert.equal("decode", kind)
    end
  end)
end)

describe("decoder:value, the length of a number", function()
  it("is at most 1000 characters", function()
    local digits = ("7"):rep(1000)
    assert.equal(digits, decoding.value(digits))
    assert.equal(0.1, decoding.value("0.1" .. ("0"):rep(997)))
    refused("[" .. digits .. "7]", "invalid JSON at byte 1: expected a number of at most 1000 characters")
    refused("0.1" .. ("0"):rep(998), "invalid JSON at byte 0: expected a number of at most 1000 characters")
  end)
end)

describe("decoder:value, the depth of nesting", function()
  local function nested(depth)
    return ("["):rep(depth) .. ("]"):rep(depth)
  end

  it("is at most 64 by default", function()
    assert.is_table(decoding.value(nested(64)))
    refused(nested(65), "invalid JSON at byte 64: expected no deeper nesting (see max_depth)")
  end)

  it("may be 500 levels, also in a coroutine", function()
    local decoded
    coroutine.wrap(function()
      decoded = decoding.value(nested(500), { max_depth = 500 })
    end)()
    local depth = 0
    while decoded do
      depth, decoded = depth + 1, decoded[1]
    end
    assert.equal(500, depth)
  end)

  it("of 500 levels fits the stack of a small thread, 128 KB", function()
    local output = require("spec.support.interpreter").run "spec/support/deepest.lua 500"
    assert.equal("done\n", output)
  end)

  it("counts objects like arrays", function()
    local function objects(depth)
      return ('{"a":'):rep(depth) .. "{}" .. ("}"):rep(depth)
    end
    assert.is_table(decoding.value(objects(63)))
    refused(objects(64), "invalid JSON at byte 320: expected no deeper nesting (see max_depth)")
    for _, value in ipairs { nested(63), objects(62), '{"a":' .. nested(62) .. "}" } do
      assert.truthy(decoding.page('{"data":[],"x":' .. value .. "}"))
      assert.is_nil((decoding.page('{"data":[],"x":[' .. value .. "]}")))
      assert.is_nil((decoding.page('{"data":[],"x":{"a":' .. value .. "}}")))
    end
    assert.is_table(decoding.value("[[],{}]", { max_depth = 2 }))
    for _, text in ipairs { "[[[]]]", "[[{}]]", '[{"a":[]}]', '[{"a":{}}]' } do
      assert.is_nil((decoding.value(text, { max_depth = 2 })))
    end
    assert.same({}, decoding.value("[]", { max_depth = 1 }))
    assert.same({ 1 }, decoding.value("[1]", { max_depth = 1 }))
    assert.is_nil((decoding.value("[[]]", { max_depth = 1 })))
  end)

  it("counts objects and arrays together", function()
    assert.same({ a = { { b = {} } } }, decoding.value('{"a":[{"b":[]}]}', { max_depth = 4 }))
    assert.is_nil(decoding.value('{"a":[{"b":[]}]}', { max_depth = 3 }))
  end)

  it("has a maximum from 1 to 500", function()
    assert.error_matches(function() decoding.value("1", { max_depth = 0 }) end, "from 1 to 500")
    assert.error_matches(function() decoding.value("1", { max_depth = 501 }) end, "from 1 to 500")
    assert.error_matches(function() decoding.value("1", { max_depth = 0.5 }) end, "from 1 to 500")
    assert.error_matches(function() decoding.value("1", { max_depth = 0 / 0 }) end, "from 1 to 500")
    assert.error_matches(function() decoding.value("1", { max_depth = "x" }) end, "from 1 to 500")
  end)
end)

--- A string of 60 letters with `bytes` at an offset: for any width of the reader's blocks, some offset is at
--- the start of a block, at its end, and across two blocks.
local function at_offset(offset, bytes)
  return '"' .. ("x"):rep(offset) .. bytes .. ("x"):rep(60 - offset) .. '"'
end

describe("decoder:value, UTF-8", function()
  -- RFC 3629, section 4: the lead bytes, and the range of each tail byte
  local SEQUENCES = {
    { 0xC2, 0xDF, { 0x80, 0xBF } },
    { 0xE0, 0xE0, { 0xA0, 0xBF }, { 0x80, 0xBF } },
    { 0xE1, 0xEC, { 0x80, 0xBF }, { 0x80, 0xBF } },
    { 0xED, 0xED, { 0x80, 0x9F }, { 0x80, 0xBF } },
    { 0xEE, 0xEF, { 0x80, 0xBF }, { 0x80, 0xBF } },
    { 0xF0, 0xF0, { 0x90, 0xBF }, { 0x80, 0xBF }, { 0x80, 0xBF } },
    { 0xF1, 0xF3, { 0x80, 0xBF }, { 0x80, 0xBF }, { 0x80, 0xBF } },
    { 0xF4, 0xF4, { 0x80, 0x8F }, { 0x80, 0xBF }, { 0x80, 0xBF } },
  }
  -- the bounds of those ranges, the bytes next to them, and a letter
  local TAILS = { 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF }

  --- The length of the sequence at `place`; nil if it is invalid.
  local function length_at(bytes, place)
    local lead = bytes:byte(place)
    if lead < 0x80 then
      return 1
    end
    for _, sequence in ipairs(SEQUENCES) do
      if lead >= sequence[1] and lead <= sequence[2] then
        for i = 3, #sequence do
          local tail = bytes:byte(place + i - 2)
          if not tail or tail < sequence[i][1] or tail > sequence[i][2] then
            return nil
          end
        end
        return #sequence - 1
      end
    end
  end

  --- The expected result of decoder:value for a string of these bytes: the string, or nil and a message.
  local function expected(bytes)
    local place = 1
    while place <= #bytes do
      local length = length_at(bytes, place)
      if not length then
        return nil, ("invalid JSON at byte %d: expected valid UTF-8"):format(place)
      end
      place = place + length
    end
    return bytes
  end

  local function check(...)
    local bytes = string.char(...)
    local value, message = expected(bytes)
    local got, err = decoding.value('"' .. bytes .. '"')
    if got ~= value or err ~= message then
      error(("%s gives %s, %s"):format(bytes:gsub(".", function(c) return ("%02X "):format(c:byte()) end),
        tostring(got), tostring(err)))
    end
  end

  it("is accepted by RFC 3629, for every lead byte and the bounds of its tail bytes", function()
    for lead = 0x80, 0xFF do
      check(lead)
      for _, second in ipairs(TAILS) do
        check(lead, second)
        for _, third in ipairs(TAILS) do
          check(lead, second, third)
          for _, fourth in ipairs(TAILS) do
            check(lead, second, third, fourth)
          end
        end
      end
    end
  end)

  it("is accepted by RFC 3629, for every byte at every position of a sequence", function()
    local sequences = {
      { 0xC2, 0x80 }, { 0xDF, 0xBF }, { 0xE0, 0xA0, 0x80 }, { 0xE1, 0x80, 0xBF }, { 0xEC, 0xBF, 0x80 },
      { 0xED, 0x9F, 0xBF }, { 0xEE, 0x80, 0x80 }, { 0xEF, 0xBF, 0xBF }, { 0xF0, 0x90, 0x80, 0xBF },
      { 0xF1, 0x80, 0x80, 0x80 }, { 0xF3, 0xBF, 0xBF, 0xBF }, { 0xF4, 0x8F, 0xBF, 0x80 },
    }
    for _, sequence in ipairs(sequences) do
      for place = 1, #sequence do
        local bytes = { unpack(sequence) }
        for byte = 0x20, 0xFF do
          if byte ~= 0x22 and byte ~= 0x5C then
            bytes[place] = byte
            check(unpack(bytes))
          end
        end
      end
    end
  end)

  it("is checked at every offset of a string", function()
    for offset = 0, 60 do
      for _, bytes in ipairs { "\194\128", "\224\160\128", "\239\191\191", "\240\144\128\128", "\244\143\191\191" } do
        local text = at_offset(offset, bytes)
        assert.equal(text:sub(2, -2), decoding.value(text))
      end
      for _, bytes in ipairs { "\128", "\193\191", "\224\159\191", "\237\160\128", "\241\128\128", "\245\128\128\128" } do
        refused(at_offset(offset, bytes), ("invalid JSON at byte %d: expected valid UTF-8"):format(offset + 1))
      end
    end
  end)
end)

describe("decoder:value, a control character", function()
  it("is refused at every offset of a string and of a name; these are 0 to 1F and no other byte", function()
    for offset = 0, 60 do
      for byte = 0, 0x1F do
        local text = at_offset(offset, string.char(byte))
        local message = "invalid JSON at byte %d: " .. no_control
        refused(text, message:format(offset + 1))
        refused("{" .. text .. ":1}", message:format(offset + 2))
        assert.is_nil((decoding.page('{"data":[{"a":' .. text .. "}]}")))
      end
      for byte = 0x20, 0x7F do
        local text = at_offset(offset, string.char(byte))
        if byte ~= 0x22 and byte ~= 0x5C then
          assert.equal(text:sub(2, -2), decoding.value(text))
        end
      end
    end
  end)
end)

describe("decoder:value, an escape", function()
  -- RFC 8259, section 7
  local LETTERS = {
    ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\8", f = "\12", n = "\10", r = "\13", t = "\9",
  }

  it("is one of \" \\ / b f n r t u, and no other escape of C or Lua", function()
    for byte = 0, 255 do
      local letter = string.char(byte)
      if LETTERS[letter] then
        assert.equal("a" .. LETTERS[letter] .. "b", decoding.value('"a\\' .. letter .. 'b"'))
      elseif letter ~= "u" then
        refused('"a\\' .. letter .. 'b"',
          'invalid JSON at byte 3: expected one of " \\ / b f n r t u after a backslash')
      end
    end
  end)

  it("does not end a string: the end of the text is refused after it, and after a byte beyond ASCII", function()
    for length = 0, 40 do
      for _, before in ipairs { "", "\\n", "\195\169" } do
        local text = '"' .. before .. ("x"):rep(length)
        refused(text, ("invalid JSON at byte %d: %s, found the end of the text"):format(#text, no_control))
      end
    end
  end)

  it("of a code unit is refused when the text ends in it or right after it", function()
    refused('"\\u00e9', "invalid JSON at byte 7: " .. no_control .. ", found the end of the text")
    refused('["\\u00e', "invalid JSON at byte 7: expected a hexadecimal digit, found the end of the text")
    refused('"\\u', "invalid JSON at byte 3: expected a hexadecimal digit, found the end of the text")
    refused('"\\', 'invalid JSON at byte 2: expected one of " \\ / b f n r t u after a backslash, found the end of the text')
  end)

  it("is decoded at every offset of a string, also 20 in a row", function()
    for offset = 0, 40 do
      for _, bytes in ipairs { '\\"', "\\\\", "\\u00e9", "\\n" } do
        for count = 1, 20 do
          local before, behind = ("x"):rep(offset), ("y"):rep(60 - offset)
          local meaning = (bytes == "\\u00e9" and "\195\169" or LETTERS[bytes:sub(2)]):rep(count)
          local text = '"' .. before .. bytes:rep(count) .. behind .. '"'
          local expected = before .. meaning .. behind
          assert.equal(expected, decoding.value(text))
          assert.same({ a = expected, z = 1 }, decoding.page('{"data":[{"a":' .. text .. ',"z":1}]}'):next())
          refused_in_page(text:sub(1, -2) .. "\1", ("invalid JSON at byte %d: %s"):format(#text - 1, no_control))
        end
      end
    end
  end)

  it("is decoded at every distance from the one before", function()
    for distance = 0, 60 do
      for _, bytes in ipairs { '\\"', "\\\\" } do
        local between = ("x"):rep(distance)
        local text = '"\\n' .. between .. bytes .. 'y"'
        local expected = "\n" .. between .. bytes:sub(2) .. "y"
        assert.equal(expected, decoding.value(text))
        assert.same({ a = expected, z = 1 }, decoding.page('{"data":[{"a":' .. text .. ',"z":1}]}'):next())
      end
    end
  end)

  it("is decoded at every offset of a string", function()
    for offset = 0, 60 do
      for letter, meaning in pairs(LETTERS) do
        assert.equal(at_offset(offset, meaning):sub(2, -2), decoding.value(at_offset(offset, "\\" .. letter)))
      end
      assert.equal(at_offset(offset, "\195\169"):sub(2, -2), decoding.value(at_offset(offset, "\\u00e9")))
      assert.equal(at_offset(offset, '"\\"'):sub(2, -2), decoding.value(at_offset(offset, '\\"\\\\\\"')))
    end
  end)

  it("of a code unit has four hexadecimal digits, each 0 to 9, a to f or A to F", function()
    for place = 1, 4 do
      for byte = 0, 255 do
        local digit = string.char(byte)
        local text = '"\\u' .. ("0"):rep(place - 1) .. digit .. ("0"):rep(4 - place) .. '"'
        if ("0123456789abcdefABCDEF"):find(digit, 1, true) then
          assert.is_string(decoding.value(text))
        else
          refused(text, ("invalid JSON at byte %d: expected a hexadecimal digit"):format(place + 2))
        end
      end
    end
  end)
end)

describe("decoder:value, white space", function()
  local PLACES = {
    "%s[1,{}]", "[%s1]", "[1%s]", "[1%s,2]", "[1,%s2]", '{%s"a":1}', '{"a"%s:1}', '{"a":%s1}', '{"a":1%s}',
    '{"a":1%s,"b":2}', '{"a":1,%s"b":2}', "[%s]", "{%s}", "[[]%s]", "[true%s]", '["a"%s]', "{}%s",
  }

  it("is a blank, a tab, a line feed or a carriage return, and no other byte, around every token", function()
    for _, place in ipairs(PLACES) do
      local before, behind = place:match "^(.-)%%s(.*)$"
      for byte = 0, 255 do
        local space = string.char(byte)
        if byte <= 0x20 or byte >= 0x7F then -- the others are tokens or parts of them
          for _, text in ipairs { before .. space .. behind, before .. " \n" .. space .. "\t" .. behind } do
            local is_space = space == " " or space == "\t" or space == "\n" or space == "\r"
            assert.equal(is_space, decoding.value(text) ~= nil, text)
            assert.equal(is_space, decoding.page('{"data":[],"x":' .. text .. "}") ~= nil, text)
          end
        end
      end
      assert.is_nil((decoding.value(before .. "\194\160" .. behind)), "U+00A0")
      assert.is_nil((decoding.value(before .. "\226\128\168" .. behind)), "U+2028")
    end
  end)
end)

describe("decoder:value, a number", function()
  it("follows the grammar of RFC 8259", function()
    local starts, digits = { "", "-" }, { "0", "7", "10", "99" }
    local fractions = { "", ".0", ".5", ".05" }
    local exponents = { "", "e0", "E1", "e+2", "E-3", "e05" }
    for _, start in ipairs(starts) do
      for _, whole in ipairs(digits) do
        for _, fraction in ipairs(fractions) do
          for _, exponent in ipairs(exponents) do
            local text = start .. whole .. fraction .. exponent
            assert.equal("number", type(decoding.value(text)), text)
            assert.same({ decoding.value(text) }, decoding.value("[" .. text .. "]"))
          end
        end
      end
    end
    for _, text in ipairs {
      "00", "-00", "-01", "09", "--1", "+-1", "-+1", ".5", "-.5", "1.e5", "1..5", "1.5.5", "1e", "1E", "1e+",
      "1e-", "1e5.5", "1e5e5", "1e++5", "e5", "-e5", "1.", "1._5", "1_000", "1,000.", "0x1", "0b1", "1f", "1d",
      "Infinity", "-Infinity", "inf", "nan", "- 1", "1 .5", "\217\161",
    } do
      assert.is_nil((decoding.value(text)), text)
      assert.is_nil((decoding.value('{"a":' .. text .. "}")), text)
    end
  end)
end)

describe("decoder:value, a word", function()
  it("is true, false or null, in lower case", function()
    assert.same({ true, false, core.null }, decoding.value "[true,false,null]")
    for _, word in ipairs { "true", "false", "null" } do
      for place = 1, #word do
        for _, byte in ipairs { "x", word:sub(place, place):upper(), "", " ", "\0" } do
          local text = word:sub(1, place - 1) .. byte .. word:sub(place + 1)
          assert.is_nil((decoding.value(text)), text)
          for _, around in ipairs { "[%s]", '{"a":%s}', '{"a":1,"b":%s,"c":2}' } do
            local document = around:gsub("%%s", (text:gsub("%%", "%%%%")))
            assert.is_nil((decoding.value(document)), document)
            assert.is_nil((decoding.page('{"data":[{"x":' .. document .. "}]}")), document)
          end
        end
      end
      assert.is_nil((decoding.value(word .. "x")))
      assert.is_nil((decoding.value("[" .. word .. word .. "]")))
    end
  end)
end)
