-- What all requests with one key share: the pause after a 429, the rate, the retry budget. Several processes
-- are in fleet_spec.

local core = require "sigmamind.core"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared()

--- A store in memory that records when turns are granted.
local function recording()
  local memory = sigmamind.store.memory()
  local store = { granted = {}, refused = 0 }
  for _, name in ipairs { "get", "set", "add", "incr" } do
    store[name] = function(_, ...)
      return memory[name](memory, ...)
    end
  end
  function store:take(...)
    local now = core.now()
    local wait, more = memory:take(...)
    if wait then
      self.granted[#self.granted + 1] = now + wait
    else
      self.refused = self.refused + 1
    end
    return wait, more
  end
  return store
end

--- Asserts that no window has more turns than its time allows. The times were read a moment before the store
--- read its own.
local function keeps(times, rate, burst)
  table.sort(times)
  for i = 1, #times do
    for j = i, #times do
      assert(j - i + 1 <= 1.01 * (rate * (times[j] - times[i]) + burst) + 0.5, "too many turns")
    end
  end
end

describe("rate", function()
  it("grants at most per_second * t + burst in any time t, to all clients together, in order", function()
    local store = recording()
    local began = {}
    local first = sandbox:client {
      store = store, rate = { per_second = 100, burst = 5 },
      on_event = function(event)
        if event.name == "request" then
          began[#began + 1] = core.now()
        end
      end,
    }
    local second = first:with { timeout = 5 }
    local list = {}
    for i = 1, 60 do
      list[i] = i
    end
    assert(first:gather(list, function(i)
      return (i % 2 == 0 and first or second).campaigns:page { page = i, size = 1 }
    end, { width = 16 }))
    assert.equal(60, #store.granted)
    assert.equal(60, #began)
    keeps(store.granted, 100, 5)
    for i = 1, #began do
      assert(began[i] >= store.granted[i] - 0.005) -- nobody before his turn
    end
    first:close()
  end)

  it("counts each attempt, and what is sent ahead only where a turn is free", function()
    local store = recording()
    local client = sandbox:client { store = store, rate = { per_second = 200, burst = 2 }, prefetch = 4 }
    sandbox:faults { page = 2, status = 503, times = 1, headers = { ["retry-after"] = "0" } }
    assert.equal(125, client:campaigns({ size = 10 }):count())
    local requests = #sandbox:log()
    assert(requests >= 14)
    assert.equal(requests, #store.granted)
    keeps(store.granted, 200, 2)
    client:close()
  end)

  it("refuses at once who would have to wait until after the deadline, and takes no turn for him", function()
    local store = recording()
    local client = sandbox:client { store = store, rate = { per_second = 0.1 }, deadline = 3 }
    assert(client.campaigns:page())
    local page, err = client.campaigns:page()
    assert.is_nil(page)
    assert.equal("rate_limit", err.kind)
    assert.is_true(err.retryable)
    assert(err.retry_after > 3 and err.retry_after <= 10)
    assert.equal(1, #store.granted)
    assert.equal(1, #sandbox:log())
    client:close()
  end)

  it("goes on in each process by itself while the store fails", function()
    local store = recording()
    store.take = function() return nil, "down" end
    local client = sandbox:client { store = store, rate = { per_second = 0.1, burst = 2 }, deadline = 3 }
    assert(client.campaigns:page())
    assert(client.campaigns:page())
    local _, err = client.campaigns:page()
    assert.equal("rate_limit", err.kind)
    client:close()
  end)
end)

describe("the pause after a 429", function()
  --- Two clients that share nothing but the store, like two processes.
  local function pair(peer, store)
    local options = { store = store, runtime = peer:runtime(), attempts = 1 }
    return peer:client(options), peer:client(options)
  end

  local LIMITED = scripted.reply(429, "{}", "Retry-After: 7\r\n")
  local GOOD = scripted.reply(200, '{"data":[],"page":0,"size":1,"totalCount":0,"totalPages":0,"hasNext":false}')

  it("holds back every client of that key and base_url that shares the store", function()
    local store = sigmamind.store.memory()
    local peer = scripted.answering { scripted.reply(429, "{}", "Retry-After: 1\r\n"), GOOD }
    local one, other = pair(peer, store)
    local _, err = one.campaigns:page()
    assert.equal("rate_limit", err.kind)
    local began = core.now()
    assert(other.campaigns:page())
    assert(core.now() - began > 0.9)
    peer:close()
  end)

  it("holds back nobody with another key, or another base_url", function()
    local store = sigmamind.store.memory()
    local peer, elsewhere = scripted.answering { LIMITED, GOOD }, scripted.answering { GOOD }
    local one = pair(peer, store)
    one.campaigns:page()
    local stranger = peer:client { store = store, api_key = "other" }
    assert(stranger.campaigns:page())
    assert.equal(0, peer.slept)
    local abroad = elsewhere:client { store = store }
    assert(abroad.campaigns:page())
    assert.equal(0, elsewhere.slept)
    peer:close()
    elsewhere:close()
  end)

  it("is not made shorter by a later, shorter one", function()
    local store = sigmamind.store.memory()
    local peer = scripted.answering { LIMITED, scripted.reply(429, "{}", "Retry-After: 1\r\n"), GOOD }
    local client = peer:client { store = store, attempts = 1 }
    client.campaigns:page()
    local limiter = client.transport:limiter "k"
    limiter:pause(1, client.options.runtime)
    local other = peer:client { store = store }
    assert(other.transport:limiter("k"):pause_left(other.options.runtime) > 6)
    peer:close()
  end)
end)

describe("the retry budget", function()
  it("is one for all who share the store", function()
    local store = sigmamind.store.memory()
    local retries = 0
    local peer = scripted.answering { scripted.reply(500, "{}") }
    local function client()
      return peer:client {
        store = store, attempts = 10,
        on_event = function(event)
          retries = retries + (event.name == "retry" and 1 or 0)
        end,
      }
    end
    local clients = { client(), client(), client() }
    for i = 1, 60 do
      clients[i % 3 + 1].campaigns:page()
    end
    assert.equal(100, retries) -- 500 tokens, 5 for each
    peer:close()
  end)

  it("gets back what successes refund, but never more than it had", function()
    local store = sigmamind.store.memory()
    local status, retries = 200, 0
    local peer
    peer = scripted.open(function(connection)
      connection:send(scripted.reply(status, '{"data":[],"page":0,"hasNext":false}'))
    end)
    local client = peer:client {
      store = store, attempts = 10,
      on_event = function(event)
        retries = retries + (event.name == "retry" and 1 or 0)
      end,
    }
    local function run(times, now)
      status = now
      for _ = 1, times do
        client.campaigns:page()
      end
    end
    run(50, 200)
    run(20, 500)
    assert.equal(100, retries)
    run(50, 200)
    run(20, 500)
    assert.equal(110, retries)
    peer:close()
  end)
end)
