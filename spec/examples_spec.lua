-- The programs in examples/, run as in their documentation.

local interpreter = require "spec.support.interpreter"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"

local sandbox = server.shared()

before_each(function()
  sandbox:list(125, {})
end)

local function environment(key)
  return ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, key or sandbox.key)
end

-- Runs a program against the sandbox.
local function run(program, key)
  return interpreter.run(program, environment(key))
end

local function succeeds(command)
  local result = os.execute(command)
  return result == 0 or result == true
end

local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

describe("examples/demo.lua", function()
  it("prints all 125 campaigns and a summary", function()
    local output, ok = run "examples/demo.lua"
    assert.is_true(ok, output)
    local list = lines(output)
    assert.equal(127, #list)
    assert.matches("^campaignId +campaignName +status +agent +number$", list[1])
    assert.matches("^camp_XiQEBcj9cc5TFRB4 +Q4 Outreach Campaign +live +New AI Agent +%+14155552671$", list[2])
    assert.matches("^125 campaigns in [%d.]+ ms, 7 requests over %d connection", list[127])
    local seen = {}
    for i = 2, 126 do
      local id = list[i]:match "^camp_%w+"
      assert.is_nil(seen[id])
      seen[id] = true
    end
  end)
end)

describe("examples/list_live.lua", function()
  it("prints live campaigns", function()
    local output, ok = run "examples/list_live.lua"
    assert.is_true(ok, output)
    local list = lines(output)
    local count = tonumber(output:match "\n(%d+) live campaigns make 10 calls or more at once\n")
    assert.is_true(count > 5)
    for i = 1, count do
      assert.matches("^camp_%w+ +%d%d calls  ", list[i])
    end
  end)

  it("prints what to do when the key is wrong", function()
    local output, ok = run("examples/list_live.lua", "wrong")
    assert.is_false(ok)
    assert.matches("^sigmamind: auth: .*status 401.*check api_key or SIGMAMIND_API_KEY", output)
  end)
end)

describe("examples/game_loop.lua", function()
  it("lists 10,000 campaigns within a game's loop", function()
    local output, ok = interpreter.run "examples/game_loop.lua"
    assert.is_true(ok, output)
    local list = lines(output)
    assert.equal(3, #list)
    assert.matches("^10000 rows %(%d+ live%) in %d+ ticks, task done$", list[1])
    assert.matches("^time of a tick: median [%d.]+ ms, 99th percentile [%d.]+ ms, ", list[2])
    assert.matches("^processor time of a tick: median ", list[3])
  end)
end)

describe("examples/error_report.lua", function()
  it("prints campaigns with errors by agent, sorted by descending number of errors", function()
    local output, ok = run "examples/error_report.lua"
    assert.is_true(ok, output)
    assert.equal(
      "New AI Agent: 13 errors in 9 campaigns\n"
        .. "  Q4 Outreach Campaign (live)\n"
        .. "    Row 3: missing required variable 'customer_name'\n"
        .. "    Row 7: invalid phone number '+1234'\n",
      output:match "^[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\n"
    )
    local last, agents = math.huge, 0
    for count in output:gmatch "%f[^\n%z][^ ][^\n]*: (%d+) errors in %d+ campaigns" do
      assert.is_true(tonumber(count) <= last)
      last, agents = tonumber(count), agents + 1
    end
    assert.equal(6, agents)
  end)

  it("reports a failure, and exits with an error", function()
    local output, ok = run("examples/error_report.lua", "wrong")
    assert.is_false(ok)
    assert.matches("^sigmamind: auth: ", output)
  end)
end)

describe("examples/next_week.lua", function()
  it("prints campaigns that start within seven days, by day, in order", function()
    local output, ok = run "examples/next_week.lua 2025-11-20"
    assert.is_true(ok, output)
    assert.equal(
      "2025-11-21\n"
        .. '  02:00  Win-back 🚀 "VIP" #2 (Survey Bot)\n'
        .. "2025-11-23\n"
        .. "  01:30  Réactivation des clients perdus #108 (Sales Qualifier)\n"
        .. "2025-11-24\n"
        .. "  10:15  客户回访 #18 (催促エージェント)\n"
        .. "3 campaigns start from 2025-11-20 to 2025-11-27\n",
      output
    )
  end)

  it("counts the seven days across the end of a year", function()
    assert.matches("campaigns start from 2025%-12%-28T06:00:00 to 2026%-01%-04T06:00:00\n$",
      (run "examples/next_week.lua 2025-12-28T06:00:00"))
  end)

  it("counts them from now by default", function()
    assert.matches("campaigns start from %d+%-%d%d%-%d%dT[%d:]+ to %d+%-%d%d%-%d%dT[%d:]+\n$",
      (run "examples/next_week.lua"))
  end)
end)

describe("examples/export_csv.lua", function()
  local place

  before_each(function()
    place = scratch.open()
    sandbox:list(250, {})
  end)

  after_each(function()
    place:remove()
  end)

  -- Exports to a file. `rest` is appended to the shell command.
  local function export(file, rest)
    local command = ("lua '%s/examples/export_csv.lua' %s %s"):format(scratch.here, file, rest or "")
    return place:run(command, environment())
  end

  it("writes every campaign by RFC 4180", function()
    local output, ok = export "all.csv"
    assert.is_true(ok, output)
    assert.equal("250 campaigns were written to all.csv\n", output)
    local text = place:read "all.csv"
    assert.equal(251, select(2, text:gsub("\r\n", "")))
    assert.equal(
      "campaignId,campaignName,campaignStatus,scheduledDate,agent,errors\r\n"
        .. "camp_XiQEBcj9cc5TFRB4,Q4 Outreach Campaign,live,2025-09-25T19:00:00.000Z,New AI Agent,"
        .. "Row 3: missing required variable 'customer_name'; Row 7: invalid phone number '+1234'\r\n"
        .. 'camp_58GMegduNZXuM6LL,"Win-back 🚀 ""VIP"" #2",scheduled,2025-11-21T02:00:00.000Z,Survey Bot,'
        .. "Row 18: duplicate phone number\r\n",
      text:match "^[^\n]*\n[^\n]*\n[^\n]*\n"
    )
    assert.is_falsy(place:read "all.csv.token")
  end)

  it("continues after the last saved row when it was killed while writing", function()
    sandbox:faults { page = 1, silent = true }
    export("killed.csv", [[& for i in $(seq 200); do [ ! -e killed.csv.token ] || break; sleep 0.02; done
      kill -9 $!; printf 'camp_half,a ro' >>killed.csv]])
    assert.matches("camp_half,a ro$", place:read "killed.csv")
    sandbox:clear()
    assert.equal("150 campaigns were added to killed.csv\n", (export "killed.csv"))
    export "whole.csv"
    assert.equal(place:read "whole.csv", place:read "killed.csv")
  end)

  it("reports a failure, and continues when it is started again", function()
    sandbox:faults { page = 2, status = 404 }
    local output, ok = export "all.csv"
    assert.is_false(ok)
    assert.matches("^sigmamind: http: .*status 404.*\nrun it again to resume\n$", output)
    assert.equal("50 campaigns were added to all.csv\n", (export "all.csv"))
    assert.equal(251, select(2, place:read("all.csv"):gsub("\r\n", "")))
  end)
end)

-- The C host is built when pkg-config knows this Lua. A core with sanitizers does not run in a host
-- without them.
local library = rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"
local has_sanitizers = interpreter.command():find "^build/"
if not has_sanitizers and succeeds("pkg-config --exists " .. library) then
  describe("examples/c_host/host.c", function()
    local place

    local function run_host(arguments, key)
      return place:run("./host " .. arguments, environment(key))
    end

    setup(function()
      place = scratch.open()
      local command = "cc -std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -o host "
        .. "'%s/examples/c_host/host.c' $(pkg-config --cflags --libs %s)"
      local output, ok = place:run(command:format(scratch.here, library))
      assert(ok and output == "", output)
    end)

    teardown(function()
      place:remove()
    end)

    it("lists the live campaigns from C", function()
      local output, ok = run_host ""
      assert.is_true(ok, output)
      local list = lines(output)
      assert.equal(32, #list)
      assert.equal("camp_XiQEBcj9cc5TFRB4  Q4 Outreach Campaign", list[1])
      assert.equal("31 campaigns", list[32])
    end)

    it("prints an error of the API", function()
      local output, ok = run_host("", "wrong")
      assert.is_false(ok)
      assert.matches("^host: sigmamind: auth: .*status 401", output)
    end)

    it("prints a misuse error", function()
      assert.equal(
        "host: campaigns:list: status must be one of live, scheduled, paused, completed, got 'open'\n",
        (run_host "open")
      )
    end)
  end)
else
  print(("examples_spec: no host in C is built for %s here"):format(_VERSION))
end

-- Another process checks for luv: busted unloads the modules of a spec file, and luv in Debian 12 cannot
-- be loaded twice.
if select(2, interpreter.run "-e 'require [[luv]]'") then
  describe("examples/luv.lua", function()
    it("lists the campaigns of each status at once, while a timer ticks", function()
      local output, ok = run "examples/luv.lua"
      assert.is_true(ok, output)
      local sum = 0
      for _, status in ipairs { "live", "scheduled", "paused", "completed" } do
        sum = sum + tonumber(output:match(status .. ": (%d+) campaigns"))
      end
      assert.equal(125, sum)
      assert.matches("\nthe timer ticked %d+ times\n$", output)
    end)

    it("reports a failure, and exits with an error", function()
      local output, ok = run("examples/luv.lua", "wrong")
      assert.is_false(ok)
      assert.matches("live: sigmamind: auth: .*status 401", output)
    end)
  end)
else
  print(("examples_spec: no luv for %s here, so examples/luv.lua is not run"):format(_VERSION))
end

if select(2, interpreter.run "-e 'require [[cqueues]]'") then
  describe("examples/cqueues.lua", function()
    it("lists the campaigns of each status at once, while another coroutine runs", function()
      local output, ok = run "examples/cqueues.lua"
      assert.is_true(ok, output)
      local sum = 0
      for _, status in ipairs { "live", "scheduled", "paused", "completed" } do
        sum = sum + tonumber(output:match(status .. ": (%d+) campaigns"))
      end
      assert.equal(125, sum)
      assert.matches("\nmeanwhile the other coroutine had %d+ turns\n$", output)
    end)

    it("reports a failure, and exits with an error", function()
      local output, ok = run("examples/cqueues.lua", "wrong")
      assert.is_false(ok)
      assert.matches("live: sigmamind: auth: .*status 401", output)
    end)
  end)
else
  print(("examples_spec: no cqueues for %s here, so examples/cqueues.lua is not run"):format(_VERSION))
end

-- The example runs on nginx's LuaJIT, and its nginx does not run a core with sanitizers.
if not rawget(_G, "jit") or interpreter.command():find "^build/" then
  return
end

if not (nginx.modules() and redis.is_installed() and package.searchpath("nginx.redis", package.path)) then
  print "nginx's Lua module, redis-server or lua-nginx-redis is not installed: examples/fleet is not run"
  return
end

-- A row of its table: second, what happens, answers, errors, two times, age, requests to the API.
local ROW = "^ *(%d+)  (.-) +(%d+) +(%d+) +[%d.]+ +[%d.]+ +(%d+) +(%d+)$"

-- What happens when a phase takes a second.
local HAPPENS = {
  "API answers",
  "API hangs for 10 s",
  "API hangs for 10 s",
  "API answers 503; 2 workers crash",
  "API sends garbage; nginx reloads",
  "API answers 429, Retry-After: 4",
  "API is gone; Redis restarts",
  "API is back",
  "API is back",
}

local function rows_of(output)
  local rows = {}
  for _, line in ipairs(lines(output)) do
    local second, what, answers, errors, age, requests = line:match(ROW)
    if second then
      rows[#rows + 1] = { what = what, answers = answers + 0, errors = errors + 0, age = age + 0, requests = requests + 0 }
      assert.equal(#rows, tonumber(second))
    end
  end
  return rows
end

local function sum(rows, field)
  local total = 0
  for _, row in ipairs(rows) do
    total = total + row[field]
  end
  return total
end

describe("examples/fleet", function()
  local directory -- of its temporary files

  before_each(function()
    directory = nginx.directory()
  end)

  after_each(function()
    os.execute("rm -rf " .. directory)
  end)

  -- Whether the files of all its servers are removed, which the sandbox does a moment after the example ends.
  local function leaves_nothing()
    return nginx.eventually(function()
      return succeeds("rmdir " .. directory .. " 2>/dev/null")
    end)
  end

  it("shows its visitors no error in an outage, and has few requests for them", function()
    local output, ok = interpreter.run("examples/fleet/run.lua 1", "TMPDIR=" .. directory)
    assert.is_true(ok, output)
    local rows = rows_of(output)
    assert.equal(#HAPPENS, #rows, output)
    for i, row in ipairs(rows) do
      assert.equal(HAPPENS[i], row.what, output)
      assert(row.answers > 0, output)
    end
    assert.equal(0, sum(rows, "errors"), output)
    assert(sum(rows, "requests") > 0, output)
    assert(sum(rows, "requests") <= 5 * #rows + 5, output) -- its rate
    assert(rows[#HAPPENS - 2].age > rows[1].age, output)
    assert.matches('\n  sigmamind_requests_total{resource="campaigns",method="GET",status="200",kind=""} %d+\n', output)
    assert.is_true(leaves_nothing())
  end)

  it("ends its servers when it is killed", function()
    local command = "TMPDIR=%s %s examples/fleet/run.lua >/dev/null 2>&1 & echo $!"
    local pid = nginx.output(command:format(directory, interpreter.command())):match "%d+"
    local function servers()
      return nginx.output(("cat %s/sigmamind.*/*/nginx.pid 2>/dev/null"):format(directory))
    end
    assert.is_true(nginx.eventually(function()
      return select(2, servers():gsub("%d+", "")) == 2
    end))
    local pids = servers()
    assert.is_true(succeeds("kill -KILL " .. pid))
    assert.is_true(leaves_nothing())
    for each in pids:gmatch "%d+" do
      assert.is_false(nginx.is_alive(each))
    end
  end)
end)
