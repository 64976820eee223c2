-- The command `sigmamind`, in a terminal and in scripts.

local cjson = require "cjson"
local command = require "spec.support.command"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local interpreter = require "spec.support.interpreter"
local parse_arguments = require("sigmamind.cli.arguments").parse
local number = require "sigmamind.number"
local process = require "process"
local scratch = require "spec.support.scratch"
local screen = require "spec.support.screen"
local server = require "spec.support.server"
local unpack = unpack or table.unpack -- luacheck: ignore 113
local cli_terminal = require "sigmamind.cli.terminal"

local sandbox = server.shared { tls = true }
local environment

setup(function()
  environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
end)

before_each(function()
  sandbox:list(125, {})
end)

local function run(arguments, rest)
  return command.run(arguments, environment, rest)
end

local KNOWN = "campaigns, calls, agents, phone-numbers, chats, webhooks, contacts, api, sandbox, config"

--- The cells of each line of CSV, by RFC 4180.
local function parse_csv(text)
  local records, record, at = {}, {}, 1
  while at <= #text do
    local cell
    if text:sub(at, at) == '"' then
      local stop = at
      repeat
        stop = text:find('"', stop + 1, true)
        local doubled = text:sub(stop + 1, stop + 1) == '"'
        stop = doubled and stop + 1 or stop
      until not doubled
      cell = text:sub(at + 1, stop - 1):gsub('""', '"')
      at = stop + 1
    else
      cell = text:match("^[^,\r\n]*", at)
      at = at + #cell
    end
    record[#record + 1] = cell
    if text:sub(at, at) == "," then
      at = at + 1
    else
      assert.equal("\r\n", text:sub(at, at + 1))
      records[#records + 1], record, at = record, {}, at + 2
    end
  end
  return records
end

local lines_of = command.lines

describe("sigmamind campaigns", function()
  it("lists every campaign in a table", function()
    local out, errors, code = run "campaigns"
    local lines = lines_of(out)
    assert.equal("", errors)
    assert.equal(0, code)
    assert.equal(126, #lines)
    assert.matches("^campaignId +campaignName +campaignStatus +concurrentCalls +errors +agent.name +phoneNumber "
      .. "+scheduledDate$", lines[1])
    assert.matches("^camp_XiQEBcj9cc5TFRB4  Q4 Outreach Campaign +live +5 +2 +New AI Agent +%+14155552671 +2025%-09",
      lines[2])
    assert.not_matches("Object", out)
    assert.matches("^phoneNumber\n%+14155552671\n", (run "campaigns --select phoneNumber --limit 1"))
  end)

  it("prints one JSON document with the API's own bytes, however many pages there are", function()
    for _, count in ipairs { 0, 1, 125 } do
      sandbox:list(count)
      local out, errors, code = run "campaigns --format json --size 10"
      assert.equal("", errors)
      assert.equal(0, code)
      assert.equal(count, #cjson.decode(out))
    end
    local out = run "campaigns --format json --size 10"
    local whole = sandbox:control("GET", "/v1/campaigns?size=125")
    for row in out:gmatch "%b{}" do
      assert.is_truthy(whole:find(row, 1, true))
    end
  end)

  it("keeps empty arrays, big integers and the spelling of numbers as ndjson, one row a line", function()
    local row = '{"campaignId":"a","n":12345678901234567890,\n   "x":1.50e1,"errors":[ ]}'
    sandbox:faults { body = '{"data":[' .. row .. '],"page":0,"size":100,"hasNext":false}' }
    local out = run "campaigns --format ndjson"
    assert.equal('{"campaignId":"a","n":12345678901234567890,"x":1.50e1,"errors":[ ]}\n', out)
  end)

  it("prints no line break within a line of ndjson, whichever the API puts between two tokens", function()
    for _, ending in ipairs { "\n", "\r\n", "\r", "\n\n", "\r\n\t ", "\r \r" } do
      local row = ('{"campaignId":"a",%s"n":[1,%s2]%s}'):format(ending, ending, ending)
      sandbox:faults { body = '{"data":[' .. row .. '],"page":0,"size":100,"hasNext":false}' }
      assert.equal('{"campaignId":"a","n":[1,2]}\n', (run "campaigns --format ndjson"))
    end
  end)

  it("quotes a CSV cell that has a quote, a comma, a line feed or a carriage return, and no other", function()
    for text, cell in pairs {
      ["a\rb"] = '"a\rb"', ["a\nb"] = '"a\nb"', ["a\r\nb"] = '"a\r\nb"', ["a,b"] = '"a,b"', ['a"b'] = '"a""b"',
      ['""'] = '""""""', [","] = '","', ["a b"] = "a b", ["a;b"] = "a;b", ["a\tb"] = "a\tb", ["'a'"] = "'a'", [""] = "",
      [" a "] = " a ",
    } do
      local row = cjson.encode { campaignName = text }
      sandbox:faults { body = '{"data":[' .. row .. '],"page":0,"hasNext":false}' }
      assert.equal("campaignName\r\n" .. cell .. "\r\n", (run "campaigns --format csv --select campaignName"))
    end
  end)

  it("prints a number with all its digits, in a table and as CSV", function()
    local rows = {}
    local shown = {
      { "0.1", "0.1" }, { "0.3", "0.3" }, { "0.1000", "0.1" }, { "2.50e1", "25" }, { "-1.5", "-1.5" }, { "5.0", "5" },
      { "0.3333333333333333", "0.3333333333333333" }, { "0.30000000000000004", "0.30000000000000004" },
      { "0.10000000000000001", "0.1" }, { "123456.789", "123456.789" }, { "0", "0" }, { "-0", "0" },
    }
    local lines = { "concurrentCalls" }
    for i, each in ipairs(shown) do
      rows[i] = '{"concurrentCalls":' .. each[1] .. "}"
      lines[i + 1] = each[2]
    end
    sandbox:faults { body = '{"data":[' .. table.concat(rows, ",") .. '],"page":0,"hasNext":false}', times = -1 }
    local select = "campaigns --select concurrentCalls --format "
    assert.equal(table.concat(lines, "\r\n") .. "\r\n", (run(select .. "csv")))
    assert.equal(table.concat(lines, "\n") .. "\n", (run(select .. "table")))
  end)

  it("narrows columns on a terminal, down to 6, before it leaves one out", function()
    --- The table of the first campaign on a terminal of a given width.
    local function shown(columns, arguments)
      local variables = ("%s TERM=xterm NO_COLOR=1 COLUMNS=%d"):format(environment, columns)
      local line = "exec " .. command.line("campaigns --limit 1 " .. (arguments or ""), variables)
      local _, _, seen = process.on_terminal(line, "1 campaign", "")
      return lines_of((seen:gsub("\r[^\n]*\27%[K", ""):gsub("\r", "")))
    end
    local id = "camp_XiQEBcj9cc5TFRB4"
    local names = "-S campaignName,agent.name"
    assert.same({ "campaignName          agent.name", "Q4 Outreach Campaign  New AI Agent", "1 campaign" }, shown(34, names))
    assert.same({ "campaignName         agent.name", "Q4 Outreach Campai…  New AI Agent", "1 campaign" }, shown(33, names))
    assert.same({ "campaig…  agent.n…", "Q4 Outr…  New AI …", "1 campaign" }, shown(18, names))
    assert.same({ "campa…  agent…", "Q4 Ou…  New A…", "1 campaign" }, shown(14, names))
    assert.same({ "campaignName", "Q4 Outreach …", "1 campaign" }, shown(13, names))
    assert.same({ "camp…", "Q4 O…", "1 campaign" }, shown(5, names))
    -- a shortened id is of no use
    local with_id = "-S campaignId,campaignName"
    assert.same({ id .. "  Q4 Ou…" }, { shown(29, with_id)[2] })
    assert.same({ id }, { shown(28, with_id)[2] })
    assert.same({ "camp_XiQEBcj9c…" }, { shown(15, with_id)[2] })
    -- nor is a shortened heading, without --select
    assert.same({ "campaignId             campaignName", id .. "  Q4 Outreach…", "1 campaign" }, shown(35))
    assert.same({ "campaignId", id, "1 campaign" }, shown(34))
  end)

  it("prints CSV with the same header for any campaigns", function()
    local out, _, code = run "campaigns --format csv"
    local records = parse_csv(out)
    assert.equal(0, code)
    assert.equal(126, #records)
    assert.same({
      "campaignId", "campaignName", "campaignStatus", "scheduledDate", "concurrentCalls", "agent.name",
      "agent.agentId", "agent.status", "phoneNumber.sipPhoneNumber", "phoneNumber.provider",
      "phoneNumber.inboundAgentId", "phoneNumber.outboundAgentId", "phoneNumber.outboundPhoneNumber",
      "phoneNumber.active", "phoneNumber.terminationSipURI", "phoneNumber.friendlyName", "errors", "scheduled",
    }, records[1])
    assert.same({
      "camp_XiQEBcj9cc5TFRB4", "Q4 Outreach Campaign", "live", "2025-09-25T19:00:00.000Z", "5", "New AI Agent",
      "agent_D5D0p7TUs66TTAEAx", "Live", "+14155552671", "twilio", "agent_D5D0p7TUs66TTAEAx",
      "agent_D5D0p7TUs66TTAEAx", "+14155552671", "true", "sip.telnyx.com", "Support Line - US",
      [=[["Row 3: missing required variable 'customer_name'","Row 7: invalid phone number '+1234'"]]=], "true",
    }, records[2])
    sandbox:list(0)
    assert.equal(records[1][1] .. ",", run("campaigns --format csv"):match "^[^,]*,")
    out = run "campaigns --format csv --select agent.name,errors --limit 1"
    assert.same({ { "agent.name", "errors" } }, parse_csv(out))
  end)

  it("filters and selects in the core, and stops at the limit", function()
    local out = run "campaigns --status live --where 'concurrentCalls>=20' --select campaignId,concurrentCalls -f ndjson"
    local expected, client = {}, sandbox:client()
    for row in client:campaigns { status = "live", where = { concurrentCalls = { ge = 20 } } } do
      expected[#expected + 1] = { campaignId = row.campaignId, concurrentCalls = row.concurrentCalls }
    end
    client:close()
    local rows = {}
    for i, line in ipairs(lines_of(out)) do
      rows[i] = decoding.value(line)
    end
    assert.is_true(#rows > 3)
    assert.same(expected, rows)
    sandbox:clear()
    assert.equal(7, #lines_of((run "campaigns -n 7 --size 5 -f ndjson")))
    assert.equal(2, #sandbox:log())
  end)

  it("streams 100,000 campaigns in constant memory", function()
    local large = server.start { campaigns = 100000 }
    local program = os.tmpname()
    local file = assert(io.open(program, "w"))
    file:write [[
      local code = require("sigmamind.cli").main { "campaigns", "--format", "ndjson", "--size", "1000" }
      for line in io.lines "/proc/self/status" do
        if line:find "VmHWM" then io.stderr:write(line, " code ", code) end
      end]]
    file:close()
    -- AddressSanitizer keeps up to 256 MiB of freed memory by default
    local text = "ASAN_OPTIONS=quarantine_size_mb=1 SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s %s %s 2>&1 >/dev/null"
    text = text:format(large.url, large.key, interpreter.command(), program)
    local pipe = io.popen(text)
    local said = pipe:read "*a"
    pipe:close()
    large:stop()
    os.remove(program)
    local peak = tonumber(said:match "^VmHWM:%s*(%d+) kB code 0$")
    assert(peak, said)
    assert.is_true(peak < 60 * 1024, peak .. " kB") -- the rows are 60 MB
  end)

  it("exits quietly when its output's reader has gone", function()
    local out, errors = run("campaigns --format ndjson --size 5", "| head -n 1")
    assert.equal(1, #lines_of(out))
    assert.equal("", errors)
    for _, arguments in ipairs { "campaigns", "campaigns -f json", "campaigns --size 5 -f csv" } do
      assert.equal(0, (select(3, run(arguments, "| true"))))
    end
    out, errors = command.run("campaigns --format ndjson --size 5", environment .. " sh -c 'trap \"\" PIPE; exec \"$@\"' sh",
      "| head -n 1")
    assert.equal(1, #lines_of(out))
    assert.equal("", errors)
  end)

  it("prints rows as they arrive", function()
    sandbox:faults { page = 2, silent = true }
    local out = run("campaigns --format ndjson --size 10 --timeout 0.5 --attempts 1", "| head -n 1")
    assert.equal(1, #lines_of(out))
    local text = ("timeout 5 env %s sh -c '%s | (read line; echo first)'"):format(
      environment, command.line("campaigns --format ndjson --size 10 --limit 30 --timeout 4 --attempts 1"))
    local started = core.now()
    local pipe = io.popen(text)
    assert.equal("first", pipe:read "*l")
    assert.is_true(core.now() - started < 3)
    pipe:close()
  end)

  it("reports a closed output, and writes to no other file in its place", function()
    for _, count in ipairs { 1, 125 } do
      local _, errors, code = run("campaigns --format ndjson --limit " .. count .. " >&-")
      assert.equal("sigmamind: cannot write: Bad file descriptor\n", errors)
      assert.equal(1, code)
    end
    for _, arguments in ipairs { "--version", "config", "--completion bash", "--help", "campaigns --help", "" } do
      assert.equal(1, (select(3, run(arguments .. " > /dev/full"))))
    end
  end)

  it("takes the column widths of a table from its first 100 rows", function()
    local rows, lines = {}, { "campaignName" .. (" "):rep(88) .. "  concurrentCalls" }
    for i = 1, 102 do
      rows[i] = ('{"campaignName":"%s","concurrentCalls":%d}'):format(("x"):rep(i), i)
      lines[i + 1] = ("x"):rep(i) .. (" "):rep(100 - i) .. "  " .. i
    end
    for _, count in ipairs { 100, 102 } do
      local body = '{"data":[' .. table.concat(rows, ",", 1, count) .. '],"page":0,"hasNext":false}'
      sandbox:faults { body = body }
      assert.same({ unpack(lines, 1, count + 1) }, lines_of((run "campaigns --select campaignName,concurrentCalls")))
    end
  end)

  it("prints each status in its colour on a terminal", function()
    sandbox:list(4)
    local line = "exec " .. command.line("campaigns -S campaignStatus", environment .. " -u NO_COLOR TERM=xterm")
    local _, _, seen = process.on_terminal(line:gsub("(SIG.*) (%-u NO_COLOR)", "%2 %1"), "4 campaigns", "")
    for status, colour in pairs { live = 32, scheduled = 36, paused = 33, completed = 2 } do
      local shown = ("\27[%dm%-14s\27[0m\r\n"):format(colour, status)
      assert.is_truthy(seen:find(shown, 1, true), seen)
    end
    assert.is_truthy(seen:find("campaignStatus\r\n", 1, true), seen)
  end)

  it("prints objects and arrays as JSON in CSV cells", function()
    local agent = '{"g":1,"f":"a/b","d":[],"c":{},"b":true,"a":[1,"x"]}'
    sandbox:faults { body = '{"data":[{"agent":' .. agent .. ',"errors":[]}],"page":0,"hasNext":false}' }
    assert.same({ '{"a":[1,"x"],"b":true,"c":{},"d":[],"f":"a/b","g":1}', "[]" },
      parse_csv((run "campaigns --format csv --select agent,errors"))[2])
  end)

  it("prints no control or bidirectional characters in a table", function()
    local name = [["\u001b[31mred\u001b]0;title\u0007\u009b31m \u202edlrow\u2066!"]]
    sandbox:faults { body = '{"data":[{"campaignId":"a","campaignName":' .. name .. '}],"hasNext":false}' }
    local out = run "campaigns"
    assert.matches("\na   %[31mred %]0;title  31m dlrow!", (out:gsub(" +", function(blanks)
      return #blanks > 2 and "   " or blanks
    end)))
  end)

  it("reports a write error", function()
    local _, errors, code = run("campaigns --format ndjson > /dev/full")
    assert.equal("sigmamind: cannot write: No space left on device\n", errors)
    assert.equal(1, code)
  end)

  local function fails(code, message, fault, arguments)
    sandbox:clear()
    if fault then
      sandbox:faults(fault)
    end
    local out, errors, got = run(arguments or "campaigns --attempts 1")
    assert.equal("", out)
    assert.matches(message, errors)
    assert.equal(code, got)
  end

  it("exits with a code for each kind of failure, and prints what to do next", function()
    fails(2, "%-%-limit must be an integer from 0, got 'x'", nil, "campaigns --limit x")
    for _, text in ipairs { "0x10", "1e1", " 7 ", "5.0", "" } do
      fails(2, "%-%-limit must be an integer from 0", nil, ("campaigns --limit '%s'"):format(text))
      fails(2, "%-%-size must be an integer from 1", nil, ("campaigns --size '%s'"):format(text))
    end
    fails(2, "%-%-timeout must be a number of seconds", nil, "campaigns --timeout 0x10")
    fails(2, "unknown option '%-%-nosuch'", nil, "campaigns --nosuch")
    fails(2, "'a b' is not a condition like concurrentCalls>=5", nil, "campaigns --where 'a b'")
    fails(2, "%-%-resume must be the complete, unchanged token that Ctrl%-C printed", nil, "campaigns --resume x")
    fails(2, "argument for option '%-%-status' must be one of", nil, "campaigns --status nosuch")
    fails(3, "check %-%-key%-file or SIGMAMIND_API_KEY", { status = 401 })
    fails(3, "auth", { status = 403 })
    fails(4, "status 404", { status = 404 })
    fails(4, "not a proxy or a web page", { body = "<html>", content_type = "text/html" })
    fails(5, "check %-%-base%-url and the network", { reset = true })
    fails(5, "timeout", { silent = true }, "campaigns --attempts 1 --timeout 0.2")
    fails(5, "tls: .*%-%-ca%-file", nil, "campaigns --attempts 1 --base-url " .. sandbox.https_url)
    fails(4, "decode", { body = "{" })
    fails(4, "protocol: not a page of a listing", { body = "7" })
    fails(4, "too_large", { bomb = 17 })
    fails(6, "retry later, and send fewer requests", { status = 429 })
    fails(2, "%-%-attempts must be an integer from 1 to 10, got '11'", nil, "campaigns --attempts 11")
    fails(2, "%-%-watch must be a number of seconds from 0.1", nil, "campaigns --watch nan")
    fails(2, "%-%-port must be an integer from 0 to 65535", nil, "sandbox --port 70000")
    local client = sandbox:client()
    local stream = client:campaigns { size = 10 }
    stream:next()
    local other = "%-%-resume: the token is from another walk: the options that narrow the list, %-%-select and "
      .. "%-%-size must be the same\n$"
    fails(2, other, nil, "campaigns --size 20 --resume " .. stream:token())
    client:close()
    local _, errors, code = command.run("campaigns", "-u SIGMAMIND_API_KEY")
    assert.equal("sigmamind: no API key: set SIGMAMIND_API_KEY, or give --key-file FILE\n", errors)
    assert.equal(3, code)
  end)

  it("prints hints that name its own options", function()
    fails(5, "check %-%-base%-url and the network\n$", nil, "campaigns --attempts 1 --base-url http://127.0.0.1:1")
    fails(5, "or raise %-%-timeout\n$", { silent = true }, "campaigns --attempts 1 --timeout 0.2")
    fails(4, "remove /v1 from the end of %-%-base%-url: the command adds it\n$", nil,
      ("campaigns --base-url %s/v1"):format(sandbox.url))
    fails(3, "check %-%-key%-file or SIGMAMIND_API_KEY", { status = 401 }, "campaigns")
    fails(5, "goes through the proxy http://127.0.0.1:1 %(from %-%-proxy%)\n$", nil,
      "campaigns --attempts 1 --proxy http://127.0.0.1:1")
    fails(4, "remove /v1/campaigns from the end of %-%-base%-url: the command adds it\n$", nil,
      ("campaigns --base-url %s/v1/campaigns"):format(sandbox.url))
    local guess = " (milliseconds?)"
    for given, shown in pairs { ["20000"] = "'20000'" .. guess, ["3600.5"] = "'3600.5'" .. guess, ["0"] = "'0'" } do
      local _, errors, code = run("campaigns --timeout " .. given)
      local range = "sigmamind: --timeout must be a number of seconds from 0.1 to 3600, got "
      assert.same({ range .. shown .. "; see sigmamind campaigns --help\n", 2 }, { errors, code })
    end
    sandbox:faults { status = 401 }
    local _, errors = run "campaigns --error-format json"
    assert.matches("^check %-%-key%-file or ", cjson.decode(errors).error.hint)
  end)

  it("prints messages that name its own options and words", function()
    local deep = ('{"data":[{"a":%s%s}],"page":0,"hasNext":false}'):format(("["):rep(70), ("]"):rep(70))
    fails(4, "expected no deeper nesting than 64 levels", { body = deep })
    fails(4, "the body is larger than 16777216 bytes", { bomb = 17 })
    fails(2, "^sigmamind: %-%-where: 'a%.%.b' is not a path", nil, "campaigns -w a..b=1")
    fails(2, "^sigmamind: %-%-select: 'a%.%.b' is not a path", nil, "campaigns -S a..b")
  end)

  it("prints an empty cell for the string Object of the API's oldest generation", function()
    sandbox:faults { body = '{"data":[{"phoneNumber":"Object","agent":"Object"},{"phoneNumber":"+1 415"}],"hasNext":false}',
      times = -1 }
    local records = parse_csv((run "campaigns -f csv"))
    assert.same({ "phoneNumber.sipPhoneNumber", "", "+1 415" }, { records[1][9], records[2][9], records[3][9] })
    assert.equal("", records[2][6])
    assert.not_matches("Object", (run "campaigns"))
  end)

  it("has the sandbox's own numbers of rows in its help", function()
    local defaults = require("sigmamind.sandbox.options").defaults
    local help, count = run "sandbox --help", 0
    for what, default in help:gmatch "Number of ([%l ]+); default:%s+(%d+)%." do
      assert.equal(defaults[what:gsub(" ", "_")], tonumber(default), what)
      count = count + 1
    end
    assert.equal(#require "sigmamind.resources", count)
  end)

  it("prints no hint that names an option or function of the module", function()
    for _, hint in ipairs(require("sigmamind.errors").HINTS) do
      local printed = require("sigmamind.cli.errors").hint(hint)
      assert.not_matches("%l_%l", printed)
      assert.not_matches("core%.", printed)
      assert.not_matches("deadline", printed)
    end
  end)

  it("prints errors as JSON with --error-format json", function()
    sandbox:faults { status = 404 }
    local _, errors, code = run "campaigns --error-format json"
    local err = cjson.decode(errors).error
    assert.equal(4, code)
    assert.equal("http", err.kind)
    assert.equal(404, err.status)
    assert.equal("/v1/campaigns?page=0&size=100", err.path)
    _, errors = run "campaigns --error-format json --where '\255'"
    assert.equal("usage", decoding.value(errors).error.kind)
    for _, option in ipairs { "--error-format=json", "--error-format json" } do
      _, errors = run("campaigns --nosuch " .. option)
      assert.equal("usage", cjson.decode(errors).error.kind)
    end
    _, errors = run "campaigns --nosuch --error-format=text"
    assert.matches("^sigmamind: unknown option '%-%-nosuch'", errors)
    for format, is_printed in pairs { json = true, text = false } do
      local line = command.line(("--error-format %s campaigns --watch 9"):format(format), environment .. " TERM=xterm")
      local got, _, seen = process.on_terminal("exec " .. line, "watching", "\3")
      local printed = seen:find('{"error":{"kind":"interrupted","message":"interrupted"}}', 1, true) ~= nil
      assert.same({ 130, is_printed, false }, { got, printed, seen:find "sigmamind: " ~= nil })
    end
  end)

  it("prints an error as JSON for any length of Retry-After", function()
    sandbox:faults { status = 429, headers = { ["retry-after"] = ("9"):rep(400) } }
    local _, errors, code = run "campaigns --error-format json"
    local err = cjson.decode(errors).error
    assert.equal(6, code)
    assert.equal("rate_limit", err.kind)
    assert.equal(2 ^ 31, err.retry_after)
  end)

  it("logs each attempt with --verbose or SIGMAMIND_LOG, without the key", function()
    for variable, option in pairs { ["SIGMAMIND_LOG=1"] = "", ["SIGMAMIND_LOG=0"] = " --verbose" } do
      sandbox:clear()
      sandbox:faults { page = 1, status = 503, times = 1 }
      local arguments = "campaigns --size 100 -f ndjson" .. option
      local out, errors = command.run(arguments, environment .. " " .. variable)
      assert.equal(125, #lines_of(out))
      local lines = lines_of(errors)
      assert.matches("^GET /v1/campaigns%?page=0&size=100: 200, %d+%.%d+ s, attempt 1, new connection$", lines[1])
      assert.matches("^GET /v1/campaigns%?page=1&size=100: 503, %d+%.%d+ s, attempt 1, %a+ connection$", lines[2])
      assert.matches("; retrying in %d", lines[3])
      assert.matches("^GET /v1/campaigns%?page=1&size=100: 200, %d+%.%d+ s, attempt 2, %a+ connection$", lines[4])
      assert.equal(4, #lines)
      assert.is_nil(errors:find(sandbox.key, 1, true))
    end
    assert.equal("", (select(2, command.run("campaigns --limit 1", environment .. " SIGMAMIND_LOG=0"))))
    local _, detailed = command.run("campaigns --limit 1", environment .. " SIGMAMIND_LOG=debug")
    assert.matches("\n> X%-API%-Key: %*%*%*\n", detailed)
    assert.matches('\n< {"data":%[{"campaignId"', detailed)
    assert.is_nil(detailed:find(sandbox.key, 1, true))
    local nowhere = "SIGMAMIND_API_KEY=k SIGMAMIND_BASE_URL=http://127.0.0.1:1"
    local _, errors = command.run("campaigns --verbose --attempts 1", nowhere)
    assert.matches("^GET /v1/campaigns%S*: network, [^\n]+\n[^\n]+; not retried: all attempts are used\n", errors)
  end)

  it("reports a retry on a terminal, and not when standard error is a file", function()
    sandbox:faults { status = 503, headers = { ["retry-after"] = "0" } }
    local out, errors, code = run "campaigns --format ndjson"
    assert.same({ 125, "", 0 }, { #lines_of(out), errors, code })
    local line = "exec " .. command.line("campaigns --limit 1", environment .. " TERM=xterm")
    for fault, seen in pairs { [{ status = 503 }] = true, [{ delay = 0 }] = false } do
      sandbox:faults(fault)
      local _, _, output = process.on_terminal(line, "1 campaign", "")
      assert.equal(seen, output:find "a scripted fault of the sandbox; retrying in %d+%.%d s\r\n" ~= nil, output)
    end
  end)

  it("prints the rows that came before a failure, and leaves the JSON array open", function()
    sandbox:faults { page = 3, status = 404, times = -1 }
    local out, errors, code = run "campaigns --format json --size 10"
    assert.is_false((pcall(cjson.decode, out)))
    assert.equal(30, #cjson.decode(out .. "]"))
    assert.matches("status 404", errors)
    assert.equal(4, code)
    for format, lines in pairs { ndjson = 30, csv = 31, table = 31 } do
      assert.equal(lines, #lines_of((run("campaigns --size 10 --format " .. format))))
    end
  end)

  it("reads the key from a file or the environment, and has no option for the key itself", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write("  " .. sandbox.key .. " \n")
    file:close()
    local without = "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. sandbox.url
    local _, _, code = command.run("campaigns --limit 1 --key-file " .. path, without)
    assert.equal(0, code)
    os.remove(path)
    local _, errors
    _, errors, code = command.run("campaigns --key-file " .. path, environment)
    assert.equal(("sigmamind: cannot read the key: %s: No such file or directory\n"):format(path), errors)
    assert.equal(3, code)
    for _, ending in ipairs { "\n", "\r\n", "\r" } do -- as docker --env-file or a Kubernetes secret leaves it
      local given = ("'SIGMAMIND_API_KEY=%s%s' SIGMAMIND_BASE_URL=%s"):format(sandbox.key, ending, sandbox.url)
      _, _, code = command.run("campaigns --limit 1", given)
      assert.equal(0, code)
    end
    _, _, code = run("campaigns --api-key " .. sandbox.key)
    assert.equal(2, code)
  end)

  it("reads the first line of a key file, without surrounding blanks and a leading byte order mark", function()
    local place = scratch.open()
    local without = "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. sandbox.url
    local line = ("campaigns --limit 1 --key-file %s/key"):format(place.directory)
    local key, mark = sandbox.key, "\239\187\191"
    for _, text in ipairs {
      key, key .. "\n", key .. "\r\n", key .. "\nmore\n", mark .. key, mark .. key .. "\n",
      mark .. " \t" .. key .. " \r\nmore",
    } do
      place:write("key", text)
      local _, errors, code = command.run(line, without)
      assert.same({ "", 0 }, { errors, code })
    end
    for _, text in ipairs { "", "\n" .. key, " \r\n", mark, mark .. "\n" .. key } do
      place:write("key", text)
      local _, errors, code = command.run(line, without)
      assert.same({ ("sigmamind: no API key in the first line of %s/key\n"):format(place.directory), 3 }, { errors, code })
    end
    place:write("key", key .. mark)
    assert.equal(3, (select(3, command.run(line, without))))
    place:remove()
  end)

  it("ignores white space around the value of an environment variable", function()
    local bundle = "/etc/ssl/certs/ca-certificates.crt"
    for _, ending in ipairs { "\r", "\n", "\r\n", " ", "\t" } do
      local variables = ("'SIGMAMIND_BASE_URL= %s%s' SIGMAMIND_API_KEY=%s"):format(sandbox.url, ending, sandbox.key)
      local more = (" 'SIGMAMIND_CA_FILE=%s%s' 'SIGMAMIND_LOG=0%s'"):format(bundle, ending, ending)
      local _, errors, code = command.run("campaigns --limit 1", variables .. more)
      assert.same({ "", 0 }, { errors, code })
      local out = command.run("config", ("-u https_proxy -u SIGMAMIND_CA_FILE -u CURL_CA_BUNDLE SIGMAMIND_API_KEY=k "
        .. "'SIGMAMIND_BASE_URL=https://example.com%s' 'SSL_CERT_FILE=%s%s'"):format(ending, bundle, ending))
      assert.matches("\nbase URL     https://example.com  %(SIGMAMIND_BASE_URL%)\n", out)
      assert.equal(bundle .. "  (SSL_CERT_FILE)", out:match "\nauthorities  ([^\n]*)\n$")
    end
  end)

  it("names the variable or the option of a value that it refuses", function()
    for variables, message in pairs {
      ["SIGMAMIND_BASE_URL=nonsense"] = "SIGMAMIND_BASE_URL must be a URL like https://api.sigmamind.ai",
      ["SIGMAMIND_CA_FILE=LICENSE"] = "SIGMAMIND_CA_FILE must be the name of a readable PEM file",
      ["CURL_CA_BUNDLE=LICENSE"] = "CURL_CA_BUNDLE must be the name of a readable PEM file",
      ["SSL_CERT_FILE=LICENSE"] = "SSL_CERT_FILE must be the name of",
      ["'SIGMAMIND_API_KEY=a\nb'"] = "the API key (SIGMAMIND_API_KEY) must be a string of printable ASCII characters",
    } do
      for _, name in ipairs { "campaigns", "config" } do
        local without = "-u SIGMAMIND_BASE_URL -u CURL_CA_BUNDLE SIGMAMIND_API_KEY=k "
        local _, errors, code = command.run(name, without .. variables)
        assert.equal(3, code)
        assert.equal("sigmamind: " .. message, errors:sub(1, 11 + #message))
      end
    end
    local _, errors = command.run("config --base-url nonsense", environment .. " SIGMAMIND_BASE_URL=https://example.com")
    assert.equal("sigmamind: --base-url must be a URL like https://api.sigmamind.ai\n", errors)
  end)
end)

describe("cli.terminal", function()
  it("counts two columns for a wide character, none for a combining one", function()
    assert.equal(5, cli_terminal.columns "abcde")
    assert.equal(6, cli_terminal.columns "日本語")
    assert.equal(2, cli_terminal.columns "🚀")
    assert.equal(3, cli_terminal.columns "Zoë")
    assert.equal(3, cli_terminal.columns "Zoe\204\136") -- e and U+0308
    assert.equal(4, cli_terminal.columns "ｆｕ")
    assert.equal(1, cli_terminal.columns "\215\169\215\129") -- shin and its dot
    assert.equal(2, cli_terminal.columns "\225\132\146\225\133\161\225\134\171") -- a syllable of three jamo
    assert.equal(0, cli_terminal.columns "")
  end)

  it("fit cuts or pads a text to a number of columns", function()
    assert.equal("abc  ", cli_terminal.fit("abc", 5))
    assert.equal("abcd…", cli_terminal.fit("abcdefg", 5))
    assert.equal("日… ", cli_terminal.fit("日本語", 4))
    assert.equal("日本語", cli_terminal.fit("日本語", 6))
  end)
end)

describe("Ctrl-C while the output is not read", function()
  for _, format in ipairs { "json", "ndjson" } do
    it("neither loses nor cuts a row, as " .. format, function()
      sandbox:list(2000)
      local out, errors = os.tmpname(), os.tmpname()
      local text = "{ %s 2>%s & echo $! >%s.pid; wait $!; } | { sleep 1; kill -INT $(cat %s.pid); sleep 0.3; cat >%s; }"
      local line = command.line("campaigns --size 100 --format " .. format, environment)
      os.execute(text:format(line, errors, errors, errors, out))
      local file = assert(io.open(out))
      local got = file:read "*a"
      file:close()
      local token = command.read_and_remove(errors):match "%-%-resume (sm2[%w.-]+)"
      assert.is_string(token)
      local rest = run(("campaigns --size 100 --format %s --resume %s"):format(format, token))
      local ids = {}
      for _, part in ipairs { got, rest } do
        local rows = format == "json" and cjson.decode(part) or {}
        for i, each in ipairs(format == "ndjson" and lines_of(part) or {}) do
          rows[i] = cjson.decode(each)
        end
        for _, row in ipairs(rows) do
          ids[#ids + 1] = row.campaignId
        end
      end
      os.remove(out)
      os.remove(errors .. ".pid")
      assert.same((sandbox:ids()), ids)
    end)
  end
end)

describe("Ctrl-C while the command starts", function()
  --- Runs the command with a module that interrupts it while the module is loaded.
  local function run_with(module)
    local folder = os.tmpname()
    os.execute(("rm %s && mkdir -p %s/sigmamind"):format(folder, folder))
    local file = assert(io.open(("%s/%s.lua"):format(folder, module), "w"))
    file:write 'io.popen("kill -INT $PPID"):close() for _ = 1, 100 do end return {}\n'
    file:close()
    local search = ("LUA_PATH='%s/?.lua;%s'"):format(folder, os.getenv "LUA_PATH" or ";;")
    local out, errors, code = command.run("--version", search)
    os.execute("rm -r " .. folder)
    return { out, errors, code }
  end

  it("ends the command quietly, whatever module is being loaded", function()
    for _, module in ipairs { "sigmamind/console", "argparse", "cjson" } do
      assert.same({ "", "", 130 }, run_with(module), module)
    end
  end)

  it("ends the command quietly at any moment", function()
    local interrupted = "timeout --preserve-status -s INT %s %s 2>%s; echo $?"
    for moment = 1, 60 do
      local errors = os.tmpname()
      local pipe = io.popen(interrupted:format(number.fixed(moment * 0.0003, 4), command.line "--version", errors))
      local code = pipe:read("*a"):match "(%d+)\n$"
      pipe:close()
      local said = command.read_and_remove(errors):gsub("\t%[C%]: in function [^\n]*\n", "")
      -- In the microseconds before its first pcall, the command cannot keep the interpreter quiet: then its
      -- main chunk, and what that calls in C, are all that was running.
      if not said:find("interrupted!\nstack traceback:\n\tcli/bin/sigmamind[:%d]*: in main chunk") then
        assert.equal("", said)
        assert.is_true(code == "0" or code == "130", code)
      end
    end
  end)
end)

describe("Ctrl-C, pressed twice", function()
  it("ends the process by the signal, even if the program does not react to the first", function()
    local place = scratch.open()
    place:write("program.lua", [[
      local console, core = require "sigmamind.console", require "sigmamind.core"
      console.open()
      print "open" io.stdout:flush()
      repeat core.sleep(0.01) until console.interrupted()
      print "interrupted" io.stdout:flush()
      for _ = 1, 20 do core.sleep(1) end
      os.exit(0)
    ]])
    local output = place:run [[
      lua program.lua >out & pid=$!
      for word in open interrupted; do
        until grep -q $word out; do sleep 0.02; done
        kill -INT $pid
      done
      wait $pid
      echo code $?
    ]]
    place:remove()
    assert.matches("code 130\n", output)
  end)
end)

describe("cli.terminal.width", function()
  it("returns COLUMNS, or 80 when no terminal can have that width", function()
    local program = [[-e 'print(require "sigmamind.cli.terminal".width(-1))']]
    for given, columns in pairs { ["100"] = 100, ["1e30"] = 80, ["1e400"] = 80, ["0"] = 80, ["-5"] = 80, x = 80 } do
      local output = interpreter.run(program, "COLUMNS=" .. given)
      assert.equal(columns, tonumber(output), "COLUMNS=" .. given .. ": " .. output)
    end
  end)
end)

describe("sigmamind campaigns --watch", function()
  it("prints the campaigns that were added, changed or removed, and nothing else", function()
    sandbox:list(5, {
      { request = 2, insert = 5 }, { request = 3, delete = 0 },
    })
    local ids = sandbox:ids()
    local out = os.tmpname()
    local pipe = io.popen(("%s >%s 2>&1 & echo $!; wait $!; echo code $?"):format(
      command.line("campaigns --watch 0.3 --format ndjson", environment), out))
    local pid = pipe:read "*l"
    local started = core.now()
    repeat
      core.sleep(0.05)
    until #sandbox:log() >= 5 or core.now() - started > 20
    os.execute("kill -INT " .. pid)
    local code = pipe:read "*a"
    pipe:close()
    local changes = {}
    for line in io.lines(out) do
      local change = cjson.decode(line)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ$", change.time)
      changes[#changes + 1] = change
    end
    os.remove(out)
    assert.equal("code 130\n", code)
    assert.equal(2, #changes)
    assert.equal("added", changes[1].change)
    assert.is_string(changes[1].campaign.campaignName)
    assert.equal("removed", changes[2].change)
    assert.equal(ids[1], changes[2].campaign.campaignId)
  end)

  --- The changes that a watch prints of a list that changes by `steps`, until request `looks_end_at` fails.
  local function watched(campaigns, steps, looks_end_at, arguments)
    sandbox:list(campaigns, steps)
    sandbox:faults { request = looks_end_at, status = 403 }
    local out, errors = run("campaigns --watch 0.1 --format ndjson " .. arguments)
    local changes = {}
    for i, line in ipairs(lines_of(out)) do
      local change = cjson.decode(line)
      changes[i] = change.change .. " " .. tostring(change.campaign.campaignId)
    end
    return changes, errors
  end

  it("reports no campaign as removed that a moving list only hid", function()
    local steps = {}
    for request = 7, 40, 2 do -- the second poll begins with request 7
      steps[#steps + 1] = { request = request, delete = 0 }
      steps[#steps + 1] = { request = request, insert = 10 }
    end
    local changes = watched(30, steps, 30, "--size 10 --attempts 1")
    local ids = {}
    for _, id in ipairs((sandbox:ids())) do
      ids[id] = true
    end
    for _, change in ipairs(changes) do
      local id = change:match "^removed (.*)$"
      assert.is_nil(id and ids[id])
    end
  end)

  it("reports a campaign as removed from a list of several pages, once two polls agree", function()
    sandbox:list(30)
    local id = sandbox:ids()[1]
    local changes = watched(30, { { request = 7, delete = 0 } }, 13, "--size 10 --attempts 1") -- a poll is six requests
    assert.same({ "removed " .. id }, changes)
  end)

  it("reports a change once, though a later poll fails", function()
    sandbox:list(20, { { request = 5, insert = 0 } })
    sandbox:faults(
      { request = 6, status = 503 }, { request = 8, status = 503 }, { request = 16, status = 403 }
    )
    local out = run "campaigns --watch 0.1 --attempts 1 --size 12 --format ndjson"
    assert.equal(1, #lines_of(out))
  end)

  it("recognizes campaigns with an id that is not a string, or with none", function()
    local rows = '{"campaignId":5},{"campaignId":"5"},{"name":"x"},{"name":"y"}'
    local one = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'
    sandbox:faults(
      { request = 1, body = one:format(rows, 4) }, { request = 2, body = one:format(rows, 4) },
      { request = 3, body = one:format('{"campaignId":"5"},{"name":"x"}', 2) }, { request = 4, status = 403 }
    )
    local out = run "campaigns --watch 0.1 --attempts 1 --format ndjson"
    local campaigns = {}
    for i, line in ipairs(lines_of(out)) do
      campaigns[line:match '"change":"removed","campaign":(.*)}$' or i] = true
    end
    assert.same({ ['{"campaignId":5}'] = true, ['{"name":"y"}'] = true }, campaigns)
  end)

  it("recognizes campaigns by all digits of their ids", function()
    local one = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'
    for _, id in ipairs {
      "123456789012345", "1700000000000000", "1790000000123456", "9007199254740993", '"9007199254740993"', "1.50",
      "12345678901234567890",
    } do
      sandbox:faults(
        { request = 1, body = one:format(('{"campaignId":%s},{"campaignId":123456789012346}'):format(id), 2) },
        { request = 2, body = one:format('{"campaignId":123456789012346}', 1) }, { request = 3, status = 403 }
      )
      local out = run "campaigns --watch 0.1 --attempts 1 --format ndjson"
      assert.equal(('{"campaignId":%s}'):format(id), out:match '^[^\n]*"change":"removed","campaign":([^\n]*)}\n$')
    end
  end)

  it("prints numbers with all their digits as CSV", function()
    sandbox:faults { body = '{"data":[{"campaignId":"a","concurrentCalls":1700000000000000,"agent":{"name":[1e15,0.1]}}],'
      .. '"page":0,"hasNext":false}', times = 1 }
    assert.equal('concurrentCalls,agent.name\r\n1700000000000000,"[1000000000000000,0.1]"\r\n',
      (run "campaigns --format csv --select concurrentCalls,agent.name"))
  end)

  it("prints numbers in arrays and objects with all their digits on every Lua", function()
    local row = '{"errors":[9007199254740993, 12345678901234567890,"9007199254740993",1e400],'
      .. '"agent":{"name":{"b":-9007199254740993,"a":[]}},"phoneNumber":"7"}'
    sandbox:faults { body = ('{"data":[%s],"page":0,"hasNext":false}'):format(row), times = -1 }
    local expected = {
      '[9007199254740993, 12345678901234567890,"9007199254740993",1e400]', '{"b":-9007199254740993,"a":[]}',
    }
    assert.same(expected, parse_csv((run "campaigns -f csv -S errors,agent.name"))[2])
    local records = parse_csv((run "campaigns -f csv"))
    assert.same({ expected[1], expected[2], "7" }, { records[2][17], records[2][6], records[2][9] })
    assert.equal(expected[2] .. "\n", (run "campaigns -S agent.name"):match "\n(.*)$")
  end)

  it("adds the fields that it needs to --select, and prints errors by --error-format", function()
    sandbox:list(3, { { request = 2, insert = 0 } })
    sandbox:faults { request = 3, status = 403 }
    local out, errors = run "campaigns --watch 0.1 --select concurrentCalls --error-format json"
    assert.matches("^%S+Z  added    camp_%w+  %S", out)
    assert.equal("auth", cjson.decode(errors).error.kind)
    sandbox:clear()
    sandbox:list(3, { { request = 2, insert = 0 } })
    sandbox:faults { request = 3, status = 403 }
    local csv = run "campaigns --watch 0.1 --select agent.name,campaignId --format csv"
    assert.same({ "time", "change", "agent.name", "campaignId" }, parse_csv(csv)[1])
    sandbox:clear()
    sandbox:list(3, { { request = 2, delete = 0 } })
    local id = sandbox:ids()[1]
    sandbox:faults { request = 3, status = 403 }
    local records = parse_csv((run "campaigns --watch 0.1 --select agent.name --format csv"))
    assert.same({ "time", "change", "campaignId", "agent.name" }, records[1])
    assert.same({ "removed", id, "New AI Agent" }, { unpack(records[2], 2) })
  end)

  it("continues after a temporary failure, and exits after a permanent one", function()
    sandbox:faults({ request = 2, status = 503, times = 3 }, { request = 7, status = 403, times = 9 })
    local out, errors, code = run "campaigns --watch 0.1 --attempts 1 --size 200 --format csv"
    assert.equal(3, code)
    assert.equal(3, select(2, errors:gsub("status 503", "")))
    assert.equal(1, #parse_csv(out))
  end)

  it("accepts neither --limit nor --resume", function()
    local client = sandbox:client()
    local stream = client:campaigns { size = 100 }
    stream:next()
    local message = "sigmamind: --watch cannot be combined with --limit or --resume: it reads all campaigns\n"
    for _, option in ipairs { "--limit 5", "--limit 0", "--resume " .. stream:token(), "--limit 5 --resume x" } do
      sandbox:faults { status = 403, times = -1 }
      local out, errors, code = run("campaigns --watch 1 " .. option)
      assert.same({ "", message, 2 }, { out, errors, code })
    end
    client:close()
  end)

  it("reports nothing about a campaign that one poll of a moving list missed", function()
    local function page(rows, total)
      return ('{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'):format(rows, total)
    end
    local a, x, changed = '{"campaignId":"a"}', '{"campaignId":"x","n":1}', '{"campaignId":"x","n":2}'
    -- a poll of a page with fewer rows than its totalCount takes ten requests, and is not consistent
    local function watch(...)
      sandbox:clear()
      sandbox:faults(...)
      local changes = {}
      for i, line in ipairs(lines_of((run "campaigns --watch 0.1 --format ndjson"))) do
        changes[i] = line:match '"change":.*$'
      end
      return changes
    end
    assert.same({}, watch(
      { request = 1, body = page(a .. "," .. x, 2) }, { request = 2, times = 10, body = page(a, 2) },
      { request = 12, body = page(a .. "," .. x, 2) }, { request = 13, status = 403 }
    ))
    assert.same({ '"change":"changed","campaign":' .. changed .. ',"fields":["n"]}' }, watch(
      { request = 1, body = page(a .. "," .. x, 2) }, { request = 2, times = 10, body = page(a, 2) },
      { request = 12, body = page(a .. "," .. changed, 2) }, { request = 13, status = 403 }
    ))
    assert.same({ '"change":"removed","campaign":' .. x .. "}" }, watch(
      { request = 1, body = page(a .. "," .. x, 2) }, { request = 2, times = 20, body = page(a, 2) },
      { request = 22, body = page(a, 1) }, { request = 23, body = page(a, 1) }, { request = 24, status = 403 }
    ))
  end)

  it("reports a failed first poll after its progress, and the number of campaigns once it is known", function()
    sandbox:faults { page = 0, status = 503, delay = 0.6 }
    local line = "exec " .. command.line("campaigns --watch 0.3 --attempts 1", environment .. " TERM=xterm")
    local code, _, seen = process.on_terminal(line, "watching", "\3")
    assert.equal(130, code)
    assert.matches("0 campaigns, 0 pages, 0/s\27%[K\r\27%[Ksigmamind: http: a scripted fault", seen)
    assert.matches("[\nK]watching 125 campaigns; Ctrl%-C stops it\r\n", seen)
    assert.not_matches("watching 0", seen)
  end)

  it("shows how many campaigns the current poll has read", function()
    sandbox:faults { page = 1, delay = 0.6 }
    local line = "exec " .. command.line("campaigns --watch 9 --size 100", environment .. " TERM=xterm")
    assert.matches("\r100 campaigns, 1 page,", (select(3, process.on_terminal(line, "watching", "\3"))))
    sandbox:faults { request = 6, delay = 0.6 } -- the second poll begins with request 5
    line = "exec " .. command.line("campaigns --watch 0.1 --size 100", environment .. " TERM=xterm")
    local _, _, seen = process.on_terminal(line, "\r100 campaigns, 1 page,", "\3")
    assert.not_matches("\r[2-9]%d%d campaigns", seen)
  end)
end)

describe("the prompt for the key", function()
  local line

  before_each(function()
    line = "exec " .. command.line("campaigns --limit 1", "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. sandbox.url)
  end)

  it("ends at the first Ctrl-C, whenever it is pressed, and turns the echo on again", function()
    for _ = 1, 60 do -- checking the flag before a plain read missed 7 of 60
      local code, echoes = process.on_terminal(line, "API key: ", "\3")
      assert.same({ 130, true }, { code, echoes })
    end
  end)

  it("turns the echo on again when a signal ends the process", function()
    for _, signal in ipairs { 15, 1, 3 } do -- TERM, HUP, QUIT
      local code, echoes = process.on_terminal(line, "API key: ", signal)
      assert.same({ -signal, true }, { code, echoes })
    end
  end)

  it("does not show the key", function()
    local code, echoes, seen = process.on_terminal(line, "API key: ", sandbox.key .. "\n")
    assert.same({ 0, true }, { code, echoes })
    assert.matches("camp_", seen)
    assert.is_nil(seen:find(sandbox.key, 1, true))
    assert.equal(3, (process.on_terminal(line, "API key: ", "\4"))) -- Ctrl-D
  end)

  it("does not pass its terminal descriptor to programs that are started meanwhile", function()
    local look = [[
      { for i in $(seq 500); do
          for fd in $(ls -l /proc/$$/fd | sed -n 's|.* \([0-9]*\) -> /dev/tty$|\1|p'); do
            grep flags: /proc/$$/fdinfo/$fd; echo looked; exit
          done
          sleep 0.02
        done
      } & ]]
    local code, _, seen = process.on_terminal(look .. line, "looked", sandbox.key .. "\n")
    assert.equal(0, code)
    local flags = tonumber(seen:match "flags:%s*(%d+)", 8)
    assert.equal(1, math.floor(flags / 0x80000) % 2) -- O_CLOEXEC
  end)

  it("leaves no copy of the key on the stack", function()
    local key = ("k1j2h3g4"):rep(125)
    local place = scratch.open()
    place:write("asking", "")
    place:write("ask.lua", ([[
      local console, core, process = require "sigmamind.console", require "sigmamind.core", require "process"
      local asking = "%s/asking"
      local child = process.fork()
      if child == 0 then
        console.ask "API key: "
        os.remove(asking)
        core.sleep(10)
        process.exit(true)
      end
      local function read(name)
        return io.open("/proc/" .. child .. "/" .. name, "rb")
      end
      repeat core.sleep(0.01) until not io.open(asking)
      local from, to = read "maps":read "*a":match "(%%x+)%%-(%%x+)[^\n]*%%[stack%%]"
      if not from then
        return print "no stack"
      end
      local memory = read "mem"
      memory:seek("set", tonumber(from, 16))
      local stack = memory:read(tonumber(to, 16) - tonumber(from, 16))
      print(#stack > 0, stack:find("k1j2" .. "h3g4", 1, true) == nil)
    ]]):format(place.directory))
    local _, _, seen = process.on_terminal(
      -- lazy binding saves registers on the stack, and these may hold a part of the key
      ("LD_BIND_NOW=1 exec %s '%s/ask.lua'"):format(interpreter.command(), place.directory), "API key: ", key .. "\n")
    place:remove()
    assert.is_truthy(seen:find "true%s+true" or seen:find "no stack", seen)
  end)
end)

describe("sigmamind config", function()
  it("prints the source of each setting, and not the key", function()
    local errors
    local out, _, code = command.run("config",
      "-u https_proxy -u HTTPS_PROXY -u all_proxy -u ALL_PROXY "
        .. "SIGMAMIND_API_KEY=sk_live_0123456789abcdef SIGMAMIND_BASE_URL=https://example.com "
        .. "SIGMAMIND_CA_FILE=/etc/ssl/certs/ca-certificates.crt")
    assert.equal(0, code)
    assert.equal([[
API key      ****cdef  (SIGMAMIND_API_KEY)
base URL     https://example.com  (SIGMAMIND_BASE_URL)
authorities  /etc/ssl/certs/ca-certificates.crt  (SIGMAMIND_CA_FILE)
]], out)
    local bundle = "/etc/ssl/certs/ca-certificates.crt"
    for variables, shown in pairs {
      ["CURL_CA_BUNDLE=" .. bundle .. " SSL_CERT_FILE=LICENSE"] = bundle .. "  (CURL_CA_BUNDLE)",
      ["SSL_CERT_FILE=" .. bundle] = bundle .. "  (SSL_CERT_FILE)",
      ["SIGMAMIND_BASE_URL=HTTPS://example.com CURL_CA_BUNDLE=" .. bundle] = bundle .. "  (CURL_CA_BUNDLE)",
      ["SIGMAMIND_BASE_URL=http://127.0.0.1 CURL_CA_BUNDLE=" .. bundle] = "the system's", -- read for https alone
      [""] = "the system's",
    } do
      out = command.run("config", "-u SIGMAMIND_CA_FILE -u SIGMAMIND_BASE_URL -u CURL_CA_BUNDLE -u SSL_CERT_FILE "
        .. "-u https_proxy SIGMAMIND_API_KEY=k " .. variables)
      assert.equal(shown, out:match "\nauthorities  ([^\n]*)\n")
    end
    out = command.run("config --proxy http://user:secret@127.0.0.1:3128", "SIGMAMIND_API_KEY=k")
    assert.matches("\nproxy +http://127.0.0.1", out)
    assert.not_matches("secret", out)
    assert.equal(3, (select(3, command.run("config --proxy nonsense", "SIGMAMIND_API_KEY=k"))))
    for key, shown in pairs {
      k = "**** (1 character)", short = "**** (5 characters)", eightlet = "**** (8 characters)",
      elevenchars = "**** (11 characters)", twelvecharsX = "****arsX",
    } do
      out = command.run("config", "-u SIGMAMIND_BASE_URL SIGMAMIND_API_KEY=" .. key)
      assert.equal(shown .. "  (SIGMAMIND_API_KEY)", out:match "^API key      ([^\n]*)")
    end
    out = command.run("config", "-u SIGMAMIND_BASE_URL -u no_proxy -u NO_PROXY "
      .. "SIGMAMIND_API_KEY=k https_proxy=http://u:secret@127.0.0.1:3128")
    assert.matches("\nproxy +http://127.0.0.1:3128  %(https_proxy%)\n", out)
    assert.not_matches("secret", out)
    out = command.run("config",
      "-u SIGMAMIND_BASE_URL SIGMAMIND_API_KEY=k https_proxy=http://127.0.0.1:3128 no_proxy=api.sigmamind.ai")
    assert.matches("%(https_proxy, not used: no_proxy names the host%)", out)
    out = command.run("config", "'SIGMAMIND_API_KEY=abcdefghijkl\27[1\r' 'SIGMAMIND_CA_FILE=a\27[31mb'")
    assert.not_matches("[%z\1-\9\11-\31]", out)
    for _, secret in ipairs { "user:hunter2@host/x?token=abc", "hunter2@host", ":hunter2@host", "host/x?token=abc" } do
      out, errors, code = command.run("config", ("SIGMAMIND_API_KEY=k 'SIGMAMIND_BASE_URL=https://%s'"):format(secret))
      assert.equal(3, code)
      assert.not_matches("hunter2", out .. errors)
      assert.not_matches("abc", out .. errors)
    end
    local without, _, missing = command.run("config", "-u SIGMAMIND_API_KEY -u SIGMAMIND_BASE_URL")
    assert.equal(3, missing)
    assert.matches("API key      none\nbase URL     https://api.sigmamind.ai  %(default%)\n", without)
  end)

  it("fails when the proxy of the environment is invalid and a request would use it", function()
    local line = "-u all_proxy -u ALL_PROXY -u no_proxy -u NO_PROXY SIGMAMIND_API_KEY=0123456789 https_proxy=%s"
    local out, errors, code = command.run("config --base-url https://a.b", line:format "garbage::")
    assert.matches("\nproxy +not a URL of a proxy  %(https_proxy%)\n", out)
    assert.same({ "sigmamind: the proxy from https_proxy cannot be used: it is not a URL like "
      .. "http://user:password@proxy:3128\n", 3 }, { errors, code })
    assert.equal(0, (select(3, command.run("config --base-url http://127.0.0.1", line:format "garbage::"))))
    assert.equal(0, (select(3, command.run("config --base-url https://a.b", line:format "garbage:: no_proxy=a.b"))))
  end)
end)

describe("sigmamind", function()
  it("prints its version and its help", function()
    local out, _, code = run "--version"
    assert.matches("^sigmamind %d+%.%d+%.%d+ %(Lua[^,]*, libcurl [%d.]+, .+%)\n$", out)
    assert.equal(0, code)
    out, _, code = run "--help"
    assert.matches("Examples:\n", out)
    assert.matches("Exit codes: 0 done", out)
    assert.equal(0, code)
    assert.matches("Conditions: PATH=VALUE", (run "campaigns --help"))
  end)

  it("alone or with help lists the commands and the setup", function()
    for _, arguments in ipairs { "", "help", "help help" } do
      local out, errors, code = run(arguments)
      assert.equal(0, code)
      assert.equal("", errors)
      for _, name in ipairs { "campaigns", "sandbox", "config" } do
        assert.matches("\n  " .. name .. " +%u", out)
      end
      assert.matches("SIGMAMIND_API_KEY", out)
    end
    assert.equal(run "campaigns --help", (run "help campaigns"))
  end)

  it("reports a wrong command line in one line, with a suggestion", function()
    for arguments, line in pairs {
      list = "unknown command 'list'; did you mean campaigns?; see sigmamind --help",
      campagins = "unknown command 'campagins'; did you mean campaigns?; see sigmamind --help",
      frob = "unknown command 'frob'; the commands are " .. KNOWN .. "; see sigmamind --help",
      ["--base-url http://x campaigns"] = "option '--base-url' must follow the command: "
        .. "sigmamind campaigns --base-url ...; see sigmamind campaigns --help",
      ["-n 2 campaigns"] = "option '-n' must follow the command: sigmamind campaigns -n ...; see sigmamind campaigns --help",
      ["-f json"] = "option '-f' must follow the command: sigmamind campaigns -f ...; see sigmamind --help",
      ["sandbox -n 2"] = "'-n' is an option of sigmamind campaigns; see sigmamind sandbox --help",
      ["campaigns -z"] = "unknown option '-z'; see sigmamind campaigns --help",
      hlep = "unknown command 'hlep'; did you mean help?; see sigmamind --help",
      ["help hlep"] = "unknown command 'hlep'; did you mean help?; see sigmamind --help",
      ["campaigns -o json"] = "unknown option '-o'; did you mean --format json?; see sigmamind campaigns --help",
      ["campaigns --json"] = "unknown option '--json'; did you mean --format json?; see sigmamind campaigns --help",
      ["campaigns --csv"] = "unknown option '--csv'; did you mean --format csv?; see sigmamind campaigns --help",
      ["campaigns --stats"] = "unknown option '--stats'; did you mean --status?; see sigmamind campaigns --help",
      ["campaigns --port 1"] = "'--port' is an option of sigmamind sandbox; see sigmamind campaigns --help",
      ["campaigns -n 2 5"] = "too many arguments; see sigmamind campaigns --help",
      ["campaigns -w campaignName contains Q4 Outreach"] = "too many arguments; a condition whose value has blanks needs "
        .. "quotes; see sigmamind campaigns --help",
      ["campaigns --zzzzzz"] = "unknown option '--zzzzzz'; see sigmamind campaigns --help",
    } do
      local out, errors, code = run(arguments)
      assert.same({ "", "sigmamind: " .. line .. "\n", 2 }, { out, errors, code })
    end
  end)

  it("reports a wrong argument of two lines in one line", function()
    for arguments, line in pairs {
      ["'a\nb'"] = "unknown command 'a b'; the commands are " .. KNOWN .. "; see sigmamind --help",
      ["campaigns '--a\nb'"] = "unknown option '--a b'; see sigmamind campaigns --help",
      ["campaigns --limit 'a\nb'"] =
        "--limit must be an integer from 0, got 'a b'; see sigmamind campaigns --help",
      ["campaigns -w 'a\n.b'"] = "'a .b' is not a condition like concurrentCalls>=5",
      ["sandbox --fault 'a\nb'"] = "--fault: 'a b' is not NAME=VALUE",
      ["sandbox --fault 'page=a\nb'"] = "--fault: invalid 'page' of a fault: 'a?b'",
    } do
      local out, errors, code = run(arguments)
      assert.same({ "", "sigmamind: " .. line .. "\n", 2 }, { out, errors, code })
    end
    local _, errors, code = run "campaigns --key-file '/none\nsuch'"
    assert.same({ "sigmamind: cannot read the key: /none such: No such file or directory\n", 3 }, { errors, code })
    _, errors = run "campaigns --base-url 'http://a\nb'"
    assert.equal(1, #lines_of(errors))
  end)

  it("accepts the smallest and the largest value of each number, and none beyond", function()
    local locale = os.setlocale(nil, "numeric")
    os.setlocale("C", "numeric") -- the command's: it sets no locale
    finally(function() os.setlocale(locale, "numeric") end)
    for name, range in pairs {
      ["campaigns --limit"] = { 0, 2147483647 }, ["campaigns --size"] = { 1, 2147483647 },
      ["campaigns --attempts"] = { 1, 10 }, ["sandbox --port"] = { 0, 65535 }, ["sandbox --campaigns"] = { 0, 1000000 },
      ["sandbox --calls"] = { 0, 1000000 }, ["sandbox --agents"] = { 0, 1000000 }, ["sandbox --chats"] = { 0, 1000000 },
      ["sandbox --phone-numbers"] = { 0, 10000 }, ["sandbox --webhooks"] = { 0, 1000000 },
      ["sandbox --latency"] = { 0, 600000 },
    } do
      local command_name, option = name:match "^(%l+) %-%-([%l-]+)$"
      local function parsed(value)
        local options = parse_arguments { command_name, "--" .. option, ("%d"):format(value) }
        return options and options[option:gsub("-", "_")]
      end
      assert.same(range, { parsed(range[1]), parsed(range[2]) }, name)
      assert.same({}, { parsed(range[1] - 1), parsed(range[2] + 1) }, name)
    end
    for option, range in pairs { watch = { "0.1", "1000000" }, timeout = { "0.1", "3600" } } do
      local function parsed(text)
        local options = parse_arguments { "campaigns", "--" .. option, text }
        return options and options[option]
      end
      assert.same({ 0.1, tonumber(range[2]), 0.5, 5 }, { parsed(range[1]), parsed(range[2]), parsed ".5", parsed "5." })
      assert.same({}, { parsed "0.09", parsed(range[2] .. ".1"), parsed ".", parsed "-1", parsed "1e1", parsed "" })
    end
  end)

  it("accepts fields separated by commas, with blanks or without", function()
    local function parsed(text)
      local options, message = parse_arguments { "campaigns", "--select", text }
      return options and options.select or message
    end
    assert.same({ "campaignId" }, parsed "campaignId")
    assert.same({ "campaignId", "agent.name" }, parsed " campaignId ,\tagent.name")
    assert.same({ "campaignId" }, parsed ",campaignId,")
    for _, text in ipairs { "", ",", ",," } do
      assert.matches("^expected names of fields, separated by commas; see", parsed(text))
    end
  end)

  it("prints help of at most 80 columns", function()
    for _, arguments in ipairs { "--help", "campaigns --help", "sandbox --help", "config --help", "" } do
      for line in (run(arguments)):gmatch "[^\n]+" do
        assert.is_true(cli_terminal.columns(line) <= 80, line)
      end
    end
  end)
end)

--- The command on a port in use: it exits with 3 even if its arguments are valid.
local function taken()
  return "sandbox --port " .. sandbox.url:match ":(%d+)$"
end

describe("sigmamind sandbox, without the package of the sandbox", function()
  --- The file of a Lua module.
  local function file_of(module)
    for template in package.path:gmatch "[^;]+" do
      local path = template:gsub("%?", module)
      local file = io.open(path)
      if file then
        file:close()
        return path
      end
    end
  end

  local folder

  before_each(function()
    folder = os.tmpname()
    os.execute(("rm %s && mkdir %s && cp '%s' %s"):format(folder, folder, file_of "argparse", folder))
  end)

  after_each(function()
    os.execute("rm -r " .. folder)
  end)

  --- Exit code, standard error and output, with the client, the command and argparse alone installed.
  local function run_alone(arguments)
    local path = ("LUA_PATH='lua/?.lua;lua/?/init.lua;cli/lua/?.lua;cli/lua/?/init.lua;%s/?.lua'"):format(folder)
    local out, errors, code = command.run(arguments, environment .. " " .. path)
    return code, errors, out
  end

  it("names the missing package", function()
    local lua = jit and "LuaJIT" or _VERSION -- luacheck: ignore 113
    local code, errors = run_alone "sandbox"
    assert.equal(3, code)
    assert.equal("sigmamind: the command sandbox needs the module sigmamind.sandbox for " .. lua .. ", but it was not "
      .. "found; install Debian's package sigmamind-sandbox, or the rock sigmamind-sandbox\n", errors)
  end)

  it("prints the load error of a broken sandbox", function()
    os.execute(("mkdir %s/sigmamind"):format(folder))
    local file = assert(io.open(folder .. "/sigmamind/sandbox.lua", "w"))
    file:write 'error("a broken sandbox\\n", 0)'
    file:close()
    local code, errors = run_alone "sandbox"
    assert.equal(3, code)
    assert.equal("sigmamind: a broken sandbox\n", errors)
  end)

  it("still lists campaigns", function()
    local code, errors, out = run_alone "campaigns --limit 3 --select campaignId --format csv"
    assert.same({ 0, "" }, { code, errors })
    assert.equal(4, select(2, out:gsub("\r\n", "")))
  end)
end)

describe("sigmamind sandbox", function()
  it("serves lists with faults in the foreground, until it is interrupted", function()
    local arguments = "sandbox --campaigns 7 --latency 20 --fault page=1,status=404 --fault page=2,status=403 "
      .. "--calls 6 --agents 5 --phone-numbers 4 --chats 3 --webhooks 2 --fault path=/v1/chats/,status=418"
    local pipe = io.popen(("setsid sh -c 'exec %s' & echo $!"):format(command.line(arguments)))
    local pid, line = pipe:read "*l", pipe:read "*l"
    local url, key = line:match "^sandbox (http://%S+) key=(%S+)$"
    assert.equal("export SIGMAMIND_BASE_URL=" .. url, pipe:read "*l")
    assert.equal("export SIGMAMIND_API_KEY='" .. key .. "'", pipe:read "*l")
    local there = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(url, key)
    local at_once = "campaigns -f json --timeout 10 --attempts 1" -- the latency is in milliseconds
    local all, _, listed = command.run(at_once, there)
    local _, _, refused = command.run("campaigns --size 5 --timeout 10 --attempts 1", there)
    local totals, served = {}, server.attach(url, key)
    for name in ("calls agents phone-numbers chats webhooks"):gmatch "%S+" do
      totals[#totals + 1] = select(2, served:get("/v1/" .. name)).totalCount
    end
    local no_chat = served:get "/v1/chats/x"
    served.session:close()
    os.execute("kill -TERM " .. pid) -- the command alone
    pipe:close()
    assert.same({ 6, 5, 4, 3, 2 }, totals)
    assert.equal(418, no_chat)
    assert.same({ 0, 4 }, { listed, refused })
    assert.equal(7, #cjson.decode(all))
    local started = core.now()
    repeat
      core.sleep(0.05)
      local code = select(3, command.run("campaigns --attempts 1", there))
    until code == 5 or core.now() - started > 10
    assert.equal(5, (select(3, command.run("campaigns --attempts 1", there))))
  end)

  it("refuses an invalid fault before it starts, in one line", function()
    for fault, message in pairs {
      nonsense = "--fault: 'nonsense' is not NAME=VALUE",
      ["foo=1"] = "--fault: unknown field 'foo' of a fault",
      ["stauts=503"] = "--fault: unknown field 'stauts' of a fault (did you mean status?)",
      ["page=x"] = "--fault: invalid 'page' of a fault: 'x'",
      ["page=-1"] = "--fault: invalid 'page' of a fault: -1",
      ["afterwards=thunder"] = "--fault: invalid 'afterwards' of a fault: 'thunder'",
    } do
      local out, errors, code = run(taken() .. " --fault page=1,status=503 --fault " .. fault)
      assert.same({ "", "sigmamind: " .. message .. "\n", 2 }, { out, errors, code })
      out, errors, code = run("--error-format json " .. taken() .. " --fault " .. fault)
      assert.same({ "", { error = { kind = "usage", message = message } }, 2 }, { out, cjson.decode(errors), code })
    end
  end)

  it("accepts a fault with each kind of value", function()
    for _, fault in ipairs {
      "page=1,status=503", "delay=0.5", "drip=0.01,refuse=1", "times=-1,status=404", "reset=true", "body=text",
      'body="5"', " page=0, status=500", 'headers={"retry-after":"1"}', "cut=0,silent=true", "body=a=b",
      "afterwards=close,connections=-1",
    } do
      local _, errors, code = run(("%s --fault '%s'"):format(taken(), fault))
      assert.equal(3, code, fault .. ": " .. errors)
    end
  end)

  it("reports why it did not start, in one line", function()
    local port = sandbox.url:match ":(%d+)$"
    local message = ("the sandbox did not start: cannot listen on 127.0.0.1:%s: Address already in use"):format(port)
    local out, errors, code = run("sandbox --port " .. port)
    assert.same({ "", "sigmamind: " .. message .. "\n", 3 }, { out, errors, code })
    errors = select(2, run("--error-format json sandbox --port " .. port))
    assert.same({ error = { kind = "config", message = message } }, cjson.decode(errors))
  end)

  --- Ends it by SIGINT to its process alone, after `seconds`. Returns its exit code and output.
  local function interrupted(seconds)
    local out = os.tmpname()
    local script = "timeout --foreground --preserve-status -k 9 -s INT %s %s >%s 2>&1; echo $?"
    local pipe = io.popen(script:format(number.fixed(seconds, 3), command.line "sandbox", out))
    local code = tonumber((pipe:read "*a"))
    pipe:close()
    return code, command.read_and_remove(out)
  end

  it("ends by SIGINT to its process alone, together with its server", function()
    local code, out = interrupted(2)
    assert.equal(130, code)
    local url = out:match "^sandbox (http://%S+) key=sandbox%-key\nexport [^\n]+\nexport [^\n]+\n$"
    local there = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=sandbox-key"):format(url)
    assert.equal(5, (select(3, command.run("campaigns --attempts 1", there))))
    for moment = 1, 8 do
      code, out = interrupted(moment * 0.02)
      assert.equal(130, code)
      assert.is_true(out == "" or out:find "^sandbox http" ~= nil, out)
    end
  end)
end)

describe("sigmamind sandbox", function()
  it("exits when it cannot print its URL", function()
    for target, why in pairs { [">/dev/full"] = "No space left on device", [">&-"] = "Bad file descriptor" } do
      local pipe = io.popen(("{ timeout 20 %s %s; echo $?; } 2>&1"):format(command.line "sandbox", target))
      local said = pipe:read "*a"
      pipe:close()
      assert.equal("1", said:match "(%d+)\n$")
      assert.matches("cannot write: " .. why, said)
    end
  end)

  it("accepts only digits in the numbers of a fault", function()
    for _, fault in ipairs { "page=1e0,status=503", "page= 3,status=503", "status=503.0", "delay=1e1", "page=+1" } do
      local _, errors, code = run(("%s --fault '%s'"):format(taken(), fault))
      assert.equal(2, code, fault)
      assert.matches("^sigmamind: %-%-fault: '[%w=.+ ]+': write the number in digits only\n$", errors)
    end
  end)
end)

if screen.is_there() then
  describe("sigmamind in a terminal", function()
    local terminal
    local commands = 0

    local function type_command(arguments, variables)
      commands = commands + 1
      local text = "clear; env %s %s; echo END%d"
      terminal:type(text:format(variables or environment, command.line(arguments), commands))
    end

    local function set_search()
      local search = "export LUA_PATH='%s' LUA_CPATH='%s'"
      terminal:type(search:format(os.getenv "LUA_PATH" or ";;", os.getenv "LUA_CPATH" or ";;"))
    end

    local function wait_for_end()
      return terminal:wait(("END%d\nready"):format(commands))
    end

    before_each(function()
      terminal = screen.open(80, 40)
      set_search()
    end)

    after_each(function()
      terminal:close()
    end)

    it("fits the table to the terminal, and colours it unless NO_COLOR is set", function()
      type_command "campaigns --limit 20"
      local text = wait_for_end()
      local rows = 0
      for line in text:gmatch "[^\n]+" do
        rows = rows + (line:find "^camp_%w+  " and 1 or 0)
        assert.is_true(cli_terminal.columns(line) <= 80, line)
      end
      assert.equal(20, rows)
      assert.matches("campaignId +campaignName +campaignStatus +concurrentCalls +errors\n", text)
      assert.matches("…", text)
      assert.matches("\n20 campaigns\n", text)
      assert.matches("\27%[32mlive", terminal:text(true))
      type_command("campaigns --limit 20", environment .. " NO_COLOR=1")
      wait_for_end()
      assert.is_nil(terminal:text(true):find "\27%[32mlive")
    end)

    it("uses the singular for one campaign", function()
      sandbox:list(1, {})
      sandbox:faults { request = 3, delay = 30 }
      type_command "campaigns --watch 0.1"
      terminal:wait "watching 1 campaign; Ctrl%-C stops it"
      terminal:press "C-c"
      wait_for_end()
    end)

    it("shows progress, and erases it at the end", function()
      sandbox:faults { page = 3, delay = 1 }
      type_command "campaigns --format ndjson --size 10 > /dev/null"
      terminal:wait "\r?%d+ campaigns, %d+ pages, %d+/s"
      local text = wait_for_end()
      assert.is_nil(text:find "pages")
    end)

    it("shows no progress when its output is piped, as to a pager", function()
      sandbox:faults { page = 3, delay = 1 }
      type_command "campaigns --format ndjson --size 10 | cat > /dev/null"
      local started = core.now()
      repeat
        assert.not_matches("%d campaigns", terminal:text())
      until core.now() - started > 0.8
      assert.not_matches("%d campaigns", wait_for_end())
    end)

    it("prints a token at Ctrl-C, which resumes at the next campaign", function()
      local all, path = sandbox:ids(), os.tmpname()
      sandbox:faults { page = 5, delay = 30 }
      type_command("campaigns --format ndjson --size 10 > " .. path)
      terminal:wait "campaigns, %d+ pages"
      core.sleep(0.3)
      terminal:press "C-c"
      local token = terminal:wait("%-%-resume sm2"):match "%-%-resume (sm2[%w.-]+)"
      sandbox:clear()
      local rest = run("campaigns --format ndjson --size 10 --resume " .. token)
      local got = {}
      for line in io.lines(path) do
        got[#got + 1] = decoding.value(line).campaignId
      end
      assert.is_true(#got > 0 and #got < 125)
      for _, line in ipairs(lines_of(rest)) do
        got[#got + 1] = decoding.value(line).campaignId
      end
      os.remove(path)
      assert.same(all, got)
    end)

    it("exits quietly at Ctrl-C in the prompt for the key", function()
      type_command("campaigns", "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. sandbox.url)
      terminal:wait "API key: "
      terminal:press "C-c"
      local text = wait_for_end()
      assert.not_matches("traceback", text)
      assert.not_matches("pages", text)
      terminal:type "echo seen again"
      terminal:wait "\nseen again"
    end)

    it("prints only the columns that fit, and progress in one line, when the terminal is narrow", function()
      terminal:close()
      terminal = screen.open(30, 20)
      set_search()
      sandbox:faults { page = 1, delay = 0.5 }
      type_command "campaigns --limit 8 --size 5"
      local text = wait_for_end()
      local rows = 0
      for line in text:gmatch "[^\n]+" do
        rows = rows + (line:find "^camp_" and 1 or 0)
        assert.is_nil(line:find "pages")
      end
      assert.equal(8, rows)
    end)

    it("ends the sandbox at Ctrl-C", function()
      type_command "sandbox --campaigns 1"
      terminal:wait "\r?sandbox http://%S+ key="
      terminal:press "C-c"
      local text = wait_for_end()
      assert.not_matches("sandbox did not start", text)
    end)

    it("prompts for the key, and does not show it", function()
      type_command("campaigns --limit 1", "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=" .. sandbox.url)
      terminal:wait "API key: "
      terminal:type(sandbox.key)
      local text = wait_for_end()
      assert.matches("camp_XiQ", text)
      assert.is_nil(text:find(sandbox.key, 1, true))
      terminal:type "echo seen again"
      terminal:wait "\nseen again"
    end)
  end)
else
  print "tmux is not installed: the specs of the command in a terminal are left out"
end
