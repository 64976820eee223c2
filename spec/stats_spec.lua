-- client:stats and the event "done", compared with what the servers saw.

local blocking = require "sigmamind.runtime.blocking"
local core = require "sigmamind.core"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared()

--- A client with the list of its "done" events.
local function noting(options)
  local done, last = {}, nil
  options = options or {}
  options.on_event = function(event)
    last = event
    if event.name == "done" then
      done[#done + 1] = event
    end
  end
  return sandbox:client(options), done, function() return last end
end

--- The counts of requests, each as one text.
local function requests_of(stats)
  local texts = {}
  for i, each in ipairs(stats.requests) do
    texts[i] = ("%s %s %s %s: %d"):format(each.resource, each.method, tostring(each.status), tostring(each.kind), each.count)
  end
  return texts
end

--- The number of all requests that have ended.
local function sum_of(stats)
  local sum = 0
  for _, each in ipairs(stats.requests) do
    sum = sum + each.count
  end
  return sum
end

before_each(function()
  sandbox:clear()
end)

describe("the event done", function()
  it("is the last of a request, once, with what it came to", function()
    local client, done, last = noting()
    local page = assert(client.campaigns:page { size = 3 })
    assert.equal(1, #done)
    local event = done[1]
    assert.equal(event, last())
    assert.equal("GET", event.method)
    assert.equal("/v1/campaigns?size=3", event.path)
    assert.equal("campaigns", event.resource)
    assert.equal(1, event.attempt)
    assert.equal(200, event.status)
    assert.equal(0, event.waited)
    assert.is_true(event.bytes > 0 and event.seconds > 0)
    assert.is_nil(event.error)
    assert.is_nil(event.cache)
    assert.is_nil(event.age)
    page:close()
    client:close()
  end)

  it("names the resource of each verb, and request without one", function()
    local client, done = noting()
    client.calls:get "nothing"
    client.campaigns:update("nothing", { campaignName = "n" })
    client.calls:delete "nothing"
    client:collection({ path = "/v1/chats", id = "chatId", list = {}, name = "talks" }):page()
    client.agents:list():first()
    client:request { path = "/v1/chats" }
    local seen = {}
    for i, event in ipairs(done) do
      seen[i] = event.method .. " " .. event.resource
    end
    assert.same({ "GET calls", "PATCH campaigns", "DELETE calls", "GET talks", "GET agents", "GET request" }, seen)
    client:close()
  end)

  it("has the attempts of all retries, and the time that was waited between them", function()
    local host = recorder()
    local client, done = noting { runtime = host }
    sandbox:faults { status = 503, times = 2, headers = { ["retry-after"] = "7" } }
    assert(client.campaigns:page())
    assert.equal(3, done[1].attempt)
    assert.is_true(done[1].waited >= 14)
    assert.is_true(done[1].seconds >= done[1].waited)
    assert.equal(2, client:stats().retries)
    assert.equal(3, client:stats().attempts)
    assert.equal(3, #sandbox:log())
    client:close()
  end)

  it("says that a body cannot be used", function()
    local client, done = noting()
    sandbox:faults { body = '{"data":1}' }
    assert.is_nil((client.campaigns:page()))
    sandbox:faults { body = "{" }
    assert.is_nil((client.campaigns:page()))
    sandbox:faults { body = "[]" }
    assert.is_nil((client.campaigns:get "one"))
    assert.equal("protocol", done[1].error.kind)
    assert.equal("decode", done[2].error.kind)
    assert.equal("protocol", done[3].error.kind)
    assert.same({ 200, 200, 200 }, { done[1].status, done[2].status, done[3].status })
    assert.same({ "campaigns GET 200 decode: 1", "campaigns GET 200 protocol: 2" }, requests_of(client:stats()))
    client:close()
  end)

  it("has the error of a request without a reply, and of one that was never sent", function()
    local client, done = noting { attempts = 1, deadline = 5 }
    sandbox:faults { reset = true }
    client.campaigns:page()
    assert.equal("network", done[1].error.kind)
    assert.is_nil(done[1].status)
    sandbox:faults { status = 429, headers = { ["retry-after"] = "1000" } }
    client.campaigns:page()
    client.campaigns:page()
    assert.equal(429, done[2].status)
    assert.equal(0, done[3].attempt)
    assert.is_nil(done[3].status)
    assert.same({
      "campaigns GET nil network: 1", "campaigns GET nil rate_limit: 1", "campaigns GET 429 rate_limit: 1",
    }, requests_of(client:stats()))
    assert.equal(1, client:stats().pauses.reply)
    client:close()
  end)

  it("comes for prefetched pages that are never read, as cancelled", function()
    local client, done = noting { prefetch = 4 }
    local stream = client:campaigns { size = 10 }
    for _ = 1, 35 do
      assert(stream:next())
    end
    local begun = client:stats()
    assert.is_true(begun.in_flight > 0)
    stream:close()
    local stats = client:stats()
    assert.equal(0, stats.in_flight)
    assert.equal(#done, sum_of(stats))
    assert.equal(begun.in_flight, sum_of(stats) - sum_of(begun))
    assert.equal("cancelled", done[#done].error.kind)
    client:close()
  end)

  it("comes for a request that waits while its walk is closed", function()
    local stream
    local client, done = noting { runtime = {
      now = core.now,
      sleep = core.sleep,
      wait = function(session, transfer)
        stream:close()
        blocking.wait(session, transfer)
      end,
    } }
    stream = client:campaigns()
    assert.is_nil((stream:next()))
    assert.equal(1, #done)
    assert.equal("cancelled", done[1].error.kind)
    assert.equal(0, client:stats().in_flight)
    client:close()
  end)

  it("has no status of an earlier attempt, when its walk is closed before the next", function()
    local stream
    local client, done = noting { runtime = {
      now = core.now,
      sleep = function() stream:close() end,
      wait = blocking.wait,
    } }
    sandbox:faults { status = 503, headers = { ["retry-after"] = "1" } }
    stream = client:campaigns()
    assert.is_nil((stream:next()))
    assert.equal(1, #done)
    assert.equal("cancelled", done[1].error.kind)
    assert.is_nil(done[1].status)
    assert.same({ "campaigns GET nil cancelled: 1" }, requests_of(client:stats()))
    client:close()
  end)

  it("comes once, when a hook has interrupted a walk and the walk goes on", function()
    local client, done = noting()
    local stream, is_inside = client:campaigns { size = 50, prefetch = 0 }, false
    sandbox:faults { delay = 0.3 }
    debug.sethook(function()
      if is_inside then
        debug.sethook()
        error("of the hook", 0)
      end
      is_inside = client:stats().attempts > 0
    end, "", 100)
    local ok = pcall(stream.next, stream)
    debug.sethook()
    assert.is_false(ok)
    assert.equal(125, stream:count())
    local stats = client:stats()
    assert.equal(0, stats.in_flight)
    assert.equal(#done, sum_of(stats))
    assert.equal("campaigns GET nil cancelled: 1", requests_of(stats)[1])
    client:close()
  end)

  it("does not count the time for which a prefetched page lay unread", function()
    local client, done = noting { prefetch = 2 }
    local stream = client:campaigns { size = 50 }
    for _ = 1, 51 do
      assert(stream:next()) -- page 2 is in flight
    end
    for _ = 1, 30 do
      client.transport.session:poll(0.01)
    end
    core.sleep(3)
    assert.equal(74, stream:count())
    assert.matches("page=2", done[#done].path)
    assert.is_true(done[#done].seconds < 2.5)
    client:close()
  end)
end)

describe("client:stats", function()
  it("agrees with what the server saw of a walk with faults", function()
    local client = sandbox:client { runtime = recorder(), prefetch = 4 }
    sandbox:faults({ page = 3, status = 500, times = 2 }, { page = 5, status = 503 })
    assert.equal(125, client:campaigns({ size = 10 }):count())
    local stats, log = client:stats(), sandbox:log()
    assert.equal(#log, stats.attempts)
    assert.equal(3, stats.retries)
    assert.same({ "campaigns GET 200 nil: 13" }, requests_of(stats))
    assert.equal(0, stats.in_flight)
    client:close()
  end)

  it("has a histogram of each resource, whose buckets are cumulative", function()
    local client = sandbox:client()
    for _ = 1, 3 do
      assert(client.agents:page())
    end
    sandbox:faults { delay = 0.3 }
    assert(client.agents:page())
    local histogram = client:stats().seconds.agents
    assert.equal(4, histogram.count)
    assert.is_true(histogram.sum >= 0.3)
    local bounds, before = {}, 0
    for i, bucket in ipairs(histogram.buckets) do
      bounds[i] = bucket.le
      assert.is_true(bucket.count >= before)
      before = bucket.count
      assert.is_true(bucket.le > 0.25 or bucket.count <= 3)
    end
    assert.same({ 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, math.huge }, bounds)
    assert.equal(4, before)
    client:close()
  end)

  it("counts the bytes of bodies, compressed as they came", function()
    local client, done = noting()
    assert(client.campaigns:page { size = 100 })
    assert(client.calls:page { size = 10 })
    assert.equal(done[1].bytes + done[2].bytes, client:stats().bytes)
    client:close()
  end)

  it("is that of all clients of one session, and a copy", function()
    local client = sandbox:client()
    local other = client:with { attempts = 1 }
    assert(other.campaigns:page())
    local first = client:stats()
    assert.equal(1, first.attempts)
    first.requests[1].count, first.cache.hit = 77, 77
    assert.same({ "campaigns GET 200 nil: 1" }, requests_of(other:stats()))
    assert.equal(0, other:stats().cache.hit)
    local apart = sandbox:client()
    assert.equal(0, apart:stats().attempts)
    apart:close()
    client:close()
  end)

  it("has zeros and no requests at first", function()
    local client = sandbox:client()
    assert.same({
      requests = {}, seconds = {}, attempts = 0, retries = 0, pauses = { reply = 0, shared = 0 },
      cache = { hit = 0, stale = 0, miss = 0, coalesced = 0 }, bytes = 0, in_flight = 0,
    }, client:stats())
    client:close()
  end)

  it("counts under other what comes after 64 names of resources", function()
    local client = sandbox:client { attempts = 1 }
    for i = 1, 70 do
      client:collection({ path = "/v1/campaigns/id" .. i, id = "campaignId", list = {} }):page()
    end
    local stats, names = client:stats(), 0
    for _ in pairs(stats.seconds) do
      names = names + 1
    end
    assert.equal(65, names)
    assert.equal(6, stats.seconds.other.count)
    assert.equal(70, sum_of(stats))
    client:close()
  end)

  it("forgets a request whose coroutine is never resumed", function()
    local client = sandbox:client { runtime = recorder(true) }
    local abandoned = coroutine.create(function() client.campaigns:page() end)
    assert(coroutine.resume(abandoned))
    assert.equal(1, client:stats().in_flight)
    abandoned = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.equal(0, client:stats().in_flight)
    client:close()
  end)

  it("must be called with a colon", function()
    local client = sigmamind.new { api_key = "k" }
    assert.error_matches(function() client.stats() end, "client.stats must be called with a colon")
    client:close()
  end)
end)
