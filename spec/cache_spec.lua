-- The cache of bodies, and one request for readers who ask the same, in one process. Those of several
-- processes are in fleet_spec.

local core = require "sigmamind.core"
local kept = require "sigmamind.http.kept"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared()
local reply = scripted.reply

--- A store whose time can pass: `ahead` seconds. `remote`: whether it says that it is not in this process.
local function aging(remote)
  local memory = sigmamind.store.memory()
  local store = { ahead = 0, is_local = not remote, values = {} }
  function store:get(key)
    local value, left = memory:get(key)
    if value and left > self.ahead then
      return value, left - self.ahead
    end
  end
  function store:set(key, value, ttl)
    self.values[key] = value
    return memory:set(key, value, value and ttl + self.ahead)
  end
  function store:add(key, value, ttl)
    if not self:get(key) then
      memory:set(key, nil)
    end
    return memory:add(key, value, ttl + self.ahead)
  end
  function store:incr(key, by, ttl) return memory:incr(key, by, ttl + self.ahead) end
  function store.take(_, ...) return memory:take(...) end
  --- Forgets the values that `is_wanted` says so of.
  function store:forget(is_wanted)
    for key, value in pairs(self.values) do
      if is_wanted(key, value) then
        memory:set(key, nil)
      end
    end
  end
  return store
end

local function cached(store, options)
  local given = { store = store, cache = { ttl = 60, stale = 600 }, attempts = 1 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return given
end

local function names(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = row.campaignId
  end
  return list
end

local PAGE = '{"data":[{"campaignId":"%s"}],"page":0,"size":1,"totalCount":1,"totalPages":1,'
  .. '"hasNext":false,"hasPrevious":false}'

--- The id of the only row of a client's first page; nil, err.
local function only(client, options)
  local page, err = client.campaigns:page({}, options)
  return page and page.data[1].campaignId, err
end

--- What a new call needs, in this sandbox.
local function call_of(client)
  return {
    fromPhoneNumber = client.phone_numbers:list():next().sipPhoneNumber,
    toPhoneNumber = "+14155552671",
    agentId = client.agents:list():next().agentId,
  }
end

describe("cache", function()
  local store, client

  before_each(function()
    store = aging()
    client = sandbox:client(cached(store))
  end)

  after_each(function()
    client:close()
  end)

  it("answers the same request without the API while its ttl lasts", function()
    local first = assert(client.campaigns:page { size = 5 })
    store.ahead = 59
    local again = assert(client.campaigns:page { size = 5 })
    assert.same(first.data, again.data)
    assert.equal(first.totalCount, again.totalCount)
    assert.equal(1, #sandbox:log())
    assert(client.campaigns:page { size = 6 })
    assert(client.campaigns:page({ size = 5 }, { headers = { ["X-Other"] = "1" } }))
    assert(client.campaigns:page({ size = 5 }, { cache = false }))
    assert.equal(4, #sandbox:log())
  end)

  it("keeps single rows and raw replies too, with their headers", function()
    local id = client.campaigns:page({ size = 1 }).data[1].campaignId
    local row = assert(client.campaigns:get(id))
    assert.same(row, client.campaigns:get(id))
    local raw = client:request { path = "/v1/campaigns/" .. id }
    local again = client:request { path = "/v1/campaigns/" .. id }
    assert.equal(raw.text, again.text)
    assert.same(raw.data, again.data)
    assert.equal("application/json", again:header("Content-Type"):match "^[^;]*")
    assert.equal(2, #sandbox:log()) -- the row by its id, however it is asked for
  end)

  it("is of one key: another never gets its bodies", function()
    assert(client.campaigns:page())
    local _, err = client:with({ api_key = "another-key" }).campaigns:page()
    assert.equal("auth", err.kind)
    for key, value in pairs(store.values) do
      assert.is_nil((key .. value):find(sandbox.key, 1, true))
      assert.is_nil(key:find "campaign")
    end
  end)

  it("reads again after its ttl, and says so in the report of a walk", function()
    local rows = client:campaigns { size = 50 }
    assert.equal(125, rows:count())
    assert.same({ 0, 0, 0 }, { rows:report().cached, rows:report().stale, rows:report().age })
    store.ahead = 30
    rows = client:campaigns { size = 50 }
    assert.equal(125, rows:count())
    assert.same({ 3, 0 }, { rows:report().cached, rows:report().stale })
    assert(rows:report().age >= 30 and rows:report().age < 59)
    assert.is_false(rows:report().consistent)
    assert.equal(3, #sandbox:log())
    store.ahead = 61
    assert.equal(125, client:campaigns({ size = 50 }):count())
    assert.equal(6, #sandbox:log())
  end)

  it("returns an old body where the API fails, until stale is over too", function()
    local before = assert(client.campaigns:page { size = 5 })
    store.ahead = 61
    for _, fault in ipairs {
      { status = 503, times = -1 }, { status = 500, times = -1 }, { status = 429, times = -1 },
      { body = "<html>", times = -1 }, { fault = "reset", times = -1 },
    } do
      sandbox:faults(fault.fault and { reset = true, times = -1 } or fault)
      local page = assert(client.campaigns:page { size = 5 })
      assert.same(before.data, page.data)
      store.ahead = store.ahead + 3
    end
    store.ahead = 700
    local page, err = client.campaigns:page { size = 5 }
    assert.is_nil(page)
    assert.is_truthy(err)
  end)

  it("uses no body that is too old for this client, though another keeps it for longer", function()
    assert(client.campaigns:page())
    local strict = sandbox:client(cached(store, { cache = { ttl = 5, stale = 10 } }))
    store.ahead = 4
    assert(strict.campaigns:page())
    assert.equal(1, #sandbox:log())
    store.ahead = 20
    sandbox:faults { status = 503, times = -1 }
    local page, err = strict.campaigns:page()
    assert.is_nil(page)
    assert.equal(503, err.status)
    strict:close()
  end)

  it("does not try again at once what has just failed, while it has an old body", function()
    assert(client.campaigns:page())
    store.ahead = 61
    sandbox:clear()
    sandbox:faults { status = 503, times = -1 }
    for _ = 1, 5 do
      assert(client.campaigns:page())
    end
    assert.equal(1, #sandbox:log())
    store.ahead = 64
    sandbox:faults()
    assert(client.campaigns:page())
    assert(client.campaigns:page())
    assert.equal(2, #sandbox:log())
  end)

  it("says in the event of a row's end that it was old", function()
    local seen
    local watching = sandbox:client(cached(store, { on_event = function(event)
      seen = event.name == "done" and event or seen
    end }))
    local id = watching.campaigns:page({ size = 1 }).data[1].campaignId
    assert(watching.campaigns:get(id))
    assert.same({ "miss" }, { seen.cache, seen.age })
    store.ahead = 61
    sandbox:faults { status = 503, times = -1 }
    assert(watching.campaigns:get(id))
    assert.equal("stale", seen.cache)
    assert.is_nil(seen.error)
    assert(seen.age >= 61)
    watching:close()
  end)

  it("returns the error where the API has answered: no old body", function()
    assert(client.campaigns:page())
    for _, status in ipairs { 400, 401, 403, 404 } do
      store.ahead = store.ahead + 61
      sandbox:faults { status = status, times = 1 }
      local page, err = client.campaigns:page()
      assert.is_nil(page)
      assert.equal(status, err.status)
    end
  end)

  it("keeps nothing that cannot be read, and no error", function()
    for _, fault in ipairs {
      { body = "{" }, { body = "[1]" }, { status = 404 }, { status = 500 }, { body = "", status = 204 },
    } do
      sandbox:faults(fault)
      assert.is_nil((client.campaigns:page { size = 7 }))
    end
    assert(client.campaigns:page { size = 7 })
    assert.equal(6, #sandbox:log())
  end)

  it("reads from the API what somebody has damaged in the store", function()
    for _, damaged in ipairs { "", "nonsense", "sigmamind/1 200 0 x 660000 plain\n\n\n{", "sigmamind/9 \n\n" } do
      assert(client.campaigns:page())
      store:forget(function(key, value)
        if key:find ":body:" then
          store:set(key, damaged == "" and value:sub(1, 50) or damaged, 660)
        end
      end)
      sandbox:clear()
      assert.equal(10, #assert(client.campaigns:page()).data)
      assert.equal(1, #sandbox:log())
    end
  end)

  it("keeps no body that is larger than max_bytes", function()
    local small = sandbox:client(cached(aging(), { cache = { ttl = 60, max_bytes = 3000 } }))
    for _ = 1, 2 do
      assert(small.campaigns:page { size = 1 })
      assert(small.campaigns:page { size = 50 })
    end
    assert.equal(3, #sandbox:log())
    small:close()
  end)

  it("forgets a listing and its rows when this client writes to it, whatever comes of that", function()
    for _, fault in ipairs { {}, { method = "POST", status = 500, times = 1 } } do
      assert(client.calls:page())
      assert(client.campaigns:page())
      local call = call_of(client)
      sandbox:clear()
      if fault.method then
        sandbox:faults(fault)
      end
      client.calls:create(call)
      assert(client.calls:page())
      assert(client.campaigns:page())
      assert.equal(2, #sandbox:log()) -- the call, and its listing
    end
  end)

  it("keeps no body of a request that was sent before a write", function()
    local began
    local peer
    peer = scripted.open(function(connection, request)
      if request.method == "POST" then
        return connection:send(reply(201, '{"callId":"c"}'))
      elseif not began then
        began = true
        peer.writer.calls:create { fromPhoneNumber = "+14155550100", toPhoneNumber = "+14155550101", agentId = "a" }
      end
      connection:send(reply(200, PAGE:format "one"))
    end)
    peer.writer = peer:client { store = store }
    local reader = peer:client(cached(store))
    assert(reader.calls:page())
    assert(reader.calls:page())
    assert.equal(2, peer:count "GET")
    assert(reader.calls:page())
    assert.equal(2, peer:count "GET")
    peer:close()
  end)

  it("waits, watches and looks for what became of a write at the API", function()
    sandbox:faults()
    local call = assert(client.calls:create(call_of(client)))
    assert(client.calls:get(call.callId))
    local before = #sandbox:log()
    client.calls:wait(call.callId, { timeout = 0.5, interval = 0.1 })
    assert(#sandbox:log() > before + 1)
    local _, err = client.calls:get(call.callId)
    assert.is_nil(err)
  end)
end)

describe("cache, a body that the API confirms", function()
  local function confirming(header, value, condition)
    local store = aging()
    local peer
    peer = scripted.open(function(connection, request)
      if scripted.header(request.head, condition) == value then
        return connection:send("HTTP/1.1 304 Not Modified\r\n\r\n")
      end
      connection:send(reply(200, PAGE:format(#peer.requests), ("%s: %s\r\n"):format(header, value)))
    end)
    local results = {}
    local client = peer:client(cached(store, {
      on_event = function(event)
        results[#results + 1] = event.name == "done" and event.cache or nil
      end,
    }))
    assert.equal("1", only(client))
    store.ahead = 61
    assert.equal("1", only(client))
    assert.equal(2, #peer.requests)
    assert.equal("1", only(client)) -- fresh again
    assert.equal(2, #peer.requests)
    store.ahead = 130
    assert.equal("1", only(client)) -- and it can be confirmed again
    assert.equal(3, #peer.requests)
    assert.same({ "miss", "miss", "hit", "miss" }, results)
    peer:close()
  end

  it("by its ETag is fresh again", function()
    confirming("ETag", '"abc"', "If-None-Match")
  end)

  it("by its time is fresh again", function()
    confirming("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT", "If-Modified-Since")
  end)

  it("is left alone by a call with a condition of its own", function()
    local peer = scripted.answering { reply(200, PAGE:format "1", 'ETag: "a"\r\n') }
    local client = peer:client(cached(aging()))
    for _ = 1, 2 do
      assert.equal("1", only(client, { headers = { ["if-none-match"] = '"mine"' } }))
    end
    assert.equal(2, #peer.requests)
    assert.equal('"mine"', scripted.header(peer.requests[2].head, "If-None-Match"))
    peer:close()
  end)

  it("is no page of a list because a raw request has kept it", function()
    local peer = scripted.answering {
      reply(200, (PAGE:format "x":gsub('"page":0', '"page":7'))), reply(200, PAGE:format "right"),
    }
    local client = peer:client(cached(aging()))
    assert(client:request { path = "/v1/campaigns", query = { page = 0 } })
    assert.equal("right", client.campaigns:page({ page = 0 }).data[1].campaignId)
    peer:close()
  end)

  it("may not be replaced by a 304 that was not asked for", function()
    local peer = scripted.answering { "HTTP/1.1 304 Not Modified\r\n\r\n" }
    local client = peer:client(cached(aging()))
    local id, err = only(client)
    assert.is_nil(id)
    assert.equal(304, err.status)
    peer:close()
  end)
end)

describe("cache, a walk", function()
  local store, client
  local moving

  setup(function()
    moving = server.start { campaigns = 60 }
  end)

  teardown(function()
    moving:stop()
  end)

  before_each(function()
    store = aging()
    client = moving:client(cached(store))
    moving:list(60)
    moving:clear()
  end)

  after_each(function()
    client:close()
  end)

  --- Walks in pages of 10; returns the ids in order, and the report.
  local function walk(arguments)
    local given = { size = 10 }
    for name, value in pairs(arguments or {}) do
      given[name] = value
    end
    local rows = client.campaigns:list(given)
    return names(assert(rows:totable())), rows:report()
  end

  --- Asserts that the ids are all those of the list as it is now, besides some that are there no more.
  local function has_all(ids)
    local seen = {}
    for _, id in ipairs(ids) do
      assert.is_nil(seen[id], "a row came twice")
      seen[id] = true
    end
    for _, id in ipairs((moving:ids())) do
      assert.is_true(seen[id], "a row was missed")
    end
  end

  --- Changes the list without a change of its total, so that only the ids say so: the first row goes, and one
  --- comes at the end.
  local function move()
    moving:list(nil, { { request = 1, delete = 0, count = 1 }, { request = 1, insert = 59, count = 1 } })
    assert(moving:client():request { path = "/v1/campaigns", query = { size = 1 } })
    assert.equal(60, #moving:ids())
  end

  it("whose later pages are gone begins again at the API: no row is missed, none comes twice", function()
    walk()
    move()
    store.ahead = 50
    local page = 0
    store:forget(function(key, value)
      page = page + (key:find ":body:" and 1 or 0)
      return key:find ":body:" and value:find '"page":3'
    end)
    assert.equal(6, page)
    moving:clear()
    local ids, report = walk()
    has_all(ids)
    assert.equal(61, #ids)
    assert.same({ 3, false }, { report.cached, report.consistent })
    assert.equal(6, #moving:log())
    moving:clear()
    ids = walk()
    assert.equal(60, #ids)
    assert.equal(0, #moving:log())
  end)

  it("takes no page that another read put in place of one of its own", function()
    walk()
    move()
    store.ahead = 61
    assert(client.campaigns:page { page = 2, size = 10 }) -- refreshed: it has other rows now
    store.ahead = 30
    has_all((walk()))
  end)

  it("of many readers goes on together where the cache ends, while the pages are young", function()
    client.campaigns:list({ size = 10, limit = 20 }):totable()
    moving:clear()
    local _, report = walk { prefetch = 0 }
    assert.equal(2, report.cached)
    assert.equal(4, #moving:log())
    moving:clear()
    _, report = walk()
    assert.equal(6, report.cached)
    assert.equal(0, #moving:log())
  end)

  it("begins again where a page is of another walk", function()
    walk()
    store:forget(function(key, value) return key:find ":body:" and value:find '"page":2' end)
    assert(client.campaigns:page { page = 2, size = 10 })
    moving:clear()
    local ids, report = walk()
    assert.equal(60, #ids)
    assert.equal(2, report.cached)
    assert.equal(6, #moving:log())
  end)

  it("out of the cache has the rows of the walk that filled it, though that has stepped back", function()
    for seed = 1, 8 do
      moving:list(8, {
        { request = 3, delete = seed % 3, count = 1 }, { request = 4, insert = seed % 5, count = 1 },
      })
      local fresh = moving:client(cached(aging()))
      local first = names(assert(fresh.campaigns:list({ size = 2, prefetch = seed % 2 }):totable()))
      local seen = {}
      for _, id in ipairs(names(assert(fresh.campaigns:list({ size = 2 }):totable()))) do
        seen[id] = true
      end
      local now = {}
      for _, id in ipairs((moving:ids())) do
        now[id] = true
      end
      for _, id in ipairs(first) do
        assert.is_true(seen[id] or not now[id], "a row was missed")
      end
      fresh:close()
    end
  end)

  it("begins again where a page has changed, after one that was not read again", function()
    walk()
    store.ahead = 61
    assert(client.campaigns:page { page = 0, size = 10 }) -- as it was
    moving:list(nil, { { request = 1, delete = 5, count = 1 }, { request = 1, insert = 59, count = 1 } })
    assert(moving:client():request { path = "/v1/campaigns", query = { size = 1 } })
    store.ahead = 100
    has_all((walk()))
  end)

  it("continues no page that was confirmed by one that is new, beside others that are old", function()
    walk()
    store.ahead = 10
    local strict = moving:client(cached(store, { cache = { ttl = 5, stale = 600 } }))
    assert(strict.campaigns:page { page = 0, size = 10 }) -- as it was
    strict:close()
    moving:list(nil, { { request = 1, insert = 15, count = 1 }, { request = 1, delete = 60, count = 1 } })
    assert(moving:client():request { path = "/v1/campaigns", query = { size = 1 } })
    store:forget(function(key, value) return key:find ":body:" and value:find '"page":1' end)
    store.ahead = 12
    local ids, seen = walk(), {}
    for _, id in ipairs(ids) do
      seen[id] = true
    end
    for _, id in ipairs((moving:ids())) do
      assert.is_true(seen[id], "a row was missed")
    end
  end)

  it("that steps back reads from the API what it has kept itself", function()
    moving:list(60, { { request = 4, delete = 0, count = 1 } })
    local _, report = walk { prefetch = 0 }
    assert.equal(0, report.cached)
    assert(report.reread > 0)
  end)

  it("of one page out of the cache is not consistent", function()
    local _, report = walk { size = 60 }
    assert.is_true(report.consistent)
    _, report = walk { size = 60 }
    assert.same({ 1, false }, { report.cached, report.consistent })
  end)

  it("that verifies or looks for its place reads from the API", function()
    walk()
    local rows = client.campaigns:list { size = 10 }
    for _ = 1, 25 do
      rows:next()
    end
    local token = rows:token()
    moving:clear()
    local ids, report = walk { verify = true }
    assert.equal(60, #ids)
    assert.is_true(report.consistent)
    assert.equal(0, report.cached)
    assert.equal(12, #moving:log())
    moving:clear()
    report = select(2, walk())
    assert.same({ 6, 0 }, { report.cached, #moving:log() }) -- the pages of its last pass
    ids, report = walk { resume = token }
    assert.equal(35, #ids)
    assert.equal(0, report.cached)
    assert(#moving:log() >= 4)
  end)

  it("that finds a smaller total begins again at the API", function()
    walk()
    store:forget(function(key, value) return key:find ":body:" and value:find '"page":[45]' end)
    -- The total falls by 15, and the rows move by 30.
    moving:list(nil, { { request = 1, delete = 0, count = 30 }, { request = 1, insert = 30, count = 15 } })
    local ids, report = walk()
    has_all(ids)
    assert(report.cached > 0)
  end)
end)

describe("kept", function()
  local function pack(body, may_compress)
    local headers = { etag = '"x"', ["content-type"] = "application/json", ["set-cookie"] = "a=b" }
    local about = { generation = "g", snapshot = "s", life = 12.5, confirmed = 3 }
    return kept.pack({ status = 200, headers = headers, body = body }, about, may_compress)
  end

  it("returns what was packed, compressed where that saves space", function()
    local has_zlib = pcall(require, "zlib")
    for _, body in ipairs { "", "a\n\nb\0\255", ('{"a":1}'):rep(5000) } do
      for _, may_compress in ipairs { true, false } do
        local text = pack(body, may_compress)
        assert.equal(has_zlib and may_compress and #body > 10000, #text < #body)
        local back = kept.unpack(text, 10)
        assert.equal(body, back:body())
        assert.same({ 2.5, 5.5 }, { back.age, back.snapshot_age })
        assert.same({ 200, "g", "s" }, { back:status(), back.generation, back.snapshot })
        assert.same({ etag = '"x"', ["content-type"] = "application/json" }, back:headers())
      end
    end
  end)

  it("is nil for a text that is not whole", function()
    local text = pack(('{"a":1}'):rep(5000), true)
    if pcall(require, "zlib") then
      assert.is_nil(kept.unpack(text:sub(1, -2), 10))
      assert.is_nil(kept.unpack(text:sub(1, 200), 10))
    end
    text = pack "[1, 2, 3]"
    for length = 0, #text - 1 do
      assert.is_nil(kept.unpack(text:sub(1, length), 10))
    end
    assert.is_nil(kept.unpack((text:gsub("1, 2", "1, 4", 1)), 10))
  end)
end)

describe("coalesce", function()
  local store, client

  before_each(function()
    store = aging()
    client = sandbox:client { store = store, coalesce = true, attempts = 1 }
  end)

  after_each(function()
    client:close()
  end)

  --- Lets readers ask the same at once, each with its options; returns what each got, and the errors by reader.
  local function at_once(options, read)
    local results, _, failures = client:gather(options, read or function(own)
      local page, err = client.campaigns:page({ size = 5 }, own)
      return page and page.data[1].campaignId, err
    end, { on_error = "continue" })
    return results, failures or {}
  end

  local EIGHT = { {}, {}, {}, {}, {}, {}, {}, {} }

  it("sends one request for all who ask while it is under way, and keeps nothing", function()
    sandbox:faults { delay = 0.2, times = -1 }
    local results = at_once(EIGHT)
    for i = 1, 8 do
      assert.equal(results[1], results[i])
      assert.is_string(results[i])
    end
    assert.equal(1, #sandbox:log())
    assert(client.campaigns:page { size = 5 })
    assert.equal(2, #sandbox:log())
  end)

  it("gives all the same error", function()
    for _, status in ipairs { 404, 401, 503 } do
      sandbox:clear()
      sandbox:faults { delay = 0.2, times = -1, status = status }
      local _, failures = at_once(EIGHT)
      for i = 1, 8 do
        assert.equal(status, failures[i].status)
        assert.equal(failures[1].kind, failures[i].kind)
        assert.equal("/v1/campaigns?size=5", failures[i].path)
        assert.matches("^sigmamind: %a+: ", tostring(failures[i]))
      end
      assert.equal(1, #sandbox:log())
    end
  end)

  it("lets another go on where the deadline of one is over", function()
    sandbox:faults { delay = 1, times = 1 }
    local results, failures = at_once { { deadline = 0.2 }, {}, {}, {} }
    assert.equal("timeout", failures[1].kind)
    assert.is_string(results[2])
    assert.equal(results[2], results[4])
    assert.equal(2, #sandbox:log())
  end)

  it("shares neither with a call whose cache is false, nor what headers differ for", function()
    sandbox:faults { delay = 0.2, times = -1 }
    at_once { {}, { cache = false }, { headers = { ["X-Other"] = "1" } }, {}, { cache = false } }
    assert.equal(4, #sandbox:log())
  end)

  --- Takes the lock of the page, as a reader would that dies.
  local function die(ttl)
    local lock
    local add = store.add
    function store.add(self, key, value, ...)
      lock = key
      return add(self, key, value, ...)
    end
    assert(client.campaigns:page { size = 5 })
    store.add = add
    assert.is_true(store:add(lock, "dead", ttl))
    sandbox:clear()
  end

  it("is taken over when the one who fetches has died", function()
    die(0.2)
    local results = at_once(EIGHT)
    assert.is_string(results[8])
    assert.equal(1, #sandbox:log())
  end)

  it("keeps nobody longer than the deadline, who waits for the dead", function()
    die(3600)
    local _, failures = at_once { { deadline = 0.1 }, { deadline = 0.2 } }
    assert.same({ "timeout", "timeout" }, { failures[1].kind, failures[2].kind })
    assert.equal(0, #sandbox:log())
  end)

  it("gives nobody what was asked for before a write that he knows of", function()
    local call = call_of(client)
    sandbox:clear()
    sandbox:faults { path = "/v1/calls", method = "GET", delay = 0.6, times = 1 }
    local host = require "sigmamind.runtime.blocking"
    at_once({ 1, 2 }, function(reader)
      if reader == 2 then
        client.transport:rest(host, 0.1)
        assert(client.calls:create(call))
      end
      return client.calls:page()
    end)
    local count = 0
    for _, each in ipairs(sandbox:log()) do
      count = count + (each.method == "GET" and 1 or 0)
    end
    assert.equal(2, count)
  end)

  it("gives an error whose words are no UTF-8", function()
    local peer = scripted.answering { reply(400, '{"message":"f\228lsch"}') }
    local one = peer:client { coalesce = true, store = store }
    for _ = 1, 2 do
      local _, err = one.campaigns:page()
      assert.equal(400, err.status)
    end
    peer:close()
  end)

  it("is not waited for by the reader who has it, as on_event would", function()
    local inner
    local peer = scripted.answering { reply(200, PAGE:format "one") }
    local one
    one = peer:client { coalesce = true, store = store, on_event = function(event)
      if event.name == "request" and not inner then
        inner = true
        inner = only(one)
      end
    end }
    assert.equal("one", only(one))
    assert.equal("one", inner)
    peer:close()
  end)

  it("is taken over at once from a reader of this process whom an error has ended", function()
    local peer = scripted.answering { reply(200, PAGE:format "one") }
    local runtime = peer:hurried()
    local wait, fails = runtime.wait, true
    function runtime.wait(...)
      if fails then
        fails = false
        error("interrupted!", 0)
      end
      return wait(...)
    end
    local one = peer:client { coalesce = true, store = store, runtime = runtime }
    assert.is_false((pcall(only, one)))
    assert.equal("one", only(one))
    assert.equal(0, peer.slept)
    peer:close()
  end)

  it("reads each page of a list once, for all who walk it", function()
    sandbox:faults { delay = 0.02, times = -1 }
    local results = at_once(EIGHT, function()
      return client.campaigns:list({ size = 25 }):count()
    end)
    for i = 1, 8 do
      assert.equal(125, results[i])
    end
    assert.equal(5, #sandbox:log())
  end)

  it("and a cache: what is cold is read once, what is old too", function()
    client = sandbox:client(cached(store, { coalesce = true }))
    sandbox:faults { delay = 0.2, times = -1 }
    local results = at_once(EIGHT)
    assert.equal(results[1], results[8])
    assert.equal(1, #sandbox:log())
    store.ahead = 61
    at_once(EIGHT)
    assert.equal(2, #sandbox:log())
    at_once(EIGHT)
    assert.equal(2, #sandbox:log())
  end)

  it("is not waited for when the task that has it is cancelled", function()
    local game = sandbox:client { store = store, coalesce = true, runtime = "tick" }
    sandbox:faults { delay = 30, times = 1 }
    local first = game:spawn(function() return game.campaigns:page { size = 5 } end)
    game:tick(0)
    local second = game:spawn(function() return assert(game.campaigns:page { size = 5 }).totalCount end)
    local over, cancelled = core.now() + 20, false
    while game:tick() > 0 and core.now() < over do
      if not cancelled and #sandbox:log() == 1 then
        cancelled = true
        first:cancel()
      end
      core.sleep(0.002)
    end
    assert.equal(125, (second:result()))
    game:close()
  end)

  it("keeps the lock while the one who has it waits for its turn", function()
    local peer = scripted.answering { reply(200, PAGE:format "one") }
    local one = peer:client { coalesce = true, store = store, rate = { per_second = 0.2 } }
    assert.equal("one", only(one))
    local renewed = 0
    local set = store.set
    function store.set(self, key, value, ...)
      renewed = renewed + (key:find ":fetch:%x+$" and value and 1 or 0)
      return set(self, key, value, ...)
    end
    assert(one.calls:page())
    assert(peer.slept > 4)
    assert(renewed >= 3) -- after 2 and 4 seconds, and before the attempt
    peer:close()
  end)

  it("is given back with a later read, where the store has failed when it should have been", function()
    local lock, working
    local peer
    peer = scripted.open(function(connection)
      if not working then
        working = { get = store.get, set = store.set }
        store.get = function() return nil, "down" end
        store.set = store.get
      end
      connection:send(reply(200, PAGE:format "one"))
    end)
    local add = store.add
    function store.add(self, key, ...)
      lock = lock or key
      return add(self, key, ...)
    end
    local one = peer:client { coalesce = true, store = store }
    assert.equal("one", only(one))
    store.get, store.set = working.get, working.set
    assert.is_string((store:get(lock)))
    core.sleep(1.1) -- for so long the store is passed by
    assert(one.calls:page())
    assert.is_nil((store:get(lock)))
    peer:close()
  end)

  it("works in the tasks of a game loop", function()
    local game = sandbox:client { store = store, coalesce = true, runtime = "tick" }
    sandbox:faults { delay = 0.2, times = -1 }
    local tasks = {}
    for i = 1, 8 do
      tasks[i] = game:spawn(function()
        return assert(game.campaigns:page { size = 5 }).totalCount
      end)
    end
    local over = core.now() + 20
    while game:tick() > 0 and core.now() < over do
      core.sleep(0.002)
    end
    for i = 1, 8 do
      assert.equal(125, (tasks[i]:result()))
    end
    assert.equal(1, #sandbox:log())
    game:close()
  end)

  it("ends for all when the client is closed", function()
    die(60)
    local seen
    client:gather({ 1, 2 }, function(i)
      if i == 2 then
        client:close()
        return true
      end
      local _, err = client.campaigns:page { size = 5 }
      seen = err.kind
    end)
    assert.equal("closed", seen)
  end)
end)

describe("cache, in a runtime that fetches aside", function()
  --- A client whose fetches run where no reader is; `fails`: the store does not keep what they leave.
  local function client_of(peer, store, options)
    local runtime = peer:hurried()
    function runtime.spawn(action)
      coroutine.wrap(action)()
      return true
    end
    local given = cached(store, { coalesce = true, runtime = runtime })
    for name, value in pairs(options or {}) do
      given[name] = value
    end
    return peer:client(given)
  end

  it("gives the reader what came, though the store has failed meanwhile", function()
    local store = aging()
    local peer
    peer = scripted.open(function(connection)
      store.get = function() return nil, "down" end
      store.set = store.get
      connection:send(reply(200, PAGE:format "one"))
    end)
    local client = client_of(peer, store)
    assert.equal("one", only(client))
    assert.equal(1, #peer.requests)
    peer:close()
  end)

  it("returns an answer that is no failure with the next read: the old body is forgotten", function()
    local store = aging()
    local peer = scripted.answering { reply(200, PAGE:format "one"), reply(404, "{}") }
    local client = client_of(peer, store)
    assert.equal("one", only(client))
    store.ahead = 61
    assert.equal("one", only(client))
    local id, err = only(client)
    assert.is_nil(id)
    assert.equal(404, err.status)
    peer:close()
  end)

  it("uses the key that the reader had, though it is another by now", function()
    local number = 0
    local peer = scripted.answering { reply(200, PAGE:format "one") }
    local client = client_of(peer, aging(), { api_key = function()
      number = number + 1
      return "key" .. number
    end })
    assert.equal("one", only(client))
    assert.equal(1, #peer.requests)
    assert.equal("key1", scripted.header(peer.requests[1].head, "X-API-Key"))
    peer:close()
  end)
end)
