-- runtime = "luv": in coroutines on libuv's loop, and in a script.

local found, uv = pcall(require, "luv")
if not found then
  print(("luv_spec: no luv for %s here, so nothing is specified"):format(_VERSION))
  return
end

local contract = require "spec.support.runtime_contract"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local luv = require "sigmamind.runtime.luv"
local process = require "process"
local server = require "spec.support.server"
local walks = require "spec.support.walks"

local sandbox = server.shared { latency = 0.05 }
local client, all

setup(function()
  local blocking = sandbox:client()
  all = assert(walks.ids(blocking))
  blocking:close()
end)

before_each(function()
  client = sandbox:client { runtime = "luv" }
end)

--- Runs the loop until nothing is in flight; stops and fails after half a minute.
local function run()
  local guard, stuck = uv.new_timer(), false
  guard:start(30000, 0, function()
    stuck = true
    uv.stop()
  end)
  guard:unref()
  uv.run()
  guard:close()
  uv.run "nowait"
  assert.is_false(stuck)
end

local function open_handles()
  local count = 0
  uv.walk(function() count = count + 1 end)
  return count
end

after_each(function()
  client:close()
  run()
  assert.equal(0, open_handles())
end)

--- Starts a coroutine; returns a table of what it returned, once it has.
local function spawn(action)
  local results = {}
  coroutine.wrap(function()
    results.first, results.second = action()
    results.over = true
  end)()
  return results
end

local function after(milliseconds, action)
  local timer = uv.new_timer()
  timer:start(milliseconds, 0, function()
    timer:close()
    action()
  end)
end

--- Connects ten times to the sandbox. Returns a table of how many succeeded, and whether one reused the
--- number of descriptor `fd`.
local function connect(fd)
  local result = { connected = 0, took_number = false }
  for _ = 1, 10 do
    local socket = uv.new_tcp()
    socket:connect("127.0.0.1", tonumber(sandbox.url:match "%d+$"), function(err)
      result.connected = result.connected + (err and 0 or 1)
      socket:close()
    end)
    result.took_number = result.took_number or socket:fileno() == fd
  end
  return result
end

local with_descriptor = core.session():fd() and it or pending -- only epoll provides session:fd()

describe("runtime.luv, in coroutines", function()
  for _, each in ipairs(contract) do
    it(each.name, function()
      each.check {
        sandbox = sandbox,
        all = all,
        client = function(options)
          options = options or {}
          options.runtime = "luv"
          return sandbox:client(options)
        end,
        spawn = spawn,
        after = function(seconds, action) after(seconds * 1000, action) end,
        finish = run,
      }
    end)
  end

  if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then
    it("that could not wait inside pcall are not resumed at a later yield", function()
      local thread, resumed_by
      thread = coroutine.create(function()
        local ok, err = pcall(client.campaigns.page, client.campaigns)
        assert(not ok and err:find "yield")
        resumed_by = coroutine.yield()
      end)
      assert(coroutine.resume(thread))
      after(300, function() coroutine.resume(thread, "us") end)
      run()
      assert.equal("us", resumed_by)
    end)

    it("that could not wait inside pcall send nothing", function()
      sandbox:clear()
      local thread = coroutine.create(function()
        local ok = pcall(client.request, client, { method = "POST", path = "/v1/calls" })
        assert(not ok)
        coroutine.yield()
      end)
      assert(coroutine.resume(thread))
      local page
      after(50, coroutine.wrap(function() page = client.campaigns:page() end)) -- polls the session
      run()
      assert.is_truthy(page)
      assert.equal(1, #sandbox:log())
    end)
  end

  it("send nothing where nothing can wait for it", function()
    sandbox:clear()
    local said, page
    after(1, function()
      said = select(2, pcall(client.request, client, { method = "POST", path = "/v1/calls" }))
    end)
    after(50, coroutine.wrap(function() page = client.campaigns:page() end)) -- polls the session
    run()
    assert.matches("the loop is running", said)
    assert.is_truthy(page)
    for _, each in ipairs(sandbox:log()) do
      assert.equal("GET", each.method)
    end
  end)

  it("lets the loop's other work continue", function()
    local ticks, timer = 0, uv.new_timer()
    local walking = spawn(function() return walks.ids(client, 25) end)
    timer:start(1, 1, function()
      ticks = ticks + 1
      if walking.over then
        timer:close()
      end
    end)
    run()
    assert.same(all, walking.first)
    assert.is_true(ticks > 25)
  end)

  it("runs coroutines that a resumed coroutine starts", function()
    local inner
    local outer = spawn(function()
      assert(client.campaigns:page())
      inner = spawn(function() return walks.ids(client, 50) end)
      return walks.ids(client, 50)
    end)
    run()
    assert.same(all, outer.first)
    assert.same(all, inner.first)
  end)

  it("ignores resumes by other code", function()
    local page, thread
    thread = coroutine.create(function() page = client.campaigns:page() end)
    for _ = 1, 3 do
      assert(coroutine.resume(thread))
    end
    assert.is_nil(page)
    run()
    assert.equal(10, page:info().count)
    assert.equal(1, #sandbox:log())
  end)

  with_descriptor("may close the session, and open a socket that reuses its descriptor's number", function()
    local session = core.session {}
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    local connecting
    spawn(function()
      luv.wait(session, transfer)
      local fd = session:fd()
      session:close()
      connecting = connect(fd)
    end)
    run()
    assert.equal(200, transfer:status())
    assert.is_true(connecting.took_number)
    assert.equal(10, connecting.connected)
  end)

  it("ends when its transfer is cancelled", function()
    sandbox:faults { silent = true, times = -1 }
    local session = core.session {}
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    local waiting = spawn(function() luv.wait(session, transfer) end)
    after(50, function() transfer:cancel() end)
    run()
    assert.is_true(waiting.over)
    assert.equal("cancelled", select(3, transfer:status()))
    session:close()
  end)

  with_descriptor("stops polling a descriptor that is about to be closed", function()
    sandbox:faults { silent = true, times = -1 }
    local session = core.session {}
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    local waiting = spawn(function() luv.wait(session, transfer) end)
    local connecting
    after(50, function()
      local fd = session:fd()
      luv.wake_waiters(session)
      session:close()
      connecting = connect(fd)
    end)
    run()
    assert.is_true(waiting.over)
    assert.is_true(connecting.took_number)
    assert.equal(10, connecting.connected)
    luv.wake_waiters(session)
  end)
end)

describe("runtime.luv, a sleep", function()
  it("is not shortened by a busy callback", function()
    local slept
    after(1, function()
      local busy = core.now() + 0.2
      repeat until core.now() > busy
      spawn(function()
        local began = core.now()
        luv.sleep(0.1)
        slept = core.now() - began
      end)
    end)
    run()
    assert.is_true(slept > 0.09, slept)
  end)
end)

if core.session({}):fd() then -- elsewhere it polls
  describe("a loop that waits for a slow reply", function()
    it("sleeps", function()
      sandbox:faults { delay = 0.5 }
      local session = core.session {}
      local counted = walks.counted(session)
      local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
      local waiting = spawn(function() luv.wait(counted, transfer) end)
      local iterations, counter = 0, uv.new_check()
      counter:unref()
      counter:start(function() iterations = iterations + 1 end)
      run()
      counter:close()
      run()
      assert.is_true(waiting.over)
      assert.equal(200, transfer:status())
      assert.is_true(counted.polls >= 2 and counted.polls <= 20, counted.polls)
      assert.is_true(iterations <= counted.polls + 2, iterations)
      session:close()
    end)
  end)
end

describe("runtime.luv, outside a coroutine", function()
  it("runs the loop until the reply arrived", function()
    local fired
    after(10, function() fired = true end)
    assert.same(all, walks.ids(client, 50))
    assert.is_true(fired)
  end)

  it("sleeps between attempts", function()
    sandbox:faults { status = 503 }
    assert.equal(10, client.campaigns:page():info().count)
    assert.equal(2, #sandbox:log())
  end)

  it("lets coroutines walk meanwhile", function()
    sandbox:faults { request = 1, times = 2, delay = 0.5 }
    local walking = spawn(function() return walks.ids(client, 25) end)
    assert.same(all, walks.ids(client, 25))
    run()
    assert.same(all, walking.first)
    assert.is_true(walks.overlapped(sandbox:log(), 2, "/v1/campaigns?page=0&size=25"))
  end)

  it("is the only reader of its walk, while coroutines of callbacks are refused", function()
    local stream, refused, ids = client:campaigns { size = 25 }, 0, {}
    local timer = uv.new_timer()
    timer:start(5, 10, function()
      local thread = coroutine.create(stream.next)
      local ok, err = coroutine.resume(thread, stream)
      assert(not ok and err:find("is being read by another coroutine", 1, true), err)
      refused = refused + 1
    end)
    local row, err = stream:next()
    while row do
      ids[#ids + 1] = row.campaignId
      row, err = stream:next()
    end
    timer:close()
    assert.is_nil(err)
    assert.same(all, ids)
    assert.is_true(refused > 0)
  end)

  --- Reads a row, and raises an error while the main program runs the loop for it.
  local function interrupted_while_waiting(stream)
    local jit = rawget(_G, "jit")
    if jit then
      jit.off() -- machine code calls no hooks
      jit.flush()
    end
    debug.sethook(function()
      local name, value = debug.getlocal(2, 2)
      if name == "is_over" and type(value) == "function" then
        debug.sethook()
        error("interrupted", 0)
      end
    end, "", 1)
    local ok, err = pcall(stream.next, stream)
    debug.sethook()
    if jit then
      jit.on()
    end
    return ok, err
  end

  it("leaves no handle open when a hook raised an error while it waited", function()
    sandbox:faults { page = 1, delay = 0.2 }
    local stream = client:campaigns { size = 25, prefetch = 0 }
    for _ = 1, 25 do
      stream:next()
    end
    local ok, err = interrupted_while_waiting(stream)
    assert.is_false(ok)
    assert.equal("interrupted", err)
    run()
    assert.equal(0, open_handles())
    local count = 25
    while stream:next() do
      count = count + 1
    end
    assert.equal(125, count)
  end)

  it("may end a script", function()
    local environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
    assert.same({ "10\n", true }, { interpreter.run("spec/support/luv_script.lua", environment) })
    assert.same({ "", true }, { interpreter.run("spec/support/luv_script.lua sleep", environment) })
  end)

  if uv.loop_mode then -- Debian 11's luv cannot report whether the loop is running
    it("raises an error in a callback of the loop", function()
      local ok, err
      after(1, function() ok, err = pcall(client.campaigns.page, client.campaigns) end)
      run()
      assert.is_false(ok)
      assert.equal("sigmamind: the loop is running: only a coroutine can wait in its callbacks", err)
    end)
  end
end)

describe("runtime.luv, an error in a coroutine", function()
  it("ends the process as in any callback, after the other coroutines were resumed", function()
    local environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
    local output, ok = interpreter.run("spec/support/luv_error.lua", environment)
    assert.is_false(ok)
    assert.matches("the second goes on\n.*Uncaught Error:.*stack traceback", output)
    assert.matches("the first has failed\nstack traceback", output)
    assert.matches("the third has failed\nstack traceback", output)
  end)
end)

describe("runtime.luv, a forked process", function()
  it("ends the inherited waits, and the parent's continue", function()
    sandbox:faults { delay = 0.5 }
    local waiting = spawn(function() return client.campaigns:page() end)
    uv.run "nowait"
    local child = process.fork()
    if child == 0 then
      uv.run "nowait"
      process.exit(waiting.second ~= nil and waiting.second.kind == "cancelled")
    end
    assert.equal(0, process.wait(child))
    assert.is_nil(waiting.over)
    run()
    assert.equal(10, waiting.first:info().count)
  end)
end)
