-- The endpoint of sigmamind.nginx: in a real nginx with three workers, against the sandbox. nginx has its own
-- LuaJIT, so these specs do not depend on the Lua that runs them.

if not rawget(_G, "jit") then
  return
end

local cjson = require "cjson"
local document = require "spec.support.document"
local nginx = require "spec.support.nginx"
local server = require "spec.support.server"

if not nginx.modules() then
  print "nginx's Lua module is not installed (Debian: libnginx-mod-http-lua): its specs are left out"
  return
end

local MAIN = [[
worker_processes 3;
error_log errors notice;
env SIGMAMIND_BASE_URL;
env SIGMAMIND_API_KEY;
]]

-- $timeout: seconds for a page.
local HTTP = [[
  lua_shared_dict sigmamind $dict;
  $http
  init_by_lua_block {
    $init
    local sigmamind = require "sigmamind"
    client = sigmamind.new { attempts = 1, timeout = $timeout }
    endpoint = require("sigmamind.nginx").endpoint
    rows = endpoint { client = client, $options }
  }
  server {
    listen 127.0.0.1:$port reuseport;
    location = /rows { content_by_lua_block { rows() } }
    location = /worker {
      content_by_lua_block {
        local count = tostring(client.transport.session):match "%((%d+) in flight"
        ngx.print(ngx.worker.pid(), " ", count)
      }
    }
    $server
  }
]]

local sandbox = server.shared()
local host

local PATIENT = "20" -- seconds: a page that is sent arrives, however busy the machine is

-- Starts nginx. `options`: those of the endpoint, as Lua; `more`: what else the configuration has.
local function start(options, more)
  more = more or {}
  more.options, more.dict = options or "refresh = 0.2", more.dict or "8m"
  more.timeout = more.timeout or "2"
  local http = HTTP:gsub("%$(%l+)", function(name)
    return name ~= "port" and (more[name] or "") or nil
  end)
  host = nginx.start(http, { main = MAIN, environment = sandbox:environment() })
  return host
end

before_each(function()
  sandbox:list(125, {})
end)

after_each(function()
  if host then
    host:stop()
    host = nil
  end
end)

local function get(headers, path)
  return assert(host:request("GET", path or "/rows", headers))
end

-- The requests for the first page of a list.
local function fetches(path)
  local count = 0
  for _, entry in ipairs(sandbox:log()) do
    local is_first = entry.path:find("page=0", 1, true) and entry.path:find(path or "/v1/campaigns", 1, true) == 1
    count = count + (is_first and 1 or 0)
  end
  return count
end

local function eventually(condition)
  assert.is_truthy(nginx.eventually(condition))
end

-- The rows as the sandbox sends them, page by page.
local function rows_of_sandbox(query)
  local all, page = {}, 0
  repeat
    local _, body = sandbox:get(("/v1/campaigns?size=100&page=%d%s"):format(page, query or ""))
    for _, row in ipairs(body.data) do
      all[#all + 1] = row
    end
    page = page + 1
  until not body.hasNext
  return all
end

-- Sends as many requests at once; returns the replies.
local function visit(count)
  local connections, replies = {}, {}
  for i = 1, count do
    connections[i] = host:connect()
    connections[i]:send_request("GET", "/rows")
  end
  for i, connection in ipairs(connections) do
    replies[i] = assert(connection:receive_reply())
    connection:close()
  end
  return replies
end

-- How often the error log has a text.
local function logged(text)
  return select(2, host:errors():gsub(text, ""))
end

describe("an endpoint's first answer", function()
  it("works with a client whose store is the same dictionary, or another of this machine", function()
    for _, name in ipairs { "sigmamind", "other" } do
      start("refresh = 0.2", {
        http = "lua_shared_dict other 1m;",
        server = ([[
          location = /stored {
            content_by_lua_block {
              stored = stored or endpoint {
                client = require("sigmamind").new {
                  store = require("sigmamind").store.nginx "%s", timeout = 2,
                },
                list = { size = 50 },
              }
              stored()
            }
          }
        ]]):format(name),
      })
      local reply = get({}, "/stored")
      assert.equal(200, reply.status)
      assert.equal(125, #cjson.decode(reply.body))
      host:stop()
      host = nil
    end
  end)

  it("has all rows of all pages, in order", function()
    start()
    local reply = get()
    assert.equal(200, reply.status)
    assert.equal("application/json", reply.headers["content-type"])
    local rows = cjson.decode(reply.body)
    assert.equal(125, #rows)
    assert.same(rows_of_sandbox(), rows)
  end)

  it("has the rows' text as the API sent it", function()
    start 'refresh = 0.2, list = { status = "live" }'
    local rows = sandbox:client():campaigns({ status = "live" }):json():totable()
    assert.equal("[" .. table.concat(rows, ",\n") .. "]\n", get().body)
  end)

  it("is an empty array where there are no rows", function()
    start 'refresh = 0.2, list = { where = { campaignId = "none" } }'
    assert.equal("[]\n", get().body)
  end)

  it("is fetched once for 64 visitors of three workers", function()
    sandbox:faults { page = 0, delay = 0.5 }
    start("refresh = 60, first_wait = 20", { timeout = PATIENT })
    local replies = visit(64)
    for _, reply in ipairs(replies) do
      assert.equal(200, reply.status)
      assert.equal(replies[1].body, reply.body)
    end
    assert.equal(1, fetches())
  end)

  it("is fetched before the first visitor when called in init_worker_by_lua", function()
    start("refresh = 60", { http = "init_worker_by_lua_block { rows() }" })
    eventually(function()
      return fetches() == 1
    end)
    assert.equal(200, get().status)
    assert.equal(1, fetches())
  end)

  it("is waited for no longer than first_wait", function()
    sandbox:faults { times = -1, silent = true }
    start "refresh = 0.2, first_wait = 0.3"
    local reply = get()
    assert.equal(503, reply.status)
    assert.equal("timeout", cjson.decode(reply.body).error)
  end)

  it("is a 503 if it fails, for 64 visitors after one fetch, and no secret is in it", function()
    sandbox:faults { times = -1, status = 429, headers = { ["retry-after"] = "30" } }
    start()
    for _, reply in ipairs(visit(64)) do
      assert.equal(503, reply.status)
      assert.equal("rate_limit", cjson.decode(reply.body).error)
      assert.equal("no-store", reply.headers["cache-control"])
      local after = tonumber(reply.headers["retry-after"])
      assert(after > 0 and after <= 60, after)
      assert.is_nil(reply.body:find(sandbox.key, 1, true))
    end
    assert.equal(1, fetches())
  end)

  it("is tried again soon after a failure", function()
    sandbox:faults { status = 503 }
    start()
    assert.equal(503, get().status)
    eventually(function()
      return get().status == 200
    end)
  end)

  it("is a 503 while the client has no key", function()
    start('client = require("sigmamind").new { api_key = function() return nil end }')
    local reply = get()
    assert.equal(503, reply.status)
    assert.equal("config", cjson.decode(reply.body).error)
    assert.equal(0, #sandbox:log())
  end)

  it("is a 503 without a timer, which the error log explains once", function()
    start("first_wait = 0.1", { http = "lua_max_pending_timers 0;" })
    assert.equal(503, get().status)
    get()
    assert.is_true(logged "raise lua_max_pending_timers" >= 1)
    assert.is_true(logged "raise lua_max_pending_timers" <= 3)
  end)
end)

describe("an endpoint's answer", function()
  before_each(function()
    start("refresh = 60", {
      server = [[
        location = /twice { content_by_lua_block { endpoint { client = client, refresh = 60 } () } }
        location = /timers { content_by_lua_block { ngx.print(ngx.timer.pending_count()) } }
      ]],
    })
  end)

  it("can be cached, and its age is known", function()
    local headers = get().headers
    assert.equal("public, max-age=60, stale-if-error=3600", headers["cache-control"])
    assert.matches("^%d+$", headers.age)
    assert.matches('^"%x+"$', headers.etag)
    assert.equal("Accept-Encoding", headers.vary)
  end)

  it("has the same tag in all workers, after a restart, and for each fetch of the same rows", function()
    local tags = {}
    for _, reply in ipairs(visit(20)) do
      tags[reply.headers.etag] = true
    end
    local tag = next(tags)
    assert.is_nil(next(tags, tag))
    host:stop()
    start()
    assert.equal(tag, get().headers.etag)
  end)

  it("is a 304 for a visitor who has it", function()
    local etag = get().headers.etag
    for _, condition in ipairs { etag, "W/" .. etag, '"other", ' .. etag, "*", ' W/"a" , W/' .. etag .. ' ' } do
      local reply = get { ["If-None-Match"] = condition }
      assert.equal(304, reply.status, condition)
      assert.equal(etag, reply.headers.etag)
      assert.equal("public, max-age=60, stale-if-error=3600", reply.headers["cache-control"])
      assert.equal("Accept-Encoding", reply.headers.vary)
      assert.is_nil(reply.headers["content-length"])
    end
    for _, condition in ipairs { '"other"', etag:gsub('"', ""), etag:gsub('"$', 'a"'), "" } do
      assert.equal(200, get({ ["If-None-Match"] = condition }).status, condition)
    end
  end)

  it("has the same head for HEAD, and no body", function()
    local whole = get()
    local connection = host:connect()
    local reply = connection:request("HEAD", "/rows")
    assert.equal(200, reply.status)
    for _, name in ipairs { "etag", "content-length", "content-type", "cache-control", "vary" } do
      assert.equal(whole.headers[name], reply.headers[name])
    end
    assert.equal(whole.body, connection:request("GET", "/rows").body)
    assert.equal(304, connection:request("HEAD", "/rows", { ["If-None-Match"] = whole.headers.etag }).status)
    connection:close()
  end)

  it("is a 405 for other methods, whose bodies are read as such", function()
    local connection = host:connect()
    for _, method in ipairs { "POST", "PUT", "DELETE", "OPTIONS" } do
      local reply = connection:request(method, "/rows", {}, "GET /worker HTTP/1.1\r\nHost: localhost\r\n\r\n")
      assert.equal(405, reply.status)
      assert.equal("GET, HEAD", reply.headers.allow)
    end
    local reply = connection:request("GET", "/rows", {}, "GET /worker HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert.equal(125, #cjson.decode(reply.body))
    assert.equal(125, #cjson.decode(connection:request("GET", "/rows").body))
    connection:close()
  end)

  it("is shared by endpoints that are made again in each request", function()
    for _ = 1, 30 do
      assert.equal(get().body, get({}, "/twice").body)
    end
    assert.equal(1, fetches())
    for _ = 1, 10 do
      assert.is_true(tonumber(get({}, "/timers").body) <= 2) -- of a worker
    end
  end)
end)

-- The text of a gzip form, by gzip(1).
local function unpacked(bytes)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(bytes)
  file:close()
  local text = nginx.output(("gzip -dc <'%s'"):format(name))
  os.remove(name)
  return text
end

local has_zlib = pcall(require, "zlib")

describe("an endpoint's gzip form", function()
  if has_zlib then
    it("is sent to those who accept it, with a tag of its own", function()
      start "refresh = 60"
      local plain, packed = get(), get { ["Accept-Encoding"] = "gzip" }
      assert.is_nil(plain.headers["content-encoding"])
      assert.equal("gzip", packed.headers["content-encoding"])
      assert.equal(tostring(#packed.body), packed.headers["content-length"])
      assert.equal(plain.body, unpacked(packed.body))
      assert.are_not.equal(plain.headers.etag, packed.headers.etag)
      assert.equal("Accept-Encoding", packed.headers.vary)
      local tag = packed.headers.etag
      assert.equal(304, get({ ["Accept-Encoding"] = "gzip", ["If-None-Match"] = tag }).status)
      assert.equal(200, get({ ["If-None-Match"] = tag }).status)
    end)

    it("is chosen by the qualities of Accept-Encoding", function()
      start "refresh = 60"
      for header, coding in pairs {
        ["gzip, deflate, br"] = "gzip",
        ["GZIP"] = "gzip",
        ["x-gzip"] = "gzip",
        ["*"] = "gzip",
        ["br;q=1.0, gzip;q=0.8, *;q=0.1"] = "gzip",
        ["gzip ; q=0.5"] = "gzip",
        ["identity;q=0.5, gzip;q=0.5"] = "gzip",
        ["gzip;q=0"] = "none",
        ["gzip;q=0.000, *"] = "none",
        ["*;q=0"] = "none",
        ["identity;q=1, gzip;q=0.5"] = "none",
        ["deflate, br"] = "none",
        ["notgzip"] = "none",
        [""] = "none",
      } do
        local reply = get { ["Accept-Encoding"] = header }
        assert.equal(coding, reply.headers["content-encoding"] or "none", header)
      end
    end)
  end

  it("is left to nginx without lua-zlib, whose weak tags match", function()
    start("refresh = 60", {
      init = 'package.preload.zlib = function() error "not installed" end',
      server = "gzip on; gzip_types application/json;",
    })
    local plain = get()
    assert.is_nil(plain.headers.vary)
    local packed = get { ["Accept-Encoding"] = "gzip" }
    assert.equal("gzip", packed.headers["content-encoding"])
    assert.equal("W/" .. plain.headers.etag, packed.headers.etag)
    assert.equal(plain.body, unpacked(packed.body))
    local condition = { ["Accept-Encoding"] = "gzip", ["If-None-Match"] = packed.headers.etag }
    assert.equal(304, get(condition).status)
  end)
end)

describe("an endpoint whose API fails", function()
  -- While condition() is not met, each visitor gets the same answer.
  local function serves(body, condition)
    eventually(function()
      local reply = get()
      assert.equal(200, reply.status)
      assert.equal(body, reply.body)
      return condition()
    end)
  end

  local FAULTS = {
    ["answers 503"] = { status = 503 },
    ["answers 429"] = { status = 429, headers = { ["retry-after"] = "1" } },
    ["answers 401"] = { status = 401 },
    ["hangs"] = { silent = true },
    ["sends garbage with 200"] = { status = 200, body = "<html>welcome</html>" },
    ["sends JSON of another kind with 200"] = { status = 200, body = '{"data":"none"}' },
    ["sends half a body"] = { cut = 2000 },
    ["sends half a body as if it were all"] = { truncate = 2000 },
    ["resets its connections"] = { reset = true },
  }

  for name, fault in pairs(FAULTS) do
    it("serves the last answer while it " .. name .. ", and then the new one", function()
      sandbox:list(125, {})
      start()
      local body = get().body
      fault.times = -1
      sandbox:faults(fault)
      sandbox:control("DELETE", "/sandbox/log")
      serves(body, function() -- libcurl may have sent two of one refresh, over a kept connection and a new one
        return fetches() >= 2 and logged "cannot be refreshed" > 0
      end)
      assert.equal(1, logged "cannot be refreshed")
      assert.equal(0, logged "is refreshed again")
      sandbox:list(126, {})
      sandbox:faults()
      eventually(function()
        local reply = get()
        assert.equal(200, reply.status)
        return #cjson.decode(reply.body) == 126
      end)
      assert.equal(1, logged "cannot be refreshed")
      assert.equal(1, logged "is refreshed again")
      assert.is_nil(host:errors():find(sandbox.key, 1, true))
    end)
  end

  it("serves the last answer while nobody listens there", function()
    local shared, port = sandbox, tonumber(nginx.free_ports(1)[1])
    sandbox = server.start { port = port }
    start()
    local body = get().body
    sandbox:stop()
    serves(body, function()
      return logged "cannot be refreshed" == 1
    end)
    sandbox = server.start { port = port, campaigns = 10 }
    eventually(function()
      local reply = get()
      assert.equal(200, reply.status)
      return #cjson.decode(reply.body) == 10
    end)
    sandbox:stop()
    sandbox = shared
  end)

  it("has one refresh in flight", function()
    start()
    get()
    sandbox:faults { times = -1, silent = true }
    sandbox:control("DELETE", "/sandbox/log")
    local most = 0
    eventually(function()
      local flying = {}
      for _ = 1, 20 do
        local pid, count = get({}, "/worker").body:match "(%d+) (%d+)"
        flying[pid] = tonumber(count)
      end
      local sum = 0
      for _, count in pairs(flying) do
        sum = sum + count
      end
      most = math.max(most, sum)
      return fetches() >= 2
    end)
    assert.equal(1, most)
  end)

  it("answers 503 when the last answer is older than stale, until there is a new one", function()
    start "refresh = 0.2, stale = 1"
    assert.equal(200, get().status)
    sandbox:faults { times = -1, status = 503 }
    eventually(function()
      return get().status == 503
    end)
    sandbox:faults()
    eventually(function()
      return get().status == 200
    end)
  end)
end)

describe("an endpoint in nginx", function()
  -- The process id of the worker that fetches.
  local function fetcher()
    return nginx.eventually(function()
      local pid, count = get({}, "/worker").body:match "(%d+) (%d+)"
      return count == "1" and tonumber(pid)
    end)
  end

  it("is refreshed by another worker when the one that fetches is killed", function()
    start("refresh = 0.2", { timeout = PATIENT })
    local body = get().body
    sandbox:faults { times = 1, silent = true }
    sandbox:control("DELETE", "/sandbox/log")
    local pid = fetcher()
    os.execute("kill -KILL " .. pid)
    eventually(function()
      assert.equal(body, get().body)
      return fetches() >= 3
    end)
    assert.equal(0, logged "cannot be refreshed")
  end)

  it("has its first answer from another worker when the one that fetches is killed", function()
    sandbox:faults { times = 1, silent = true }
    start("refresh = 0.2, first_wait = 20", { timeout = PATIENT })
    local connections = {}
    for i = 1, 12 do
      connections[i] = host:connect()
      connections[i]:send_request("GET", "/rows")
    end
    os.execute("kill -KILL " .. fetcher())
    local answered = 0
    for _, connection in ipairs(connections) do
      local reply = connection:receive_reply()
      answered = answered + (reply and 1 or 0)
      assert.equal(200, reply and reply.status or 200)
      connection:close()
    end
    assert.is_true(answered > 0)
    assert.equal(200, get().status)
  end)

  it("serves on after a reload, and the new workers fetch", function()
    start("refresh = 0.2", { timeout = PATIENT })
    local body = get().body
    sandbox:faults { times = 1, silent = true }
    sandbox:control("DELETE", "/sandbox/log")
    local pid = fetcher()
    host:signal "HUP"
    eventually(function()
      assert.equal(body, get().body)
      return not nginx.is_alive(pid)
    end)
    eventually(function()
      assert.equal(body, get().body)
      return fetches() >= 3
    end)
    assert.equal(0, logged "cannot be refreshed")
  end)

  it("answers those who wait for the first answer during a reload", function()
    sandbox:faults { page = 0, delay = 3 }
    start("refresh = 60, first_wait = 20", { timeout = PATIENT })
    local connection = host:connect()
    connection:send_request("GET", "/rows")
    fetcher()
    host:signal "HUP"
    assert.equal(200, connection:receive_reply().status)
    connection:close()
    assert.equal(1, fetches())
  end)

  it("serves out of its own memory when the dict is full, and tells that once in each worker", function()
    start("refresh = 0.2", { dict = "12k" })
    for _ = 1, 60 do
      assert.equal(125, #cjson.decode(get().body))
    end
    eventually(function()
      return fetches() > 8
    end)
    assert.is_true(logged "has no room" >= 1)
    assert.is_true(logged "has no room" <= 3)
    sandbox:faults { times = -1, status = 503 }
    eventually(function()
      return logged "cannot be refreshed" >= 1
    end)
    for _ = 1, 60 do
      assert.equal(125, #cjson.decode(get().body))
    end
  end)

  it("shares a dict with others, of other lists and of other keys", function()
    local more = [[
      location = /live {
        content_by_lua_block {
          live = live or endpoint { client = client, list = { status = "live" } }
          live()
        }
      }
      location = /calls {
        content_by_lua_block {
          calls = calls or endpoint { client = client, resource = "calls" }
          calls()
        }
      }
      location = /stranger {
        content_by_lua_block {
          stranger = stranger or endpoint { client = client:with { api_key = "stranger" } }
          stranger()
        }
      }
    ]]
    start("refresh = 0.2", { server = more })
    local _, first_calls = sandbox:get "/v1/calls?size=100"
    for _ = 1, 10 do
      assert.same(rows_of_sandbox(), cjson.decode(get().body))
      assert.same(rows_of_sandbox "&status=live", cjson.decode(get({}, "/live").body))
      local calls = cjson.decode(get({}, "/calls").body)
      assert.equal(240, #calls)
      assert.same(first_calls.data[1], calls[1])
      assert.equal(503, get({}, "/stranger").status)
    end
  end)
end)

describe("sigmamind.nginx.endpoint", function()
  local SERVER = [[
    location = /code {
      content_by_lua_block {
        local _, err = pcall(loadstring(ngx.var.http_x_code, "=caller"))
        ngx.print(tostring(err))
      }
    }
    location = /live {
      content_by_lua_block {
        if not live then
          local list = { status = "live" }
          live = endpoint { client = client, list = list }
          list.status = "none"
        end
        live()
      }
    }
  ]]

  before_each(function()
    start("refresh = 60", { server = SERVER })
  end)

  it("raises at the caller's line for options that it does not take", function()
    for code, expected in pairs {
      ["endpoint()"] = "client is missing: a client, as from sigmamind.new",
      ["endpoint { client = {} }"] = "client must be a client, as from sigmamind.new, got table: ...",
      ["endpoint { client = client, refesh = 1 }"] = "unknown option 'refesh' (did you mean refresh?); known: ...",
      ["endpoint { client = client, refresh = 0 }"] = "refresh must be a number of seconds above 0, got 0",
      ["endpoint { client = client, max_age = -1 }"] = "max_age must be a number of seconds, 0 or more, got -1",
      ["endpoint { client = client, resource = 'agent' }"] =
        "resource must be the name of a resource with lists, got 'agent'",
      ["endpoint { client = client, resource = 'transport' }"] =
        "resource must be the name of a resource with lists, got 'transport'",
      ["endpoint { client = client, list = { stats = 'live' } }"] =
        "list: campaigns:list: unknown option 'stats' (did you mean status?); known: ...",
      ["endpoint { client = client, list = { where = { a = { typo = 1 } } } }"] = "list: ...",
      ["endpoint { client = client, dict = 'other' }"] =
        "there is no lua_shared_dict 'other': add `lua_shared_dict other 16m;` to nginx's block http",
    } do
      local pattern = ("caller:1: nginx.endpoint: " .. expected):gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.$", ".*")
      assert.matches("^" .. pattern .. "$", get({ ["X-Code"] = code }, "/code").body)
    end
  end)

  it("takes the options that the reference lists", function()
    local known = get({ ["X-Code"] = "endpoint { none = 1 }" }, "/code").body:match "known: (.*)$"
    local names = {}
    for name in known:gmatch "[%w_]+" do
      names[name] = true
    end
    assert.same(names, document.outline("doc/reference.md"):rows("nginx.endpoint(options)", 1))
  end)

  it("keeps its arguments when the caller changes them", function()
    assert.same(rows_of_sandbox "&status=live", cjson.decode(get({}, "/live").body))
  end)
end)
