-- Pages that are asked for ahead: which, how many, and what becomes of them.

local core = require "sigmamind.core"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"
local page_info = require "sigmamind.listing.page_info"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local sandbox = server.shared { tls = true }

--- A client that notes what is asked and answered: "0" a request for page 0, "0." its reply.
local function noting(options)
  local notes = {}
  options.on_event = function(event)
    local page = event.path:match "page=(%d+)"
    notes[#notes + 1] = event.name == "request" and page or page .. "."
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

describe("prefetch, a walk with pages asked for ahead", function()
  it("gives the same rows in the same order as one page after another", function()
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

  it("asks for all pages at once when all rows will be wanted, once it knows how many there are", function()
    local client, notes = noting { prefetch = 8 }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "3", "4", "5", "6", "1.", "2.", "3.", "4.", "5.", "6." }, notes)
    client:close()
  end)

  it("asks for no more than so many at a time", function()
    local client, notes = noting { prefetch = 3 }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "3", "1.", "4", "2.", "5", "3.", "6", "4.", "5.", "6." }, notes)
    client:close()
  end)

  it("asks for as many at a time as the walk says, whatever its client does", function()
    for _, of_client in ipairs { 0, 8 } do
      local client, notes = noting { prefetch = of_client }
      assert.equal(125, client:campaigns({ size = 50, prefetch = 2 }):count())
      assert.equal(125, client:campaigns({ size = 50, prefetch = 0 }):count())
      assert.same({ "0", "0.", "1", "2", "1.", "2.", "0", "0.", "1", "1.", "2", "2." }, notes)
      client:close()
    end
  end)

  it("asks for more and more as rows are read one by one: 1, 2, 4 pages", function()
    local client, notes = noting { prefetch = 4 }
    for _ in client:campaigns { size = 10 } do
      if #notes == 11 then
        break
      end
    end
    assert.same({ "0", "0.", "1", "2", "1.", "3", "4", "5", "2.", "6", "3." }, notes)
    client:close()
  end)

  it("asks for no page that cannot be needed", function()
    local client, notes = noting { prefetch = 8 }
    assert.equal(45, #client:campaigns({ size = 10 }):take(45):totable())
    assert.same({ "0", "0.", "1", "2", "3", "4", "1.", "2.", "3.", "4." }, notes)
    assert.equal(10, #client:campaigns({ size = 10, limit = 10 }):totable())
    assert.equal(12, #notes)
    assert.is_table(client:campaigns({ size = 10 }):first())
    assert.equal(14, #notes)
    client:close()
  end)

  it("asks for one page after another where 0 or 1 is given", function()
    local client, notes = noting { prefetch = 0 }
    client:campaigns({ size = 50 }):totable()
    client:campaigns({ size = 50, prefetch = 1 }):totable()
    assert.same({ "0", "0.", "1", "1.", "2", "2.", "0", "0.", "1", "1.", "2", "2." }, notes)
    client:close()
  end)

  it("keeps what is in flight within max_body, as large as pages were so far", function()
    local body = #sandbox:control("GET", "/v1/campaigns?size=20")
    local client, notes = noting { prefetch = 8, max_body = math.floor(body * 2.5) }
    assert.equal(125, client:campaigns({ size = 20 }):count())
    assert.same({ "0", "0.", "1", "2", "1.", "3", "2.", "4", "3.", "5", "4.", "6", "5.", "6." }, notes)
    client:close()
  end)

  it("keeps what is in flight within max_body by the largest page so far, and has one at least", function()
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

  it("cancels what is in flight when it is closed, or collected, or the client is closed", function()
    local client = sandbox:client { prefetch = 4 }
    local function begin()
      local faults = {} -- requests of before may still come
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
        local request = client.transport:request("/v1/campaigns", { page = number, size = 10 })
        request:send_ahead()
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

  it("asks for no page that a further take cannot need", function()
    local client, notes = noting { prefetch = 4 }
    assert.equal(15, #client:campaigns({ size = 10 }):take(60):take(15):totable())
    assert.same({ "0", "0.", "1", "1." }, notes)
    client:close()
  end)

  it("asks for no page that take cannot need behind drop", function()
    local client, notes = noting { prefetch = 4 }
    assert.equal(5, #client:campaigns({ size = 10 }):drop(10):drop(20):take(5):totable())
    assert.same({ "0", "0.", "1", "2", "3", "1.", "2.", "3." }, notes)
    client:close()
  end)

  it("leaves nothing in flight at its end, also where the list ends earlier than was said", function()
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

  it("asks for no more once it is closed, also where on_event closes it", function()
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

  --- What is requested of a walk that on_event closes at the n-th "request", or at any attempt to get
  --- the key.
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

  it("requests no page after the one at whose event on_event closes it, nor that one", function()
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

  it("requests no page when the function api_key closes it", function()
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

  it("does not wait for pages beyond the end when it steps back", function()
    sandbox:list(100, { { request = 2, delete = 25, count = 75 } })
    sandbox:faults { page = 4, silent = true, times = -1 }
    local client = sandbox:client { prefetch = 4, timeout = 20 }
    local started = require("sigmamind.core").now()
    assert.is_true(client:campaigns({ size = 10 }):count() >= 25)
    assert.is_true(require("sigmamind.core").now() - started < 10) -- half of one time limit
    client:close()
    sandbox:list(125, {})
  end)

  it("is closed while it steps back, and asks for nothing any more", function()
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
    local asked = #sandbox:log()
    stream:close()
    for _ = 1, 50 do
      client:tick()
      core.sleep(0.001)
    end
    local rows, err = task:result()
    assert.is_nil(rows)
    assert.equal("cancelled", err.kind)
    assert.equal(10, #err.partial)
    assert.equal(asked, #sandbox:log())
    client:close()
    sandbox:list(125, {})
  end)

  it("requests one page at a time where the list moved, then 2, 4 and 8, though all rows are wanted", function()
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

  it("asks for few pages again on a list that moves all the time", function()
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

  it("loses no row where an insert and a delete cancel out between two pages, and show in the total of a third", function()
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

  it("steps back once, by the furthest total of those in flight, whichever page tells it", function()
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
      assert.same({ "2", "3", "4" }, { unpack(pages, 14, 16) }) -- 8 pages: 5 for the totals, 3 that were in flight
    end
  end)

  it("does not fail when its reader takes longer for a page than a request may", function()
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

  it("counts an attempt ahead that failed, if somebody polled", function()
    for _, prefetch in ipairs { 0, 4 } do
      sandbox:clear()
      sandbox:faults { page = 3, status = 502, times = -1, headers = { ["retry-after"] = "0" } }
      local client = sandbox:client { attempts = 2, prefetch = prefetch }
      local rows, err = client:campaigns({ size = 20 }):totable()
      assert.is_nil(rows)
      assert.equal(2, #err.attempts)
      local asked = 0
      for _, request in ipairs(sandbox:log()) do
        asked = asked + (request.path:find "page=3" and 1 or 0)
      end
      assert.equal(2, asked)
      client:close()
    end
  end)

  it("goes on in a forked process with what was in flight in its parent", function()
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
    it("cancels what is in flight when it is collected, also where LuaJIT has compiled its loop", function()
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

  it("is closed on Lua 5.4 when a loop over iterate() is left", function()
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

  it("cancels what is in flight on an error, and goes on with the page that failed", function()
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

  it("repeats a page that failed while others were in flight, as often as attempts say", function()
    local client = sandbox:client { prefetch = 8, attempts = 3 }
    sandbox:faults({ page = 3, status = 503, times = 2, headers = { ["retry-after"] = "0" } })
    assert.equal(125, #client:campaigns({ size = 20 }):totable())
    client:close()
  end)

  it("begins anew, for free, what failed because nobody polled for longer than its time limit", function()
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

  it("has all its attempts for what it begins anew, numbered from 1", function()
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
    assert.same({ "request 1", "failure 1", "request 1", "failure 1", "retry 1", "request 2", "reply 2" }, events)
    client:close()
  end)

  it("begins anew, once, what got no reply and might get one", function()
    --- How many requests there are of one that is sent ahead and fails, and how it fails.
    local function requests_of(options)
      local requests = 0
      options.attempts, options.runtime = 1, recorder()
      options.on_event = function(event)
        requests = requests + (event.name == "request" and 1 or 0)
      end
      local client = sandbox:client(options)
      local request = client.transport:request("/v1/campaigns", {})
      request:send_ahead()
      repeat
        client.transport.session:poll(1)
      until request:is_done()
      local page, err = request:page()
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
    assert.equal("1 http", requests_of {}) -- that is a reply
  end)
end)

describe("prefetch, a walk whose rows a function may end", function()
  --- What is requested and answered until a stream is read; it ends on page 1.
  local function notes_of(chain)
    local client, notes = noting { prefetch = 8 }
    local rows = 0
    local function is_one_of_the_first(most)
      return function()
        rows = rows + 1
        return rows <= most
      end
    end
    chain(client:campaigns { size = 10 }, is_one_of_the_first)
    client:close()
    return notes
  end

  it("requests 1 page ahead, then 2 more, as where rows are read one by one: take_while", function()
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

  it("requests 1 page ahead where take comes behind a filter, in Lua or in C", function()
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

  it("requests all pages at once where nothing ends it", function()
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

describe("prefetch, a server that gives fewer rows on a page than asked for", function()
  it("is walked by the size that it gives", function()
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

describe("prefetch, a page that a walk cannot trust", function()
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

  it("has the rows of the page before it again and again", function()
    local pages = {}
    for number = 0, 9 do
      pages[number + 1] = page(number, '"size":10,"totalCount":1000,"hasNext":true')
    end
    fails("consecutive pages have the same rows", (unpack or table.unpack)(pages))
  end)

  it("has the rows of one of those shortly before it, round and round", function()
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

  it("has another size than those before, also where one of them tells none", function()
    fails("the size of a page changed from 10 to 5",
      page(0, '"size":10,"hasNext":true'), page(1, '"size":5,"hasNext":true', '{"campaignId":"b"}'))
    fails("the size of a page changed from 10 to 5",
      page(0, '"size":10,"hasNext":true'), page(1, '"hasNext":true', '{"campaignId":"b"}'),
      page(2, '"size":5,"hasNext":true', '{"campaignId":"c"}'))
  end)

  it("says that more follow, and is the last that an int32 can number", function()
    local token = require("sigmamind.listing.token")
    local most = 2147483647
    sandbox:faults(page(most, '"size":10,"hasNext":true'))
    local client = sandbox:client { prefetch = 4 }
    local fresh = client:campaigns({ size = 10 }):token()
    local place = token.read(fresh)
    place.row = most * 10 + 1
    local row, err = client:campaigns({ size = 10, resume = token.write(place) }):next()
    assert.is_nil(row)
    assert.equal("hasNext is true on the last page that an int32 can number", err.message)
    assert.equal("/v1/campaigns?page=2147483647&size=10", err.path)
    sandbox:clear()
    sandbox:faults(page(most - 1, '"size":10,"totalPages":9999999999,"hasNext":true', '{"campaignId":"b"}'))
    place.row = (most - 1) * 10 + 1
    client:campaigns({ size = 10, resume = token.write(place) }):totable()
    for _, request in ipairs(sandbox:log()) do
      assert.is_true(tonumber(request.path:match "page=(%d+)") <= most)
    end
    client:close()
  end)

  it("says that it is the last, and that there are more rows", function()
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

  it("is one of a total that falls for ever", function()
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
  it("is told by totalPages, else by totalCount, else it is the page itself", function()
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
