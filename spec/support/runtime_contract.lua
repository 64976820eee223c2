-- The contract of every runtime with coroutines. Its spec runs each of these checks:
--
--   for _, each in ipairs(contract) do
--     it(each.name, function() each.check(host) end)
--   end
--
-- The host represents a program with that runtime:
--
--   sandbox          with some latency; all: the ids of its campaigns
--   client(options)  a client of the runtime
--   spawn(action)    starts a concurrent action; returns a table that gets the action's results:
--                    first, second, and over = true
--   after(s, action) calls the action after s seconds
--   finish()         returns when all is over
--
-- The checks use Lua's assert alone: they run in nginx, too.

local walks = require "spec.support.walks"

local contract = {}

local function add(name, check)
  contract[#contract + 1] = { name = name, check = check }
end

local function expect(expected, got)
  assert(expected == got, ("expected %s, got %s"):format(tostring(expected), tostring(got)))
end

local function expect_all(host, ids, err)
  expect(table.concat(host.all, " "), ids and table.concat(ids, " ") or tostring(err))
end

--- Five walks at once; returns the sandbox's log.
local function walk_five(host, size, prefetch)
  local client, walking = host.client(), {}
  for i = 1, 5 do
    walking[i] = host.spawn(function() return walks.ids(client, size, prefetch) end)
  end
  host.finish()
  for i = 1, 5 do
    expect_all(host, walking[i].first, walking[i].second)
  end
  client:close()
  return host.sandbox:log()
end

add("has the requests of five coroutines in flight at once", function(host)
  host.sandbox:faults { request = 1, times = 5, delay = 0.5 }
  local log = walk_five(host, 25)
  expect(25, #log)
  assert(walks.overlapped(log, 5, "/v1/campaigns?page=0&size=25"))
end)

add("prefetches for five coroutines at once", function(host)
  expect(65, #walk_five(host, 10, 4))
end)

add("serves two clients at once", function(host)
  local one, two = host.client(), host.client()
  local first = host.spawn(function() return walks.ids(one, 50) end)
  local second = host.spawn(function() return walks.ids(two, 25) end)
  host.finish()
  expect_all(host, first.first, first.second)
  expect_all(host, second.first, second.second)
  one:close()
  two:close()
end)

if walks.for_yields() then
  add("suspends a coroutine in `for`", function(host)
    local client = host.client()
    local walking = host.spawn(function()
      local ids = {}
      for campaign in client:campaigns { size = 50 } do
        ids[#ids + 1] = campaign.campaignId
      end
      return ids
    end)
    host.finish()
    expect_all(host, walking.first)
    client:close()
  end)
end

add("sleeps between attempts while other coroutines continue", function(host)
  local client = host.client()
  host.sandbox:faults({ page = 70, status = 503, times = 2 }, { page = 1, reset = true })
  local beyond = host.spawn(function() return client.campaigns:page { page = 70 } end)
  local walking = host.spawn(function() return walks.ids(client, 50) end)
  host.finish()
  expect(0, beyond.first:info().count)
  expect_all(host, walking.first, walking.second)
  expect(7, #host.sandbox:log())
  client:close()
end)

add("delivers each error to the coroutine that made the request", function(host)
  host.sandbox:faults { page = 77, silent = true }
  local client = host.client()
  local hurried = host.client { deadline = 0.2 }
  local gone = host.client { base_url = "http://127.0.0.1:1", attempts = 2 }
  local late = host.spawn(function() return hurried.campaigns:page { page = 77 } end)
  local refused = host.spawn(function() return gone.campaigns:page() end)
  local walking = host.spawn(function() return walks.ids(client, 50) end)
  host.finish()
  expect("timeout", late.second.kind)
  expect("network", refused.second.kind)
  expect(2, #refused.second.attempts)
  expect_all(host, walking.first, walking.second)
  client:close()
  hurried:close()
  gone:close()
end)

add("sends requests of any kind, and for rows by their ids", function(host)
  local client = host.client()
  local got = host.spawn(function() return client.calls:get(client.calls:page({ size = 1 }):next().callId) end)
  local refused = host.spawn(function()
    return client:request { method = "POST", path = "/v1/campaigns", json = { a = 1 } }
  end)
  local walking = host.spawn(function() return walks.ids(client, 50) end)
  host.finish()
  assert(got.first, tostring(got.second))
  expect(true, got.first.callId ~= nil)
  expect(400, refused.second.status)
  expect("not_done", refused.second.outcome)
  expect_all(host, walking.first, walking.second)
  client:close()
end)

add("places a call, waits for it, and deletes it", function(host)
  local client = host.client()
  local placed = host.spawn(function()
    local call, err = client.calls:create { fromPhoneNumber = "+14155552671", toPhoneNumber = "+14155550100" }
    if not call then
      return nil, err
    end
    local waited, late = client.calls:wait(call.callId, {
      interval = 0.1, timeout = 20, ready = function(row) return row.status == "in-progress" end,
    })
    if not waited then
      return nil, late
    end
    local changed = client.campaigns:update("camp_XiQEBcj9cc5TFRB4", { concurrentCalls = 6 })
    return client.calls:delete(call.callId) and changed and changed.concurrentCalls
  end)
  local walking = host.spawn(function() return walks.ids(client, 50) end)
  host.finish()
  expect(6, placed.first or tostring(placed.second))
  expect_all(host, walking.first, walking.second)
  client:close()
end)

--- A file of contacts that is read in several pieces.
local function write_contacts()
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write "Phone Number,Customer Name\r\n"
  for i = 1, 10000 do
    file:write(("+1415%07d,Customer %d\r\n"):format(i, i))
  end
  file:close()
  return name
end

add("checks a large file while others go on, and sends it", function(host)
  host.sandbox:clear()
  host.sandbox:faults { method = "POST", path = "/v1/campaigns", status = 422 }
  local client, name, order = host.client(), write_contacts(), {}
  local created = host.spawn(function()
    local campaign, err = client.campaigns:create {
      sipPhoneNumber = "+14155552671", agentId = "agent_D5D0p7TUs66TTAEAx", contacts = name,
    }
    order[#order + 1] = "created"
    return campaign, err
  end)
  local other = host.spawn(function()
    order[#order + 1] = "other"
    return true
  end)
  host.finish()
  os.remove(name)
  expect(422, created.second and created.second.status)
  expect("other created", table.concat(order, " "))
  expect(true, other.first)
  client:close()
end)

add("sends a POST once that gets no reply, and says that its outcome is unknown", function(host)
  host.sandbox:clear()
  host.sandbox:faults { path = "/v1/chats", silent = true, times = 1 }
  local client = host.client { timeout = 1 }
  local unknown = host.spawn(function() return client:request { method = "POST", path = "/v1/chats" } end)
  host.finish()
  expect("unknown", unknown.second.outcome)
  local posts = 0
  for _, each in ipairs(host.sandbox:log()) do
    posts = posts + (each.method == "POST" and 1 or 0)
  end
  expect(1, posts)
  client:close()
end)

add("returns an error of kind 'closed' when the client is closed during a wait", function(host)
  host.sandbox:faults { silent = true, times = -1 }
  local client = host.client()
  local one = host.spawn(function() return client.campaigns:page() end)
  local two = host.spawn(function() return client.campaigns:page() end)
  host.after(0.05, function() client:close() end)
  host.finish()
  expect("closed", one.second.kind)
  expect("closed", two.second.kind)
end)

add("returns an error of kind 'cancelled' when the stream is closed during a wait", function(host)
  host.sandbox:faults { silent = true, times = -1 }
  local client = host.client()
  local stream = client:campaigns()
  local reading = host.spawn(function() return stream:next() end)
  host.after(0.05, function() stream:close() end)
  host.finish()
  expect("cancelled", reading.second.kind)
  client:close()
end)

add("lets one of five coroutines that ask the same fetch it for all", function(host)
  host.sandbox:clear()
  host.sandbox:faults { request = 1, times = 5, delay = 0.5 }
  local client, readers = host.client { coalesce = true }, {}
  for i = 1, 5 do
    readers[i] = host.spawn(function()
      local page, err = client.campaigns:page { size = 9 }
      return page and page:info().count, err
    end)
  end
  host.finish()
  for i = 1, 5 do
    expect(9, readers[i].first)
  end
  expect(1, #host.sandbox:log())
  client:close()
end)

add("lets requests wait their turn within a rate", function(host)
  host.sandbox:clear()
  local client, readers = host.client { rate = { per_second = 20, burst = 2 } }, {}
  for i = 1, 6 do
    readers[i] = host.spawn(function()
      local page, err = client.campaigns:page { size = 9, page = i }
      return page and page:info().page, err
    end)
  end
  host.finish()
  for i = 1, 6 do
    expect(i, readers[i].first)
  end
  expect(6, #host.sandbox:log())
  client:close()
end)

add("gathers side by side, `width` at a time, with results in the order of the items", function(host)
  host.sandbox:clear()
  host.sandbox:faults({ request = 1, times = 3, delay = 0.5 }, { page = 77, status = 404, times = -1 })
  local client, results, err, failures = host.client(), nil, nil, nil
  local gathering = host.spawn(function()
    results, err, failures = client:gather({ 0, 0, 0, 77, 3, 4 }, function(number, index)
      local page, reason = client.campaigns:page { page = number, size = 9 }
      return page and index .. ":" .. page:info().page, reason
    end, { width = 3, on_error = "continue" })
  end)
  host.finish()
  expect(true, gathering.over)
  expect("1:0 2:0 3:0 nil 5:3 6:4", ("%s %s %s %s %s %s"):format(results[1], results[2], results[3],
    tostring(results[4]), results[5], results[6]))
  expect("6 6", results.n .. " " .. results.started)
  expect(404, err.status)
  expect(err, failures[4])
  expect(not host.one_by_one, walks.overlapped(host.sandbox:log(), 3, "/v1/campaigns?page=0&size=9"))
  client:close()
end)

add("gathers inside a gather, with the requests of all in flight at once", function(host)
  host.sandbox:clear()
  host.sandbox:faults { request = 1, times = 6, delay = 0.5 }
  local client, outer, err = host.client(), nil, nil
  host.spawn(function()
    outer, err = client:gather({ 10, 20, 30 }, function(base)
      local inner, reason = client:gather({ 1, 2 }, function(number)
        local page, cause = client.campaigns:page { size = 9 }
        return page and base + number, cause
      end)
      return inner[1] + inner[2], reason
    end)
  end)
  host.finish()
  expect("nil 23 43 63", tostring(err) .. " " .. table.concat(outer, " "))
  expect(not host.one_by_one, walks.overlapped(host.sandbox:log(), 6, "/v1/campaigns?size=9"))
  client:close()
end)

if walks.for_yields() then -- pcall, too
  add("raises again what a gathered function raises, once those in flight have ended", function(host)
    host.sandbox:clear()
    host.sandbox:faults({ page = 2, delay = 0.5 }, { page = 3, delay = 0.5 })
    local client, value, ended = host.client(), {}, {}
    local gathering = host.spawn(function()
      return pcall(client.gather, client, { 1, 2, 3, 4 }, function(number)
        local page, err = client.campaigns:page { page = number, size = 5 }
        ended[#ended + 1] = page and number
        if number == 1 then
          error(value)
        end
        return page, err
      end, { width = host.one_by_one and 1 or 3 })
    end)
    host.finish()
    table.sort(ended)
    expect(false, gathering.first)
    expect(value, gathering.second)
    expect(host.one_by_one and "1" or "1 2 3", table.concat(ended, " "))
    client:close()
  end)
end

add("returns errors of kind 'closed', and starts no further item, when the client is closed during a gather", function(host)
  host.sandbox:faults { silent = true, times = -1 }
  local client, results, err, failures = host.client(), nil, nil, nil
  host.spawn(function()
    results, err, failures = client:gather({ 1, 2, 3, 4 }, function(number)
      return client.campaigns:page { page = number }
    end, { width = 2, on_error = "continue" })
  end)
  host.after(0.05, function() client:close() end)
  host.finish()
  expect(host.one_by_one and 1 or 2, results.started)
  expect("closed", err.kind)
  for i = 1, results.started do
    expect("closed", failures[i].kind)
  end
end)

return contract
