-- A number as text: the same on every Lua and in every locale.

local number_text = require "sigmamind.number_text"

local CASES = {
  { 0, "0" },
  { 5, "5" },
  { 5.0, "5" },
  { -17, "-17" },
  { 123456789012345, "123456789012345" },
  { 1700000000000000, "1700000000000000" },
  { 1790000000123456, "1790000000123456" },
  { 9007199254740991, "9007199254740991" },
  { 9007199254740992, "9007199254740992" },
  { -9007199254740992, "-9007199254740992" },
  { 0.1, "0.1" },
  { 0.5, "0.5" },
  { 1 / 3, "0.3333333333333333" },
  { 0.1 + 0.2, "0.30000000000000004" },
  { 1e-7, "1e-07" },
  { 1.5e300, "1.5e+300" },
  { -2.25, "-2.25" },
}

local function each_case()
  for _, case in ipairs(CASES) do
    assert.equal(case[2], number_text(case[1]))
  end
end

describe("a number as text", function()
  it("has all digits of an integer, and of a fraction those that read back as itself", function()
    each_case()
    for _, case in ipairs(CASES) do
      assert.equal(case[1], tonumber(number_text(case[1])))
    end
  end)

  it("is the same in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local ok, err = pcall(each_case)
    os.setlocale(before, "numeric")
    assert(ok, err)
  end)

  it("has 64 bits where Lua's integers do", function()
    if math.maxinteger then
      assert.equal("9223372036854775807", number_text(math.maxinteger))
      assert.equal("-9223372036854775808", number_text(math.mininteger))
    end
  end)

  it("says what is none", function()
    assert.equal("nan", number_text(0 / 0))
    assert.equal("inf", number_text(math.huge))
    assert.equal("-inf", number_text(-math.huge))
  end)
end)
