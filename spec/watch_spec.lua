-- watch: what changed between two readings of a list. The server is in this process, and no time passes.

local closing = require "spec.support.closing"()
local core = require "sigmamind.core"
local raises_here = require "spec.support.raises_here"
local scripted = require "spec.support.scripted"
local sigmamind = require "sigmamind"

local PAGE = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"totalPages":%d,"hasNext":false,"hasPrevious":false}'

--- A client of a server whose list is peer.rows, JSON texts, unless peer.failure is a reply; and the server.
local function open(rows, options)
  local peer
  peer = scripted.open(function(connection, request)
    if peer.failure then
      connection:send(peer.failure)
    elseif request.head:find "page=0" then
      local body = PAGE:format(table.concat(peer.rows, ","), #peer.rows, #peer.rows > 0 and 1 or 0)
      connection:send(scripted.reply(200, body))
    else
      error("not page 0: " .. request.head)
    end
  end)
  closing(peer)
  peer.rows = rows
  options = options or {}
  options.attempts, options.prefetch = 1, 0
  return closing(peer:client(options)), peer
end

local function campaign(id, status, rest)
  return ('{"campaignId":"%s","campaignStatus":"%s"%s}'):format(id, status, rest or "")
end

--- The changes as lines: kind, id, and the paths of a changed one.
local function lines_of(changes)
  local lines = {}
  for i, change in ipairs(changes) do
    local paths = {}
    for j, field in ipairs(change.fields or {}) do
      paths[j] = field.path
    end
    lines[i] = table.concat({ change.type, tostring(change.row.campaignId), (table.unpack or unpack)(paths) }, " ")
  end
  return lines
end

describe("watch:poll", function()
  it("returns what was added, changed and removed, and what differs", function()
    local client, peer = open { campaign("a", "live", ',"agent":{"name":"Ann","agentId":"x"}'), campaign("b", "live") }
    local watch = client.campaigns:watch()
    assert.same({}, watch:poll())
    assert.same({}, watch:poll())
    peer.rows = { campaign("c", "scheduled"), campaign("a", "paused", ',"agent":{"name":"Bob","agentId":"x"},"errors":[]') }
    local changes = assert(watch:poll())
    assert.same({ "added c", "changed a agent.name campaignStatus errors", "removed b" }, lines_of(changes))
    assert.same({ path = "campaignStatus", from = "live", to = "paused" }, changes[2].fields[2])
    assert.same({ path = "errors", to = {} }, changes[2].fields[3])
    assert.equal("Ann", changes[2].was.agent.name)
    assert.equal("Bob", changes[2].row.agent.name)
    assert.equal(peer.rows[2], changes[2].text)
    assert.equal("live", changes[3].row.campaignStatus)
    assert.same({}, watch:poll())
  end)

  it("returns all rows first, if they are wanted", function()
    local client = open { campaign("a", "live"), campaign("b", "live") }
    assert.same({ "added a", "added b" }, lines_of(assert(client.campaigns:watch({ initial = true }):poll())))
  end)

  it("does not take another order of the fields for a change", function()
    local client, peer = open { '{"campaignId":"a","n":1}' }
    local watch = client.campaigns:watch()
    watch:poll()
    peer.rows = { '{ "n": 1, "campaignId": "a" }' }
    assert.same({}, watch:poll())
  end)

  it("compares the selected fields alone, by the id", function()
    local client, peer = open { campaign("a", "live", ',"concurrentCalls":1') }
    local watch = client.campaigns:watch { select = { "campaignStatus" } }
    watch:poll()
    peer.rows = { campaign("a", "live", ',"concurrentCalls":2') }
    assert.same({}, watch:poll())
    peer.rows = { campaign("a", "paused", ',"concurrentCalls":2') }
    local changes = assert(watch:poll())
    assert.same({ "changed a campaignStatus" }, lines_of(changes))
    assert.same({ campaignId = "a", campaignStatus = "paused" }, changes[1].row)
  end)

  it("takes a row that does not meet the conditions any more for removed", function()
    local client, peer = open { campaign("a", "live") }
    local watch = client.campaigns:watch { where = { campaignStatus = "live" } }
    watch:poll()
    peer.rows = { campaign("a", "completed") }
    assert.same({ "removed a" }, lines_of(assert(watch:poll())))
  end)

  it("tells null from a field that is not there, and long numbers apart", function()
    local rows = { campaign("a", "live", ',"n":12345678901234567890') }
    local client, peer = open(rows, { null = core.null })
    local watch = client.campaigns:watch()
    watch:poll()
    peer.rows = { campaign("a", "live", ',"n":12345678901234567891') }
    assert.same({ "changed a n" }, lines_of(assert(watch:poll())))
    peer.rows = { campaign("a", "live", ',"n":null') }
    assert.equal(core.null, watch:poll()[1].fields[1].to)
    peer.rows = { campaign("a", "live") }
    assert.is_nil(watch:poll()[1].fields[1].to)
  end)

  it("knows rows whose id is a number, null or missing", function()
    local client, peer = open { '{"campaignId":5}', '{"campaignId":"5"}', '{"campaignId":null,"n":1}', '{"n":2}' }
    local watch = client.campaigns:watch()
    assert(watch:poll())
    peer.rows = { '{"campaignId":"5"}', '{"campaignId":null,"n":3}', '{"n":2}' }
    local changes = assert(watch:poll())
    assert.same({ "added nil", "removed" }, { lines_of(changes)[1], changes[2].type })
    assert.equal(3, #changes) -- 5, and the row with n = 1
    local rows = { '{"campaignId":null,"n":1}', '{"campaignId":null,"n":2}', campaign("a", "live") }
    client, peer = open(rows, { null = core.null })
    watch = client.campaigns:watch()
    assert(watch:poll())
    peer.rows = { peer.rows[2], peer.rows[3] }
    assert.equal(1, watch:poll()[1].row.n)
  end)

  it("takes no row for removed while the list moves", function()
    local client, peer = open { campaign("a", "live"), campaign("b", "live") }
    local watch = client.campaigns:watch()
    assert(watch:poll())
    function peer.act(connection) -- says each time that there is one more row than it sends
      peer.total = (peer.total or 1) + 1
      connection:send(scripted.reply(200, PAGE:format(campaign("a", "live"), peer.total, 1)))
    end
    local changes = assert(watch:poll())
    assert.is_false(watch:report().consistent)
    assert.same({}, lines_of(changes))
  end)

  it("returns what next has not returned yet first", function()
    local client, peer = open { campaign("a", "live") }
    local watch = client.campaigns:watch()
    assert(watch:poll())
    peer.rows = { campaign("b", "live"), campaign("c", "live") }
    assert.equal("b", assert(watch:next()).row.campaignId)
    peer.rows = {}
    assert.same({ "added c", "removed a", "removed b", "removed c" }, lines_of(assert(watch:poll())))
  end)

  it("sees a change in an array that begins with false", function()
    local client, peer = open { '{"campaignId":"a","list":[false,false]}' }
    local watch = client.campaigns:watch()
    assert(watch:poll())
    peer.rows = { '{"campaignId":"a","list":[false,true]}' }
    assert.same({ "changed a list" }, lines_of(assert(watch:poll())))
  end)

  it("keeps what it knows when a reading fails", function()
    local client, peer = open { campaign("a", "live") }
    local watch = client.campaigns:watch()
    watch:poll()
    peer.failure, peer.rows = scripted.reply(401, "{}"), { campaign("a", "paused") }
    local changes, err = watch:poll()
    assert.is_nil(changes)
    assert.equal("auth", err.kind)
    peer.failure = nil
    assert.same({ "changed a campaignStatus" }, lines_of(assert(watch:poll())))
  end)
end)

describe("watch:next", function()
  it("waits for the interval between two readings, and returns one change after another", function()
    local client, peer = open { campaign("a", "live") }
    local watch = client.campaigns:watch { interval = 20 }
    local act, readings = peer.act, 0
    function peer.act(...)
      if peer.slept / 20 == 3 then
        peer.rows = { campaign("a", "paused"), campaign("b", "live") }
      end
      readings = readings + 1
      act(...)
    end
    assert.equal("changed", assert(watch:next()).type)
    assert.equal(60, peer.slept)
    local before = readings
    assert.equal("added", assert(watch:next()).type)
    assert.equal(before, readings)
  end)

  it("ends when its time is over, and after stop", function()
    local client, peer = open { campaign("a", "live") }
    assert.is_nil(client.campaigns:watch({ timeout = 60 }):next())
    assert.is_true(peer.slept >= 59 and peer.slept < 71, peer.slept)
    local watch = client.campaigns:watch { initial = true }
    assert.equal("added", watch:next().type)
    watch:stop()
    assert.is_nil(watch:next())
    peer.failure = scripted.reply(503, "{}")
    local change, err = client.campaigns:watch({ timeout = 60 }):next()
    assert.is_nil(change)
    assert.equal(503, err.status)
  end)

  it("ends with its time where the server is silent", function()
    local client, peer = open({}, { timeout = 30 })
    peer.act = function() end -- which a reading would wait for until the server here gives up
    local change, err = client.campaigns:watch({ timeout = 1 }):next()
    assert.is_nil(change)
    assert.equal("timeout", err.kind)
  end)

  it("skips a failure that may be over later, and returns any other", function()
    local client, peer = open { campaign("a", "live") }
    local watch = client.campaigns:watch()
    local act, count = peer.act, 0
    function peer.act(...)
      count = count + 1
      peer.failure = ({ scripted.reply(503, "{}"), false, scripted.reply(503, "{}"), false })[count]
      if count > 4 then
        peer.rows = { campaign("a", "paused") }
      end
      act(...)
    end
    assert.equal("changed", assert(watch:next()).type)
    function peer.act(connection)
      connection:send(scripted.reply(401, "{}"))
    end
    local change, err = watch:next()
    assert.is_nil(change)
    assert.equal("auth", err.kind)
  end)

  it("works in `for`, where it raises", function()
    local client, peer = open { campaign("a", "live"), campaign("b", "live") }
    local ids = {}
    for change in client.campaigns:watch { initial = true, timeout = 5 } do
      ids[#ids + 1] = change.row.campaignId
    end
    assert.same({ "a", "b" }, ids)
    peer.failure = scripted.reply(401, "{}")
    local ok, err = pcall(function()
      for _ in client.campaigns:watch() do -- luacheck: ignore 512
        error "not reached"
      end
    end)
    assert.is_false(ok)
    assert.equal("auth", err.kind)
  end)
end)

it("watch:next returns the error of a runtime that cannot be used", function()
  local client = sigmamind.new { api_key = "k", runtime = "nginx", base_url = "http://127.0.0.1:1" }
  local watch = client.campaigns:watch { timeout = 5 }
  for _ = 1, 2 do
    local change, err = watch:next()
    assert.is_nil(change)
    assert.equal("config", err.kind)
  end
  client:close()
end)

it("watch raises for wrong arguments", function()
  local client, peer = open {}
  raises_here("campaigns:watch: unknown option 'limit'", function() client.campaigns:watch { limit = 1 } end)
  raises_here("campaigns:watch: status must be one of", function() client.campaigns:watch { status = "x" } end)
  raises_here("watch.poll must be called with a colon", function() client.campaigns:watch().poll() end)
  assert.equal(0, #peer.requests)
end)
