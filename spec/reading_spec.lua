-- A walk has one reader at a time, and loses no row when a reader is interrupted.

local core = require "sigmamind.core"
local interrupts = require "spec.support.interrupts"
local recorder = require "spec.support.recorder"
local server = require "spec.support.server"

local sandbox = server.shared()
local all

setup(function()
  local client = sandbox:client()
  all = {}
  for row in client:campaigns() do
    all[#all + 1] = row.campaignId
  end
  client:close()
end)

--- A blocking runtime that calls interfere() when the k-th transfer is done, before its reader goes on.
local function interfering(k, interfere)
  local count = 0
  return {
    now = core.now,
    sleep = core.sleep,
    wait = function(session, transfer)
      while not transfer:done() do
        session:poll(1)
      end
      count = count + 1
      if count == k then
        interfere()
      end
    end,
  }
end

--- Ways to read a walk: open it, read it to its end, and read one step of it.
local READERS = {
  next = {
    open = function(client) return client:campaigns { size = 10 } end,
    finish = interrupts.readers.next,
    step = function(stream) return stream:next() end,
  },
  ["for"] = {
    open = function(client) return client:campaigns { size = 10, prefetch = 0 } end,
    finish = interrupts.readers["for"],
    step = function(stream) return stream() end,
  },
  totable = {
    open = function(client) return client:campaigns { size = 10 } end,
    finish = interrupts.readers.totable,
    step = function(stream) return stream:count() end,
  },
  pages = {
    open = function(client) return client.campaigns:pages { size = 10 } end,
    finish = interrupts.readers.pages,
    step = function(pager) return pager:next() end,
  },
  verified = {
    open = function(client) return client:campaigns { size = 10, verify = true } end,
    finish = interrupts.readers.next,
    step = function(stream) return stream:totable() end,
  },
}

local function in_coroutine(action)
  local thread = coroutine.create(action)
  local ok, err = coroutine.resume(thread)
  return ok, err
end

describe("sigmamind.listing.stream, a second reader", function()
  --- Asserts that the second read gets an error, and the first loses no row.
  local function refused(name, reader, make_runtime)
    local walk, ok, err
    local client = sandbox:client {
      runtime = make_runtime(function(call)
        ok, err = call(function() return reader.step(walk) end)
      end),
    }
    walk = reader.open(client)
    local ids = {}
    reader.finish(walk, ids)
    assert.is_false(ok, name)
    assert.matches("^sigmamind: this walk is being read by ", err, name)
    assert.same(all, ids, name)
    client:close()
  end

  it("is refused in a coroutine, while the main program or another coroutine reads", function()
    for name, reader in pairs(READERS) do
      for _, k in ipairs { 1, 2, 5 } do
        refused(name, reader, function(call)
          return interfering(k, function() call(in_coroutine) end)
        end)
      end
      in_coroutine(function()
        refused(name, reader, function(call)
          return interfering(2, function() call(in_coroutine) end)
        end)
      end)
    end
  end)

  it("is refused in the same thread, when the runtime calls it during a wait", function()
    for name, reader in pairs(READERS) do
      for _, k in ipairs { 1, 2, 5 } do
        refused(name, reader, function(call)
          return interfering(k, function() call(pcall) end)
        end)
      end
    end
  end)

  it("is refused in the main program, while a coroutine reads", function()
    for name, reader in pairs(READERS) do
      local client = sandbox:client { runtime = recorder "yields" }
      local walk, ids = reader.open(client), {}
      local finish = name == "for" and interrupts.readers.next or reader.finish -- plain Lua 5.1
      local thread = coroutine.create(function()
        finish(walk, ids)
      end)
      assert(coroutine.resume(thread))
      local ok, err = pcall(reader.step, walk)
      assert.is_false(ok, name)
      assert.matches("^sigmamind: this walk is being read by another coroutine", err)
      while coroutine.status(thread) ~= "dead" do
        assert(coroutine.resume(thread))
      end
      assert.same(all, ids, name)
      client:close()
    end
  end)

  it("is refused in on_event and in the function api_key", function()
    for _, where in ipairs { "on_event", "api_key" } do
      for name, reader in pairs(READERS) do
        for at = 1, 9, 4 do
          local walk, ok, err
          local count = 0
          local function interfere()
            count = count + 1
            if count == at then
              ok, err = pcall(reader.step, walk)
            end
            return sandbox.key
          end
          local client = sandbox:client { [where] = interfere }
          walk = reader.open(client)
          local ids = {}
          reader.finish(walk, ids)
          assert.is_false(ok, name)
          assert.matches("^sigmamind: this walk is being read by the call that invoked on_event", err)
          assert.same(all, ids, name)
          client:close()
        end
      end
    end
  end)

  it("may call token and report, which cover the rows read so far", function()
    local stream, tokens, reports = nil, {}, {}
    local client
    client = sandbox:client {
      on_event = function()
        tokens[#tokens + 1] = stream:token()
        reports[#reports + 1] = stream:report().rows
      end,
    }
    stream = client:campaigns { size = 50, prefetch = 0 }
    assert.equal(125, stream:count())
    assert.same({ 0, 0, 0, 50, 50, 50, 100, 100, 100 }, reports)
    local other = sandbox:client()
    assert.equal(75, other:campaigns({ size = 50, resume = tokens[4] }):count())
    assert.equal(25, other:campaigns({ size = 50, resume = tokens[9] }):count())
    other:close()
    client:close()
  end)

  it("continues after the first reader was collected while it waited", function()
    local client = sandbox:client { runtime = recorder "yields" }
    local stream = client:campaigns { size = 10 }
    local thread = coroutine.create(function() stream:next() end)
    assert(coroutine.resume(thread))
    assert.is_false(pcall(stream.next, stream))
    thread = nil -- luacheck: ignore
    local reader, ids = coroutine.create(interrupts.readers.next), {}
    repeat
      assert(coroutine.resume(reader, stream, ids))
    until coroutine.status(reader) == "dead"
    assert.same(all, ids)
    client:close()
  end)

  it("continues, also more than a second later, after an error in the first one's backoff", function()
    for name, reader in pairs(READERS) do
      sandbox:faults { page = 1, status = 503 }
      local host = recorder()
      local sleep = host.sleep
      host.sleep = function()
        error("of the sleep", 0)
      end
      local client = sandbox:client { runtime = host }
      local walk, ids = reader.open(client), {}
      local ok, err = pcall(reader.finish, walk, ids)
      assert.is_false(ok, name)
      assert.equal("of the sleep", err)
      host.sleep = sleep
      sleep(2)
      assert.is_true((in_coroutine(function() reader.finish(walk, ids) end)))
      assert.same(all, ids, name)
      client:close()
    end
  end)

  it("continues after the first got an error of the runtime or api_key", function()
    for _, where in ipairs { "runtime", "api_key" } do
      for name, reader in pairs(READERS) do
        for at = 1, 13, 3 do
          local function fail()
            error("of the callback", 0)
          end
          local count = 0
          local function api_key()
            count = count + 1
            return count == at and fail() or sandbox.key
          end
          local options = where == "runtime" and { runtime = interfering(at, fail) } or { api_key = api_key }
          local client = sandbox:client(options)
          local walk, ids = reader.open(client), {}
          local ok, err = pcall(reader.finish, walk, ids)
          assert.is_false(ok, name)
          assert.equal("of the callback", err)
          assert.is_true((in_coroutine(function() reader.finish(walk, ids) end)))
          assert.same(all, ids, name)
          client:close()
        end
      end
    end
  end)
end)

describe("sigmamind.listing.stream, a walk that was interrupted by the error of a hook", function()
  local jit = rawget(_G, "jit")
  local client

  setup(function()
    if jit then
      jit.off()
      jit.flush()
    end
    client = sandbox:client { attempts = 1 }
  end)

  teardown(function()
    client:close()
    if jit then
      jit.on()
    end
  end)

  --- Interrupts walks at `samples` random instructions, and continues each.
  local function check_interrupted(samples, reader, open, expected)
    local function read(walk, ids)
      return function()
        reader(walk, ids)
      end
    end
    local _, err, count = interrupts.at(math.huge, read(open(), {}))
    assert.is_nil(err)
    for i = 1, samples do
      local place = math.floor((i - core.random()) * count / samples) + 1
      local walk, ids = open(), {}
      local ok
      ok, err = interrupts.at(place, read(walk, ids))
      if not ok then
        assert.equal("interrupted", err)
        read(walk, ids)()
      end
      assert.same(expected, ids, ("interrupted at %d of %d"):format(place, count))
    end
  end

  local function from(first, last)
    local ids = {}
    for i = first, last do
      ids[#ids + 1] = all[i]
    end
    return ids
  end

  for name, read in pairs(interrupts.readers) do
    it("returns every row once: " .. name, function()
      for _, prefetch in ipairs { 0, 4 } do
        check_interrupted(15, read, function()
          local arguments = { size = 20, prefetch = prefetch }
          if name == "pages" then
            return client.campaigns:pages(arguments)
          end
          local stream = client:campaigns(arguments)
          return name == "json" and stream:json() or stream
        end, all)
      end
    end)
  end

  it("returns every row once: verify, where, take and drop", function()
    local next_rows = interrupts.readers.next
    check_interrupted(20, next_rows, function() return client:campaigns { size = 50, verify = true } end, all)
    check_interrupted(20, next_rows, function()
      return client:campaigns { size = 20, where = { campaignId = { starts_with = "camp" } } }
    end, all)
    check_interrupted(20, next_rows, function() return client:campaigns({ size = 20 }):take(70) end, from(1, 70))
    local function piece()
      return client:campaigns({ size = 20 }):drop(5):take(60):drop(3):take(50)
    end
    check_interrupted(20, interrupts.readers.totable, piece, from(9, 58))
    -- take and drop begin to count after the first page.
    local before = select(3, interrupts.at(math.huge, function() client:campaigns({ size = 20 }):next() end))
    for place = before - 100, before + 300 do
      local stream, ids = piece(), {}
      local function read() interrupts.readers.totable(stream, ids) end
      if not interrupts.at(place, read) then
        read()
      end
      assert.same(from(9, 58), ids, place)
    end
  end)

  --- Reads a walk twice: it is interrupted at the `place`-th line in prefetch.lua, or while it waits for page 2
  --- after a step back. Returns its stream, its client, and whether that line was reached.
  local function interrupted_in_prefetch(place)
    sandbox:list(100, { { request = 2, delete = 0 } })
    sandbox:faults({ page = 2, silent = true }, { page = 3, silent = true }, { page = 4, silent = true })
    local lines, waits = 0, 0
    local host = recorder()
    local wait = host.wait
    function host.wait(...)
      waits = waits + 1
      if waits > 2 then
        error("as it stepped back", 0)
      end
      wait(...)
    end
    local other = sandbox:client { prefetch = 4, runtime = host }
    local stream = other:campaigns { size = 10 }
    debug.sethook(function()
      lines = lines + (debug.getinfo(2, "S").source:find("sigmamind/listing/prefetch.lua", 1, true) and 1 or 0)
      if lines == place then
        debug.sethook()
        error("interrupted", 0)
      end
    end, "l")
    local _, err = pcall(stream.totable, stream)
    if err == "as it stepped back" then
      _, err = pcall(stream.totable, stream)
    end
    debug.sethook()
    return stream, other, err == "interrupted"
  end

  it("has nothing in flight after close, wherever it was interrupted in the prefetch code", function()
    finally(function()
      sandbox:list(125, {})
      collectgarbage "restart"
    end)
    collectgarbage "stop" -- the collector would cancel forgotten requests
    local place = 0
    repeat
      place = place + 1
      local stream, other, was_interrupted = interrupted_in_prefetch(place)
      stream:close()
      assert.equal("sigmamind.session (0 in flight)", tostring(other.transport.session), place)
      other:close()
    until not was_interrupted
    assert.is_true(place > 1)
  end)

  it("returns every row once: resumed at a token, and at its own token", function()
    local begun = client:campaigns { size = 20 }
    for _ = 1, 33 do
      begun:next()
    end
    local token = begun:token()
    check_interrupted(20, interrupts.readers.next, function()
      return client:campaigns { size = 20, resume = token }
    end, from(34, 125))
    local function read(stream, ids)
      return function() interrupts.readers.next(stream, ids) end
    end
    for place = 50, 12000, 600 do
      local stream, ids = client:campaigns { size = 20 }, {}
      if not interrupts.at(place, read(stream, ids)) then
        read(client:campaigns { size = 20, resume = stream:token() }, ids)()
      end
      assert.same(all, ids, place)
    end
  end)
end)
