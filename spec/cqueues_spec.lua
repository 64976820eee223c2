-- runtime = "cqueues": in coroutines of controllers, and in a script.

local found, cqueues = pcall(require, "cqueues")
if not found then
  print(("cqueues_spec: no cqueues for %s here, so nothing is specified"):format(_VERSION))
  return
end

local contract = require "spec.support.runtime_contract"
local core = require "sigmamind.core"
local process = require "process"
local runtime = require "sigmamind.runtime.cqueues"
local server = require "spec.support.server"
local walks = require "spec.support.walks"

local sandbox = server.shared { latency = 0.05 }
local client, controller, all

setup(function()
  local blocking = sandbox:client()
  all = assert(walks.ids(blocking))
  blocking:close()
end)

before_each(function()
  client = sandbox:client { runtime = "cqueues" }
  controller = cqueues.new()
end)

after_each(function()
  client:close()
end)

--- Starts a coroutine; returns a table of what it returned, once it has.
local function spawn(action, where)
  local results = {}
  where = where or controller
  where:wrap(function()
    results.first, results.second = action()
    results.over = true
  end)
  return results
end

local function run()
  assert(controller:loop(20))
  assert.equal(0, controller:count())
end

describe("runtime.cqueues, in coroutines of a controller", function()
  for _, each in ipairs(contract) do
    it(each.name, function()
      each.check {
        sandbox = sandbox,
        all = all,
        client = function(options)
          options = options or {}
          options.runtime = "cqueues"
          return sandbox:client(options)
        end,
        spawn = spawn,
        after = function(seconds, action)
          spawn(function()
            cqueues.sleep(seconds)
            action()
          end)
        end,
        finish = run,
      }
    end)
  end

  it("reads with one client after another when their descriptors have the same number", function()
    local walking = spawn(function()
      for _ = 1, 3 do
        local own = sandbox:client { runtime = "cqueues" }
        assert.same(all, walks.ids(own, 125))
        own:close()
      end
    end)
    run()
    assert.is_true(walking.over)
  end)

  if not walks.for_yields() then
    it("raises that `for` cannot yield, and continues where a wait is possible", function()
      local walking = spawn(function()
        local ok, err = pcall(function()
          for _ in client:campaigns { size = 50 } do end
        end)
        assert.is_false(ok)
        assert.matches("attempt to yield", err)
        return walks.ids(client, 50)
      end)
      local other = spawn(function() return walks.ids(client, 50) end)
      run()
      assert.same(all, walking.first)
      assert.same(all, other.first)
    end)
  end

  it("lets the controller's other work continue", function()
    local ticks = 0
    local walking = spawn(function() return walks.ids(client, 25) end)
    spawn(function()
      while not walking.over do
        cqueues.sleep(0.001)
        ticks = ticks + 1
      end
    end)
    run()
    assert.same(all, walking.first)
    assert.is_true(ticks > 25)
  end)

  it("hands over when the driver is done first", function()
    sandbox:faults({ page = 70, delay = 0.1 }, { page = 71, delay = 0.2 }, { page = 72, delay = 0.3 })
    local order = {}
    for page = 72, 70, -1 do
      spawn(function()
        assert(client.campaigns:page { page = page })
        order[#order + 1] = page
      end)
    end
    run()
    assert.same({ 70, 71, 72 }, order)
  end)

  it("wakes the waiters whose transfers a new waiter's poll has finished", function()
    sandbox:faults { page = 70, delay = 0.5 }
    local session = core.session {}
    local function start(page)
      return session:start { url = sandbox.url .. "/v1/campaigns?page=" .. page, key = sandbox.key }
    end
    local transfer, slow = start(7), start(70)
    local waiting = spawn(function() runtime.wait(session, transfer) end)
    spawn(function()
      while not transfer:done() do
        session:poll(1)
      end
      runtime.wait(session, slow)
      assert.is_true(waiting.over)
    end)
    run()
    session:close()
  end)

  it("serves the coroutines of several controllers", function()
    local inner = cqueues.new()
    local within = { spawn(function() return walks.ids(client, 50) end, inner),
      spawn(function() return walks.ids(client, 50) end, inner) }
    local beside = spawn(function() return walks.ids(client, 10) end)
    spawn(function() assert(inner:loop()) end)
    run()
    assert.same(all, within[1].first)
    assert.same(all, within[2].first)
    assert.same(all, beside.first)
  end)

  it("continues without a controller that was abandoned during a wait", function()
    sandbox:faults { page = 77, silent = true }
    local left = cqueues.new()
    spawn(function() return client.campaigns:page { page = 77 } end, left)
    left:step(0)
    left:step(0.01)
    local walking = spawn(function() return walks.ids(client, 50) end)
    run()
    assert.same(all, walking.first)
  end)

  it("continues when the driver could not wait, but its coroutine lives on", function()
    local result
    controller:wrap(function()
      pcall(function()
        for _ in client:campaigns { size = 50 } do -- luacheck: ignore 542
        end
      end)
      cqueues.sleep(10)
    end)
    controller:wrap(function()
      cqueues.sleep(0.1)
      result = client.campaigns:page()
    end)
    local started = core.now()
    repeat
      assert(controller:step(0.05))
    until result or core.now() - started > 8
    assert.truthy(result)
  end)

  --- Tries to wait inside a C function, which fails.
  local function fail_to_wait(other, arguments)
    return pcall(string.gsub, "x", "x", function()
      other.campaigns:page(arguments)
    end)
  end

  it("hands over to a waiter, not to a coroutine that could not wait", function()
    local done = 0
    sandbox:faults({ page = 1, delay = 0.3 }, { page = 2, delay = 0.6 }, { page = 3, delay = 3 })
    controller:wrap(function()
      assert(client.campaigns:page { page = 1 })
      done = done + 1
    end)
    for _ = 1, 5 do
      controller:wrap(function()
        cqueues.sleep(0.05)
        fail_to_wait(client, { page = 3 })
        cqueues.sleep(10)
      end)
    end
    controller:wrap(function()
      cqueues.sleep(0.1)
      assert(client.campaigns:page { page = 2 })
      done = done + 1
    end)
    local started = core.now()
    repeat
      assert(controller:step(0.05))
    until done == 2 or core.now() - started > 5
    assert.equal(2, done)
  end)

  it("does not mistake the driver of another session for its own", function()
    local other, result = sandbox:client { runtime = "cqueues" }, nil
    sandbox:faults { page = 2, delay = 3 }
    controller:wrap(function()
      fail_to_wait(client, { page = 1 })
      other.campaigns:page { page = 2 }
    end)
    controller:wrap(function()
      cqueues.sleep(0.1)
      result = client.campaigns:page { page = 3 }
    end)
    local started = core.now()
    repeat
      assert(controller:step(0.05))
    until result or core.now() - started > 2.5
    assert.truthy(result)
    other:close()
  end)

  it("keeps no controller that was dropped", function()
    local dropped = setmetatable({}, { __mode = "k" })
    local other = sandbox:client { runtime = "cqueues", timeout = 0.2, attempts = 1 }
    sandbox:faults { page = 7, silent = true, times = -1 }
    for _ = 1, 5 do
      local own = cqueues.new()
      dropped[own] = true
      own:wrap(function()
        other.campaigns:page { page = 7 }
      end)
      own:loop(0.01)
    end
    core.sleep(0.3)
    other.campaigns:page()
    for _ = 1, 4 do
      collectgarbage()
    end
    assert.is_nil(next(dropped))
    other:close()
  end)

  it("leave no descriptor for the collector to close", function()
    local function walk()
      spawn(function() return walks.ids(client, 25) end)
      run()
    end
    local function descriptors()
      local pipe = io.popen "ls /proc/$PPID/fd 2>/dev/null | wc -l"
      local count = tonumber((pipe:read "*a"))
      pipe:close()
      return count
    end
    walk()
    collectgarbage()
    collectgarbage()
    finally(function() collectgarbage "restart" end)
    collectgarbage "stop"
    local before = descriptors()
    for _ = 1, 3 do
      walk()
    end
    local waits, connections = 3 * 5, 5 -- some connections may have been replaced
    assert.is_true(descriptors() - before < waits - connections)
  end)

  --- The rows of a walk as a generator, which waits in its own coroutine.
  local function generator(wrap)
    return wrap(function()
      local stream = client:campaigns { size = 25 }
      local row, err = stream:next()
      while row do
        coroutine.yield(row)
        row, err = stream:next()
      end
      assert(not err, err)
    end)
  end

  it("are refused in a nested coroutine, which would yield to its reader and not to the controller", function()
    local nested = { coroutine.wrap, function(action)
      return coroutine.wrap(function() -- a generator in a generator
        for row in coroutine.wrap(action) do
          coroutine.yield(row)
        end
      end)
    end }
    for _, wrap in ipairs(nested) do
      local values = 0
      local reading = spawn(function()
        return pcall(function()
          for _ in generator(wrap) do
            values = values + 1
          end
        end)
      end)
      run()
      assert.is_false(reading.first)
      assert.matches("not in coroutines that these make", reading.second)
      assert.equal(0, values)
    end
  end)

  it("are refused there during a backoff, too, and the walk continues outside", function()
    sandbox:faults { page = 1, status = 503 }
    local stream = client:campaigns { size = 25, prefetch = 4 }
    local reading = spawn(function()
      assert(stream:next())
      local generated, count = coroutine.wrap(function()
        while true do
          coroutine.yield(assert(stream:next()))
        end
      end), 1
      while count < 126 and pcall(generated) do
        count = count + 1
      end
      return count + stream:count()
    end)
    local sleeping = spawn(function()
      return pcall(coroutine.wrap(runtime.sleep), 0.01)
    end)
    run()
    assert.equal(125, reading.first)
    assert.is_false(sleeping.first)
    assert.matches("not in coroutines that these make", sleeping.second)
  end)

  it("return all rows of a generator when cqueues' coroutine functions replace Lua's", function()
    local auxlib = require "cqueues.auxlib"
    local resume, wrap = coroutine.resume, coroutine.wrap
    coroutine.resume, coroutine.wrap = auxlib.resume, auxlib.wrap -- luacheck: ignore 122
    local reading = spawn(function()
      local ids, rows = {}, generator(coroutine.wrap)
      local row = rows()
      while row do
        ids[#ids + 1] = row.campaignId
        row = rows()
      end
      return ids
    end)
    local ok, err = pcall(run)
    coroutine.resume, coroutine.wrap = resume, wrap -- luacheck: ignore 122
    assert(ok, err)
    assert.same(all, reading.first)
  end)

  it("leaves errors of a coroutine to the controller, and the others continue", function()
    local walking = spawn(function() return walks.ids(client, 50) end)
    spawn(function()
      client.campaigns:page()
      error "the second has failed"
    end)
    local ok, err = controller:loop(20)
    assert.is_falsy(ok)
    assert.matches("the second has failed", err)
    run()
    assert.same(all, walking.first)
  end)
end)

describe("runtime.cqueues, a walk that another coroutine closes", function()
  it("ends at once for the coroutine that waits for its page", function()
    sandbox:faults { silent = true, times = -1 }
    for _, prefetch in ipairs { 0, 4 } do
      for kind, close in pairs {
        cancelled = function(stream) stream:close() end,
        closed = function() client:close() end,
      } do
        client:close()
        client = sandbox:client { runtime = "cqueues" }
        local stream = client:campaigns { size = 10, prefetch = prefetch }
        local waiting = spawn(function() return stream:next() end)
        local at_once
        spawn(function()
          cqueues.sleep(0.05)
          close(stream)
          cqueues.sleep(0)
          cqueues.sleep(0)
          at_once = waiting.over
        end)
        run()
        assert.is_true(at_once)
        assert.is_nil(waiting.first)
        assert.equal(kind, waiting.second.kind)
      end
    end
  end)
end)

describe("runtime.cqueues, a transfer that is cancelled", function()
  it("ends the wait, at once after wake_waiters", function()
    sandbox:faults { silent = true, times = -1 }
    local session = core.session {}
    local counted = walks.counted(session)
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    local waiting = spawn(function() runtime.wait(counted, transfer) end)
    local released
    spawn(function()
      cqueues.sleep(0.05)
      transfer:cancel()
      local before = counted.polls
      runtime.wake_waiters(counted)
      cqueues.sleep(0)
      cqueues.sleep(0)
      released = waiting.over and counted.polls <= before + 1
    end)
    run()
    assert.is_true(waiting.over)
    assert.is_true(released)
    session:close()
  end)
end)

if core.session({}):fd() then -- elsewhere it polls
  describe("a controller that waits for a slow reply", function()
    it("sleeps", function()
      sandbox:faults { delay = 0.5 }
      local session = core.session {}
      local counted = walks.counted(session)
      local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
      local waiting = spawn(function() runtime.wait(counted, transfer) end)
      local steps = 0
      repeat
        assert(controller:step(5))
        steps = steps + 1
      until controller:empty() or steps == 1000
      assert.is_true(waiting.over)
      assert.equal(200, transfer:status())
      assert.is_true(counted.polls >= 2 and counted.polls <= 20, counted.polls)
      assert.is_true(steps <= counted.polls + 5, steps)
      session:close()
    end)
  end)
end

describe("runtime.cqueues, outside a controller", function()
  it("blocks", function()
    sandbox:faults { status = 503 }
    assert.same(all, walks.ids(client, 50))
    assert.equal(4, #sandbox:log())
  end)

  it("wakes the coroutines whose transfers finished meanwhile", function()
    sandbox:faults { page = 70, delay = 0.2 }
    local session = core.session {}
    local function start(page)
      return session:start { url = sandbox.url .. "/v1/campaigns?page=" .. page, key = sandbox.key }
    end
    local transfer, slow = start(7), start(70)
    local waiting = spawn(function() runtime.wait(session, transfer) end)
    assert(controller:step(0))
    assert.is_nil(waiting.over)
    runtime.wait(session, slow)
    assert.is_true(transfer:done())
    for _ = 1, 3 do
      assert(controller:step(0))
    end
    assert.is_true(waiting.over)
    session:close()
  end)
end)

describe("runtime.cqueues, a forked process", function()
  it("walks with its own controller, and the parent's continues", function()
    local walking = spawn(function() return walks.ids(client, 50) end)
    controller:step(0)
    local child = process.fork()
    if child == 0 then
      local own = cqueues.new()
      local page
      own:wrap(function() page = client.campaigns:page() end)
      own:loop(10)
      process.exit(page ~= nil and page:info().count == 10)
    end
    assert.equal(0, process.wait(child))
    run()
    assert.same(all, walking.first)
  end)
end)
