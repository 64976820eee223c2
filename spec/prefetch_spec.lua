-- Prefetched pages: which are requested, how many at a time, and when they are cancelled.

local core = require "sigmamind.core"
local read = require "sigmamind.http.read"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"
local page_info = require "sigmamind.listing.page_info"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local sandbox = server.shared { tls = true }

--- A client with a list of its events: "0" is the request for page 0, "0." its reply.
local function noting(options)
  local notes = {}
  options.on_event = function(event)
    local page = event.path:match "page=(%d+)"
    if event.name ~= "done" then
      notes[#notes + 1] = event.name == "request" and page or page .. "."
    end
  end
  return sandbox:client(options), notes
end

local function in_flight(client)
  return tostring(client.transport.session):match "%((%d+) in flight%)"
end

local function ids_of(rows)
  local ids = {}
  for i, row in ipairs(rows) do
    ids[i] = row.campaignId
  end
  return ids
end

describe("prefetch", function()
  it("returns the same rows in the same order as sequential requests", function()
    local client = sandbox:client()
    local expected = ids_of(client:campaigns({ size = 7, prefetch = 0 }):totable())
    assert.equal(125, #expected)
    for _, prefetch in ipairs { 1, 2, 4, 64 } do
      assert.same(expected, ids_of(client:campaigns({ size = 7, prefetch = prefetch }):totable()))
      local ids = {}
      for row in client:campaigns { size = 7, prefetch = prefetch } do
        ids[#ids + 1] = row.campaignId
      end
      assert.same(expected, ids)
    end
    client:close()
  end)

  it("requests all pages at once for totable and count, after page 0 gave their number", function()
    local client, notes = noting { prefetch = 8 }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "3", "4", "5", "6", "1.", "2.", "3.", "4.", "5.", "6." }, notes)
    client:close()
  end)

  it("has at most `prefetch` pages in flight", function()
    local client, notes = noting { prefetch = 3 }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "3", "1.", "4", "2.", "5", "3.", "6", "4.", "5.", "6." }, notes)
    client:close()
  end)

  it("of a listing overrides that of the client", function()
    for _, of_client in ipairs { 0, 8 } do
      local client, notes = noting { prefetch = of_client }
      assert.equal(125, client:campaigns({ size = 50, prefetch = 2 }):count())
      assert.equal(125, client:campaigns({ size = 50, prefetch = 0 }):count())
      assert.same({ "0", "0.", "1", "2", "1.", "2.", "0", "0.", "1", "1.", "2", "2." }, notes)
      client:close()
    end
  end)

  it("doubles as rows are read one by one: 1, 2, 4 pages", function()
    local client, notes = noting { prefetch = 4 }
    for _ in client:campaigns { size = 10 } do
      if #notes == 11 then
        break
      end
    end
    assert.same({ "0", "0.", "1", "2", "1.", "3", "4", "5", "2.", "6", "3." }, notes)
    client:close()
  end)

  it("requests no page after the last one that is needed", function()
    local client, notes = noting { prefetch = 8 }
    assert.equal(45, #client:campaigns({ size = 10 }):take(45):totable())
    assert.same({ "0", "0.", "1", "2", "3", "4", "1.", "2.", "3.", "4." }, notes)
    assert.equal(10, #client:campaigns({ size = 10, limit = 10 }):totable())
    assert.equal(12, #notes)
    assert.is_table(client:campaigns({ size = 10 }):first())
    assert.equal(14, #notes)
    client:close()
  end)

  it("of 0 or 1 requests one page after another", function()
    local client, notes = noting { prefetch = 0 }
    client:campaigns({ size = 50 }):totable()
    client:campaigns({ size = 50, prefetch = 1 }):totable()
    assert.same({ "0", "0.", "1", "1.", "2", "2.", "0", "0.", "1", "1.", "2", "2." }, notes)
    client:close()
  end)

  it("fits the bodies in flight in max_body", function()
    local body = #sandbox:control("GET", "/v1/campaigns?size=20")
    local client, notes = noting { prefetch = 8, max_body = math.floor(body * 2.5) }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "1.", "3", "2.", "4", "3.", "5", "4.", "6", "5.", "6." }, notes)
    client:close()
  end)

  it("takes the largest page so far as the size of a body in flight, and has at least one in flight", function()
    local body = '{"data":[{"campaignId":"a","x":"%s"}],"page":0,"size":20,"totalCount":125,"hasNext":true}'
    local large = body:format(("x"):rep(1e5))
    for fitting, expected in pairs {
      [2.5] = { "0", "0.", "1", "2", "1.", "3", "2.", "4", "3.", "5", "4.", "6", "5.", "6." },
      [1] = { "0", "0.", "1", "1.", "2", "2.", "3", "3.", "4", "4.", "5", "5.", "6", "6." },
    } do
      sandbox:faults { page = 0, body = large }
      local client, notes = noting { prefetch = 8, max_body = math.floor(#large * fitting) }
      assert.equal(106, client:campaigns({ size = 20 }):count())
      assert.same(expected, notes)
      client:close()
    end
  end)

  it("cancels the requests in flight when the stream or the client is closed, or the stream is collected", function()
    local client = sandbox:client { prefetch = 4 }
    local function begin()
      local faults = {} -- times = -1: earlier requests may still arrive
      for number = 1, 3 do
        faults[number] = { page = number, silent = true, times = -1 }
      end
      sandbox:faults(unpack(faults))
      local stream = client:campaigns { size = 10 }
      for _ = 1, 10 do
        stream:next()
      end
      local walk = stream.pager
      walk.eager = true
      for number = 1, 3 do
        local request = client.transport:request {
          path = "/v1/campaigns", query = { page = number, size = 10 }, page = number,
        }
        request:prefetch()
        walk.prefetch.sent[number] = request
      end
      assert.equal("3", in_flight(client))
      return stream
    end
    local stream = begin()
    stream:close()
    assert.equal("0", in_flight(client))
    assert.is_nil(stream:next())
    begin()
    collectgarbage()
    collectgarbage()
    assert.equal("0", in_flight(client))
    stream = begin()
    client:close()
    local row, err = stream:next()
    assert.is_nil(row)
    assert.equal("closed", err.kind)
  end)

  it("requests no page that a second take cannot need", function()
    local client, notes = noting { prefetch = 4 }
    assert.equal(15, #client:campaigns({ size = 10 }):take(60):take(15):totable())
    assert.same({ "0", "0.", "1", "1." }, notes)
    client:close()
  end)

  it("requests no page that take cannot need after drop", function()
    local client, notes = noting { prefetch = 4 }
    assert.equal(5, #client:campaigns({ size = 10 }):drop(10):drop(20):take(5):totable())
    assert.same({ "0", "0.", "1", "2", "3", "1.", "2.", "3." }, notes)
    client:close()
  end)

  it("leaves nothing in flight at the end, also when the list ends before totalPages", function()
    local text = '{"data":[{"campaignId":"%d"}],"page":%d,"size":1,"totalPages":9,"hasNext":%s}'
    sandbox:faults(
      { page = 0, body = text:format(0, 0, "true") }, { page = 1, body = text:format(1, 1, "false") },
      { page = 2, silent = true }, { page = 3, silent = true }, { page = 4, silent = true }
    )
    local client = sandbox:client { prefetch = 4 }
    local stream = client:campaigns { size = 1 }
    assert.equal(2, stream:count())
    assert.equal("0", in_flight(client))
    client:close()
  end)

  it("sends no request after the stream is closed, also by on_event", function()
    for _, name in ipairs { "request", "reply" } do
      for at = 1, 4 do
        local stream, client
        local count = 0
        client = sandbox:client {
          prefetch = 4,
          on_event = function(event)
            count = count + (event.name == name and 1 or 0)
            if count == at then
              stream:close()
            end
          end,
        }
        stream = client:campaigns { size = 10 }
        local rows, err = stream:totable()
        assert.is_nil(rows)
        assert.equal("cancelled", err.kind)
        assert.is_true(#err.partial <= 30)
        assert.equal("0", in_flight(client))
        client:close()
      end
    end
  end)

  --- The pages with a "request" event, in a walk that on_event closes at the n-th of them.
  local function requested(at, prefetch, ending)
    local stream, client
    local requests = {}
    client = sandbox:client {
      prefetch = prefetch,
      on_event = function(event)
        if event.name == "request" then
          requests[#requests + 1] = event.path:match "page=(%d+)"
          if #requests == at then
            stream:close()
          end
        end
      end,
    }
    stream = client:campaigns { size = 10 }
    local _, err = stream[ending](stream)
    client:close()
    assert.equal("cancelled", err.kind)
    return table.concat(requests, " ")
  end

  it("sends neither the request whose event made on_event close the stream, nor a later one", function()
    for _, ending in ipairs { "totable", "count" } do
      for _, prefetch in ipairs { 0, 4, 16 } do
        for at, pages in ipairs { "0", "0 1", "0 1 2" } do
          sandbox:clear()
          assert.equal(pages, requested(at, prefetch, ending))
          for _, entry in ipairs(sandbox:log()) do
            assert.is_true(tonumber(entry.path:match "page=(%d+)") < at - 1)
          end
        end
      end
    end
  end)

  it("sends no request after the function api_key closed the stream", function()
    for _, prefetch in ipairs { 0, 4 } do
      for at = 1, 4 do
        sandbox:clear()
        local stream
        local calls = 0
        local client = sandbox:client {
          prefetch = prefetch,
          api_key = function()
            calls = calls + 1
            if calls == at then
              stream:close()
            end
            return sandbox.key
          end,
        }
        stream = client:campaigns { size = 10 }
        local count, err = stream:count()
        assert.is_nil(count)
        assert.equal("cancelled", err.kind)
        assert.is_true(#sandbox:log() < at)
        client:close()
      end
    end
  end)

  it("does not wait for pages beyond the end when the walk steps back", function()
    sandbox:list(100, { { request = 2, delete = 25, count = 75 } })
    sandbox:faults { page = 4, silent = true, times = -1 }
    local client = sandbox:client { prefetch = 4, timeout = 20 }
    local started = require("sigmamind.core").now()
    assert.is_true(client:campaigns({ size = 10 }):count() >= 25)
    assert.is_true(require("sigmamind.core").now() - started < 10) -- half of one time limit
    client:close()
    sandbox:list(125, {})
  end)

  it("sends no request after the stream is closed during a step back", function()
    sandbox:list(100, { { request = 2, delete = 45, count = 55 } })
    sandbox:faults { page = 3, silent = true, times = -1 }
    local client = sandbox:client { prefetch = 4, runtime = "tick" }
    local stream = client:campaigns { size = 10 }
    local task = client:spawn(stream.totable, stream)
    local until_then = core.now() + 0.2
    while core.now() < until_then do
      client:tick()
      core.sleep(0.005)
    end
    local sent = #sandbox:log()
    stream:close()
    for _ = 1, 50 do
      client:tick()
      core.sleep(0.001)
    end
    local rows, err = task:result()
    assert.is_nil(rows)
    assert.equal("cancelled", err.kind)
    assert.equal(10, #err.partial)
    assert.equal(sent, #sandbox:log())
    client:close()
    sandbox:list(125, {})
  end)

  it("drops to one page after the list moved, then doubles to 2, 4 and 8, also for count", function()
    finally(function()
      sandbox:list(125, {})
    end)
    sandbox:list(200, { { request = 2, delete = 0 } })
    local client, notes = noting { prefetch = 8 }
    assert.equal(200, client:campaigns({ size = 10 }):count())
    client:close()
    repeat -- until it steps back to page 0
      table.remove(notes, 1)
    until notes[1] == "0" or not notes[1]
    assert.same({
      "0", "0.", "1", "1.", "2", "2.", "3", "4", "3.", "5", "6", "7", "4.", "8", "9", "10", "11", "12", "5.", "13",
    }, { unpack(notes, 1, 20) })
  end)

  it("requests few pages again on a list that moves all the time", function()
    finally(function()
      sandbox:list(125, {})
    end)
    for _, every in ipairs { 1, 3, 10 } do
      local steps = {}
      for request = 2, 600 do
        steps[#steps + 1] = request % every == 0 and { request = request, insert = 0 } or nil
      end
      for _, prefetch in ipairs { 4, 16 } do
        sandbox:list(400, steps)
        local client = sandbox:client { prefetch = prefetch }
        local rows = assert(client:campaigns({ size = 10 }):totable())
        client:close()
        local _, requests = sandbox:ids()
        assert.is_true(#rows >= 400)
        assert.is_true(requests < 50 + 6 * (2 * prefetch + 1), ("%d requests"):format(requests))
      end
    end
  end)

  it("loses no row when an insert and a delete cancel out between two pages and show in the total of a third", function()
    finally(function()
      sandbox:list(125, {})
    end)
    sandbox:list(8, {
      { request = 2, insert = 8, count = 2 }, { request = 4, delete = 0, count = 2 },
      { request = 5, insert = 8, count = 2 },
    })
    sandbox:faults { page = 1, delay = 0.3 } -- pages 2 and 3 are answered before it
    local client = sandbox:client { prefetch = 3 }
    assert.equal(12, client:campaigns({ size = 2 }):count())
    client:close()
  end)

  it("makes the walk step back once, by the lowest total of the pages in flight, whichever has it", function()
    finally(function()
      sandbox:list(125, {})
    end)
    local body = '{"data":[{"campaignId":"x"}],"page":%d,"size":1,"totalCount":%d,"hasNext":true}'
    for _, totals in ipairs { { 39, 35, 39 }, { 39, 39, 35 } } do
      local faults = {}
      for i, total in ipairs(totals) do
        faults[i] = { page = 9 + i, body = body:format(9 + i, total) }
      end
      sandbox:list(40, { { request = 14, delete = 0, count = 5 } })
      sandbox:clear()
      sandbox:faults(unpack(faults))
      local client = sandbox:client { prefetch = 3 }
      assert.equal(40, client:campaigns({ size = 1 }):count())
      client:close()
      local pages = {}
      for i, entry in ipairs(sandbox:log()) do
        pages[i] = entry.path:match "page=(%d+)"
      end
      assert.same({ "2", "3", "4" }, { unpack(pages, 14, 16) }) -- back 8 pages: 5 for the totals, 3 that were in flight
    end
  end)

  it("does not fail when the reader spends more than `timeout` on a page", function()
    for _, prefetch in ipairs { 0, 4 } do
      local client = sandbox:client { timeout = 0.2, attempts = 1, prefetch = prefetch }
      local stream = client:campaigns { size = 25 }
      local count = 0
      for _ in stream do
        count = count + 1
        if count % 25 == 0 then
          core.sleep(0.4)
        end
      end
      assert.equal(125, count)
      client:close()
    end
  end)

  it("counts the failed attempt of a prefetched page, if the session was polled", function()
    for _, prefetch in ipairs { 0, 4 } do
      sandbox:clear()
      sandbox:faults { page = 3, status = 502, times = -1, headers = { ["retry-after"] = "0" } }
      local client = sandbox:client { attempts = 2, prefetch = prefetch }
      local rows, err = client:campaigns({ size = 20 }):totable()
      assert.is_nil(rows)
      assert.equal(2, #err.attempts)
      local sent = 0
      for _, request in ipairs(sandbox:log()) do
        sent = sent + (request.path:find "page=3" and 1 or 0)
      end
      assert.equal(2, sent)
      client:close()
    end
  end)

  it("requests again in a forked process the pages that were in flight in its parent", function()
    local process = require "process"
    local client = sandbox:client { prefetch = 4, attempts = 1 }
    sandbox:faults({ page = 1, delay = 0.1 }, { page = 2, delay = 2 })
    local stream = client:campaigns { size = 10 }
    for _ = 1, 11 do
      assert(stream:next())
    end
    assert.equal("1", in_flight(client))
    local child = process.fork()
    if child == 0 then
      local ok, count = pcall(stream.count, stream)
      process.exit(ok and count == 114)
    end
    assert.equal(0, process.wait(child))
    assert.equal(114, stream:count())
    client:close()
  end)

  if rawget(_G, "jit") then
    it("cancels the requests in flight when the stream is collected, also after LuaJIT compiled its loop", function()
      local options = require "jit.opt"
      options.start "hotloop=2"
      local client = sandbox:client { prefetch = 4 }
      for _ = 1, 3 do
        sandbox:faults({ page = 2, silent = true }, { page = 3, silent = true })
        local stream = client:campaigns { size = 20 }
        for _ = 1, 21 do
          stream:next()
        end
        assert.equal("1", in_flight(client))
        stream = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal("0", in_flight(client))
      end
      options.start "hotloop=56"
      client:close()
    end)
  end

  it("is cancelled on Lua 5.4 when a loop over iterate() is left", function()
    if _VERSION ~= "Lua 5.4" then
      return
    end
    local client = sandbox:client { prefetch = 4 }
    local walk = client:campaigns { size = 10 }
    local rows = 0
    for _ in walk:iterate() do
      rows = rows + 1
      if rows == 15 then
        break
      end
    end
    assert.equal("0", in_flight(client))
    assert.is_nil(walk:next())
    client:close()
  end)

  it("cancels the requests in flight on an error, and continues at the failed page", function()
    local client = sandbox:client { prefetch = 4, attempts = 1 }
    sandbox:faults({ page = 2, status = 500 })
    local stream = client:campaigns { size = 10 }
    local rows, err = stream:totable()
    assert.is_nil(rows)
    assert.equal(500, err.status)
    assert.equal(20, #err.partial)
    assert.equal("0", in_flight(client))
    assert.equal(105, #stream:totable())
    client:close()
  end)

  it("retries a page that failed while others were in flight, up to `attempts`", function()
    local client = sandbox:client { prefetch = 8, attempts = 3 }
    sandbox:faults({ page = 3, status = 503, times = 2, headers = { ["retry-after"] = "0" } })
    assert.equal(125, #client:campaigns({ size = 20 }):totable())
    client:close()
  end)

  it("restarts a request that timed out because nobody polled, without counting the attempt", function()
    local client = sandbox:client { prefetch = 2, attempts = 1, timeout = 0.2 }
    sandbox:faults({ request = 3, delay = 0.5 })
    local stream = client:campaigns { size = 50 }
    for _ = 1, 51 do
      assert.is_table(stream:next())
    end
    require("sigmamind.core").sleep(0.4)
    assert.equal(74, #stream:totable())
    client:close()
  end)

  it("gives a restarted request all its attempts, numbered from 1", function()
    local events = {}
    local client = sandbox:client {
      prefetch = 2,
      attempts = 2,
      timeout = 0.5,
      on_event = function(event)
        if event.path:find "page=2" then
          events[#events + 1] = event.name .. " " .. event.attempt
        end
      end,
    }
    sandbox:faults(
      { page = 1, delay = 0.1 }, { page = 2, delay = 2 },
      { page = 2, status = 500, headers = { ["retry-after"] = "0" } }
    )
    local stream = client:campaigns { size = 50 }
    for _ = 1, 51 do
      assert.is_table(stream:next())
    end
    core.sleep(0.8)
    assert.equal(74, #stream:totable())
    assert.same({ "request 1", "failure 1", "request 1", "failure 1", "retry 1", "request 2", "reply 2", "done 2" }, events)
    client:close()
  end)

  it("restarts a request once after a timeout or network error, but not after a reply or protocol error", function()
    --- Number of requests for one prefetched page that fails, and the kind of its error.
    local function requests_of(options)
      local requests = 0
      options.attempts, options.runtime = 1, recorder()
      options.on_event = function(event)
        requests = requests + (event.name == "request" and 1 or 0)
      end
      local client = sandbox:client(options)
      local request = client.transport:request { path = "/v1/campaigns" }
      request:prefetch()
      repeat
        client.transport.session:poll(1)
      until request:is_done()
      local page, err = read.page(request, client.transport.decoder)
      client:close()
      assert.is_nil(page)
      return requests .. " " .. err.kind
    end
    sandbox:faults { silent = true, times = 2 }
    assert.equal("2 timeout", requests_of { timeout = 0.3 })
    sandbox:faults { reset = true, times = 2 }
    assert.equal("2 network", requests_of {})
    sandbox:faults { raw = "SSH-2.0-OpenSSH_9.2\r\n" }
    assert.equal("1 protocol", requests_of {}) -- it would fail again
    sandbox:faults { status = 502, times = 2 }
    assert.equal("1 http", requests_of {}) -- a reply arrived
  end)
end)

describe("prefetch of a stream that a function may end", function()
  --- The events of reading a stream to its end.
  local function notes_of(chain)
    local client, notes = noting { prefetch = 8 }
    local rows = 0
    local function is_one_of_the_first(max)
      return function()
        rows = rows + 1
        return rows <= max
      end
    end
    chain(client:campaigns { size = 10 }, is_one_of_the_first)
    client:close()
    return notes
  end

  it("grows as for rows read one by one, with take_while", function()
    assert.same({ "0", "0.", "1", "2", "1." }, notes_of(function(stream, first)
      assert.equal(14, #stream:take_while(first(14)):totable())
    end))
    assert.same({ "0", "0.", "1", "2", "1." }, notes_of(function(stream, first)
      assert.equal(14, stream:take_while(first(14)):map(function(row) return row end):count())
    end))
    assert.same({ "0", "0.", "1", "2", "1.", "3", "4", "5", "2." }, notes_of(function(stream, first)
      assert.equal(24, stream:take_while(first(24)):count())
    end))
    assert.same({ "0", "0." }, notes_of(function(stream, first)
      assert.equal(4, #stream:take_while(first(4)):totable())
    end))
  end)

  it("starts with 1 page when take follows a filter, in Lua or in C", function()
    local function every()
      return true
    end
    assert.same({ "0", "0.", "1", "2", "1." }, notes_of(function(stream)
      assert.equal(14, #stream:filter(every):take(14):totable())
    end))
    assert.same({ "0", "0.", "1", "2", "1." }, notes_of(function(stream)
      assert.equal(14, #stream:map(function(row) return row end):take(14):drop(1):totable() + 1)
    end))
    assert.same({ "0", "0.", "1", "2", "1." }, notes_of(function(stream)
      assert.equal(14, #stream:where({ campaignId = { exists = true } }):take(14):totable())
    end))
    assert.same({ "0", "0." }, notes_of(function(stream)
      assert.equal(5, #stream:filter(every):take(5):totable())
    end))
  end)

  it("requests all pages at once when no stage can end the stream", function()
    local all_at_once = { "0", "0.", "1", "2", "3", "4", "5", "6", "7", "8", "1." }
    for _, chain in ipairs {
      function(stream) return stream end,
      function(stream) return stream:filter(function() return true end) end,
      function(stream) return stream:where { campaignId = { exists = true } } end,
      function(stream) return stream:drop(3):json() end,
    } do
      for _, ending in ipairs { "totable", "count" } do
        local notes = notes_of(function(stream)
          local rows = chain(stream)
          assert(rows[ending](rows))
        end)
        assert.same(all_at_once, { unpack(notes, 1, 11) })
      end
    end
  end)
end)

describe("prefetch from a server that caps the page size", function()
  it("uses the size that the server returns", function()
    local faults, rows = {}, 0
    for number = 0, 3 do
      local ids = {}
      for i = 1, number == 3 and 1 or 2 do
        rows = rows + 1
        ids[i] = ('{"campaignId":"%d"}'):format(rows)
      end
      local text = '{"data":[%s],"page":%d,"size":2,"totalCount":7,"totalPages":4,"hasNext":%s}'
      faults[number + 1] = {
        page = number, times = -1, body = text:format(table.concat(ids, ","), number, tostring(number < 3)),
      }
    end
    sandbox:faults((unpack or table.unpack)(faults))
    local client, notes = noting { prefetch = 4 }
    assert.same({ "1", "2", "3", "4", "5", "6", "7" }, ids_of(client:campaigns({ size = 100 }):totable()))
    assert.same({ "0", "0.", "1", "2", "3", "1.", "2.", "3." }, notes)
    client:close()
  end)
end)

describe("a walk fails on a page that", function()
  local function fails(message, ...)
    sandbox:faults(...)
    for _, prefetch in ipairs { 0, 4 } do
      sandbox:faults(...)
      local client = sandbox:client { prefetch = prefetch }
      local rows, err = client:campaigns({ size = 10 }):totable()
      assert.is_nil(rows)
      assert.equal("protocol", err.kind)
      assert.equal(message, err.message)
      assert.equal("0", in_flight(client))
      client:close()
    end
  end

  local function page(number, fields, rows)
    local text = '{"data":[%s],"page":%d,%s}'
    return { page = number, times = -1, body = text:format(rows or '{"campaignId":"a"}', number, fields) }
  end

  it("has the same rows as the page before, again and again", function()
    local pages = {}
    for number = 0, 9 do
      pages[number + 1] = page(number, '"size":10,"totalCount":1000,"hasNext":true')
    end
    fails("consecutive pages have the same rows", (unpack or table.unpack)(pages))
  end)

  it("has the same rows as one a few pages earlier, in a circle", function()
    local pages = {}
    for number = 0, 80 do
      local row = ('{"campaignId":"%d"}'):format(number % 3)
      pages[number + 1] = page(number, '"size":1,"totalCount":1000,"hasNext":true', row)
    end
    fails("consecutive pages have the same rows", (unpack or table.unpack)(pages))
  end)

  it("has a size of 0", function()
    fails("the size of a page is 0", page(0, '"size":0,"totalCount":5,"hasNext":true'))
  end)

  it("has a size beyond an int32", function()
    for _, size in ipairs { "2147483648", "2147483649", "9007199254740992" } do
      fails("the size of a page exceeds an int32", page(0, ('"size":%s,"hasNext":true'):format(size)))
    end
    sandbox:faults(page(0, '"size":2147483647,"hasNext":false'))
    local client = sandbox:client()
    assert.equal(1, client:campaigns():count())
    client:close()
  end)

  it("has another size than the pages before, also when one of them has no size", function()
    fails("the size of a page changed from 10 to 5",
      page(0, '"size":10,"hasNext":true'), page(1, '"size":5,"hasNext":true', '{"campaignId":"b"}'))
    fails("the size of a page changed from 10 to 5",
      page(0, '"size":10,"hasNext":true'), page(1, '"hasNext":true', '{"campaignId":"b"}'),
      page(2, '"size":5,"hasNext":true', '{"campaignId":"c"}'))
  end)

  it("has hasNext = true and the last page number of an int32", function()
    local token = require("sigmamind.listing.token")
    local max = 2147483647
    sandbox:faults(page(max, '"size":10,"hasNext":true'))
    local client = sandbox:client { prefetch = 4 }
    local fresh = client:campaigns({ size = 10 }):token()
    local place = token.read(fresh)
    place.row = max * 10 + 1
    local row, err = client:campaigns({ size = 10, resume = token.write(place) }):next()
    assert.is_nil(row)
    assert.equal("hasNext is true on the last page that an int32 can number", err.message)
    assert.equal("/v1/campaigns?page=2147483647&size=10", err.path)
    sandbox:clear()
    sandbox:faults(page(max - 1, '"size":10,"totalPages":9999999999,"hasNext":true', '{"campaignId":"b"}'))
    place.row = (max - 1) * 10 + 1
    client:campaigns({ size = 10, resume = token.write(place) }):totable()
    for _, request in ipairs(sandbox:log()) do
      assert.is_true(tonumber(request.path:match "page=(%d+)") <= max)
    end
    client:close()
  end)

  it("has hasNext = false though totalCount leaves more rows", function()
    fails("hasNext is false, but totalCount is 100, and these pages had at most 10 rows",
      page(0, '"size":10,"totalCount":100,"hasNext":false'))
    fails("hasNext is false, but totalCount is 11, and these pages had at most 10 rows",
      page(0, '"size":10,"totalCount":11,"hasNext":false'))
    fails("hasNext is false, but totalCount is 21, and these pages had at most 20 rows",
      page(0, '"size":10,"totalCount":21,"hasNext":true'),
      page(1, '"size":10,"totalCount":21,"hasNext":false', '{"campaignId":"b"}'))
    sandbox:faults(page(0, '"size":10,"totalCount":10,"hasNext":false'))
    local client = sandbox:client()
    assert.equal(1, client:campaigns():count())
    client:close()
  end)

  it("has a totalCount that keeps falling", function()
    local pages = {}
    for number = 0, 12 do
      local total = 100000 - number * 10
      pages[number + 1] = page(number, '"size":10,"hasNext":true,"totalCount":' .. total,
        ('{"campaignId":"%d"}'):format(number))
    end
    fails("totalCount keeps falling: the walk makes no progress", (unpack or table.unpack)(pages))
  end)
end)

describe("page_info.last_page", function()
  it("returns the last page by totalPages, else by totalCount, else the page itself", function()
    for _, case in ipairs {
      { { page = 0, totalCount = 19 }, 1 }, { { page = 0, totalCount = 20 }, 1 }, { { page = 0, totalCount = 21 }, 2 },
      { { page = 0, totalPages = 3, totalCount = 99 }, 2 }, { { page = 4 }, 4 },
      { { page = 0, totalPages = 2 ^ 40 }, 2 ^ 31 - 1 },
      { { page = 0, totalCount = 2 ^ 40 }, 2 ^ 31 - 1 },
    } do
      assert.equal(case[2], page_info.last_page(case[1], 10))
    end
  end)
end)
