-- The table of outcomes, as in the reference; spec/at_most_once_spec.lua has them over a socket.

local outcome = require "sigmamind.http.outcome"

describe("sigmamind.http.outcome", function()
  it("is not_done where nothing was sent, whatever else is known", function()
    for _, status in ipairs { 200, 408, 500, false } do
      assert.equal("not_done", outcome.of(status or nil, false))
    end
  end)

  it("depends on the status where the request was sent", function()
    local expected = {
      [200] = "done", [201] = "done", [204] = "done", [299] = "done",
      [300] = "unknown", [301] = "unknown", [307] = "unknown",
      [400] = "not_done", [401] = "not_done", [407] = "not_done", [408] = "unknown", [409] = "not_done",
      [425] = "not_done", [429] = "not_done", [499] = "not_done",
      [500] = "unknown", [502] = "unknown", [503] = "unknown", [504] = "unknown", [599] = "unknown", [101] = "unknown",
    }
    for status, what in pairs(expected) do
      assert.equal(what, outcome.of(status, true), status)
    end
    assert.equal("unknown", outcome.of(nil, true))
  end)

  it("of several attempts is the one that matters most", function()
    assert.equal("not_done", outcome.worse(false, "not_done"))
    assert.equal("unknown", outcome.worse("unknown", "not_done"))
    assert.equal("unknown", outcome.worse("not_done", "unknown"))
    assert.equal("done", outcome.worse("done", "unknown"))
    assert.equal("done", outcome.worse("unknown", "done"))
  end)
end)
