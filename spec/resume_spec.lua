-- Walks that resume at a token, also in another process.

local interpreter = require "spec.support.interpreter"
local server = require "spec.support.server"
local token_format = require "sigmamind.listing.token"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local sandbox = server.shared()
local client, all

setup(function()
  client = sandbox:client()
  all = {}
  for row in client:campaigns() do
    all[#all + 1] = row.campaignId
  end
end)

teardown(function()
  client:close()
end)

before_each(function()
  sandbox:list(125, {})
end)

--- Reads `rows` rows of a walk; returns the token after the last.
local function token_after(rows, arguments)
  local stream = client:campaigns(arguments)
  for _ = 1, rows do
    stream:next()
  end
  return stream:token()
end

--- The positions in `all` of the rows of a walk.
local function places(arguments)
  local number_of, places_of = {}, {}
  for i, id in ipairs(all) do
    number_of[id] = i
  end
  for row in client:campaigns(arguments) do
    places_of[#places_of + 1] = number_of[row.campaignId] or 0
  end
  return places_of
end

local function range(first, last)
  local list = {}
  for i = first, last do
    list[#list + 1] = i
  end
  return list
end

describe("resume, a token", function()
  it("is short and printable, and resumes at the next row, wherever it was taken", function()
    for _, rows in ipairs { 0, 1, 9, 10, 11, 57, 120, 124, 125 } do
      local token = token_after(rows, { size = 10 })
      assert.matches("^[%w.-]+$", token)
      assert.is_true(#token < 120)
      assert.same(range(rows + 1, 125), places { size = 10, resume = token })
    end
  end)

  it("taken before the first row requests no page twice", function()
    assert.same(range(1, 125), places { size = 50, resume = token_after(0, { size = 50 }) })
    assert.equal(3, #sandbox:log())
  end)

  it("holds the position in the listing, before filters and maps in Lua", function()
    local stream = client:campaigns({ size = 10 }):filter(function(row)
      return row.campaignId == all[7] or row.campaignId == all[33]
    end)
    stream:next()
    assert.same(range(8, 125), places { size = 10, resume = stream:token() })
    stream:next()
    assert.same(range(34, 125), places { size = 10, resume = stream:token() })
  end)

  it("resumes with where, select and status, and its rows count towards the limit", function()
    local function walk(resume, limit)
      return { size = 10, status = "live", where = { concurrentCalls = { ge = 3 } }, select = { "campaignId" },
        limit = limit, resume = resume }
    end
    local expected = places(walk())
    assert.is_true(#expected > 12)
    local token = token_after(7, walk())
    assert.equal(expected[8], places(walk(token))[1])
    assert.equal(#expected - 7, #places(walk(token)))
    assert.same({ expected[8], expected[9] }, places(walk(token, 9)))
    assert.same({}, places(walk(token, 7)))
  end)

  it("of another query is refused, also when the limit leaves no row to read", function()
    local token = token_after(3, { status = "live" })
    for _, limit in ipairs { 2, 3, 4 } do
      local rows, err = client:campaigns({ status = "paused", resume = token, limit = limit }):totable()
      assert.is_nil(rows)
      assert.equal("config", err.kind)
      assert.is_nil(err.path)
    end
  end)

  it("can be taken again after each row of a resumed walk", function()
    local token = token_after(15, { size = 10 })
    local stream = client:campaigns { size = 10, resume = token }
    assert.equal(token, stream:token())
    stream:next()
    assert.same(range(17, 125), places { size = 10, resume = stream:token() })
  end)

  it("finds its row after the list moved around it", function()
    local token = token_after(35, { size = 10 })
    sandbox:list(125, { { request = 1, insert = 0, count = 13 } })
    assert.same(range(36, 125), places { size = 10, resume = token })
    sandbox:list(125, { { request = 1, delete = 0, count = 27 } })
    assert.same(range(36, 125), places { size = 10, resume = token })
  end)

  it("loses no row when its own row was deleted", function()
    local token = token_after(35, { size = 10 })
    sandbox:list(125, { { request = 1, delete = 34, count = 1 } })
    local found = places { size = 10, resume = token }
    assert.equal(36, found[#found - 89])
    assert.same(range(36, 125), { (unpack or table.unpack)(found, #found - 89) })
  end)

  it("finds its row while other rows are deleted during the search", function()
    local token = token_after(45, { size = 10 })
    sandbox:list(60, { { request = 1, delete = 0, count = 5 }, { request = 2, delete = 0, count = 15 } })
    assert.same(range(46, 60), places { size = 10, resume = token, prefetch = 0 })
  end)

  it("is searched for again after a request of the search failed", function()
    sandbox:list(45)
    local token = token_after(43, { size = 10 })
    sandbox:list(nil, { { request = 1, delete = 0, count = 5 } })
    sandbox:faults { page = 3, status = 500 }
    local other = sandbox:client { attempts = 1, prefetch = 0 }
    local stream = other:campaigns { size = 10, resume = token }
    local row, err = stream:next()
    assert.is_nil(row)
    assert.equal(500, err.status)
    assert.equal(all[44], stream:next().campaignId)
    assert.equal(all[45], stream:next().campaignId)
    assert.is_nil(stream:next())
    other:close()
  end)

  it("is the same after the stream was closed", function()
    local stream = client:campaigns { size = 10 }
    for _ = 1, 15 do
      stream:next()
    end
    local token = stream:token()
    stream:close()
    assert.equal(token, stream:token())
    assert.same(range(16, 125), places { size = 10, resume = stream:token() })
  end)

  it("taken while the walk steps back loses no row", function()
    sandbox:list(40, { { request = 3, delete = 0, count = 10 } })
    sandbox:faults { request = 4, delay = 0.2 }
    local game = sandbox:client { runtime = "tick", prefetch = 0 }
    local stream, tokens, rows = game:campaigns { size = 10 }, {}, 0
    game:spawn(function()
      while stream:next() do
        rows = rows + 1
      end
    end)
    local running
    repeat
      running = game:tick(0.01)
      tokens[stream:token()] = rows
      require("sigmamind.core").sleep(0.002)
    until running == 0
    game:close()
    assert.equal(40, rows) -- the walk read the ten before they were deleted
    for token, read in pairs(tokens) do
      local found = places { size = 10, resume = token }
      assert.equal(40 - math.max(10, read), #found, token .. " after " .. read)
    end
  end)

  it("resumes at the next row after the server changed its page size", function()
    local function serve(size)
      local faults = {}
      for number = 0, 60 / size - 1 do
        local rows = {}
        for i = 1, size do
          rows[i] = ('{"campaignId":"c%d"}'):format(number * size + i)
        end
        local text = '{"data":[%s],"page":%d,"size":%d,"totalCount":60,"hasNext":%s}'
        local more = tostring(number < 60 / size - 1)
        local body = text:format(table.concat(rows, ","), number, size, more)
        faults[#faults + 1] = { page = number, times = -1, body = body }
      end
      sandbox:faults((unpack or table.unpack)(faults))
    end
    for _, sizes in ipairs { { 10, 20 }, { 20, 10 }, { 20, 5 } } do
      serve(sizes[1])
      local token = token_after(15, { size = 20 })
      serve(sizes[2])
      local ids = {}
      for row in client:campaigns { size = 20, resume = token } do
        ids[#ids + 1] = row.campaignId
      end
      assert.equal("c16", ids[1])
      assert.equal(45, #ids)
    end
  end)

  for _, change in ipairs { "insert", "delete" } do
    it(("returns no row from before it when the walk steps back over an %s"):format(change), function()
      for _, prefetch in ipairs { 0, 4, 16 } do
        sandbox:list(125, {})
        local token = token_after(55, { size = 10 })
        sandbox:list(nil, { { request = 3, [change] = 0 } })
        local other = sandbox:client()
        local rows = assert(other:campaigns({ size = 10, prefetch = prefetch, resume = token }):totable())
        other:close()
        local ids = sandbox:ids()
        local given = {}
        for i, row in ipairs(rows) do
          given[i] = row.campaignId
        end
        local expected = {}
        for i = change == "insert" and 57 or 55, #ids do
          expected[#expected + 1] = ids[i]
        end
        assert.same(expected, given)
      end
    end)
  end

  it("returns no row from before it when the walk steps back after more inserts than the totals show", function()
    for last, steps in pairs {
      [121] = { { request = 2, insert = 0, count = 3 }, { request = 2, delete = 124, count = 4 } },
      [114] = {
        { request = 2, insert = 0 }, { request = 3, insert = 0, count = 10 }, { request = 3, delete = 125, count = 11 },
      },
    } do
      sandbox:list(125, {})
      local token = token_after(55, { size = 10 })
      sandbox:list(nil, steps)
      assert.same(range(56, last), places { size = 10, prefetch = 0, resume = token })
    end
  end)

  it("finds its row after deletes before it and inserts after it", function()
    for _, moved in ipairs { { 10, 10 }, { 25, 40 }, { 3, 3 } } do
      sandbox:list(125, {})
      local token = token_after(55, { size = 10 })
      local gone, new = moved[1], moved[2]
      sandbox:list(nil, {
        { request = 1, delete = 0, count = gone }, { request = 1, insert = 100 - gone, count = new },
      })
      local given = places { size = 10, resume = token }
      assert.same(range(56, 100), { unpack(given, 1, 45) })
      assert.equal(70 + new, #given)
    end
  end)

  it("loses no row that moved past the search", function()
    sandbox:list(60, {})
    local before, seen, there = sandbox:ids(), {}, {}
    local first = client:campaigns { size = 5, prefetch = 1 }
    for _ = 1, 30 do
      seen[first:next().campaignId] = true
    end
    local token = first:token()
    sandbox:list(nil, {
      { request = 1, delete = 0, count = 10 }, { request = 3, insert = 0, count = 5 },
      { request = 4, insert = 1000, count = 5 },
    })
    for row in client:campaigns { size = 5, prefetch = 1, resume = token } do
      seen[row.campaignId] = true
    end
    for _, id in ipairs((sandbox:ids())) do
      there[id] = true
    end
    for i, id in ipairs(before) do
      assert.is_true(seen[id] or not there[id], "row " .. i)
    end
  end)

  it("is searched for on a limited number of pages, whatever the totals", function()
    local token = token_after(100, { size = 1 })
    local body = '{"data":[{"campaignId":"x"}],"size":1,"totalCount":1000000000,"hasNext":true}'
    sandbox:faults { body = body, times = -1 }
    sandbox:control("DELETE", "/sandbox/log")
    client:campaigns({ size = 1, resume = token }):next()
    assert.is_true(#sandbox:log() < 300)
  end)

  it("resumes at the number of rows when rows have no id", function()
    local function page(number)
      local rows = {}
      for i = 1, 5 do
        rows[i] = ('{"name":"%d"}'):format(number * 5 + i)
      end
      local body = '{"data":[%s],"page":%d,"size":5,"totalCount":15,"hasNext":%s}'
      return { page = number, times = -1, body = body:format(table.concat(rows, ","), number, tostring(number < 2)) }
    end
    sandbox:faults(page(0), page(1), page(2))
    local token = token_after(9, { size = 5 })
    local names = {}
    for row in client:campaigns { size = 5, resume = token } do
      names[#names + 1] = row.name
    end
    assert.same({ "10", "11", "12", "13", "14", "15" }, names)
  end)

  it("resumes after more rows were deleted than there were before it", function()
    local token = token_after(15, { size = 10 })
    sandbox:list(nil, { { request = 1, delete = 0, count = 25 } })
    assert.same(range(26, 125), places { size = 10, resume = token })
  end)

  it("requests no page beyond an int32 when it is made up", function()
    local place = token_format.read(token_after(5, { size = 10 }))
    place.row, place.total = 2 ^ 53, nil
    sandbox:control("DELETE", "/sandbox/log")
    assert.is_nil((client:campaigns({ size = 10, resume = token_format.write(place) }):next()))
    local log = sandbox:log()
    assert.equal("/v1/campaigns?page=2147483647&size=10", log[1].path)
    for _, entry in ipairs(log) do
      assert.is_true(tonumber(entry.path:match "page=(%d+)") <= 2147483647)
    end
  end)

  it("keeps the query of its stream, also when the caller changes its tables", function()
    local where, select = { concurrentCalls = { ge = 5 } }, { "campaignId" }
    local stream = client:campaigns { where = where, select = select }
    where.concurrentCalls.ge, where.campaignStatus, select[2] = 1e9, {}, "agent"
    local row = stream:next()
    assert.is_string(row.campaignId)
    assert.is_nil(row.agent)
    local arguments = { where = { concurrentCalls = { ge = 5 } }, select = { "campaignId" } }
    arguments.resume = stream:token()
    assert.is_true(#places(arguments) > 5)
    where = { concurrentCalls = { ge = 5 } }
    stream = client:campaigns():where(where)
    where.concurrentCalls.ge = 1e9
    assert.is_table(stream:next())
  end)

  it("is refused before any request when it was cut or altered", function()
    local token = token_after(35, { size = 10 })
    sandbox:clear()
    local broken = { "", token:sub(1, -2), token:sub(2), token .. "0", token:gsub("3", "4"), token:upper(), 7 }
    for _, each in ipairs(broken) do
      assert.error_matches(function() client:campaigns { size = 10, resume = each } end,
        "resume must be a complete, unchanged token from stream:token%(%)")
    end
    assert.equal(0, #sandbox:log())
  end)

  it("is refused before any request for another query", function()
    local token = token_after(35, { size = 10 })
    sandbox:clear()
    for _, other in ipairs { { size = 20 }, { size = 10, status = "live" }, { size = 10, where = { a = 1 } },
      { size = 10, select = { "campaignId" } } } do
      other.resume = token
      local row, err = client:campaigns(other):next()
      assert.is_nil(row)
      assert.equal("config", err.kind)
      assert.matches("^resume: the token is from another walk: ", err.message)
    end
    assert.equal(0, #sandbox:log())
  end)

  it("cannot be combined with verify", function()
    local token = token_after(5)
    assert.error_matches(function() client:campaigns { resume = token, verify = true } end, "cannot be combined")
  end)

  it("resumes at the next row after the process of the walk was killed", function()
    local path = os.tmpname()
    local function walk_and_die(rows, token)
      interpreter.run(("spec/support/walk_and_die.lua %s %s %d %s %s"):format(
        sandbox.url, sandbox.key, rows, path, token or ""))
    end
    walk_and_die(7)
    for _, rows in ipairs { 3, 1, 29, 60, 1000 } do
      local saved = assert(io.open(path .. ".token"))
      local token = saved:read "*a"
      saved:close()
      walk_and_die(rows, token)
    end
    local ids = {}
    for id in io.lines(path) do
      ids[#ids + 1] = id
    end
    os.remove(path)
    os.remove(path .. ".token")
    assert.same(all, ids)
  end)
end)

describe("resume, a token after a page without new rows", function()
  --- Asserts that the token after `rows` rows stays the same when no row follows.
  local function stays(rows, stream, expected)
    for _ = 1, rows do
      assert(stream:next())
    end
    local token = stream:token()
    local row, err = stream:next()
    assert.is_nil(row)
    assert.equal(expected, err and err.status)
    assert.equal(token, stream:token())
    assert.not_matches(("0"):rep(16), token)
  end

  it("is that of the last row when `where` excludes every row of the page", function()
    local first = {}
    for i = 1, 12 do
      first[i] = all[i]
    end
    stays(12, client:campaigns { size = 10, where = { campaignId = { one_of = first } } })
  end)

  it("is that of the last row when every row of the page is a duplicate", function()
    sandbox:list(25, { { request = 3, insert = 0, count = 10 } })
    sandbox:faults { page = 3, status = 404, times = -1 }
    stays(20, client:campaigns { size = 10, prefetch = 0 }, 404)
  end)

  it("is that of the last row when the page is empty", function()
    sandbox:faults { page = 1, body = '{"data":[],"page":1,"hasNext":false}' }
    stays(10, client:campaigns { size = 10, prefetch = 0 })
  end)
end)

describe("resume, the search for the row of a token", function()
  --- The ids of a walk from a token, and the numbers of the pages that it requests.
  local function go_on(token, size)
    sandbox:control("DELETE", "/sandbox/log")
    local stream, ids, pages = client:campaigns { size = size or 10, prefetch = 0, resume = token }, {}, {}
    for row in stream do
      ids[#ids + 1] = row.campaignId
    end
    for i, entry in ipairs(sandbox:log()) do
      pages[i] = tonumber(entry.path:match "page=(%d+)")
    end
    return ids, pages, stream:report()
  end

  --- The ids of a list of `count` rows, and the token after one of them.
  local function begin(count, row)
    sandbox:list(count, {})
    local ids = sandbox:ids()
    return ids, token_after(row, { size = 10 })
  end

  it("reads every page from the row's position to where it may be by the totals", function()
    local ids, token = begin(200, 105)
    sandbox:list(nil, { { request = 1, delete = 0, count = 15 }, { request = 2, delete = 0, count = 15 } })
    local given, pages, report = go_on(token)
    assert.same({ unpack(ids, 106) }, given)
    assert.same({ 10, 9, 8, 7, 8 }, { unpack(pages, 1, 5) })
    assert.equal(0, report.reread)
  end)

  it("reads the nearest pages first, and of two the earlier", function()
    for _, row in ipairs { 21, 30 } do
      local _, token = begin(300, row)
      sandbox:list(nil, { { request = 1, delete = row - 1 }, { request = 1, insert = 1000 } })
      local _, pages = go_on(token)
      assert.same({ 2, 1, 3, 0, 4, 5 }, { unpack(pages, 1, 6) })
    end
  end)

  it("continues after the position of a deleted row, wherever on a page it was", function()
    for _, row in ipairs { 29, 30, 31, 32 } do
      local ids, token = begin(60, row)
      sandbox:list(nil, { { request = 1, delete = row - 1 } })
      assert.same({ unpack(ids, row + 1) }, (go_on(token)))
    end
  end)

  it("compares a total with the last one received, also when a page has none", function()
    local ids, token = begin(200, 105)
    sandbox:list(nil, { { request = 1, delete = 104 }, { request = 3, delete = 0, count = 60 } })
    sandbox:faults { request = 2, body = '{"data":[{"campaignId":"x"}],"page":9,"size":10,"hasNext":true}' }
    local given, pages = go_on(token)
    assert.same({ 10, 9 }, { unpack(pages, 1, 2) })
    assert.same({ unpack(ids, 106) }, given)
  end)

  it("searches for the gap again when rows before it were deleted while its page was read", function()
    local ids, token = begin(40, 25)
    sandbox:list(nil, { { request = 1, delete = 24 }, { request = 5, delete = 0, count = 5 } })
    local given, pages = go_on(token)
    assert.same({ 2, 1, 3, 0, 2, 1 }, { unpack(pages, 1, 6) })
    assert.same({ unpack(ids, 26) }, given)
  end)

  it("finds a row on the 200th page, when the totals show that it moved", function()
    local ids, token = begin(40, 25)
    for _, pages_away in ipairs { 101, 150, 199 } do
      sandbox:list(40, { { request = 1, insert = 0, count = pages_away * 10 } })
      local given, pages = go_on(token)
      assert.same({ unpack(ids, 26) }, given)
      assert.equal(pages_away + 2, #pages) -- from the old position to the page with the row, and the last page
    end
  end)

  it("requests at most 200 pages, and then that of the gap", function()
    local _, token = begin(40, 25)
    sandbox:list(40, { { request = 1, insert = 0, count = 2000 } })
    local stream = client:campaigns { size = 10, prefetch = 0, resume = token }
    sandbox:control("DELETE", "/sandbox/log")
    assert(stream:next())
    local log = sandbox:log()
    assert.equal(201, #log)
    assert.matches("page=201&", log[200].path)
    assert.matches("page=2&", log[201].path)
  end)

  it("finds a row up to ten pages after its position, when the totals do not change", function()
    for _, moved in ipairs { 5, 50, 100 } do
      local ids, token = begin(300, 25)
      sandbox:list(nil, { { request = 1, insert = 0, count = moved }, { request = 1, delete = 300, count = moved } })
      local given = go_on(token)
      assert.same({ unpack(ids, 26, 300 - moved) }, given)
    end
  end)

  it("finds a row up to ten pages before its position, when the totals do not change", function()
    for _, moved in ipairs { 5, 50, 100 } do
      local ids, token = begin(300, 125)
      sandbox:list(nil, { { request = 1, delete = 0, count = moved }, { request = 1, insert = 1000, count = moved } })
      local given = go_on(token)
      assert.same({ unpack(ids, 126) }, { unpack(given, 1, 175) })
      assert.equal(175 + moved, #given)
    end
  end)

  it("reads at most ten pages in each direction, when the totals do not change", function()
    local _, token = begin(300, 155)
    sandbox:list(nil, { { request = 1, delete = 154 }, { request = 1, insert = 1000 } })
    local _, pages = go_on(token)
    local searched = { unpack(pages, 1, 21) }
    table.sort(searched)
    assert.same(range(5, 25), searched)
    assert.equal(15, pages[22])
  end)
end)

describe("the report of a walk", function()
  it("counts rows, pages, duplicates and totals", function()
    local stream = client:campaigns { size = 50 }
    stream:totable()
    assert.same({
      rows = 125, pages = 3, duplicates = 0, reread = 0, total_first = 125, total_last = 125, consistent = false,
      cached = 0, stale = 0, age = 0, unknown_paths = {}, mistyped_paths = {},
    }, stream:report())
  end)

  it("is consistent when one page held all rows, or two passes saw the same rows", function()
    local stream = client:campaigns { size = 200 }
    assert.is_false(stream:report().consistent)
    stream:totable()
    assert.is_true(stream:report().consistent)
    stream = client:campaigns { size = 50, verify = true }
    assert.equal(125, #stream:totable())
    local report = stream:report()
    assert.is_true(report.consistent)
    assert.equal(6, report.pages)
    assert.equal(125, report.duplicates)
  end)

  it("is consistent when the only page has no total", function()
    sandbox:faults { page = 0, body = '{"data":[{"campaignId":"a"}],"page":0,"hasNext":false}' }
    local stream = client:campaigns { size = 10 }
    assert.equal(1, stream:count())
    assert.is_true(stream:report().consistent)
  end)

  it("is not consistent when the only page is read after a token", function()
    local stream = client:campaigns { size = 200, resume = token_after(5, { size = 200 }) }
    assert.equal(120, stream:count())
    assert.equal(1, stream:report().pages)
    assert.is_false(stream:report().consistent)
  end)

  it("is not consistent when the only page has a larger totalCount", function()
    sandbox:faults {
      page = 0,
      body = '{"data":[{"campaignId":"a"}],"page":0,"size":10,"totalCount":9,"totalPages":1,"hasNext":false}',
    }
    local stream = client:campaigns { size = 10 }
    assert.equal(1, stream:count())
    assert.is_false(stream:report().consistent)
  end)

  it("is consistent only after more passes when inserts and deletes made two passes miss the same row", function()
    sandbox:list(8, {
      { request = 2, insert = 0 },
      { request = 3, delete = 0 }, { request = 3, insert = 100 },
      { request = 5, delete = 8 }, { request = 5, insert = 0 },
      { request = 6, delete = 0 },
      { request = 7, insert = 0 },
      { request = 8, delete = 0 }, { request = 8, insert = 100 },
      { request = 10, delete = 8 }, { request = 10, insert = 0 },
    })
    local first, seen = sandbox:ids(), {}
    local stream = client:campaigns { size = 2, verify = true, prefetch = 0 }
    for row in stream do
      seen[row.campaignId] = true
    end
    local missed = 0
    for _, id in ipairs(first) do
      missed = missed + (seen[id] and 0 or 1)
    end
    assert.equal(0, missed)
    assert.is_true(stream:report().consistent)
  end)

  it("is consistent after two passes in which a row came twice, and the total grew after the first page", function()
    sandbox:list(4, { { request = 2, insert = 0 }, { request = 4, delete = 0 }, { request = 5, insert = 0 } })
    local stream = client:campaigns { size = 2, prefetch = 0, verify = true }
    assert.equal(4, stream:count())
    assert.equal(6, stream:report().pages)
    assert.is_true(stream:report().consistent)
  end)

  --- Walks, with verify, a list in which inserts and deletes cancel out while the walk steps back. The function
  --- api_key raises at its `interrupted`-th call, and the walk is read on. Returns how many of the rows that
  --- were never deleted it missed, and its stream.
  local function missed_by_step_back(interrupted)
    sandbox:list(40, {
      { request = 2, insert = 0 }, { request = 2, delete = 40 },
      { request = 3, delete = 0 }, { request = 3, insert = 39 },
      { request = 20, delete = 39 }, { request = 20, insert = 0 },
      { request = 21, delete = 0 }, { request = 21, insert = 39 },
      { request = 22, insert = 0 }, { request = 22, delete = 40 },
      { request = 23, delete = 0 }, { request = 23, insert = 39 },
      { request = 31, delete = 0, count = 2 }, { request = 31, insert = 20, count = 2 },
      { request = 32, delete = 20, count = 2 },
      { request = 33, insert = 0, count = 2 },
      { request = 42, delete = 39 }, { request = 42, insert = 0 },
    })
    local before, stayed, given = sandbox:ids(), {}, {}
    local calls = 0
    local interruptible = sandbox:client {
      api_key = function()
        calls = calls + 1
        return calls ~= interrupted and sandbox.key or error("interrupted", 0)
      end,
    }
    local stream = interruptible:campaigns { size = 2, prefetch = 0, verify = true }
    local ok, row
    repeat
      ok, row = pcall(stream.next, stream)
      if ok and row then
        given[row.campaignId] = true
      end
    until ok and not row
    interruptible:close()
    for _, id in ipairs((sandbox:ids())) do
      stayed[id] = true
    end
    local missed = 0
    for _, id in ipairs(before) do
      missed = missed + (stayed[id] and not given[id] and 1 or 0)
    end
    return missed, stream
  end

  it("is not consistent when it missed a row because inserts and deletes cancelled out in a step back", function()
    local missed, stream = missed_by_step_back(nil)
    assert.is_true(missed == 0 or not stream:report().consistent)
  end)

  it("is not consistent when, in addition, the walk was interrupted in the same pass", function()
    local missed, stream = missed_by_step_back(40)
    assert.is_true(missed == 0 or not stream:report().consistent)
  end)

  it("counts duplicates up to the row that was read last", function()
    sandbox:list(20, { { request = 2, insert = 0, count = 3 } })
    local stream = client:campaigns { size = 10, prefetch = 0 }
    local duplicates = {}
    for i = 1, 20 do
      assert(stream:next())
      duplicates[i] = stream:report().duplicates
    end
    assert.same({ 0, 3, 3 }, { unpack(duplicates, 10, 12) })
    assert.equal(3, duplicates[20])
  end)

  it("counts pages that were read again, and duplicates", function()
    sandbox:list(30, { { request = 2, delete = 3, count = 2 }, { request = 5, insert = 0, count = 3 } })
    local stream = client:campaigns { size = 10, prefetch = 0 }
    assert.equal(30, #stream:totable())
    local report = stream:report()
    assert.equal(1, report.reread)
    assert.equal(30, report.total_first)
    assert.equal(31, report.total_last)
    assert.is_true(report.duplicates > 0)
  end)
end)

describe("resume, the search for a deleted row", function()
  it("does not prefetch", function()
    local token = token_after(57, { size = 5 })
    local counts = {}
    for _, prefetch in ipairs { 0, 4, 64 } do
      sandbox:list(125, {})
      sandbox:clear()
      sandbox:list(nil, { { request = 1, delete = 56, count = 1 } })
      local stream = client:campaigns { size = 5, prefetch = prefetch, resume = token }
      assert(stream:next())
      counts[#counts + 1] = #sandbox:log()
      stream:close()
    end
    assert.is_true(counts[1] > 10) -- the pages around its old position
    assert.same({ counts[1], counts[1], counts[1] }, counts)
  end)
end)
