-- Interrupts: a hook raises an error at each of many places of a walk, which then continues with
-- the same stream. Every row must come once.
--
--   luajit torture/serve.lua sandbox "lua5.4 torture/interrupts.lua URL KEY [PLACES]"
--
-- The places are spread evenly over the instructions of a walk that are the library's.

local interrupts = require "spec.support.interrupts"
local sigmamind = require "sigmamind"

local url, key, places = arg[1], arg[2], tonumber(arg[3]) or 2000

if rawget(_G, "jit") then
  require("jit").off() -- hooks are not called in machine code
end

local client = sigmamind.new { base_url = url, api_key = key, attempts = 1 }
local expected = {}
for row in client:campaigns() do
  expected[#expected + 1] = row.campaignId
end

local function stream(arguments)
  return function(prefetch)
    arguments.size, arguments.prefetch = 10, prefetch
    return client:campaigns(arguments)
  end
end

local begun = client:campaigns { size = 10 }
for _ = 1, 42 do
  begun:next()
end

--- The reader's name, a function that opens its walk, and the number of rows that the walk skips.
local WALKS = {
  { "next", stream {} },
  { "for", stream {} },
  { "totable", stream {} },
  { "json", function(prefetch) return stream {}(prefetch):json() end },
  {
    "pages",
    function(prefetch)
      return client.campaigns:pages { size = 10, prefetch = prefetch }
    end,
  },
  { "next", stream { where = { campaignId = { starts_with = "camp" } } } },
  { "next", stream { verify = true } },
  { "next", stream { resume = begun:token() }, 42 },
  { "for", function(prefetch) return stream {}(prefetch):drop(5):take(500) end, 5 },
  {
    "totable",
    function(prefetch)
      return stream {}(prefetch):drop(5):take(120):drop(3):take(117)
    end,
    8,
  },
}

--- The message if these rows are wrong, or nil.
local function complaint(ids, skipped)
  if #ids ~= #expected - skipped then
    return ("%d rows instead of %d"):format(#ids, #expected - skipped)
  end
  for i, id in ipairs(ids) do
    if id ~= expected[i + skipped] then
      return "another row than the next"
    end
  end
end

local interrupted, wrong = 0, 0

--- Interrupts a walk once, and continues it.
local function try(walk, prefetch, place)
  local reader, ids, opened = interrupts.readers[walk[1]], {}, walk[2](prefetch)
  local function read()
    reader(opened, ids)
  end
  local ok, err = interrupts.at(place, read)
  if not ok then
    interrupted = interrupted + 1
    local _, again = pcall(read)
    err = err ~= "interrupted" and err or again
  end
  err = err or complaint(ids, walk[3] or 0)
  if err then
    wrong = wrong + 1
    print(walk[1], prefetch, place, err)
  end
end

for _, walk in ipairs(WALKS) do
  for _, prefetch in ipairs { 0, 4 } do
    local _, _, count = interrupts.at(math.huge, function()
      interrupts.readers[walk[1]](walk[2](prefetch), {})
    end)
    local each = math.max(1, math.floor(count * #WALKS * 2 / places))
    for place = 1, count, each do
      try(walk, prefetch, place)
    end
  end
end
client:close()

local summary = "%s: %d interrupts, %d walks that lost or repeated a row"
print(summary:format(_VERSION, interrupted, wrong))
os.exit(wrong == 0 and interrupted > 0 and 0 or 1)
