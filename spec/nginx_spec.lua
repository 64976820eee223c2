-- runtime = "nginx": in a real nginx with two workers, against the sandbox. nginx has its own LuaJIT,
-- so these specs do not depend on the Lua that runs them.

if not rawget(_G, "jit") then
  return
end

local cjson = require "cjson"
local certificate = require "spec.support.certificate"
local contract = require "spec.support.runtime_contract"
local nginx = require "spec.support.nginx"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"

if not nginx.modules() then
  print "nginx's Lua module is not installed (Debian: libnginx-mod-http-lua): its specs are left out"
  return
end

local MAIN = [[
worker_processes %d;
env SIGMAMIND_BASE_URL;
env SIGMAMIND_API_KEY;
]]

local HTTP = [[
  init_by_lua_block {
    specs = require "spec.support.in_nginx"
    specs.ask_in_vain "init"
  }
  init_worker_by_lua_block { specs.ask_in_vain "init_worker" }
  lua_check_client_abort on;
  %s
  server {
    listen 127.0.0.1:$port reuseport;
    location = /contract { content_by_lua_block { ngx.print(specs.keeps(tonumber(ngx.var.arg_number))) } }
    location = /content { content_by_lua_block { ngx.print(specs.count()) } }
    location = /typo { content_by_lua_block { ngx.print(specs.count_with_typo()) } }
    location = /rewrite {
      rewrite_by_lua_block { ngx.ctx.count = specs.count() }
      content_by_lua_block { ngx.print(ngx.ctx.count) }
    }
    location = /access {
      access_by_lua_block { ngx.ctx.count = specs.count() }
      content_by_lua_block { ngx.print(ngx.ctx.count) }
    }
    location = /server_rewrite { content_by_lua_block { ngx.print(ngx.ctx.count) } }
    server_rewrite_by_lua_block {
      if ngx.var.uri == "/server_rewrite" then
        ngx.ctx.count = specs.count()
      end
    }
    location = /generate { content_by_lua_block { ngx.print(specs.generate()) } }
    location = /timer { content_by_lua_block { ngx.print(specs.count_in_timer()) } }
    location = /gather { content_by_lua_block { ngx.print(specs.gather(300)) } }
    location = /threads { content_by_lua_block { ngx.print(specs.threads(8)) } }
    location = /page { content_by_lua_block { ngx.print(specs.page(tonumber(ngx.var.arg_number))) } }
    location = /in_flight { content_by_lua_block { ngx.print(specs.in_flight()) } }
    location = /walk { content_by_lua_block { ngx.print(specs.walk()) } }
    location = /kill_thread { content_by_lua_block { ngx.print(specs.kill_thread()) } }
    location = /killed { content_by_lua_block { ngx.print(specs.killed()) } }
    location = /close { content_by_lua_block { ngx.print(specs.close_while_waiting()) } }
    location = /occupy { content_by_lua_block { ngx.print(specs.occupy_timer(60)) } }
    location = /for { content_by_lua_block { for _ in specs.stranger():campaigns() do end } }
    location = /assert { content_by_lua_block { specs.assert(specs.stranger():campaigns():count()) } }
    location = /rethrow { content_by_lua_block { specs.assert(pcall(specs.stranger():campaigns())) } }
    location = /said { content_by_lua_block { ngx.print(specs.said(ngx.var.arg_phase)) } }
    location = /elsewhere {
      header_filter_by_lua_block { specs.ask_in_vain "header_filter" }
      log_by_lua_block { specs.ask_in_vain "log" }
      return 200 "answered";
    }
  }
]]

local sandbox = server.shared()
local host

-- Starts nginx; `directives` are added to its block http.
local function start(workers, directives)
  return nginx.start(HTTP:format(directives or ""), {
    main = MAIN:format(workers),
    environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key),
  })
end

local function worker_of(connection)
  return tonumber(connection:get("/in_flight"):match "by (%d+)$")
end

-- Two connections to one worker, and its process id.
local function two_connections()
  local by_worker = {}
  for _ = 1, 100 do
    local connection = host:connect()
    local worker = worker_of(connection)
    if by_worker[worker] then
      return by_worker[worker], connection, worker
    end
    by_worker[worker] = connection
  end
end

-- Waits until the connection's worker has `count` transfers in flight.
local function has_in_flight(connection, count)
  return nginx.eventually(function()
    return connection:get("/in_flight"):match "^%d+ in flight" == count .. " in flight"
  end)
end

-- Asserts that the error log has no sign of a crash, however a worker ended.
local function assert_sound(errors)
  for _, word in ipairs { "exited on signal", "%[alert%]", "%[crit%]", "%[emerg%]", "panic", "lua entry" } do
    assert.is_nil(errors:match("[^\n]*" .. word .. "[^\n]*"))
  end
end

local function ends(condition)
  assert.is_truthy(nginx.eventually(condition))
end

setup(function()
  host = start(2)
end)

teardown(function()
  host:stop()
end)

describe("runtime.nginx, in light threads", function()
  for number, each in ipairs(contract) do
    it(each.name, function()
      assert.equal("kept", host:get("/contract?number=" .. number))
    end)
  end
end)

describe("runtime.nginx, a listing in nginx", function()
  it("is read in the content phase", function()
    assert.equal("125", host:get "/content")
  end)

  for _, path in ipairs { "/for", "/assert", "/rethrow" } do
    it("logs the message of an uncaught error: " .. path, function()
      local other = start(1)
      assert.matches("500", other:get(path))
      local errors = other:errors()
      other:stop()
      assert.matches("%[error%][^\n]*sigmamind: auth: [^\n]*status 401", errors)
    end)
  end

  it("is read even if on_event fails, which the error log reports", function()
    assert.equal("125", host:get "/typo")
    assert.matches("%[error%][^\n]*sigmamind: error in on_event, event 'request': [^\n]*in_nginx.lua:%d+: ", host:errors())
  end)

  it("is read in the rewrite phase of the server", function()
    assert.equal("125", host:get "/server_rewrite")
  end)

  it("is read in the rewrite phase", function()
    assert.equal("125", host:get "/rewrite")
  end)

  it("is read in the access phase", function()
    assert.equal("125", host:get "/access")
  end)

  it("is read in a timer", function()
    assert.equal("timer 125", host:get "/timer")
  end)

  it("is read in a generator, which waits in its own coroutine", function()
    assert.equal("125", host:get "/generate")
  end)

  it("is read by several light threads of a request at once", function()
    assert.equal("1 2 3 4 5 6 7 8", host:get "/threads")
  end)

  it("gathers in a handler, also items that do not wait", function()
    assert.equal("nil 300 1 2", host:get "/gather")
  end)

  it("returns the error of a failure", function()
    sandbox:faults { status = 500, body = "no" }
    assert.matches("^sigmamind: http: the API returned 500 ", host:get "/page?number=0")
  end)

  it("fails with kind 'closed' when the client is closed while it waits", function()
    assert.equal("closed", host:get "/close")
  end)

  it("fails with the reason in a phase in which nginx cannot wait", function()
    local connection = host:connect()
    assert.equal("answered", connection:get "/elsewhere")
    for _, phase in ipairs { "init", "init_worker", "header_filter", "log" } do
      assert.equal(
        "config: the runtime 'nginx' cannot be used: requests cannot wait in nginx's phase "
          .. phase .. ": use rewrite, access, content or a timer",
        connection:get("/said?phase=" .. phase)
      )
    end
    connection:close()
    assert.equal(0, #sandbox:log())
  end)
end)

local TLS = [[
  ssl_session_fetch_by_lua_block { specs.note_phase() }
  ssl_session_store_by_lua_block { specs.note_phase() }
  server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s;
    ssl_certificate_key %s;
    ssl_protocols TLSv1.2;
    ssl_session_tickets off;
    ssl_session_cache shared:sessions:1m;
    ssl_client_hello_by_lua_block { specs.note_phase() }
    ssl_certificate_by_lua_block { specs.note_phase() }
    return 200 "answered";
  }
]]

-- A connection by openssl(1), which stores its session in a file for the next one.
local CONNECT = "timeout 20 openssl s_client -connect 127.0.0.1:%d -servername localhost -no_ticket %s '%s/session' "
  .. "</dev/null 2>&1"

describe("runtime.nginx, a phase of TLS", function()
  it("can wait, except when a session is stored", function()
    -- Waiting needs OpenResty's patches, which Debian's nginx lacks: so this spec does not wait.
    local place, port = scratch.open(), nginx.free_ports(1)[1]
    local other = start(1, TLS:format(port, certificate.make(place.directory, "tls")))
    nginx.output(CONNECT:format(port, "-sess_out", place.directory))
    nginx.output(CONNECT:format(port, "-sess_in", place.directory))
    local said = {}
    for _, phase in ipairs { "ssl_client_hello", "ssl_cert", "ssl_session_fetch" } do
      said[phase] = other:get("/said?phase=" .. phase)
    end
    local stored = other:get "/said?phase=ssl_session_store"
    other:stop()
    place:remove()
    assert.same({ ssl_client_hello = "can wait", ssl_cert = "can wait", ssl_session_fetch = "can wait" }, said)
    assert.matches("^requests cannot wait in nginx's phase ssl_session_store: ", stored)
  end)
end)

-- Asserts that a worker serves other requests while one waits for a slow upstream.
local function serves_others_meanwhile()
  local slow, fast, worker = two_connections()
  sandbox:faults { page = 7, delay = 2 }
  slow:send "/page?number=7"
  assert.is_true(has_in_flight(fast, 1))
  for _ = 1, 20 do
    assert.equal("10 by " .. worker, fast:get "/page?number=1")
  end
  assert.is_false(slow:has_answer())
  assert.equal("10 by " .. worker, slow:receive())
  slow:close()
  fast:close()
end

describe("runtime.nginx, a slow upstream", function()
  it("does not delay the other requests of its worker", function()
    serves_others_meanwhile()
  end)
end)

describe("runtime.nginx, an aborted request", function()
  it("has its transfer cancelled when its client goes away", function()
    local gone, other, worker = two_connections()
    sandbox:faults { page = 7, silent = true }
    gone:send "/page?number=7"
    assert.is_true(has_in_flight(other, 1))
    gone:close()
    assert.is_true(has_in_flight(other, 0))
    assert.equal("10 by " .. worker, other:get "/page?number=1")
    other:close()
  end)

  it("leaves a prefetch that it was not waiting for, which its worker completes", function()
    local gone, other, worker = two_connections()
    sandbox:faults { page = 2, delay = 1 }
    gone:send "/walk"
    assert.is_true(has_in_flight(other, 1))
    gone:close()
    assert.is_true(has_in_flight(other, 0))
    assert.equal("10 by " .. worker, other:get "/page?number=1")
    other:close()
  end)

  it("does not affect the transfers of others", function()
    local gone, other, worker = two_connections()
    sandbox:faults({ page = 7, silent = true }, { page = 8, delay = 1 })
    gone:send "/page?number=7"
    assert.is_true(has_in_flight(other, 1))
    other:send "/page?number=8"
    gone:close()
    assert.equal("10 by " .. worker, other:receive())
    assert.is_true(has_in_flight(other, 0))
    other:close()
  end)

  it("has its transfer cancelled when its light thread is killed", function()
    local connection = host:connect()
    sandbox:faults { page = 1, silent = true }
    assert.matches("^1 in flight by", connection:get "/kill_thread")
    assert.is_true(has_in_flight(connection, 0))
    assert.equal("transfer was cancelled", connection:get "/killed")
    connection:close()
  end)
end)

describe("runtime.nginx, a client made in init_by_lua", function()
  it("has separate connections in each worker", function()
    local pages_of, page = {}, 0
    local workers = 0
    repeat -- each page is requested once, so that the sandbox's log identifies the worker
      local worker = host:get("/page?number=" .. page):match "^%d+ by (%d+)$"
      workers = workers + (pages_of[worker] and 0 or 1)
      pages_of[worker] = pages_of[worker] or {}
      pages_of[worker][page] = true
      page = page + 1
    until workers == 2 and page >= 20 or page == 200
    assert.equal(2, workers)
    local worker_of_connection = {}
    for _, entry in ipairs(sandbox:log()) do
      local requested = tonumber(entry.path:match "page=(%d+)")
      for worker, pages in pairs(pages_of) do
        if pages[requested] then
          local owner = worker_of_connection[entry.connection] or worker
          assert.equal(worker, owner)
          worker_of_connection[entry.connection] = owner
        end
      end
    end
    assert.is_truthy(next(worker_of_connection))
  end)
end)

describe("runtime.nginx, a worker that exits", function()
  -- A connection whose request waits for the first of several pages, and its worker.
  local function walk_in_flight()
    local slow, other, worker = two_connections()
    sandbox:faults { page = 0, delay = 2 }
    slow:send "/content"
    assert.is_true(has_in_flight(other, 1))
    other:close()
    return slow, worker
  end

  it("finishes its requests after a reload, and new workers replace it", function()
    local slow, worker = walk_in_flight()
    host:signal "HUP"
    ends(function()
      local connection = host:connect()
      local other = connection:get "/in_flight"
      connection:close()
      return other and tonumber(other:match "by (%d+)$") ~= worker
    end)
    assert.equal("125", slow:receive())
    slow:close()
    ends(function()
      return not nginx.is_alive(worker)
    end)
    assert.equal("125", host:get "/content")
    assert_sound(host:errors())
  end)

  it("finishes its requests before the server quits", function()
    local slow = walk_in_flight()
    host:signal "QUIT"
    assert.equal("125", slow:receive())
    slow:close()
    ends(function()
      return not host:pid()
    end)
    assert_sound(host:errors())
    host:stop()
    host = start(2)
  end)

  it("ends at once, and cleanly, when the server is terminated", function()
    local slow = walk_in_flight()
    host:signal "TERM"
    assert.is_nil((slow:receive()))
    slow:close()
    ends(function()
      return not host:pid()
    end)
    assert_sound(host:errors())
    host:stop()
    host = start(2)
  end)
end)

describe("runtime.nginx, without a timer to poll in", function()
  local usual

  before_each(function()
    usual = host
  end)

  after_each(function()
    host:stop()
    host = usual
  end)

  it("reads a listing when nginx refuses timers", function()
    host = start(1, "lua_max_pending_timers 0;")
    assert.equal("125", host:get "/content")
    assert.equal("1 2 3 4 5 6 7 8", host:get "/threads")
    serves_others_meanwhile()
  end)

  it("reads a listing when nginx drops timers that it accepted", function()
    host = start(1, "lua_max_running_timers 1;")
    assert.equal("1", host:get "/occupy")
    assert.equal("125", host:get "/content")
    assert.equal("1 2 3 4 5 6 7 8", host:get "/threads")
    assert.matches("1 lua_max_running_timers are not enough", host:errors())
  end)
end)

describe("examples/nginx", function()
  local example

  -- The file with another port and other output paths.
  local function start_example(key)
    local here = nginx.output("pwd"):match "[^\n]+"
    local port = nginx.free_ports(1)[1]
    local file = assert(io.open "examples/nginx/nginx.conf")
    local text = file:read "*a"
    file:close()
    text = text:gsub(" build/", " "):gsub("%$prefix", here):gsub("127%.0%.0%.1:8080", "127.0.0.1:" .. port)
    local environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, key)
    example = nginx.run(nginx.directory(), text, port, environment)
    return example:connect()
  end

  after_each(function()
    example:stop()
  end)

  it("returns the live campaigns", function()
    local connection = start_example(sandbox.key)
    local campaigns = cjson.decode(connection:get "/campaigns")
    assert.equal(200, connection.status)
    assert.equal("Q4 Outreach Campaign", campaigns[1].campaignName)
    for _, campaign in ipairs(campaigns) do
      assert.equal("live", campaign.campaignStatus)
    end
    assert.equal(sandbox:client().campaigns:page({ status = "live" }):info().totalCount, #campaigns)
    connection:close()
  end)

  it("returns 503 when the API refuses", function()
    local connection = start_example "wrong"
    assert.equal("auth", cjson.decode(connection:get "/campaigns").error)
    assert.equal(503, connection.status)
    connection:close()
    assert.matches("sigmamind: auth: .*status 401", example:errors())
  end)
end)
