-- create, update and delete: what they send, and what becomes of the reply. The server is in this process; the
-- sandbox's own rules are met in spec/campaigns_spec.lua.

local closing = require "spec.support.closing"()
local json = require "spec.support.json"
local raises_here = require "spec.support.raises_here"
local scratch = require "spec.support.scratch"
local scripted = require "spec.support.scripted"
local socket = require "socket"

local FROM, TO = "+14155552671", "+14155550100"
local CSV = "Phone Number,Customer Name\r\n+14155550100,Ann\r\n+14155550101,Bob\r\n"

local place = scratch.open()
place:write("contacts.csv", CSV)
local file = place.directory .. "/contacts.csv"

teardown(function()
  place:remove()
end)

local reply_of = scripted.reply

--- A client of a server that sends these replies, on which no time passes; and the server.
local function client_of(replies, options)
  local peer = closing(scripted.answering(replies))
  return closing(peer:client(options or { timeout = 2 })), peer
end

local CALL = '{"callId":"call_1","status":"scheduled","conversationId":12345678901234567890}'
local CAMPAIGN = '{"campaignId":"camp_1","campaignName":"May","errors":["Row 7: invalid phone number \'+1234\'"]}'

describe("calls:create", function()
  it("posts the arguments and the extra ones as JSON, and returns the call", function()
    local client, peer = client_of { reply_of(201, CALL) }
    local call = assert(client.calls:create {
      fromPhoneNumber = FROM, toPhoneNumber = TO, agentId = "agent_1",
      dynamicVariables = { customer_name = "Ann" }, extra = { priority = 3 },
    })
    assert.equal("call_1", call.callId)
    local request = peer.requests[1]
    assert.equal("POST /v1/calls", request.head:match "^%S+ %S+")
    assert.equal("application/json", scripted.header(request.head, "Content-Type"))
    assert.same({
      fromPhoneNumber = FROM, toPhoneNumber = TO, agentId = "agent_1",
      dynamicVariables = { customer_name = "Ann" }, priority = 3,
    }, json.decode(request.body))
  end)

  for message, arguments in pairs {
    ["calls:create: toPhoneNumber is missing: a phone number"] = { fromPhoneNumber = FROM },
    ["calls:create: fromPhoneNumber must be a phone number"] = { fromPhoneNumber = "14155552671" },
    ["calls:create: agentId must be a string of 1 to 64 characters, got ''"] = { agentId = "" },
    ["calls:create: unknown option 'variables'"] = { variables = {} },
    ["calls:create: dynamicVariables must be a table with names, got table"] = { dynamicVariables = { "a" } },
    ["calls:create: toPhoneNumber is an argument: it cannot be in extra"] =
      { fromPhoneNumber = FROM, toPhoneNumber = TO, extra = { toPhoneNumber = "x" } },
    ["calls:create: dynamicVariables.a: a function has no JSON form"] =
      { fromPhoneNumber = FROM, toPhoneNumber = TO, dynamicVariables = { a = print } },
  } do
    it("sends nothing and raises: " .. message, function()
      local client, peer = client_of { reply_of(201, CALL) }
      raises_here(message, function() client.calls:create(arguments) end)
      assert.equal(0, #peer.requests)
    end)
  end

  it("is not sent again if the call may have been placed, and says where to look", function()
    local client, peer = client_of { false }
    local call, err = client.calls:create { fromPhoneNumber = FROM, toPhoneNumber = TO }
    assert.is_nil(call)
    assert.equal("unknown", err.outcome)
    assert.is_false(err.retryable)
    assert.is_truthy(err.hint:find("calls:list shows whether it was", 1, true), err.hint)
    assert.equal(1, #peer.requests)
  end)

  it("was done, if the reply cannot be read", function()
    for _, body in ipairs { "[]", "{}", '{"callId":null}', '{"error":"x","message":"no"}' } do
      local client = client_of { reply_of(201, body) }
      local call, err = client.calls:create { fromPhoneNumber = FROM, toPhoneNumber = TO }
      assert.is_nil(call, body)
      assert.equal("done", err.outcome)
    end
  end)

  it("takes the options of one operation last", function()
    local client, peer = client_of { reply_of(429, "{}") }
    local arguments = { fromPhoneNumber = FROM, toPhoneNumber = TO }
    local call, err = client.calls:create(arguments, { attempts = 1, headers = { ["X-Test"] = "a" } })
    assert.is_nil(call)
    assert.equal("not_done", err.outcome)
    assert.equal(1, #peer.requests)
    assert.equal("a", scripted.header(peer.requests[1].head, "X-Test"))
    raises_here("calls:create: unknown option 'attempt'", function()
      client.calls:create(arguments, { attempt = 1 })
    end)
  end)
end)

local function page(rows)
  local text = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"totalPages":1,"hasNext":false,"hasPrevious":false}'
  return reply_of(200, text:format(rows, rows == "" and 0 or 1))
end

--- The parts of a form by name, each { head =, data = }.
local function parts_of(request)
  local boundary = scripted.header(request.head, "Content-Type"):match "boundary=(%S+)"
  local parts, at = {}, 1
  while true do
    local _, start = request.body:find("--" .. boundary .. "\r\n", at, true)
    if not start then
      return parts
    end
    local head_end, data = request.body:find("\r\n\r\n", start, true)
    local stop = request.body:find("\r\n--" .. boundary, data, true)
    local head = request.body:sub(start + 1, head_end)
    parts[head:match 'name="([^"]*)"'] = { head = head, data = request.body:sub(data + 1, stop - 1) }
    at = stop + 2
  end
end

describe("campaigns:create", function()
  local function arguments(more)
    local given = { sipPhoneNumber = FROM, agentId = "agent_1", contacts = file }
    for name, value in pairs(more or {}) do
      given[name] = value
    end
    return given
  end

  it("posts a form: the arguments as text, and the file's own bytes", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    local campaign = assert(client.campaigns:create(arguments {
      campaignName = "May", concurrentCalls = 5, variables = { brand = "Acme" }, extra = { note = "x", list = { 1, 2 } },
      scheduledDate = "2999-09-25", scheduledTime = "12:00:00", scheduledTimezone = "America/Los_Angeles",
    }))
    assert.equal("camp_1", campaign.campaignId)
    assert.same({ "Row 7: invalid phone number '+1234'" }, campaign.errors)
    local parts = parts_of(peer.requests[1])
    local texts = {}
    for name, part in pairs(parts) do
      texts[name] = part.data
    end
    assert.same({
      sipPhoneNumber = FROM, agentId = "agent_1", campaignName = "May", concurrentCalls = "5",
      variables = '{"brand":"Acme"}', note = "x", list = "[1,2]", isScheduled = "true", scheduledDate = "2999-09-25",
      scheduledTime = "12:00:00", scheduledTimezone = "America/Los_Angeles", file = CSV,
    }, texts)
    assert.matches('filename="[^"/]*%.csv"', parts.file.head)
    assert.matches("Content%-Type: text/csv", parts.file.head)
  end)

  it("takes rows, which it writes as the documented CSV", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    assert(client.campaigns:create(arguments {
      contacts = { { phone = "+14155550100", ["Customer Name"] = 'A "B", C' }, { phone = "+14155550101" } },
    }))
    local part = parts_of(peer.requests[1]).file
    assert.equal('Phone Number,Customer Name\r\n+14155550100,"A ""B"", C"\r\n+14155550101,\r\n', part.data)
    assert.matches('filename="contacts%.csv"', part.head)
  end)

  it("refuses contacts with problems before it sends anything, unless told otherwise", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    local bad = { { phone = "+14155550100" }, { phone = "+1234" }, { phone = "+14155550100" } }
    local campaign, err = client.campaigns:create(arguments { contacts = bad })
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal("POST", err.method)
    assert.equal(1, err.report.problem_count)
    assert.equal(1, err.report.duplicate_count)
    assert.equal(0, #peer.requests)
    assert(client.campaigns:create(arguments { contacts = bad, allow_problems = true }))
    assert.equal("Phone Number\r\n+14155550100\r\n+1234\r\n+14155550100\r\n", parts_of(peer.requests[1]).file.data)
  end)

  it("refuses duplicates alone, too", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    local campaign, err = client.campaigns:create(arguments { contacts = { { phone = TO }, { phone = TO } } })
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal(0, #peer.requests)
  end)

  it("closes the file that it has opened", function()
    local opened_files, open = {}, io.open
    io.open = function(...) -- luacheck: ignore 122
      local handle, why, errno = open(...)
      table.insert(opened_files, handle)
      return handle, why, errno
    end
    local client = client_of { reply_of(200, CAMPAIGN) }
    local campaign, err = client.campaigns:create(arguments())
    local refused = select(2, client.campaigns:create(arguments { check = { variables = { "Order ID" } } }))
    io.open = open -- luacheck: ignore 122
    assert(campaign, err)
    assert.equal("contacts", refused.kind)
    assert.equal(2, #opened_files)
    for _, handle in ipairs(opened_files) do
      assert.equal("closed file", io.type(handle))
    end
  end)

  it("shows no secret of a form that is prepared", function()
    local client = client_of({ reply_of(200, CAMPAIGN) }, { api_key = "secret-key" })
    local write = assert(client.campaigns:prepare("create", 2, arguments {
      extra = { trunkPassword = "hush", note = "it is secret-key", nested = { secret = "hush" } },
    }))
    local shown = {}
    for _, part in ipairs(write:describe().form) do
      shown[part.name] = part.data or part.bytes
    end
    write:close()
    assert.same({
      sipPhoneNumber = FROM, agentId = "agent_1", trunkPassword = "***", note = "it is ***",
      nested = '{"secret":"***"}', file = #CSV,
    }, shown)
  end)

  it("takes the options of the check", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    local campaign, err = client.campaigns:create(arguments { check = { variables = { "Order ID" } } })
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal(0, #peer.requests)
    assert(client.campaigns:create(arguments {
      contacts = { { phone = TO }, { phone = TO } }, check = { duplicates = false },
    }))
    raises_here("campaigns:create: contacts: unknown option 'variable'", function()
      client.campaigns:create(arguments { check = { variable = {} } })
    end)
  end)

  it("sends nothing if the file has changed since it was checked", function()
    local client, peer = client_of { page "", reply_of(200, CAMPAIGN) }
    local act = peer.act
    function peer.act(...)
      place:write("contacts.csv", CSV .. "+14155550102,Eve\r\n") -- while `reconcile` reads the list
      act(...)
    end
    local campaign, err = client.campaigns:create(arguments { campaignName = "May", reconcile = true })
    place:write("contacts.csv", CSV)
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal(0, peer:count "POST")
  end)

  it("sends nothing if the file changes while it waits to be sent again, to the same size", function()
    local client, peer = client_of { reply_of(429, "{}"), reply_of(200, CAMPAIGN) }
    local act = peer.act
    function peer.act(...)
      socket.sleep(0.02) -- the file's time has a resolution
      place:write("contacts.csv", (CSV:gsub("Ann", "Eve")))
      act(...)
    end
    local campaign, err = client.campaigns:create(arguments())
    place:write("contacts.csv", CSV)
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal(1, peer:count "POST")
  end)

  it("refuses what JSON could not hold in a form, too", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    raises_here("campaigns:create: campaignName: a string is not valid UTF-8", function()
      client.campaigns:create(arguments { campaignName = "Caf\233" })
    end)
    raises_here("campaigns:create: x: ", function() client.campaigns:create(arguments { extra = { x = 0 / 0 } }) end)
    raises_here("campaigns:create: extra cannot have the field 'a?b'", function()
      client.campaigns:create(arguments { extra = { ["a\nb"] = 1 } })
    end)
    assert.equal(0, #peer.requests)
  end)

  it("shows no key in an error of contacts", function()
    local client = client_of({ reply_of(200, CAMPAIGN) }, { api_key = "secret-key" })
    local _, err = client.campaigns:create(arguments { contacts = { { phone = "secret-key" } } })
    assert.is_nil(err.message:find("secret-key", 1, true), err.message)
  end)

  it("leaves a file open that was given open, and sends it again from its start", function()
    local client, peer = client_of { reply_of(429, "{}"), reply_of(200, CAMPAIGN) }
    local handle = assert(io.open(file, "rb"))
    handle:read(5)
    assert(client.campaigns:create(arguments { contacts = handle }))
    assert.equal("file", io.type(handle))
    handle:close()
    for _, request in ipairs(peer.requests) do
      assert.equal(CSV, parts_of(request).file.data)
    end
    assert.equal(2, #peer.requests)
  end)

  it("writes numbers of a form in every locale as JSON does", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    assert(client.campaigns:create(arguments { extra = { share = 0.5, count = 1e15 } }))
    local parts = parts_of(peer.requests[1])
    assert.equal("0.5", parts.share.data)
    assert.equal("1000000000000000", parts.count.data)
  end)

  it("sends nothing for a file that is not there", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    local campaign, err = client.campaigns:create(arguments { contacts = file .. ".none" })
    assert.is_nil(campaign)
    assert.equal("contacts", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal(0, #peer.requests)
  end)

  for message, more in pairs {
    ["campaigns:create: contacts is missing"] = { contacts = false },
    ["campaigns:create: scheduledTime is missing: a schedule has all of"] = { scheduledDate = "2999-01-01" },
    ["campaigns:create: scheduledDate is missing"] = { isScheduled = true },
    ["campaigns:create: isScheduled is false, but there is a schedule"] = {
      isScheduled = false, scheduledDate = "2999-01-01", scheduledTime = "12:00:00", scheduledTimezone = "UTC",
    },
    ["campaigns:create: scheduledDate is in the past: '2025-09-25'"] = {
      scheduledDate = "2025-09-25", scheduledTime = "12:00:00", scheduledTimezone = "UTC",
    },
    ["campaigns:create: scheduledDate must be a date like"] = { scheduledDate = "2999-02-29" },
    ["campaigns:create: scheduledTimezone must be an IANA time zone"] = { scheduledTimezone = "Pacific Time" },
    ["campaigns:create: reconcile needs campaignName"] = { reconcile = true },
    ["campaigns:create: concurrentCalls must be an integer from 1"] = { concurrentCalls = 0 },
    ["campaigns:create: extra cannot have the field 'file'"] = { extra = { file = "x" } },
  } do
    it("sends nothing and raises: " .. message, function()
      local client, peer = client_of { reply_of(200, CAMPAIGN) }
      local given = arguments(more)
      given.contacts = more.contacts ~= false and given.contacts or nil
      raises_here(message, function() client.campaigns:create(given) end)
      assert.equal(0, #peer.requests)
    end)
  end
end)

describe("update", function()
  it("patches the fields as JSON, and is retried like a read", function()
    local client, peer = client_of { false, reply_of(503, "{}"), reply_of(200, CAMPAIGN) }
    local campaign = assert(client.campaigns:update("camp/1", {
      concurrentCalls = 9, dynamicVariables = { a = "b" }, scheduledDate = "2999-09-25T00:00:00.000Z",
    }))
    assert.equal("camp_1", campaign.campaignId)
    assert.equal(3, #peer.requests)
    for _, request in ipairs(peer.requests) do
      assert.equal("PATCH /v1/campaigns/camp%2F1", request.head:match "^%S+ %S+")
      assert.same({
        concurrentCalls = 9, dynamicVariables = { a = "b" }, scheduledDate = "2999-09-25T00:00:00.000Z",
      }, json.decode(request.body))
    end
  end)

  it("says that it is unknown, and where to look, if no reply came at all", function()
    local client = client_of { false }
    local campaign, err = client.campaigns:update("camp_1", { concurrentCalls = 9 })
    assert.is_nil(campaign)
    assert.equal("unknown", err.outcome)
    assert.is_truthy(err.hint:find("campaigns:get shows whether it was", 1, true), err.hint)
  end)

  it("raises without an id or a change", function()
    local client, peer = client_of { reply_of(200, CAMPAIGN) }
    raises_here("campaigns:update: id must be the id of a row", function()
      client.campaigns:update("", { concurrentCalls = 1 })
    end)
    raises_here("campaigns:update: there is nothing to change", function() client.campaigns:update "camp_1" end)
    raises_here("campaigns:update: scheduledTime is missing", function()
      client.campaigns:update("camp_1", { isScheduled = true, scheduledDate = "2999-01-01" })
    end)
    assert.equal(0, #peer.requests)
  end)
end)

describe("delete", function()
  it("is done when the reply says so, whatever its body", function()
    for _, reply in ipairs { reply_of(200, "OK"), reply_of(200, ""), "HTTP/1.1 204 No Content\r\n\r\n" } do
      local client, peer = client_of { reply }
      assert.is_true(client.calls:delete "call_1")
      assert.equal("DELETE /v1/calls/call_1", peer.requests[1].head:match "^%S+ %S+")
    end
  end)

  it("is done when its repetition finds nothing", function()
    local client, peer = client_of { false, reply_of(404, "{}") }
    assert.is_true(client.calls:delete "call_1")
    assert.equal(2, #peer.requests)
  end)

  it("is done when the reply breaks off", function()
    local cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
    local client = client_of({ cut }, { attempts = 1, timeout = 0.5 })
    assert.is_true(client.calls:delete "call_1")
  end)

  it("is not done when the first reply is a 404, or after a 429", function()
    for _, replies in ipairs { { reply_of(404, "{}") }, { reply_of(429, "{}"), reply_of(404, "{}") } } do
      local client, peer = client_of(replies)
      local ok, err = client.calls:delete "call_1"
      assert.is_nil(ok)
      assert.equal(404, err.status)
      assert.equal("not_done", err.outcome)
      assert.is_truthy(err.hint:find("calls:list shows the ids", 1, true))
      assert.is_nil(err.hint:find("shows whether it was", 1, true))
      assert.equal(#replies, #peer.requests)
    end
  end)
end)

describe("reconcile", function()
  local function create(client, name)
    return client.campaigns:create {
      sipPhoneNumber = FROM, agentId = "agent_1", contacts = file, campaignName = name or "May", reconcile = true,
    }
  end

  it("creates what is not there, after it has read the list", function()
    local client, peer = client_of { page "", reply_of(200, CAMPAIGN) }
    assert.equal("camp_1", assert(create(client)).campaignId)
    assert.equal("GET", peer.requests[1].method)
    assert.equal("POST", peer.requests[2].method)
    assert.equal(2, #peer.requests)
  end)

  it("refuses a name that is there", function()
    local client, peer = client_of { page(CAMPAIGN) }
    local campaign, err = create(client)
    assert.is_nil(campaign)
    assert.equal("conflict", err.kind)
    assert.equal("not_done", err.outcome)
    assert.is_truthy(err.message:find("its campaignId is camp_1", 1, true), err.message)
    assert.equal(0, peer:count "POST")
  end)

  it("sends nothing if the list cannot be read", function()
    local client, peer = client_of { reply_of(401, "{}") }
    local campaign, err = create(client)
    assert.is_nil(campaign)
    assert.equal("auth", err.kind)
    assert.equal("not_done", err.outcome)
    assert.equal(0, peer:count "POST")
  end)

  it("returns the row that is there after an unknown outcome", function()
    local client, peer = client_of { page "", false, page "", page(CAMPAIGN) }
    local campaign = assert(create(client))
    assert.equal("camp_1", campaign.campaignId)
    assert.same({ "Row 7: invalid phone number '+1234'" }, campaign.errors)
    assert.equal(1, peer:count "POST")
  end)

  it("returns the row after a reply that cannot be read", function()
    local client, peer = client_of { page "", reply_of(200, "{"), page(CAMPAIGN) }
    assert.equal("camp_1", assert(create(client)).campaignId)
    assert.equal(1, peer:count "POST")
  end)

  it("does not take a row for its own that has another number", function()
    local other = CAMPAIGN:gsub("}$", ',"concurrentCalls":50}')
    local client, peer = client_of { page "", false, page(other) }
    local campaign, err = client.campaigns:create {
      sipPhoneNumber = FROM, agentId = "agent_1", contacts = file, campaignName = "May", concurrentCalls = 2,
      reconcile = true,
    }
    assert.is_nil(campaign)
    assert.equal("unknown", err.outcome)
    assert.is_truthy(err.hint:find("has another concurrentCalls", 1, true), err.hint)
    assert.equal(1, peer:count "POST")
  end)

  it("stays unknown if the row does not appear, and does not send it again", function()
    local client, peer = client_of { page "", false, page "" }
    local campaign, err = create(client)
    assert.is_nil(campaign)
    assert.equal("unknown", err.outcome)
    assert.equal("POST", err.method)
    assert.equal(1, peer:count "POST")
    assert.equal(4, peer:count "GET")
  end)

  it("does not look where the API refused it", function()
    local client, peer = client_of { page "", reply_of(400, "{}") }
    local campaign, err = create(client)
    assert.is_nil(campaign)
    assert.equal("not_done", err.outcome)
    assert.equal(1, peer:count "GET")
  end)
end)
