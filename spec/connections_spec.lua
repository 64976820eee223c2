-- The connection of a request: a dead one is dropped, an old one is replaced, and an address that gave no
-- reply is skipped.

local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local names = require "spec.support.names"
local relay = require "spec.support.relay"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local socket = require "socket"

local sandbox = server.shared { tls = true }

--- Whether libcurl is at least this release.
local function is_at_least(major, minor)
  local a, b = core.version().curl:match "^(%d+)%.(%d+)"
  a, b = tonumber(a), tonumber(b)
  return a > major or a == major and b >= minor
end

--- A client, and the list of its events.
local function client_of(url, options)
  local events = {}
  local given = { base_url = url, ca_file = sandbox.ca_file, timeout = 1, attempts = 2 }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  given.on_event = function(event)
    events[#events + 1] = event
  end
  return sandbox:client(given), events
end

local function port_of(url)
  return tonumber(url:match ":(%d+)$")
end

describe("core.session, a connection that died silently", function()
  local between

  after_each(function()
    between:stop()
  end)

  for _, version in ipairs { "2", "1.1" } do
    it("over HTTP/" .. version .. " costs one attempt and no other request", function()
      between = relay.start(port_of(sandbox.https_url))
      local client, events = client_of("https://localhost:" .. between.port, { http_version = version })
      assert(client.campaigns:page())
      assert.equal(version, events[2].http_version)
      between:swallow()
      assert(client.campaigns:page())
      local failed, replied = events[5], events[8] -- after request, reply, done, request
      assert.equal("failure", failed.name)
      assert.equal("timeout", failed.error.kind)
      assert.is_true(failed.reused)
      assert.equal("127.0.0.1:" .. between.port, failed.address)
      assert.equal("reply", replied.name)
      assert.is_false(replied.reused)
      assert(client.campaigns:page())
      assert.equal(12, #events)
      client:close()
    end)
  end

  it("is also dropped for the requests that were in flight beside the failed one", function()
    between = relay.start(port_of(sandbox.https_url))
    local url = "https://localhost:" .. between.port .. "/v1/campaigns"
    local session = core.session { ca_file = sandbox.ca_file }
    local function start(timeout)
      return session:start { url = url, key = sandbox.key, timeout = timeout }
    end
    local function finish(transfer)
      while not transfer:done() do
        session:poll(1)
      end
      return transfer
    end
    finish(start(10))
    between:swallow()
    local first, second = start(0.5), start(6)
    assert.is_nil((finish(first):status()))
    local later = core.now() + 2.5 -- the age does not apply to a connection in use
    while core.now() < later do
      session:poll(0.1)
    end
    assert.is_false(second:done())
    assert.equal(200, finish(start(5)):status())
    second:cancel() -- which makes its connection look recently used
    assert.equal(200, finish(start(5)):status())
    session:close()
  end)

  it("causes no storm of connections, however many requests follow at once", function()
    between = relay.start(port_of(sandbox.https_url))
    local client = client_of("https://localhost:" .. between.port, { timeout = 1 })
    assert(client.campaigns:page())
    between:swallow()
    for _ = 1, 100 do
      assert(client.campaigns:page { size = 1 })
    end
    assert.is_true(between:count() <= 40, between:count())
    client:close()
  end)

  it("is dropped after a stall_timeout, too", function()
    between = relay.start(port_of(sandbox.https_url))
    local client, events = client_of("https://localhost:" .. between.port, { timeout = 20, stall_timeout = 1 })
    assert(client.campaigns:page())
    between:swallow()
    assert(client.campaigns:page())
    assert.equal("timeout", events[5].error.kind)
    client:close()
  end)
end)

describe("core.session, retire_idle", function()
  local function exchange(session)
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns?size=1", key = sandbox.key, timeout = 10 }
    while not transfer:done() do
      session:poll(1)
    end
    assert.equal(200, (transfer:status()))
    return transfer:timing().reused
  end

  it("prevents the reuse of connections that were open then, but not of later ones", function()
    local sessions, began = {}, core.now()
    for i = 1, 4 do
      sessions[i] = core.session {}
      assert.is_false(exchange(sessions[i]))
      assert.is_true(exchange(sessions[i]))
      assert.is_true(sessions[i]:retire_idle())
    end
    for i, seconds in ipairs { 0, 1.2, 2.1, 3.2 } do
      core.sleep(math.max(0, began + seconds + 0.1 - core.now()))
      assert.is_false(exchange(sessions[i]), seconds)
      if seconds > 2 then -- before, libcurl cannot distinguish old and new connections
        assert.is_true(exchange(sessions[i]), seconds)
      end
      sessions[i]:close()
    end
  end)

  it("returns true when no connection is open", function()
    local session = core.session {}
    assert.is_true(session:retire_idle())
    assert.is_false(exchange(session))
    session:close()
  end)
end)

--- The number of connections, by the sandbox's log, of the requests since the last clear.
local function connections()
  local ids, count = {}, 0
  for _, entry in ipairs(sandbox:log()) do
    count = count + (ids[entry.connection] and 0 or 1)
    ids[entry.connection] = true
  end
  return count
end

describe("core.session, a connection that gets old is replaced", function()
  --- Sends requests for `seconds`; with a `width` of 2 the connection is never idle.
  local function keep_busy(url, seconds, width)
    local session = core.session { ca_file = sandbox.ca_file, max_age = 1 }
    local flying, ends = {}, core.now() + seconds
    local function start()
      flying[#flying + 1] = session:start { url = url .. "/v1/campaigns?size=1", key = sandbox.key, timeout = 10 }
    end
    start()
    while core.now() < ends do
      if #flying < width then
        start()
      end
      session:poll(0.05)
      if flying[1]:done() then
        assert.equal(200, (table.remove(flying, 1):status()))
        if width == 1 then
          start()
        end
      end
    end
    session:close()
  end

  for scheme, width in pairs { url = 1, https_url = 2 } do
    local how = width == 1 and "busy with one request after another (http)" or "never idle (HTTP/2)"
    it("when it is " .. how, function()
      sandbox:faults { delay = 0.1, times = -1 }
      keep_busy(sandbox[scheme], 2.6, width)
      local requests = #sandbox:log()
      local count = connections()
      assert.is_true(count >= 2, count)
      if is_at_least(7, 80) then -- older versions replace a connection only every two seconds
        assert.is_true(count <= requests / 2, count)
      end
    end)
  end

  it("and not before: by default one connection serves all requests", function()
    local client = client_of(sandbox.https_url)
    for _ = 1, 5 do
      assert(client.campaigns:page())
    end
    assert.equal(1, connections())
    client:close()
  end)
end)

-- Loopback addresses that nothing else uses. The system keeps their order, because all share a prefix of the
-- same length with the sender's address (RFC 6724 section 5, rule 9).
local DEAD, LIVING = { "127.0.0.11", "127.0.0.12", "127.0.0.13" }, "127.0.0.14"

--- A listener that accepts no connection. With `full`, its queue is full, too, so that the system drops
--- new connections without a reply.
local function open_dead(address, port, full)
  local held = { assert(socket.tcp()) }
  held[1]:setoption("reuseaddr", true)
  assert(held[1]:bind(address, port))
  assert(held[1]:listen(full and 0 or 8))
  for i = 2, full and 5 or 1 do
    held[i] = socket.tcp()
    held[i]:settimeout(0)
    held[i]:connect(address, port)
  end
  return held
end

local PROGRAM = [[
  local sigmamind = require "sigmamind"
  local client = sigmamind.new {
    base_url = "http://many.test:%d", allow_http = true, api_key = "%s", %s,
    on_event = function(event)
      if event.name == "failure" or event.name == "reply" then
        io.write(event.name, " ", tostring(event.address), " ", event.error and event.error.kind or "", "\n")
      end
    end,
  }
  local page, err = client.campaigns:page()
  print(page and "done" or tostring(err))
]]

--- The output of a program that requests a page of many.test, which has these addresses.
local function request_many(addresses, full, options)
  local between = relay.start(port_of(sandbox.url), LIVING)
  local dead, hosts = {}, {}
  for i, address in ipairs(addresses) do
    hosts[i] = address .. " many.test"
    dead[i] = address ~= LIVING and open_dead(address, between.port, full) or {}
  end
  local program = PROGRAM:format(between.port, sandbox.key, options)
  local output = names.run(program, table.concat(hosts, "\n") .. "\n")
  for _, held in ipairs(dead) do
    for _, one in ipairs(held) do
      one:close()
    end
  end
  local address = ("%s:%d"):format(LIVING, between.port)
  between:stop()
  return output, address
end

describe("core.session, of several addresses", function()
  if not names.can_run() then
    pending "needs permission for a mount namespace, for a hosts file"
    return
  end

  it("a silent one does not hide the next, which is reached within connect_timeout", function()
    local output, living = request_many({ DEAD[1], LIVING }, true, "connect_timeout = 3, attempts = 1")
    assert.equal(("reply %s \ndone\n"):format(living), output)
  end)

  it("three silent ones do not hide the fourth: the second attempt reaches it", function()
    local addresses = { DEAD[1], DEAD[2], DEAD[3], LIVING }
    local output, living = request_many(addresses, true, "connect_timeout = 4, attempts = 2")
    assert.matches(("reply %s \ndone\n$"):format(living:gsub("%p", "%%%0")), output)
  end)

  it("the second attempt starts with the next one, when the first accepted the connection and was silent", function()
    local output, living = request_many({ DEAD[1], LIVING }, false, "timeout = 1, attempts = 2")
    local first = living:gsub("^[%d.]+", DEAD[1])
    assert.equal(("failure %s timeout\nreply %s \ndone\n"):format(first, living), output)
  end)
end)

describe("core.session, the only live address", function()
  if not names.can_run() then
    pending "needs permission for a mount namespace, for a hosts file"
    return
  end

  it("is tried again by the attempt after a failed one, after the other addresses", function()
    sandbox:faults { reset = true }
    local output, living = request_many({ LIVING, DEAD[1] }, true, "connect_timeout = 1, attempts = 2")
    assert.equal(("failure %s network\nreply %s \ndone\n"):format(living, living), output)
    sandbox:clear()
    sandbox:faults { silent = true }
    output, living = request_many({ LIVING, DEAD[1] }, true, "timeout = 1, attempts = 2")
    assert.equal(("failure %s timeout\nreply %s \ndone\n"):format(living, living), output)
  end)

  it("is reached in the second attempt when it had the least time in the first", function()
    local addresses = { DEAD[1], DEAD[2], DEAD[3], LIVING }
    local output, living = request_many(addresses, true, "connect_timeout = 2, attempts = 2")
    assert.matches(("reply %s \ndone\n$"):format(living:gsub("%p", "%%%0")), output)
  end)
end)

describe("core.session, an address that gave no reply", function()
  it("is tried again when there is no other", function()
    sandbox:faults { reset = true, times = 2 }
    local client, events = client_of(sandbox.url, { attempts = 3 })
    assert(client.campaigns:page())
    assert.equal(3, events[#events].attempt)
    assert.equal(3, #sandbox:log())
    client:close()
  end)
end)

describe("core.session, a connection that is reset under TLS", function()
  local PROGRAM_OF_RESETS = [[
    local relay = require("spec.support.relay").of(%d)
    local client = require("sigmamind").new {
      base_url = "https://localhost:%d", api_key = "%s", ca_file = "%s", http_version = "%s", timeout = 10, attempts = 3,
    }
    for i = 1, 4 do
      assert(client.campaigns:page { page = i })
      relay:reset()
      %s
      local page, err = client.campaigns:page { page = i, size = 100 }
      print(page and "a page" or err.kind)
    end
    client:close()
    print "closed"
  ]]

  -- Code between the reset and the next request: none, a poll of the sockets, or the close of another client.
  local PAUSES = {
    ["at once"] = "",
    ["after a while"] = 'require("sigmamind.core").sleep(0.2)',
    ["with other clients that are closed"] = [[
      local other = require("sigmamind").new {
        base_url = client.options.base_url, api_key = "k", ca_file = client.options.ca_file,
        http_version = "1.1", timeout = 10,
      }
      other.campaigns:page()
      relay:reset()
      other:close()
    ]],
  }

  for name, pause in pairs(PAUSES) do
    for _, version in ipairs { "1.1", "2" } do
      it(("does not end the program by SIGPIPE: %s, HTTP/%s"):format(name, version), function()
        local between = relay.start(port_of(sandbox.https_url))
        local place = scratch.open()
        place:write("program.lua", PROGRAM_OF_RESETS:format(
          between.control, between.port, sandbox.key, sandbox.ca_file, version, pause))
        local output, ok = interpreter.run("'" .. place.directory .. "/program.lua'")
        assert.equal(("a page\n"):rep(4) .. "closed\n", output)
        assert.is_true(ok)
        place:remove()
        between:stop()
      end)
    end
  end

  it("does not end the program by SIGPIPE in the middle of a body", function()
    sandbox:faults { cut = 300, reset = true, times = 2 }
    local place = scratch.open()
    place:write("program.lua", ([[
      local client = require("sigmamind").new {
        base_url = "%s", api_key = "%s", ca_file = "%s", http_version = "1.1", timeout = 10, attempts = 3,
      }
      print(client.campaigns:page { size = 100 } and "a page")
    ]]):format(sandbox.https_url, sandbox.key, sandbox.ca_file))
    assert.equal("a page\n", (interpreter.run("'" .. place.directory .. "/program.lua'")))
    place:remove()
  end)
end)

describe("core.session, a name server that does not answer", function()
  if not names.can_run() or not is_at_least(7, 87) then
    pending "needs a mount namespace, and libcurl 7.87: before, the end of a request waits for the lookup"
    return
  end

  -- The resolver waits for 20 seconds; a program that runs for more than 10 has waited for it.
  local RESOLVER = "nameserver %s\noptions timeout:10 attempts:2\n"

  --- A socket on port 53 at a loopback address that no other run uses.
  local function silent_server()
    local silent = assert(socket.udp())
    for _ = 1, 50 do
      local address = ("127.%d.%d.53"):format(math.random(1, 254), math.random(1, 254))
      if silent:setsockname(address, 53) then
        return silent, address
      end
    end
    error "no address of loopback has port 53 free"
  end

  local function look_up(lines)
    local silent, address = silent_server()
    local output = names.run(([[
      local client = require("sigmamind").new {
        base_url = "https://api.example.test", api_key = "k", connect_timeout = 1, attempts = 1, %s
    ]]):format(lines), "127.0.0.1 localhost\n", nil, RESOLVER:format(address))
    silent:close()
    return output
  end

  it("delays neither the request nor close", function()
    local output = look_up [[ }
      local _, err = client.campaigns:page()
      print(err.kind)
      client:close()
      print "closed" os.exit(0)
    ]]
    assert.equal("timeout\nclosed\n", output)
  end)

  it("delays neither the collector nor the end of the program", function()
    local output = look_up [[ }
      local _, err = client.campaigns:page()
      client = nil
      collectgarbage() collectgarbage()
      print(err.kind)
      client = require("sigmamind").new {
        base_url = "https://api.example.test", api_key = "k", connect_timeout = 1, attempts = 1,
      }
      client.campaigns:page()
    ]]
    assert.equal("timeout\n", output)
  end)

  it("delays neither a tick nor a close during the lookup", function()
    local output = look_up [[ runtime = "tick" }
      client:spawn(function() client.campaigns:page() end)
      for _ = 1, 20 do client:tick() require("sigmamind.core").sleep(0.01) end
      client:close()
      print "closed"
    ]]
    assert.equal("closed\n", output)
  end)
end)
