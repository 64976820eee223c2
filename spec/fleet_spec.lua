-- Several processes on two machines, each of which is an nginx here, and scripts, with one Redis server: they
-- behave like one careful client.

if not rawget(_G, "jit") then
  return
end

local interpreter = require "spec.support.interpreter"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local server = require "spec.support.server"

if not (nginx.modules() and redis.is_installed() and redis.client) then
  print "nginx's Lua module, redis-server or lua-redis is not installed: the specs of fleets are left out"
  return
end

local MAIN = [[
worker_processes 4;
env SIGMAMIND_BASE_URL;
env SIGMAMIND_API_KEY;
env REDIS_PORT;
]]

local HTTP = [[
  init_by_lua_block { fleet = require "spec.support.in_fleet" }
  lua_check_client_abort on;
  server {
    listen 127.0.0.1:$port reuseport;
    location / { content_by_lua_block { ngx.print(fleet[ngx.var.uri:sub(2)]()) } }
  }
]]

local sandbox = server.shared()
local store, machines

local function environment()
  return ("%s REDIS_PORT=%d"):format(sandbox:environment(), store.port)
end

before_each(function()
  store = redis.start()
  machines = {}
  for i = 1, 2 do
    machines[i] = nginx.start(HTTP, { main = MAIN, environment = environment() })
  end
end)

after_each(function()
  for _, each in ipairs(machines) do
    each:stop()
  end
  store:stop()
end)

--- Asks for a path on connections to both machines in turn; returns a function that waits for all answers.
local function ask(path, count)
  local connections = {}
  for i = 1, count do
    connections[i] = machines[i % 2 + 1]:connect()
  end
  for _, each in ipairs(connections) do
    each:send(path)
  end
  return function()
    local answers = {}
    for i, each in ipairs(connections) do
      answers[i] = each:receive()
      assert.equal(200, each.status)
      each:close()
    end
    return answers
  end
end

--- Starts scripts; returns a function that waits for what they print.
local function run(name, count)
  local pipes = {}
  for i = 1, count do
    pipes[i] = io.popen(("%s %s spec/support/in_fleet.lua %s"):format(environment(), interpreter.command(), name))
  end
  return function()
    local answers = {}
    for i, each in ipairs(pipes) do
      answers[i] = each:read "*a":gsub("\n$", "")
      each:close()
    end
    return answers
  end
end

local function all_equal(answers)
  for _, each in ipairs(answers) do
    assert.equal(answers[1], each)
  end
  return answers[1]
end

describe("a fleet", function()
  it("that begins cold asks the API once, for 64 visitors on 8 workers of 2 machines and 4 scripts", function()
    sandbox:faults { delay = 1, times = -1 }
    local visitors, scripts = ask("/page", 64), run("page", 4)
    local id = all_equal(visitors())
    assert.equal(id, all_equal(scripts()))
    assert.matches("^camp", id)
    assert.equal(1, #sandbox:log())
  end)

  it("goes on when the worker that fetches is killed: another takes over", function()
    sandbox:faults { silent = true, times = 1 }
    local visitors = ask("/page", 1)
    assert.is_truthy(nginx.eventually(function() return #sandbox:log() == 1 end))
    for _, machine in ipairs(machines) do
      os.execute(("pkill -KILL -P %d"):format(machine:pid()))
    end
    local others = ask("/page", 16)
    assert.matches("^camp", all_equal(others()))
    assert.equal(2, #sandbox:log())
    pcall(visitors)
  end)

  it("goes on to fetch for all when the visitor has left who asked first", function()
    sandbox:faults { delay = 1, times = -1 }
    local first = machines[1]:connect()
    first:send "/page"
    assert.is_truthy(nginx.eventually(function() return #sandbox:log() == 1 end))
    first:close()
    assert.matches("^camp", all_equal(ask("/page", 8)()))
    assert.equal(1, #sandbox:log())
  end)

  it("gets the error once, where all ask at the same time", function()
    sandbox:faults { delay = 0.5, status = 503, times = -1 }
    local answers = ask("/page", 32)()
    for i, each in ipairs(answers) do
      answers[i] = each:gsub(", attempt.*%)", ")") -- that of the one who fetched
    end
    assert.matches("^sigmamind: http: .*503", all_equal(answers))
    assert.equal(1, #sandbox:log())
  end)

  it("keeps its rate, in 8 workers and 4 scripts together", function()
    local visitors, scripts = ask("/rate", 16), run("rate", 4)
    local times = {}
    for _, answers in ipairs { visitors(), scripts() } do
      for _, answer in ipairs(answers) do
        for each in answer:gmatch "%S+" do
          times[#times + 1] = assert(tonumber(each))
        end
      end
    end
    table.sort(times)
    assert.equal(#times, #sandbox:log())
    for i = 1, #times do
      for j = i, #times do
        local window = times[j] - times[i] + 0.25 -- a process may wake up late
        assert(j - i + 1 <= 1.01 * (50 * window + 5), "too many requests")
      end
    end
  end)

  it("is held back as a whole by a 429 that one of its processes gets", function()
    ask("/worker", 16)() -- all workers are up
    sandbox:faults { status = 429, headers = { ["retry-after"] = "2" }, times = 1 }
    local status, _, ended = machines[1]:get("/pause"):match "^(%S+) (%S+) (%S+)"
    assert.equal("429", status)
    local answers = ask("/pause", 16)()
    for _, answer in ipairs(answers) do
      local got, _, over = answer:match "^(%S+) (%S+) (%S+)"
      assert.equal("200", got)
      assert(over - ended > 1.8, "a request was not held back")
    end
    assert.equal(17, #sandbox:log())
  end)

  it("answers while Redis is killed, is away, hangs, and comes back", function()
    assert.matches("^camp", all_equal(ask("/page", 8)()))
    store:kill()
    for _ = 1, 5 do
      assert.matches("^camp", all_equal(ask("/page", 8)()))
    end
    store:run()
    assert.is_truthy(nginx.eventually(function()
      assert.matches("^camp", all_equal(ask("/page", 8)()))
      sandbox:clear()
      ask("/page", 8)()
      return #sandbox:log() == 0 -- Redis has it again
    end))
    store:signal "STOP"
    for _ = 1, 3 do
      assert.matches("^camp", all_equal(ask("/page", 8)()))
    end
    store:signal "CONT"
    for _, machine in ipairs(machines) do
      local _, count = machine:errors():gsub("the store failed", "")
      assert(count >= 1 and count <= 8, "told once by each worker") -- four workers, two outages at most
    end
  end)
end)
