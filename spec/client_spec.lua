-- The client's methods against the sandbox: requests, results and misuse.

local core = require "sigmamind.core"
local documented = require "spec.support.documented"
local listener = require "spec.support.listener"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared { tls = true }
local client

setup(function()
  client = sandbox:client()
end)

teardown(function()
  client:close()
end)

local here = "^spec/client_spec.lua:%d+: "

local function refuses(message, call)
  local ok, err = pcall(call)
  assert.is_false(ok)
  assert.matches(here, err)
  assert.equal(message, (err:gsub(here, "")))
end

describe("client.campaigns:page", function()
  it("returns one page, with the defaults of the API", function()
    local page = assert(client.campaigns:page())
    local body = sandbox:control("GET", "/v1/campaigns")
    assert.same({
      page = 0,
      size = 10,
      totalCount = 125,
      totalPages = 13,
      hasNext = true,
      hasPrevious = false,
      count = 10,
      bytes = #body,
    }, page:info())
    assert.equal("/v1/campaigns", sandbox:log()[1].path)
    assert.equal(2, #sandbox:log())
  end)

  it("decodes the documented example", function()
    sandbox:faults { body = documented }
    local page = assert(client.campaigns:page { size = 20 })
    local campaign = page:next()
    assert.equal("Q4 Outreach Campaign", campaign.campaignName)
    assert.equal("+14155552671", campaign.phoneNumber.sipPhoneNumber)
    assert.same({
      "Row 3: missing required variable 'customer_name'",
      "Row 7: invalid phone number '+1234'",
    }, campaign.errors)
    assert.equal(7, page:info().totalPages)
  end)

  it("sends status, page and size", function()
    local page = assert(client.campaigns:page { status = "live", page = 1, size = 5 })
    assert.equal("/v1/campaigns?page=1&size=5&status=live", sandbox:log()[1].path)
    assert.equal(1, page:info().page)
    assert.equal(5, page:info().size)
    for campaign in page.next, page do
      assert.equal("live", campaign.campaignStatus)
    end
  end)

  it("accepts the largest page and size of an int32", function()
    local page = assert(client.campaigns:page { page = 2147483647, size = 2147483647 })
    assert.equal(0, page:info().count)
  end)

  it("sends its User-Agent", function()
    client.campaigns:page()
    assert.matches("^sigmamind%-lua/%d+%.%d+%.%d+$", sandbox:log()[1].userAgent)
  end)

  it("refuses bad arguments before any request", function()
    local integer = "campaigns:page: %s must be an integer from %d to 2147483647, got %s"
    local wrong = {
      { "size", 1, 0, "0" },
      { "size", 1, -5, "-5" },
      { "size", 1, 2147483648, "2147483648" },
      { "size", 1, "20", "'20'" },
      { "page", 0, -1, "-1" },
      { "page", 0, 1.5, "1.5" },
      { "page", 0, 2147483648, "2147483648" },
      { "page", 0, true, "true" },
      { "page", 0, {}, "table: " },
    }
    for _, case in ipairs(wrong) do
      local ok, err = pcall(function()
        local page = client.campaigns:page { [case[1]] = case[3] }
        return page
      end)
      assert.is_false(ok)
      assert.matches(here, err)
      assert.is_truthy(err:find(integer:format(case[1], case[2], case[4]), 1, true), err)
    end
    for _, bad in ipairs { 0 / 0, math.huge } do
      assert.has_error(function() client.campaigns:page { size = bad } end)
    end
    refuses("campaigns:page: status must be one of live, scheduled, paused, completed, got 'Live'", function()
      client.campaigns:page { status = "Live" }
    end)
    refuses("campaigns:page: unknown option 'sise' (did you mean size?); known: page, size, status", function()
      client.campaigns:page { sise = 20 }
    end)
    refuses("campaigns:page: expected a table of named arguments, got a string", function()
      client.campaigns:page "live"
    end)
    assert.equal(0, #sandbox:log())
  end)

  it("sends Accept, X-API-Key and the option user_agent", function()
    local silent = listener.open()
    local other = sigmamind.new {
      base_url = "http://127.0.0.1:" .. silent.port, api_key = "k-1", timeout = 0.3, attempts = 1, user_agent = "me/1",
    }
    assert.equal("timeout", select(2, other.campaigns:page { page = 2, size = 7 }).kind)
    local sent = silent:accept()
    other:close()
    silent:close()
    assert.equal("GET /v1/campaigns?page=2&size=7 HTTP/1.1\r\n", sent:match "^[^\n]*\n")
    for name, value in pairs { Accept = "application/json", ["X-API-Key"] = "k-1", ["User-Agent"] = "me/1" } do
      assert.is_truthy(sent:find(("\r\n%s: %s\r\n"):format(name, value), 1, true), sent)
    end
  end)
end)

describe("client:campaigns", function()
  local all = {}

  setup(function()
    for page_number = 0, 12 do
      local page = assert(client.campaigns:page { page = page_number })
      for campaign in page.next, page do
        all[#all + 1] = campaign.campaignId
      end
    end
  end)

  for _, size in ipairs { 1, 7, 10, 20, 100, 125, 126 } do
    it(("returns every campaign once and in order with pages of %d"):format(size), function()
      local ids = {}
      for campaign in client:campaigns { size = size } do
        ids[#ids + 1] = campaign.campaignId
      end
      assert.equal(125, #ids)
      assert.same(all, ids)
      assert.equal(math.ceil(125 / size), #sandbox:log())
    end)
  end

  it("requests pages of 100 by default", function()
    assert.equal(125, client:campaigns():count())
    assert.equal("/v1/campaigns?page=0&size=100", sandbox:log()[1].path)
    assert.equal("/v1/campaigns?page=1&size=100", sandbox:log()[2].path)
    assert.equal(2, #sandbox:log())
  end)

  it("returns the campaigns of each status; together they are all", function()
    local sum = 0
    for _, status in ipairs { "live", "scheduled", "paused", "completed" } do
      local count = 0
      for campaign in client:campaigns { status = status, size = 7 } do
        assert.equal(status, campaign.campaignStatus)
        count = count + 1
      end
      assert.is_true(count > 10)
      sum = sum + count
    end
    assert.equal(125, sum)
  end)

  it("works over https, with HTTP/2", function()
    local secure = sandbox:client { base_url = sandbox.https_url, ca_file = sandbox.ca_file }
    assert.equal(125, secure:campaigns({ size = 20 }):count())
    for _, entry in ipairs(sandbox:log()) do
      assert.equal(2, entry.version)
      assert.equal(sandbox:log()[1].connection, entry.connection)
    end
    secure:close()
  end)

  it("accepts a base_url with a path and trailing slashes", function()
    local elsewhere = sandbox:client { base_url = sandbox.url .. "/base//" }
    local _, err = elsewhere.campaigns:page()
    assert.equal(404, err.status)
    assert.equal("/base/v1/campaigns", sandbox:log()[1].path)
    elsewhere:close()
  end)

  it("names the path of the request in errors and events, and the hint names a doubled /v1", function()
    local paths = {}
    local elsewhere = sandbox:client {
      base_url = sandbox.url .. "/base/v1/",
      on_event = function(event) paths[#paths + 1] = event.path end,
    }
    local sent = "/base/v1/v1/campaigns?page=3"
    local _, err = elsewhere.campaigns:page { page = 3 }
    assert.equal(sent, err.path)
    assert.same({ sent, sent, sent, sent }, paths) -- request, failure, give_up, done
    assert.matches("GET " .. sent, tostring(err), 1, true)
    assert.equal("remove /v1 from the end of base_url: the client adds it", err.hint)
    elsewhere:close()
    elsewhere = sandbox:client { base_url = sandbox.url .. "/v1/campaigns" }
    _, err = elsewhere.campaigns:page()
    assert.equal("remove /v1/campaigns from the end of base_url: the client adds it", err.hint)
    elsewhere:close()
    elsewhere = sandbox:client { base_url = sandbox.url .. "/base" }
    _, err = elsewhere.campaigns:page { page = 3 }
    assert.equal("/base/v1/campaigns?page=3", err.path)
    assert.equal("check base_url", err.hint)
    elsewhere:close()
    elsewhere = sandbox:client { base_url = sandbox.url .. "/base", api_key = function() return "" end }
    assert.equal("/base/v1/campaigns", select(2, elsewhere.campaigns:page()).path)
    elsewhere:close()
  end)

  it("returns data as varied as the real data", function()
    local seen = { null_date = 0, no_errors = 0, string_number = 0, statuses = {}, unicode = 0 }
    for campaign in client:campaigns() do
      seen.null_date = seen.null_date + (campaign.scheduledDate and 0 or 1)
      seen.no_errors = seen.no_errors + (#campaign.errors == 0 and 1 or 0)
      seen.string_number = seen.string_number + (campaign.phoneNumber == "Object" and 1 or 0)
      seen.unicode = seen.unicode + (campaign.campaignName:find "[\128-\255]" and 1 or 0)
      seen.statuses[campaign.agent.status] = true
    end
    assert.is_true(seen.null_date > 0 and seen.null_date < 125)
    assert.is_true(seen.no_errors > 0 and seen.no_errors < 125)
    assert.is_true(seen.string_number > 0 and seen.string_number < 125)
    assert.is_true(seen.unicode > 0)
    assert.is_true(seen.statuses.Live and seen.statuses["Draft-v2"])
  end)

  it("keeps null and marks arrays with the options null and array_mt", function()
    local marked = {}
    local null = {}
    local keeping = sandbox:client { null = null, array_mt = marked }
    assert.equal(null, keeping:campaigns({ where = { scheduledDate = { exists = false } } }):first().scheduledDate)
    for campaign in keeping:campaigns { limit = 20 } do
      assert.is_true(campaign.scheduledDate == null or type(campaign.scheduledDate) == "string")
      assert.equal(marked, getmetatable(campaign.errors))
    end
    keeping:close()
  end)

  it("accepts where and select", function()
    local rows = assert(client:campaigns({
      where = { campaignStatus = "live", concurrentCalls = { ge = 5 } },
      select = { "campaignId", "agent.name" },
    }):totable())
    local expected = {}
    for campaign in client:campaigns { status = "live" } do
      if campaign.concurrentCalls >= 5 then
        expected[#expected + 1] =
          { campaignId = campaign.campaignId, agent = { name = campaign.agent.name } }
      end
    end
    assert.is_true(#rows > 0)
    assert.same(expected, rows)
  end)

  it("stops at limit, and requests no page beyond it", function()
    assert.equal(10, client:campaigns({ size = 10, limit = 10 }):count())
    assert.equal(1, #sandbox:log())
    assert.equal(0, client:campaigns({ limit = 0 }):count())
    for _, limit in ipairs { math.huge, -math.huge, 0 / 0, 2 ^ 31, -1, 1.5 } do
      assert.error_matches(function() client:campaigns { limit = limit } end,
        "^campaigns:list: limit must be an integer from 0 ")
    end
    assert.equal(1, #sandbox:log())
    assert.equal(125, client:campaigns({ limit = 500 }):count())
  end)

  it("applies limit after where", function()
    local rows = client:campaigns({ where = { campaignStatus = "paused" }, limit = 3 }):totable()
    assert.equal(3, #rows)
    assert.equal("paused", rows[3].campaignStatus)
  end)

  it("refuses bad arguments at the caller's line, before any request", function()
    refuses("campaigns:list: unknown option 'page'; known: limit, prefetch, resume, select, size, "
      .. "status, verify, where", function()
      client:campaigns { page = 1 }
    end)
    refuses("campaigns:list: resume must be a complete, unchanged token from stream:token(), got 'x'", function()
      client:campaigns { resume = "x" }
    end)
    refuses("campaigns:list: prefetch must be an integer from 0 to 64, got 65", function()
      client:campaigns { prefetch = 65 }
    end)
    refuses("campaigns:list: limit must be an integer from 0 to 2147483647, got -1", function()
      client:campaigns { limit = -1 }
    end)
    refuses("campaigns:list: size must be an integer from 1 to 2147483647, got 0", function()
      client:campaigns { size = 0 }
    end)
    refuses("campaigns:list: where must be a table, got 'live'", function()
      client:campaigns { where = "live" }
    end)
    local operators = "any, contains, ends_with, eq, exists, ge, gt, le, length, lt, ne, none_of, one_of, starts_with"
    refuses("where 'concurrentCalls': unknown operator 'gte' (did you mean ge?); known: " .. operators, function()
      client:campaigns { where = { concurrentCalls = { gte = 5 } } }
    end)
    refuses("select: '' is not a path like 'agent.name'", function()
      client:campaigns { select = { "" } }
    end)
    refuses("campaigns:pages: size must be an integer from 1 to 2147483647, got 1.5", function()
      client.campaigns:pages { size = 1.5 }
    end)
    assert.equal(0, #sandbox:log())
  end)
end)

describe("client.campaigns:pages", function()
  it("returns page after page", function()
    local pager = client.campaigns:pages { size = 50, status = nil }
    local counts = {}
    while true do
      local page, err = pager:next()
      assert.is_nil(err)
      if not page then
        break
      end
      counts[#counts + 1] = page:info().count
    end
    assert.same({ 50, 50, 25 }, counts)
    assert.is_nil(pager:next())
    assert.equal(3, #sandbox:log())
  end)

  it("returns one empty page of an empty list", function()
    local empty = server.start { campaigns = 0 }
    local other = empty:client()
    local pager = other.campaigns:pages()
    assert.equal(0, pager:next():info().count)
    assert.is_nil(pager:next())
    assert.same({}, other:campaigns():totable())
    assert.is_nil(other:campaigns():next())
    other:close()
    empty:stop()
  end)
end)

describe("client:close", function()
  it("is called by a to-be-closed variable", function()
    if _VERSION >= "Lua 5.4" then
      local run = load [[
        local client = ...
        do local closing <close> = client end
        return client.campaigns:page()
      ]]
      assert.equal("closed", select(2, run(sandbox:client())).kind)
    end
  end)

  it("makes later requests fail with kind 'closed'", function()
    local other = sandbox:client()
    assert.is_truthy(other.campaigns:page())
    other:close()
    other:close()
    local page, err = other.campaigns:page()
    assert.is_nil(page)
    assert.equal("closed", err.kind)
    assert.equal("session is closed", err.message)
    assert.is_false(err.retryable)
  end)
end)

describe("client, its runtime", function()
  it("is called to wait for each request", function()
    local host = recorder()
    local waits, wait = 0, host.wait
    host.wait = function(...)
      waits = waits + 1
      return wait(...)
    end
    local other = sandbox:client { runtime = host }
    assert.equal(125, other:campaigns({ size = 50 }):count())
    assert.equal(3, waits)
    other:close()
  end)

  it("may yield: in a plain while loop on every Lua", function()
    local other = sandbox:client { runtime = recorder "yields" }
    local ids, yields = {}, 0
    local walk = coroutine.create(function()
      local stream = other:campaigns { size = 50, prefetch = 0 } -- a prefetched page would need no wait
      while true do
        local campaign, err = stream:next()
        assert(not err, err)
        if not campaign then
          break
        end
        ids[#ids + 1] = campaign.campaignId
      end
    end)
    while coroutine.status(walk) ~= "dead" do
      assert(coroutine.resume(walk))
      yields = yields + 1
    end
    assert.equal(125, #ids)
    assert.is_true(yields > 3)
    other:close()
  end)

  it("retries on a new connection after a desynchronised response", function()
    local own = server.start() -- HTTP/1.1
    local sent_twice = own:control("GET", "/v1/campaigns?size=10&page=1")
    local behind = ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s")
      :format(#sent_twice, sent_twice)
    local other = own:client()
    own:faults { page = 1, behind = behind }
    for number = 1, 6 do
      local page = assert(other.campaigns:page { page = number, size = 10 })
      assert.equal(number, page:info().page)
      core.sleep(0.05)
    end
    other:close()
    own:stop()
  end)

  it("does not count a desynchronised response as an attempt", function()
    local events = {}
    local other = sandbox:client {
      attempts = 1,
      on_event = function(event)
        events[#events + 1] = event.name
      end,
    }
    sandbox:faults { page = 1, body = '{"data":[],"page":9,"hasNext":false}' }
    local page = assert(other.campaigns:page { page = 1 })
    assert.equal(1, page:info().page)
    assert.same({ "request", "reply", "retry", "request", "reply", "done" }, events)
    local log = sandbox:log()
    assert.not_equal(log[1].connection, log[2].connection)
    sandbox:faults({ page = 1, body = '{"data":[],"page":9,"hasNext":false}' }, { page = 1, status = 503 })
    local _, err = other.campaigns:page { page = 1 }
    assert.equal(503, err.status)
    assert.equal(2, #err.attempts)
    assert.matches("page 9", err.attempts[1].decision)
    other:close()
    sandbox:faults({ page = 1, body = '{"data":[],"page":9,"hasNext":false}' }, { page = 1, status = 503 })
    other = sandbox:client { attempts = 2, runtime = recorder() }
    assert(other.campaigns:page { page = 1 })
    other:close()
  end)

  it("retries a 408 that a server sent on an idle connection, without counting the attempt", function()
    local behind = "HTTP/1.1 408 Request Time-out\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
    local own = server.start()
    local other = own:client { attempts = 1 }
    own:faults { page = 1, behind = behind, hang_up = true, times = 3 }
    for _ = 1, 3 do
      assert(other.campaigns:page { page = 1, size = 10 })
      core.sleep(0.05)
      assert(other.campaigns:page { page = 2, size = 10 })
    end
    other:close()
    own:faults { status = 408, times = -1 }
    other = own:client { attempts = 1 }
    local _, err = other.campaigns:page()
    assert.equal(408, err.status)
    assert.equal(1, #err.attempts) -- the connection was new
    other:close()
    own:stop()
  end)

  it("lets another coroutine read a walk after an error was raised in the first", function()
    local raised
    local other = sandbox:client {
      api_key = function()
        if not raised then
          raised = true
          error "of api_key"
        end
        return sandbox.key
      end,
    }
    local function fails(stream)
      raised = false
      assert.is_false(pcall(stream.next, stream))
    end
    local stream = other:campaigns { size = 50 }
    local first = coroutine.create(function()
      fails(stream)
      coroutine.yield()
    end)
    assert(coroutine.resume(first))
    assert.is_table(select(2, assert(coroutine.resume(coroutine.create(stream.next), stream))))
    local second = other:campaigns { size = 50 }
    fails(second)
    assert.is_table(select(2, assert(coroutine.resume(coroutine.create(second.next), second))))
    other:close()
  end)

  it("lets one coroutine at a time read a walk", function()
    local other = sandbox:client { runtime = recorder "yields" }
    local stream, count = other:campaigns { size = 50 }, 0
    local first = coroutine.create(function()
      while stream:next() do
        count = count + 1
      end
    end)
    assert(coroutine.resume(first))
    local ok, err = coroutine.resume(coroutine.create(function() stream:next() end))
    assert.is_false(ok)
    assert.matches("^sigmamind: this walk is being read by another coroutine", err)
    while coroutine.status(first) ~= "dead" do
      assert(coroutine.resume(first))
    end
    assert.equal(125, count)
    other:close()
  end)

  it("lets one coroutine after another read a walk", function()
    local other = sandbox:client { runtime = recorder "yields" }
    local stream, count = other:campaigns { size = 10 }, 0
    local function read(rows)
      return coroutine.create(function()
        for _ = 1, rows do
          assert(stream:next())
          count = count + 1
        end
        while true do
          coroutine.yield "idle"
        end
      end)
    end
    for _, rows in ipairs { 5, 10, 30 } do
      local reader = read(rows)
      repeat
        local ok, state = coroutine.resume(reader)
        assert(ok, state)
      until state == "idle"
    end
    assert.equal(45, count)
    other:close()
  end)

  it("must wait until the transfer is done", function()
    local host = recorder()
    host.wait = function() end
    local other = sandbox:client { runtime = host }
    assert.error_matches(function() other.campaigns:page() end, "wait returned before transfer:done")
    other:close()
  end)

  it("does not default to blocking inside an nginx worker", function()
    rawset(_G, "ngx", { sleep = function() end })
    local page, err = client.campaigns:page()
    rawset(_G, "ngx", nil)
    assert.is_nil(page)
    assert.equal("config", err.kind)
    assert.matches("the runtime 'nginx' cannot be used", err.message)
  end)
end)
