-- A request that the server must act on at most once: what arrived there, and what the client says became of
-- it, for each way in which it can fail. The table in doc/reliability.md is this one.

local collectable = require "spec.support.collectable"
local process = require "process"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"
local socket = require "socket"

local BIG = ("x"):rep(8 * 2 ^ 20) -- bytes: more than sockets buffer

local function reset(connection)
  connection:setoption("linger", { on = true, timeout = 0 })
  connection:close()
end

--- An action that sends a text, and closes the connection unless it is to be kept.
local function says(text, is_kept)
  return function(connection)
    connection:send(text)
    if not is_kept then
      connection:close()
    end
  end
end

local function status(code, headers)
  return says(("HTTP/1.1 %d Reason\r\n%sContent-Length: 0\r\n\r\n"):format(code, headers or ""), true)
end

--- What the server does with the whole request; how often it arrives with three attempts, the outcome, and the
--- kind of the error, unless that depends on the release of libcurl.
local FAULTS = {
  { "closes without a byte", function(connection) connection:close() end, 1, "unknown", "network" },
  { "resets", reset, 1, "unknown", "network" },
  { "closes within the status line", says "HTTP/1.1 2", 1, "unknown", nil },
  { "closes within a 2xx head", says "HTTP/1.1 201 Created\r\nContent-Le", 1, "unknown", "network" },
  { "closes after a 2xx head", says "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n", 1, "done", "network" },
  { "closes within a 2xx body", says "HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{\"a\"", 1, "done", "network" },
  { "sends a 2xx body that is not JSON", says(
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{", true), 1, "done", "decode" },
  { "sends a 2xx body above max_body",
    says("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", true), 1, "done", "too_large" },
  { "stalls after a 2xx head", says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true), 1, "done", "timeout" },
  { "is silent", function() end, 1, "unknown", "timeout" },
  { "is silent after 100 Continue", says("HTTP/1.1 100 Continue\r\n\r\n", true), 1, "unknown", "timeout" },
  { "sends no HTTP", says "220 mail ready\r\n\r\n", 1, "unknown", "protocol" },
  { "redirects (301)", status(301, "Location: /other\r\n"), 1, "unknown", "protocol" },
  { "redirects (307)", status(307, "Location: https://other.example/\r\n"), 1, "unknown", "protocol" },
  { "400", status(400), 1, "not_done", "http" },
  { "401", status(401), 1, "not_done", "auth" },
  { "403", status(403), 1, "not_done", "auth" },
  { "404", status(404), 1, "not_done", "http" },
  { "408", status(408), 1, "unknown", "http" },
  { "409", status(409), 1, "not_done", "http" },
  { "422", status(422), 1, "not_done", "http" },
  { "425", status(425), 1, "not_done", "http" },
  { "429", status(429), 3, "not_done", "rate_limit" },
  { "429, Retry-After: 1", status(429, "Retry-After: 1\r\n"), 3, "not_done", "rate_limit" },
  { "429, Retry-After: 3000", status(429, "Retry-After: 3000\r\n"), 1, "not_done", "rate_limit" },
  { "500", status(500), 1, "unknown", "http" },
  { "502", status(502), 1, "unknown", "http" },
  { "503", status(503), 1, "unknown", "http" },
  { "503, Retry-After: 1", status(503, "Retry-After: 1\r\n"), 1, "unknown", "http" },
  { "504", status(504), 1, "unknown", "http" },
  { "closes within the body of a 400", says "HTTP/1.1 400 Bad\r\nContent-Length: 9\r\n\r\n{", 1, "not_done", "http" },
}

local opened = {}

after_each(function()
  for i, each in ipairs(opened) do
    each:close()
    opened[i] = nil
  end
end)

--- A server of this file; it and the clients are closed after the spec.
local function new_peer(act)
  local peer = scripted.open(act)
  table.insert(opened, peer)
  return peer
end

local function new_client(peer, options)
  options = options or {}
  options.api_key, options.base_url = "k", options.base_url or peer.url
  options.runtime = options.runtime or peer:hurried()
  options.timeout = options.timeout or 0.5
  local client = sigmamind.new(options)
  table.insert(opened, 1, client)
  return client
end

local POST = { method = "POST", path = "/v1/calls", json = { toPhoneNumber = "+14155550100" } }

local function assert_failed(ok, err, outcome, kind)
  assert.is_nil(ok)
  assert.equal(outcome, err.outcome, tostring(err))
  assert.is_true(kind == nil or kind == err.kind, tostring(err))
  assert.is_true(err.outcome == "not_done" or not err.retryable)
  local is_hinted = (err.hint or ""):find("before you send it again", 1, true) ~= nil
  assert.equal(outcome == "unknown", is_hinted)
end

describe("a POST arrives once, unless it was refused with a 429, where the server", function()
  for _, fault in ipairs(FAULTS) do
    local what, act, arrived, outcome, kind = fault[1], fault[2], fault[3], fault[4], fault[5]
    it(("%s, and is %s"):format(what, outcome), function()
      local peer = new_peer(act)
      local client = new_client(peer)
      local ok, err = client:request(POST)
      assert_failed(ok, err, outcome, kind)
      assert.equal(arrived, peer:count "POST")
    end)
  end

  it("in doc/reliability.md, which says the same", function()
    local file = assert(io.open "doc/reliability.md")
    local text = file:read "*a"
    file:close()
    for _, fault in ipairs(FAULTS) do
      local row = ("\n| %s | %d | `%s` |"):format(fault[1], fault[3], fault[4])
      assert.is_truthy(text:find(row, 1, true), "doc/reliability.md lacks" .. row)
    end
  end)

  it("answers, beside connections that are open and then die", function()
    local peer = new_peer(function(connection, request)
      connection:send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
      if request.method == "POST" then
        reset(connection)
      end
    end)
    local client = new_client(peer)
    for _ = 1, 3 do
      assert.is_truthy(client:request { path = "/v1/calls" })
      client:request(POST)
    end
    assert.equal(3, peer:count "POST")
  end)

  it("resets while it is read", function()
    local peer = new_peer(function() end)
    local accept = peer.step
    function peer:step() -- the head arrives, and a part of the body
      accept(self)
      for _, connection in ipairs(self.connections) do
        if #connection.bytes > 1000 then
          reset(connection.client)
        end
      end
    end
    local client = new_client(peer, { timeout = 5 })
    local ok, err = client:request { method = "POST", path = "/v1/calls", body = BIG }
    assert_failed(ok, err, "unknown", "network")
    assert.equal(0, peer:count "POST")
    assert.equal(1, #peer.connections)
  end)
end)

describe("a POST that was never sent is not_done, and is sent again, where", function()
  it("nothing listens", function()
    local peer = new_peer(function() end)
    peer:close()
    local client = new_client(peer, { runtime = peer:hurried() })
    peer.step = function() end
    local ok, err = client:request(POST)
    assert_failed(ok, err, "not_done", "network")
    assert.is_true(err.retryable)
    assert.equal(3, #err.attempts)
  end)

  it("the TLS handshake gets no reply", function()
    local peer = new_peer(function() end)
    local client = new_client(peer, { base_url = peer.url:gsub("^http", "https") .. "" })
    local ok, err = client:request(POST)
    assert_failed(ok, err, "not_done", "timeout")
    assert.equal(3, #err.attempts)
  end)

  for what, reply in pairs {
    ["refuses the tunnel"] = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    ["fails to connect"] = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    ["is silent"] = "",
    ["breaks off"] = false,
  } do
    it("a proxy " .. what, function()
      local proxy = new_peer(function(connection)
        if reply then
          connection:send(reply)
        else
          connection:close()
        end
      end)
      local client = new_client(proxy, { base_url = "https://example.invalid", proxy = proxy.url })
      local ok, err = client:request(POST)
      assert.is_nil(ok)
      assert.equal("not_done", err.outcome)
      assert.equal(0, proxy:count "POST")
    end)
  end

  it("its deadline has passed, or an earlier 429 makes the client wait", function()
    local peer = new_peer(status(429, "Retry-After: 3000\r\n"))
    local client = new_client(peer)
    client:request { path = "/v1/calls" }
    local ok, err = client:request(POST)
    assert_failed(ok, err, "not_done", "rate_limit")
    assert.is_true(err.retryable)
    assert.equal(0, peer:count "POST")
  end)

  it("its second attempt is answered", function()
    local count = 0
    local peer = new_peer(function(connection)
      count = count + 1
      connection:send(count == 1 and "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"
        or "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    end)
    local client = new_client(peer)
    assert.equal(201, assert(client:request(POST)).status)
    assert.equal(2, peer:count "POST")
  end)
end)

describe("a POST that ends here", function()
  --- A peer that is silent, and a client whose wait calls `act` once the POST has arrived.
  local function interrupted(act)
    local peer = new_peer(function() end)
    local runtime, client = peer:runtime(), nil
    function runtime.wait(session, transfer)
      local deadline = socket.gettime() + 5
      while not transfer:done() do
        assert(socket.gettime() < deadline)
        if peer:count "POST" == 1 then
          act(client, transfer)
        end
        peer:step()
        session:poll(0.01)
      end
    end
    client = new_client(peer, { runtime = runtime, timeout = 4 })
    return peer, client
  end

  it("because the client is closed after it was sent is unknown", function()
    local peer, client = interrupted(function(client) client:close() end)
    local ok, err = client:request(POST)
    assert.is_nil(ok)
    assert.equal("unknown", err.outcome)
    assert.is_false(err.retryable)
    assert.equal(1, peer:count "POST")
  end)

  it("because the client is closed before it was sent is not_done", function()
    local peer = new_peer(function() end)
    local client
    client = new_client(peer, {
      on_event = function() client:close() end,
    })
    local ok, err = client:request(POST)
    assert_failed(ok, err, "not_done", "closed")
    assert.equal(0, peer:count "POST")
  end)

  it("by an error of the host arrived once, and is not sent again", function()
    local peer, client = interrupted(function() error "interrupted" end)
    assert.error_matches(function() client:request(POST) end, "interrupted")
    collectgarbage()
    collectgarbage()
    for _ = 1, 20 do
      peer:step()
      client.transport.session:poll(0.005)
    end
    assert.equal(1, peer:count "POST")
  end)

  it("with its coroutine arrived once, and is not sent again", function()
    local peer = new_peer(function() end)
    local runtime = peer:runtime()
    runtime.wait = function(session, transfer)
      while not transfer:done() do
        peer:step()
        session:poll(0.005)
        coroutine.yield()
      end
    end
    local client = new_client(peer, { runtime = runtime, timeout = 5 })
    local thread = coroutine.create(function() client:request(POST) end)
    local deadline = socket.gettime() + 5
    while peer:count "POST" == 0 and socket.gettime() < deadline do
      assert(coroutine.resume(thread))
    end
    local collected = false
    collectable(function() collected = true end)
    thread = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.is_true(collected)
    for _ = 1, 20 do
      peer:step()
      client.transport.session:poll(0.005)
    end
    assert.equal(1, peer:count "POST")
  end)

  it("with a task that is cancelled arrived once, and is not sent again", function()
    local peer = new_peer(function() end)
    local client = new_client(peer, { runtime = "tick", timeout = 5 })
    local task = client:spawn(function() return client:request(POST) end)
    local deadline = socket.gettime() + 5
    while peer:count "POST" == 0 and socket.gettime() < deadline do
      client:tick()
      peer:step()
    end
    task:cancel()
    for _ = 1, 20 do
      client:tick()
      peer:step()
    end
    assert.equal("cancelled", select(2, task:result()).kind)
    assert.equal(1, peer:count "POST")
  end)

  it("in a forked process is unknown there, and goes on in its parent", function()
    local peer = new_peer(function() end)
    local runtime, child = peer:runtime(), nil
    function runtime.wait(session, transfer)
      local deadline = socket.gettime() + 5
      while not transfer:done() do
        assert(socket.gettime() < deadline)
        if peer:count "POST" == 1 and not child then
          child = process.fork()
          if child ~= 0 then
            peer.connections[#peer.connections].client:send "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
          end
        end
        if child ~= 0 then
          peer:step()
        end
        session:poll(0.01)
      end
    end
    local client = new_client(peer, { runtime = runtime, timeout = 5 })
    local got, err = client:request(POST)
    if child == 0 then
      process.exit(err ~= nil and err.outcome == "unknown")
    end
    assert.equal(201, assert(got, tostring(err)).status)
    assert.equal(0, process.wait(child))
    assert.equal(1, peer:count "POST")
  end)
end)

describe("a request that is idempotent", function()
  local function failing_first(act)
    local count = 0
    return new_peer(function(connection, request)
      count = count + 1
      if count == 1 then
        return act(connection, request)
      end
      connection:send(request.method == "DELETE" and "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"
        or "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    end)
  end

  it("is sent again after a failure: PUT, DELETE, and what the caller says is", function()
    for _, given in ipairs { { method = "PUT" }, { method = "PATCH", idempotent = true } } do
      local peer = failing_first(status(503))
      local client = new_client(peer)
      given.path = "/v1/calls/call_1"
      assert.equal(200, assert(client:request(given)).status)
      assert.equal(2, #peer.requests)
    end
    local peer = failing_first(status(503))
    local client = new_client(peer)
    assert.equal("unknown", select(2, client:request { method = "PUT", path = "/p", idempotent = false }).outcome)
    assert.equal(1, #peer.requests)
  end)

  it("has succeeded where a repeated DELETE gets a 404, and not where the first one does", function()
    local peer = failing_first(status(502))
    local client = new_client(peer)
    assert.equal(404, assert(client:request { method = "DELETE", path = "/v1/calls/call_1" }).status)
    local ok, err = client:request { method = "DELETE", path = "/v1/calls/call_1" }
    assert_failed(ok, err, "not_done", "http")
  end)

  it("is sent again by the client, never by libcurl, which would not say so", function()
    local deletions = 0
    local peer = new_peer(function(connection, request)
      if request.method == "GET" then
        return connection:send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
      end
      deletions = deletions + 1
      if deletions == 1 then
        connection:close()
      else
        connection:send "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"
      end
    end)
    local client = new_client(peer)
    assert(client:request { path = "/v1/calls" })
    assert.equal(404, assert(client:request { method = "DELETE", path = "/v1/calls/call_1" }).status)
    assert.equal(2, peer:count "DELETE")
  end)

  it("is unknown where one of its attempts may have been acted on, and the last was not", function()
    local count = 0
    local peer = new_peer(function(connection)
      count = count + 1
      status(count == 1 and 500 or 400)(connection)
    end)
    local client = new_client(peer)
    local ok, err = client:request { method = "PUT", path = "/p", body = "" }
    assert_failed(ok, err, "unknown", "http")
    assert.equal(400, err.status)
    assert.equal(2, peer:count "PUT")
  end)
end)

describe("a POST beside a walk of the same client", function()
  local sandbox = server.shared { tls = true }

  for _, version in ipairs { "1.1", "2" } do
    it("arrives once, on a connection of its own, where the walk uses HTTP/" .. version, function()
      local client = sandbox:client {
        base_url = sandbox.https_url, ca_file = sandbox.ca_file, http_version = version, prefetch = 4,
      }
      sandbox:faults({ page = 2, go_away = true, times = 1 }, { page = 4, reset = true, times = 1 })
      local rows = 0
      for _ in client:campaigns { size = 10 } do
        rows = rows + 1
        if rows % 10 == 5 then
          local ok, err = client:request { method = "POST", path = "/v1/campaigns", json = {} }
          assert.is_nil(ok)
          assert.equal("not_done", err.outcome)
          assert.equal(400, err.status, tostring(err))
        end
      end
      assert.equal(125, rows)
      local posts = 0
      for _, each in ipairs(sandbox:log()) do
        posts = posts + (each.method == "POST" and 1 or 0)
      end
      assert.equal(13, posts)
      client:close()
    end)
  end
end)
