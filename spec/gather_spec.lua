-- client:gather: operations side by side, in scripts; and what the contract of the runtimes does not cover in them.

local core = require "sigmamind.core"
local interrupts = require "spec.support.interrupts"
local server = require "spec.support.server"
local walks = require "spec.support.walks"

local jit = rawget(_G, "jit")
local plain_5_1 = _VERSION == "Lua 5.1" and not jit

local sandbox = server.shared()
local client

before_each(function()
  client = sandbox:client()
end)

after_each(function()
  client:close()
end)

local function numbers(count)
  local list = {}
  for i = 1, count do
    list[i] = i
  end
  return list
end

--- Requests the page of that number; returns the number as the reply has it.
local function page_of(number)
  local page, err = client.campaigns:page { page = number, size = 1 }
  return page and page:info().page, err
end

--- How many requests of the log are for that page.
local function requests_of(page)
  local count = 0
  for _, each in ipairs(sandbox:log()) do
    count = count + (each.path:find("page=" .. page .. "&", 1, true) and 1 or 0)
  end
  return count
end

local function in_flight(of)
  return tonumber(tostring(of.transport.session):match "%((%d+) in flight%)")
end

describe("client:gather", function()
  it("has `width` requests in flight at once, and never more", function()
    for _, width in ipairs { 1, 3, 8 } do
      local own = sandbox:client()
      sandbox:clear()
      sandbox:faults { delay = 0.1, times = -1 }
      local _, err = own:gather(numbers(3 * width), function() return own.campaigns:page() end, { width = width })
      assert.is_nil(err)
      local connections, count = {}, 0 -- over HTTP/1.1, one for each request in flight
      for _, each in ipairs(sandbox:log()) do
        count = count + (connections[each.connection] and 0 or 1)
        connections[each.connection] = true
      end
      assert.equal(width, count)
      own:close()
    end
  end)

  it("runs 8 at a time by default", function()
    local running, most = 0, 0
    client:gather(numbers(20), function()
      running = running + 1
      most = math.max(most, running)
      client.campaigns:page()
      running = running - 1
    end)
    assert.equal(8, most)
  end)

  it("returns the first value of each item in the order of the list, whatever the order of the replies", function()
    sandbox:faults({ page = 1, delay = 0.4 }, { page = 2, delay = 0.2 })
    local results, err, failures = client:gather({ 1, 2, 3 }, function(number, index)
      return page_of(number) .. " " .. index, "a second value"
    end)
    assert.same({ "1 1", "2 2", "3 3", n = 3, started = 3 }, results)
    assert.is_nil(err)
    assert.is_nil(failures)
  end)

  it("starts the items in their order", function()
    local order = {}
    client:gather(numbers(30), function(number)
      order[#order + 1] = number
      return page_of(number)
    end)
    assert.same(numbers(30), order)
  end)

  it("takes nil without an error, and false, as values", function()
    local results, err = client:gather({ 1, 2 }, function(number)
      if number == 2 then
        return false
      end
    end)
    assert.same({ [2] = false, n = 2, started = 2 }, results)
    assert.is_nil(err)
  end)

  it("runs 1,000 items, and an empty list", function()
    local results, err = client:gather(numbers(1000), page_of, { width = 16 })
    assert.is_nil(err)
    for i = 1, 1000 do
      assert.equal(i, results[i])
    end
    assert.same({ n = 0, started = 0 }, (client:gather({}, error)))
    assert.equal(1000, (client:gather(numbers(1000), function(number) return number end))[1000])
  end)

  it("lets fn yield, which gives the others a turn", function()
    local order = {}
    client:gather({ 1, 2 }, function(number)
      order[#order + 1] = number
      coroutine.yield(number)
      order[#order + 1] = number
    end)
    assert.same({ 1, 2, 1, 2 }, order)
  end)

  it("keeps no coroutine of an item that has ended", function()
    local made = setmetatable({}, { __mode = "k" })
    client:gather(numbers(50), function(number)
      made[coroutine.running()] = true
      return page_of(number)
    end)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(made))
    assert.equal(0, in_flight(client))
  end)

  it("fills a table of the caller, which has the results when an error is raised", function()
    local placed = {}
    local ok, err = pcall(client.gather, client, { 1, 2, 3, 4 }, function(number)
      assert(number < 3, "a bug")
      return number * 10
    end, { width = 1, results = placed })
    assert.is_false(ok)
    assert.matches("a bug", err)
    assert.same({ 10, 20, n = 4, started = 3 }, placed)
  end)

  it("raises misuse at the line of the caller", function()
    local function complaint(...)
      local ok, err = pcall(function(...) client:gather(...) end, ...)
      assert.is_false(ok)
      assert.matches("^[^:]*spec/gather_spec.lua:%d+: ", err)
      return err:gsub("^.-:%d+: ", "")
    end
    assert.equal("client:gather: expected a list, got a string", complaint("k", print))
    assert.equal("client:gather: expected a function, got a nil", complaint({}))
    assert.equal("client:gather: unknown option 'with' (did you mean width?); known: on_error, results, width",
      complaint({}, print, { with = 2 }))
    assert.equal("client:gather: width must be an integer from 1 to 64, got 65", complaint({}, print, { width = 65 }))
    assert.equal("client:gather: width must be an integer from 1 to 64, got 0", complaint({}, print, { width = 0 }))
    assert.equal("client:gather: on_error must be one of stop, continue, got 'go'",
      complaint({}, print, { on_error = "go" }))
    assert.error_matches(function() client.gather({}, print) end, "client.gather must be called with a colon")
  end)

  it("returns the reason where the runtime cannot be used, and starts nothing", function()
    local elsewhere = sandbox:client { runtime = "nginx" }
    local results, err = elsewhere:gather({ 1 }, error)
    assert.equal("config", err.kind)
    assert.same({ n = 1, started = 0 }, results)
    elsewhere:close()
  end)
end)

describe("client:gather, when an item fails", function()
  it("starts no further item, and finishes those in flight", function()
    sandbox:faults({ page = 1, delay = 0.4 }, { page = 2, status = 404 })
    local results, err, failures = client:gather({ 1, 2, 3, 4 }, page_of, { width = 2 })
    assert.same({ 1, n = 4, started = 2 }, results)
    assert.equal(404, err.status)
    assert.same({ [2] = err }, failures)
    assert.equal(2, #sandbox:log())
  end)

  it("goes on with on_error = 'continue', and returns every error", function()
    sandbox:faults({ page = 2, status = 404 }, { page = 5, status = 403 })
    local results, err, failures = client:gather(numbers(6), page_of, { width = 2, on_error = "continue" })
    assert.same({ 1, nil, 3, 4, nil, 6, n = 6, started = 6 }, results)
    assert.equal(404, err.status)
    assert.equal(err, failures[2])
    assert.equal(403, failures[5].status)
    failures[2], failures[5] = nil, nil
    assert.is_nil(next(failures))
  end)

  it("returns the error that came first in time", function()
    sandbox:faults({ page = 1, status = 404, delay = 0.4 }, { page = 2, status = 403 })
    local _, err, failures = client:gather({ 1, 2 }, page_of)
    assert.equal(403, err.status)
    assert.equal(404, failures[1].status)
  end)

  it("counts any value as an error, false too", function()
    local _, err, failures = client:gather({ 1, 2 }, function() return nil, false end)
    assert.is_false(err)
    assert.same({ [1] = false }, failures)
  end)
end)

describe("client:gather, when fn raises an error", function()
  it("raises it again, with its position, after those in flight have ended", function()
    sandbox:faults { page = 1, delay = 0.4 }
    local got = {}
    local ok, err = pcall(client.gather, client, { 1, 2, 3, 4 }, function(number)
      got[number] = page_of(number)
      if number == 2 then
        error "a bug"
      end
    end, { width = 2, on_error = "continue" })
    assert.is_false(ok)
    assert.matches("spec/gather_spec.lua:%d+: a bug$", err)
    assert.same({ 1, 2 }, got)
    assert.equal(2, #sandbox:log())
  end)

  it("raises the first of several in time", function()
    sandbox:faults { page = 1, delay = 0.4 }
    local ok, err = pcall(client.gather, client, { 1, 2 }, function(number)
      page_of(number)
      error(number, 0)
    end)
    assert.same({ false, 2 }, { ok, err })
  end)

  it("raises a value of any type", function()
    for _, runtime in ipairs { "blocking", { now = core.now, sleep = core.sleep, wait = print } } do
      local own = sandbox:client { runtime = runtime }
      local first = {}
      local ok, err = pcall(own.gather, own, { first, 7 }, function(item) error(item) end)
      assert.is_false(ok)
      assert.equal(first, err)
      ok, err = pcall(own.gather, own, { 1 }, function() error() end)
      assert.same({ false }, { ok, err })
      own:close()
    end
  end)

  if plain_5_1 then
    it("says what plain Lua 5.1 cannot do, and sends no byte of such a request", function()
      local function read()
        for _ in client:campaigns { prefetch = 0 } do end
      end
      assert.error_matches(function() client:gather({ 1 }, read) end,
        "^sigmamind: a request cannot wait inside .* use stream:next%(%) in a `while`")
      local results = client:gather({ 1, 2 }, function(number)
        pcall(number == 1 and read or function() client:request { method = "POST", path = "/v1/chats" } end)
        return page_of(number)
      end)
      assert.same({ 1, 2, n = 2, started = 2 }, results)
      assert.equal(2, #sandbox:log())
    end)

    it("starts no item of a gather in pcall in an item", function()
      local started = 0
      local results = client:gather({ 1, 2 }, function(number)
        local ok = pcall(client.gather, client, { 1 }, function() started = started + 1 end)
        return not ok and page_of(number)
      end)
      assert.same({ 1, 2, n = 2, started = 2 }, results)
      assert.equal(0, started)
    end)
  end
end)

describe("client:gather, when the client is closed", function()
  it("by an item starts no further item, and ends those in flight with kind 'closed'", function()
    sandbox:faults { page = 1, silent = true }
    local results, err, failures = client:gather(numbers(4), function(number)
      if number == 2 then
        client:close()
        return "closed"
      end
      return page_of(number)
    end, { width = 2, on_error = "continue" })
    assert.same({ nil, "closed", n = 4, started = 2 }, results)
    assert.equal("closed", err.kind)
    assert.same({ [1] = err }, failures)
  end)

  it("before, or without anything in flight, returns that error for what was not started", function()
    local results, err, failures = client:gather({ 1, 2 }, function() client:close() return 1 end, { width = 1 })
    assert.same({ 1, n = 2, started = 1 }, results)
    assert.same({ "closed", "the client was closed" }, { err.kind, err.message })
    assert.is_nil(failures)
    results, err = client:gather({ 1 }, error)
    assert.same({ n = 1, started = 0 }, results)
    assert.equal("closed", err.kind)
  end)
end)

describe("client:gather, with other work", function()
  it("gathers in a gather, of another client too", function()
    local other = sandbox:client()
    local results, err = client:gather({ 10, 20, 30 }, function(base)
      local inner, wrong = other:gather({ 1, 2, 3, 4 }, function(number)
        local page, cause = other.campaigns:page { page = base + number, size = 1 }
        return page and page:info().page + assert(page_of(number)), cause
      end, { width = 3 })
      return table.concat(inner, " "), wrong
    end)
    assert.is_nil(err)
    assert.same({ "12 14 16 18", "22 24 26 28", "32 34 36 38", n = 3, started = 3 }, results)
    assert.equal(24, #sandbox:log())
    other:close()
  end)

  it("raises an error of a gather in a gather", function()
    local value = {}
    local ok, err = pcall(client.gather, client, { 1, 2 }, function(number)
      return client:gather({ 1, 2 }, function()
        page_of(number)
        error(value)
      end)
    end)
    assert.is_false(ok)
    assert.equal(value, err)
    assert.equal(0, in_flight(client))
  end)

  it("reads lists with prefetch", function()
    local all = assert(walks.ids(client))
    local results, err = client:gather({ 10, 7, 25 }, function(size) return walks.ids(client, size, 4) end)
    assert.is_nil(err)
    assert.same({ all, all, all, n = 3, started = 3 }, results)
    results, err = client:gather({ 10, 7 }, function(size) return client:campaigns({ size = size }):count() end)
    assert.is_nil(err)
    assert.same({ 125, 125, n = 2, started = 2 }, results)
  end)

  it("waits in a generator of an item", function()
    local results = client:gather({ 1, 2 }, function(first)
      local pages, sum = coroutine.wrap(function()
        for number = first, first + 2 do
          coroutine.yield((assert(page_of(number))))
        end
      end), 0
      for _ = 1, 3 do
        sum = sum + pages()
      end
      return sum + page_of(40)
    end)
    assert.same({ 46, 49, n = 2, started = 2 }, results)
  end)

  it("sends each POST once", function()
    local _, _, failures = client:gather(numbers(40), function(number)
      return client:request { method = "POST", path = "/v1/calls/" .. number }
    end, { on_error = "continue" })
    for i = 1, 40 do
      assert.equal("not_done", failures[i].outcome)
    end
    local seen = {}
    for _, each in ipairs(sandbox:log()) do
      assert.equal("POST", each.method)
      assert.is_nil(seen[each.path])
      seen[each.path] = true
    end
    for i = 1, 40 do
      assert.is_true(seen["/v1/calls/" .. i])
    end
  end)

  it("retries in each item", function()
    sandbox:faults({ page = 1, status = 503, times = 2 }, { page = 2, reset = true }, { page = 3, status = 500 })
    local results, err = client:gather(numbers(6), page_of, { width = 2 })
    assert.is_nil(err)
    assert.same({ 1, 2, 3, 4, 5, 6, n = 6, started = 6 }, results)
    assert.equal(3, requests_of(1))
  end)

  it("holds back all items while a 429 pauses the client", function()
    sandbox:faults({ page = 1, status = 429, headers = { ["Retry-After"] = "2" } }, { page = 2, delay = 0.3 })
    local results, err, failures = client:gather(numbers(4), function(number)
      local deadline = number == 3 and 1 or nil
      local attempts = number == 1 and 1 or nil
      local page, wrong = client.campaigns:page({ page = number, size = 1 }, { deadline = deadline, attempts = attempts })
      return page and number, wrong
    end, { width = 2, on_error = "continue" })
    assert.same({ nil, 2, nil, 4, n = 4, started = 4 }, results)
    assert.equal(429, err.status)
    assert.equal("rate_limit", failures[3].kind)
    assert.is_nil(failures[3].status) -- it was not sent
    assert.equal(0, requests_of(3))
  end)
end)

describe("client:gather, interrupted by an error of a hook", function()
  setup(function()
    if jit then
      jit.off()
      jit.flush()
    end
  end)

  teardown(function()
    if jit then
      jit.on()
    end
  end)

  local function settle()
    collectgarbage()
    collectgarbage()
    assert.equal(0, in_flight(client))
  end

  it("raises it, leaves nothing in flight, and works again", function()
    local function gather()
      return client:gather(numbers(6), function(number)
        local inner, err = client:gather({ number, number + 6 }, page_of)
        return inner[1] and inner[1] + inner[2], err
      end, { width = 3 })
    end
    local count = select(3, interrupts.at(math.huge, gather))
    for i = 1, 40 do
      local place = math.floor((i - core.random()) * count / 40) + 1
      local ok, err = interrupts.at(place, gather)
      if not ok then
        assert.equal("interrupted", err)
      end
      settle()
    end
    local results, err = gather()
    assert.is_nil(err)
    assert.same({ 8, 10, 12, 14, 16, 18, n = 6, started = 6 }, results)
  end)

  -- The events of `interrupted`, if nothing waited for the first request: those after "reply" are of a closed client.
  local NAMES = { "request", "request", "reply", "done", "request", "failure", "give_up", "done" }

  --- The events of a gather whose second item raises an error while the first waits in vain.
  local function interrupted(raise)
    sandbox:faults { page = 1, silent = true }
    local names = {}
    local own = sandbox:client {
      timeout = 2,
      attempts = 1,
      on_event = function(event) names[#names + 1] = event.name end,
    }
    local ok, err = pcall(own.gather, own, { 1, 2 }, function(number)
      own.campaigns:page { page = number }
      raise()
    end)
    assert.is_false(ok)
    assert.equal(0, in_flight(own))
    assert.equal("closed", select(2, own:gather({ 1 }, function() own:close() return own.campaigns:page() end)).kind)
    own:close()
    return names, err
  end

  it("of the program lua in an item cancels those in flight", function()
    local names, err = interrupted(function() error "interrupted!" end)
    assert.matches("interrupted!$", err)
    assert.same(NAMES, names)
  end)

  if jit then
    it("that ran in an item, as it does on LuaJIT, cancels those in flight", function()
      local is_late = false
      debug.sethook(function()
        if is_late then
          debug.sethook()
          error("too late", 0)
        end
      end, "", 1)
      local names, err = interrupted(function() is_late = true end)
      assert.equal("too late", err)
      assert.same(NAMES, names)
    end)
  end
end)

describe("client:gather, in a script on another host", function()
  for _, name in ipairs { "luv", "cqueues" } do
    if pcall(require, name) then
      it("runs the loop, and raises what fn raises: " .. name, function()
        local own = sandbox:client { runtime = name }
        local results, err = own:gather(numbers(10), function(number)
          local page, wrong = own.campaigns:page { page = number, size = 1 }
          local inner = own:gather({ 1, 2 }, function(each) return each end)
          return page and page:info().page + inner[2], wrong
        end, { width = 4 })
        assert.is_nil(err)
        assert.same({ 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, n = 10, started = 10 }, results)
        local ok, raised = pcall(own.gather, own, { 1, 2 }, function(number)
          own.campaigns:page { page = number }
          error "a bug"
        end)
        assert.is_false(ok)
        assert.matches("spec/gather_spec.lua:%d+: a bug$", raised)
        sandbox:faults { page = 1, status = 503, times = 2 }
        assert.equal(1, (own:gather({ 1 }, function(number)
          return own.campaigns:page({ page = number, size = 1 }):info().page
        end))[1])
        own:close()
      end)
    end
  end
end)

describe("client:gather, in a game's loop", function()
  local game

  before_each(function()
    game = sandbox:client { runtime = "tick" }
  end)

  after_each(function()
    game:close()
  end)

  local function gather_pages(list, seen)
    return game:gather(list, function(number)
      local page, err = game.campaigns:page { page = number }
      seen[number] = page and "read" or err.kind
      return page, err
    end)
  end

  --- Ticks until the number of unfinished tasks, or the requests in flight, are as wanted.
  local function tick_until(is_over)
    local deadline, failed = core.now() + 20, {}
    repeat
      assert(core.now() < deadline, "it did not come to that")
      local running, failures = game:tick(1)
      for _, task in ipairs(failures or {}) do
        failed[#failed + 1] = task
      end
      core.sleep(0.001)
    until is_over(running)
    return failed
  end

  local function is_idle(running) return running == 0 end

  it("raises outside a task", function()
    assert.error_matches(function() gather_pages({ 1 }, {}) end, "make requests in functions given to client:spawn")
    assert.equal(0, #sandbox:log())
  end)

  it("is cancelled with its task, and so are the requests", function()
    sandbox:faults { silent = true, times = -1 }
    local seen = {}
    local task = game:spawn(function() gather_pages({ 1, 2, 3 }, seen) end)
    tick_until(function() return in_flight(game) == 3 end)
    task:cancel()
    assert.equal(0, in_flight(game))
    assert.same({}, tick_until(is_idle))
    assert.equal("cancelled", task:status())
    assert.same({}, seen)
  end)

  it("ends with its task when the client is closed", function()
    sandbox:faults { silent = true, times = -1 }
    local seen = {}
    local task = game:spawn(function() gather_pages({ 1, 2, 3 }, seen) end)
    tick_until(function() return in_flight(game) == 3 end)
    game:close()
    assert.same({ task }, tick_until(is_idle))
    assert.equal("closed", select(2, task:result()).kind)
  end)

  it("reports what fn raises once, as the failure of the task", function()
    local task = game:spawn(function()
      game:gather({ 1, 2 }, function(number)
        game.campaigns:page { page = number }
        error("a bug", 0)
      end)
    end)
    assert.same({ task }, tick_until(is_idle))
    assert.equal("a bug", select(2, task:result()))
  end)
end)
