-- The sandbox as a stranger sees it: documented defaults, errors and edges.

local cjson = require "cjson"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local sandbox = require "sigmamind.sandbox"
local server = require "spec.support.server"

local running

setup(function()
  running = server.start { tls = true }
end)

teardown(function()
  running:stop()
end)

before_each(function()
  running:clear()
end)

--- GET with the right key unless another is given; returns status and decoded body.
local function get(path, key, url)
  local session = core.session {}
  local transfer = session:start {
    url = (url or running.url) .. path,
    key = key or running.key,
    timeout = 10,
  }
  while not transfer:done() do
    session:poll(1)
  end
  local status, body = transfer:status(), cjson.decode(transfer:body())
  session:close()
  return status, body
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

  it("begins with the documented example", function()
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
    it("is right at the edge " .. edge[1], function()
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

  it("is right for an empty list", function()
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

  it("filters by each status, and counts what is left", function()
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

  it("gives the same data every time", function()
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
    it("answers 400 with the documented error body to " .. query, function()
      local status, body = get("/v1/campaigns" .. query)
      assert.equal(400, status)
      assert.equal("Bad Request", body.error)
      assert.equal(400, body.status)
      assert.equal("/v1/campaigns", body.path)
      assert.matches(query:match "%a+", body.message)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", body.timestamp)
    end)
  end

  it("answers 401 without a key and with a wrong one", function()
    for _, key in ipairs { "wrong", "sandbox-ke", "sandbox-key2", "" } do
      local status, body = get("/v1/campaigns", key)
      assert.equal(401, status)
      assert.equal("Unauthorized", body.error)
      assert.equal(401, body.status)
    end
    assert.equal("wrong", running:log()[1].key)
  end)

  it("answers 404 to another path", function()
    assert.equal(404, (get "/v1/campaign"))
  end)

  it("gives the same over https", function()
    local session = core.session { ca_file = running.ca_file }
    local transfer = session:start { url = running.https_url .. "/v1/campaigns", key = running.key }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal(200, transfer:status())
    assert.equal(10, transfer:page():info().count)
    session:close()
  end)
end)

describe("sandbox.start", function()
  it("runs several at once, and stops each by itself", function()
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

  it("goes on when a client breaks off in the middle of its body", function()
    local client = require("socket").connect("127.0.0.1", tonumber(running.url:match ":(%d+)$"))
    client:send("POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
    client:close()
    assert.equal(200, (get "/v1/campaigns"))
  end)

  it("says why it did not start", function()
    local port = tonumber(running.url:match ":(%d+)$")
    local handle, err = sandbox.start { port = port }
    assert.is_nil(handle)
    assert.matches("the sandbox did not start: ", err)
    handle, err = sandbox.start { lua = "/no/such/lua" }
    assert.is_nil(handle)
    assert.matches("the sandbox did not start: ", err)
  end)

  it("names the option that is wrong", function()
    local function refuses(options, message)
      local ok, raised = pcall(function() return (sandbox.start(options)) end)
      assert.is_false(ok)
      assert.matches("^spec/sandbox_spec.lua:%d+: sandbox.start: " .. message, raised)
    end
    refuses({ port = 99999 }, "port must be an integer from 0 to 65535, got 99999")
    refuses({ campaigns = 1.5 }, "campaigns must be an integer from 0 to 1000000, got 1.5")
    refuses({ latency = -1 }, "latency must be a number of seconds, 0 or more, got %-1")
    refuses({ key = "" }, "key must be a string of printable ASCII characters")
    refuses({ bogus = 1 }, "there is no 'bogus'")
    refuses(5, "expected a table")
  end)

  it("does not hand the server this Lua's own paths", function()
    local program = [[-e 'local s = assert(require "sigmamind.sandbox".start()) print(s.url) s:stop()']]
    local paths = "LUA_CPATH='build/no-such-place/?.so' LUA_PATH='lua/?.lua;lua/?/init.lua'"
    local output = interpreter.run(program, paths)
    assert.matches("^http://127%.0%.0%.1:%d+\n$", output)
  end)
end)
