-- Walks over all pages: what they survive, and what they do not trust.

local recorder = require "spec.support.recorder"
local server = require "spec.support.server"

local sandbox, host

setup(function()
  sandbox = server.start()
end)

teardown(function()
  sandbox:stop()
end)

before_each(function()
  sandbox:clear()
  host = recorder()
end)

describe("a walk that fails", function()
  it("loses nothing that was delivered, and goes on where it failed", function()
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

  it("goes on when the server was gone and is back", function()
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

  it("says that it cannot trust a page that is not the one it asked for", function()
    sandbox:faults { page = 1, times = -1, body = '{"data":[],"page":5,"size":100,"hasNext":true}' }
    local client = sandbox:client()
    local rows, err = client:campaigns():totable()
    assert.is_nil(rows)
    assert.equal("protocol", err.kind)
    assert.equal("asked for page 1, got page 5", err.message)
    assert.equal(100, #err.partial)
    assert.equal(3, #sandbox:log()) -- it was asked for once more, on another connection
    sandbox:faults { page = 0, times = -1, body = '{"data":[],"page":9007199254740992,"hasNext":true}' }
    err = select(2, client:list_campaigns())
    assert.equal("asked for page 0, got page 9007199254740992", err.message)
    assert.equal(200, err.status)
    client:close()
  end)

  it("ends when page after page is empty and says that more follow", function()
    local pages = {}
    for i = 0, 3 do
      pages[i + 1] = { body = ('{"data":[],"page":%d,"hasNext":true}'):format(i) }
    end
    sandbox:faults((unpack or table.unpack)(pages))
    local client = sandbox:client()
    local row, err = client:campaigns():next()
    assert.is_nil(row)
    assert.equal("protocol", err.kind)
    assert.equal("page after page is empty, and hasNext is still true", err.message)
    assert.equal(200, err.status)
    assert.equal(sandbox:log()[#sandbox:log()].path, err.path)
    assert.equal(4, #sandbox:log())
    client:close()
  end)

  it("reads totalPages where hasNext is missing, and says so where both are", function()
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
end)

describe("a long walk", function()
  local function read(stream, count)
    for _ = 1, count do
      assert(stream:next())
    end
  end

  --- Bytes of Lua's heap.
  local function heap()
    if jit then
      jit.flush() -- machine code is in it, too
    end
    collectgarbage()
    collectgarbage()
    return collectgarbage "count" * 1024
  end

  it("keeps nothing of the pages behind it", function()
    sandbox:list(700)
    local client = sandbox:client { prefetch = 0 }
    local stream = client:campaigns { size = 1 }
    read(stream, 200)
    local least = math.huge -- a table of the host's may grow in one of three spans
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
