-- Walks over a list that changes at random, from a seed, during the walk, and the invariants of the result.

local random_json = require "spec.support.random_json"

local drift = {}

local REQUESTS = 24 -- changes may happen before each of these

--- Inserts or deletes before a request, one kind only unless `mixed`.
local function add_steps(steps, request, random, mixed)
  local kind = random(2) == 1 and "insert" or "delete"
  for _ = 1, random(3) do
    if mixed and random(2) == 1 then
      kind = kind == "insert" and "delete" or "insert"
    end
    steps[#steps + 1] = { request = request, [kind] = random(70) - 1, count = random(7) }
  end
end

--- Delays that change the order of the replies to concurrent requests.
local function delays(random)
  local list = {}
  for request = 1, REQUESTS do
    list[request] = { request = request, delay = (random(4) - 1) * 0.002 }
  end
  return list
end

--- A list and its changes; none happens before the first request.
local function new_script(random, mixed)
  local script = { campaigns = random(61) - 1, size = ({ 1, 3, 5, 10 })[random(4)], steps = {} }
  for request = 2, REQUESTS do
    if random(3) == 1 then
      add_steps(script.steps, request, random, mixed)
    end
  end
  return script
end

local function set_of(list)
  local set = {}
  for _, each in ipairs(list) do
    set[each] = true
  end
  return set
end

--- Walks; returns the ids in their order, and the report.
local function walk(client, script, options)
  local ids = {}
  local stream = client:campaigns {
    size = script.size,
    prefetch = options.prefetch,
    verify = options.verify,
    select = { "campaignId" },
  }
  if options.eager then
    for i, row in ipairs(assert(stream:totable())) do
      ids[i] = row.campaignId
    end
  else
    local row, err = stream:next()
    while row do
      ids[#ids + 1] = row.campaignId
      row, err = stream:next()
    end
    assert(not err, err)
  end
  return ids, stream:report()
end

--- Runs the script of a seed. Raises the violated invariant, with the seed.
---@param server table
---@param client sigmamind.Client
---@param seed integer
---@param options table  prefetch, eager, verify, mixed: inserts and deletes before one request,
---  shuffled: replies arrive in another order
function drift.run(server, client, seed, options)
  local random = random_json.generator(seed)
  local script = new_script(random, options.mixed)
  server:list(script.campaigns, script.steps)
  if options.shuffled then
    server:faults((unpack or table.unpack)(delays(random)))
  end
  local first = server:ids()
  local ids, report = walk(client, script, options)
  local last = set_of((server:ids()))
  local seen = set_of(ids)
  local function fail(message)
    error(("seed %d: %s"):format(seed, message), 0)
  end
  if #ids ~= report.rows then
    fail("the report counts other rows")
  end
  local distinct = 0
  for _ in pairs(seen) do
    distinct = distinct + 1
  end
  if distinct < #ids then
    fail "a row came twice"
  end
  local missed
  for _, id in ipairs(first) do
    if last[id] and not seen[id] then
      missed = id
    end
  end
  if missed and report.consistent then
    fail("consistent, and " .. missed .. " was missed")
  elseif missed and (options.verify or not options.mixed) then
    fail(missed .. " was missed")
  end
  return { missed = missed ~= nil, report = report }
end

return drift
