-- The rows of the sandbox against the declarations in lua/sigmamind/resources, and against the documentation: those
-- that are there from the start, and those that requests make.

local core = require "sigmamind.core"
local resource = require "sigmamind.resource"
local resources = require "sigmamind.resources"
local server = require "spec.support.server"

local running = server.shared { webhooks = 40, agents = 40 }

local NULL, ARRAY = {}, {}
local decoder = core.decoder { null = NULL, array_mt = ARRAY }

local function value_of(path)
  return assert(decoder:value(running:control("GET", path)))
end

--- All rows of a resource: as the list has them, and as they are read one by one.
local function rows_of(declaration)
  local rows = value_of(declaration.path .. "?size=1000").data
  if declaration.list.active then
    for _, row in ipairs(value_of(declaration.path .. "?active=false&size=1000").data) do
      rows[#rows + 1] = row
    end
  end
  if declaration.get then
    for i = 1, #rows do
      rows[#rows + 1] = value_of(declaration.path .. "/" .. rows[i][declaration.id])
    end
  end
  return rows
end

local function rows_named(name)
  for _, declaration in ipairs(resources) do
    if declaration.name == name then
      return rows_of(declaration)
    end
  end
end

--- The type of a value, in the words of a declaration.
local function type_of(value)
  if value == NULL then
    return "null"
  elseif type(value) == "table" then
    return getmetatable(value) == ARRAY and "array" or "object"
  elseif type(value) == "number" then
    return value % 1 == 0 and "integer" or "number"
  end
  return type(value)
end

local function is_accepted(found, field)
  if found == field.type or found == "null" and field.null or found == "integer" and field.type == "number" then
    return true
  end
  for _, other in ipairs(field.also or {}) do
    if found == other then
      return true
    end
  end
  return false
end

--- Calls visit(path, value, is_open) for all values in an object, with the paths of resource.each_field.
local function each_value(object, prefix, declared, visit)
  for name, value in pairs(object) do
    local path = prefix .. name
    visit(path, value)
    local field, kind = declared[path], type_of(value)
    if field and field.fields and kind == "object" then
      each_value(value, path .. ".", declared, visit)
    elseif field and field.fields and kind == "array" then
      for _, element in ipairs(value) do
        each_value(element, path .. "[].", declared, visit)
      end
    end
  end
end

local function contains(list, value)
  for _, each in ipairs(list) do
    if each == value then
      return true
    end
  end
  return false
end

--- The declared fields by path.
local function fields_of(declaration)
  local declared = {}
  resource.each_field(declaration.row, function(path, field)
    declared[path] = field
  end)
  return declared
end

--- The rows have declared fields alone, unless an object is open.
local function assert_known(rows, declared)
  for _, row in ipairs(rows) do
    each_value(row, "", declared, function(path)
      local parent = declared[path:gsub("%.?[^.]+$", ""):gsub("%[%]$", "")]
      assert(declared[path] or parent and parent.open, path .. " is not declared")
    end)
  end
end

--- The rows have values of the declared types.
local function assert_typed(rows, declared)
  for _, row in ipairs(rows) do
    each_value(row, "", declared, function(path, value)
      local field = declared[path]
      if not field then
        return
      end
      local kind = type_of(value)
      assert(is_accepted(kind, field), ("%s is %s"):format(path, kind))
      assert(not field.values or contains(field.values, value) or value == NULL, path)
      for _, element in ipairs(kind == "array" and value or {}) do
        assert.equal(field.fields and "object" or field.of or "string", type_of(element), path)
      end
    end)
  end
end

for _, declaration in ipairs(resources) do
  describe("the rows of " .. declaration.path, function()
    local declared, rows = fields_of(declaration), {}

    setup(function()
      rows = rows_of(declaration)
      assert(#rows >= 8)
    end)

    it("have declared fields alone, unless an object is open", function()
      assert_known(rows, declared)
    end)

    it("have values of the declared types", function()
      assert_typed(rows, declared)
    end)

    it("have every field of the newest generation somewhere, and null and a value where both may be", function()
      local seen, nulls = {}, {}
      for _, row in ipairs(rows) do
        each_value(row, "", declared, function(path, value)
          seen[path] = seen[path] or value ~= NULL
          nulls[path] = nulls[path] or value == NULL
        end)
      end
      for path, field in pairs(declared) do
        assert.equal(not field.only, seen[path] or false, path)
        if not path:find "phoneNumber%." then -- the sandbox has these nulls in its list of phone numbers alone
          assert.equal(field.null and not field.only or false, nulls[path] or false, path)
        end
      end
    end)

    it("have identifiers in the style of the newest generation", function()
      local style = {
        campaignId = "^camp_%w+$", callId = "^call_%w+$", agentId = "^agent_%w+$", chatId = "^chat_%w+$",
        webhookId = "^wh_%w+$", sipPhoneNumber = "^%+1415555%d%d%d%d$",
      }
      for _, row in ipairs(rows) do
        assert.matches(style[declaration.id], row[declaration.id])
      end
    end)
  end)
end

describe("the rows that requests make", function()
  local NUMBER = "+14155552671"

  --- Everything in a fresh list of 0 rows: before its states have changed, or after.
  local function made(speed)
    local sandbox = server.start { campaigns = 0, calls = 0, speed = speed }
    local client = sandbox:client()
    for _, count in ipairs { 1, 40 } do
      local contacts = {}
      for i = 1, count do
        contacts[i] = { phone = ("+1415555%04d"):format(i), name = "Zoë" }
      end
      assert(client.campaigns:create { sipPhoneNumber = NUMBER, agentId = "D5D0p7TUs66TTAEAx", contacts = contacts })
    end
    assert(client.calls:create { fromPhoneNumber = NUMBER, toPhoneNumber = "+14155550100", dynamicVariables = { a = 1 } })
    assert(client.campaigns:update(assert(client.campaigns:list():totable())[1].campaignId, { concurrentCalls = 9 }))
    client:close()
    return sandbox
  end

  for what, speed in pairs { ["have begun"] = 0.001, ["are over"] = 1000000 } do
    it("are as declared when they " .. what, function()
      local sandbox = made(speed)
      for _, declaration in ipairs(resources) do
        if declaration.create then
          local declared, statuses = fields_of(declaration), {}
          local rows = assert(decoder:value(sandbox:control("GET", declaration.path .. "?size=1000"))).data
          assert.equal(declaration.name == "calls" and 42 or 2, #rows)
          assert_known(rows, declared)
          assert_typed(rows, declared)
          for _, row in ipairs(rows) do
            statuses[row[declaration.wait.field]] = true
            assert.same(row, decoder:value(sandbox:control("GET", declaration.path .. "/" .. row[declaration.id])))
            for name, field in pairs(declared) do
              assert(name:find "%." or field.only or row[name] ~= nil, name .. " is absent")
            end
          end
          for _, status in ipairs(declaration.wait.final) do
            assert(speed > 1 or not statuses[status], status)
          end
          assert(speed < 1 or not (statuses.live or statuses.scheduled or statuses["in-progress"]))
        end
      end
      sandbox:stop()
    end)
  end
end)

--- The distinct values of a field, sorted; null is "null", an absent one "absent".
local function values_of(rows, name)
  local values, seen = {}, {}
  for _, row in ipairs(rows) do
    local value = row[name]
    value = value == nil and "absent" or value == NULL and "null" or value
    if not seen[value] then
      seen[value] = true
      values[#values + 1] = value
    end
  end
  table.sort(values)
  return values
end

describe("the first row", function()
  it("of phone numbers is that of the documented campaign", function()
    assert.same({
      sipPhoneNumber = "+14155552671",
      provider = "twilio",
      inboundAgentId = "agent_D5D0p7TUs66TTAEAx",
      outboundAgentId = "agent_D5D0p7TUs66TTAEAx",
      outboundPhoneNumber = "+14155552671",
      active = true,
      terminationSipURI = "sip.telnyx.com",
      friendlyName = "Support Line - US",
    }, rows_named "phone_numbers"[1])
  end)

  it("of calls is one of the documented campaign that the user ended", function()
    local call = rows_named "calls"[1]
    local campaign = decoder:value((require "spec.support.documented")).data[1]
    assert.same({ campaign, campaign.agent, campaign.phoneNumber }, { call.campaign, call.agent, call.phoneNumber })
    assert.same({ "outbound", "ended", "user_ended_call" }, { call.callType, call.status, call.terminationReason })
  end)

  it("of agents is the documented agent, with every setting", function()
    local agent = rows_named "agents"[1]
    assert.same({ "agent_D5D0p7TUs66TTAEAx", "New AI Agent" }, { agent.agentId, agent.agentName })
    resource.each_field(require("sigmamind.resources.agents").row, function(path)
      local name = path:match "^agentSettings%.(%w+)$"
      assert(not name or agent.agentSettings[name] ~= nil, name)
    end)
  end)
end)

describe("the calls of the sandbox", function()
  local calls = {}

  setup(function()
    calls = rows_named "calls"
  end)

  it("have every type, status and reason of the newer generations", function()
    assert.same({ "inbound", "outbound", "web" }, values_of(calls, "callType"))
    assert.same({ "ended", "error", "in-progress", "not-connected", "scheduled" }, values_of(calls, "status"))
    assert.same({
      "agent_ended_call", "busy", "failed", "inactivity", "no-answer", "null", "user_ended_call", "voicemail",
    }, values_of(calls, "terminationReason"))
  end)

  it("end only if they ended: the end of one in progress is null or absent", function()
    local running_ones, ended = {}, {}
    for _, call in ipairs(calls) do
      if call.status == "in-progress" then
        running_ones[#running_ones + 1] = call
        assert.equal("string", type(call.startTime))
      elseif call.status == "ended" then
        ended[#ended + 1] = call
        assert.is_true(call.createdAt <= call.startTime and call.startTime < call.endTime)
      end
    end
    assert.same({ "absent", "null" }, values_of(running_ones, "endTime"))
    assert.same({ "null" }, values_of(running_ones, "duration"))
    assert.is_true(#ended > #running_ones)
  end)

  it("have transcripts of no length and of some 100 KB, with quotes, line ends and all sizes of characters", function()
    local shortest, longest = math.huge, ""
    for _, call in ipairs(calls) do
      if call.transcript ~= NULL then
        shortest = math.min(shortest, #call.transcript)
        longest = #call.transcript > #longest and call.transcript or longest
      end
    end
    assert.equal(0, shortest)
    assert.is_true(#longest > 60000 and #longest < 200000, ("%d"):format(#longest))
    for _, part in ipairs { '"', "\n", "\t", "\\", "é", "…", "🎉" } do
      assert.is_truthy(longest:find(part, 1, true), part)
    end
  end)

  it("have variables of several shapes", function()
    local found = {}
    for _, call in ipairs(calls) do
      local variables = call.dynamicVariables
      if variables == NULL then
        found.null = true
      elseif next(variables) == nil then
        found.empty = true
      elseif variables.customer then
        found.nested = #variables.customer.addresses == 2 and getmetatable(variables.customer.tags) == ARRAY
          and getmetatable(variables.customer.extra) ~= ARRAY
      elseif variables["Customer Name"] then
        found.spaced = true
      end
    end
    assert.same({ null = true, empty = true, nested = true, spaced = true }, found)
  end)
end)

describe("the agents of the sandbox", function()
  it("are irregular: with many settings and none, tools in tools, long instructions", function()
    local fewest, most, deepest, longest = math.huge, 0, 0, 0
    local function depth_of(value)
      local depth = 0
      for _, inner in pairs(type(value) == "table" and value ~= NULL and value or {}) do
        depth = math.max(depth, depth_of(inner))
      end
      return type(value) == "table" and depth + 1 or 0
    end
    for _, agent in ipairs(rows_named "agents") do
      local count = 0
      for _ in pairs(agent.agentSettings) do
        count = count + 1
      end
      fewest, most = math.min(fewest, count), math.max(most, count)
      deepest, longest = math.max(deepest, depth_of(agent.tools)), math.max(longest, #agent.instructions)
    end
    assert.same({ 0, 15 }, { fewest, most })
    assert.is_true(deepest >= 8, ("%d"):format(deepest))
    assert.is_true(longest > 4000, ("%d"):format(longest))
  end)

  it("are those that the other resources name", function()
    local known = {}
    for _, agent in ipairs(rows_named "agents") do
      known[agent.agentId] = agent.agentName
    end
    for _, name in ipairs { "campaigns", "calls", "chats" } do
      for _, row in ipairs(rows_named(name)) do
        assert.equal(known[row.agent.agentId], row.agent.name)
      end
    end
    for _, webhook in ipairs(rows_named "webhooks") do
      assert.is_string(known[webhook.agentId])
    end
  end)
end)

describe("the chats of the sandbox", function()
  it("have every status, and responses with an item or none", function()
    local chats, counts = rows_named "chats", {}
    assert.same({ "ended", "error", "in_progress" }, values_of(chats, "status"))
    for _, chat in ipairs(chats) do
      counts[#chat.response] = true
      for _, item in ipairs(chat.response) do
        assert.matches("^item_%w+$", item.id)
      end
    end
    assert.same({ [0] = true, true }, counts)
  end)
end)

describe("the webhooks of the sandbox", function()
  it("have a secret of 32 letters and digits, and documented events", function()
    local documented = { conversation_started = true, conversation_ended = true, conversation_analysed = true }
    for _, webhook in ipairs(rows_named "webhooks") do
      assert.matches("^" .. ("%w"):rep(32) .. "$", webhook.secret)
      assert.matches("^org_%w+$", webhook.workspaceId)
      assert.is_true(#webhook.events > 0)
      for _, event in ipairs(webhook.events) do
        assert.is_true(documented[event])
      end
    end
  end)
end)
