-- The stages of a stream. The rows come from the sandbox, the expected rows from a plain loop.

local decoding = require "spec.support.decoding"
local oracle = require "spec.support.query_oracle"
local random_json = require "spec.support.random_json"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local unpack = table.unpack or unpack -- luacheck: ignore 143

local sandbox = server.shared { campaigns = 30 }
local client, all

setup(function()
  client = sandbox:client()
  all = assert(client:campaigns():totable())
end)

teardown(function()
  client:close()
end)

local function walk(arguments)
  return client:campaigns { size = 10, prefetch = arguments and arguments.prefetch }
end

local function ids(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = row.campaignId
  end
  return list
end

local function those(test)
  local kept = {}
  for _, row in ipairs(all) do
    if test(row) then
      kept[#kept + 1] = row
    end
  end
  return kept
end

local function is_live(row)
  return row.campaignStatus == "live"
end

--- Asserts that misuse raises at its line.
local function refuses(message, call)
  local ok, err = pcall(call)
  assert.is_false(ok)
  assert.matches("^spec/stream_spec.lua:%d+: " .. message, err)
end

describe("sigmamind.listing.stream", function()
  it("sends no request before a row is read", function()
    walk():where({ campaignStatus = "live" }):select({ "campaignId" }):take(3)
    assert.equal(0, #sandbox:log())
  end)

  it("returns rows in for, by a call and by next alike", function()
    local stream = walk()
    assert.same(all[1], stream())
    assert.same(all[2], (stream:next()))
    local rest = {}
    for row in stream do
      rest[#rest + 1] = row
    end
    assert.equal(28, #rest)
    assert.same(all[3], rest[1])
    assert.equal(3, #sandbox:log())
  end)

  it("frees a page's text at the end of the page", function()
    sandbox:faults { body = '{"data":[{"campaignId":"a"}' .. (" "):rep(2 ^ 21) .. '],"page":0,"hasNext":false}' }
    local stream = walk()
    assert.equal("a", stream:next().campaignId)
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    assert.is_nil((stream:next()))
    collectgarbage()
    collectgarbage()
    assert.is_true(before - collectgarbage "count" > 1024)
    assert.equal(1, stream:report().rows)
  end)

  it("returns kind 'closed' to each call after its end", function()
    local wants = {
      next = {}, totable = {}, count = {}, first = {},
      each = { type }, any = { type }, all = { type }, group_by = { "campaignId" }, reduce = { rawequal },
    }
    local function says_so(stream, message)
      for name, arguments in pairs(wants) do
        local value, err = stream[name](stream, (unpack or table.unpack)(arguments))
        assert.is_nil(value, name)
        assert.equal("closed", err.kind)
        assert.matches("read to its end", err.message)
      end
      local ok, err = pcall(function() for _ in stream do error "a row" end end)
      assert.is_false(ok, message)
      assert.equal("closed", type(err) == "table" and err.kind or err, message)
    end
    for name, arguments in pairs(wants) do
      if name ~= "first" then
        local stream = walk()
        if name == "any" or name == "next" then
          arguments = { function() return false end }
        elseif name == "all" or name == "each" then
          arguments = { function() return true end }
        end
        repeat
          local row = stream[name](stream, (unpack or table.unpack)(arguments))
        until name ~= "next" or row == nil
        says_so(stream, name)
        says_so(stream:filter(function() return true end), name)
        says_so(stream:take(5), name)
      end
    end
    local chained = walk()
    assert.equal(30, chained:map(function(row) return row end):count())
    says_so(chained)
    chained = walk()
    assert.equal(30, chained:take(50):count())
    says_so(chained)
  end)

  it("can be read again after take failed once; a stream made from that take ends with it", function()
    local stream = walk()
    local first = stream:take(10)
    local of_first = first:take(3)
    sandbox:faults { status = 404 }
    assert.equal(404, select(2, first:count()).status)
    assert.equal(10, first:count())
    assert.equal("closed", select(2, of_first:count()).kind)
    assert.equal(20, stream:count())
    assert.equal("closed", select(2, stream:count()).kind)
  end)

  it("continues after the rows of take, which then returns kind 'closed'", function()
    local stream = walk()
    local first = stream:take(10)
    assert.equal(10, first:count())
    assert.equal("closed", select(2, first:count()).kind)
    assert.equal(20, stream:count())
  end)

  it("returns an empty table once when no row matches", function()
    local stream = walk():where { campaignId = "none" }
    assert.same({}, stream:totable())
    assert.equal("closed", select(2, stream:totable()).kind)
  end)

  it("returns kind 'cancelled' after close", function()
    local stream = walk()
    assert.is_table(stream:next())
    stream:close()
    for _, name in ipairs { "next", "first", "totable", "count" } do
      local value, err = stream[name](stream)
      assert.is_nil(value)
      assert.equal("cancelled", err.kind)
    end
    local ok, err = pcall(function() for _ in stream do error "a row" end end)
    assert.is_false(ok)
    assert.equal("cancelled", err.kind)
  end)

  it("raises for an index, # and ipairs, as far as this Lua allows", function()
    local stream = walk()
    local ok, err = pcall(function() return stream[1] end)
    assert.is_false(ok)
    assert.matches("^spec/stream_spec.lua:%d+: a stream is not a list.*totable", err)
    if pcall(function() return #setmetatable({}, { __len = error }) end) == false then
      assert.error_matches(function() return #stream end, "is not a list.*totable")
    end
    local calls_index = pcall(ipairs, setmetatable({}, { __ipairs = error })) == false
      or not pcall(function()
        for _ in ipairs(setmetatable({}, { __index = error })) do error() end
      end)
    if calls_index then
      assert.error_matches(function() for _ in ipairs(stream) do error "a row" end end, "is not a list.*totable")
    end
  end)

  it("requests no more rows than limit or first needs", function()
    local function sizes(stream, ending)
      sandbox:clear()
      assert(stream[ending](stream))
      local list = {}
      for i, entry in ipairs(sandbox:log()) do
        list[i] = entry.path:match "size=(%d+)"
      end
      return list
    end
    assert.same({ "1" }, sizes(client:campaigns(), "first"))
    assert.same({ "3" }, sizes(client:campaigns():drop(2), "first"))
    assert.same({ "7" }, sizes(client:campaigns { limit = 7 }, "totable"))
    assert.same({ "7" }, sizes(client:campaigns({ limit = 7 }):select { "campaignId" }, "totable"))
    assert.same({ "1" }, sizes(client:campaigns { limit = 7 }, "first"))
    assert.same({ "4" }, sizes(client:campaigns():drop(3):take(2), "first"))
    assert.same({ "4" }, sizes(client:campaigns():take(20):drop(3):json(), "first"))
    assert.same({ "100" }, sizes(client:campaigns():take(7), "totable")) -- a later call may read the rest
    for limit, size in pairs { [99] = "99", [100] = "100", [101] = "51", [200] = "100", [250] = "84", [300] = "100" } do
      assert.same({ size }, sizes(client:campaigns { limit = limit }, "totable"))
    end
    assert.same({ "10" }, sizes(client:campaigns { limit = 7, size = 10 }, "totable"))
    assert.same({ "100" }, sizes(client:campaigns { limit = 7, verify = true }, "totable"))
    local begun = client:campaigns()
    assert(begun:next())
    assert.same({ "100" }, sizes(client:campaigns { limit = 7, resume = begun:token() }, "totable"))
    assert.same({ "100" }, sizes(client:campaigns { resume = begun:token() }, "first"))
    assert.same({ "100" }, sizes(client:campaigns { limit = 7, where = { campaignStatus = "live" } }, "totable"))
    assert.same({ "100" }, sizes(client:campaigns():filter(is_live), "first"))
  end)

  it("resumes at the token of a stream with another limit", function()
    local stream = client:campaigns { limit = 7 }
    assert.equal(7, stream:count())
    assert.same(ids({ all[8], all[9] }), ids(client:campaigns({ limit = 9, resume = stream:token() }):totable()))
    assert.equal(23, client:campaigns({ resume = stream:token() }):count())
  end)

  it("can be read on after take, and after first failed", function()
    local requests = #sandbox:log()
    local stream = client:campaigns()
    stream:take(0)
    assert.equal(1, stream:take(1):count())
    assert.equal(29, stream:count())
    assert.equal(1, #sandbox:log() - requests)
    sandbox:faults { status = 404 }
    stream = client:campaigns()
    assert.equal(404, select(2, stream:first()).status)
    assert.equal(5, stream:take(5):count())
    assert.equal(25, stream:count())
    assert.equal("100", sandbox:log()[3].path:match "size=(%d+)")
    assert.equal(3, #sandbox:log())
  end)

  it("counts rows for take beside other readers, and a repeated row once", function()
    local stream = walk()
    local first = stream:take(5)
    assert(first:next())
    assert(stream:next())
    assert(stream:next())
    assert.equal(4, first:count())
    first = walk():take(5)
    for number = 1, 5 do
      first:pull() -- as an interrupted next leaves it
      assert.same(all[number], first:next())
    end
    assert.is_nil((first:next()))
  end)

  it("continues after err.partial when totable failed", function()
    sandbox:faults { page = 1, status = 404 }
    local stream = walk()
    local rows, err = stream:totable()
    assert.is_nil(rows)
    assert.equal(10, #err.partial)
    local seen = ids(err.partial)
    for _, id in ipairs(ids(assert(stream:totable()))) do
      seen[#seen + 1] = id
    end
    assert.same(ids(all), seen)
  end)

  it("is closed by first, also when the row is false", function()
    local stream = walk()
    assert.is_false((stream:map(function() return false end):first()))
    assert.equal("cancelled", select(2, stream:next()).kind)
  end)

  it("accepts any large count for take and drop", function()
    for _, max in ipairs { math.maxinteger or 2 ^ 53, 1e300, 2 ^ 53 } do -- luacheck: ignore 143
      local stream = walk()
      assert(stream:next())
      assert.equal(27, stream:drop(2):take(max):count())
      stream = walk()
      assert(stream:next())
      assert.equal(0, stream:drop(max):count())
      assert.equal(#those(is_live) - 1, walk():where({ campaignStatus = "live" }):drop(1):take(max):count())
    end
  end)

  it("is closed by first", function()
    local stream = walk()
    assert.same(all[1], (stream:first()))
    assert.equal("cancelled", select(2, stream:next()).kind)
  end)

  it("where keeps the rows that meet all conditions", function()
    local rows = walk():where({ campaignStatus = "live" }):where({ concurrentCalls = { lt = 30 } }):totable()
    assert.same(those(function(row) return is_live(row) and row.concurrentCalls < 30 end), rows)
    assert.is_true(#rows > 0)
  end)

  it("select keeps the named fields with their nesting", function()
    local row = walk():select({ "campaignId", "phoneNumber.sipPhoneNumber" }):first()
    assert.same({
      campaignId = "camp_XiQEBcj9cc5TFRB4",
      phoneNumber = { sipPhoneNumber = "+14155552671" },
    }, row)
  end)

  it("where and select run in the core, and may be chained", function()
    local rows = walk():where({ campaignStatus = "live" }):where({ concurrentCalls = { lt = 30 } })
      :select({ "campaignId" }):totable()
    local expected = {}
    for i, row in ipairs(those(function(row) return is_live(row) and row.concurrentCalls < 30 end)) do
      expected[i] = { campaignId = row.campaignId }
    end
    assert.same(expected, rows)
    local twice = walk():where({ concurrentCalls = { ge = 5 } }):where({ concurrentCalls = { lt = 30 } })
    assert.same(those(function(row)
      return row.concurrentCalls >= 5 and row.concurrentCalls < 30
    end), twice:totable())
  end)

  --- Chains that the core evaluates: their rows, and the requests that they need.
  describe("chains", function()
    local LIVE, FEW = { campaignStatus = "live" }, { concurrentCalls = { lt = 30 } }

    local function is_busy(row)
      return row.concurrentCalls >= 30
    end

    --- The ids of the chain's rows, the number of requests, and the rows.
    local function read(chain, arguments)
      sandbox:clear()
      local rows = assert(chain(walk(arguments)):totable())
      return ids(rows), #sandbox:log(), rows
    end

    it("select, where: the condition sees the whole row", function()
      local list, _, rows = read(function(stream) return stream:select({ "campaignId" }):where(LIVE) end)
      assert.same(ids(those(is_live)), list)
      assert.same({ campaignId = list[1] }, rows[1])
    end)

    it("select, select: the second selects from the fields that the first kept", function()
      local first = { "campaignId", "agent.name", "phoneNumber" }
      local row = walk():select(first):select({ "campaignId", "agent", "phoneNumber.sipPhoneNumber", "errors" }):first()
      assert.same({
        campaignId = all[1].campaignId,
        agent = { name = all[1].agent.name },
        phoneNumber = { sipPhoneNumber = all[1].phoneNumber.sipPhoneNumber },
      }, row)
      assert.same({}, (walk():select({ "errors" }):select({ "agent" }):first()))
    end)

    it("where, where on one path: all conditions hold", function()
      local list = read(function(stream)
        return stream:where({ concurrentCalls = { ge = 5 } }):where({ concurrentCalls = { ge = 30, ne = 4 } })
      end)
      assert.same(ids(those(is_busy)), list)
      assert.same({}, read(function(stream) return stream:where(LIVE):where { campaignStatus = "paused" } end))
    end)

    it("take, where: returns the matching rows among the first", function()
      local expected, first = {}, { unpack(all, 1, 12) }
      for _, row in ipairs(first) do
        expected[#expected + 1] = is_live(row) and row.campaignId or nil
      end
      assert.is_true(#expected > 0)
      local list, requests = read(function(stream) return stream:take(12):where(LIVE) end)
      assert.same(expected, list)
      assert.equal(2, requests)
      list, requests = read(function(stream) return stream:take(10):where { campaignId = "none" } end)
      assert.same({}, list)
      assert.equal(1, requests)
    end)

    it("drop, where: returns the matching rows after the first", function()
      local expected = {}
      for _, row in ipairs { unpack(all, 13) } do
        expected[#expected + 1] = is_live(row) and row.campaignId or nil
      end
      assert.same(expected, (read(function(stream) return stream:drop(12):where(LIVE) end)))
    end)

    it("take, where, drop, where: each stage counts the rows of the stage before", function()
      local live = ids(those(is_live))
      local list = read(function(stream)
        return stream:take(29):where(LIVE):drop(2):where { campaignId = { ne = live[1] } }
      end)
      assert.same({ live[3], live[4] }, { list[1], list[2] })
    end)

    it("limit, where: returns the matching rows among the listing's first, and requests no more", function()
      local expected = {}
      for _, row in ipairs { unpack(all, 1, 7) } do
        expected[#expected + 1] = is_live(row) and row.campaignId or nil
      end
      sandbox:clear()
      assert.same(expected, ids(client:campaigns({ limit = 7 }):where(LIVE):totable()))
      assert.equal("/v1/campaigns?page=0&size=7", sandbox:log()[1].path)
      assert.equal(1, #sandbox:log())
    end)

    it("take_while, where: raises and names filter", function()
      local stream = walk():take_while(is_live)
      refuses("where cannot follow filter, map or take_while: put it before them, or use filter%(", function()
        stream:where(LIVE)
      end)
    end)

    it("filter or map, where or select: raises and names filter or map", function()
      for _, stream in ipairs { walk():filter(is_live), walk():map(is_live), walk():take(3):filter(is_live):drop(1) } do
        refuses("where cannot follow filter.*use filter%(function%(row%)", function() stream:where(FEW) end)
        refuses("select cannot follow filter.*use map%(function%(row%)", function() stream:select { "agent" } end)
      end
    end)

    it("where or select after a row was read, or after another take: raises and names filter", function()
      local begun, taken_of, limited = walk(), walk(), client:campaigns { limit = 5 }
      assert(begun:next())
      taken_of:take(2)
      limited:take(2)
      for _, stream in ipairs { begun, begun:take(5), taken_of, limited } do
        refuses("where: this stream's rows were already read.*use filter%(", function() stream:where(FEW) end)
        refuses("select: this stream's rows were already read.*use map%(", function() stream:select { "agent" } end)
      end
      assert.equal(29, begun:count())
      assert.equal(30, taken_of:count())
    end)

    it("select: does not affect other stages, at any position", function()
      local list, requests, rows = read(function(stream)
        return stream:take(3):select({ "campaignId" }):drop(1):where(FEW)
      end)
      assert.equal(1, requests)
      for _, row in ipairs(rows) do
        assert.same({ campaignId = row.campaignId }, row)
      end
      assert.is_true(#list <= 2)
    end)

    it("json: returns the same rows as text", function()
      local stream = walk():take(12):where(LIVE):drop(1):where(FEW):select({ "campaignId" })
      local texts = stream:json():totable()
      local rows = read(function(other) return other:take(12):where(LIVE):drop(1):where(FEW) end)
      for i, text in ipairs(texts) do
        assert.same({ campaignId = rows[i] }, decoding.value(text))
      end
      assert.equal(#rows, #texts)
    end)

    it("read a listing of their own: the original stream stays readable", function()
      local stream = walk()
      local some = stream:drop(2)
      local live = some:where(LIVE)
      assert.equal(28, some:count())
      assert.is_table((live:next()))
      assert.is_table((live:next()))
    end)

    it("resume at their token, which holds the position in the listing", function()
      local function chain(resume)
        return client:campaigns({ size = 10, limit = 20, resume = resume }):where(LIVE):select { "campaignId" }
      end
      local expected = ids(chain():totable())
      local begun = chain()
      local list = { begun:next().campaignId, begun:next().campaignId }
      for row in chain(begun:token()) do
        list[#list + 1] = row.campaignId
      end
      assert.same(expected, list)
    end)

    it("continue after a failure", function()
      sandbox:faults { page = 1, status = 404 }
      local stream = walk():take(25):where(LIVE):drop(1):where(FEW)
      local rows, err = stream:totable()
      assert.is_nil(rows)
      local list = ids(err.partial)
      for row in stream do
        list[#list + 1] = row.campaignId
      end
      assert.same((read(function(other) return other:take(25):where(LIVE):drop(1):where(FEW) end)), list)
    end)

    it("at random: return the rows of the oracle, and read no more pages than needed", function()
      local steps = {
        function(random) return { "take", 5 + random(25) } end,
        function(random) return { "take", 5 + random(25) } end,
        function(random) return { "drop", random(4) - 1 } end,
        function(random) return { "drop", random(4) - 1 } end,
        function() return { "where", LIVE } end,
        function(random) return { "where", { concurrentCalls = { ge = random(30) } } } end,
        function(random) return { "where", { concurrentCalls = { lt = 20 + random(30), ne = random(30) } } } end,
        function(random) return { "where", { errors = { length = random(2) - 1 } } } end,
        function(random)
          return { "where", { campaignStatus = { none_of = { "live", all[random(30)].campaignStatus } } } }
        end,
        function() return { "where", { errors = { any = { exists = true } }, ["agent.name"] = { exists = true } } } end,
        function() return { "select", { "campaignId", "agent", "errors" } } end,
        function() return { "select", { "campaignId", "agent.name" } } end,
      }
      local array = {}
      local marked = sandbox:client { array_mt = array }
      local rows = assert(marked:campaigns():totable())
      for seed = 1, 60 do
        local random, chain = random_json.generator(seed * 7919), {}
        random(2) -- the first numbers of all seeds are similar
        local stream, max = marked:campaigns { size = 10, prefetch = seed % 3 }, 3
        for i = 1, 2 + random(5) do
          chain[i] = steps[random(#steps)](random)
          stream = stream[chain[i][1]](stream, chain[i][2])
        end
        if chain[1][1] == "take" then
          max = math.min(max, math.ceil(chain[1][2] / 10))
        end
        sandbox:clear()
        assert.same(oracle.chain(rows, chain, { array_mt = array }), stream:totable(), "seed " .. seed)
        assert.is_true(#sandbox:log() <= max, "seed " .. seed)
      end
      marked:close()
    end)
  end)

  it("filter keeps the rows for which a function returns true", function()
    assert.same(ids(those(is_live)), ids(walk():filter(is_live):totable()))
  end)

  it("map replaces rows, and drops a row when the function returns nil", function()
    local names = walk():map(function(row)
      return is_live(row) and row.campaignName or nil
    end)
    local expected = those(is_live)
    local list = names:totable()
    assert.equal(#expected, #list)
    assert.equal(expected[1].campaignName, list[1])
  end)

  it("map keeps false as a row", function()
    assert.equal(30, walk():map(function() return false end):count())
  end)

  it("take returns the first rows, and requests no page that they do not need", function()
    assert.same(ids({ all[1], all[2] }), ids(walk():take(2):totable()))
    assert.equal(1, #sandbox:log())
    assert.equal(10, walk():take(10):count())
    assert.equal(2, #sandbox:log())
    assert.same({}, walk():take(0):totable())
    assert.equal(2, #sandbox:log())
    assert.equal(30, walk():take(100):count())
  end)

  it("is not collected while it is read, even without another reference", function()
    local function allocate(row)
      for i = 1, 50 do
        row[i] = { tostring(i) }
      end
      collectgarbage()
      return false
    end
    for _, ending in ipairs { "first", "next", "any", "count" } do
      local rows = client:campaigns({ size = 25 }):filter(allocate)
      local read = rows[ending]
      local row, err = read(client:campaigns({ size = 25 }):filter(allocate), allocate)
      assert.is_nil(err)
      assert.is_true(row == nil or row == false or row == 0)
    end
    for _ in client:campaigns({ size = 25 }):filter(allocate) do
      error "there is none"
    end
  end)

  it("keeps rows as text in the stages after json", function()
    local text = client:campaigns():json():filter(function() return true end)
    assert.error_matches(function() text:where { a = 1 } end, "where: the rows are JSON text")
    assert.error_matches(function() text:map(tostring):select { "a" } end, "select: the rows are JSON text")
    sandbox:clear()
    assert.equal(15, client:campaigns({ size = 10 }):json():take(15):count())
    assert.equal(2, #sandbox:log())
  end)

  it("json does not affect the stream it is called on", function()
    local stream = client:campaigns { size = 10 }
    local paused = stream:filter(function(row)
      return row.campaignStatus == "paused"
    end)
    local texts = stream:json():take(2)
    assert.is_string(texts:next())
    assert.is_table(stream:next())
    assert.is_string(texts:next())
    assert.equal("paused", paused:next().campaignStatus)
  end)

  it("json returns rows as the API spells them, in the same walk", function()
    local texts = client:campaigns({ size = 10, limit = 25 }):drop(2):json():totable()
    assert.equal(23, #texts)
    for i, text in ipairs(texts) do
      assert.equal("string", type(text))
      assert.same(all[i + 2], decoding.value(text))
    end
    assert.matches('"errors": ?%[%]', table.concat(texts)) -- a table cannot distinguish it from {}
    local selected = client:campaigns { where = { campaignStatus = "live" }, select = { "campaignId" } }
    assert.matches('^{"campaignId":"camp_%w+"}$', (selected:json():first():gsub("%s", "")))
    local stream = client:campaigns({ size = 10 }):json()
    for _ = 1, 15 do
      stream:next()
    end
    assert.equal(15, client:campaigns({ size = 10, resume = stream:token() }):count())
    assert.error_matches(function() client:campaigns():map(print):json() end, "json: only where, select")
    assert.error_matches(function() client:campaigns():json():where { a = 1 } end, "where: the rows are JSON text")
    assert.error_matches(function() client:campaigns():json():select { "a" } end, "select: the rows are JSON text")
  end)

  it("take_while ends the stream at the first row that fails", function()
    local stream = walk({ prefetch = 0 }):take_while(function(row) return row.campaignId ~= all[12].campaignId end)
    assert.equal(11, stream:count())
    assert.equal("closed", select(2, stream:next()).kind)
    assert.equal(2, #sandbox:log())
  end)

  it("drop skips the first rows", function()
    assert.same(ids({ all[29], all[30] }), ids(walk():drop(28):totable()))
    assert.equal(30, walk():drop(0):count())
    assert.equal(0, walk():drop(31):count())
  end)

  it("each visits every row", function()
    local seen = {}
    assert.is_true(walk():each(function(row) seen[#seen + 1] = row end))
    assert.same(all, seen)
  end)

  it("reduce folds the rows, count counts them, first returns the first", function()
    local calls = 0
    for _, row in ipairs(all) do
      calls = calls + row.concurrentCalls
    end
    local sum = walk():reduce(function(total, row) return total + row.concurrentCalls end, 0)
    assert.equal(calls, sum)
    assert.equal(30, walk():count())
    assert.same(all[1], (walk():first()))
    assert.is_nil((walk():filter(function() return false end):first()))
  end)

  it("group_by lists rows by a path or a function", function()
    local groups = walk():group_by "campaignStatus"
    assert.same(ids(those(is_live)), ids(groups.live))
    local names = walk():group_by "agent.name"
    assert.equal(all[1].campaignId, names["New AI Agent"][1].campaignId)
    local busy = walk():group_by(function(row) return row.concurrentCalls > 10 end)
    assert.equal(30, #busy[true] + #busy[false])
  end)

  it("group_by lists rows without a value under sigmamind.null", function()
    local groups = walk():group_by "scheduledDate"
    local without = those(function(row) return row.scheduledDate == nil end)
    assert.is_true(#without > 0)
    assert.same(ids(without), ids(groups[sigmamind.null]))
  end)

  it("any and all stop at the row that decides the result", function()
    local visited = 0
    local function visit(row)
      visited = visited + 1
      return row.campaignId == all[3].campaignId
    end
    assert.is_true(walk():any(visit))
    assert.equal(3, visited)
    assert.is_false(walk():any(function() return false end))
    assert.is_true(walk():all(function() return true end))
    visited = 0
    assert.is_false(walk():all(function(row) return not visit(row) end))
    assert.equal(3, visited)
  end)

  it("accepts Lua stages in any order", function()
    local rows = walk():drop(5):filter(is_live):take(2):map(function(row) return row.campaignId end)
    local expected = {}
    for i = 6, 30 do
      if is_live(all[i]) and #expected < 2 then
        expected[#expected + 1] = all[i].campaignId
      end
    end
    assert.same(expected, rows:totable())
  end)

  it("returns the error of a failure from every terminal method, with err.partial", function()
    local ends = {
      totable = { {}, 10 },
      count = { {}, 10 },
      reduce = { { function(n) return n + 1 end, 0 }, 10 },
      group_by = { { "campaignStatus" } },
      each = { { function() end } },
      any = { { function() return false end } },
      all = { { function() return true end } },
    }
    for name, case in pairs(ends) do
      sandbox:faults { page = 1, status = 404 }
      local stream = walk()
      local value, err, third = stream[name](stream, (unpack or table.unpack)(case[1]))
      assert.is_nil(value)
      assert.is_nil(third)
      assert.equal(404, err.status, name)
      if case[2] then
        assert.equal(case[2], type(err.partial) == "table" and #err.partial or err.partial, name)
      end
      assert.equal(20, stream:count())
    end
    sandbox:faults { page = 0, status = 404 }
    local first, err = walk():first()
    assert.is_nil(first)
    assert.equal(404, err.status)
  end)

  it("continues after a failure through every stage", function()
    sandbox:faults { page = 1, status = 404 }
    local stream = walk():filter(function() return true end):map(function(row) return row.campaignId end)
      :drop(2):take(25):take_while(function() return true end)
    local before = {}
    local err
    while true do
      local id
      id, err = stream:next()
      if not id then
        break
      end
      before[#before + 1] = id
    end
    assert.equal(8, #before)
    assert.equal(404, err.status)
    assert.equal(17, stream:count())
  end)

  it("raises the same error object in for", function()
    sandbox:faults { page = 1, status = 404 }
    local stream, seen = walk(), 0
    local ok, err = pcall(function()
      for _ in stream do
        seen = seen + 1
      end
    end)
    assert.is_false(ok)
    assert.equal(404, err.status)
    assert.equal("http", err.kind)
    assert.equal(10, seen)
    for _ in stream do
      seen = seen + 1
    end
    assert.equal(30, seen)
  end)

  it("raises for misuse at the caller's line", function()
    refuses("filter expects a function, got string", function() walk():filter "live" end)
    refuses("map expects a function, got nil", function() walk():map() end)
    refuses("take expects an integer of 0 or more, got %-1", function() walk():take(-1) end)
    refuses("drop expects an integer of 0 or more, got 1.5", function() walk():drop(1.5) end)
    refuses("take_while expects a function", function() walk():take_while {} end)
    refuses("each expects a function", function() walk():each() end)
    refuses("reduce expects a function", function() walk():reduce() end)
    refuses("group_by expects a function", function() walk():group_by() end)
    refuses("'a%.%.b' is not a path", function() walk():group_by "a..b" end)
    refuses("any expects a function", function() walk():any() end)
    refuses("all expects a function", function() walk():all() end)
    refuses("where must be a table, got 'x'", function() walk():where "x" end)
    refuses("where must be a table, got nil", function() walk():where() end)
    refuses("select must be a table, got 5", function() walk():select(5) end)
    refuses("where 'a': unknown operator 'gte' %(did you mean ge%?%); known: any, .*, starts_with$", function()
      walk():where { a = { gte = 5 } }
    end)
    refuses("where 'a': unknown operator 'like'; known: any, .*, starts_with$", function()
      client:campaigns { where = { a = { like = "x" } } }
    end)
    refuses("where 'a.b': lt must be a string or a number, got true", function()
      client:campaigns():take(3):where { ["a.b"] = { lt = true } }
    end)
    refuses("select: '' is not a path like 'agent.name'", function() client:campaigns { select = { "" } } end)
    refuses("select must be a list of paths", function() walk():select {} end)
  end)
end)
