-- The sandbox through its HTTP interface: documented defaults, errors and edges.

local cjson = require "spec.support.json"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local interpreter = require "spec.support.interpreter"
local number_text = require "sigmamind.number"
local sandbox = require "sigmamind.sandbox"
local server = require "spec.support.server"

local running = server.shared { tls = true }

local function send(...)
  return running:send(...)
end

local function get(...)
  return running:get(...)
end

local function wrapper(path, url)
  local status, body = get("/v1/campaigns" .. path, nil, url)
  assert.equal(200, status)
  local rows = #body.data
  body.data = nil
  return body, rows
end

describe("GET /v1/campaigns", function()
  it("has the documented defaults: page 0, size 10", function()
    local page, rows = wrapper ""
    assert.equal(10, rows)
    assert.same({
      page = 0,
      size = 10,
      totalCount = 125,
      totalPages = 13,
      hasNext = true,
      hasPrevious = false,
    }, page)
  end)

  it("returns the documented example as the first row", function()
    local _, body = get "/v1/campaigns?size=20"
    local documented = cjson.decode((require "spec.support.documented"))
    assert.same(documented.data[1], body.data[1])
    body.data, documented.data = nil, nil
    assert.same(documented, body)
  end)

  local edges = {
    -- query, rows, page, size, totalPages, hasNext, hasPrevious
    { "?page=12", 5, 12, 10, 13, false, true },
    { "?page=13", 0, 13, 10, 13, false, true },
    { "?page=2147483647", 0, 2147483647, 10, 13, false, true },
    { "?page=11", 10, 11, 10, 13, true, true },
    { "?size=125", 125, 0, 125, 1, false, false },
    { "?size=126", 125, 0, 126, 1, false, false },
    { "?size=2147483647", 125, 0, 2147483647, 1, false, false },
    { "?size=124", 124, 0, 124, 2, true, false },
    { "?page=1&size=124", 1, 1, 124, 2, false, true },
    { "?page=124&size=1", 1, 124, 1, 125, false, true },
  }
  for _, edge in ipairs(edges) do
    it("returns the right page at the edge " .. edge[1], function()
      local page, rows = wrapper(edge[1])
      assert.equal(edge[2], rows)
      assert.same({
        page = edge[3],
        size = edge[4],
        totalCount = 125,
        totalPages = edge[5],
        hasNext = edge[6],
        hasPrevious = edge[7],
      }, page)
    end)
  end

  it("returns the right page of an empty list", function()
    local empty = server.start { campaigns = 0 }
    for path, number in pairs { [""] = 0, ["?page=3"] = 3 } do
      local page, rows = wrapper(path, empty.url)
      assert.equal(0, rows)
      assert.same({
        page = number,
        size = 10,
        totalCount = 0,
        totalPages = 0,
        hasNext = false,
        hasPrevious = false,
      }, page)
    end
    empty:stop()
  end)

  it("filters by each status, and counts the matching campaigns", function()
    local sum = 0
    for _, status in ipairs { "live", "scheduled", "paused", "completed" } do
      local _, body = get("/v1/campaigns?size=125&status=" .. status)
      assert.equal(#body.data, body.totalCount)
      assert.equal(1, body.totalPages)
      for _, campaign in ipairs(body.data) do
        assert.equal(status, campaign.campaignStatus)
      end
      sum = sum + body.totalCount
    end
    assert.equal(125, sum)
  end)

  it("returns the same data every time", function()
    local _, first = get "/v1/campaigns?size=125"
    local other = server.start { campaigns = 125 }
    local _, second = get("/v1/campaigns?size=125", nil, other.url)
    other:stop()
    assert.same(first, second)
  end)

  local refused = {
    "?status=Live", "?status=", "?status=live,paused", "?page=-1", "?page=1.5", "?page=x", "?page=",
    "?page=2147483648", "?size=0", "?size=-1", "?size=1e2", "?size=", "?size=99999999999999999999",
  }
  for _, query in ipairs(refused) do
    it("returns 400 with the documented error body for " .. query, function()
      local status, body = get("/v1/campaigns" .. query)
      assert.equal(400, status)
      assert.equal("Bad Request", body.error)
      assert.equal(400, body.status)
      assert.equal("/v1/campaigns", body.path)
      assert.matches(query:match "%a+", body.message)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", body.timestamp)
    end)
  end

  it("returns 401 without a key and with a wrong one", function()
    for _, key in ipairs { "wrong", "sandbox-ke", "sandbox-key2", "" } do
      local status, body = get("/v1/campaigns", key)
      assert.equal(401, status)
      assert.equal("Unauthorized", body.error)
      assert.equal(401, body.status)
    end
    assert.equal("wrong", running:log()[1].key)
  end)

  it("returns 404 for another path", function()
    assert.equal(404, (get "/v1/campaign"))
  end)

  it("returns 405 for another method, with Allow", function()
    for _, case in ipairs {
      { "PUT /v1/campaigns", "GET, POST" }, { "DELETE /v1/agents?page=1", "GET" }, { "GET /sandbox/faults", "PUT" },
      { "DELETE /sandbox/list", "GET, PUT" }, { "PUT /sandbox/log", "GET, DELETE" },
    } do
      local status, headers, body = send(case[1], "content-length: 0")
      assert.same({ 405, case[2] }, { status, headers.allow }, case[1])
      assert.equal("Method Not Allowed", cjson.decode(body).error)
    end
    assert.equal(404, (send("POST /v1/campaign", "content-length: 0")))
    assert.is_nil(select(2, send "GET /v1/campaign").allow)
  end)

  if pcall(require, "zlib") then
    it("is compressed by gzip for clients that accept it", function()
      for accepted, is_compressed in pairs {
        gzip = true, GZIP = true, ["deflate, gzip"] = true, ["*"] = true, ["br;q=1.0, gzip;q=0.5"] = true,
        ["gzip;q=0.001"] = true, ["gzip;q=1"] = true, ["gzip;q=1.000"] = true, ["gzip;q=0, br"] = false,
        ["gzip;q=0"] = false, ["gzip;q=0.0"] = false, ["gzip; q=0.000"] = false, ["*;q=0"] = false,
        identity = false, ["x-gzip"] = false, ["br;q=0, gzip"] = true, [""] = false,
      } do
        local _, headers, body = send("GET /v1/campaigns", "accept-encoding: " .. accepted)
        assert.equal(is_compressed and "gzip" or nil, headers["content-encoding"], accepted)
        assert.equal(is_compressed, body:sub(1, 2) == "\31\139")
        assert.equal(#body, tonumber(headers["content-length"]))
      end
      local _, headers, body = send "GET /v1/campaigns"
      assert.is_nil(headers["content-encoding"])
      assert.equal(10, #cjson.decode(body).data)
    end)

    it("varies by Accept-Encoding where it is larger than 1024 bytes", function()
      for _, accepted in ipairs { "gzip", "gzip;q=0" } do
        for size, vary in pairs { [1023] = false, [1024] = false, [1025] = "Accept-Encoding" } do
          running:faults { body = (" "):rep(size) }
          local _, headers = send("GET /v1/campaigns", "accept-encoding: " .. accepted)
          assert.equal(vary or nil, headers.vary)
          assert.equal(vary and accepted == "gzip" and "gzip" or nil, headers["content-encoding"])
        end
      end
    end)
  end

  it("uses the first of a repeated parameter, and decodes it", function()
    assert.equal(1, wrapper("?page=1&page=2").page)
    local page = wrapper "?p%61ge=%31&size=5"
    assert.same({ 1, 5 }, { page.page, page.size })
    local _, refused_body = get "/v1/campaigns?status=a+b%2Bc"
    assert.matches("got 'a b%+c'$", refused_body.message)
  end)

  it("does not escape a slash", function()
    local _, _, body = send "GET /v1/campaigns?size=125"
    assert.is_truthy(body:find("Demo follow-up / EMEA", 1, true))
    assert.is_nil(body:find("\\/", 1, true))
  end)

  it("has no body when the status of a fault has none", function()
    for _, status in ipairs { 204, 304 } do
      running:faults { status = status }
      local got, _, body = send "GET /v1/campaigns"
      assert.same({ status, "" }, { got, body })
    end
  end)

  it("requires the key for scripting, too", function()
    for _, path in ipairs { "/sandbox/log", "/sandbox/list", "/sandbox/nowhere" } do
      assert.equal(401, (get(path, "wrong")))
    end
    assert.equal(404, (get "/sandbox/nowhere"))
    assert.equal(404, (get "/sandbox"))
  end)

  it("returns the same over https", function()
    local session = core.session { ca_file = running.ca_file }
    local transfer = session:start { url = running.https_url .. "/v1/campaigns", key = running.key }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal(200, transfer:status())
    assert.equal(10, decoding.page(transfer:body()):info().count)
    session:close()
  end)
end)

describe("the drift of the list", function()
  --- The ids of fresh campaigns, so that the specs can name campaigns by number.
  local ids, number_of = {}, {}

  setup(function()
    running:list(200)
    ids = running:ids()
    for number, id in ipairs(ids) do
      number_of[id] = number
    end
  end)

  teardown(function()
    running:list(125)
  end)

  local function numbers_of(list)
    local numbers = {}
    for i, id in ipairs(list) do
      numbers[i] = number_of[id] or id
    end
    return table.concat(numbers, " ")
  end

  --- The numbers of the campaigns on a page, and its wrapper.
  local function page(query)
    local status, body = get("/v1/campaigns" .. (query or ""))
    assert.equal(200, status)
    local list = {}
    for i, campaign in ipairs(body.data) do
      list[i] = campaign.campaignId
    end
    return numbers_of(list), body
  end

  --- The whole list, by a request that is not counted.
  local function present()
    return numbers_of((running:ids()))
  end

  local changes = {
    -- what, the step without its request, the list of 5 after it
    { "an insert at the front", { insert = 0 }, "6 1 2 3 4 5" },
    { "an insert in the middle", { insert = 2 }, "1 2 6 3 4 5" },
    { "an insert at the end", { insert = 5 }, "1 2 3 4 5 6" },
    { "an insert beyond the end", { insert = 2147483647 }, "1 2 3 4 5 6" },
    { "an insert of three", { insert = 1, count = 3 }, "1 6 7 8 2 3 4 5" },
    { "an insert of more than there are", { insert = 4, count = 7 }, "1 2 3 4 6 7 8 9 10 11 12 5" },
    { "a delete at the front", { delete = 0 }, "2 3 4 5" },
    { "a delete in the middle", { delete = 2 }, "1 2 4 5" },
    { "a delete at the end", { delete = 4 }, "1 2 3 4" },
    { "a delete beyond the end", { delete = 5 }, "1 2 3 4 5" },
    { "a delete far beyond the end", { delete = 2147483647, count = 3 }, "1 2 3 4 5" },
    { "a delete of three", { delete = 1, count = 3 }, "1 5" },
    { "a delete of more than there are", { delete = 3, count = 1000000 }, "1 2 3" },
    { "a delete of all", { delete = 0, count = 5 }, "" },
  }
  for _, change in ipairs(changes) do
    it("makes " .. change[1], function()
      local step = { request = 1, insert = change[2].insert, delete = change[2].delete }
      step.count = change[2].count
      running:list(5, { step })
      assert.equal("1 2 3 4 5", present())
      assert.equal(change[3], (page "?size=20"))
      assert.equal(change[3], present())
    end)
  end

  it("inserts into an empty list", function()
    running:list(0, { { request = 1, insert = 0, count = 2 } })
    assert.same({}, (running:ids()))
    assert.equal("1 2", (page()))
  end)

  it("happens just before the reply to the request that a step names", function()
    running:list(4, {
      { request = 3, delete = 0 },
      { request = 2, insert = 4 },
    })
    assert.equal("1 2 3 4", (page()))
    assert.equal("1 2 3 4 5", (page()))
    assert.equal("2 3 4 5", (page()))
    assert.equal("2 3 4 5", (page()))
    assert.equal(4, select(2, running:ids()))
  end)

  it("applies several steps for one request in their order", function()
    running:list(3, {
      { request = 1, insert = 0 },
      { request = 1, delete = 1, count = 2 },
      { request = 1, insert = 1 },
    })
    assert.equal("4 5 3", (page()))
  end)

  it("never inserts a deleted campaign again", function()
    running:list(3, {
      { request = 1, delete = 0, count = 3 },
      { request = 1, insert = 0, count = 2 },
      { request = 2, delete = 1 },
      { request = 2, insert = 1 },
    })
    assert.equal("4 5", (page()))
    assert.equal("4 6", (page()))
    running:list(nil, { { request = 1, insert = 0 } })
    assert.equal("7 4 6", (page()))
  end)

  it("changes the wrapper's totals", function()
    running:list(20, {
      { request = 2, insert = 0 },
      { request = 3, delete = 5, count = 11 },
    })
    local function totals()
      local _, body = page "?page=1"
      return { #body.data, body.totalCount, body.totalPages, body.hasNext }
    end
    assert.same({ 10, 20, 2, false }, totals())
    assert.same({ 10, 21, 3, true }, totals())
    assert.same({ 0, 10, 1, false }, totals())
  end)

  it("changes the list of each status, at positions of the whole list", function()
    -- live are 1, 8, 11, 14 and 17; the sixth is 24
    running:list(20, {
      { request = 2, delete = 1, count = 7 },
      { request = 3, insert = 0, count = 4 },
    })
    assert.equal("1 8 11 14 17", (page "?status=live"))
    assert.equal("1 11 14 17", (page "?status=live"))
    local numbers, body = page "?status=live"
    assert.equal("24 1 11 14 17", numbers)
    assert.equal(5, body.totalCount)
    assert.equal("21 22 23 24 1 9 10 11 12 13 14 15 16 17 18 19 20", present())
  end)

  it("ends when the list is set again", function()
    running:list(200)
    local _, before = get "/v1/campaigns?size=200"
    running:list(200, {
      { request = 1, insert = 7, count = 9 },
      { request = 1, delete = 50, count = 60 },
      { request = 2, delete = 0, count = 60 },
    })
    page()
    running:list(200)
    assert.same({ ids, 0 }, { running:ids() })
    page()
    page()
    local _, after = get "/v1/campaigns?size=200"
    assert.same(before.data, after.data)
  end)

  it("can start again on the current list", function()
    running:list(4, { { request = 1, delete = 0 } })
    page()
    running:list(nil, { { request = 1, insert = 1, count = 2 } })
    assert.same({ "2 3 4", 0 }, { present(), select(2, running:ids()) })
    assert.equal("2 5 6 3 4", (page()))
    running:list()
    assert.equal("2 5 6 3 4", (page()))
    assert.equal(1, select(2, running:ids()))
  end)

  it("counts every GET /v1/campaigns, also a refused one, and no other request", function()
    running:list(2, { { request = 4, insert = 2 } })
    assert.equal(400, (get "/v1/campaigns?size=0"))
    assert.equal(401, (get("/v1/campaigns", "wrong")))
    assert.equal(404, (get "/v1/campaign"))
    assert.equal(2, select(2, running:ids()))
    assert.equal("1 2", (page()))
    assert.equal("1 2 3", (page()))
  end)

  it("counts a request with a fault of any kind", function()
    running:list(2, { { request = 3, insert = 2 } })
    running:faults({ request = 1, status = 503 }, { request = 2, reset = true },
      { request = 3, delay = 0.01, headers = { ["x-met"] = "third" } }, { request = 4, status = 500 })
    assert.equal(503, (get "/v1/campaigns"))
    local client = running:client { attempts = 1 }
    local _, err = client.campaigns:page()
    assert.equal("network", err.kind)
    assert.equal(2, select(2, running:ids()))
    client:close()
    assert.equal("1 2 3", (page()))
    assert.equal(500, (get "/v1/campaigns"))
    assert.equal(4, select(2, running:ids()))
  end)

  --- Starts a GET of a page in a session.
  local function start(session, number)
    return session:start {
      url = ("%s/v1/campaigns?size=1&page=%d"):format(running.url, number),
      key = running.key,
      timeout = 10,
    }
  end

  local function finish(session, transfer)
    while not transfer:done() do
      session:poll(1)
    end
    return cjson.decode(transfer:body())
  end

  --- Waits until the request of a transfer, the first since the log was cleared, has come in.
  local function arrive(session)
    while #running:log() == 0 do
      session:poll(0.01)
    end
  end

  it("counts requests in flight in the order of their replies", function()
    running:list(9, { { request = 1, delete = 0, count = 2 }, { request = 2, delete = 0, count = 3 } })
    running:faults { page = 0, delay = 0.5 }
    local session = core.session {}
    local slow = start(session, 0)
    arrive(session)
    local fast = start(session, 1)
    assert.equal(7, finish(session, fast).totalCount)
    assert.equal(4, finish(session, slow).totalCount)
    session:close()
  end)

  it("does not count a request that arrived before the list was set", function()
    running:list(9)
    running:faults { page = 0, delay = 0.5 }
    local session = core.session {}
    local slow = start(session, 0)
    arrive(session)
    running:list(9, { { request = 1, delete = 0, count = 2 } })
    assert.equal(9, finish(session, slow).totalCount)
    assert.equal(0, select(2, running:ids()))
    assert.equal(7, finish(session, start(session, 1)).totalCount)
    session:close()
  end)

  local malformed = {
    -- body, the message of its 400
    { "", 'the list must be an object like {"campaigns": N, "resource": NAME, "drift": [' },
    { "[]", 'the list must be an object like {"campaigns": N, "resource": NAME, "drift": [' },
    { "60", 'the list must be an object like {"campaigns": N, "resource": NAME, "drift": [' },
    { '{"campaigns":60', 'the list must be an object like {"campaigns": N, "resource": NAME, "drift": [' },
    { '{"steps":[]}', "unknown field 'steps'" },
    { '{"campaigns":-1}', "'campaigns' must be an integer from 0 to 1000000, got -1" },
    { '{"campaigns":1.5}', "'campaigns' must be an integer from 0 to 1000000, got 1.5" },
    { '{"campaigns":null}', "'campaigns' must be an integer from 0 to 1000000, got " },
    { '{"drift":5}', "'drift' must be an array of steps, got 5" },
    { '{"drift":{"request":1,"insert":0}}', "'drift' must be an array of steps, got table" },
    { '{"drift":[5]}', 'step 1: it must be an object; a step is {"request": K, "insert" or ' },
    { '{"drift":[{"insert":0}]}', "step 1: 'request' must be given; a step is {" },
    { '{"drift":[{"request":1}]}', "step 1: either 'insert' or 'delete' must be given; a step is {" },
    { '{"drift":[{"request":1,"insert":0},{"request":1,"insert":0,"delete":0}]}',
      "step 2: either 'insert' or 'delete' must be given; a step is {" },
    { '{"drift":[{"request":0,"insert":0}]}', "step 1: 'request' must be an integer from 1 to " },
    { '{"drift":[{"request":1,"insert":-1}]}', "step 1: 'insert' must be an integer from 0 to " },
    { '{"drift":[{"request":1,"delete":"0"}]}', "step 1: 'delete' must be an integer from 0 to " },
    { '{"drift":[{"request":1,"delete":0,"count":0.5}]}',
      "step 1: 'count' must be an integer from 0 to 1000000, got 0.5; a step is {" },
    { '{"drift":[{"request":1,"delete":0,"page":1}]}', "step 1: unknown field 'page'" },
  }
  for _, case in ipairs(malformed) do
    it("is refused without changing the list when it is " .. case[1], function()
      running:list(4, { { request = 1, insert = 0 } })
      local session = core.session {}
      local transfer = session:start {
        url = running.url .. "/sandbox/list",
        method = "PUT",
        body = case[1],
        key = running.key,
        timeout = 10,
      }
      local body = finish(session, transfer)
      session:close()
      assert.equal(400, transfer:status())
      assert.equal("/sandbox/list", body.path)
      assert.truthy(body.message:find(case[2], 1, true), body.message)
      assert.equal("5 1 2 3 4", (page()))
    end)
  end
end)

describe("a scripted fault", function()
  local function refuses(name, value)
    assert.error_matches(function()
      running:faults { [name] = value }
    end, ("fault 1: invalid '%s' of a fault"):format(name), 1, true)
  end

  local numbers = {
    -- name, smallest and largest value
    { "request", 1, 2 ^ 31 - 1 },
    { "page", 0, 2 ^ 31 - 1 },
    { "times", -1, 2 ^ 31 - 1 },
    { "status", 200, 599 },
    { "truncate", 0, 2 ^ 31 - 1 },
    { "bomb", 1, 2 ^ 31 - 1 },
    { "cut", 0, 2 ^ 31 - 1 },
    { "chunked_cut", 0, 2 ^ 31 - 1 },
    { "connections", -1, 2 ^ 31 - 1 },
    { "delay", 0 },
    { "drip", 0 },
    { "refuse", 0 },
  }
  for _, each in ipairs(numbers) do
    it("is refused for a number out of range: " .. each[1], function()
      local name, least, largest = each[1], each[2], each[3]
      refuses(name, least - 1)
      refuses(name, "5")
      running:faults { [name] = least }
      if largest then
        refuses(name, largest + 1)
        refuses(name, least + 0.5)
        refuses(name, 1e300)
        running:faults { [name] = largest }
      else
        refuses(name, -0.001)
        running:faults { [name] = 0.5 }
      end
    end)
  end

  it("is refused for an invalid text", function()
    refuses("endless", "")
    refuses("content_type", "a\r\nb")
    refuses("headers", { ["a b"] = "c" })
    refuses("headers", { a = "b\nc" })
    refuses("headers", { a = 1 })
    refuses("afterwards", "thunder")
    refuses("reset", 1)
    refuses("body", 5)
  end)

  it("does not cut a reply that is shorter than truncate", function()
    running:faults { truncate = 2 ^ 31 - 1 }
    assert.equal(200, (get "/v1/campaigns"))
  end)

  it("applies to `times` requests from `request` on", function()
    local function statuses()
      local list = {}
      for page = 1, 5 do
        list[page] = get("/v1/campaigns?page=" .. page)
      end
      return table.concat(list, " ")
    end
    for _, case in ipairs {
      { { request = 2, status = 500 }, "200 500 200 200 200" },
      { { request = 2, times = 3, status = 500 }, "200 500 500 500 200" },
      { { request = 4, times = -1, status = 500 }, "200 200 200 500 500" },
      { { times = 0, status = 500 }, "200 200 200 200 200" },
      { { times = 2, status = 500 }, "500 500 200 200 200" },
      { { page = 3, status = 500 }, "200 200 500 200 200" },
      { { request = 2, page = 3, times = 1, status = 500 }, "200 200 200 200 200" },
      { { request = 2, page = 3, times = 2, status = 500 }, "200 200 500 200 200" },
    } do
      running:faults(case[1])
      assert.equal(case[2], statuses())
    end
    running:faults({ times = 1, status = 500 }, { times = -1, status = 404 })
    assert.equal("500 404 404 404 404", statuses())
  end)
end)

describe("a fault of connections", function()
  local function connects()
    local client = require("socket").tcp()
    local ok = client:connect("127.0.0.1", tonumber(running.url:match ":(%d+)$"))
    client:close()
    return ok == 1
  end

  --- The result of a new client's request: 200, or the kind of its error.
  local function outcome(by_https)
    local client = running:client {
      attempts = 1, base_url = by_https and running.https_url or nil, ca_file = by_https and running.ca_file or nil,
    }
    local page, err = client.campaigns:page()
    client:close()
    return page and 200 or err.kind
  end

  --- Polls is_so() until it is true, or for `seconds`; returns its value.
  local function comes(is_so, seconds)
    local started = core.now()
    while not is_so() and core.now() - started < seconds do
      core.sleep(0.005)
    end
    return is_so()
  end

  local function is_shut()
    return not connects()
  end

  local function is_served()
    return outcome() == 200
  end

  --- Whether the fault of the next request ends its connection.
  local function meet(fault)
    running:faults(fault)
    return outcome() == "network"
  end

  it("ends when the faults are set again: connections are accepted at once", function()
    assert.is_true(meet { refuse = 600 })
    assert.is_true(comes(is_shut, 10))
    running:clear()
    assert.is_true(connects())
    assert.equal(200, outcome())
    assert.is_true(meet { afterwards = "close" })
    running:clear()
    assert.equal(200, outcome())
  end)

  it("lasts for `connections` connections", function()
    assert.is_true(meet { afterwards = "close", connections = 2 })
    assert.same({ "network", "network", 200 }, { outcome(), outcome(), outcome() })
    assert.is_true(meet { afterwards = "close", connections = 0 })
    assert.equal(200, outcome())
    assert.is_true(meet { afterwards = "close", connections = -1 })
    assert.same({ "network", "network", "network" }, { outcome(), outcome(), outcome() })
  end)

  it("may be a certificate that no client trusts", function()
    assert.equal(200, outcome(true))
    for _, mood in ipairs { "expired", "self_signed", "wrong_host" } do
      assert.is_true(meet { afterwards = mood })
      assert.same({ "tls", 200 }, { outcome(true), outcome(false) }, mood)
      running:clear()
      assert.equal(200, outcome(true))
    end
  end)

  it("lasts for `refuse` seconds", function()
    assert.is_true(meet { refuse = 0.5 })
    comes(is_shut, 0.5) -- unchecked: a busy machine may miss it
    assert.is_true(comes(is_served, 20))
  end)

  it("closes open connections", function()
    for _, fault in ipairs { { refuse = 0.1 }, { afterwards = "close", connections = 0 } } do
      running:clear()
      local kept = require("socket").connect("127.0.0.1", tonumber(running.url:match ":(%d+)$"))
      kept:settimeout(10)
      assert.equal(200, (get "/v1/campaigns")) -- so the connection before it was accepted
      assert.is_true(meet(fault))
      assert.equal("closed", (select(2, kept:receive(1))))
      kept:close()
    end
  end)
end)

describe("the log", function()
  it("continues to number connections after a DELETE", function()
    local function connection_of_next(session)
      local transfer = session:start { url = running.url .. "/v1/campaigns", key = running.key, timeout = 10 }
      while not transfer:done() do
        session:poll(1)
      end
      local log = running:log()
      return log[#log].connection
    end
    local first, second = core.session {}, core.session {}
    local old = connection_of_next(first)
    assert.equal(old + 1, connection_of_next(second))
    running:clear()
    assert.same({}, running:log())
    local third = core.session {}
    assert.equal(old + 2, connection_of_next(third))
    assert.equal(old, connection_of_next(first))
    assert.equal(old + 1, connection_of_next(second))
    first:close()
    second:close()
    third:close()
  end)

  it("records method, path, status, HTTP version and key of each request", function()
    get "/v1/campaigns?page=1&size=5"
    get("/v1/campaigns", "wrong")
    send "GET /v1/nowhere"
    local log = running:log()
    assert.equal(3, #log)
    local said = {}
    for i, entry in ipairs(log) do
      local version = number_text.fixed(entry.version, 1)
      said[i] = ("%s %s %d %s %s"):format(entry.method, entry.path, entry.status, version, entry.key)
    end
    assert.same({
      "GET /v1/campaigns?page=1&size=5 200 1.1 right", "GET /v1/campaigns 401 1.1 wrong", "GET /v1/nowhere 404 1.1 right",
    }, said)
  end)
end)

describe("sandbox.serve", function()
  it("prints the accepted URL and key, quoted for a shell", function()
    for _, key in ipairs { "0012", "it's" } do
      local output, status = "", nil
      local ok, raised = pcall(sandbox.serve, { key = key }, function(seconds)
        core.sleep(seconds)
        if output:find "SIGMAMIND_API_KEY=[^\n]*\n" then
          local pipe = io.popen(output:gsub("^[^\n]*\n", "") .. 'printf "%s %s" "$SIGMAMIND_BASE_URL" "$SIGMAMIND_API_KEY"')
          local url, said = pipe:read("*a"):match "^(%S+) (.*)$"
          pipe:close()
          assert.equal(key, said)
          status = get("/v1/campaigns", said, url)
          error("enough", 0)
        end
      end, function(text)
        output = output .. text
      end)
      assert.same({ false, "enough", 200 }, { ok, raised, status })
      assert.equal(key, output:match "^sandbox http://127.0.0.1:%d+ key=([^\n]*)\n")
    end
  end)
end)

describe("sandbox.start", function()
  it("runs several servers at once, and stops each separately", function()
    local first, second = assert(sandbox.start()), assert(sandbox.start { key = "other" })
    assert.not_equal(first.url, second.url)
    first:stop()
    first:stop()
    assert.equal(200, (get("/v1/campaigns", "other", second.url)))
    second:stop()
    local session = core.session {}
    local transfer = session:start { url = second.url, timeout = 5 }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal("network", select(3, transfer:status()))
    session:close()
  end)

  it("accepts a key unchanged, also one that looks like a number", function()
    for _, key in ipairs { "0012", "1e3", "0x10", "12.0", "it's" } do
      local other = assert(sandbox.start { key = key })
      assert.equal(key, other.key)
      assert.equal(200, (get("/v1/campaigns", key, other.url)))
      assert.equal(401, (get("/v1/campaigns", key .. "0", other.url)))
      other:stop()
    end
    assert.same({ nil, "the sandbox did not start: --faults: the faults must be an array of objects" },
      { sandbox.start { faults = "5" } })
  end)

  it("continues after a client breaks off in the middle of its body", function()
    local client = require("socket").connect("127.0.0.1", tonumber(running.url:match ":(%d+)$"))
    client:send("POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    client:close()
    assert.equal(200, (get "/v1/campaigns"))
  end)

  it("reports why it did not start", function()
    local port = tonumber(running.url:match ":(%d+)$")
    local handle, err = sandbox.start { port = port }
    assert.is_nil(handle)
    assert.matches("the sandbox did not start: ", err)
    handle, err = sandbox.start { lua = "/no/such/lua" }
    assert.is_nil(handle)
    assert.matches("the sandbox did not start: ", err)
  end)

  it("names the invalid option", function()
    local function refuses(options, message)
      local ok, raised = pcall(function() return (sandbox.start(options)) end)
      assert.is_false(ok)
      assert.matches("^spec/sandbox_spec.lua:%d+: sandbox.start: " .. message, raised)
    end
    refuses({ port = 99999 }, "port must be an integer from 0 to 65535, got 99999")
    refuses({ campaigns = 1.5 }, "campaigns must be an integer from 0 to 1000000, got 1.5")
    refuses({ latency = -1 }, "latency must be a number of seconds, 0 or more, got %-1")
    refuses({ key = "" }, "key must be a string of printable ASCII characters")
    refuses({ bogus = 1 }, "unknown option 'bogus'")
    refuses(5, "expected a table")
  end)

  it("does not pass this Lua's own paths to the server", function()
    local program = [[-e 'local s = assert(require "sigmamind.sandbox".start()) print(s.url) s:stop()']]
    local paths = "LUA_CPATH='build/no-such-place/?.so' LUA_PATH='lua/?.lua;sandbox/lua/?.lua;sandbox/lua/?/init.lua'"
    local output = interpreter.run(program, paths)
    assert.matches("^http://127%.0%.0%.1:%d+\n$", output)
  end)
end)
