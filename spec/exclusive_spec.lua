-- Requests on which the server must act at most once: what libcurl does with them by itself, counted at
-- the server.

local core = require "sigmamind.core"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local socket = require "socket"

local sandbox = server.shared { tls = true }
local OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

--- A server that answers every GET, and does `act` with a POST.
local function server_with(act)
  return scripted.open(function(client, request)
    if request.method == "GET" then
      client:send(OK)
    else
      act(client, request)
    end
  end)
end

local function posts(list)
  local count = 0
  for _, request in ipairs(list) do
    count = count + (request.method == "POST" and 1 or 0)
  end
  return count
end

local function reset(client)
  client:setoption("linger", { on = true, timeout = 0 })
  client:close()
end

local function post(url, exclusive)
  return { url = url .. "/v1/calls", method = "POST", body = "{}", exclusive = exclusive, timeout = 5 }
end

--- The session has an idle connection to the server, and posts.
local function post_after_get(act, exclusive)
  local other, session = server_with(act), core.session()
  assert.equal(200, other:finish(session, session:start { url = other.url .. "/", timeout = 5 }):status())
  local transfer = other:finish(session, session:start(post(other.url, exclusive)))
  local arrived = posts(other.requests)
  session:close()
  other:close()
  return transfer, arrived
end

describe("session:start, a request that is exclusive", function()
  local DEATHS = {
    ["closed without a byte"] = function(client) client:close() end,
    ["reset"] = reset,
    ["closed within the status line"] = function(client)
      client:send "HTTP/1.1 2"
      client:close()
    end,
    ["closed after the head"] = function(client)
      client:send "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
      client:close()
    end,
  }

  for what, act in pairs(DEATHS) do
    it("arrives once where its connection is " .. what, function()
      local transfer, arrived = post_after_get(act, true)
      assert.equal(1, arrived)
      assert.equal("network", transfer:failure().kind)
      assert.is_true(transfer:sent())
    end)
  end

  it("opens a connection of its own, and another that is not takes the idle one", function()
    for _, exclusive in ipairs { true, false } do
      local numbers = {}
      local _, arrived = post_after_get(function(client, request)
        numbers[#numbers + 1] = request.number
        client:send(OK)
      end, exclusive)
      assert.equal(1, arrived)
      assert.same({ exclusive and 1 or 2 }, numbers)
    end
  end)

  it("is sent twice by libcurl where it is not exclusive", function()
    local _, arrived = post_after_get(function(client, request)
      if request.number > 1 then
        client:close()
      else
        client:send(OK)
      end
    end, false)
    assert.equal(2, arrived) -- should a release stop doing that, exclusive would cost nothing
  end)

  it("uses HTTP/1.1 where the session uses HTTP/2", function()
    local session = core.session { ca_file = sandbox.ca_file }
    for _, exclusive in ipairs { false, true } do
      local transfer = session:start {
        url = sandbox.https_url .. "/v1/campaigns", key = sandbox.key, exclusive = exclusive, timeout = 10,
      }
      while not transfer:done() do
        session:poll(1)
      end
      assert.equal(200, transfer:status())
      local version = transfer:timing().http_version
      assert.is_true(not exclusive or version == "1.1", version)
    end
    session:close()
  end)
end)

describe("transfer:sent", function()
  it("is false where no connection was made", function()
    local free = assert(socket.bind("127.0.0.1", 0))
    local _, port = free:getsockname()
    free:close()
    local session = core.session()
    local transfer = session:start { url = "http://127.0.0.1:" .. port .. "/", timeout = 5 }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal("network", transfer:failure().kind)
    assert.is_false(transfer:sent())
    session:close()
  end)

  it("is false where the TLS handshake got no reply", function()
    local other, session = scripted.open(function() end), core.session()
    local transfer = other:finish(session, session:start {
      url = other.url:gsub("^http", "https") .. "/", method = "POST", body = "{}", exclusive = true, timeout = 0.5,
    })
    assert.equal("timeout", transfer:failure().kind)
    assert.is_false(transfer:sent())
    session:close()
    other:close()
  end)

  for _, what in ipairs { "refuses", "is silent about" } do
    it("is false where a proxy " .. what .. " the tunnel", function()
      local proxy = scripted.open(function(client)
        if what == "refuses" then
          client:send "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        end
      end)
      local session = core.session { proxy = proxy.url }
      local transfer = proxy:finish(session, session:start {
        url = "https://example.invalid/", method = "POST", body = "{}", exclusive = true, timeout = 0.5,
      })
      assert.is_table(transfer:failure())
      assert.is_false(transfer:sent())
      session:close()
      proxy:close()
    end)
  end

  it("is true after a reply, and of a server that reads and says nothing", function()
    local transfer = post_after_get(function(client) client:send(OK) end, true)
    assert.equal(200, transfer:status())
    assert.is_true(transfer:sent())
    local other, session = scripted.open(function() end), core.session()
    local silent = post(other.url, true)
    silent.timeout = 0.5
    transfer = other:finish(session, session:start(silent))
    assert.equal("timeout", transfer:failure().kind)
    assert.is_true(transfer:sent())
    session:close()
    other:close()
  end)

  it("is known of a transfer that was cancelled or whose session was closed, before and after it was sent", function()
    for _, finish in ipairs { "cancel", "close" } do
      for _, polls in ipairs { false, true } do
        local other, session = scripted.open(function() end), core.session()
        local transfer = session:start(post(other.url, true))
        local deadline = socket.gettime() + 5
        while polls and #other.requests == 0 and socket.gettime() < deadline do
          session:poll(0.01)
          other:step()
        end
        if finish == "cancel" then
          transfer:cancel()
        else
          session:close()
        end
        assert.equal(polls, transfer:sent())
        session:close()
        other:close()
      end
    end
  end)
end)
