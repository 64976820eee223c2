-- Requests through a proxy, and the errors that name it.

local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local interpreter = require "spec.support.interpreter"
local listener = require "spec.support.listener"
local proxy_of = require "sigmamind.http.proxy"
local proxies = require "spec.support.proxy"
local recorder = require "spec.support.recorder"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local socket = require "socket"
local sigmamind = require "sigmamind"

local sandbox = server.shared { tls = true }

after_each(function()
  proxies.stop_all()
end)

local function client_through(url, options)
  local given =
    { base_url = sandbox.https_url, ca_file = sandbox.ca_file, proxy = url, runtime = recorder(), timeout = 10 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return sandbox:client(given)
end

--- All texts of an error.
local function all_of(err)
  local texts = { tostring(err), err.message, err.hint or "", err.body or "", err.code or "", err.location or "" }
  for _, attempt in ipairs(err.attempts) do
    texts[#texts + 1] = (attempt.message or "") .. (attempt.decision or "")
  end
  return table.concat(texts, "\n")
end

local REQUEST = [[
  local sigmamind = require "sigmamind"
  local client = sigmamind.new { base_url = "%s", api_key = "%s", ca_file = "%s", timeout = 10, proxy = %s }
  local page, err = client.campaigns:page()
  print(page and "a page" or err.kind, err and #err.attempts, err and err.retryable, err and err.hint)
  print(tostring(err), err and err.attempts[1].message)
]]

--- The output of a program that makes one request, with these environment variables.
local function request(environment, proxy)
  local place = scratch.open()
  local given = proxy and ("%q"):format(proxy) or "nil"
  place:write("request.lua", REQUEST:format(sandbox.https_url, sandbox.key, sandbox.ca_file, given))
  local clean = "https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY= no_proxy= NO_PROXY= "
  local output = interpreter.run("'" .. place.directory .. "/request.lua'", clean .. environment)
  place:remove()
  return output
end

describe("proxy, a proxy", function()
  it("gets a CONNECT without the key, and tunnels the reply", function()
    local through = proxies.start {}
    local client = client_through(through.url)
    assert.equal(10, assert(client.campaigns:page()):info().count)
    local heads = through:heads()
    assert.equal(1, #heads)
    assert.matches("^CONNECT 127%.0%.0%.1:%d+ HTTP/1%.1", heads[1])
    assert.is_nil(heads[1]:lower():find "api%-key")
    assert.is_nil(heads[1]:find(sandbox.key, 1, true))
    assert.is_nil(heads[1]:lower():find "\naccept:")
    client:close()
    through:stop()
  end)

  it("gets no header of a request in its CONNECT", function()
    local through = proxies.start {}
    local session = core.session { proxy = through.url, ca_file = sandbox.ca_file }
    local transfer = session:start {
      url = sandbox.https_url .. "/v1/campaigns", headers = { ["X-Ours"] = "S3cret" }, key = sandbox.key, timeout = 10,
    }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal(200, transfer:status())
    assert.equal(1, #through:heads())
    assert.is_nil(through:heads()[1]:lower():find "x%-ours")
    assert.is_nil(through:heads()[1]:lower():find "x%-api%-key")
    session:close()
    through:stop()
  end)

  it("may be https, with a private authority in ca_file", function()
    local place = scratch.open()
    local through = proxies.start { tls = true }
    os.execute(("cat '%s' '%s' >'%s/both.pem'"):format(sandbox.ca_file, through.certificate, place.directory))
    local client = client_through(through.url, { ca_file = place.directory .. "/both.pem" })
    assert.equal(10, assert(client.campaigns:page()):info().count)
    assert.equal(1, #through:heads())
    client:close()
    local wrong = client_through(through.url)
    local _, err = wrong.campaigns:page()
    assert.equal("tls", err.kind)
    assert.matches("^if the server's authority .*; the request goes through the proxy https://.* %(from ", err.hint)
    wrong:close()
    through:stop()
    place:remove()
  end)

  it("as an option ignores NO_PROXY; one of the environment obeys it", function()
    local through = proxies.start {}
    assert.matches("^a page", request("NO_PROXY='*' no_proxy='*'", through.url))
    assert.equal(1, #through:heads())
    assert.matches("^a page", request("NO_PROXY='*' no_proxy='*' https_proxy=" .. through.url))
    assert.equal(1, #through:heads())
    assert.matches("^a page", request("https_proxy=" .. through.url))
    assert.equal(2, #through:heads())
    through:stop()
  end)
end)

local function answer(status, headers)
  return ("HTTP/1.1 %s\r\n%scontent-length: 6\r\n\r\n<html>"):format(status, headers or "")
end

describe("proxy, a proxy that refuses the tunnel", function()
  local through

  for _, status in ipairs { 400, 403, 404, 407 } do
    it(("with %d is not retried, and the error names the proxy and its source"):format(status), function()
      through = proxies.start { answer = answer(status .. " No") }
      local client = client_through("http://user:S3cret@127.0.0.1:" .. through.port)
      local _, err = client.campaigns:page()
      assert.equal("config", err.kind)
      assert.equal("proxy_refused", err.cause)
      assert.is_false(err.retryable)
      assert.is_nil(err.status)
      assert.equal(1, #through:heads())
      assert.matches(tostring(status), err.message)
      assert.matches("http://127.0.0.1:" .. through.port .. " %(from the option proxy%)", err.hint)
      assert.is_nil(all_of(err):find "S3cret")
      client:close()
      local output = request("https_proxy=http://user:S3cret@127.0.0.1:" .. through.port)
      assert.matches("^config%s+1%s+false", output)
      assert.matches("%(from https_proxy%)", output)
      assert.is_nil(output:find "S3cret")
      assert.equal(status == 407, err.hint:find("check user and password", 1, true) ~= nil)
    end)
  end

  it("with 408 is retried", function()
    through = proxies.start { answer = answer("408 No") }
    local client = client_through(through.url, { attempts = 2 })
    local _, err = client.campaigns:page()
    assert.equal("network", err.kind)
    assert.equal("proxy_failed", err.cause)
    assert.is_true(err.retryable)
    assert.equal(2, #through:heads())
    client:close()
  end)

  it("with 429 delays the client for its Retry-After", function()
    through = proxies.start { answer = answer("429 No", "retry-after: 7\r\n") }
    local runtime = recorder()
    local client = client_through(through.url, { attempts = 2, runtime = runtime })
    local _, err = client.campaigns:page()
    assert.equal("rate_limit", err.kind)
    assert.equal(7, err.retry_after)
    assert.equal(2, #through:heads())
    assert.is_true(runtime.sleeps[1] >= 7)
    client:close()
  end)

  it("with 503 is retried after its Retry-After", function()
    through = proxies.start { answer = answer("503 No", "retry-after: 3\r\n") }
    local runtime = recorder()
    local client = client_through(through.url, { attempts = 2, runtime = runtime })
    local _, err = client.campaigns:page()
    assert.equal("network", err.kind)
    assert.is_true(err.retryable)
    assert.equal(2, #through:heads())
    assert.is_true(runtime.sleeps[1] >= 3)
    client:close()
  end)

  it("for plain http with 407 is not retried", function()
    through = proxies.start { answer = answer("407 Proxy Authentication Required") }
    local client = client_through(through.url, { base_url = sandbox.url })
    local _, err = client.campaigns:page()
    assert.equal("config", err.kind)
    assert.equal(407, err.status)
    assert.is_false(err.retryable)
    assert.equal(1, #through:heads())
    assert.matches("http://127.0.0.1:" .. through.port .. " %(from the option proxy%)", err.hint)
    client:close()
  end)
end)

describe("proxy, a proxy of the environment that libcurl cannot use", function()
  for _, url in ipairs {
    "foo://user:S3cret@127.0.0.1:9", "http://user:S3cret/9x@127.0.0.1:9", "http://user:S3cret?9x@127.0.0.1:9",
    "http://user:S3cret#9x@127.0.0.1:9", "http://user:S3 cret@127.0.0.1:9", "http://user:S3cret@127.0.0.1:99999",
    "http://user:p@S3cret#word@127.0.0.1:9", "http://user:S3cret@127.0.0.1 2:9", "user:S3cret/x@127.0.0.1:9",
  } do
    it("fails with kind 'config', and shows no password: " .. url, function()
      local output = request(("https_proxy='%s'"):format(url))
      local minor = tonumber(core.version().curl:match "^7%.(%d+)")
      if not (url:find "S3 cret" and minor and minor < 75) then -- libcurl before 7.75 accepts blanks, and connects
        assert.matches("^config%s+1%s+false", output)
        assert.matches("https_proxy", output)
      end
      assert.is_nil(output:find "S3")
      assert.is_nil(output:find "cret")
      assert.is_nil(output:find "9x")
    end)
  end
end)

describe("proxy, the reply of a proxy to CONNECT", function()
  it("leaves no header on the transfer when the tunnel was made and the request then fails", function()
    for _, status in ipairs { "200 ok", "204 No", "299 Yes" } do
      local through = proxies.start { answer = "HTTP/1.1 " .. status .. "\r\nx-proxy: 1\r\nretry-after: 5\r\n\r\n" }
      local session = core.session { proxy = through.url, ca_file = sandbox.ca_file }
      local transfer = session:start { url = sandbox.https_url .. "/", key = sandbox.key, timeout = 10 }
      while not transfer:done() do
        session:poll(1)
      end
      assert.is_nil((transfer:status()))
      assert.is_nil(transfer:header "x-proxy")
      assert.is_nil(transfer:header "retry-after")
      session:close()
      through:stop()
    end
  end)

  it("leaves its headers on the transfer when the proxy refused the tunnel", function()
    local through = proxies.start { answer = "HTTP/1.1 503 no\r\nx-proxy: 1\r\ncontent-length: 0\r\n\r\n" }
    local session = core.session { proxy = through.url }
    local transfer = session:start { url = sandbox.https_url .. "/", key = sandbox.key, timeout = 10 }
    while not transfer:done() do
      session:poll(1)
    end
    assert.is_nil((transfer:status()))
    assert.equal("1", transfer:header "x-proxy")
    session:close()
    through:stop()
  end)
end)

describe("proxy, plain http", function()
  -- 192.0.2.1 is reserved (RFC 5737), and neither libcurl nor NO_PROXY exempts it.
  local PROGRAM = [[
    local core = require "sigmamind.core"
    local session = core.session { proxy = %s }
    local transfer = session:start { url = "%s192.0.2.1/x", key = "S3cret", timeout = 1 }
    while not transfer:done() do
      session:poll(1)
    end
    print(select(3, transfer:status()))
  ]]

  --- The bytes that a listener gets when `variable` has its URL; nil if nothing connected.
  local function bytes_to_proxy(variable, scheme, given)
    local port, place = listener.open(), scratch.open()
    local url = "http://127.0.0.1:" .. port.port
    place:write("start.lua", PROGRAM:format(given and ("%q"):format(url) or "nil", scheme))
    local clean = "http_proxy= https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY= no_proxy= NO_PROXY= "
    local output = interpreter.run("'" .. place.directory .. "/start.lua'", clean .. variable .. "=" .. url)
    assert.matches("^%l+\n$", output)
    place:remove()
    local came = #socket.select({ port.server }, nil, 0) > 0
    local bytes = came and port:accept() or nil
    port:close()
    return bytes
  end

  it("does not use a proxy of the environment, which would see the key", function()
    for _, variable in ipairs { "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY" } do
      assert.is_nil(bytes_to_proxy(variable, "http://"))
    end
    for _, scheme in ipairs { "HTTP://", "Http://", "hTTP:" } do
      assert.is_nil(bytes_to_proxy("http_proxy", scheme))
    end
  end)

  it("uses the proxy of the option", function()
    local bytes = bytes_to_proxy("no_proxy='*' http_proxy", "http://", true)
    assert.matches("^GET http://192%.0%.2%.1/x HTTP/1%.1\r\n", bytes)
    assert.matches("\r\nX%-API%-Key: S3cret\r\n", bytes)
  end)

  it("does not affect https, which uses a proxy of the environment by a CONNECT without the key", function()
    for _, variable in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      local bytes = bytes_to_proxy(variable, "https://")
      assert.matches("^CONNECT 192%.0%.2%.1:443 HTTP/1%.1\r\n", bytes)
      assert.is_nil(bytes:find("S3cret", 1, true))
    end
  end)
end)

describe("proxy, a variable of the environment", function()
  it("counts as unset when it is empty, as in libcurl", function()
    local output = request "https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY=foo://user:S3cret@127.0.0.1:9"
    assert.matches("^config%s+1%s+false", output)
    assert.matches("the proxy from ALL_PROXY", output)
    assert.is_nil(output:find "S3cret")
    output = request "https_proxy= HTTPS_PROXY=http://user:S3cret@127.0.0.1:1"
    assert.matches("http://127.0.0.1:1 %(from HTTPS_PROXY%)", output)
  end)

  for _, names in ipairs {
    "'*'", "127.0.0.1", "'example.com, 127.0.0.1'", "'a.example,,127.0.0.1'",
  } do
    it(("no_proxy, as %s, makes the request bypass the proxy"):format(names), function()
      for _, variable in ipairs { "no_proxy", "NO_PROXY" } do
        for _, url in ipairs { "http://127.0.0.1:1", "foo://user:S3cret@127.0.0.1:9" } do
          assert.matches("^a page", request(("%s=%s https_proxy=%s"):format(variable, names, url)))
        end
      end
    end)
  end

  --- The output of a program whose request goes to a closed port of `host`.
  local function request_closed_port(environment, host)
    local place = scratch.open()
    place:write("request.lua", REQUEST:format("https://" .. host .. ":1", "key", sandbox.ca_file, "nil"))
    local clean = "https_proxy= HTTPS_PROXY= all_proxy= ALL_PROXY= no_proxy= NO_PROXY= "
    local output = interpreter.run("'" .. place.directory .. "/request.lua'", clean .. environment)
    place:remove()
    return output
  end

  it("no_proxy that names the host keeps the proxy out of the error", function()
    for _, names in ipairs {
      "'*'", "API.invalid", ".invalid", "invalid", "'x, .INVALID'", "api.invalid.", "v1.api.invalid,api.invalid",
    } do
      for _, url in ipairs { "http://user:S3cret@127.0.0.1:1", "foo://user:S3cret@127.0.0.1:9" } do
        local output = request_closed_port(("no_proxy=%s https_proxy=%s"):format(names, url), "api.invalid")
        assert.matches("^network", output, names)
        assert.is_nil(output:find("proxy", 1, true), output)
        assert.is_nil(output:find("S3cret", 1, true))
      end
    end
  end)

  it("no_proxy that does not name the host leaves the proxy in the error", function()
    for _, names in ipairs { "pi.invalid", "v1.api.invalid", "'x,*'", "api.invalid.example", "api", "127.0.0.1" } do
      local output = request_closed_port(("no_proxy=%s https_proxy=http://127.0.0.1:1"):format(names), "api.invalid")
      assert.matches("through the proxy http://127.0.0.1:1 %(from https_proxy%)", output, names)
    end
    local minor = tonumber(core.version().curl:match "^7%.(%d+)")
    if not minor or minor >= 86 then -- older versions of libcurl compare the ends of addresses, too
      local output = request_closed_port("no_proxy=0.0.1,.0.0.1 https_proxy=foo://127.0.0.1:9", "127.0.0.1")
      assert.matches("the proxy from https_proxy cannot be used", output)
    end
  end)
end)

describe("proxy, a failure behind a proxy", function()
  it("names the proxy when it is silent", function()
    local silent = listener.open()
    local client = client_through("http://127.0.0.1:" .. silent.port, { timeout = 0.3, attempts = 1 })
    local _, err = client.campaigns:page()
    assert.equal("timeout", err.kind)
    assert.matches("^try again later", err.hint)
    assert.matches("; the request goes through the proxy http://127%.0%.0%.1:%d+ %(from the option proxy%)$", err.hint)
    client:close()
    silent:close()
  end)

  it("names the proxy when its tunnel leads to a server without TLS", function()
    local through = proxies.start { answer = "HTTP/1.1 200 Yes\r\n\r\n<html>no TLS here</html>" }
    local client = client_through(through.url, { attempts = 1 })
    local _, err = client.campaigns:page()
    assert.equal("network", err.kind)
    assert.matches("; the request goes through the proxy http://127%.0%.0%.1:%d+ %(from the option proxy%)$", err.hint)
    client:close()
    through:stop()
  end)

  it("names the port 1080, libcurl's default, when the proxy URL has none", function()
    assert.equal("http://127.0.0.1:1080", proxy_of.shown "http://user:S3cret@127.0.0.1")
    assert.equal("socks5://127.0.0.1:1080", proxy_of.shown "socks5://127.0.0.1/")
    assert.equal("https://127.0.0.1:443", proxy_of.shown "https://127.0.0.1")
    assert.equal("http://[::1]:80", proxy_of.shown "[::1]:80")
  end)
end)

describe("proxy, the password of a proxy", function()
  local ECHOED = "user:S3cret S3cret dXNlcjpTM2NyZXQ= http://user:S3cret@p/ user\\u003aS3cret"

  local function assert_clean(err)
    assert.is_nil(all_of(err):lower():find("s3cret", 1, true), all_of(err))
    assert.is_nil(all_of(err):lower():find("dxnlcjptm2nyzxq", 1, true), all_of(err))
  end

  local function get_echo(status, content_type, body, headers)
    local head = ("HTTP/1.1 %s\r\ncontent-type: %s\r\n%scontent-length: %d\r\n\r\n%s")
    local through = proxies.start { answer = head:format(status, content_type, headers or "", #body, body) }
    local client =
      client_through("http://user:S3cret@127.0.0.1:" .. through.port, { base_url = sandbox.url, attempts = 1 })
    local _, err = client.campaigns:page()
    client:close()
    through:stop()
    return err
  end

  it("is redacted in the error body of a proxy for plain http", function()
    for _, text in ipairs { ECHOED, ("."):rep(2040) .. "user:S3cret", ("."):rep(2040) .. "dXNlcjpTM2NyZXQ=" } do
      for _, status in ipairs { "403 No", "407 No", "502 No" } do
        local json = ('{"message":"%s","code":"%s"}'):format(text, text)
        assert_clean(get_echo(status, "application/json", json))
        assert_clean(get_echo(status, "text/html; charset=S3cret", text))
      end
    end
    local err = get_echo("403 No", "application/json", '{"message":"user S3cret may not","error":"S3cret"}')
    assert.equal("user *** may not", err.message)
    assert.equal("***", err.code)
    err = get_echo("403 No", "text/S3cret", "")
    assert.matches("with text/%*%*%*$", err.message)
  end)

  it("is redacted when the body or Content-Type of a 200 contains it", function()
    for _, body in ipairs { ECHOED, '{"data":"S3cret"}' } do
      local err = get_echo("200 OK", "text/S3cret", body)
      assert.is_truthy(err.body)
      assert_clean(err)
    end
  end)

  it("is redacted in err.location", function()
    for _, location in ipairs {
      "http://user:S3cret@127.0.0.1:3128/login", "//user:S3cret@portal/login", "/login/S3cret/dXNlcjpTM2NyZXQ=",
    } do
      assert_clean(get_echo("302 No", "text/html", ECHOED, "location: " .. location .. "\r\n"))
    end
  end)

  it("is redacted in libcurl's messages", function()
    local way = { url = "http://us%40er:S3cret%2F@127.0.0.1:1", from = "https_proxy", is_used = true }
    for _, words in ipairs { "us%40er:S3cret%2F", "us@er:S3cret/", "S3cret/", "dXNAZXI6UzNjcmV0Lw==" } do
      local failure = { kind = "network", cause = "connect", sentence = "no connection", words = "to " .. words }
      assert.equal("no connection: to ***", errors.reporter("GET", "/", "key", way):failure(failure).message)
    end
    way = { url = "http://S3cret@127.0.0.1:1", from = "https_proxy", is_used = true } -- a token as user
    local failure = { kind = "network", cause = "connect", sentence = "no connection", words = "by S3cret" }
    assert.equal("no connection: by ***", errors.reporter("GET", "/", "key", way):failure(failure).message)
  end)

  it("is not searched for in the client's own messages", function()
    for _, userinfo in ipairs { "user:connection", "user:the", "user:o", ":", ":k", "k:", "check:proxy" } do
      local url = ("http://%s@127.0.0.1:1"):format(userinfo)
      local client = client_through(url, { attempts = 1, api_key = "no " .. "connection" })
      local _, err = client.campaigns:page()
      assert.matches("^no connection could be made: ", err.message)
      assert.matches("^check base_url and the network; the request goes through the proxy ", err.hint)
      client:close()
    end
    local client = client_through("http://127.0.0.1:1", { attempts = 1, api_key = "k" })
    local _, err = client.campaigns:page()
    assert.is_nil(all_of(err):find("*", 1, true))
    client:close()
  end)

  it("is not in the hint of a local failure, and neither is the proxy", function()
    local way = { url = "http://user:ab@127.0.0.1:1", from = "https_proxy", is_used = true }
    for cause, is_local in pairs { descriptors = true, engine = true, ca_file = true, libcurl = true, connect = false } do
      local failure = { kind = cause == "ca_file" and "tls" or "network", cause = cause, sentence = "s", words = "w" }
      local hint = errors.reporter("GET", "/", "key", way):failure(failure).hint or ""
      assert.equal(is_local, not hint:find "through the proxy", cause)
      assert.not_matches("user:ab", hint)
    end
  end)

  it("of one or two characters is redacted only next to its user", function()
    local way = { url = "http://user:ab@127.0.0.1:1", from = "https_proxy", is_used = true }
    local failure = { kind = "network", cause = "connect", sentence = "ab", words = "able user:ab dXNlcjphYg==" }
    assert.equal("ab: able *** ***", errors.reporter("GET", "/", "key", way):failure(failure).message)
  end)

  it("is absent when libcurl cannot resolve a proxy's name: its message is left out", function()
    local session = core.session { proxy = "http://user:p@no-such-S3cret.invalid:9" }
    local transfer = session:start { url = "http://127.0.0.1:1/", timeout = 10 }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal("proxy", transfer:failure().cause)
    assert.is_nil(transfer:failure().message:find "S3cret")
    assert.is_nil(transfer:failure().words)
    session:close()
  end)

  it("is in no error when nothing listens at the proxy's address", function()
    for _, url in ipairs {
      "http://user:S3cret@127.0.0.1:1", "https://user:S3cret@127.0.0.1:1", "socks5://user:S3cret@127.0.0.1:1",
      "socks4://user:S3cret@127.0.0.1:1", "http://user:S3cret@no-such-host.invalid:1",
      "http://us%40er:S3cret%2F@127.0.0.1:1",
    } do
      local client = client_through(url, { attempts = 1 })
      local _, err = client.campaigns:page()
      assert.equal("network", err.kind)
      assert.matches("%(from the option proxy%)", err.hint)
      assert.is_nil(all_of(err):find "S3cret")
      client:close()
    end
  end)

  it("is in no table of a client", function()
    local client = sigmamind.new { api_key = "k", proxy = "http://user:S3cret@127.0.0.1:9" }
    local seen = {}
    local function look(value)
      if type(value) == "string" then
        assert.is_nil(value:find "S3cret")
      elseif type(value) == "table" and not seen[value] then
        seen[value] = true
        for name, field in next, value do
          look(name)
          look(field)
        end
      end
    end
    look(client)
    client:close()
  end)
end)
