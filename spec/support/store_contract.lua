-- What every store must do, in the specs' process and in a worker of nginx. Each check gets a host: `store`, empty, and
-- sleep(seconds).
--
-- The crowds are for several processes at once: each calls one with its store, and gets the text of what it met.

local core = require "sigmamind.core"

local contract = {}

local function check(name, action)
  contract[#contract + 1] = { name = name, check = action }
end

local function equal(expected, actual)
  if expected ~= actual then
    error(("expected %s, got %s"):format(tostring(expected), tostring(actual)), 2)
  end
end

-- Waits until a key has no value.
local function ends(host, key)
  local deadline = core.now() + 20
  while host.store:get(key) do
    assert(core.now() < deadline, "it does not expire")
    host.sleep(0.01)
  end
end

check("has no value for a key that was not set", function(host)
  local value, more = host.store:get "missing"
  equal(nil, value)
  equal(nil, more)
end)

check("keeps a value of any bytes, with the seconds left", function(host)
  local bytes = {}
  for byte = 0, 255 do
    bytes[#bytes + 1] = string.char(byte)
  end
  local text = table.concat(bytes) .. "\r\n\0"
  equal(true, host.store:set("bytes", text, 100))
  local value, left = host.store:get "bytes"
  equal(text, value)
  assert(left > 50 and left <= 100, left)
end)

check("keeps values from no byte to a MiB", function(host)
  for _, size in ipairs { 0, 1, 2, 4095, 65536, 2 ^ 20 } do
    equal(true, host.store:set("size", ("s"):rep(size), 100))
    local value = host.store:get "size"
    equal(size, #value)
  end
  host.store:set("size", nil)
end)

check("replaces a value and its time", function(host)
  host.store:set("replaced", "long", 1000)
  host.store:set("replaced", "b", 10)
  local value, left = host.store:get "replaced"
  equal("b", value)
  assert(left <= 10, left)
end)

check("removes a value that is set to nil, also one that is not there", function(host)
  host.store:set("removed", "a", 10)
  equal(true, host.store:set("removed", nil))
  equal(nil, (host.store:get "removed"))
  equal(true, host.store:set("removed", nil))
end)

check("forgets a value when its time is over", function(host)
  host.store:set("brief", "a", 0.2)
  ends(host, "brief")
  equal(true, host.store:add("brief", "b", 0.2))
  ends(host, "brief")
  equal(7, host.store:incr("brief", 7, 0.2))
  ends(host, "brief")
  equal(7, host.store:incr("brief", 7, 0.2))
end)

check("takes a time below a millisecond as one that ends", function(host)
  host.store:set("shortest", "a", 1e-6)
  ends(host, "shortest")
end)

check("adds a value only where there is none", function(host)
  equal(true, host.store:add("added", "a", 100))
  equal(false, host.store:add("added", "b", 100))
  equal("a", (host.store:get "added"))
  host.store:set("added", nil)
  equal(true, host.store:add("added", "c", 100))
end)

check("counts up and down, from nothing", function(host)
  equal(2, host.store:incr("count", 2, 100))
  equal(5, host.store:incr("count", 3, 100))
  equal(0, host.store:incr("count", -5, 100))
  equal(-4, host.store:incr("count", -4, 100))
  equal("-4", (host.store:get "count"))
end)

check("counts to 2^50 exactly", function(host)
  equal(2 ^ 50, host.store:incr("large", 2 ^ 50, 100))
  equal(2 ^ 50 + 1, host.store:incr("large", 1, 100))
  equal("1125899906842625", (host.store:get "large"))
end)

check("counts the time of a number from its first incr", function(host)
  host.store:incr("first", 1, 10)
  host.store:incr("first", 1, 1000)
  local _, left = host.store:get "first"
  assert(left <= 10, left)
end)

check("lets the tokens of a full bucket be used at once, then one after the other", function(host)
  -- A token takes 100 s: so the time that passes here gives less than one.
  for _ = 1, 3 do
    equal(0, host.store:take("bucket", 0.01, 3, 0))
  end
  local before
  for number = 1, 5 do
    local wait = host.store:take("bucket", 0.01, 3, 1e9)
    assert(wait > 100 * number - 50 and wait <= 100 * number, wait)
    assert(not before or wait > before, "not in order")
    before = wait
  end
end)

check("takes nothing when the wait would be longer than `within`", function(host)
  equal(0, host.store:take("within", 0.01, 1, 0))
  for _ = 1, 3 do
    local granted, wait = host.store:take("within", 0.01, 1, 20)
    equal(false, granted)
    assert(wait > 50 and wait <= 100, wait)
  end
  local wait = host.store:take("within", 0.01, 1, 100)
  assert(wait > 50 and wait <= 100, wait)
end)

check("accepts any `within`", function(host)
  equal(0, host.store:take("forever", 0.01, 1, math.huge))
  assert(host.store:take("forever", 0.01, 1, math.huge) > 50)
end)

check("has a full bucket at once, however often and whatever the rate", function(host)
  for _, rate in ipairs { 3, 7, 0.3, 1e3, 1e5 } do
    for burst = 1, 4 do
      for _ = 1, burst do
        equal(0, host.store:take(("fresh-%d-%d"):format(rate * 10, burst), rate, burst, 0))
      end
    end
  end
end)

check("fills a bucket again, up to its burst", function(host)
  local function use_up()
    local began, count = core.now(), 0
    while host.store:take("filled", 10, 2, 0) do
      count = count + 1
    end
    local max = 2 + 10 * (core.now() - began)
    assert(count >= 2 and count <= max, count)
  end
  use_up()
  host.sleep(0.5) -- five tokens come
  use_up()
end)

check("keeps buckets apart", function(host)
  equal(0, host.store:take("one", 0.01, 1, 0))
  equal(0, host.store:take("other", 0.01, 1, 0))
end)

-- == Crowds ============================================================================

local crowds = {}

contract.crowds = { "add", "incr", "take" }

--- Takes part in a crowd, which begins at a time of core.now.
function contract.join(name, store, time)
  while core.now() < time do -- does not wait, so that all begin at once
  end
  return crowds[name](store)
end

local function lines_of(list)
  return table.concat(list, "\n") .. "\n"
end

--- The numbers of the keys that it could add.
function crowds.add(store)
  local mine = {}
  for number = 1, 200 do
    local added = store:add("crowd-" .. number, "mine", 100)
    assert(added ~= nil)
    if added then
      mine[#mine + 1] = number
    end
  end
  return lines_of(mine)
end

--- The sums that it met.
function crowds.incr(store)
  local sums = {}
  for number = 1, 200 do
    sums[number] = ("%d"):format(assert(store:incr("sum", 1, 100)))
  end
  return lines_of(sums)
end

local RATE, BURST, TAKES = 400, 2, 250

--- For each token the microseconds between which it may be used, on core.now's clock: the store took it between `before` and
--- `after`.
function crowds.take(store)
  local grants = {}
  for number = 1, TAKES do
    local before = core.now()
    local wait = assert(store:take("shared", RATE, BURST, 1e3))
    grants[number] = ("%.0f %.0f"):format(1e6 * (before + wait), 1e6 * (core.now() + wait))
  end
  return lines_of(grants)
end

--- For `size` processes: what is wrong with their lines; nil if they are as they must be.
local judges = {}

function judges.add(lines)
  local seen = {}
  for _, line in ipairs(lines) do
    if seen[line] then
      return "added twice: " .. line
    end
    seen[line] = true
  end
  return #lines ~= 200 and #lines .. " added"
end

function judges.incr(lines, size)
  local seen = {}
  for _, line in ipairs(lines) do
    seen[tonumber(line)] = true
  end
  for sum = 1, 200 * size do
    if not seen[sum] then
      return "nobody met the sum " .. sum
    end
  end
end

-- Each token counts in a window only if it was certainly used in it.
function judges.take(lines, size)
  local grants = {}
  for i, line in ipairs(lines) do
    local low, high = line:match "^(%S+) (%S+)$"
    grants[i] = { low = tonumber(low) / 1e6, high = tonumber(high) / 1e6 }
  end
  table.sort(grants, function(a, b)
    return a.high < b.high
  end)
  for _, first in ipairs(grants) do
    local count = 0
    for _, last in ipairs(grants) do
      count = count + (last.low >= first.low and 1 or 0)
      local max = RATE * (last.high - first.low) + BURST + 0.01
      if last.low >= first.low and count > max then
        return ("%d tokens in %.6f seconds"):format(count, last.high - first.low)
      end
    end
  end
  return #grants ~= TAKES * size and #grants .. " tokens"
end

--- Judges the texts that the processes of a crowd returned.
function contract.judge(name, texts)
  local lines = {}
  for _, text in ipairs(texts) do
    for line in text:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
  end
  return judges[name](lines, #texts) or nil
end

return contract
