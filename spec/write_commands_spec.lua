-- sigmamind RESOURCE create, update and delete: what they show, what they ask, what arrives, and what they exit with.

local argparse = require "argparse"
local check = require "sigmamind.check"
local cjson = require "cjson"
local command = require "spec.support.command"
local parse_arguments = require("sigmamind.cli.arguments").parse
local process = require "process"
local resource = require "sigmamind.resource"
local scratch = require "spec.support.scratch"
local scripted = require "spec.support.scripted"
local server = require "spec.support.server"
local verb_options = require "sigmamind.cli.verb_options"

local KEY = "sk_live_0123456789abcdef"
local CSV = "Phone Number,Customer Name\r\n+14155550100,Ann\r\n+14155550101,Bob\r\n"
local BAD = "Phone Number,Customer Name\n+14155550100,Ann\n+1234,Bob\n+14155550100,Eve\n"
local CALL = '{"callId":"call_1","status":"scheduled","conversationId":12345678901234567890}'
local CAMPAIGN = '{"campaignId":"camp_1","campaignName":"May","errors":[]}'

local sandbox = server.shared()
local place, peer, act

local function status(code, body)
  return function(connection)
    connection:send(scripted.reply(code, body or "{}", "Retry-After: 0\r\n"))
  end
end

local function reset(connection)
  connection:setoption("linger", { on = true, timeout = 0 })
  connection:close()
end

before_each(function()
  place = scratch.open()
  place:write("contacts.csv", CSV)
  place:write("bad.csv", BAD)
  act = status(200, CALL)
  peer = scripted.open(function(connection, request)
    act(connection, request)
  end)
end)

after_each(function()
  peer:close()
  place:remove()
end)

--- Runs the command without a terminal. "DIR" stands for the directory of the files.
local function run(arguments, key)
  local environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(peer.url, key or KEY)
  return command.run_beside(peer, place, (arguments:gsub("DIR", place.directory)), environment)
end

local PLACE_CALL = "calls create --from-phone-number +14155552671 --to-phone-number +14155550100 "
local CREATE = "campaigns create --sip-phone-number +14155552671 --agent-id agent_1 "
local GOOD_CONTACTS, BAD_CONTACTS = "--contacts DIR/contacts.csv ", "--contacts DIR/bad.csv "

--- The one request that arrived: its first line, its body, and its head.
local function arrived()
  assert.equal(1, #peer.requests)
  local request = peer.requests[1]
  return request.head:match "^([^\r]*) HTTP", request.body, request.head
end

describe("sigmamind calls create --yes", function()
  it("shows the call, sends it once, and prints it as get does", function()
    local variables = "--dynamic-variables '{\"name\":\"Ann\",\"n\":1.5}'"
    local out, errors, code = run(PLACE_CALL .. "--agent-id agent_1 --yes " .. variables)
    assert.same({
      "callId:          call_1\nstatus:          scheduled\nconversationId:  12345678901234567890\n",
      "This creates a call:\n  agent id:           agent_1\n  dynamic variables:  {\"n\":1.5,\"name\":\"Ann\"}\n"
        .. "  from phone number:  +14155552671\n  to phone number:    +14155550100\n",
      0,
    }, { out, errors, code })
    local line, body = arrived()
    assert.equal("POST /v1/calls", line)
    assert.same({
      agentId = "agent_1", fromPhoneNumber = "+14155552671", toPhoneNumber = "+14155550100",
      dynamicVariables = { name = "Ann", n = 1.5 },
    }, cjson.decode(body))
    assert.equal(CALL .. "\n", (run(PLACE_CALL .. "--yes -f json")))
    assert.equal("callId\r\ncall_1\r\n", (run(PLACE_CALL .. "--yes -f csv -S callId")))
    assert.matches("\n  agent id:           not given\n", (select(2, run(PLACE_CALL .. "--yes"))))
  end)

  it("sends further fields: numbers, true, false and null as in JSON, else strings", function()
    run(PLACE_CALL .. "--yes --extra a=1 --extra b=null --extra 'c=\"1\"' --extra d=x=y --extra e=[1]")
    local _, body = arrived()
    assert.same({
      fromPhoneNumber = "+14155552671", toPhoneNumber = "+14155550100", a = 1, b = cjson.null, c = "1", d = "x=y", e = "[1]",
    }, cjson.decode(body))
  end)

  it("sends null and arrays in an object as they are", function()
    run(PLACE_CALL .. "--yes --dynamic-variables '{\"a\":null,\"b\":[],\"c\":{}}'")
    local _, body = arrived()
    for _, part in ipairs { '"a":null', '"b":[]', '"c":{}' } do
      assert.is_truthy(body:find(part, 1, true), body)
    end
  end)
end)

describe("a command that writes", function()
  local WRITES = {
    PLACE_CALL, "calls delete call_1 ", "campaigns update camp_1 --campaign-name May ", CREATE .. GOOD_CONTACTS,
  }

  it("refuses without a terminal on standard input and without --yes, and sends nothing", function()
    for _, arguments in ipairs(WRITES) do
      local out, errors, code = run(arguments)
      local verb = arguments:match "^%a+ (%a+)"
      assert.same({ "", 2 }, { out, code })
      assert.matches("^sigmamind: there is no terminal to ask on whether to " .. verb .. " this %a+: give %-%-yes, or "
        .. "%-%-dry%-run to see the request; nothing was sent\n$", errors)
    end
    assert.equal(0, #peer.requests)
  end)

  it("refuses wrong values, and sends nothing", function()
    for arguments, message in pairs {
      ["calls create --from-phone-number +14155552671"] =
        "--to-phone-number is missing: a phone number like '+14155552671' (E.164); see sigmamind calls create --help",
      [PLACE_CALL:gsub("0100", "") .. "--agent-id ''"] =
        "--agent-id must be a string of 1 to 64 characters, got ''; see sigmamind calls create --help",
      ["calls create --to-phone-number 14155550100"] = "--to-phone-number must be a phone number like '+14155552671' "
        .. "(E.164), got '14155550100'; see sigmamind calls create --help",
      [PLACE_CALL .. "--dynamic-variables '[1]'"] = "--dynamic-variables must be a JSON object like "
        .. "'{\"name\":\"value\"}'; see sigmamind calls create --help",
      [PLACE_CALL .. "--dynamic-variables '{\"n\":9007199254740993}'"] = "--dynamic-variables: 9007199254740993 has more "
        .. "digits than a number can hold here: write it as a string; see sigmamind calls create --help",
      [PLACE_CALL .. "--extra x"] = "--extra: 'x' is not NAME=VALUE; see sigmamind calls create --help",
      [PLACE_CALL .. "--extra a=1 --extra a=2"] = "--extra a is given twice; see sigmamind calls create --help",
      [PLACE_CALL .. "--yes --extra agentId=a"] = "--agent-id is an argument: it cannot be in extra",
      [CREATE] = "--contacts is missing: the name of a CSV file; see sigmamind campaigns create --help",
      [CREATE .. GOOD_CONTACTS .. "--concurrent-calls 0"] = "--concurrent-calls must be an integer from 1 to 2147483647, "
        .. "got '0'; see sigmamind campaigns create --help",
      [CREATE .. GOOD_CONTACTS .. "--yes --scheduled-date 2999-01-01"] =
        "--scheduled-time is missing: a schedule has all of --scheduled-date, --scheduled-time, --scheduled-timezone",
      [CREATE .. GOOD_CONTACTS .. "--yes --reconcile"] =
        "reconcile needs --campaign-name, by which it finds what was created",
      ["campaigns update camp_1 --yes"] = "there is nothing to change",
      ["campaigns update"] = "missing argument 'id'; see sigmamind campaigns update --help",
      ["calls delete .."] = "ID must be the id of a call, got '..'",
      ["calls delete a b"] = "too many arguments; see sigmamind calls delete --help",
      ["calls delete a --agent-id b"] = "'--agent-id' is an option of sigmamind campaigns create; see sigmamind calls "
        .. "delete --help",
      ["campaigns --yes create"] = "'--yes' is an option of sigmamind campaigns create; see sigmamind campaigns --help",
      ["campaigns -n 1 create"] = "create must follow campaigns at once; see sigmamind campaigns --help",
      ["campaigns create --frmo +1"] = "unknown option '--frmo'; see sigmamind campaigns create --help",
      ["calls update c"] = "unknown action 'update'; did you mean sigmamind calls get update?; see sigmamind calls --help",
      ["campaigns delete c"] = "unknown action 'delete'; did you mean sigmamind campaigns get delete?; see sigmamind "
        .. "campaigns --help",
    } do
      local out, errors, code = run(arguments)
      assert.same({ "", "sigmamind: " .. message .. "\n", 2 }, { out, errors, code })
    end
    assert.equal(0, #peer.requests)
  end)

  it("parses what it is given as the client takes it", function()
    local words = {}
    for word in ("campaigns update c --concurrent-calls 5 --is-scheduled false"):gmatch "%S+" do
      words[#words + 1] = word
    end
    local options = assert(parse_arguments(words))
    assert.same({ "campaigns.update", "update", "c", 5, false },
      { options.command, options.verb, options.id, options.concurrentCalls, options.isScheduled })
    assert.equal("campaigns.create", assert(parse_arguments { "--error-format", "json", "campaigns", "create" }).command)
    assert.same({ "campaigns", "create" }, assert(parse_arguments { "api", "campaigns", "create" }).request)
    assert.matches("^Usage: sigmamind campaigns update ID", assert(parse_arguments { "help", "campaigns", "update" }).help)
  end)

  it("has the options of whatever a resource declares", function()
    local declaration = resource.declare {
      name = "things", path = "/v1/things", id = "thingId", title = "thing", delete = true,
      create = {
        shortName = check.required(check.length(1, 3)), count = "integer", isOpen = "boolean", ratio = "number",
        kind = check.one_of { "a", "b" }, settings = "object",
      },
    }
    local parser = argparse "sigmamind"
    verb_options.add(parser, declaration, false)
    local function parsed(...)
      local ok, options = parser:pparse { ... }
      if not ok then
        return nil, options
      end
      return verb_options.arguments(declaration, "create", options)
    end
    assert.same({
      shortName = "12", count = 5, isOpen = true, ratio = 0.5, kind = "b", settings = { a = 1 }, extra = { x = false },
    }, parsed("things.create", "--short-name", "12", "--count", "5", "--is-open", "true", "--ratio", "0.5", "--kind", "b",
      "--settings", '{"a":1}', "--extra", "x=false"))
    assert.same({ nil, "--short-name is missing: a string of 1 to 3 characters" }, { parsed "things.create" })
    for option, value in pairs { ["--count"] = "0.5", ["--is-open"] = "yes", ["--ratio"] = "x", ["--kind"] = "c" } do
      assert.is_nil((parsed("things.create", option, value)))
    end
    assert.is_nil((parsed "things.update"))
    assert.is_true((parser:pparse { "things.delete", "t", "--yes" }))
  end)

  it("needs a key, also to print the request", function()
    local environment = "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. peer.url
    local _, errors, code = command.run_beside(peer, place, PLACE_CALL .. "--dry-run", environment)
    assert.equal(3, code)
    assert.matches("^sigmamind: no API key", errors)
  end)

  it("deletes and prints nothing, and updates and prints the row", function()
    act = status(204, "")
    assert.same({ "", "This deletes a call:\n  call id:  call/1\n", 0 }, { run "calls delete call/1 --yes" })
    assert.equal("DELETE /v1/calls/call%2F1", (arrived()))
    peer.requests, act = {}, status(200, CAMPAIGN)
    local out, errors, code = run "campaigns update camp_1 --campaign-name May --extra note=x --yes -S campaignName"
    assert.same({
      "campaignName:  May\n",
      "This updates a campaign:\n  campaign id:    camp_1\n  campaign name:  May\n  note:           x\n", 0,
    }, { out, errors, code })
    local line, body = arrived()
    assert.equal("PATCH /v1/campaigns/camp_1", line)
    assert.same({ campaignName = "May", note = "x" }, cjson.decode(body))
  end)

  it("writes nothing but the error on standard error with --yes and --error-format json", function()
    act = status(400, '{"message":"no"}')
    local _, errors, code = run(PLACE_CALL .. "--yes --error-format json")
    local err = cjson.decode(errors).error
    assert.same({ 4, "http", "not_done", "POST" }, { code, err.kind, err.outcome, err.method })
  end)
end)

describe("sigmamind campaigns create", function()
  it("shows how many contacts it sends, from whom and when, and sends the file", function()
    act = status(200, CAMPAIGN)
    local out, errors, code = run(CREATE .. GOOD_CONTACTS .. "--campaign-name May --concurrent-calls 5 --yes -f ndjson")
    assert.same({
      CAMPAIGN .. "\n",
      ("This creates a campaign:\n  contacts:          2 contacts, 2 good; 0 problems, 0 duplicates, in DIR/contacts.csv\n"
        .. "  agent id:          agent_1\n  campaign name:     May\n  concurrent calls:  5\n"
        .. "  sip phone number:  +14155552671\n  starts:            at once\n"):gsub("DIR", place.directory),
      0,
    }, { out, errors, code })
    local line, body = arrived()
    assert.equal("POST /v1/campaigns", line)
    assert.is_truthy(body:find(CSV, 1, true))
    errors = select(2, run(CREATE .. GOOD_CONTACTS .. "--scheduled-date 2999-01-01 --scheduled-time 12:00:00 "
      .. "--scheduled-timezone America/Los_Angeles --yes"))
    assert.matches("\n  starts:            2999%-01%-01 12:00:00 America/Los_Angeles\n$", errors)
    assert.matches('name="isScheduled"\r\n\r\ntrue\r\n', peer.requests[2].body)
  end)

  it("prints what is wrong with contacts, and sends nothing", function()
    local out, errors, code = run(CREATE .. BAD_CONTACTS .. "--yes")
    assert.same({ "", 2 }, { out, code })
    local where = place.directory .. "/bad.csv:"
    assert.same({
      where .. "3: Phone Number: +1234: '+1234' is not E.164 (like +14155550100)",
      where .. "4: +14155550100: an earlier contact has this phone number",
      "3 contacts, 2 good; 1 problem, 1 duplicate",
      "sigmamind: contacts: the contacts have problems (POST /v1/campaigns, outcome not_done); correct them; "
        .. "--allow-problems sends them as they are",
    }, command.lines(errors))
    errors = select(2, run(CREATE .. BAD_CONTACTS .. "--yes --error-format json"))
    assert.equal("contacts", cjson.decode(errors).error.kind)
    assert.equal(2, (select(3, run(CREATE .. GOOD_CONTACTS .. "--yes --require 'Order ID'"))))
    assert.equal(2, (select(3, run(CREATE .. "--contacts DIR/none.csv --yes"))))
    assert.equal(0, #peer.requests)
  end)

  it("sends contacts with problems where the user wants that", function()
    act = status(200, CAMPAIGN)
    local _, errors, code = run(CREATE .. BAD_CONTACTS .. "--yes --allow-problems")
    assert.equal(0, code)
    assert.matches("contacts:          3 contacts, 2 good; 1 problem, 1 duplicate, in ", errors)
    place:write("twice.csv", "Tel,Name\n+14155550100,Ann\n+14155550100,Eve\n")
    assert.equal(0, (select(3, run(CREATE .. "--contacts DIR/twice.csv --phone-column Tel --allow-duplicates --yes"))))
    assert.equal(2, #peer.requests)
  end)

  it("refuses with --reconcile a name that is there, with the exit code 4", function()
    act = status(200, '{"data":[' .. CAMPAIGN .. '],"page":0,"size":100,"totalCount":1,"hasNext":false}')
    local _, errors, code = run(CREATE .. GOOD_CONTACTS .. "--campaign-name May --reconcile --yes")
    assert.equal(4, code)
    assert.matches("\nsigmamind: conflict: there is a campaign with this campaignName already: its campaignId is camp_1 ",
      errors)
    assert.equal(0, peer:count "POST")
  end)
end)

describe("--dry-run", function()
  it("prints a request with JSON, and sends nothing", function()
    local out, errors, code = run("calls delete call_1 --dry-run")
    assert.same({ ("DELETE %s/v1/calls/call_1\nAccept: application/json\nX-API-Key: ***\n\n"):format(peer.url), "", 0 },
      { out, errors, code })
    out = run("campaigns update camp_1 --dry-run --campaign-name " .. KEY)
    assert.equal(("PATCH %s/v1/campaigns/camp_1\nAccept: application/json\nContent-Type: application/json\n"
      .. 'X-API-Key: ***\n\n{"campaignName":"***"}\n'):format(peer.url), out)
    assert.equal(0, #peer.requests)
  end)

  it("prints the parts of a form, but not the contents of a file, and reads no list either", function()
    local more = "--campaign-name May --reconcile --variables '{\"a\":1}' --dry-run"
    local out, errors, code = run(CREATE .. GOOD_CONTACTS .. more)
    assert.same({
      ("POST %s/v1/campaigns\nAccept: application/json\nX-API-Key: ***\nContent-Type: multipart/form-data\n\n"
        .. 'agentId: agent_1\ncampaignName: May\nsipPhoneNumber: +14155552671\nvariables: {"a":1}\n'
        .. "file: contacts.csv (64 bytes, text/csv)\n"):format(peer.url),
      "", 0,
    }, { out, errors, code })
    local shown = cjson.decode((run(CREATE .. GOOD_CONTACTS .. "--dry-run -f json")))
    assert.same({ "POST", peer.url .. "/v1/campaigns", "***" }, { shown.method, shown.url, shown.headers["X-API-Key"] })
    assert.same({ name = "file", filename = "contacts.csv", type = "text/csv", bytes = 64 }, shown.form[3])
    assert.equal(2, (select(3, run(CREATE .. BAD_CONTACTS .. "--dry-run"))))
    assert.equal(0, #peer.requests)
  end)
end)

describe("a failed write", function()
  it("exits with the code of its kind if it was not done", function()
    for code, reply in pairs { [4] = 400, [3] = 401, [6] = 429 } do
      act, peer.requests = status(reply, '{"message":"no"}'), {}
      local out, errors, got = run(PLACE_CALL .. "--yes --attempts 1")
      assert.same({ "", code, 1 }, { out, got, #peer.requests })
      assert.matches("outcome not_done", errors)
    end
  end)

  it("waits for a reply as long as --timeout says, with a file too", function()
    for _, arguments in ipairs { PLACE_CALL, CREATE .. GOOD_CONTACTS } do
      act = function() end
      local out, errors, code = run(arguments .. "--yes --attempts 1 --timeout 0.5")
      assert.same({ "", 7 }, { out, code })
      assert.matches("sigmamind: timeout: ", errors)
    end
  end)

  it("exits with 7 if it was done, or may have been, and names the command that shows it", function()
    local function way(arguments, action)
      act, peer.requests = action, {}
      local out, errors, code = run(arguments .. " --yes --attempts 1")
      assert.same({ "", 7, 1 }, { out, code, #peer.requests })
      return errors:match "; (sigmamind [^\n]*) shows whether it was\n$"
    end
    assert.equal("sigmamind campaigns list --where 'campaignName=\"O'\\''Neil, 5%\"'",
      way(CREATE .. GOOD_CONTACTS .. "--campaign-name \"O'Neil, 5%\"", reset))
    assert.equal("sigmamind campaigns list", way(CREATE .. GOOD_CONTACTS, status(503)))
    assert.equal("sigmamind campaigns get camp_1", way("campaigns update camp_1 --campaign-name x", reset))
    assert.equal("sigmamind calls get 'call 1'", way("calls delete 'call 1'", status(503)))
    assert.equal("sigmamind campaigns list", way(CREATE .. GOOD_CONTACTS, status(200, "[]"))) -- it was done
    local before = os.date("!%Y-%m-%dT%H:%M", os.time() - 90)
    local since = way(PLACE_CALL, reset):match "^sigmamind calls list %-%-where 'createdAt>=([%d%-T:]+)'$"
    assert.is_true(since >= before and since <= os.date "!%Y-%m-%dT%H:%M", since)
  end)

  it("names a command that finds what was created", function()
    local rows = '{"data":[{"callId":"old","createdAt":"2025-09-25T19:00:00.000Z"},{"callId":"new","createdAt":"%s.123Z"}],'
      .. '"page":0,"size":100,"totalCount":2,"hasNext":false}'
    act = reset
    local _, errors = run(PLACE_CALL .. "--yes --attempts 1")
    local words = errors:match "sigmamind (calls list [^\n]*) shows"
    act = status(200, rows:format(os.date "!%Y-%m-%dT%H:%M:%S"))
    assert.equal("callId\r\nnew\r\n", (run(words .. " -f csv -S callId")))
  end)

  it("says at Ctrl-C that the API may have acted on it", function()
    act = function()
      os.execute(("kill -INT $(cat %s/pid)"):format(place.directory))
    end
    local _, errors, code = run "calls delete call_1 --yes"
    assert.equal(130, code)
    assert.matches("\nsigmamind: interrupted; the server may have acted on this request: find out before you send it "
      .. "again; sigmamind calls get call_1 shows whether it was\n$", errors)
  end)
end)

describe("on a terminal, a command that writes", function()
  --- What is typed as the answer; returns the exit code, what was seen, and how many requests arrived.
  local function answer(typed, arguments)
    sandbox:clear()
    sandbox:faults { body = CALL, times = -1 }
    local line = "exec " .. command.line(arguments or PLACE_CALL, sandbox:environment() .. " TERM=xterm")
    local code, echoes, seen = process.on_terminal(line, "[y/N] ", typed)
    assert.is_true(echoes)
    return code, seen, #sandbox:log()
  end

  it("asks after it has shown what it will do, and sends once after yes", function()
    for _, yes in ipairs { "y\n", " Yes \n" } do
      local code, seen, requests = answer(yes)
      assert.same({ 0, 1 }, { code, requests })
      assert.matches("This creates a call:\r\n.*to phone number:    %+14155550100\r\n"
        .. "Create this call%? %[y/N%] *[yY][es]* *\r\n.*callId:", seen)
    end
    assert.matches("Delete this call%? %[y/N%] ", (select(2, answer("y\n", "calls delete call_1"))))
  end)

  it("sends nothing after any other answer, and exits with 130", function()
    for _, no in ipairs { "n\n", "\n", "yn\n", "\4", "yess\n" } do
      local code, seen, requests = answer(no)
      assert.same({ 130, 0 }, { code, requests })
      assert.matches("\nsigmamind: nothing was sent\r\n$", seen)
    end
  end)

  it("says as JSON that a refused write was not done", function()
    local _, seen = answer("n\n", PLACE_CALL .. "--error-format json")
    local err = cjson.decode(seen:match "{.*}").error
    assert.same({ "interrupted", "not_done" }, { err.kind, err.outcome })
  end)

  it("sends nothing after Ctrl-C, and exits with 130", function()
    local code, seen, requests = answer "\3"
    assert.same({ 130, 0 }, { code, requests })
    assert.not_matches("callId", seen)
  end)

  it("does not ask with --yes", function()
    local line = "exec " .. command.line(PLACE_CALL .. "--yes", sandbox:environment() .. " TERM=xterm")
    sandbox:clear()
    sandbox:faults { body = CALL, times = -1 }
    local code, _, seen = process.on_terminal(line, "callId:", "")
    assert.same({ 0, 1 }, { code, #sandbox:log() })
    assert.not_matches("y/N", seen)
  end)

  it("drops what was typed before the question", function()
    sandbox:clear()
    sandbox:faults { body = CALL, times = -1 }
    local stop = "{ until ls -l /proc/$$/fd | grep -q ' -> /dev/tty$'; do sleep 0.02; done; sleep 0.2; kill -INT $$; } & "
    local line = stop .. "echo early; sleep 0.3; exec " .. command.line(PLACE_CALL, sandbox:environment() .. " TERM=xterm")
    local code, _, seen = process.on_terminal(line, "early", "y\n")
    assert.same({ 130, 0 }, { code, #sandbox:log() })
    assert.matches("y/N", seen)
  end)
end)
