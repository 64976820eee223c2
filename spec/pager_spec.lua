-- Walks over all pages: failures, bad paging data, and lists that change.

local recorder = require "spec.support.recorder"
local server = require "spec.support.server"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local sandbox = server.shared()
local host

before_each(function()
  host = recorder()
end)

describe("sigmamind.listing.pager, a walk that fails", function()
  it("keeps the rows delivered so far, and continues at the failed page", function()
    local own = server.start()
    local client = own:client { runtime = host }
    local stream = client:campaigns { size = 50 }
    local ids = {}
    for _ = 1, 50 do
      ids[#ids + 1] = stream:next().campaignId
    end
    own:faults { page = 1, status = 500, times = -1 }
    local row, err = stream:next()
    assert.is_nil(row)
    assert.equal(500, err.status)
    assert.equal("/v1/campaigns?page=1&size=50", err.path)
    local ok, raised = pcall(stream)
    assert.is_false(ok)
    assert.equal(500, raised.status)
    own:clear()
    for campaign in stream do
      ids[#ids + 1] = campaign.campaignId
    end
    local expected = {}
    for campaign in client:campaigns() do
      expected[#expected + 1] = campaign.campaignId
    end
    assert.equal(125, #ids)
    assert.same(expected, ids)
    client:close()
    own:stop()
  end)

  it("continues after the server was restarted", function()
    local own = server.start()
    local port = own.url:match ":(%d+)$"
    local client = own:client { runtime = host }
    local stream = client:campaigns { size = 100 }
    assert.equal(100, #stream:take(100):totable())
    own:stop()
    local rows, err = stream:totable()
    assert.is_nil(rows)
    assert.equal("network", err.kind)
    assert.is_true(err.retryable)
    assert.same({}, err.partial)
    own = server.start { port = tonumber(port) }
    assert.equal(25, #stream:totable())
    client:close()
    own:stop()
  end)

  it("returns kind 'protocol' for another page than it requested", function()
    sandbox:faults { page = 1, times = -1, body = '{"data":[],"page":5,"size":100,"hasNext":true}' }
    local client = sandbox:client()
    local rows, err = client:campaigns():totable()
    assert.is_nil(rows)
    assert.equal("protocol", err.kind)
    assert.equal("requested page 1, got page 5", err.message)
    assert.equal(100, #err.partial)
    assert.equal(3, #sandbox:log()) -- one retry, on another connection
    sandbox:faults { page = 1, times = -1, body = '{"data":[],"page":0,"size":100,"hasNext":true}' }
    assert.equal("requested page 1, got page 0", select(2, client.campaigns:page { page = 1 }).message)
    sandbox:faults { page = 0, times = -1, body = '{"data":[],"page":9007199254740992,"hasNext":true}' }
    err = select(2, client.campaigns:page())
    assert.equal("requested page 0, got page 9007199254740992", err.message)
    assert.equal(200, err.status)
    client:close()
  end)

  it("ends when several pages are empty and hasNext is still true", function()
    local pages = {}
    for i = 0, 3 do
      pages[i + 1] = { body = ('{"data":[],"page":%d,"hasNext":true}'):format(i) }
    end
    sandbox:faults((unpack or table.unpack)(pages))
    local client = sandbox:client()
    local row, err = client:campaigns():next()
    assert.is_nil(row)
    assert.equal("protocol", err.kind)
    assert.equal("consecutive pages are empty, but hasNext stays true", err.message)
    assert.equal(200, err.status)
    assert.equal(sandbox:log()[#sandbox:log()].path, err.path)
    assert.equal(4, #sandbox:log())
    client:close()
  end)

  it("reads totalPages when hasNext is missing, and fails when both are", function()
    sandbox:faults(
      { body = '{"data":[{"campaignId":"a"}],"page":0,"totalPages":1}' },
      { body = '{"data":[{"campaignId":"a"}],"page":0}' }
    )
    local client = sandbox:client()
    assert.same({ { campaignId = "a" } }, client:campaigns():totable())
    local _, err = client:campaigns():next()
    assert.equal("protocol", err.kind)
    assert.matches("neither hasNext nor totalPages", err.message)
    client:close()
  end)

  it("reads hasNext when totalPages contradicts it", function()
    sandbox:faults(
      { body = '{"data":[{"campaignId":"a"}],"page":0,"totalPages":1,"hasNext":true}' },
      { body = '{"data":[{"campaignId":"b"}],"page":1,"totalPages":9,"hasNext":false}' }
    )
    local client = sandbox:client()
    assert.same({ { campaignId = "a" }, { campaignId = "b" } }, client:campaigns():totable())
    client:close()
  end)
end)

describe("sigmamind.listing.pager, a walk that gets no new rows", function()
  --- Serves pages of one row each, "" for none. The last has hasNext = false.
  local function serve(ids)
    local faults = {}
    for i, id in ipairs(ids) do
      local row = id ~= "" and ('{"campaignId":"%s"}'):format(id) or ""
      local body = '{"data":[%s],"page":%d,"hasNext":%s}'
      faults[i] = { page = i - 1, times = -1, body = body:format(row, i - 1, tostring(i < #ids)) }
    end
    sandbox:faults(unpack(faults))
  end

  --- The ids of a stream up to its end or an error, and the error.
  local function read(stream)
    local ids = {}
    local row, err = stream:next()
    while row do
      ids[#ids + 1] = row.campaignId
      row, err = stream:next()
    end
    return table.concat(ids, " "), err
  end

  --- Asserts that a walk over these pages returns the expected rows.
  local function gives(expected, pages)
    serve(pages)
    local client = sandbox:client()
    local ids, err = read(client:campaigns())
    client:close()
    assert.is_nil(err)
    assert.equal(expected, ids)
  end

  --- Asserts that a walk over these pages fails after the rows `before`, and that the next read requests
  --- the failed page again and continues with the rows `behind`.
  local function fails(message, before, page, behind, pages)
    serve(pages)
    sandbox:control("DELETE", "/sandbox/log")
    local client = sandbox:client()
    local stream = client:campaigns()
    local ids, err = read(stream)
    assert.equal(before, ids)
    assert.equal("protocol", err.kind)
    assert.equal(message, err.message)
    assert.equal(page + 1, #sandbox:log())
    ids, err = read(stream)
    client:close()
    assert.is_nil(err)
    assert.equal(behind, ids)
    assert.equal(("/v1/campaigns?page=%d&size=100"):format(page), sandbox:log()[page + 2].path)
  end

  --- `count` pages that repeat `ids` ids in a circle, and then a page with the row `last`.
  local function circle(ids, count, last, before)
    local pages = before or {}
    for i = 0, count - 1 do
      pages[#pages + 1] = "c" .. i % ids
    end
    pages[#pages + 1] = last
    return pages
  end

  it("continues after three empty pages in a row, however many there are in all", function()
    gives("a b c", { "", "", "", "a", "", "", "", "b", "", "", "", "c" })
    gives("a b c d e f", { "", "a", "", "b", "", "c", "", "d", "", "e", "", "f" })
  end)

  it("fails at the fourth empty page, and continues with the next read", function()
    fails("consecutive pages are empty, but hasNext stays true", "a", 4, "b", { "a", "", "", "", "", "b" })
  end)

  it("continues after the same page came three more times in a row, however often in all", function()
    gives("a b c", { "a", "a", "a", "a", "b", "b", "b", "b", "c", "c", "c", "c" })
    gives("a b c d e f", { "a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "f", "f" })
  end)

  it("fails when the same page comes a fourth time, and continues with the next read", function()
    fails("consecutive pages have the same rows", "a", 4, "b", { "a", "a", "a", "a", "a", "b" })
  end)

  it("continues after 50 pages in a circle, however many in all", function()
    gives("c0 c1 c2 x y", circle(3, 50, "y", circle(3, 53, "x")))
  end)

  it("fails at the 51st page in a circle, and continues with the next read", function()
    fails("consecutive pages have the same rows", "c0 c1 c2", 53, "x", circle(3, 54, "x"))
  end)

  it("detects a circle of eight pages, and no larger one", function()
    local eight = "c0 c1 c2 c3 c4 c5 c6 c7"
    fails("consecutive pages have the same rows", eight, 58, "x", circle(8, 59, "x"))
    gives(eight .. " c8 x", circle(9, 70, "x"))
  end)
end)

describe("sigmamind.listing.pager, a walk over a list that shrinks", function()
  after_each(function()
    sandbox:list(125, {})
  end)

  --- `count` deletions of the first row, the first before request 2.
  local function deletions(count, every)
    local steps = {}
    for i = 1, count do
      steps[i] = { request = 2 + (i - 1) * every, delete = 0 }
    end
    return steps
  end

  --- Asserts that `rows` and the rest of the stream include every row that the list has now.
  local function has_all(stream, rows)
    local given = {}
    for _, row in ipairs(rows) do
      given[row.campaignId] = true
    end
    for _, row in ipairs(assert(stream:totable())) do
      given[row.campaignId] = true
    end
    for i, id in ipairs((sandbox:ids())) do
      assert.is_true(given[id], "row " .. i)
    end
  end

  it("steps back up to 100 times in a row, and any number of times in all", function()
    local client = sandbox:client { prefetch = 0 }
    sandbox:list(140, deletions(100, 2))
    has_all(client:campaigns { size = 1 }, {})
    sandbox:list(240, deletions(120, 3))
    local stream = client:campaigns { size = 1 }
    has_all(stream, {})
    assert.equal(120, stream:report().reread)
    client:close()
  end)

  it("fails at one more step back in a row, and continues with the next read", function()
    local client = sandbox:client { prefetch = 0 }
    sandbox:list(200, deletions(150, 2))
    local stream = client:campaigns { size = 1 }
    local rows, err = stream:totable()
    assert.is_nil(rows)
    assert.equal("protocol", err.kind)
    assert.equal("totalCount keeps falling: the walk makes no progress", err.message)
    assert.equal(202, select(2, sandbox:ids()))
    has_all(stream, err.partial)
    client:close()
  end)

  it("compares a total with the last one received, also when the page before has none", function()
    local client = sandbox:client { prefetch = 0 }
    sandbox:list(30, { { request = 2, delete = 0, count = 3 } })
    local ids, rows = sandbox:ids(), {}
    for i = 0, 9 do
      rows[i + 1] = ('{"campaignId":"%s"}'):format(ids[14 + i])
    end
    local body = '{"data":[%s],"page":1,"size":10,"hasNext":true}'
    sandbox:faults { request = 2, body = body:format(table.concat(rows, ",")) }
    local stream = client:campaigns { size = 10 }
    has_all(stream, {})
    assert.equal(2, stream:report().reread) -- rows may have moved up before either of the two pages
    client:close()
  end)

  it("reads pages again that were in flight together when rows moved", function()
    local client = sandbox:client { prefetch = 4 }
    sandbox:list(200, { { request = 9, delete = 0, count = 1 } })
    local stream = client:campaigns { size = 10 }
    has_all(stream, {})
    assert.is_true(stream:report().reread >= 4, stream:report().reread)
    client:close()
  end)

  it("proves nothing by a pass that was interrupted, with verify", function()
    local client = sandbox:client { prefetch = 0 }
    sandbox:list(20)
    local stream, count = client:campaigns { size = 10, verify = true }, 0
    assert(stream:next())
    local cancel = stream.base.pager.prefetch.cancel -- called once a pass has recorded its last page
    debug.sethook(function()
      if debug.getinfo(2, "f").func == cancel then
        count = count + 1
        if count == 2 then
          error("interrupted", 0)
        end
      end
    end, "c")
    local interrupted = 0
    for _ = 1, 30 do
      local ok, row = pcall(stream.next, stream)
      interrupted = interrupted + (ok and 0 or 1)
      if ok and not row then
        break
      end
    end
    debug.sethook()
    assert.equal(1, interrupted)
    assert.is_true(stream:report().consistent)
    assert.equal(7, #sandbox:log()) -- three passes, and the page whose reading was interrupted
    client:close()
  end)

  it("never steps back from page 0, the first of another pass with verify", function()
    sandbox:list(20, { { request = 3, delete = 0 } })
    sandbox:control("DELETE", "/sandbox/log")
    local client = sandbox:client { prefetch = 0 }
    local stream = client:campaigns { size = 10, verify = true }
    assert.equal(20, stream:count())
    local pages = {}
    for i, entry in ipairs(sandbox:log()) do
      pages[i] = entry.path:match "page=(%d+)"
    end
    assert.equal("0 1 0 1 0 1", table.concat(pages, " "))
    assert.is_true(stream:report().consistent)
    client:close()
  end)
end)

describe("sigmamind.listing.pager, a walk with verify", function()
  it("makes ten passes over a list that changes before each, and ends without an error", function()
    local steps = {}
    for pass = 2, 15 do
      local request = 2 * pass - 1
      steps[#steps + 1] = { request = request, insert = 0 }
      steps[#steps + 1] = { request = request, delete = 20 }
    end
    sandbox:list(20, steps)
    local client = sandbox:client { prefetch = 0 }
    local stream = client:campaigns { size = 10, verify = true }
    assert.is_table(stream:totable())
    assert.equal(20, select(2, sandbox:ids()))
    assert.equal(20, stream:report().pages)
    assert.is_false(stream:report().consistent)
    client:close()
    sandbox:list(125, {})
  end)
end)

describe("sigmamind.listing.pager, a long walk", function()
  local function read(stream, count)
    for _ = 1, count do
      assert(stream:next())
    end
  end

  --- Bytes of Lua's heap.
  local function heap()
    if jit then
      jit.flush() -- the heap includes machine code
    end
    collectgarbage()
    collectgarbage()
    return collectgarbage "count" * 1024
  end

  it("keeps no memory of the pages that it has read", function()
    sandbox:list(700)
    local client = sandbox:client { prefetch = 0 }
    local stream = client:campaigns { size = 1 }
    read(stream, 200)
    local least = math.huge -- of three: another table may grow in one of them
    for _ = 1, 3 do
      local before = heap()
      read(stream, 150)
      least = math.min(least, heap() - before)
    end
    assert.is_true(least < 150 * 16, ("%d bytes more after 150 pages"):format(least))
    client:close()
    sandbox:list(125)
  end)
end)
