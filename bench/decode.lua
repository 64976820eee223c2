-- Decoding about thirty whole documents (bench/support/inputs.lua), by value and by page, compared
-- with lua-cjson and the floor. The floor is the time that this VM needs to create the same tables
-- and strings without reading anything (bench/floor.c).
--
--   make benches LUA=lua5.4
--   eval "$(make -s env LUA=lua5.4)"
--   lua5.4 bench/decode.lua [--rounds N] [--processes N] [NAME...]
--
-- A NAME is a part of the names of inputs; default: all. The result of a call, for a page a table
-- with every row, is kept until the next call has made the same. First all results are compared
-- with those of lua-cjson.
--
-- By default the contenders take turns in one process. With --processes, each then also runs
-- alternately in N processes of its own, where no other contender can leave memory or learned
-- shapes behind. Both figures are printed, and the lower one; the floor only runs in turns.

local cjson = require "cjson"
local core = require "sigmamind.core"
local inputs = require "bench.support.inputs"
local plan = require "bench.support.plan"
local process = require "bench.support.process"
local race = require "bench.support.race"
local same = require "bench.support.same"
local versions = require "bench.support.versions"

local decoder = core.decoder()

-- == The contenders =====================================================================

local contenders = {}

function contenders.value(text)
  return function()
    return decoder:value(text)
  end
end

function contenders.page(text)
  return function()
    local page = decoder:page(text)
    local next_row, rows, count = page.next, {}, 0
    local row = next_row(page)
    while row do
      count = count + 1
      rows[count] = row
      row = next_row(page)
    end
    return rows
  end
end

function contenders.cjson(text)
  local decode = cjson.decode
  return function()
    return decode(text)
  end
end

function contenders.floor(text)
  return plan(text)
end

local function names_for(input)
  return input.page and { "value", "page", "cjson", "floor" } or { "value", "cjson", "floor" }
end

-- Stops the benchmark if a result differs from lua-cjson's.
local function check(input, list)
  local expected = cjson.decode(input.text)
  for name, contender in pairs(list) do
    local wanted = name == "page" and expected.data or expected
    assert(same(contender.run(), wanted), input.name .. ": " .. name .. " differs from lua-cjson")
  end
end

-- == In one process =====================================================================

local function in_turns(input, rounds)
  local list = {}
  for _, name in ipairs(names_for(input)) do
    list[name] = { run = contenders[name](input.text) }
  end
  check(input, list)
  for _, contender in pairs(list) do
    race.prepare(contender)
  end
  for _ = 1, rounds do
    for _, name in ipairs(names_for(input)) do
      race.round(list[name])
    end
  end
  return list
end

-- == In processes of their own ==========================================================

local ROUNDS_ALONE = 5

-- The process of one contender: prints the median of some rounds.
local function run_alone(name, input_name)
  for input in inputs({ input_name }) do
    if input.name == input_name then
      local contender = { run = contenders[name](input.text) }
      race.prepare(contender)
      for _ = 1, ROUNDS_ALONE do
        race.round(contender)
      end
      print(("%.9f"):format(race.quartiles(contender.times)[2]))
      return
    end
  end
end

local function one_process(name, input)
  local pipe = io.popen(process.again("--alone", name, input.name))
  local time = pipe:read "*n"
  pipe:close()
  assert(time, name .. " failed")
  return time
end

local function in_processes(input, count)
  local list = {}
  for _ = 1, count do
    for _, name in ipairs(names_for(input)) do
      if name ~= "floor" then
        list[name] = list[name] or { times = {} }
        table.insert(list[name].times, one_process(name, input))
      end
    end
  end
  return list
end

-- == The report =========================================================================

local function size(bytes)
  return bytes < 10000 and bytes .. " B" or ("%.0f KB"):format(bytes / 1000)
end

-- "2.13 2.05-2.20": how many times as fast as lua-cjson.
local function against_cjson(list, name)
  if not list[name] then
    return ""
  end
  local ratio = race.ratio(list[name], list.cjson)
  return ("%.2f %.2f-%.2f"):format(ratio[2], ratio[1], ratio[3])
end

local function of_floor(list, name)
  if not list[name] or not list.floor then
    return ""
  end
  return ("%.0f"):format(race.ratio(list[name], list.floor)[2] * 100)
end

local LINE = "%-26s %8s %9s  %-15s %-15s %-15s %5s %5s"

local function report(title, bytes, list)
  print((LINE:format(
    title,
    bytes,
    ("%.1f"):format(race.quartiles(list.cjson.times)[2] * 1e6),
    against_cjson(list, "value"),
    against_cjson(list, "page"),
    against_cjson(list, "floor"),
    of_floor(list, "value"),
    of_floor(list, "page")
  ):gsub(" +$", "")))
end

local function lower(name, one, other)
  if not one[name] then
    return nil
  end
  local a, b = race.ratio(one[name], one.cjson)[2], race.ratio(other[name], other.cjson)[2]
  return ("%s %.2f"):format(name, math.min(a, b))
end

local function compare(options)
  print(("%s: medians of %d rounds%s"):format(
    versions(),
    options.rounds,
    options.processes > 0 and (", and of %d processes"):format(options.processes) or ""
  ))
  print "x: times as fast as lua-cjson, and its quartiles; %: of the speed that the floor allows\n"
  print(LINE:format("", "", "lua-cjson", "by value", "by page", "the floor", "value", "page"))
  print(LINE:format("", "", "us", "x", "x", "x", "%", "%"))
  for input in inputs(options.names) do
    local list = in_turns(input, options.rounds)
    report(input.name, size(#input.text), list)
    if options.processes > 0 then
      local apart = in_processes(input, options.processes)
      report("  in processes of their own", "", apart)
      local lowest = { lower("value", list, apart), lower("page", list, apart) }
      print("  the lower of both: " .. table.concat(lowest, ", "))
    end
    io.stdout:flush()
  end
end

local function parse(words)
  local options, i = { rounds = 11, processes = 0, names = {} }, 1
  while words[i] do
    local name = words[i]:match "^%-%-(%a+)$"
    if name then
      i = i + 1
      options[name] = assert(tonumber(words[i]), words[i - 1] .. " has a number")
    else
      table.insert(options.names, words[i])
    end
    i = i + 1
  end
  return options
end

if arg[1] == "--alone" then
  run_alone(arg[2], arg[3])
else
  compare(parse(arg))
end
