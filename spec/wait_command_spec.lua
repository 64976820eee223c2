-- sigmamind RESOURCE wait ID: waits for the end of a row, and prints it.

local command = require "spec.support.command"
local process = require "process"
local server = require "spec.support.server"

local sandbox = server.shared()
local environment

setup(function()
  environment = sandbox:environment()
end)

before_each(function()
  sandbox:clear()
end)

local function run(arguments)
  return command.run(arguments, environment)
end

--- A fault for the nth request and those behind it: the sandbox replies with this row.
local function row(number, body)
  return { request = number, body = body, times = -1 }
end

describe("sigmamind calls wait", function()
  it("reads the call until it has ended, and prints it as get does", function()
    sandbox:faults(
      { request = 1, times = 2, body = '{"callId":"c","status":"in-progress","n":1}' },
      row(3, '{"callId":"c","status":"ended","n":12345678901234567890}')
    )
    local out, errors, code = run "calls wait c --interval 0.1 -f json"
    assert.same({ '{"callId":"c","status":"ended","n":12345678901234567890}\n', "", 0 }, { out, errors, code })
    local log = sandbox:log()
    assert.same({ 3, "/v1/calls/c" }, { #log, log[3].path })
    sandbox:clear()
    sandbox:faults(row(1, '{"callId":"c","status":"new","endTime":"2025-09-25T19:00:00.000Z"}'))
    assert.equal("callId:   c\nstatus:   new\nendTime:  2025-09-25T19:00:00.000Z\n", (run "calls wait c"))
  end)

  it("exits with 5 when the time is over, and names the state", function()
    sandbox:faults(row(1, '{"callId":"c","status":"in-progress"}'))
    local out, errors, code = run "calls wait c --interval 0.1 --timeout 0.3"
    assert.same({ "", 5 }, { out, code })
    assert.matches("^sigmamind: timeout: the call 'c' has not ended after 0%.3 s: its status is 'in%-progress'", errors)
    assert.matches(" %(GET /v1/calls/c%); wait again, or raise %-%-timeout\n$", errors)
  end)

  it("exits with the code of a failure that stays", function()
    local _, errors, code = run "calls wait call_0 --interval 0.1"
    assert.equal(4, code)
    assert.matches("; sigmamind calls lists the ids\n$", errors)
    assert.same({ "", "sigmamind: ID must be the id of a call, got '..'\n", 2 }, { run "calls wait .." })
    assert.same({ "", "sigmamind: missing argument 'id'; see sigmamind calls wait --help\n", 2 }, { run "calls wait" })
  end)

  it("goes on after a failure that may be over later", function()
    sandbox:faults({ request = 1, status = 503 }, row(2, '{"callId":"c","status":"ended"}'))
    assert.same({ "callId:  c\nstatus:  ended\n", "", 0 }, { run "calls wait c --interval 0.1 --attempts 1" })
  end)

  it("shows the state on a terminal until Ctrl-C", function()
    sandbox:faults(row(1, '{"callId":"c","status":"in-progress\\u0007"}'))
    local line = "exec " .. command.line("calls wait c --interval 0.1", environment .. " TERM=xterm")
    local code, _, seen = process.on_terminal(line, "in-progress", "\3")
    assert.equal(130, code)
    assert.matches("\rin%-progress , %d+ s", seen)
  end)
end)

describe("sigmamind campaigns wait", function()
  it("reads the campaign until it is completed", function()
    sandbox:faults(
      { request = 1, body = '{"campaignId":"c","campaignStatus":"live"}' },
      row(2, '{"campaignId":"c","campaignStatus":"completed"}')
    )
    assert.same({ "campaignStatus:  completed\n", "", 0 },
      { run "campaigns wait c --interval 0.1 --select campaignStatus" })
    assert.equal(2, #sandbox:log())
  end)
end)
