-- The stores. This file is the contract of all.

local store = require "sigmamind.store"

describe("sigmamind.store", function()
  it("keeps a value of any bytes until its time is over", function()
    local it_is = store.memory()
    assert.is_true(it_is:set("k", "a\0b\255", 10))
    local value, left = it_is:get "k"
    assert.equal("a\0b\255", value)
    assert(left > 9 and left <= 10)
  end)
end)
