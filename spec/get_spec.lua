-- sigmamind RESOURCE get ID: one row, for people and for scripts.

local cjson = require "cjson"
local command = require "spec.support.command"
local process = require "process"
local server = require "spec.support.server"

local sandbox = server.shared()
local environment

setup(function()
  environment = sandbox:environment()
end)

local function run(arguments, more)
  return command.run(arguments, environment .. (more or ""))
end

local CAMPAIGN = [[
campaignId:                       camp_XiQEBcj9cc5TFRB4
campaignName:                     Q4 Outreach Campaign
campaignStatus:                   live
scheduledDate:                    2025-09-25T19:00:00.000Z
concurrentCalls:                  5
agent.name:                       New AI Agent
agent.agentId:                    agent_D5D0p7TUs66TTAEAx
agent.status:                     Live
phoneNumber.sipPhoneNumber:       +14155552671
phoneNumber.provider:             twilio
phoneNumber.inboundAgentId:       agent_D5D0p7TUs66TTAEAx
phoneNumber.outboundAgentId:      agent_D5D0p7TUs66TTAEAx
phoneNumber.outboundPhoneNumber:  +14155552671
phoneNumber.active:               true
phoneNumber.terminationSipURI:    sip.telnyx.com
phoneNumber.friendlyName:         Support Line - US
errors:                           ["Row 3: missing required variable 'customer_name'","Row 7: invalid phone number '+1234'"]
scheduled:                        true
]]

describe("sigmamind RESOURCE get ID", function()
  it("prints a line for each field that the row has", function()
    local out, errors, code = run "campaigns get camp_XiQEBcj9cc5TFRB4"
    assert.same({ CAMPAIGN, "", 0 }, { out, errors, code })
    assert.equal("/v1/campaigns/camp_XiQEBcj9cc5TFRB4", sandbox:log()[1].path)
  end)

  it("gets a row of each resource that the API documents a request for", function()
    for name, id in pairs {
      campaigns = "campaignId", calls = "callId", agents = "agentId", chats = "chatId", webhooks = "webhookId",
    } do
      local row = cjson.decode((run(name .. " -n 1 -f json")))[1]
      local out, errors, code = run(("%s get %s -S %s"):format(name, row[id], id))
      assert.same({ id .. ":  " .. row[id] .. "\n", "", 0 }, { out, errors, code })
    end
  end)

  it("prints fields that are not documented, after those that are", function()
    sandbox:faults { body = '{"new":[1],"callId":"c","agent":{"age":3,"name":"Ann"},"endTime":null,"status":"ended"}' }
    assert.equal("callId:      c\nstatus:      ended\nagent.name:  Ann\nagent.age:   3\nnew:         [1]\n",
      (run "calls get c"))
  end)

  it("prints the lines of a text below one another, without control characters", function()
    sandbox:faults { body = [[{"callId":"c","transcript":"Agent: Hi\r\nUser: \u001b[31mno\n\n"}]] }
    assert.equal("callId:      c\ntranscript:  Agent: Hi\n             User:  [31mno\n", (run "calls get c"))
  end)

  it("prints the API's own bytes as JSON, in one line as ndjson", function()
    local row = '{ "callId":"c",\n  "duration":1.50e1, "n":12345678901234567890 }'
    sandbox:faults { body = row .. "\n\n", times = -1 }
    assert.equal(row .. "\n", (run "calls get c -f json"))
    assert.equal('{ "callId":"c","duration":1.50e1, "n":12345678901234567890 }\n', (run "calls get c -f ndjson"))
    assert.equal('{"n":12345678901234567890}\n', (run "calls get c -f json -S n"))
    assert.equal("duration,n\r\n15,12345678901234567890\r\n", (run "calls get c -f csv -S duration,n"))
  end)

  it("prints the selected fields alone, those that the row lacks empty", function()
    local out, errors, code = run "campaigns get camp_XiQEBcj9cc5TFRB4 --select agent.name,campaignStatus"
    assert.same({ "agent.name:      New AI Agent\ncampaignStatus:  live\n", "", 0 }, { out, errors, code })
    sandbox:faults { body = '{"callId":"c"}' }
    out, errors, code = run "calls get c -S callId,recordingUrl"
    assert.same({ "callId:        c\nrecordingUrl:\n", "", 0 }, { out, errors, code })
  end)

  it("reports a selected field that the row lacks and nobody documents", function()
    local out, errors, code = run "campaigns get camp_XiQEBcj9cc5TFRB4 -S campaignNmae -f json"
    assert.same({ "{}\n", "sigmamind: the campaign has no 'campaignNmae'; did you mean 'campaignName'?\n", 0 },
      { out, errors, code })
    errors = select(2, run "campaigns get camp_XiQEBcj9cc5TFRB4 -S campaignNmae --error-format json")
    assert.same({ message = "the campaign has no 'campaignNmae'; did you mean 'campaignName'?", path = "campaignNmae",
      nearest = "campaignName" }, cjson.decode(errors).warning)
    assert.equal("sigmamind: --select: 'a..b' is not a path like 'agent.name'\n",
      (select(2, run "campaigns get x -S a..b"):gsub("; .*\n", "\n")))
  end)

  it("shows no secret of an agent's webhooks, and does not touch texts", function()
    sandbox:faults { times = -1, body = '{"agentId":"a","instructions":"say {\\"secret\\":\\"x\\"}",'
      .. '"agentSettings":{"webhooks":[{"webhookId":"w","secret":"hush"}]}}' }
    local output = run "agents get a"
    assert.is_nil(output:find("hush", 1, true))
    assert.is_truthy(output:find('"secret":"***"', 1, true), output)
    assert.is_truthy(output:find('say {"secret":"x"}', 1, true), output)
  end)

  it("reports a body that is not JSON", function()
    sandbox:faults { body = "{bad", content_type = "text/plain" }
    local _, errors, code = run "agents get a"
    assert.equal(4, code)
    assert.matches("^sigmamind: decode: ", errors)
  end)

  it("shows the secret of a webhook only where it is selected", function()
    sandbox:faults { body = '{"webhookId":"w","secret":"hush"}', times = -1 }
    assert.equal("webhookId:  w\nsecret:     **** (--select secret shows it)\n", (run "webhooks get w"))
    assert.equal("secret:  hush\n", (run "webhooks get w -S secret"))
    assert.equal('{"webhookId":"w","secret":"hush"}\n', (run "webhooks get w -f json"))
  end)

  it("colours a status on a terminal", function()
    sandbox:faults { body = '{"callId":"c","status":"ended"}' }
    local line = "echo begin; exec " .. command.line("calls get c", "-u NO_COLOR " .. environment .. " TERM=xterm")
    local _, _, seen = process.on_terminal(line, "ended", "")
    assert.is_truthy(seen:find("status:  \27[2mended\27[0m\r\n", 1, true), seen)
  end)

  it("exits with 4 for an id that is not there, and names the list of ids", function()
    local out, errors, code = run "calls get call_0"
    assert.same({ "", 4 }, { out, code })
    assert.matches("^sigmamind: http: .* %(GET /v1/calls/call_0, status 404, .*%); check the id, or %-%-base%-url; "
      .. "sigmamind calls lists the ids\n$", errors)
    errors = select(2, run(("calls get x --base-url %s/v1"):format(sandbox.url)))
    assert.matches("; remove /v1 from the end of %-%-base%-url: the command adds it\n$", errors)
  end)

  it("exits with 4 for a reply that is not an object", function()
    sandbox:faults { body = "[1]" }
    local out, errors, code = run "calls get c"
    assert.same({ "", 4 }, { out, code })
    assert.matches("^sigmamind: protocol: the body is not an object of JSON %(GET /v1/calls/c, status 200%); ", errors)
  end)

  it("sends any id as one segment of the path", function()
    run "calls get 'a/b?c=%20'"
    assert.equal("/v1/calls/a%2Fb%3Fc%3D%2520", sandbox:log()[1].path)
    sandbox:clear()
    for _, id in ipairs { "", ".", ".." } do
      local out, errors, code = run(("agents get '%s'"):format(id))
      assert.same({ "", ("sigmamind: ID must be the id of an agent, got '%s'\n"):format(id), 2 }, { out, errors, code })
    end
    assert.same({}, sandbox:log())
  end)

  it("refuses options of lists, a missing id, and phone numbers", function()
    for arguments, message in pairs {
      ["calls get"] = "get needs the id of a call",
      ["agents get"] = "get needs the id of an agent",
      ["calls get x y"] = "too many arguments",
      ["calls get x -n 1"] = "--limit is an option of sigmamind calls list",
      ["calls get x -w a"] = "--where is an option of sigmamind calls list",
      ["calls get x --watch 1"] = "--watch is an option of sigmamind calls list",
      ["webhooks get x --agent-id a"] = "--agent-id is an option of sigmamind webhooks list",
      ["webhooks get x --active false"] = "--active is an option of sigmamind webhooks list",
      ["phone-numbers get +14155552671"] =
        "the API documents no request for one phone number; sigmamind phone-numbers lists them all",
    } do
      local out, errors, code = run(arguments)
      local help = ("; see sigmamind %s --help\n"):format(arguments:match "^%S+")
      assert.same({ "", "sigmamind: " .. message .. help, 2 }, { out, errors, code })
    end
  end)

  it("logs its request with --verbose", function()
    local _, errors = run "calls get call_XiQEBcj9cc5TFRB4 --verbose"
    assert.matches("^GET /v1/calls/call_XiQEBcj9cc5TFRB4: 200, %d+%.%d+ s, attempt 1, new connection\n$", errors)
  end)
end)
