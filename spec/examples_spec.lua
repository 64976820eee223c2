-- The programs in examples/ and in the README, run as a reader would run them.

local interpreter = require "spec.support.interpreter"
local server = require "spec.support.server"

local sandbox

setup(function()
  sandbox = server.start()
end)

teardown(function()
  sandbox:stop()
end)

--- Runs a program against the sandbox.
local function run(program, key)
  local environment = "SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"
  return interpreter.run(program, environment:format(sandbox.url, key or sandbox.key))
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

  it("says what to do when the key is wrong", function()
    local output, ok = run("examples/list_live.lua", "wrong")
    assert.is_false(ok)
    assert.matches("^sigmamind: auth: .*status 401.*check api_key or SIGMAMIND_API_KEY", output)
  end)
end)

describe("examples/game_loop.lua", function()
  it("lists 10,000 campaigns beside a game's loop", function()
    local output, ok = interpreter.run "examples/game_loop.lua"
    assert.is_true(ok, output)
    local list = lines(output)
    assert.equal(3, #list)
    assert.matches("^10000 rows %(%d+ live%) in %d+ ticks, task done$", list[1])
    assert.matches("^time of a tick: median [%d.]+ ms, 99th percentile [%d.]+ ms, ", list[2])
    assert.matches("^processor time of a tick: median ", list[3])
  end)
end)

-- luv is looked for by another process: busted forgets what a spec file required, and luv in Debian 12
-- does not bear being loaded a second time.
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

    it("says what failed, and fails", function()
      local output, ok = run("examples/luv.lua", "wrong")
      assert.is_false(ok)
      assert.matches("live: sigmamind: auth: .*status 401", output)
    end)
  end)
else
  print(("examples_spec: no luv for %s here, so examples/luv.lua is not run"):format(_VERSION))
end

describe("the README", function()
  it("begins with an example that runs", function()
    local file = assert(io.open "README.md")
    local program = file:read("*a"):match "```lua\n(.-)```"
    file:close()
    local name = os.tmpname()
    file = assert(io.open(name, "w"))
    file:write(program)
    file:close()
    local output, ok = run(name)
    os.remove(name)
    assert.is_true(ok, output)
    assert.matches("Q4 Outreach Campaign", output)
    assert.is_true(#lines(program) <= 10)
  end)
end)
