local canonical = require "sigmamind.canonical"

describe("sigmamind.canonical", function()
  it("returns the same text for equal values, in any order of their fields", function()
    local first, second = {}, {}
    for i = 1, 20 do
      first["field" .. i] = i
      second["field" .. 21 - i] = 21 - i
    end
    assert.equal(canonical(first), canonical(second))
    assert.equal(canonical { { ge = 5 } }, canonical { { ge = 5 } })
  end)

  it("orders fields by their bytes, in every locale, because the text leaves the process", function()
    assert.equal("{1:B=1,1:a=2,1:b=3,2:-c=4,2:aa=5}", canonical { b = 3, a = 2, aa = 5, B = 1, ["-c"] = 4 })
  end)

  it("returns different texts for similar values", function()
    local values = {
      1,
      "1",
      true,
      "true",
      0.1,
      0.1 + 2 ^ -56,
      2 ^ 53,
      2 ^ 53 - 1,
      -2 ^ 53,
      "",
      {},
      { "" },
      { "a", "b" },
      { "a,2=1:b" },
      { ["a=1:b"] = "c" },
      { a = "1:b=c" },
      { a = { b = 1 } },
      { a = { b = "1" } },
      { { "a" }, "b" },
      { "a", { "b" } },
      { ["1"] = "a" },
      { "a" },
    }
    for i, one in ipairs(values) do
      for j, other in ipairs(values) do
        assert.equal(i == j, canonical(one) == canonical(other), i .. " and " .. j)
      end
    end
  end)

  it("distinguishes big integers on a Lua with 64-bit integers", function()
    if not math.type then
      return
    end
    assert.not_equal(canonical(math.maxinteger), canonical(math.maxinteger - 1))
  end)
end)
