-- core.transfer: one HTTP exchange, over real sockets.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local listener = require "spec.support.listener"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"

local sandbox = server.shared { tls = true }

--- Completes a request in a session with `options`. Returns the finished transfer.
local function exchange(request, options)
  local session = core.session(options or {})
  request.url, request.path = request.url or sandbox.url .. (request.path or "/v1/campaigns"), nil
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

describe("core.transfer", function()
  before_each(function()
    sandbox:clear()
  end)

  it("returns status, headers, body and timing", function()
    local transfer = exchange { path = "/v1/campaigns?size=2" }
    assert.is_true(transfer:done())
    assert.equal(200, transfer:status())
    assert.equal("application/json", transfer:header "content-type")
    assert.equal("application/json", transfer:header "Content-Type")
    assert.is_nil(transfer:header "content")
    assert.error_matches(function() transfer:header "a\0b" end, "must be a token")
    assert.error_matches(function() transfer:header "" end, "must be a token")
    assert.is_nil(transfer:header "x-missing")
    assert.equal("application/json", transfer:headers()["content-type"])
    assert.is_nil(transfer:headers()["Content-Type"])
    assert.equal(2, #decoding.value(transfer:body()).data)
    assert.equal(2, decoding.page(transfer:body()):info().count)
    local timing = transfer:timing()
    assert.equal("1.1", timing.http_version)
    assert.is_true(timing.total >= timing.first_byte and timing.first_byte >= timing.connect)
    assert.is_true(timing.bytes > 0 and timing.bytes <= #transfer:body())
    assert.equal("sigmamind.transfer (done)", tostring(transfer))
  end)

  it("returns its times in seconds", function()
    sandbox:faults { delay = 0.2 }
    local began = core.now()
    local timing = exchange({}):timing()
    assert.is_true(timing.first_byte >= 0.2 and timing.total >= timing.first_byte)
    assert.is_true(timing.total <= core.now() - began)
  end)

  it("sends the given method, headers, body and user agent", function()
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

  it("sends headers unchanged, also an empty one", function()
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

  it("sends all bytes of a body, also NUL", function()
    for _, body in ipairs { "", "a", "a\0b", "\0", ("x"):rep(2000) .. "\0" } do
      local port = listener.open()
      local session = core.session {}
      local transfer = session:start { url = "http://127.0.0.1:" .. port.port, method = "POST", body = body }
      session:poll(0.1)
      session:poll(0.1)
      local text = port:accept()
      assert.matches("^POST / HTTP/1%.1\r\n", text)
      assert.matches(("\r\nContent%%-Length: %d\r\n"):format(#body), text)
      assert.equal(body, text:sub(select(2, text:find("\r\n\r\n", 1, true)) + 1))
      transfer:cancel()
      session:close()
      port:close()
    end
  end)

  it("sends a body that is larger than a socket buffer", function()
    local port = listener.open()
    local session = core.session {}
    local body = ("0123456789"):rep(2000000)
    local transfer = session:start { url = "http://127.0.0.1:" .. port.port, method = "POST", body = body, timeout = 50 }
    session:poll(0.1)
    session:poll(0.1)
    local pieces, length = { port:accept() }, 0
    port.client:settimeout(0)
    repeat
      session:poll(0.01)
      local all, _, partial = port.client:receive(1000000)
      pieces[#pieces + 1] = all or partial
      length = length + #pieces[#pieces]
    until length + #pieces[1] > #body or transfer:done()
    assert.is_true(table.concat(pieces):sub(-#body) == body)
    transfer:cancel()
    session:close()
    port:close()
  end)

  it("decompresses bodies", function()
    local transfer = exchange { path = "/v1/campaigns?size=100" }
    assert.is_truthy(transfer:header "content-encoding")
    assert.is_true(transfer:timing().bytes < #transfer:body() / 2)
    assert.equal(100, decoding.page(transfer:body()):info().count)
  end)

  it("does not follow redirects", function()
    sandbox:faults { status = 302, headers = { Location = sandbox.url .. "/v1/campaigns?page=1" } }
    assert.equal(302, exchange({}):status())
    assert.equal(1, #sandbox:log())
  end)

  it("stops at max_body, with or without a Content-Length", function()
    local limit = { max_body = 1000 }
    local message = "^the body is larger than max_body, %d+ bytes$"
    sandbox:faults({ body = ("x"):rep(1001) }, { body = ("x"):rep(1001), chunked_cut = 1001 })
    fails("too_large", message, {}, limit)
    fails("too_large", message, {}, limit)
    fails("too_large", message, { path = "/v1/campaigns?size=100" }, { max_body = 30000 })
    sandbox:faults { body = ("x"):rep(1000) }
    assert.equal(1000, #exchange({}, limit):body())
  end)

  it("accepts a body of exactly max_body bytes, and none that is a byte longer", function()
    local raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
    for _, size in ipairs { 1, 4095, 4096, 4097, 8191, 8192, 8193, 10000, 65536, 100000 } do
      local longer = ("0123456789"):rep(math.floor(size / 10) + 1):sub(1, size + 1)
      local body = longer:sub(1, size)
      sandbox:faults(
        { body = body }, { raw = raw:format(size, body) }, { body = longer }, { raw = raw:format(size + 1, longer) }
      )
      assert.is_true(body == exchange({}, { max_body = size }):body(), size)
      assert.is_true(body == exchange({}, { max_body = size }):body(), size)
      fails("too_large", ", " .. size .. " bytes$", {}, { max_body = size })
      fails("too_large", ", " .. size .. " bytes$", {}, { max_body = size })
    end
  end)

  it("stops at endless headers", function()
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

  it("refuses a certificate that ca_file does not cover", function()
    fails("tls", "the server's certificate is not trusted", { url = sandbox.https_url .. "/v1/campaigns" })
  end)

  it("refuses a certificate of another host", function()
    local trusting = { ca_file = sandbox.ca_file }
    local function there()
      return { url = sandbox.https_url .. "/v1/campaigns" }
    end
    assert.equal(200, exchange(there(), trusting):status())
    sandbox:faults { afterwards = "wrong_host" }
    exchange(there(), trusting)
    fails("tls", "the server's certificate is not trusted", there(), trusting)
  end)

  it("reports why it got no reply", function()
    fails("network", "no connection could be made", { url = "http://127.0.0.1:1/" })
    fails("network", "the host name could not be resolved", { url = "http://no-such-host.invalid/" })
    fails("config", ".", { url = "http://" })
    fails("protocol", "this is not HTTP", { url = "ftp://127.0.0.1/" })
    sandbox:faults({ cut = 100 }, { chunked_cut = 100 }, { reset = true })
    fails("network", ".", {})
    fails("network", ".", {})
    fails("network", ".", {})
  end)

  it("ends at its time limits", function()
    local silent = listener.open()
    local url = "//127.0.0.1:" .. silent.port
    local began = core.now()
    fails("timeout", "a time limit was reached", { url = "https:" .. url, connect_timeout = 0.2, timeout = 50 })
    fails("timeout", "a time limit was reached", { url = "http:" .. url, timeout = 0.2 })
    fails("timeout", "a time limit was reached", { url = "http:" .. url, stall_timeout = 1, timeout = 50 })
    assert.is_true(core.now() - began < 40)
    silent:close()
  end)

  it("ends at time limits of fractions of a millisecond, or of a second for stall_timeout", function()
    local silent = listener.open()
    local url = "//127.0.0.1:" .. silent.port
    local began = core.now()
    for _, seconds in ipairs { 1e-9, 0.0004, 0.001, 0.0015 } do
      fails("timeout", "a time limit was reached", { url = "http:" .. url, timeout = seconds, stall_timeout = 15 })
      fails("timeout", "a time limit was reached", { url = "https:" .. url, connect_timeout = seconds, timeout = 15 })
    end
    for _, seconds in ipairs { 0.0004, 0.5, 1.001 } do
      fails("timeout", "a time limit was reached", { url = "http:" .. url, stall_timeout = seconds, timeout = 50 })
    end
    assert.is_true(core.now() - began < 40)
    silent:close()
  end)

  it("ends when a body stalls half way, and not when it arrives slowly", function()
    local port = listener.open()
    local session = core.session {}
    local transfer = session:start { url = "http://127.0.0.1:" .. port.port, stall_timeout = 1, timeout = 100 }
    session:poll(0.1)
    session:poll(0.1)
    port:accept()
    port:send "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"
    for i = 1, 16 do -- 20 bytes a second, for longer than the limit
      port:send(("abcd"):sub(1 + i % 2 * 2))
      local later = core.now() + 0.2
      while core.now() < later do
        session:poll(0.05)
      end
      assert.is_false(transfer:done())
    end
    local began = core.now()
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal("timeout", select(3, transfer:status()))
    assert.is_true(core.now() - began < 50)
    session:close()
    port:close()
  end)

  it("accepts time limits of any length", function()
    for _, seconds in ipairs { 2147483, 2147484, 2.2e6, 4.3e6, 1e10, 1e300, math.huge } do
      assert.equal(200, (exchange { timeout = seconds }:status()))
      assert.equal(200, (exchange { connect_timeout = seconds }:status()))
      assert.equal(200, (exchange { stall_timeout = seconds }:status()))
    end
  end)

  it("can be cancelled and closed more than once", function()
    local session = core.session {}
    sandbox:faults { silent = true }
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    session:poll(0)
    assert.is_false(transfer:done())
    assert.equal("sigmamind.transfer (in flight)", tostring(transfer))
    for _, method in ipairs { "status", "body", "header", "headers" } do
      assert.error_matches(function() transfer[method](transfer, "date") end, "not done yet")
    end
    transfer:cancel()
    transfer:cancel()
    assert.is_true(transfer:done())
    assert.equal("cancelled", select(3, transfer:status()))
    transfer:close()
    transfer:close()
    for _, method in ipairs { "status", "body", "headers" } do
      local value, message, kind = transfer[method](transfer)
      assert.is_nil(value)
      assert.equal("transfer is closed", message)
      assert.equal("closed", kind)
    end
    assert.equal("closed", select(3, transfer:header "date"))
    assert.equal("sigmamind.transfer (closed)", tostring(transfer))
    assert.equal(0, session:poll(0))
    session:close()
  end)

  it("joins the values of repeated headers, and drops the status line", function()
    local peer = scripted.open(function(client)
      client:send "HTTP/1.1 200 OK: fine\r\nX-One: a\r\nx-one:\t b \r\nX-Two:\r\nContent-Length: 0\r\n\r\n"
    end)
    local session = core.session {}
    local transfer = peer:finish(session, session:start { url = peer.url })
    assert.same({ ["x-one"] = "a, b", ["x-two"] = "", ["content-length"] = "0" }, transfer:headers())
    assert.equal("a", transfer:header "X-One")
    session:close()
    peer:close()
  end)

  it("leaves its body to the page after close", function()
    local transfer = exchange { path = "/v1/campaigns?size=2" }
    local page = decoding.page(transfer:body())
    transfer:close()
    collectgarbage()
    assert.equal("camp_XiQEBcj9cc5TFRB4", page:next().campaignId)
  end)

  it("fails with kind 'network', and not 'tls', when a handshake breaks off", function()
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

  it("may be read and closed by nested finalizers while its reply is read", function()
    local collectable = require "spec.support.collectable"
    local big = ("x"):rep(200000)
    for round = 1, 20 do
      sandbox:faults { body = big, headers = { ["x-long"] = ("y"):rep(3000) } }
      local transfer = exchange { path = "/v1/campaigns" }
      local function read()
        transfer:body()
        transfer:header "x-long"
        transfer:timing()
      end
      for i = 1, 5 do
        collectable(function()
          read()
          if i == round % 5 + 1 then
            collectable(function() read() transfer:close() end)
            collectgarbage "step"
            transfer:close()
          end
          read()
        end)
      end
      for _ = 1, 30 do
        local text = transfer:body()
        assert.is_true(text == nil or text == big)
        local value = transfer:header "x-long"
        assert.is_true(value == nil or #value == 3000)
      end
    end
  end)

  it("keeps text that is being copied when a finalizer closes it", function()
    local interpreter = require "spec.support.interpreter"
    local scratch = require "spec.support.scratch"
    local place = scratch.open()
    sandbox:faults { body = ("x"):rep(3000), headers = { ["x-long"] = ("y"):rep(3000) }, times = -1 }
    place:write("program.lua", ([[
      local core = require "sigmamind.core"
      local collectable = require "spec.support.collectable"
      require "spec.support.collector"(0, 400)
      local session = core.session {}
      local closed, wrong = 0, 0
      for i = 1, 60 do
        local transfer = session:start { url = "%s/v1/campaigns", key = "%s", timeout = 10 }
        while not transfer:done() do session:poll(1) end
        collectable(function() transfer:close() end)
        for _ = 1, i do
          local text, value = transfer:body(), transfer:header "x-long"
          closed = closed + (text and value and 0 or 1)
          wrong = wrong + (text and text:find "[^x]" and 1 or 0) + (value and value:find "[^y]" and 1 or 0)
        end
      end
      print(closed > 0, wrong)
    ]]):format(sandbox.url, sandbox.key))
    local environment = "MALLOC_PERTURB_=165" -- the GNU allocator overwrites freed memory
    local output = interpreter.run("'" .. place.directory .. "/program.lua'", environment)
    place:remove()
    assert.equal("true\t0\n", output)
  end)

  it("is either readable or closed in a finalizer that runs near its own", function()
    local collectable = require "spec.support.collectable"
    local seen = {}
    for _ = 1, 5 do
      local transfer = exchange { path = "/v1/campaigns?size=1" }
      collectable(function() seen[#seen + 1] = transfer:status() or select(3, transfer:status()) end)
    end
    collectgarbage()
    collectgarbage()
    assert.equal(5, #seen)
    for _, status in ipairs(seen) do
      assert.is_true(status == 200 or status == "closed")
    end
  end)

  it("raises for timing and failure while in flight, and fails with 'closed' after close", function()
    local session = core.session {}
    sandbox:faults { silent = true }
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    session:poll(0)
    assert.error_matches(function() transfer:timing() end, "not done yet")
    assert.error_matches(function() transfer:failure() end, "not done yet")
    transfer:cancel()
    assert.equal("cancelled", transfer:failure().kind)
    transfer:close()
    assert.equal("closed", select(3, transfer:timing()))
    assert.equal("closed", select(3, transfer:failure()))
    session:close()
    assert.equal("closed", select(3, session:retire_idle()))
  end)

  --- The transfer of a request (default: GET) whose reply is `bytes`, and the bytes that were sent for it. The
  --- server closes the connection after the reply; with `stays` it keeps it open.
  local function reply_with(bytes, request, stays)
    local port = listener.open()
    local session = core.session {}
    request = request or {}
    request.url = "http://127.0.0.1:" .. port.port
    request.timeout = request.timeout or 10
    local transfer = session:start(request)
    session:poll(0.1)
    session:poll(0.1)
    local sent = port:accept()
    port:send(bytes)
    if not stays then
      port.client:close()
    end
    while not transfer:done() do
      session:poll(1)
    end
    session:close()
    port:close()
    return transfer, sent
  end

  it("finds a header by its name in any case, in every locale", function()
    local locale = os.setlocale(nil)
    for _, name in ipairs { "C", "tr_TR.UTF-8", "tr_TR.ISO-8859-9", "de_DE.UTF-8" } do
      os.setlocale(name)
      local transfer = reply_with "HTTP/1.1 200 OK\r\nX-INFO-i: one\r\nContent-Length: 2\r\n\r\n{}"
      assert.equal("one", transfer:header "x-info-I")
      assert.equal("one", transfer:header "X-INFO-I")
      assert.is_nil(transfer:header "x-info")
      assert.is_nil(transfer:header "x-info-i-i")
    end
    os.setlocale(locale)
  end)

  it("does not read a trailer as a header", function()
    local transfer = reply_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Retry-After\r\n\r\n"
      .. "2\r\n{}\r\n0\r\n"
      .. "Retry-After: 5\r\nContent-Encoding: gzip\r\nContent-Length: 99999999999\r\nHTTP/1.1 500 X: y\r\n\r\n")
    assert.is_nil(transfer:header "retry-after")
    assert.equal("{}", transfer:body())
    assert.equal(200, transfer:status())
    assert.equal("Retry-After", transfer:header "trailer")
  end)

  it("stops at endless trailers", function()
    local head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    local line = "X-Trailer: " .. ("x"):rep(987) .. "\r\n" -- 1000 bytes
    assert.equal("{}", reply_with(head .. line:rep(250) .. "\r\n"):body())
    assert.equal("protocol", select(3, reply_with(head .. line:rep(270) .. "\r\n"):status()))
  end)

  it("ends a header at its line feed, and not at a bare carriage return", function()
    local transfer = reply_with "HTTP/1.1 200 OK\r\nX-One: a\rRetry-After: 5\r\nX-Two: b \t\r\nContent-Length: 2\r\n\r\n{}"
    assert.is_nil(transfer:header "retry-after")
    if transfer:status() then -- libcurl may refuse it
      assert.equal("b", transfer:header "x-two")
    end
  end)

  it("does not compare Content-Length with max_body when the reply has no such body", function()
    local head = "Content-Length: 99999999999\r\n\r\n"
    for _, line in ipairs { "204 No Content", "304 Not Modified" } do
      local transfer = reply_with("HTTP/1.1 " .. line .. "\r\n" .. head)
      assert.equal(tonumber(line:sub(1, 3)), (transfer:status()))
      assert.is_nil(transfer:failure())
      assert.equal("", transfer:body())
    end
    local chunked = reply_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" .. head .. "2\r\n{}\r\n0\r\n\r\n")
    if not chunked:failure() or chunked:failure().cause == "max_body" then -- libcurl may refuse both together
      assert.equal("{}", chunked:body())
    end
    assert.equal("too_large", select(3, reply_with("HTTP/1.1 200 OK\r\n" .. head):status()))
  end)

  it("returns an error status even if the headers break off or are invalid", function()
    for _, rest in ipairs {
      "", "X-A: b", "Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\n\r\n{}", "Content-Length: many\r\n\r\n{}",
      "Content-Length: -1\r\n\r\n{}", "X-Long: " .. ("x"):rep(150000) .. "\r\n\r\n", ("X-Many: y\r\n"):rep(30000) .. "\r\n",
    } do
      local transfer = reply_with("HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\n" .. rest)
      assert.equal(429, (transfer:status()))
      assert.equal("7", transfer:header "retry-after")
    end
    local cut = reply_with "HTTP/1.1 200 OK\r\nX-A: b"
    assert.equal("network", select(3, cut:status()))
    assert.is_nil(cut:failure().status)
    assert.equal("network", select(3, reply_with("HTTP/1.1 42"):status()))
  end)

  it("returns the status of a status line with any version", function()
    local status, _, kind = reply_with("HTTP/2.0 503 X\r\nContent-Length: 2\r\n\r\n{}"):status()
    assert.is_true(status == 503 or kind == "protocol", tostring(status))
  end)

  -- {} in gzip.
  local ZIPPED = "\31\139\8\0\0\0\0\0\0\3\171\174\5\0\67\191\166\163\2\0\0\0"

  it("drops the headers of an interim reply", function()
    local REPLY = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    for _, interim in ipairs { "100 Continue", "102 Processing", "103 Early Hints", "199 X" } do
      local transfer = reply_with("HTTP/1.1 " .. interim .. "\r\nRetry-After: 5\r\nX-Early: 1\r\n\r\n" .. REPLY)
      assert.equal(200, transfer:status())
      assert.is_nil(transfer:header "retry-after")
      assert.is_nil(transfer:header "x-early")
      assert.equal("{}", transfer:body())
    end
  end)

  it("ignores the length and the codings of an interim reply", function()
    for _, header in ipairs {
      "Content-Encoding: gzip, gzip", "Content-Encoding: gzip", "Content-Length: 99999999999",
    } do
      local transfer = reply_with("HTTP/1.1 103 Early Hints\r\n" .. header .. "\r\n\r\n"
        .. "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" .. ZIPPED)
      assert.equal(200, (transfer:status()))
      assert.equal("{}", transfer:body())
    end
  end)

  it("fails with kind 'network' when the headers after an interim reply break off", function()
    local REPLY = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
    for length = 0, #REPLY do
      if length % 6 == 0 or length == #REPLY then
        local _, _, kind = reply_with("HTTP/1.1 100 Continue\r\n\r\n" .. REPLY:sub(1, length)):status()
        assert.equal("network", kind)
      end
    end
  end)

  it("has no status after only an interim reply", function()
    local transfer = reply_with "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    assert.equal("network", select(3, transfer:status()))
    assert.is_nil(transfer:failure().status)
  end)

  it("is done after the headers of a reply to HEAD", function()
    for _, size in ipairs { 0, 100, 99999999999 } do
      local reply = ("HTTP/1.1 200 OK\r\nContent-Length: %.0f\r\n\r\n"):format(size)
      local transfer, sent = reply_with(reply, { method = "HEAD" }, true)
      assert.matches("^HEAD / HTTP/1%.1\r\n", sent)
      assert.equal(200, (transfer:status()))
      assert.equal("", transfer:body())
    end
  end)

  it("returns the HTTP version of the reply", function()
    assert.equal("1.0", reply_with("HTTP/1.0 200 OK\r\n\r\n{}"):timing().http_version)
    assert.equal("1.1", reply_with("HTTP/1.1 200 OK\r\n\r\n{}"):timing().http_version)
  end)

  it("has timing without a reply or a connection", function()
    local timing = exchange({ url = "http://127.0.0.1:1/" }):timing()
    assert.is_nil(timing.http_version)
    assert.is_false(timing.reused)
    assert.equal("127.0.0.1:1", timing.address)
    assert.same({ 0, 0, 0 }, { timing.tls, timing.first_byte, timing.bytes })
    timing = exchange({ url = "http://no-such-host.invalid/" }):timing()
    assert.is_false(timing.reused)
    assert.is_nil(timing.address)
  end)

  it("fails with kind 'too_large' when its body does not fit in memory", function()
    if os.getenv "KIND" == "asan" then
      return -- AddressSanitizer reserves more memory than the limit leaves
    end
    local interpreter = require "spec.support.interpreter"
    local scratch = require "spec.support.scratch"
    local place = scratch.open()
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\n\r\n", endless = (" "):rep(65536), times = 2 }
    place:write("program.lua", ([[
      local client = require("sigmamind").new { base_url = "%s", api_key = "%s", max_body = 2^31 - 1, timeout = 60 }
      local _, err = client.campaigns:page()
      print(err.kind, err.cause, #err.attempts)
    ]]):format(sandbox.url, sandbox.key))
    place:write("run.sh", ("ulimit -v 200000; exec %s '%s/program.lua'"):format(interpreter.command(), place.directory))
    local pipe = io.popen("sh '" .. place.directory .. "/run.sh' 2>&1")
    local output = pipe:read "*a"
    pipe:close()
    place:remove()
    assert.equal("too_large\tmemory\t1\n", output)
  end)

  it("refuses a body with more than one content coding", function()
    local head = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"
    for _, coding in ipairs {
      "content-encoding: gzip, gzip", "content-encoding: gzip\r\nContent-Encoding: deflate",
      "content-encoding: gzip\r\nHTTP/x: y\r\ncontent-encoding: gzip",
    } do
      sandbox:faults { raw = head .. coding .. "\r\n\r\n{}" }
      local _, _, kind = exchange({}):status()
      assert.equal("protocol", kind) -- libcurl since 8.0 refuses a transfer coding by itself
    end
  end)

  it("does not count the coding identity", function()
    for _, codings in ipairs {
      "content-encoding: identity", "content-encoding: IDENTITY, identity",
      "content-encoding: ,identity,\tidentity,\tidentity ,,", "content-encoding: identity\r\ncontent-encoding: identity",
      "x-content-encoding: gzip, gzip",
    } do
      local transfer = reply_with("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n" .. codings .. "\r\n\r\n{}")
      assert.equal(200, (transfer:status()))
      assert.equal("{}", transfer:body())
    end
    for _, codings in ipairs { "identity, gzip", "gzip, identity", "gzip\r\ncontent-encoding: identity" } do
      local head = "HTTP/1.1 200 OK\r\ncontent-length: 22\r\ncontent-encoding: "
      assert.equal("{}", reply_with(head .. codings .. "\r\n\r\n" .. ZIPPED):body())
    end
    local chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: gzip\r\n\r\n16\r\n"
    assert.equal("{}", reply_with(chunked .. ZIPPED .. "\r\n0\r\n\r\n"):body())
  end)

  it("fails with kind 'protocol' or 'network' for invalid chunks", function()
    sandbox:faults { raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x5\r\n{}" }
    local _, _, kind = exchange({}):status()
    assert.is_true(kind == "protocol" or kind == "network", kind)
  end)

  it("returns any body unchanged", function()
    sandbox:faults({ body = "<html>" }, { body = "[1]" }, { body = "" })
    for _, body in ipairs { "<html>", "[1]", "" } do
      assert.equal(body, exchange({}):body())
    end
  end)

  it("refuses header, line and URL injection", function()
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
    refuses({ headers = { "x" } }, "header names must be strings")
    refuses({ headers = 1 }, "headers must be a table")
    for _, limit in ipairs { "timeout", "connect_timeout", "stall_timeout" } do
      for _, bad in ipairs { 0, -0.001, -math.huge, 0 / 0, "x", true } do
        refuses({ [limit] = bad }, limit .. " must be a number above 0, or false")
      end
    end
    refuses({ url = 5 }, "url must be a string")
    refuses({ key = 5 }, "key must be a string")
    assert.error_matches(function() session:start {} end, "url must be a string")
    assert.error_matches(function() session:start() end, "table expected")
    assert.equal(0, #sandbox:log())
    session:close()
  end)
end)
