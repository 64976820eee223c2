-- sigmamind.metrics: the text, and the sums of several workers of nginx.

local exposition = require "spec.support.exposition"
local metrics = require "sigmamind.metrics"
local nginx = require "spec.support.nginx"
local server = require "spec.support.server"
local socket = require "socket"

local sandbox = server.shared()

before_each(function()
  sandbox:clear()
end)

describe("sigmamind.metrics, the text", function()
  it("has each metric with its type", function()
    local client = sandbox:client()
    local types = {}
    for name, metric in pairs(exposition.read(metrics.text(client))) do
      types[name] = metric.type
    end
    assert.same({
      sigmamind_requests_total = "counter",
      sigmamind_request_duration_seconds = "histogram",
      sigmamind_attempts_total = "counter",
      sigmamind_retries_total = "counter",
      sigmamind_pauses_total = "counter",
      sigmamind_cache_requests_total = "counter",
      sigmamind_received_bytes_total = "counter",
      sigmamind_requests_in_flight = "gauge",
    }, types)
    client:close()
  end)

  it("has what client:stats has", function()
    local client = sandbox:client { attempts = 2 }
    sandbox:faults { page = 1, status = 500, times = 3, headers = { ["retry-after"] = "0" } }
    client.campaigns:page { page = 1 }
    assert(client.campaigns:page { page = 1 })
    client:request { method = "DELETE", path = "/v1/calls/none" }
    local text, stats = metrics.text(client), client:stats()
    local requests = {}
    for i, sample in ipairs(exposition.read(text).sigmamind_requests_total.samples) do
      local labels = sample.labels
      requests[i] = table.concat({ labels.resource, labels.method, labels.status, labels.kind, sample.value }, " ")
    end
    assert.same({
      "campaigns GET 200  1", "campaigns GET 500 http 1", "request DELETE 404 http 1",
    }, requests)
    assert.equal(#sandbox:log(), exposition.sum(text, "sigmamind_attempts_total"))
    assert.equal(2, exposition.sum(text, "sigmamind_retries_total"))
    assert.equal(stats.bytes, exposition.sum(text, "sigmamind_received_bytes_total"))
    assert.equal(0, exposition.sum(text, "sigmamind_requests_in_flight"))
    client:close()
  end)

  it("has cumulative buckets, of which the last is the count", function()
    local client = sandbox:client()
    for _ = 1, 5 do
      assert(client.agents:page())
      assert(client.calls:page())
    end
    local samples = exposition.read(metrics.text(client)).sigmamind_request_duration_seconds.samples
    local bounds, last, counts, sums = {}, {}, {}, {}
    for _, sample in ipairs(samples) do
      local name = sample.labels.resource
      if sample.suffix == "_bucket" then
        assert.is_true(sample.value >= (last[name] or 0))
        last[name] = sample.value
        bounds[name] = (bounds[name] or "") .. " " .. sample.labels.le
      elseif sample.suffix == "_count" then
        counts[name] = sample.value
      else
        sums[name] = sample.value
      end
    end
    assert.same({ agents = 5, calls = 5 }, counts)
    assert.same(counts, last)
    assert.is_true(sums.agents > 0)
    assert.equal(" 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf", bounds.agents)
    assert.equal(bounds.agents, bounds.calls)
    client:close()
  end)

  it("is the same in every locale", function()
    local client = sandbox:client()
    assert(client.agents:page())
    local text = metrics.text(client)
    local before = os.setlocale(nil, "numeric")
    for _, name in ipairs { "de_DE.UTF-8", "fr_FR.UTF-8" } do
      os.setlocale(name, "numeric")
      assert.equal(text, metrics.text(client))
    end
    os.setlocale(before, "numeric")
    client:close()
  end)

  it("is of a client alone, and is shared in nginx alone", function()
    local wanted = "expected a client of sigmamind.new"
    assert.error_matches(function() metrics.text {} end, "metrics.text: " .. wanted)
    assert.error_matches(function() metrics.text() end, "metrics.text: " .. wanted)
    assert.error_matches(function() metrics.location "client" end, "metrics.location: " .. wanted)
    assert.error_matches(function() metrics.share({}, "metrics") end, "metrics.share: " .. wanted)
    local client = sandbox:client()
    assert.error_matches(function() metrics.share(client, "metrics") end, "metrics.share: this is not nginx")
    client:close()
  end)
end)

if not rawget(_G, "jit") or not nginx.modules() then
  return -- nginx has its own LuaJIT
end

local MAIN = [[
worker_processes 3;
env SIGMAMIND_BASE_URL;
env SIGMAMIND_API_KEY;
]]

local HTTP = [[
  lua_shared_dict numbers %s;
  init_by_lua_block {
    specs = require "spec.support.metrics_in_nginx"
    specs.share "numbers"
  }
  init_worker_by_lua_block { specs.share "numbers" }
  lua_check_client_abort on;
  server {
    listen 127.0.0.1:$port reuseport;
    location = /page { content_by_lua_block { ngx.print(specs.page(tonumber(ngx.var.arg_number))) } }
    location = /own { content_by_lua_block { ngx.print(specs.own()) } }
    location = /fill { content_by_lua_block { ngx.print(specs.fill "numbers") } }
    location = /fillers { content_by_lua_block { ngx.print(specs.fillers "numbers") } }
    location = /unknown { content_by_lua_block { ngx.print(select(2, pcall(specs.share, "nothing"))) } }
    location = /metrics { content_by_lua_block { specs.location() } }
    location = /type {
      content_by_lua_block {
        specs.location()
      }
      header_filter_by_lua_block { ngx.header["X-Type"] = ngx.header["Content-Type"] }
    }
  }
]]

local host

local function start(size)
  host = nginx.start(HTTP:format(size or "1m"), {
    main = MAIN,
    environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key),
  })
end

after_each(function()
  if host then
    host:stop()
    host = nil
  end
end)

local function sum(name, labels, suffix)
  return exposition.sum(host:get "/metrics", "sigmamind_" .. name, labels, suffix)
end

--- Sends requests for pages on connections at once. Returns how often each worker answered, and the number of
--- answers in all.
local function load(connections, rounds)
  local open, by_worker, all = {}, {}, 0
  for i = 1, connections do
    open[i] = host:connect()
  end
  for round = 1, rounds do
    for i, each in ipairs(open) do
      each:send("/page?number=" .. (i + round) % 5)
    end
    for _, each in ipairs(open) do
      local status, worker = each:receive():match "^(%S+) by (%d+)$"
      assert.equal("200", status)
      by_worker[worker] = (by_worker[worker] or 0) + 1
      all = all + 1
    end
  end
  for _, each in ipairs(open) do
    each:close()
  end
  return by_worker, all
end

--- How many of the API's requests the sandbox saw.
local function seen()
  return #sandbox:log()
end

describe("sigmamind.metrics in nginx", function()
  it("has the exact sums of all workers after requests at once", function()
    start()
    local by_worker, all = load(30, 10)
    local workers = 0
    for _ in pairs(by_worker) do
      workers = workers + 1
    end
    assert.is_true(workers > 1)
    assert.equal(300, all)
    assert.equal(seen(), all)
    assert.equal(all, sum("requests_total", { resource = "campaigns", method = "GET", status = "200", kind = "" }))
    assert.equal(all, sum "requests_total")
    assert.equal(all, sum "attempts_total")
    assert.equal(all, sum("request_duration_seconds", { resource = "campaigns" }, "_count"))
    assert.equal(all, sum("request_duration_seconds", { le = "+Inf" }, "_bucket"))
    assert.equal(0, sum "requests_in_flight")
  end)

  it("keeps the sums when a worker is killed, and forgets what that had in flight", function()
    start()
    local _, all = load(10, 3)
    sandbox:faults { page = 9, delay = 60, times = -1 }
    local waiting = host:connect()
    local worker = waiting:get("/own"):match "by (%d+)"
    waiting:send "/page?number=9"
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 1 end))
    os.execute("kill -KILL " .. worker)
    assert.is_true(nginx.eventually(function() return not nginx.is_alive(tonumber(worker)) end))
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 0 end))
    local _, more = load(10, 3)
    assert.equal(all + more, sum "requests_total")
    assert.equal(all + more + 1, sum "attempts_total")
    assert.equal(seen(), sum "attempts_total")
    waiting:close()
  end)

  it("keeps the sums over a reload, while an old worker has a request in flight", function()
    start()
    local _, all = load(10, 2)
    sandbox:faults { page = 9, delay = 8 }
    local waiting = host:connect()
    local worker = waiting:get("/own"):match "by (%d+)"
    waiting:send "/page?number=9"
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 1 end))
    host:signal "HUP"
    assert.is_true(nginx.eventually(function()
      return host:get("/own"):match "by (%d+)" ~= worker and sum "requests_total" == all
    end))
    local _, more = load(10, 2)
    assert.equal(all + more, sum "requests_total")
    assert.equal("200 by " .. worker, waiting:receive())
    assert.is_true(nginx.eventually(function() return sum "requests_total" == all + more + 1 end))
    assert.equal(seen(), sum "attempts_total")
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 0 end))
    waiting:close()
  end)

  it("counts a request as cancelled, whose visitor has gone", function()
    start()
    sandbox:faults { page = 9, delay = 60, times = -1 }
    local waiting = host:connect()
    waiting:send "/page?number=9"
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 1 end))
    waiting:close()
    assert.is_true(nginx.eventually(function() return sum "requests_in_flight" == 0 end))
    assert.equal(1, sum("requests_total", { kind = "cancelled", status = "" }))
    assert.equal(1, sum "requests_total")
  end)

  it("shows a request in flight for as long as it is", function()
    start()
    sandbox:faults { page = 9, delay = 60, times = -1 }
    local waiting, other = host:connect(), host:connect()
    local worker = waiting:get("/own"):match "by (%d+)"
    while other:get("/own"):match "by (%d+)" == worker do -- it renews the number when it shows it
      other = host:connect()
    end
    local function in_flight()
      return exposition.sum(other:get "/metrics", "sigmamind_requests_in_flight")
    end
    waiting:send "/page?number=9"
    assert.is_true(nginx.eventually(function() return in_flight() == 1 end))
    local began = socket.gettime()
    while socket.gettime() < began + 7 do -- longer than an entry lives that nobody renews
      socket.sleep(0.5)
      assert.equal(1, in_flight())
    end
    waiting:close()
    other:close()
  end)

  it("fails no request and evicts nothing when its dictionary is full, and reports that once per worker", function()
    start "16k"
    local fillers = host:get "/fill"
    assert.is_true(tonumber(fillers) > 0)
    local _, all = load(10, 3)
    assert.equal(30, all)
    local _, reports = host:errors():gsub("metrics are incomplete", "")
    assert.is_true(reports >= 1 and reports <= 3)
    assert.equal(fillers, host:get "/fillers")
    exposition.read(host:get "/metrics")
  end)

  it("answers with the type of the format", function()
    start()
    local client = socket.connect("127.0.0.1", host.port)
    client:send "GET /type HTTP/1.0\r\n\r\n"
    local reply = client:receive "*a"
    client:close()
    assert.matches("\nContent%-Type: text/plain; version=0%.0%.4; charset=utf%-8\r\n", reply)
    assert.matches("\r\n\r\n# HELP sigmamind_requests_total ", reply)
  end)

  it("refuses a dictionary that is not there", function()
    start()
    assert.matches("metrics%.share: nginx has no lua_shared_dict of the name nothing$", host:get "/unknown")
  end)
end)
