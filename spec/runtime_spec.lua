-- A runtime of the caller's own, which needs only now, sleep and wait.

local blocking = require "sigmamind.runtime.blocking"
local contract = require "spec.support.runtime_contract"
local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"
local walks = require "spec.support.walks"

local sandbox = server.shared { latency = 0.05 }
local all

setup(function()
  local client = sandbox:client()
  all = assert(walks.ids(client))
  client:close()
end)

--- Resumes coroutines in turn until all are dead, for at most a minute. Calls the function that each
--- yields before the next turn.
local function take_turns(actions)
  local threads, results, deadline = {}, {}, core.now() + 60
  for i, action in ipairs(actions) do
    threads[i] = coroutine.create(action)
  end
  repeat
    local alive = 0
    for i, thread in ipairs(threads) do
      if coroutine.status(thread) ~= "dead" then
        alive = alive + 1
        local ok, first, second = coroutine.resume(thread)
        assert(ok, first)
        if coroutine.status(thread) == "dead" then
          results[i] = { first, second }
        else
          first()
        end
      end
    end
    assert(core.now() < deadline, "the coroutines do not end")
  until alive == 0
  return results
end

--- The runtime of coroutines in take_turns.
local function turns()
  local host = { now = core.now, sleeps = 0 }
  function host.sleep(seconds)
    host.sleeps = host.sleeps + 1
    local wake = core.now() + seconds
    while core.now() < wake do
      coroutine.yield(function() core.sleep(0.001) end)
    end
  end
  function host.wait(session, transfer)
    while not transfer:done() do
      coroutine.yield(function() session:poll(0.001) end)
    end
  end
  return host
end

--- The host of the contract: actions take turns once all are begun.
local function new_host()
  local runtime, actions, begun = turns(), {}, {}
  local host = { sandbox = sandbox, all = all, one_by_one = true } -- without `together`
  function host.client(options)
    options = options or {}
    options.runtime = runtime
    return sandbox:client(options)
  end
  function host.spawn(action)
    actions[#actions + 1], begun[#begun + 1] = action, {}
    return begun[#begun]
  end
  function host.after(seconds, action)
    host.spawn(function()
      runtime.sleep(seconds)
      action()
    end)
  end
  function host.finish()
    for i, results in pairs(take_turns(actions)) do
      begun[i].first, begun[i].second, begun[i].over = results[1], results[2], true
    end
  end
  return host
end

describe("sigmamind.runtime, a runtime of the caller's own", function()
  for _, each in ipairs(contract) do
    it(each.name, function()
      each.check(new_host())
    end)
  end

  it("is called to sleep between attempts, while other coroutines continue", function()
    local host = turns()
    local client = sandbox:client { runtime = host }
    sandbox:faults({ page = 70, status = 503, times = 2 })
    local results = take_turns {
      function() return client.campaigns:page { page = 70 } end,
      function() return walks.ids(client, 50) end,
    }
    assert.equal(0, results[1][1]:info().count)
    assert.same(all, results[2][1])
    assert.is_true(host.sleeps >= 2)
    client:close()
  end)

  it("may have other fields, and be shared by clients", function()
    local host = { now = core.now, sleep = blocking.sleep, wait = blocking.wait, name = "mine" }
    for _ = 1, 2 do
      local client = sandbox:client { runtime = host }
      assert.same(all, walks.ids(client))
      client:close()
    end
  end)
end)

describe("sigmamind.runtime, the reference", function()
  it("shows a runtime that works", function()
    local file = assert(io.open "doc/reference.md")
    local program = file:read("*a"):match "### A runtime of your own.-```lua\n(.-)```"
    file:close()
    local name = os.tmpname()
    file = assert(io.open(name, "w"))
    file:write(program)
    file:close()
    local environment = "SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"
    local output, ok = interpreter.run(name, environment:format(sandbox.url, sandbox.key))
    os.remove(name)
    assert.is_true(ok, output)
    local counts, sum = {}, 0
    for status, count in output:gmatch "(%l+)\t(%d+)\n" do
      counts[#counts + 1] = status
      sum = sum + count
    end
    table.sort(counts)
    assert.same({ "completed", "live", "paused", "scheduled" }, counts)
    assert.equal(125, sum)
    local log, first = sandbox:log(), {}
    for i = 1, 4 do
      first[i] = log[i].path:match "status=(%l+)"
    end
    table.sort(first)
    assert.same(counts, first)
  end)
end)

describe("sigmamind.runtime, the blocking runtime", function()
  it("sleeps while it waits for a slow reply", function()
    sandbox:faults { delay = 0.5 }
    local session = core.session {}
    local counted = walks.counted(session)
    local transfer = session:start { url = sandbox.url .. "/v1/campaigns", key = sandbox.key }
    blocking.wait(counted, transfer)
    assert.equal(200, transfer:status())
    assert.is_true(counted.polls <= 20, counted.polls)
    session:close()
  end)

  it("sleeps for at least the given time, and returns at once for 0 or less", function()
    local started = core.now()
    blocking.sleep(0.05)
    assert.is_true(core.now() - started >= 0.05)
    blocking.sleep(0)
    blocking.sleep(-1)
  end)
end)

describe("sigmamind.runtime, a runtime whose library", function()
  local place

  before_each(function()
    place = scratch.open()
  end)

  after_each(function()
    place:remove()
  end)

  --- The output of two requests, with only sigmamind and the modules of the scratch directory.
  local function run(name)
    place:write("program.lua", ([[
      package.path = "%s/lua/?.lua;%s/lua/?/init.lua;./?.lua"
      package.cpath = package.cpath:match "[^;]*/build/[^;]*lua[^;/]*/%%?%%.so" .. ";./?.so"
      local sigmamind = require "sigmamind"
      for _ = 1, 2 do
        local client = sigmamind.new { api_key = "k", runtime = "%s" }
        local _, err = client.campaigns:page()
        print(err.kind, err.message)
      end
    ]]):format(scratch.here, scratch.here, name))
    return (place:run "lua program.lua")
  end

  for name, module in pairs { luv = "luv", cqueues = "cqueues.auxlib" } do
    it("is missing returns an error each time, with Debian's package: " .. name, function()
      local source = _VERSION == "Lua 5.5" and "Debian has it only for Lua 5.1 to 5.4; the rock %s" or "Debian: lua-%s"
      local line = "config\tthe runtime '%s' cannot be used: it needs the module %s for %s (" .. source .. ")\n"
      assert.equal(line:format(name, module, _VERSION, name):rep(2), run(name))
    end)
  end

  it("is missing names the Luas of Debian's package when this one is not among them", function()
    local missing = require "sigmamind.missing"
    local raised = "module 'luv' not found:\n\tno field"
    assert.equal("it needs the module luv for Lua 5.5 (Debian has it only for Lua 5.1 to 5.4; the rock luv)",
      (select(2, missing(raised, "Lua 5.5"))))
    assert.equal("it needs the module luv for Lua 5.4 (Debian: lua-luv)", (select(2, missing(raised, "Lua 5.4"))))
    assert.equal("it needs the module http.server for Lua 5.4 (Debian has it only for Lua 5.1 to 5.3; the rock http)",
      (select(2, missing("module 'http.server' not found:", "Lua 5.4"))))
  end)

  it("raises returns its own message, each time", function()
    place:write("luv.lua", "error('no loop\\nhere', 0)")
    assert.equal(("config\tthe runtime 'luv' cannot be used: no loop\n"):rep(2), run "luv")
    place:write("luv.lua", "attempts = (attempts or 0) + 1 error('attempt ' .. attempts, 0)")
    assert.equal(("config\tthe runtime 'luv' cannot be used: attempt 1\n"):rep(2), run "luv")
  end)

  it("cannot be loaded returns the reason", function()
    place:write("luv.so", "no library")
    local line, again = run("luv"):match "^([^\n]*\n)(.*)$"
    assert.matches("^config\tthe runtime 'luv' cannot be used: .*luv%.so[^\n]*[^:]\n$", line)
    assert.equal(line, again)
  end)
end)
