-- wait: a row is read again until it has come to its end. The server is in this process, and no time passes.

local closing = require "spec.support.closing"()
local raises_here = require "spec.support.raises_here"
local scripted = require "spec.support.scripted"

--- A client of a server that sends these rows one after another, or replies that are given whole.
local function client_of(rows, options)
  local replies = {}
  for i, row in ipairs(rows) do
    replies[i] = row and (row:find "^HTTP" and row or scripted.reply(200, row))
  end
  local peer = closing(scripted.answering(replies))
  return closing(peer:client(options)), peer
end

local function call(status, rest)
  return ('{"callId":"call_1","status":"%s"%s}'):format(status, rest or "")
end

local UNAVAILABLE = scripted.reply(503, "{}")

describe("calls:wait", function()
  for _, final in ipairs { "ended", "not-connected", "error", "completed", "failed" } do
    it("returns a call whose status is " .. final, function()
      local client, peer = client_of { call "scheduled", call "in-progress", call(final) }
      local row = assert(client.calls:wait "call_1")
      assert.equal(final, row.status)
      assert.equal(3, #peer.requests)
      assert.equal("GET /v1/calls/call_1", peer.requests[1].head:match "^%S+ %S+")
    end)
  end

  it("returns a call that has an endTime, whatever its status", function()
    local client, peer = client_of {
      call("in-progress", ',"endTime":null'), call("hung-up", ',"endTime":"2026-05-05T10:00:00.000Z"'),
    }
    assert.equal("hung-up", assert(client.calls:wait "call_1").status)
    assert.equal(2, #peer.requests)
  end)

  it("goes on at a status that is not documented, and names it when the time is over", function()
    local client, peer = client_of { call "ringing" }
    local row, err, last = client.calls:wait("call_1", { timeout = 60 })
    assert.is_nil(row)
    assert.equal("timeout", err.kind)
    assert.is_true(err.retryable)
    assert.is_truthy(err.message:find("its status is 'ringing', which the documentation does not know", 1, true))
    assert.equal("ringing", last.status)
    assert.is_true(#peer.requests > 5)
    assert.is_true(math.abs(peer.slept - 60) < 1, peer.slept)
  end)

  it("waits longer from time to time, from the interval to 30 seconds", function()
    local client, peer = client_of { call "in-progress" }
    local act, times = peer.act, {}
    function peer.act(...)
      times[#times + 1] = peer.slept
      act(...)
    end
    client.calls:wait("call_1", { timeout = 200, interval = 8 })
    assert.same({ 0, 8, 20, 38, 65, 95, 125, 155, 185 }, { (table.unpack or unpack)(times, 1, 9) })
  end)

  it("keeps to an interval above that", function()
    local client, peer = client_of { call "in-progress" }
    client.calls:wait("call_1", { timeout = 120, interval = 40 })
    assert.equal(4, #peer.requests)
  end)

  it("goes on after a failure that may be over later", function()
    local client = client_of({ UNAVAILABLE, UNAVAILABLE, false, call "ended" }, { attempts = 1 })
    assert.equal("ended", assert(client.calls:wait "call_1").status)
  end)

  it("returns such a failure when the time is over", function()
    local client = client_of({ call "in-progress", UNAVAILABLE }, { attempts = 1 })
    local row, err, last = client.calls:wait("call_1", { timeout = 30 })
    assert.is_nil(row)
    assert.equal(503, err.status)
    assert.equal("in-progress", last.status)
  end)

  it("ends with its time where the server is silent, and names what was seen", function()
    local client, peer = client_of({ call "in-progress" }, { timeout = 30 })
    local act = peer.act
    function peer.act(...)
      if #peer.requests == 1 then
        act(...)
      end
    end
    local row, err, last = client.calls:wait("call_1", { timeout = 3 })
    assert.is_nil(row)
    assert.equal("timeout", err.kind)
    assert.is_truthy(err.message:find("its status is 'in-progress'", 1, true), err.message)
    assert.equal("in-progress", last.status)
  end)

  it("ends with the deadline of the operation", function()
    local client, peer = client_of { call "in-progress" }
    local row, err = client.calls:wait("call_1", { timeout = false }, { deadline = 20 })
    assert.is_nil(row)
    assert.equal("timeout", err.kind)
    assert.is_true(peer.slept < 21, peer.slept)
  end)

  it("returns any other failure at once", function()
    local client, peer = client_of { scripted.reply(404, "{}") }
    local row, err = client.calls:wait "call_1"
    assert.is_nil(row)
    assert.equal(404, err.status)
    assert.equal(1, #peer.requests)
  end)

  it("waits for what `ready` says instead", function()
    local client, peer = client_of {
      call("ended", ',"transcript":null'), call("ended", ',"transcript":"Agent: Hello"'),
    }
    local row = assert(client.calls:wait("call_1", {
      ready = function(row) return row.transcript ~= nil end,
    }))
    assert.equal("Agent: Hello", row.transcript)
    assert.equal(2, #peer.requests)
  end)

  it("ends when the client is closed", function()
    local client, peer = client_of { call "in-progress" }
    local act = peer.act
    function peer.act(...)
      act(...)
      if #peer.requests == 2 then
        client:close()
      end
    end
    local row, err = client.calls:wait "call_1"
    assert.is_nil(row)
    assert.equal("closed", err.kind)
    assert.equal(2, #peer.requests)
  end)

  it("raises for wrong arguments", function()
    local client, peer = client_of { call "ended" }
    raises_here("calls:wait: id must be the id of a row", function() client.calls:wait(5) end)
    raises_here("calls:wait: interval must be a number of seconds above 0, got 0", function()
      client.calls:wait("call_1", { interval = 0 })
    end)
    raises_here("calls:wait: unknown option 'intervall' (did you mean interval?)", function()
      client.calls:wait("call_1", { intervall = 1 })
    end)
    raises_here("calls:wait: unknown option 'attempt'", function()
      client.calls:wait("call_1", {}, { attempt = 1 })
    end)
    assert.equal(0, #peer.requests)
  end)
end)

describe("campaigns:wait", function()
  it("returns a campaign that is completed", function()
    local campaign = '{"campaignId":"camp_1","campaignStatus":"%s"}'
    local client, peer = client_of {
      campaign:format "scheduled", campaign:format "live", campaign:format "paused", campaign:format "completed",
    }
    assert.equal("completed", assert(client.campaigns:wait("camp_1", { timeout = false })).campaignStatus)
    assert.equal(4, #peer.requests)
  end)
end)

it("a resource whose rows have no known end has no wait", function()
  local client = client_of { "{}" }
  raises_here("sigmamind.agents has no 'wait'", function() client.agents:wait "agent_1" end)
end)
