-- One HTTP exchange, over real sockets.

local core = require "sigmamind.core"
local listener = require "spec.support.listener"
local server = require "spec.support.server"

local sandbox

setup(function()
  sandbox = server.start { tls = true }
end)

teardown(function()
  sandbox:stop()
end)

--- Makes an exchange with a session of these options. Returns the transfer, done.
local function exchange(request, options)
  local session = core.session(options or {})
  request.url = request.url or sandbox.url .. (request.path or "/v1/campaigns")
  request.key = request.key or sandbox.key
  request.timeout = request.timeout or 10
  local transfer = session:start(request)
  while not transfer:done() do
    session:poll(1)
  end
  session:close()
  return transfer
end

local function fails(kind, message, request, options)
  local status, why, what = exchange(request, options):status()
  assert.is_nil(status)
  assert.equal(kind, what)
  assert.matches(message, why)
end

describe("transfer", function()
  before_each(function()
    sandbox:clear()
  end)

  it("has status, headers, body, page and timing", function()
    local transfer = exchange { path = "/v1/campaigns?size=2" }
    assert.is_true(transfer:done())
    assert.equal(200, transfer:status())
    assert.equal("application/json", transfer:header "content-type")
    assert.equal("application/json", transfer:header "Content-Type")
    assert.is_nil(transfer:header "content")
    assert.error_matches(function() transfer:header "a\0b" end, "must be a token")
    assert.error_matches(function() transfer:header "" end, "must be a token")
    assert.is_nil(transfer:header "x-missing")
    assert.equal(2, #core.decode(transfer:body()).data)
    assert.equal(2, transfer:page():info().count)
    local timing = transfer:timing()
    assert.equal("1.1", timing.http_version)
    assert.is_true(timing.total >= timing.first_byte and timing.first_byte >= timing.connect)
    assert.is_true(timing.bytes > 0 and timing.bytes <= #transfer:body())
    assert.equal("sigmamind.transfer (done)", tostring(transfer))
  end)

  it("asks with the method, headers, body and user agent given", function()
    exchange({ path = "/v1/campaigns", method = "POST", body = "{}" }, { user_agent = "spec/1" })
    local entry = sandbox:log()[1]
    assert.equal("POST", entry.method)
    assert.equal("spec/1", entry.userAgent)
    assert.equal("right", entry.key)
  end)

  it("keeps its method when there is a body", function()
    exchange { path = "/v1/campaigns", body = "{}" }
    exchange { path = "/v1/campaigns", method = "PATCH", body = "{}" }
    assert.equal("GET", sandbox:log()[1].method)
    assert.equal("PATCH", sandbox:log()[2].method)
  end)

  it("sends headers as they are, an empty one too", function()
    local port = listener.open()
    local session = core.session {}
    local transfer = session:start {
      url = "http://127.0.0.1:" .. port.port .. "/p?q=1",
      headers = { ["X-One"] = "a b", ["X-Empty"] = "" },
      key = "k-1",
    }
    session:poll(0.1)
    session:poll(0.1)
    local text = port:accept()
    assert.matches("^GET /p%?q=1 HTTP/1%.1\r\n", text)
    assert.matches("\r\nX%-One: a b\r\n", text)
    assert.matches("\r\nX%-Empty:%s*\r\n", text)
    assert.matches("\r\nX%-API%-Key: k%-1\r\n", text)
    transfer:cancel()
    session:close()
    port:close()
  end)

  it("takes compressed bodies", function()
    local transfer = exchange { path = "/v1/campaigns?size=100" }
    assert.is_truthy(transfer:header "content-encoding")
    assert.is_true(transfer:timing().bytes < #transfer:body() / 2)
    assert.equal(100, transfer:page():info().count)
  end)

  it("does not follow redirects", function()
    sandbox:faults { status = 302, headers = { Location = sandbox.url .. "/v1/campaigns?page=1" } }
    assert.equal(302, exchange({}):status())
    assert.equal(1, #sandbox:log())
  end)

  it("stops at max_body, announced or not", function()
    local most = { max_body = 1000 }
    local message = "^the body is larger than max_body, %d+ bytes$"
    sandbox:faults({ body = ("x"):rep(1001) }, { body = ("x"):rep(1001), chunked_cut = 1001 })
    fails("too_large", message, {}, most)
    fails("too_large", message, {}, most)
    fails("too_large", message, { path = "/v1/campaigns?size=100" }, { max_body = 30000 })
    sandbox:faults { body = ("x"):rep(1000) }
    assert.equal(1000, #exchange({}, most):body())
  end)

  it("stops at headers without end", function()
    local port = listener.open()
    local session = core.session {}
    local transfer = session:start { url = "http://127.0.0.1:" .. port.port, timeout = 10 }
    session:poll(0.1)
    session:poll(0.1)
    port:accept()
    port:send "HTTP/1.1 200 OK\r\n"
    local line = "X-Filler: " .. ("x"):rep(1000) .. "\r\n"
    for _ = 1, 400 do
      port.client:send(line)
      session:poll(0)
      if transfer:done() then
        break
      end
    end
    while not transfer:done() do
      session:poll(1)
    end
    local _, message, kind = transfer:status()
    assert.equal("the headers are larger than 262144 bytes", message)
    assert.equal("protocol", kind)
    session:close()
    port:close()
  end)

  it("does not take a certificate that it was not told to trust", function()
    fails("tls", "certificate", { url = sandbox.https_url .. "/v1/campaigns" })
  end)

  it("does not take a certificate of another host", function()
    local port = sandbox.https_url:match ":(%d+)$"
    local url = "https://other.localhost:" .. port
    fails("tls", "other%.localhost", { url = url }, { ca_file = sandbox.ca_file })
  end)

  it("says why there was no reply", function()
    fails("network", "[Cc]onnect", { url = "http://127.0.0.1:1/" })
    fails("network", "resolve host", { url = "http://no-such-host.invalid/" })
    fails("config", ".", { url = "http://" })
    fails("protocol", "[Pp]rotocol", { url = "ftp://127.0.0.1/" })
    sandbox:faults({ cut = 100 }, { chunked_cut = 100 }, { reset = true })
    fails("network", ".", {})
    fails("network", ".", {})
    fails("network", ".", {})
  end)

  it("ends at its time limits", function()
    local silent = listener.open()
    local url = "//127.0.0.1:" .. silent.port
    fails("timeout", "timeout", { url = "https:" .. url, connect_timeout = 0.2 })
    fails("timeout", "timed out", { url = "http:" .. url, timeout = 0.2 })
    fails("timeout", "too slow", { url = "http:" .. url, stall_timeout = 1 })
    silent:close()
  end)

  it("can be cancelled, and closed, more than once", function()
    local session = core.session {}
    sandbox:faults { silent = true }
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    session:poll(0)
    assert.is_false(transfer:done())
    for _, method in ipairs { "status", "body", "page", "header" } do
      assert.error_matches(function() transfer[method](transfer, "date") end, "not done yet")
    end
    transfer:cancel()
    transfer:cancel()
    assert.is_true(transfer:done())
    assert.equal("cancelled", select(3, transfer:status()))
    transfer:close()
    transfer:close()
    for _, method in ipairs { "status", "body", "page" } do
      local value, message, kind = transfer[method](transfer)
      assert.is_nil(value)
      assert.equal("transfer is closed", message)
      assert.equal("closed", kind)
    end
    assert.equal("closed", select(3, transfer:header "date"))
    assert.equal(0, session:poll(0))
    session:close()
  end)

  it("leaves its body to its page", function()
    local transfer = exchange { path = "/v1/campaigns?size=2" }
    local page = transfer:page()
    transfer:close()
    collectgarbage()
    assert.equal("camp_XiQEBcj9cc5TFRB4", page:next().campaignId)
  end)

  it("is network, and not tls, when a handshake breaks off", function()
    local port = listener.open()
    local session = core.session {}
    local transfer = session:start { url = "https://127.0.0.1:" .. port.port, timeout = 10 }
    session:poll(0.1)
    session:poll(0.1)
    port:accept()
    port:close()
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal("network", select(3, transfer:status()))
    session:close()
  end)

  it("may be closed by a finalizer while its reply is read", function()
    local collectable = require "spec.support.collectable"
    for i = 1, 100 do
      local transfer = exchange { path = "/v1/campaigns?size=20" }
      local text = transfer:body()
      collectable(function() transfer:close() end)
      for _ = 1, i do
        local again = transfer:body()
        assert.is_true(again == nil or again == text)
      end
    end
  end)

  it("undoes one coding of a body, and no more", function()
    local head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
    for _, coding in ipairs {
      "content-encoding: gzip, gzip", "content-encoding: gzip\r\nContent-Encoding: deflate",
      "transfer-encoding: gzip, gzip, chunked", "transfer-encoding: gzip\r\ntransfer-encoding: gzip",
      "content-encoding: gzip\r\nHTTP/x: y\r\ncontent-encoding: gzip", "content-encoding: gzip\r\ntransfer-encoding: gzip",
    } do
      sandbox:faults { raw = head .. coding .. "\r\n\r\n{}" }
      local _, message, kind = exchange({}):status()
      assert.equal("protocol", kind)
      assert.equal("the body is coded more than once", message)
    end
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\n\r\n{}" }
    assert.equal("{}", exchange({}):body())
  end)

  it("calls chunks that are none the server's mistake", function()
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\n{}" }
    local _, _, kind = exchange({}):status()
    assert.is_true(kind == "protocol" or kind == "network", kind)
  end)

  it("says that a body is no page", function()
    sandbox:faults({ body = "<html>" }, { body = "[1]" }, { body = "" })
    local kinds = {}
    for i = 1, 3 do
      local page, _, kind = exchange({}):page()
      assert.is_nil(page)
      kinds[i] = kind
    end
    assert.same({ "decode", "protocol", "decode" }, kinds)
  end)

  it("refuses what would begin another header or line", function()
    local session = core.session {}
    local function refuses(request, message)
      request.url = request.url or sandbox.url
      local ok, err = pcall(session.start, session, request)
      assert.is_false(ok)
      assert.matches(message, err)
      assert.not_matches("secret", err)
    end
    for _, bad in ipairs { "secret\r\nX: y", "secret\n", "secret\r", "secret\0", "secret\127" } do
      refuses({ key = bad }, "must not hold control characters")
      refuses({ headers = { A = bad } }, "must not hold control characters")
      refuses({ url = sandbox.url .. "/" .. bad }, "url must be a string without")
      refuses({ method = bad }, "method must be a token")
      refuses({ headers = { [bad] = "x" } }, "header name must be a token")
    end
    refuses({ url = sandbox.url .. "/a b" }, "url must be a string without")
    refuses({ headers = { [""] = "x" } }, "header name must be a token")
    refuses({ headers = { "x" } }, "headers must map strings to strings")
    refuses({ headers = 1 }, "headers must be a table")
    refuses({ timeout = 0 }, "timeout must be a number above 0, or false")
    refuses({ timeout = "x" }, "timeout must be a number above 0, or false")
    refuses({ url = 5 }, "url must be a string")
    refuses({ key = 5 }, "key must be a string")
    assert.error_matches(function() session:start {} end, "url must be a string")
    assert.error_matches(function() session:start() end, "table expected")
    assert.equal(0, #sandbox:log())
    session:close()
  end)
end)
