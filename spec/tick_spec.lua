-- Requests in a game's loop: client:spawn and client:tick, against the sandbox.

local contract = require "spec.support.runtime_contract"
local core = require "sigmamind.core"
local server = require "spec.support.server"
local tick = require "sigmamind.runtime.tick"
local walks = require "spec.support.walks"

local sandbox = server.shared()
local client

before_each(function()
  client = sandbox:client { runtime = "tick" }
end)

after_each(function()
  client:close()
end)

--- On plain Lua 5.1 an iterator cannot wait, nor can pcall.
local plain_5_1 = _VERSION == "Lua 5.1" and not rawget(_G, "jit")

--- Ticks until no task is running. Returns the tasks that failed, and how many ticks it took.
local function finish(budget)
  local failures = {}
  for ticks = 1, 10000 do
    local running, failed = client:tick(budget)
    for _, task in ipairs(failed or {}) do
      failures[#failures + 1] = task
    end
    if running == 0 then
      return failures, ticks
    end
    core.sleep(0.001)
  end
  error "the tasks did not end"
end

--- Ticks until the condition holds.
local function tick_until(condition)
  for _ = 1, 10000 do
    if condition() then
      return
    end
    client:tick(5)
    core.sleep(0.001)
  end
  error "it did not come to that"
end

--- Number of the client's requests in flight.
local function in_flight()
  return tonumber(tostring(client.transport.session):match "%((%d+) in flight%)")
end

--- Calls visit for each campaign, in a way that every Lua allows.
local function walk(arguments, visit)
  local stream = client:campaigns(arguments)
  while true do
    local campaign, err = stream:next()
    if err then
      return nil, err
    elseif not campaign then
      return true
    end
    visit(campaign)
  end
end

local function fail(err)
  error(err, 0)
end

--- The host of the contract: runs actions as tasks of one client, which may use other clients.
local function new_host()
  local host = { sandbox = sandbox, finish = finish }
  local blocking = sandbox:client()
  host.all = assert(walks.ids(blocking))
  blocking:close()
  sandbox:clear()
  function host.client(options)
    options = options or {}
    options.runtime = "tick"
    return sandbox:client(options)
  end
  function host.spawn(action)
    local results = {}
    client:spawn(function()
      results.first, results.second = action()
      results.over = true
    end)
    return results
  end
  function host.after(seconds, action)
    local due = core.now() + seconds
    client:spawn(function()
      while core.now() < due do
        coroutine.yield()
      end
      action()
    end)
  end
  return host
end

describe("runtime.tick, in tasks", function()
  for _, each in ipairs(contract) do
    it(each.name, function()
      each.check(new_host())
    end)
  end
end)

describe("client:spawn", function()
  it("starts the function at the next tick, with its arguments", function()
    local got
    local task = client:spawn(function(...)
      got = { n = select("#", ...), ... }
    end, 1, nil, "three", nil)
    assert.is_nil(got)
    assert.equal("running", task:status())
    assert.equal(0, (client:tick(5)))
    assert.same({ n = 4, 1, nil, "three", nil }, got)
    assert.equal("done", task:status())
  end)

  it("starts a function that a task spawned at the tick after", function()
    local order = {}
    client:spawn(function()
      client:spawn(function()
        order[#order + 1] = "second"
      end)
      order[#order + 1] = "first"
    end)
    assert.equal(1, (client:tick(5)))
    assert.same({ "first" }, order)
    assert.equal(0, (client:tick(5)))
    assert.same({ "first", "second" }, order)
  end)

  it("returns a task, which has the results of the function", function()
    local task = client:spawn(function()
      return 1, nil, "three", nil
    end)
    assert.equal(1, select("#", task:result()))
    assert.is_nil((task:result()))
    client:tick(5)
    assert.equal(4, select("#", task:result()))
    assert.same({ 1, nil, "three", nil }, { task:result() })
    assert.equal("sigmamind.task (done)", tostring(task))
    assert.is_nil(task:traceback())
  end)

  it("accepts C functions, too", function()
    local task = client:spawn(math.max, 1, 3, 2)
    client:tick(5)
    assert.equal(3, task:result())
  end)

  it("raises for a client with another runtime", function()
    local other = sandbox:client()
    for name, call in pairs {
      spawn = function() other:spawn(print) end,
      tick = function() other:tick(5) end,
    } do
      local ok, err = pcall(call)
      assert.is_false(ok)
      assert.matches("^spec/tick_spec.lua:%d+: " .. name .. " needs a client made with runtime", err)
    end
    other:close()
  end)

  it("raises for a non-function at the caller's line", function()
    local ok, err = pcall(function()
      client:spawn "print"
    end)
    assert.is_false(ok)
    assert.matches("^spec/tick_spec.lua:%d+: spawn expects a function, got string$", err)
    assert.equal(0, (client:tick(5)))
  end)
end)

describe("runtime.tick, a spawned function", function()
  it("can send requests as on any runtime", function()
    local task = client:spawn(function()
      return client.campaigns:page { size = 20 }
    end)
    finish()
    assert.equal(20, task:result():info().count)
  end)

  it("can read a stream with next()", function()
    local ids = {}
    local task = client:spawn(walk, { size = 20 }, function(campaign)
      ids[campaign.campaignId] = true
      ids[#ids + 1] = campaign.campaignId
    end)
    finish()
    assert.is_true(task:result())
    assert.equal(125, #ids)
    assert.equal(7, #sandbox:log())
    for _, id in ipairs(ids) do
      assert.is_true(ids[id])
      ids[id] = nil
    end
  end)

  it("can use totable, each, count and the like on every Lua, also when each row waits for a tick", function()
    for _, budget in ipairs { 0.002, 0 } do
      local visited = 0
      local rows = client:spawn(function() return client:campaigns({ size = 50 }):totable() end)
      local each = client:spawn(function()
        return client:campaigns({ size = 50 }):each(function() visited = visited + 1 end)
      end)
      local count = client:spawn(function()
        return client:campaigns({ size = 50 }):filter(function() return true end):count()
      end)
      local all = client:spawn(function()
        return client:campaigns({ size = 50 }):all(function(row) return row.campaignId end)
      end)
      assert.same({}, (finish(budget)))
      assert.equal(125, #rows:result())
      assert.is_true(each:result())
      assert.equal(125, visited)
      assert.equal(125, count:result())
      assert.is_true(all:result())
    end
  end)

  if plain_5_1 then
    it("gets an error that names the alternative when plain Lua 5.1 cannot wait", function()
      for _, fn in ipairs {
        function() for _ in client:campaigns() do end end,
        function() error(select(2, pcall(client.campaigns.page, client.campaigns))) end,
      } do
        local task = client:spawn(fn)
        finish()
        assert.equal("failed", task:status())
        assert.equal(0, in_flight())
      end
      local task = client:spawn(function()
        for _ in client:campaigns() do end
      end)
      finish()
      local message = "sigmamind: a request cannot wait inside a C function or, on plain Lua 5.1, "
        .. "inside `for ... in` or pcall: use stream:next() in a `while` "
        .. "(attempt to yield across metamethod/C-call boundary)"
      assert.equal(message, select(2, task:result()))
      assert.matches("spec/tick_spec.lua:%d+: in function", task:traceback())
    end)
  else
    it("can read a stream with for, and use pcall", function()
      for _, budget in ipairs { 0.002, 0 } do
        local count = 0
        client:spawn(function()
          assert(pcall(function()
            for _ in client:campaigns { size = 50 } do
              count = count + 1
            end
          end))
        end)
        assert.same({}, (finish(budget)))
        assert.equal(125, count)
      end
    end)

    it("gets an error when it waits inside a C function", function()
      local task = client:spawn(function()
        return (("x"):gsub("x", function() return assert(client.campaigns:page()) end))
      end)
      finish()
      assert.matches("^sigmamind: a request cannot wait inside a C function.*use stream:next%(%)",
        select(2, task:result()))
      assert.equal(0, in_flight())
    end)
  end

  it("waits for the next tick by coroutine.yield", function()
    local steps = 0
    client:spawn(function()
      for _ = 1, 3 do
        steps = steps + 1
        assert.equal(0, select("#", coroutine.yield(steps)))
      end
    end, "argument")
    for tick_number = 1, 3 do
      assert.equal(1, (client:tick(5)))
      assert.equal(tick_number, steps)
    end
    assert.same({ 0, nil }, { client:tick(5) })
  end)

  it("sleeps without delaying other tasks", function()
    local order = {}
    local slept
    client:spawn(function()
      local started = core.now()
      tick.sleep(0.03)
      slept = core.now() - started
      order[#order + 1] = "sleeper"
    end)
    client:spawn(function()
      order[#order + 1] = "other"
    end)
    finish()
    assert.same({ "other", "sleeper" }, order)
    assert.is_true(slept >= 0.03)
  end)

  it("sleeps for the given time and at most one tick more", function()
    local order = {}
    sandbox:faults { delay = 0.9 }
    client:spawn(function()
      tick.sleep(0.1)
      order[#order + 1] = "sleeper"
    end)
    client:spawn(function()
      assert(client.campaigns:page())
      order[#order + 1] = "reply"
    end)
    assert.same({}, (finish()))
    assert.same({ "sleeper", "reply" }, order)
  end)

  it("retries a request after its backoff while other tasks continue", function()
    sandbox:faults { status = 503, headers = { ["retry-after"] = "1" } }
    local order = {}
    local unlucky = client:spawn(function()
      local page, err = client.campaigns:page()
      order[#order + 1] = "unlucky"
      return page, err
    end)
    tick_until(function() return #sandbox:log() == 1 end)
    assert.equal("running", unlucky:status())
    local steps = 0
    client:spawn(function()
      while unlucky:status() == "running" do
        steps = steps + 1
        coroutine.yield()
      end
      order[#order + 1] = "other"
    end)
    finish()
    assert.equal(10, unlucky:result():info().count)
    assert.same({ "unlucky", "other" }, order)
    assert.is_true(steps > 1)
    assert.equal(2, #sandbox:log())
  end)

  it("may use another client of this runtime", function()
    local other = sandbox:client { runtime = "tick" }
    local task = client:spawn(function()
      return client:campaigns():count(), other:campaigns():count()
    end)
    finish()
    assert.same({ 125, 125 }, { task:result() })
    other:close()
  end)

  it("may tick another client", function()
    local other = sandbox:client { runtime = "tick" }
    local inner = other:spawn(function() return other:campaigns():count() end)
    local outer = client:spawn(function()
      while other:tick(5) > 0 do
        coroutine.yield()
      end
      return client:campaigns():count()
    end)
    finish()
    assert.same({ 125, 125 }, { inner:result(), outer:result() })
    other:close()
  end)
end)

describe("runtime.tick, a request outside a spawned function", function()
  local message = 'sigmamind: with runtime = "tick", make requests in functions given to '
    .. "client:spawn, not outside them and not in coroutines that these make"

  it("raises an error that names client:spawn, and leaves nothing in flight", function()
    local ok, err = pcall(client.campaigns.page, client.campaigns)
    assert.is_false(ok)
    assert.equal(message, err)
    assert.equal(0, in_flight())
    ok, err = pcall(tick.sleep, 1)
    assert.is_false(ok)
    assert.equal(message, err)
  end)

  it("raises also in a coroutine of the caller's own", function()
    local _, outside = coroutine.resume(coroutine.create(client.campaigns.page), client.campaigns)
    assert.equal(message, outside)
    local task = client:spawn(function()
      return select(2, coroutine.resume(coroutine.create(client.campaigns.page), client.campaigns))
    end)
    finish()
    assert.equal(message, task:result())
    assert.equal(0, in_flight())
  end)

  it("may call maybe_yield, which has no effect there", function()
    assert.is_nil(tick.maybe_yield())
    local page
    local task = client:spawn(function()
      page = client.campaigns:page { size = 100 }
    end)
    finish(0)
    assert.equal("done", task:status())
    local count = 0
    for _ in page.next, page do
      tick.maybe_yield()
      count = count + 1
    end
    assert.equal(100, count)
  end)
end)

describe("client:tick", function()
  it("returns the number of tasks that are still running", function()
    assert.equal(0, (client:tick(5)))
    for i = 1, 3 do
      client:spawn(function()
        for _ = 1, i do
          coroutine.yield()
        end
      end)
    end
    local counts = {}
    for i = 1, 4 do
      counts[i] = client:tick(5)
    end
    assert.same({ 3, 2, 1, 0 }, counts)
  end)

  it("spreads a page over several ticks when its budget is used up", function()
    local rows, per_tick = 0, {}
    local task = client:spawn(walk, { size = 100, limit = 100 }, function()
      rows = rows + 1
    end)
    tick_until(function() return rows > 0 end)
    local running
    repeat
      local before = rows
      running = client:tick(0)
      per_tick[#per_tick + 1] = rows - before
    until running == 0 or #per_tick == 200
    assert.is_true(task:result())
    assert.equal(100, rows)
    for _, count in ipairs(per_tick) do
      assert.is_true(count <= 1)
    end
  end)

  it("runs at least one step, even with a budget of 0", function()
    local rows = 0
    client:spawn(walk, { size = 125 }, function()
      rows = rows + 1
    end)
    while rows == 0 do
      client:tick(0)
      core.sleep(0.001)
    end
    for expected = rows + 1, rows + 50 do
      assert.equal(1, (client:tick(0)))
      assert.equal(expected, rows)
    end
  end)

  it("lets totable read one row a tick with a budget of 0, and a page a tick with enough budget", function()
    for _, budget in ipairs { 0, 60 } do
      local stream, rows, with_rows = client:campaigns { size = 125 }, 0, 0
      local task = client:spawn(stream.totable, stream)
      while client:tick(budget) > 0 do
        local read = stream:report().rows
        with_rows = with_rows + (read > rows and 1 or 0)
        rows = read
        core.sleep(0.001)
      end
      assert.equal(125, #assert(task:result()))
      local fits = budget == 0 and with_rows >= 124 or budget > 0 and with_rows <= 1
      assert.is_true(fits, budget .. " s: rows in " .. with_rows .. " frames")
    end
  end)

  it("continues to read within its budget", function()
    local rows = 0
    client:spawn(walk, { size = 125 }, function()
      rows = rows + 1
    end)
    while rows == 0 do
      assert.equal(0, rows)
      client:tick(60)
      core.sleep(0.001)
    end
    assert.equal(125, rows)
  end)

  it("has a default budget of 2 ms, and returns between rows once it is used up", function()
    local rows = 0
    local task = client:spawn(walk, { size = 125 }, function()
      rows = rows + 1
      local busy = core.now() + 0.001
      repeat until core.now() > busy
    end)
    local ticks, last = 0, 0
    while task:status() == "running" do
      client:tick()
      ticks, last = rows > last and ticks + 1 or ticks, rows
      core.sleep(0.0001)
    end
    assert.equal(125, rows)
    assert.is_true(ticks > 20)
  end)

  it("returns while the server is silent", function()
    sandbox:faults { silent = true }
    local task = client:spawn(function()
      return client.campaigns:page()
    end)
    tick_until(function() return #sandbox:log() == 1 end)
    for _ = 1, 100 do
      assert.equal(1, (client:tick(5)))
    end
    assert.equal("running", task:status())
    assert.equal(1, in_flight())
  end)

  it("sends the request of a task before it returns", function()
    client:spawn(function()
      return client.campaigns:page()
    end)
    finish()
    client:spawn(function()
      return client.campaigns:page()
    end)
    client:tick(5) -- the connection is already open
    for _ = 1, 1000 do
      if #sandbox:log() == 2 then
        break
      end
      core.sleep(0.001)
    end
    assert.equal(2, #sandbox:log())
    finish()
  end)

  it("runs several requests at once", function()
    sandbox:faults { delay = 0.2, times = -1 }
    local tasks = {}
    for i = 1, 5 do
      tasks[i] = client:spawn(function()
        return client.campaigns:page { page = i, size = 10 }
      end)
    end
    client:tick(5)
    assert.equal(5, in_flight())
    assert.same({}, (finish()))
    for i, task in ipairs(tasks) do
      assert.equal(i, task:result():info().page)
    end
  end)

  it("does not let a waiting task delay another", function()
    sandbox:faults { page = 0, silent = true }
    local waiting = client:spawn(function()
      return client.campaigns:page { page = 0 }
    end)
    local walking = client:spawn(function()
      local counts = {}
      for page = 1, 5 do
        counts[page] = client.campaigns:page({ page = page }):info().count
      end
      return counts
    end)
    tick_until(function() return walking:status() ~= "running" end)
    assert.same({ 10, 10, 10, 10, 10 }, walking:result())
    assert.equal("running", waiting:status())
  end)

  it("resumes tasks in order, even with a budget of 0", function()
    local rows = { 0, 0, 0 }
    for i = 1, 3 do
      client:spawn(walk, { size = 125 }, function()
        rows[i] = rows[i] + 1
      end)
    end
    sandbox:faults { delay = 0.1, times = -1 }
    for _ = 1, 3 do
      client:tick(0)
    end
    assert.equal(3, in_flight())
    while in_flight() > 0 do
      client.transport.session:poll(1)
    end
    while rows[1] == 0 do
      client:tick(0)
    end
    local seen = {}
    for i = 1, 6 do
      seen[i] = table.concat(rows, " ")
      client:tick(0)
    end
    assert.same({ "1 0 0", "1 1 0", "1 1 1", "2 1 1", "2 2 1", "2 2 2" }, seen)
  end)

  it("raises for an invalid budget at the caller's line", function()
    for _, bad in ipairs { -1, "soon", 0 / 0 } do
      local ok, err = pcall(function()
        local running = client:tick(bad)
        return running
      end)
      assert.is_false(ok)
      assert.matches("^spec/tick_spec.lua:%d+: tick expects a number of seconds, 0 or more, got ", err)
    end
  end)

  it("continues with every task after an interrupt", function()
    for line = 1, 60 do
      local count
      local task = client:spawn(function() count = client:campaigns():count() end)
      local left = line
      debug.sethook(function()
        if debug.getinfo(2, "S").short_src:find "scheduler.lua" then
          left = left - 1
          if left == 0 then
            debug.sethook()
            error("of the hook", 0)
          end
        end
      end, "l")
      local ok, err = pcall(client.tick, client)
      debug.sethook()
      assert.equal(ok and 1 or "of the hook", err)
      assert.same({}, (finish()))
      assert.equal("done", task:status())
      assert.equal(125, count)
    end
  end)

  it("raises when a task calls it", function()
    local task = client:spawn(function()
      local running = client:tick(5)
      return running
    end)
    client:tick(5)
    assert.matches("^spec/tick_spec.lua:%d+: tick cannot be called by a function that it runs$",
      select(2, task:result()))
    assert.equal(0, (client:tick(5)))
  end)
end)

describe("runtime.tick, an error in a spawned function", function()
  it("is kept in the task, and the tick returns the task", function()
    local task = client:spawn(function()
      error "no such level"
    end)
    local running, failed = client:tick(5)
    assert.equal(0, running)
    assert.same({ task }, failed)
    assert.equal("failed", task:status())
    local result, err = task:result()
    assert.is_nil(result)
    assert.matches("^spec/tick_spec.lua:%d+: no such level$", err)
    assert.matches("^spec/tick_spec.lua:%d+: no such level\nstack traceback:\n.*spec/tick_spec.lua:%d+",
      task:traceback())
    assert.is_nil((select(2, client:tick(5))))
  end)

  it("may be any value", function()
    local value = {}
    local tasks = { client:spawn(fail, value), client:spawn(fail) }
    assert.same(tasks, select(2, client:tick(5)))
    assert.equal(value, select(2, tasks[1]:result()))
    local nothing = select(2, pcall(error, nil)) -- Lua 5.5 turns nil into a string
    assert.same({ n = 2, nil, nothing }, { n = select("#", tasks[2]:result()), tasks[2]:result() })
    assert.matches("^table: ", tasks[1]:traceback())
    assert.equal(tostring(nothing), tasks[2]:traceback():match "^[^\n]*")
  end)

  it("is the error object of a request", function()
    local stranger = sandbox:client { runtime = "tick", api_key = "wrong" }
    local task = client:spawn(function()
      local page, err = stranger.campaigns:page()
      return page or error(err)
    end)
    assert.same({ task }, (finish()))
    local err = select(2, task:result())
    assert.equal("auth", err.kind)
    assert.equal(401, err.status)
    stranger:close()
  end)

  it("does not fail the task when the function returns it", function()
    sandbox:faults { status = 404 }
    local task = client:spawn(function()
      return client.campaigns:page()
    end)
    assert.same({}, (finish()))
    assert.equal("done", task:status())
    assert.equal(404, select(2, task:result()).status)
  end)

  it("ends no other task", function()
    client:spawn(fail, "first")
    local task = client:spawn(function()
      return client:campaigns():count()
    end)
    client:spawn(fail, "third")
    assert.equal(2, #finish())
    assert.equal(125, task:result())
  end)
end)

if plain_5_1 then
  describe("a request where plain Lua 5.1 cannot wait", function()
    it("does not keep the task waiting after its error was caught", function()
      sandbox:faults { silent = true, times = -1 }
      local went_on = false
      client:spawn(function()
        local ok, err = pcall(client.campaigns.page, client.campaigns)
        assert(not ok and err:find "yield")
        coroutine.yield()
        went_on = true
      end)
      assert.same({}, (finish()))
      assert.is_true(went_on)
    end)

    it("is not sent later", function()
      sandbox:clear()
      client:spawn(function()
        local ok = pcall(client.request, client, { method = "POST", path = "/v1/calls" })
        assert(not ok)
        coroutine.yield()
        assert(client.campaigns:page()) -- polls the session
      end)
      assert.same({}, (finish()))
      assert.equal(1, #sandbox:log())
    end)

    it("does not keep the task asleep after its error was caught", function()
      local went_on = false
      client:spawn(function()
        local ok, err = pcall(tick.sleep, 3600)
        assert(not ok and err:find "yield")
        coroutine.yield()
        went_on = true
      end)
      for _ = 1, 3 do
        client:tick()
      end
      assert.is_true(went_on)
    end)
  end)
end

describe("task:cancel", function()
  it("cancels the request that the task waits for", function()
    sandbox:faults { silent = true }
    local went_on = false
    local task = client:spawn(function()
      client.campaigns:page()
      went_on = true
    end)
    tick_until(function() return #sandbox:log() == 1 end)
    assert.equal(1, in_flight())
    task:cancel()
    assert.equal(0, in_flight())
    assert.equal("cancelled", task:status())
    local result, err = task:result()
    assert.is_nil(result)
    assert.equal("cancelled", err.kind)
    assert.equal("sigmamind: cancelled: the task was cancelled", tostring(err))
    local running, failed = client:tick(5)
    assert.equal(0, running)
    assert.is_nil(failed)
    assert.is_false(went_on)
  end)

  it("is not needed for a walk that the main program failed to read: a task can read it", function()
    local stream = client:campaigns { size = 10 }
    assert.is_false(pcall(stream.next, stream))
    local task = client:spawn(function()
      return stream:next()
    end)
    assert.same({}, finish())
    assert.is_table((task:result()))
  end)

  it("is not needed for a walk in which a task caught an error: another task can read it", function()
    local raises = false
    local other = sandbox:client {
      runtime = "tick",
      prefetch = 0,
      api_key = function()
        return not raises and sandbox.key or error "no key just now"
      end,
    }
    sandbox:faults { page = 5, delay = 0.5 }
    local one, two = other:campaigns { size = 10 }, other:campaigns { size = 5 }
    other:spawn(function()
      raises = true
      pcall(one.next, one)
      raises = false
      for _ = 1, 26 do
        two:next()
      end
    end)
    local second = other:spawn(function()
      return one:next()
    end)
    local started = core.now()
    while other:tick() > 0 and core.now() - started < 5 do
      core.sleep(0.005)
    end
    assert.equal("done", second:status())
    assert.is_table((second:result()))
    other:close()
  end)

  it("frees the task's walk for others, also when the function cleans up with another request", function()
    local stream = client:campaigns { size = 10, prefetch = 0 }
    local first = client:spawn(function()
      local ok = pcall(stream.next, stream)
      return ok or client.campaigns:page()
    end)
    client:tick()
    first:cancel()
    local second = client:spawn(function()
      return stream:next()
    end)
    local started = core.now()
    while client:tick() > 0 and core.now() - started < 5 do
      core.sleep(0.005)
    end
    assert.equal("done", second:status())
    assert.is_table((second:result()))
  end)

  it("prevents a function that has not started", function()
    local task = client:spawn(fail, "begun")
    task:cancel()
    task:cancel()
    assert.same({ 0, nil }, { client:tick(5) })
    assert.equal("cancelled", task:status())
  end)

  it("is permanent: a cancelled task stays cancelled when its client is closed", function()
    local task = client:spawn(coroutine.yield)
    local other = client:spawn(coroutine.yield)
    client:tick(5)
    task:cancel()
    local result, err = task:result()
    client:close()
    assert.same({ 0, { other } }, { client:tick(5) })
    assert.same({ 0, nil }, { client:tick(5) })
    assert.equal("cancelled", task:status())
    assert.is_nil(result)
    assert.equal(err, select(2, task:result()))
    assert.is_nil(task:traceback())
    assert.equal("failed", other:status())
  end)

  it("has no effect on a finished task", function()
    local done = client:spawn(function() return "result" end)
    local failed = client:spawn(fail, "failure")
    client:tick(5)
    done:cancel()
    failed:cancel()
    assert.equal("done", done:status())
    assert.equal("result", done:result())
    assert.equal("failed", failed:status())
    assert.equal("failure", select(2, failed:result()))
  end)

  it("ends a task between two rows, in a sleep, or in a yield", function()
    local rows, steps, asleep, woken = 0, 0, false, false
    local walking = client:spawn(walk, { size = 125 }, function() rows = rows + 1 end)
    local yielding = client:spawn(function()
      while true do
        steps = steps + 1
        coroutine.yield()
      end
    end)
    while rows == 0 do
      client:tick(0)
    end
    walking:cancel()
    local sleeping = client:spawn(function()
      asleep = true
      tick.sleep(0.05)
      woken = true
    end)
    while not asleep do
      client:tick(0)
    end
    sleeping:cancel()
    yielding:cancel()
    local rows_before, steps_before = rows, steps
    assert.equal(0, (client:tick(5)))
    core.sleep(0.1)
    assert.equal(0, (client:tick(5)))
    assert.equal(rows_before, rows)
    assert.equal(steps_before, steps)
    assert.is_false(woken)
  end)

  it("does not affect other tasks, also one that continues the same walk", function()
    local rows = 0
    local stream = client:campaigns { size = 50, prefetch = 0 }
    local function read()
      while stream:next() do
        rows = rows + 1
      end
    end
    sandbox:faults { page = 1, silent = true }
    local first = client:spawn(read)
    tick_until(function() return #sandbox:log() == 2 end)
    first:cancel()
    assert.equal(50, rows)
    local second = client:spawn(read)
    assert.same({}, (finish()))
    assert.equal("done", second:status())
    assert.equal(125, rows)
  end)

  it("may be called by another task, or by the task itself", function()
    sandbox:faults { page = 0, silent = true }
    local victim = client:spawn(function()
      return client.campaigns:page { page = 0 }
    end)
    client:spawn(function()
      victim:cancel()
    end)
    local went_on, own = 0
    own = client:spawn(function()
      own:cancel()
      went_on = 1
      client.campaigns:page { page = 1 }
      went_on = 2
    end)
    assert.same({}, (finish()))
    assert.equal("cancelled", victim:status())
    assert.equal("cancelled", own:status())
    assert.equal(1, went_on)
    assert.equal(0, in_flight())
  end)

  it("lets a function that cancels its own task read no further row", function()
    local rows, own = 0
    own = client:spawn(walk, { size = 125 }, function()
      rows = rows + 1
      if rows == 10 then
        own:cancel()
      end
    end)
    assert.same({}, (finish(60)))
    assert.equal(10, rows)
    assert.equal("cancelled", own:status())
  end)

  it("keeps an error that the function raises after it cancelled its own task", function()
    local own
    own = client:spawn(function()
      own:cancel()
      error "a mistake"
    end)
    assert.same({ own }, (finish()))
    assert.equal("cancelled", own:status())
    assert.matches("a mistake\nstack traceback:", own:traceback())
    assert.equal("cancelled", select(2, own:result()).kind)
  end)

  if not plain_5_1 then
    it("keeps an error that the function raises while it cleans up", function()
      sandbox:faults { silent = true }
      local task = client:spawn(function()
        pcall(client.campaigns.page, client.campaigns)
        error "a mistake"
      end)
      tick_until(function() return in_flight() == 1 end)
      task:cancel()
      assert.same({ task }, (finish()))
      assert.matches("a mistake", task:traceback())
      assert.equal("cancelled", task:status())
    end)
  end

  if not plain_5_1 then
    it("raises once, where the function waits", function()
      sandbox:faults { silent = true, times = -1 }
      local caught = {}
      local task = client:spawn(function()
        while true do
          local _, err = pcall(client.campaigns.page, client.campaigns)
          caught[#caught + 1] = err.kind
        end
      end)
      tick_until(function() return in_flight() == 1 end)
      task:cancel()
      assert.same({ "cancelled" }, caught)
      assert.equal(0, in_flight())
      assert.equal(0, (client:tick(5)))
      assert.same({ "cancelled" }, caught)
    end)
  end

  if _VERSION >= "Lua 5.4" then
    it("closes to-be-closed variables, as an error in the function does", function()
      local run = load [[
        local closed, wait = ...
        local variable <close> = setmetatable({}, { __close = function() closed[#closed + 1] = wait end })
        wait()
      ]]
      local closed = {}
      local yielding = client:spawn(run, closed, coroutine.yield)
      local sleeper = function() tick.sleep(60) end
      local sleeping = client:spawn(run, closed, sleeper)
      client:spawn(run, closed, error)
      client:tick(5)
      assert.same({ error }, closed)
      yielding:cancel()
      sleeping:cancel()
      assert.same({ error, coroutine.yield, sleeper }, closed)
    end)
  end
end)

describe("client:close while tasks run", function()
  it("ends each task with kind 'closed' at the next tick", function()
    sandbox:faults { page = 0, silent = true }
    local went_on = false
    local function go_on(wait, ...)
      wait(...)
      went_on = true
    end
    local waiting = client:spawn(go_on, client.campaigns.page, client.campaigns)
    local sleeping = client:spawn(go_on, tick.sleep, 0)
    local yielding = client:spawn(go_on, coroutine.yield)
    client:tick(5)
    local new = client:spawn(go_on, print)
    client:close()
    local running, failed = client:tick(5)
    assert.equal(0, running)
    assert.same({ waiting, sleeping, yielding, new }, failed)
    for _, task in ipairs(failed) do
      assert.equal("failed", task:status())
      assert.equal("closed", select(2, task:result()).kind)
      assert.equal("the client was closed", select(2, task:result()).message)
    end
    assert.is_false(went_on)
    assert.same({ 0, nil }, { client:tick(5) })
  end)

  it("may be called by a task", function()
    local waiting = client:spawn(function()
      return client.campaigns:page()
    end)
    local closing = client:spawn(function()
      client:close()
      return select(2, client.campaigns:page()).kind
    end)
    local running, failed = client:tick(5)
    assert.equal(0, running)
    assert.same({ waiting }, failed)
    assert.equal("closed", select(2, waiting:result()).kind)
    assert.equal("closed", closing:result())
  end)

  it("does not end a task of another client that waits for a request of this one", function()
    sandbox:faults({ page = 1, silent = true }, { page = 2, delay = 0.2 })
    local other = sandbox:client { runtime = "tick" }
    local through = client:spawn(function()
      return select(2, other.campaigns:page { page = 1 }).kind
    end)
    local own = client:spawn(function()
      return client.campaigns:page({ page = 2 }):info().page
    end)
    tick_until(function() return #sandbox:log() == 2 end)
    other:close()
    assert.same({}, finish())
    assert.equal("closed", through:result())
    assert.equal("done", own:status())
    assert.equal(2, own:result())
  end)

  it("prevents tasks that are spawned later", function()
    client:close()
    local begun = false
    local task = client:spawn(function() begun = true end)
    client:tick(5)
    assert.is_false(begun)
    assert.equal("closed", select(2, task:result()).kind)
  end)
end)

describe("runtime.tick, a client that is dropped while tasks run", function()
  it("is collected with its tasks", function()
    sandbox:faults { silent = true }
    local dropped = setmetatable({}, { __mode = "k" })
    do
      local other = sandbox:client { runtime = "tick" }
      local task = other:spawn(function() other.campaigns:page() end)
      other:tick(5)
      dropped[other], dropped[task], dropped[other.transport.session] = true, true, true
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(dropped))
  end)
end)
