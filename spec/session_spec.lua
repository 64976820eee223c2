-- The HTTP engine, over real sockets.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local interpreter = require "spec.support.interpreter"
local listener = require "spec.support.listener"
local process = require "process"
local server = require "spec.support.server"
local socket = require "socket"

local sandbox = server.shared { tls = true }

local function finish(session, transfer)
  for _ = 1, 100 do
    if transfer:done() then
      return transfer
    end
    session:poll(1)
  end
  error "the transfer did not end"
end

local function request(path)
  return { url = sandbox.url .. (path or "/v1/campaigns"), key = sandbox.key, timeout = 10 }
end

--- Number of this process's open sockets.
local function count_sockets()
  local pipe = io.popen "ls -l /proc/$PPID/fd | grep -c socket:"
  local count = tonumber(pipe:read "*l")
  pipe:close()
  return count
end

local with_descriptor = core.session():fd() and it or pending -- only epoll provides session:fd()

describe("core.session", function()
  before_each(function()
    sandbox:clear()
  end)

  it("runs several transfers at once, and counts those in flight", function()
    local session = core.session {}
    sandbox:faults { delay = 0.2, times = -1 }
    local transfers = {}
    for i = 1, 5 do
      transfers[i] = assert(session:start(request("/v1/campaigns?size=1&page=" .. i)))
    end
    assert.equal(5, session:poll(0))
    for i, transfer in ipairs(transfers) do
      assert.equal(200, finish(session, transfer):status())
      assert.equal(i, decoding.page(transfer:body()):info().page)
    end
    assert.equal(0, session:poll(0))
    session:close()
  end)

  it("does not wait when nothing is in flight", function()
    local session = core.session {}
    assert.equal(0, session:poll(3600))
    finish(session, session:start(request()))
    for _ = 1, 5 do
      assert.equal(0, session:poll(3600))
    end
    session:close()
  end)

  it("accepts any wait, and returns at a transfer's time limit", function()
    local silent = listener.open()
    for _, seconds in ipairs { 2147483, 2147484, 4294968, 1e10, 1e300, math.huge } do
      local session = core.session {}
      local transfer = session:start { url = "http://127.0.0.1:" .. silent.port, timeout = 0.2 }
      while not transfer:done() do
        session:poll(seconds)
      end
      assert.equal("timeout", select(3, transfer:status()))
      session:close()
    end
    silent:close()
  end)

  it("does not wait for 0 seconds or less", function()
    local silent = listener.open()
    local session = core.session {}
    local transfer = session:start { url = "http://127.0.0.1:" .. silent.port, timeout = 100 }
    local began = core.now()
    for _, seconds in ipairs { 0, -0.001, -1, -1e10, -math.huge, 0 / 0 } do
      assert.equal(1, session:poll(seconds))
    end
    assert.is_true(core.now() - began < 50)
    assert.is_false(transfer:done())
    session:close()
    silent:close()
  end)

  it("continues its transfers after a signal interrupted a wait", function()
    sandbox:faults { delay = 1 }
    local output = interpreter.run(([[-e '
      local core = require "sigmamind.core"
      local console = require "sigmamind.console"
      console.open()
      local session = core.session {}
      local transfer = session:start { url = "%s/v1/campaigns", key = "%s", timeout = 20 }
      session:poll(0)
      os.execute "{ sleep 0.3; kill -INT $PPID; } &"
      while not transfer:done() do session:poll(20) end
      print(console.interrupted(), (transfer:status()))
    ']]):format(sandbox.url, sandbox.key))
    assert.equal("true\t200\n", output)
  end)

  it("reuses a connection", function()
    local session = core.session {}
    for i = 1, 3 do
      local timing = finish(session, session:start(request())):timing()
      assert.equal(i > 1, timing.reused)
    end
    for _, entry in ipairs(sandbox:log()) do
      assert.equal(sandbox:log()[1].connection, entry.connection)
    end
    session:close()
  end)

  it("uses HTTP/2 over TLS when the server offers it", function()
    local session = core.session { ca_file = sandbox.ca_file }
    for i = 1, 2 do
      local transfer = session:start { url = sandbox.https_url .. "/v1/campaigns", key = sandbox.key }
      assert.equal(200, finish(session, transfer):status())
      assert.equal("2", transfer:timing().http_version)
      assert.equal(i > 1, transfer:timing().reused)
    end
    assert.equal(2, sandbox:log()[1].version)
    session:close()
  end)

  with_descriptor("has one descriptor that is readable when poll(0) has work to do", function()
    local session = core.session {}
    local fd = assert(session:fd())
    assert.equal(fd, session:fd())
    local pollable = { getfd = function() return fd end, dirty = function() return false end }
    local function readable(seconds)
      return #socket.select({ pollable }, nil, seconds) > 0
    end
    assert.is_false(readable(0))
    local transfer = session:start(request())
    local rounds = 0
    while not transfer:done() do
      assert.is_true(readable(10))
      session:poll(0)
      rounds = rounds + 1
      assert.is_true(rounds < 1000)
    end
    assert.equal(200, transfer:status())
    session:close()
  end)

  with_descriptor("wakes its descriptor for a timeout too", function()
    local silent = listener.open()
    local session = core.session {}
    local fd = session:fd()
    local pollable = { getfd = function() return fd end, dirty = function() return false end }
    local transfer = session:start { url = "http://127.0.0.1:" .. silent.port, timeout = 0.2 }
    local rounds = 0
    while not transfer:done() do
      assert.equal(1, #socket.select({ pollable }, nil, 10))
      session:poll(0)
      rounds = rounds + 1
      assert.is_true(rounds < 1000)
    end
    assert.equal("timeout", select(3, transfer:status()))
    session:close()
    silent:close()
  end)

  it("continues after a transfer was collected in flight", function()
    local session = core.session {}
    sandbox:faults { silent = true, page = 9 }
    session:start(request "/v1/campaigns?page=9")
    assert.equal(1, session:poll(0))
    collectgarbage()
    collectgarbage()
    assert.equal(0, session:poll(0))
    assert.equal(200, finish(session, session:start(request())):status())
    session:close()
  end)

  it("ends its transfers when it is closed", function()
    local session = core.session {}
    sandbox:faults { silent = true }
    local transfer = session:start(request())
    session:poll(0)
    session:close()
    session:close()
    assert.is_true(transfer:done())
    local status, message, kind = transfer:status()
    assert.is_nil(status)
    assert.equal("session was closed", message)
    assert.equal("closed", kind)
    for _, method in ipairs { "start", "fd" } do
      local value, why, closed = session[method](session, request())
      assert.is_nil(value)
      assert.equal("session is closed", why)
      assert.equal("closed", closed)
    end
    assert.equal("closed", select(3, session:poll(0)))
    assert.equal("sigmamind.session (closed)", tostring(session))
  end)

  it("ends only the transfers still in flight with kind 'closed', whichever were cancelled before", function()
    sandbox:faults { silent = true, times = -1 }
    for _, order in ipairs { { 1, 2 }, { 1, 3 }, { 2, 1 }, { 2, 3 }, { 3, 1 }, { 3, 2 } } do
      local session, transfers = core.session {}, {}
      for i = 1, 3 do
        transfers[i] = session:start(request())
      end
      local kinds = { "closed", "closed", "closed" }
      for i, which in ipairs(order) do
        transfers[which]:cancel()
        kinds[which] = "cancelled"
        assert.equal(3 - i, session:poll(0))
      end
      session:close()
      for i, kind in ipairs(kinds) do
        assert.equal(kind, select(3, transfers[i]:status()))
      end
    end
  end)

  it("starts no transfer when a metamethod, like a finalizer, closes it meanwhile", function()
    for _, name in ipairs { "url", "headers", "key", "method", "body", "connect_timeout", "timeout" } do
      local session = core.session {}
      local given = request()
      local transfer, message, kind = session:start(setmetatable({}, {
        __index = function(_, field)
          if field == name then
            session:close()
          end
          return given[field]
        end,
      }))
      assert.is_nil(transfer)
      assert.equal("session is closed", message)
      assert.equal("closed", kind)
      assert.equal("sigmamind.session (closed)", tostring(session))
    end
    assert.equal(0, #sandbox:log())
  end)

  it("may be collected before its transfers", function()
    local transfer
    do
      local session = core.session {}
      transfer = session:start(request())
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(transfer:done())
    assert.equal("closed", select(3, transfer:status()))
  end)

  it("opens new connections in a forked process, and does not touch the parent's", function()
    local session = core.session {}
    finish(session, session:start(request()))
    sandbox:faults { delay = 0.3, page = 7 }
    local parents = session:start(request "/v1/campaigns?page=7&size=10")
    session:poll(0.05)
    local child = process.fork()
    if child == 0 then
      local own = session:start(request "/v1/campaigns?page=2&size=10")
      local ok = pcall(function()
        assert(parents:done() and select(3, parents:status()) == "cancelled")
        assert(decoding.page(finish(session, own):body()):info().page == 2)
        assert(own:timing().reused == false)
        session:close()
      end)
      process.exit(ok)
    end
    assert.equal(0, process.wait(child))
    assert.equal(7, decoding.page(finish(session, parents):body()):info().page)
    assert.is_true(finish(session, session:start(request())):timing().reused)
    session:close()
  end)

  local DEEDS = {
    cancels = function(transfer) transfer:cancel() end,
    closes = function(transfer) transfer:close() end,
    collects = function() end, -- the caller collects after each deed
  }

  for scheme, url in pairs { http = "url", https = "https_url" } do
    for what, deed in pairs(DEEDS) do
      it(("continues a transfer over %s that a forked process %s"):format(scheme, what), function()
        local session = core.session { ca_file = sandbox.ca_file, http_version = "1.1" }
        local function start(path)
          return session:start { url = sandbox[url] .. path, key = sandbox.key, timeout = 20 }
        end
        finish(session, start "/v1/campaigns?size=1")
        sandbox:faults { delay = 1, page = 7 }
        local held = { start "/v1/campaigns?page=7&size=10" }
        session:poll(0.05)
        session:poll(0.05)
        local child = process.fork()
        if child == 0 then
          local ok = pcall(deed, held[1])
          held[1] = nil
          collectgarbage()
          collectgarbage()
          process.exit(ok)
        end
        assert.equal(0, process.wait(child))
        local transfer = finish(session, held[1])
        assert.equal(200, (transfer:status()))
        assert.equal(7, decoding.page(transfer:body()):info().page)
        assert.is_true(transfer:timing().reused)
        assert.is_true(finish(session, start "/v1/campaigns?size=1"):timing().reused)
        session:close()
      end)
    end
  end

  it("frees its connections in a forked process that closes it, and leaves the parent's open", function()
    local session = core.session {}
    finish(session, session:start(request()))
    local child = process.fork()
    if child == 0 then
      local before = count_sockets()
      session:close()
      process.exit(before - count_sockets() == 1)
    end
    assert.equal(0, process.wait(child))
    assert.is_true(finish(session, session:start(request())):timing().reused)
    session:close()
  end)

  with_descriptor("survives that its descriptors are closed by others, and opens new ones", function()
    if os.getenv "KIND" == "asan" then
      return -- libcurl's handles are not freed on purpose, and would be reported as leaks
    end
    local session = core.session {}
    sandbox:faults { silent = true, page = 9 }
    local transfer = session:start(request "/v1/campaigns?page=9")
    session:poll(0)
    process.close(session:fd())
    for _ = 1, 3 do
      session:poll(0)
    end
    assert.is_true(transfer:done())
    assert.equal("network", select(3, transfer:status()))
    assert.equal(200, finish(session, session:start(request())):status())
    session:close()
  end)

  it("names the invalid option", function()
    local function refuses(options, message)
      assert.error_matches(function() core.session(options) end, message)
    end
    refuses(5, "table expected")
    refuses({ max_body = 0 }, "max_body must be a number of bytes")
    refuses({ max_body = "x" }, "max_body must be a number of bytes")
    refuses({ ca_file = 1 }, "ca_file must be a string")
    refuses({ proxy = true }, "proxy must be a string")
    refuses({ user_agent = {} }, "user_agent must be a string")
    refuses({ user_agent = "a\r\nX-Evil: 1" }, "user_agent must be a string without control")
    refuses({ proxy = "a\0b" }, "proxy must be a string without control")
  end)
end)
