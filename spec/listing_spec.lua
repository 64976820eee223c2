-- The command's lists of resources other than campaigns; those are in cli_spec.

local cjson = require "cjson"
local cli_errors = require "sigmamind.cli.errors"
local command = require "spec.support.command"
local convert = require "sigmamind.cli.convert"
local process = require "process"
local server = require "spec.support.server"

local sandbox = server.shared()
local environment

setup(function()
  environment = sandbox:environment()
end)

local function run(arguments)
  return command.run(arguments, environment)
end

local lines_of = command.lines

--- Replies with these rows to each request, or to that request alone.
local function rows(list, request)
  local body = ('{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'):format(
    table.concat(list, ","), #list)
  return { body = body, request = request, times = request and 1 or -1 }
end

--- By resource: the rows of a sandbox, the heading of a table, and the beginning of that of CSV.
local RESOURCES = {
  campaigns = {
    125, "campaignId campaignName campaignStatus concurrentCalls errors agent.name phoneNumber scheduledDate",
    "campaignId,campaignName,campaignStatus,",
  },
  calls = {
    240, "callId status startTime duration terminationReason agent.name",
    "callId,callType,phoneNumber.sipPhoneNumber,",
  },
  agents = {
    12, "agentId agentName agentSettings.language welcomeMessageType",
    "agentId,agentName,instructions,welcomeMessageType,welcomeMessage,agentSettings.language,",
  },
  ["phone-numbers"] = {
    8, "sipPhoneNumber provider active inboundAgentId friendlyName",
    "sipPhoneNumber,provider,inboundAgentId,outboundAgentId,outboundPhoneNumber,active,terminationSipURI,friendlyName",
  },
  chats = { 60, "chatId status createdAt agent.name", "chatId,createdAt,status,response,agent.name," },
  webhooks = {
    12, "webhookId active agentId events url name", -- three of 15 are disabled
    "workspaceId,webhookId,name,agentId,active,events,url",
  },
}

describe("sigmamind RESOURCE", function()
  for name, expected in pairs(RESOURCES) do
    it("lists all " .. name .. ", in the columns of their table and with the header of their CSV", function()
      local out, errors, code = run(name)
      local lines = lines_of(out)
      assert.same({ "", 0, expected[1] + 1 }, { errors, code, #lines })
      assert.equal(expected[2], (lines[1]:gsub(" +", " ")))
      assert.equal(out, (run(name .. " list")))
      local header = lines_of((run(name .. " -f csv -n 0")))[1]
      assert.equal(expected[3], header:sub(1, #expected[3]))
      assert.equal(expected[1], #cjson.decode((run(name .. " -f json --size 5"))))
    end)
  end

  it("accepts phone_numbers, the client's name", function()
    assert.equal(run "phone-numbers --help", (run "phone_numbers --help"))
    assert.equal(run "phone-numbers -n 1", (run "phone_numbers -n 1"))
    assert.equal(run "help phone-numbers", (run "help phone_numbers"))
  end)

  it("sends the options of its arguments", function()
    local arguments = {
      ["calls --status ended"] = "/v1/calls?page=0&size=1&status=ended",
      ["chats -s error"] = "/v1/chats?page=0&size=1&status=error",
      ["webhooks --active false"] = "/v1/webhooks?active=false&page=0&size=1",
      ["webhooks --agent-id phone_numbers"] = "/v1/webhooks?agentId=phone_numbers&page=0&size=1",
      ["webhooks --active true --agent-id 'a b'"] = "/v1/webhooks?active=true&agentId=a%20b&page=0&size=1",
    }
    for words, path in pairs(arguments) do
      sandbox:clear()
      assert.equal(0, (select(3, run(words .. " -n 1"))))
      assert.equal(path, sandbox:log()[1].path)
    end
    local _, errors, code = run "webhooks --active yes"
    assert.same({ 2, "sigmamind: argument for option '--active' must be one of 'true', 'false'; see sigmamind webhooks "
      .. "--help\n" }, { code, errors })
    assert.equal("sigmamind: '--active' is an option of sigmamind webhooks; see sigmamind calls --help\n",
      (select(2, run "calls --active true")))
  end)

  it("filters and selects by the fields of its rows", function()
    local out = run "calls -w terminationReason eq voicemail -w 'callType!=web' -S callType,terminationReason -f ndjson"
    local lines = lines_of(out)
    assert.is_true(#lines > 0)
    for _, line in ipairs(lines) do
      assert.matches('^{"callType":"%a+bound","terminationReason":"voicemail"}$', line)
    end
  end)

  it("reports a path that no row has, with the nearest one", function()
    for arguments, message in pairs {
      ["calls -S durration"] = "no call has 'durration'; did you mean 'duration'?",
      ["phone-numbers -w provder eq x"] = "no phone number has 'provder'; did you mean 'provider'?",
      ["webhooks --active false -S urls"] = "no webhook that was read has 'urls'; did you mean 'url'?",
      ["calls --status ended -S durration"] = "no call that was read has 'durration'; did you mean 'duration'?",
    } do
      local _, errors, code = run(arguments .. " -f csv")
      assert.same({ "sigmamind: " .. message .. "\n", 0 }, { errors, code })
    end
  end)

  it("reports a value that is spelled differently from those documented for its field", function()
    for arguments, message in pairs {
      ["calls -w status=Ended"] = "'Ended' is not a status; did you mean 'ended'?",
      ["calls -w 'callType=outbuond'"] = "'outbuond' is not a call type; did you mean 'outbound'?",
      ["calls -w campaign.campaignStatus=lvie"] = "'lvie' is not a campaign status; did you mean 'live'?",
      ["phone-numbers -w provider=telnix"] = "'telnix' is not a provider; did you mean 'telnyx'?",
    } do
      assert.equal("sigmamind: " .. message .. "\n", (select(2, run(arguments))))
    end
    -- both spellings of a chat's status are documented
    assert.equal("", (select(2, run "chats -w 'status=in-progress,in_progress'")))
  end)

  it("names a condition on its own fields in the message for a wrong one", function()
    for name, example in pairs { calls = "duration>=5", agents = "agentName=VALUE", ["phone-numbers"] = "provider=VALUE" } do
      local _, errors, code = run(name .. " -w 'x y'")
      assert.equal(2, code)
      assert.matches("^sigmamind: 'x y' is not a condition like " .. example .. "; ", errors)
    end
  end)

  it("colours a status on a terminal, and no other value", function()
    sandbox:faults(rows {
      '{"callId":"a","status":"in-progress"}', '{"callId":"b","status":"failed"}', '{"callId":"live","status":"new"}',
    })
    local variables = environment .. " TERM=xterm"
    local line = "exec " .. command.line("calls -S callId,status", "-u NO_COLOR " .. variables)
    local _, _, seen = process.on_terminal(line, "3 calls", "")
    assert.is_truthy(seen:find("a       \27[32min-progress\27[0m\r\n", 1, true), seen)
    assert.is_truthy(seen:find("b       \27[31mfailed     \27[0m\r\n", 1, true), seen)
    assert.is_truthy(seen:find("live    new\r\n", 1, true), seen)
  end)

  it("counts its rows in the line at the end", function()
    local line = "exec " .. command.line("phone-numbers -n 2", environment .. " TERM=xterm")
    assert.matches("2 phone numbers\r\n", (select(3, process.on_terminal(line, "2 phone numbers", ""))))
  end)

  it("translates the client's messages about arguments into options", function()
    local client = sandbox:client()
    local function refused(resource, given)
      local _, err = cli_errors.guard("usage", client[resource].list, client[resource], given)
      return err.kind .. ": " .. err.message
    end
    assert.equal("usage: --agent-id must be a string, got 5", refused("webhooks", { agentId = 5 }))
    assert.equal("usage: --active must be a boolean, got 'x'", refused("webhooks", { active = "x" }))
    assert.equal("usage: --status must be a string, got true", refused("calls", { status = true }))
    client:close()
  end)

  it("converts numbers and booleans of arguments", function()
    local to_number = convert.number "--max-duration"
    assert.same({ 5, -0.5, 10 }, { to_number "5", to_number "-0.5", to_number "10." })
    for _, text in ipairs { "", "x", "1e3", "0x10", " 5", "-" } do
      assert.same({ nil, ("--max-duration must be a number, got '%s'"):format(text) }, { to_number(text) })
    end
    assert.same({ true, false }, { convert.boolean "true", convert.boolean "false" })
  end)

  it("accepts list as the only further word", function()
    for arguments, message in pairs {
      ["calls lst"] = "unknown action 'lst'; did you mean list?",
      ["calls ls"] = "unknown action 'ls'; did you mean list?",
      ["calls show x"] = "unknown action 'show'; did you mean get?",
      ["calls call_1"] = "unknown action 'call_1'; did you mean sigmamind calls get call_1?",
      ["calls list call_1"] = "too many arguments",
      ["calls list a b"] = "too many arguments",
      ["phone-numbers x"] = "too many arguments",
      ["calls -w callType eq web list x"] = "too many arguments; a condition whose value has blanks needs quotes",
    } do
      local out, errors, code = run(arguments)
      local help = (" see sigmamind %s --help\n"):format(arguments:match "^%S+")
      assert.same({ "", "sigmamind: " .. message .. ";" .. help, 2 }, { out, errors, code })
    end
    assert.equal(3, #lines_of((run "calls -n 2 list")))
    assert.equal(3, #lines_of((run "calls -w callType eq outbound -n 2 list")))
  end)
end)

describe("sigmamind RESOURCE --watch", function()
  --- The output of a watch of two polls.
  local function watch(arguments, before, after)
    sandbox:faults(rows(before, 1), rows(before, 2), rows(after, 3), rows(after, 4), { request = 5, status = 403 })
    return (run(arguments .. " --watch 0.1 --attempts 1"):gsub("%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ", "TIME"))
  end

  it("prints the id, the second column of the table, and what has changed", function()
    assert.equal("TIME  changed  a  ended  endTime: none -> 2025-09-25T19:00:00.000Z, status: in-progress -> ended\n",
      watch("calls", { '{"callId":"a","status":"in-progress","endTime":null}' },
        { '{"callId":"a","status":"ended","endTime":"2025-09-25T19:00:00.000Z"}' }))
    assert.equal("TIME  removed  a  Ann\n",
      watch("agents -S tools", { '{"agentId":"a","agentName":"Ann"}', '{"agentId":"b"}' }, { '{"agentId":"b"}' }))
    assert.equal("TIME  added    +1  byo\n",
      watch("phone-numbers", { '{"sipPhoneNumber":"+2"}' },
        { '{"sipPhoneNumber":"+2"}', '{"sipPhoneNumber":"+1","provider":"byo"}' }))
  end)

  it("prints a row by its name as JSON, with the paths of what has changed, and a removed one as it was", function()
    assert.equal('{"time":"TIME","change":"added","phoneNumber":{"sipPhoneNumber":"+1"}}\n',
      watch("phone-numbers -f ndjson", { '{"sipPhoneNumber":"+2"}' },
        { '{"sipPhoneNumber":"+2"}', '{"sipPhoneNumber":"+1"}' }))
    assert.equal('{"time":"TIME","change":"removed","call":{"callId":7}}\n',
      watch("calls -f json", { '{"callId":7}', '{"callId":8}' }, { '{"callId":8}' }))
    assert.equal('{"time":"TIME","change":"changed","call":{"callId":7,"n":1.50,"agent":{"name":"B"}},'
      .. '"fields":["agent.name","n"]}\n',
      watch("calls -f json", { '{"callId":7,"agent":{"name":"A"}}' }, { '{"callId":7,"n":1.50,"agent":{"name":"B"}}' }))
    assert.equal("time,change,webhookId,url\r\nTIME,removed,a,u\r\n",
      watch("webhooks -f csv -S url", { '{"webhookId":"a","url":"u"}', '{"webhookId":"b"}' }, { '{"webhookId":"b"}' }))
  end)

  it("shows no secret that has changed, and shortens what is long", function()
    assert.equal("TIME  changed  a    secret: ***, url: " .. ("u"):rep(40) .. "... -> u\n",
      watch("webhooks", { '{"webhookId":"a","secret":"one","url":"' .. ("u"):rep(41) .. '"}' },
        { '{"webhookId":"a","secret":"two","url":"u"}' }))
    assert.equal('TIME  changed  a  Ann  agentSettings.webhooks: [] -> [{"secret":"***"}]\n',
      watch("agents", { '{"agentId":"a","agentName":"Ann","agentSettings":{"webhooks":[]}}' },
        { '{"agentId":"a","agentName":"Ann","agentSettings":{"webhooks":[{"secret":"hush"}]}}' }))
  end)

  it("shows a secret that is selected, and in CSV no other", function()
    local before, after = '{"webhookId":"w","secret":"old"}', '{"webhookId":"w","secret":"new"}'
    assert.equal("TIME  changed  w    secret: old -> new\n", watch("webhooks -S secret", { before }, { after }))
    assert.equal("time,change,workspaceId,webhookId,name,agentId,active,events,url\r\nTIME,changed,,w,,,,,\r\n",
      watch("webhooks -f csv", { before }, { after }))
    local agent = '{"agentId":"a","agentSettings":{"webhooks":[%s]}}'
    assert.equal('TIME  changed  a    agentSettings.webhooks: [] -> [{"secret":"hush"}]\n',
      watch("agents -S agentSettings", { agent:format "" }, { agent:format '{"secret":"hush"}' }))
  end)

  it("watches the rows that meet all conditions, two with the same operator on a path too", function()
    assert.equal("TIME  removed  ab  x\n",
      watch("calls -w 'callId*=a' -w 'callId*=b'", { '{"callId":"ab","status":"x"}', '{"callId":"a"}', '{"callId":"b"}' },
        { '{"callId":"b"}' }))
  end)

  it("counts its rows, and names them in the message about --limit", function()
    local line = "exec " .. command.line("phone-numbers --watch 9", environment .. " TERM=xterm")
    local code, _, seen = process.on_terminal(line, "watching", "\3")
    assert.equal(130, code)
    assert.matches("watching 8 phone numbers; Ctrl%-C stops it\r\n", seen)
    assert.equal("sigmamind: --watch cannot be combined with --limit or --resume: it reads all phone numbers\n",
      (select(2, run "phone-numbers --watch 1 -n 1")))
  end)
end)
