-- What the sandbox makes of writes: campaigns from the contacts that were sent, and calls that pass through their
-- states. By requests without our client, but for its form encoding.

local cjson = require "spec.support.json"
local schedule = require "sigmamind.schedule"
local server = require "spec.support.server"
local socket = require "socket"

local NUMBER, AGENT = "+14155552671", "agent_D5D0p7TUs66TTAEAx"

--- A sandbox in which a minute passes in some milliseconds, one in which nothing happens by itself, and one in
--- between.
local fast = server.shared { speed = 20000 }
local slow = server.shared { speed = 0.001 }
local moderate = server.shared { speed = 100 }

--- Sends JSON; returns the status and the decoded body.
local function send(sandbox, line, value, content_type)
  local body = type(value) == "string" and value or value and cjson.encode(value) or ""
  local status, _, text = sandbox:send_body(line, body, content_type or "application/json")
  return status, text ~= "" and cjson.decode(text) or nil
end

--- A form, with the fields in the order of their names.
local function form(fields, contacts)
  local parts, names = {}, {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    parts[#parts + 1] = ('--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'):format(name, fields[name])
  end
  if contacts then
    local head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    parts[#parts + 1] = head .. contacts .. "\r\n"
  end
  return table.concat(parts) .. "--b--\r\n"
end

local CONTACTS = "Phone Number,Customer Name\r\n+14155550100,Ann\r\n+14155550101,Bob\r\n+14155550102,\r\n"

local function create(sandbox, fields, contacts)
  local given = { sipPhoneNumber = NUMBER, agentId = AGENT }
  for name, value in pairs(fields or {}) do
    given[name] = value ~= "none" and value or nil
  end
  return send(sandbox, "POST /v1/campaigns", form(given, contacts or CONTACTS), "multipart/form-data; boundary=b")
end

--- Reads until done(body) is true, for half a minute.
local function eventually(sandbox, path, done)
  local deadline = socket.gettime() + 30
  while true do
    local _, body = sandbox:get(path)
    if done(body) then
      return body
    end
    assert(socket.gettime() < deadline, path .. " does not change")
    socket.sleep(0.01)
  end
end

local function all_calls(sandbox, campaign)
  local _, page = sandbox:get "/v1/calls?size=100000"
  local calls = {}
  for _, call in ipairs(page.data) do
    if type(call.campaign) == "table" and call.campaign.campaignId == campaign.campaignId then
      calls[#calls + 1] = call
    end
  end
  return calls
end

--- A file of so many good contacts.
local function contacts_of(count)
  local lines = { "Phone Number,Customer Name\r\n" }
  for i = 1, count do
    lines[i + 1] = ("+1415555%04d,Contact %d\r\n"):format(i, i)
  end
  return table.concat(lines)
end

local function assert_bad(message, status, body)
  assert.equal(400, status)
  assert.equal("Bad Request", body.error)
  assert.equal(400, body.status)
  assert.is_truthy(body.message:find(message, 1, true), body.message)
end

describe("POST /v1/campaigns", function()
  before_each(function()
    slow:list(5)
  end)

  it("creates a campaign that is read and listed, last", function()
    local status, campaign = create(slow, { campaignName = "May", concurrentCalls = 3 })
    assert.equal(200, status)
    assert.same({ "May", "live", 3, false, AGENT, NUMBER }, {
      campaign.campaignName, campaign.campaignStatus, campaign.concurrentCalls, campaign.scheduled,
      campaign.agent.agentId, campaign.phoneNumber.sipPhoneNumber,
    })
    assert.same({ 200, campaign }, { slow:get("/v1/campaigns/" .. campaign.campaignId) })
    local _, page = slow:get "/v1/campaigns?size=100"
    assert.equal(6, page.totalCount)
    assert.same(campaign, page.data[6])
  end)

  it("takes contacts as a spreadsheet writes them, in UTF-8 with a byte order mark", function()
    local _, campaign = create(slow, {}, "\239\187\191Phone Number,Customer Name\r\n+14155550100,Ren\195\169e\r\n")
    assert.same({}, campaign.errors)
    assert.equal("Ren\195\169e", all_calls(slow, campaign)[1].dynamicVariables.customer_name)
  end)

  it("is in the list itself, also where its number was that of a row before", function()
    slow:list(2, { { request = 1, insert = 2, count = 2 } })
    assert.equal(4, select(2, slow:get "/v1/campaigns").totalCount)
    slow:list(2)
    local _, campaign = create(slow, { campaignName = "Mine" })
    assert.equal("Mine", select(2, slow:get "/v1/campaigns").data[3].campaignName)
    assert.equal(campaign.campaignId, slow:ids()[3])
  end)

  it("has bad rows in its errors, in the documented words", function()
    local _, campaign = create(slow, {}, "Phone Number\n+1234\n+14155550100\n\"\n+14155550100\n")
    assert.same({
      "Row 1: invalid phone number '+1234'", "Row 3: invalid phone number ''", "Row 4: duplicate phone number",
    }, campaign.errors)
    assert.equal(1, #all_calls(slow, campaign))
  end)

  for message, case in pairs {
    ["sipPhoneNumber is missing"] = { { sipPhoneNumber = "none" } },
    ["agentId is missing"] = { { agentId = "none" } },
    ["sipPhoneNumber must be a phone number"] = { { sipPhoneNumber = "14155552671" } },
    ["sipPhoneNumber: the account has no number '+14155559999'"] = { { sipPhoneNumber = "+14155559999" } },
    ["agentId: there is no agent 'agent_1'; GET /v1/agents lists them"] = { { agentId = "agent_1" } },
    ["campaignName: there is a campaign named 'Q4 Outreach Campaign' already"] =
      { { campaignName = "Q4 Outreach Campaign" } },
    ["concurrentCalls must be an integer"] = { { concurrentCalls = "many" } },
    ["scheduledTime is missing"] = { { isScheduled = "true", scheduledDate = "2999-01-01" } },
    ["the file must be CSV with the column Phone Number"] = { {}, "Phone\n+14155550100\n" },
    ["the file has no contacts"] = { {}, "Phone Number\n" },
  } do
    it("refuses: " .. message, function()
      local status, body = create(slow, case[1], case[2])
      assert_bad(message, status, body)
      assert.equal("/v1/campaigns", body.path)
      assert.equal(5, #slow:ids())
    end)
  end

  it("refuses a body that is no form, or has no file", function()
    assert_bad("the body must be multipart/form-data", send(slow, "POST /v1/campaigns", {}))
    local multipart = "multipart/form-data; boundary=b"
    local fields = { sipPhoneNumber = NUMBER, agentId = AGENT }
    assert_bad("file is missing", send(slow, "POST /v1/campaigns", form(fields), multipart))
    local cut = form(fields, CONTACTS):sub(1, -10)
    assert_bad("the form ends within a part", send(slow, "POST /v1/campaigns", cut, multipart))
  end)

  it("names those that have no name, each otherwise", function()
    local _, first = create(slow)
    local _, second = create(slow)
    assert.same({ "Campaign 6", "Campaign 7" }, { first.campaignName, second.campaignName })
    create(slow, { campaignName = "Campaign 9" })
    local _, other = create(slow)
    assert.equal("Campaign 9*", other.campaignName)
  end)

  it("takes variables for all calls, of which a contact may have its own", function()
    local variables = { company = "Acme", customer_name = "you" }
    local _, campaign = create(slow, { variables = cjson.encode(variables) })
    local calls = all_calls(slow, campaign)
    assert.same({ company = "Acme", customer_name = "Ann" }, calls[1].dynamicVariables)
    assert.same(variables, calls[3].dynamicVariables)
  end)

  --- What was made of a form whose parts, with their heads, are these.
  local function sent(content_type, ...)
    local parts = { ... }
    for i, part in ipairs { "sipPhoneNumber", NUMBER, "agentId", AGENT } do
      if i % 2 == 1 then
        table.insert(parts, 1, ('content-disposition: form-data; name="%s"\r\n\r\n'):format(part))
      else
        parts[1] = parts[1] .. part
      end
    end
    return send(slow, "POST /v1/campaigns", "--b\r\n" .. table.concat(parts, "\r\n--b\r\n") .. "\r\n--b--", content_type)
  end

  local MULTIPART = "multipart/form-data; boundary=b"
  local FILE = 'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' .. CONTACTS
  local NAME = 'Content-Disposition: form-data; name="campaignName"\r\n\r\n'

  it("takes every form of multipart/form-data (RFC 7578, RFC 2046)", function()
    for _, each in ipairs {
      MULTIPART, 'Multipart/Form-Data; charset=utf-8; Boundary="b"', "multipart/form-data;boundary=b ",
    } do
      assert.equal(200, (sent(each, FILE)))
    end
    assert.equal(200, (sent(MULTIPART, (FILE:gsub('"a.csv"', "a.csv")))))
    assert.equal(200, (sent(MULTIPART, (FILE:gsub("a.csv", '\\"; name=\\"x')))))
    local _, campaign = sent(MULTIPART, FILE, NAME .. "x\r\n--bad\r\n--b-\r\ny")
    assert.equal("x\r\n--bad\r\n--b-\r\ny", campaign.campaignName)
  end)

  it("refuses a malformed form", function()
    assert_bad("the body must be multipart/form-data", sent("multipart/mixed; boundary=b", FILE))
    assert_bad("the body must be multipart/form-data", sent("multipart/form-data; boundary=" .. ("b"):rep(71), FILE))
    assert_bad("the form does not have its boundary", sent(MULTIPART .. "c", FILE))
    assert_bad("a part of the form has no name", sent(MULTIPART, FILE, "X-A: b\r\n\r\nc"))
    assert_bad("a part of the form has no name", sent(MULTIPART, FILE, 'Content-Disposition: form-data; name="a\r\n\r\n'))
    assert_bad("the form ends within a part", sent(MULTIPART, FILE, "1"))
    assert_bad("a part of the form has no name", sent(MULTIPART, "1", FILE))
    assert_bad("the form has campaignName twice", sent(MULTIPART, FILE, NAME .. "a", NAME .. "b"))
    assert_bad("file is missing: a part with a file name", sent(MULTIPART, (FILE:gsub("; filename.-\r", "\r"))))
  end)

  it("refuses numbers that are not decimal, and texts that are not UTF-8", function()
    for _, number in ipairs { "0x10", " 7", "7 ", "1e1", "" } do
      assert_bad("concurrentCalls must be an integer", create(slow, { concurrentCalls = number }))
    end
    for _, name in ipairs { "a\255", "\192\128", "\237\160\128", "\244\144\128\128", "\226\130" } do
      assert_bad("campaignName must be UTF-8", create(slow, { campaignName = name }))
    end
    local _, campaign = create(slow, { campaignName = "é€🎉" }, "Phone Number,Name\n+14155550100,\255\n+14155550101,é\n")
    assert.equal("é€🎉", campaign.campaignName)
    assert.same({ "Row 1: invalid phone number ''" }, campaign.errors)
  end)

  it("schedules: the campaign has no calls before its time", function()
    local _, campaign = create(slow, {
      isScheduled = "true", scheduledDate = "2999-09-25", scheduledTime = "12:30:00", scheduledTimezone = "UTC",
    })
    assert.same({ "scheduled", true, "2999-09-25T12:30:00.000Z" },
      { campaign.campaignStatus, campaign.scheduled, campaign.scheduledDate })
    assert.same({}, all_calls(slow, campaign))
  end)

  it("starts a scheduled campaign when its time has come", function()
    local _, call = send(fast, "POST /v1/calls", { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" })
    local today = schedule.seconds(call.createdAt, "00:00:00") -- by the sandbox's clock, which is fast
    local _, campaign = create(fast, {
      isScheduled = "true", scheduledDate = os.date("!%Y-%m-%d", today + 2 * 86400), scheduledTime = "00:00:00",
      scheduledTimezone = "UTC",
    })
    assert.equal("scheduled", campaign.campaignStatus)
    eventually(fast, "/v1/campaigns/" .. campaign.campaignId, function(row)
      return row.campaignStatus == "completed"
    end)
    local calls = all_calls(fast, campaign)
    assert.equal(3, #calls)
    assert.is_true(calls[1].startTime >= campaign.scheduledDate)
  end)
end)

describe("a campaign that dials", function()
  it("is gone with its calls when the list is filled again", function()
    slow:list(5)
    local _, before = slow:get "/v1/calls?size=1"
    create(slow)
    assert.equal(before.totalCount + 3, select(2, slow:get "/v1/calls?size=1").totalCount)
    slow:list(5)
    assert.equal(before.totalCount, select(2, slow:get "/v1/calls?size=1").totalCount)
    assert.equal(5, #slow:ids())
  end)

  it("has a call for each good contact, in their order, with its variables", function()
    slow:list(5)
    local _, campaign = create(slow, { concurrentCalls = 2 })
    local calls = all_calls(slow, campaign)
    assert.same({ "in-progress", "in-progress", "scheduled" }, { calls[1].status, calls[2].status, calls[3].status })
    assert.same({ customer_name = "Ann" }, calls[1].dynamicVariables)
    assert.same({}, calls[3].dynamicVariables)
    assert.equal("outbound", calls[1].callType)
    assert.equal(NUMBER, calls[1].phoneNumber.sipPhoneNumber)
    assert.equal(cjson.null, calls[1].endTime)
    assert.equal(cjson.null, calls[3].startTime)
    local _, filtered = slow:get "/v1/calls?status=in-progress&size=100000"
    assert.equal(calls[2].callId, filtered.data[#filtered.data].callId)
    assert.same({ 200, calls[1] }, { slow:get("/v1/calls/" .. calls[1].callId) })
  end)

  it("is completed when its calls have ended, at most concurrentCalls at a time", function()
    local _, campaign = create(fast, { concurrentCalls = 20 }, contacts_of(200))
    eventually(fast, "/v1/campaigns/" .. campaign.campaignId, function(row)
      return row.campaignStatus == "completed"
    end)
    local calls = all_calls(fast, campaign)
    assert.equal(200, #calls)
    local seen, times = {}, {}
    for i, call in ipairs(calls) do
      assert.is_true(i == 1 or calls[i - 1].startTime <= call.startTime) -- begun in the order of the contacts
      seen[call.status] = true
      assert.equal("Contact " .. i, call.dynamicVariables.customer_name)
      assert.is_string(call.terminationReason)
      assert.equal(call.status == "ended", type(call.transcript) == "string")
      times[#times + 1], times[#times + 2] = { call.startTime, 1 }, { call.endTime, -1 }
    end
    assert.same({ ended = true, ["not-connected"] = true, error = true }, seen)
    table.sort(times, function(a, b)
      return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
    end)
    local now, most = 0, 0
    for _, each in ipairs(times) do
      now = now + each[2]
      most = math.max(most, now)
    end
    assert.is_true(most <= 20 and most > 10, most)
  end)

  it("is the same each time", function()
    local function statuses()
      fast:list(5)
      local _, campaign = create(fast)
      eventually(fast, "/v1/campaigns/" .. campaign.campaignId, function(row)
        return row.campaignStatus == "completed"
      end)
      local texts = {}
      for i, call in ipairs(all_calls(fast, campaign)) do
        texts[i] = table.concat({ call.status, call.terminationReason, call.duration }, " ")
      end
      return texts
    end
    assert.same(statuses(), statuses())
  end)
end)

describe("PATCH /v1/campaigns/ID", function()
  before_each(function()
    slow:list(5)
  end)

  it("changes what was created, and what was not", function()
    local _, created = create(slow, { campaignName = "May" })
    for _, id in ipairs { created.campaignId, "camp_XiQEBcj9cc5TFRB4" } do
      local status, campaign = send(slow, "PATCH /v1/campaigns/" .. id, { concurrentCalls = 9 })
      assert.same({ 200, 9 }, { status, campaign.concurrentCalls })
      assert.same({ 200, campaign }, { slow:get("/v1/campaigns/" .. id) })
    end
    local _, page = slow:get "/v1/campaigns"
    assert.equal("Q4 Outreach Campaign", page.data[1].campaignName)
    assert.equal(9, page.data[1].concurrentCalls)
  end)

  it("dials more or fewer contacts at a time from then on", function()
    local _, created = create(slow, { concurrentCalls = 1 })
    assert.equal("scheduled", all_calls(slow, created)[2].status)
    send(slow, "PATCH /v1/campaigns/" .. created.campaignId, { concurrentCalls = 3 })
    local calls = all_calls(slow, created)
    assert.equal(3, calls[1].campaign.concurrentCalls)
    assert.same({ "in-progress", "in-progress", "in-progress" }, { calls[1].status, calls[2].status, calls[3].status })
  end)

  it("leaves the calls that have begun as they are", function()
    local _, created = create(moderate, { concurrentCalls = 3 }, contacts_of(300))
    local began, number
    eventually(moderate, "/v1/calls?status=in-progress&size=1000", function(body)
      local last = body.data[#body.data]
      began = last.startTime
      number = tonumber(cjson.encode(last.dynamicVariables):match "Contact (%d+)")
      return number and number > 12
    end)
    send(moderate, "PATCH /v1/campaigns/" .. created.campaignId, { concurrentCalls = 2 })
    local calls = all_calls(moderate, created)
    for i = 1, number do
      assert.is_true(calls[i].startTime ~= cjson.null and calls[i].startTime <= began, i)
    end
    moderate:list(5) -- it would go on
  end)

  it("moves the start of a scheduled campaign, or starts it", function()
    local _, created = create(slow, {
      scheduledDate = "2999-09-25", scheduledTime = "12:30:00", scheduledTimezone = "UTC",
    })
    local path = "PATCH /v1/campaigns/" .. created.campaignId
    for _, case in ipairs {
      { { scheduledTime = "13:00:00" }, "2999-09-25T13:00:00.000Z" },
      { { scheduledDate = "2999-10-01" }, "2999-10-01T13:00:00.000Z" },
    } do
      local _, campaign = send(slow, path, case[1])
      assert.same({ case[2], "scheduled", true },
        { campaign.scheduledDate, campaign.campaignStatus, campaign.scheduled })
    end
    local _, campaign = send(slow, path, { isScheduled = false })
    assert.same({ cjson.null, "live", false }, { campaign.scheduledDate, campaign.campaignStatus, campaign.scheduled })
    assert.equal(3, #all_calls(slow, campaign))
  end)

  it("refuses what is wrong, and changes nothing then", function()
    local path = "PATCH /v1/campaigns/camp_XiQEBcj9cc5TFRB4"
    assert_bad("concurrentCalls must be", send(slow, path, { concurrentCalls = 0 }))
    assert_bad("there is no agent", send(slow, path, { agentId = "agent_1", concurrentCalls = 7 }))
    assert_bad("the body must be a JSON object", send(slow, path, "[]"))
    assert_bad("the body must be a JSON object", send(slow, path, "{"))
    assert_bad("the body must be JSON", send(slow, path, "a=b", "application/x-www-form-urlencoded"))
    assert.equal(404, (send(slow, "PATCH /v1/campaigns/camp_1", {})))
    local _, campaign = slow:get "/v1/campaigns/camp_XiQEBcj9cc5TFRB4"
    assert.equal(5, campaign.concurrentCalls)
  end)
end)

describe("POST /v1/calls", function()
  it("places a call, which passes through its states", function()
    local status, call = send(fast, "POST /v1/calls", {
      fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100", agentId = AGENT,
      dynamicVariables = { customer_name = "Ann" },
    })
    assert.equal(200, status)
    assert.same({ customer_name = "Ann" }, call.dynamicVariables)
    assert.equal(call.callId, fast:log()[1].id)
    local ended = eventually(fast, "/v1/calls/" .. call.callId, function(row)
      return row.endTime ~= cjson.null
    end)
    assert.is_string(ended.terminationReason)
    assert.equal(call.createdAt, ended.createdAt)
    local _, page = fast:get("/v1/calls?size=100000&status=" .. ended.status)
    assert.equal(call.callId, page.data[#page.data].callId)
  end)

  it("is in the list of its state, and later in that of another", function()
    local given = { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" }
    local _, before = moderate:get "/v1/calls?status=ended"
    local _, call = send(moderate, "POST /v1/calls", given)
    assert.equal(before.totalCount, select(2, moderate:get "/v1/calls?status=ended").totalCount)
    eventually(moderate, "/v1/calls/" .. call.callId, function(row)
      return row.status == "ended"
    end)
    assert.equal(before.totalCount + 1, select(2, moderate:get "/v1/calls?status=ended").totalCount)
  end)

  it("needs an agent where the number has none", function()
    local _, numbers = slow:get "/v1/phone-numbers?size=100"
    local found = 0
    for _, row in ipairs(numbers.data) do
      if row.outboundAgentId == cjson.null then
        found = found + 1
        local given = { fromPhoneNumber = row.sipPhoneNumber, toPhoneNumber = "+14155550100" }
        assert_bad("agentId: there is no agent", send(slow, "POST /v1/calls", given))
      end
    end
    assert.is_true(found > 0)
  end)

  it("has it scheduled at first", function()
    local given = { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" }
    local _, call = send(slow, "POST /v1/calls", given)
    assert.same({ "scheduled", cjson.null, cjson.null }, { call.status, call.startTime, call.transcript })
    assert.equal(AGENT, call.agent.agentId) -- that of the number
  end)

  it("refuses what is wrong", function()
    local given = { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" }
    assert_bad("toPhoneNumber is missing", send(slow, "POST /v1/calls", { fromPhoneNumber = NUMBER }))
    given.toPhoneNumber = "+1"
    assert_bad("toPhoneNumber must be a phone number", send(slow, "POST /v1/calls", given))
    given.toPhoneNumber, given.fromPhoneNumber = "+14155550100", "+14155559999"
    assert_bad("fromPhoneNumber: the account has no number", send(slow, "POST /v1/calls", given))
  end)
end)

describe("the body of a write", function()
  local CALL = ('{"fromPhoneNumber": "%s", "toPhoneNumber": "+14155550100"}'):format(NUMBER)

  --- Sends the text of a request, and no more. Returns the first line of the response, nil for none.
  local function answer(...)
    local client = socket.connect("127.0.0.1", tonumber(slow.url:match "%d+$"))
    client:settimeout(30)
    client:send(table.concat({ "POST /v1/calls HTTP/1.1", "x-api-key: " .. slow.key, ... }, "\r\n"))
    client:shutdown "send"
    local line = client:receive "*l"
    client:close()
    return line
  end

  it("is carried out when it came to its end", function()
    local json = "content-type: application/json"
    local chunk = ("%x\r\n%s\r\n"):format(#CALL, CALL)
    for text, case in pairs {
      [CALL] = { "content-length: " .. #CALL, true },
      [CALL .. " "] = { "content-length: " .. #CALL + 9, false },
      [chunk .. "0\r\n\r\n"] = { "transfer-encoding: chunked", true },
      [chunk] = { "transfer-encoding: chunked", false },
    } do
      slow:clear()
      local line = answer(json, case[1], "", text)
      assert.equal(case[2], line == "HTTP/1.1 200 OK", text)
      assert.equal(case[2], slow:log()[1].acted, text)
    end
  end)

  it("is expected by a client that asks first", function()
    assert.equal("HTTP/1.1 100 Continue", answer("expect: 100-continue", "content-length: 9", "", ""))
  end)

  it("may have 32 MiB", function()
    assert.equal(400, (send(slow, "POST /v1/calls", (" "):rep(32 * 2 ^ 20))))
    local status, body = send(slow, "POST /v1/calls", (" "):rep(32 * 2 ^ 20 + 1))
    assert.same({ 413, 413, "the body is larger than 32 MiB" }, { status, body.status, body.message })
    assert.same({ 413, false }, { slow:log()[2].status, slow:log()[2].acted })
  end)
end)

describe("DELETE /v1/calls/ID", function()
  it("deletes a call that was placed, or one that was there", function()
    local _, call = send(slow, "POST /v1/calls", { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" })
    local _, before = slow:get "/v1/calls"
    for _, id in ipairs { call.callId, "call_XiQEBcj9cc5TFRB4" } do
      local status, body = send(slow, "DELETE /v1/calls/" .. id)
      assert.same({ 200 }, { status, body })
      assert.same({ true, id }, { slow:log()[#slow:log()].acted, slow:log()[#slow:log()].id })
      assert.equal(404, (slow:get("/v1/calls/" .. id)))
      assert.equal(404, (send(slow, "DELETE /v1/calls/" .. id)))
    end
    local _, after = slow:get "/v1/calls"
    assert.equal(before.totalCount - 2, after.totalCount)
  end)
end)

describe("a fault of a write", function()
  local CALL = { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100" }

  --- Sends a call with a fault. Returns the status, whether the log says that it was acted on, and how many calls
  --- there are more.
  local function placed(fault)
    local _, before = slow:get "/v1/calls?size=1"
    slow:faults(fault)
    local ok, status = pcall(send, slow, "POST /v1/calls", CALL)
    local log = slow:log()
    slow:clear()
    local _, after = slow:get "/v1/calls?size=1"
    return ok and status, log[#log].acted, after.totalCount - before.totalCount
  end

  it("that comes instead of the response leaves it undone, unless it `acts`", function()
    for _, fault in ipairs { { status = 503 }, { body = "{}" }, { raw = "" }, { reset = true } } do
      local _, acted, count = placed(fault)
      assert.same({ false, 0 }, { acted, count })
      fault.acts = true
      _, acted, count = placed(fault)
      assert.same({ true, 1 }, { acted, count })
    end
  end)

  it("that damages the response does not undo it", function()
    for _, fault in ipairs { { cut = 5 }, { truncate = 5 }, { hang_up = true }, { delay = 0.01 } } do
      local _, acted, count = placed(fault)
      assert.same({ true, 1 }, { acted, count })
    end
  end)

  it("comes before the body is read, if it says so", function()
    for _, fault in ipairs { { raw = "" }, { status = 503 }, { body = "{}" } } do
      fault.unread = true
      local status, acted, count = placed(fault)
      assert.same({ false, 0 }, { acted, count })
      assert.equal(fault.status or fault.body and 200 or false, status)
    end
  end)

  it("that is `unread` responds to a body that never comes", function()
    local head = ("POST /v1/calls HTTP/1.1\r\nx-api-key: %s\r\ncontent-length: 9\r\n\r\n"):format(slow.key)
    slow:faults { status = 503, unread = true }
    local client = socket.connect("127.0.0.1", tonumber(slow.url:match "%d+$"))
    client:settimeout(10)
    client:send(head)
    assert.equal("HTTP/1.1 503 Service Unavailable", client:receive "*l")
    client:close()
  end)

  it("cannot act on what is not read", function()
    assert.error_matches(function() slow:faults { unread = true, acts = true } end, "cannot have 'acts'", 1, true)
  end)

  it("may be one of a method alone", function()
    slow:faults { method = "POST", status = 503 }
    assert.equal(200, (slow:get "/v1/calls"))
    assert.equal(503, (send(slow, "POST /v1/calls", CALL)))
  end)
end)
