-- The endpoint of sigmamind.nginx on two machines that share a store: two nginx, each with two workers and its
-- own dict, and a redis-server.

if not rawget(_G, "jit") then
  return
end

local cjson = require "cjson"
local nginx = require "spec.support.nginx"
local has_redis, redis = pcall(require, "spec.support.redis")
local server = require "spec.support.server"

if not (nginx.modules() and has_redis and redis.is_installed() and package.searchpath("nginx.redis", package.path)) then
  print "nginx's Lua module, redis-server or lua-nginx-redis is not installed: the fleet's specs are left out"
  return
end

local MAIN = [[
worker_processes 2;
error_log errors notice;
env SIGMAMIND_BASE_URL;
env SIGMAMIND_API_KEY;
]]

local HTTP = [[
  lua_shared_dict sigmamind 8m;
  init_by_lua_block {
    local function connect(timeout)
      local connection = require("nginx.redis"):new()
      connection:set_timeout(timeout * 1000)
      local connected, err = connection:connect("127.0.0.1", $redis)
      return connected and connection, err
    end
    local sigmamind = require "sigmamind"
    local store = sigmamind.store.redis(connect, { timeout = 5 })
    local client = sigmamind.new { timeout = 20, attempts = 1, store = store }
    rows = require("sigmamind.nginx").endpoint { client = client, refresh = $refresh, first_wait = 20 }
  }
  server {
    listen 127.0.0.1:$port reuseport;
    location = /rows { content_by_lua_block { rows() } }
  }
]]

local sandbox = server.shared()
local shared, machines

-- Adds a machine. A busy one may be slow, so its store may be, too.
local function start(refresh)
  local http = HTTP:gsub("%$redis", tostring(shared.port)):gsub("%$refresh", tostring(refresh))
  local machine = nginx.start(http, { main = MAIN, environment = sandbox:environment() })
  table.insert(machines, machine)
  return machine
end

before_each(function()
  sandbox:list(125, {})
  shared, machines = redis.start(), {}
end)

after_each(function()
  for _, machine in ipairs(machines) do
    machine:stop()
  end
  shared:stop()
end)

local function get(machine)
  local reply = assert(machine:request("GET", "/rows"))
  assert.equal(200, reply.status, reply.body)
  return reply
end

local function fetches()
  local count = 0
  for _, entry in ipairs(sandbox:log()) do
    count = count + (entry.path:find("page=0", 1, true) and 1 or 0)
  end
  return count
end

local function eventually(condition)
  assert.is_truthy(nginx.eventually(condition))
end

local function count_of(machine)
  return #cjson.decode(get(machine).body)
end

-- Waits until all machines have so many rows; nobody sees an error meanwhile.
local function all_get(count)
  eventually(function()
    local all = true
    for _, machine in ipairs(machines) do
      all = count_of(machine) == count and all
    end
    return all
  end)
end

describe("an endpoint of two machines with a store", function()
  it("is fetched once for 64 visitors of both", function()
    sandbox:faults { page = 0, delay = 0.5 }
    start(60)
    start(60)
    local connections = {}
    for i = 1, 64 do
      connections[i] = machines[i % 2 + 1]:connect()
      connections[i]:send_request("GET", "/rows")
    end
    local replies = {}
    for i, connection in ipairs(connections) do
      replies[i] = assert(connection:receive_reply())
      connection:close()
    end
    for _, reply in ipairs(replies) do
      assert.equal(200, reply.status)
      assert.equal(replies[1].body, reply.body)
      assert.equal(replies[1].headers.etag, reply.headers.etag)
    end
    assert.equal(1, fetches())
  end)

  it("has the changes on both", function()
    start(0.3)
    start(0.3)
    all_get(125)
    sandbox:list(126, {})
    all_get(126)
  end)

  it("is taken over when the machine that fetches dies", function()
    sandbox:faults { silent = true }
    local first = start(60)
    local connection = first:connect()
    connection:send_request("GET", "/rows")
    eventually(function()
      return fetches() == 1
    end)
    start(60)
    os.execute(("kill -KILL %d $(ps -o pid= --ppid %d)"):format(first:pid(), first:pid()))
    connection:close()
    table.remove(machines, 1):stop()
    all_get(125)
  end)

  it("is read from the store by a machine that starts while the API fails", function()
    start(0.3)
    all_get(125)
    sandbox:faults { times = -1, status = 503 }
    start(0.3)
    for _ = 1, 10 do
      assert.equal(125, count_of(machines[2]))
    end
  end)

  it("is not fetched by the second machine while the API wants the first to wait", function()
    start(0.3)
    start(0.3)
    all_get(125)
    sandbox:faults { times = -1, status = 503, headers = { ["retry-after"] = "30" } }
    sandbox:control("DELETE", "/sandbox/log")
    for _, machine in ipairs(machines) do
      eventually(function()
        assert.equal(125, count_of(machine))
        return machine:errors():find("cannot be refreshed", 1, true)
      end)
    end
    assert.equal(1, fetches())
  end)

  it("is fetched by each while the store is gone, and after it has come back", function()
    start(0.3)
    start(0.3)
    all_get(125)
    shared:kill()
    sandbox:list(126, {})
    all_get(126)
    shared:run()
    sandbox:list(127, {})
    all_get(127)
    for _, machine in ipairs(machines) do
      assert.is_nil(machine:errors():find("cannot be refreshed", 1, true))
      assert.is_nil(machine:errors():find(sandbox.key, 1, true))
    end
  end)

  it("has keys and values in the store without the API key", function()
    start(60)
    all_get(125)
    local keys = nginx.output(("redis-cli -p %d KEYS '*'"):format(shared.port))
    assert.matches("^sigmamind:endpoint:%x+:%l+\n", keys)
    local texts = nginx.output(("for k in $(redis-cli -p %d KEYS '*'); do redis-cli -p %d GET $k; done"):format(
      shared.port, shared.port))
    assert.is_nil((keys .. texts):find(sandbox.key, 1, true))
  end)
end)
