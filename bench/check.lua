-- Counts the instructions of decoding each input's small version, on Lua 5.4 under callgrind, and
-- compares them with bench/instructions.txt: fails if one takes over 3 % more, or has no line.
--
--   make bench-check            compares
--   make bench-check UPDATE=1   writes the table
--
-- Two runs of one build count the same: each input has its own process, with the same environment,
-- and in it eight Lua states with hash seeds that bench/counter.c fixes. Other addresses change the
-- seeds, and a count by up to 1 %; another compiler, libc, Lua, valgrind or kind of processor may
-- change it by any amount. If these differ from the table's, this only warns.

local inputs = require "bench.support.inputs"
local process = require "bench.support.process"

local TABLE = "bench/instructions.txt"
local ALLOWED = 0.03

local update = arg[1] == "update"

local function output_of(command)
  local pipe = io.popen(command)
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function line_of(command)
  return output_of(command .. " 2>/dev/null"):match "[^\n]*"
end

local function tools()
  return table.concat({
    line_of "${CC:-cc} --version",
    line_of "getconf GNU_LIBC_VERSION",
    line_of "lua5.4 -v":match "Lua [%d.]+",
    line_of "valgrind --version",
    line_of "uname -m" .. line_of "grep -o -m 1 -w avx2 /proc/cpuinfo | sed 's/^/ with /'",
    "CFLAGS " .. (os.getenv "CFLAGS" or ""),
  }, ", ")
end

local COUNT = [[env -i PAD=%s LUA_PATH='./?.lua;lua/?.lua' LUA_CPATH='build/lua5.4/?.so' \
  LD_PRELOAD=build/lua5.4/counter.so $(command -v valgrind) --tool=callgrind --instr-atstart=no \
  --callgrind-out-file=/dev/null $(command -v lua5.4) bench/support/count.lua %s %s 2>&1]]

-- Some valgrinds put PWD into the environment. This padding makes its size the same in any folder.
local PAD = ("x"):rep(400 - #line_of "pwd -P")

-- The instructions of one call.
local function count(way, name)
  local text = output_of(COUNT:format(PAD, way, process.quote(name)))
  local total, calls = tonumber(text:match "Collected : (%d+)"), 0
  for line in text:gmatch "[^\n]+" do
    calls = calls + (tonumber(line) or 0)
  end
  if not total or calls == 0 then
    error("cannot count: " .. text)
  end
  return math.floor(total / calls + 0.5)
end

-- {{"value: object of 1 KB", instructions}, ...}
local function count_all()
  local counts = {}
  for input in inputs({}, true) do
    for _, way in ipairs(input.page and { "value", "page" } or { "value" }) do
      table.insert(counts, { way .. ": " .. input.name, count(way, input.name) })
    end
  end
  return counts
end

-- The counts of the table by name, and the tools that they were made with.
local function read_table()
  local known, made_with = {}, ""
  for line in io.lines(TABLE) do
    made_with = line:match "^# with (.*)" or made_with
    local instructions, name = line:match "^ *(%d+)  (.*)"
    if name then
      known[name] = tonumber(instructions)
    end
  end
  return known, made_with
end

local function write_table(counts)
  local file = assert(io.open(TABLE, "w"))
  file:write("# Instructions of one call; written by `make bench-check UPDATE=1`\n")
  file:write("# with ", tools(), "\n")
  for _, each in ipairs(counts) do
    file:write(("%10d  %s\n"):format(each[2], each[1]))
  end
  file:close()
end

-- Prints the counts that are too high. Returns their number.
local function compare(counts, known)
  local failures, fewer = 0, 0
  for _, each in ipairs(counts) do
    local name, now, before = each[1], each[2], known[each[1]]
    local change = before and now / before - 1 or math.huge
    if change > ALLOWED then
      failures = failures + 1
      local expected = before and ("%d, %+.1f %%"):format(before, change * 100) or "no line"
      print(("%s: %d instructions; in the table: %s"):format(name, now, expected))
    elseif change < -ALLOWED then
      fewer = fewer + 1
    end
  end
  if fewer > 0 then
    print(fewer .. " take over 3 % less: make bench-check UPDATE=1 writes that down")
  end
  return failures
end

local counts = count_all()
if update then
  write_table(counts)
  print("written: " .. TABLE)
  return
end
local known, made_with = read_table()
local failures = compare(counts, known)
local same_tools = made_with == tools()
if not same_tools then
  print("other tools than the table's, so this is no failure:")
  print(("  here:  %s\n  table: %s"):format(tools(), made_with))
end
print(("bench-check: %d counts, %d too high"):format(#counts, failures))
os.exit(failures == 0 or not same_tools)
