--- sandbox.data.shapes: the objects and texts that rows of several resources hold.

local json = require "sigmamind.sandbox.json"

local shapes = {}

--- Agents, as campaigns, calls and chats name them; the first is the documented one.
shapes.AGENTS = {
  { name = "New AI Agent", agentId = "agent_D5D0p7TUs66TTAEAx", status = "Live" },
  { name = "Sales Qualifier", agentId = "agent_b7Kq2LmX0sV4nRtY9", status = "active" },
  { name = "Zoë – Support", agentId = "agent_Pz31HcWd8uEoF6GjA", status = "Live" },
  { name = "Terminbuchung", agentId = "agent_m0NvTQ5y2xSkIeLr7", status = "Testing" },
  { name = "催促エージェント", agentId = "agent_4fJUwB9hGaCZ1oXiD", status = "Live" },
  { name = "Survey Bot", agentId = "agent_Rt8YpKs3VdMq6EnOc", status = "Draft-v2" },
}

--- The phone number of the documented campaign.
shapes.PHONE_NUMBER = {
  sipPhoneNumber = "+14155552671",
  provider = "twilio",
  inboundAgentId = "agent_D5D0p7TUs66TTAEAx",
  outboundAgentId = "agent_D5D0p7TUs66TTAEAx",
  outboundPhoneNumber = "+14155552671",
  active = true,
  terminationSipURI = "sip.telnyx.com",
  friendlyName = "Support Line - US",
}

local LINES = {
  { provider = "twilio", terminationSipURI = "example.pstn.twilio.com" },
  { provider = "telnyx", terminationSipURI = "sip.telnyx.com" },
  { provider = "byo", terminationSipURI = "sip.example.com" },
}

--- What the two say in turn. With line ends, quotes, backslashes and characters of 2 to 4 bytes.
local SAYINGS = {
  agent = {
    "Hello, this is Zoë from Support. Am I speaking with the owner of the account?",
    "You said \"next Tuesday\"; shall I book 10:30?",
    "Ich verbinde Sie jetzt mit einem Mitarbeiter – bitte bleiben Sie dran.",
    "お電話ありがとうございます。ご注文番号をお願いいたします。",
    "Your files are under C:\\Users\\Public\\invoices, all of them.",
    "Great! 🎉 I have noted it:\n\t1. callback\n\t2. new address",
    "Mm-hm.",
    "Je vous écoute…",
  },
  user = {
    "Yes.", "No, not today.", "¿Puede repetir, por favor?", "Who gave you my number?!",
    "It's order №\194\1604711/B, I think.", "Да, это я. Говорите.", "请稍等一下。", "👍",
    "I already told your colleague: \\o/ everything works, except when it doesn't, and then "
      .. "nobody answers, the page says \"Error 500\" and I have to start over again.",
  },
}

--- A phone number of the account.
---@param pick fun(n: integer): integer
---@param agent {agentId: string} answers inbound calls
---@return table
function shapes.phone_number(pick, agent)
  local line, number = LINES[pick(#LINES)], ("+1415555%04d"):format(pick(10000) - 1)
  return {
    sipPhoneNumber = number,
    provider = line.provider,
    inboundAgentId = agent.agentId,
    outboundAgentId = shapes.AGENTS[pick(#shapes.AGENTS)].agentId,
    outboundPhoneNumber = number,
    active = pick(8) > 1,
    terminationSipURI = line.terminationSipURI,
    friendlyName = ("Line %s - %s"):format(number:sub(-4), line.provider),
  }
end

--- A conversation that the agent begins.
---@param pick fun(n: integer): integer
---@param count integer number of turns
---@return {role: "agent"|"user", text: string}[]
function shapes.conversation(pick, count)
  local turns = {}
  for i = 1, count do
    local role = i % 2 == 1 and "agent" or "user"
    turns[i] = { role = role, text = SAYINGS[role][pick(#SAYINGS[role])] }
  end
  return turns
end

--- A conversation as one text.
---@param turns {role: "agent"|"user", text: string}[]
---@return string
function shapes.transcript(turns)
  local lines = {}
  for i, turn in ipairs(turns) do
    lines[i] = (turn.role == "agent" and "Agent: " or "User: ") .. turn.text
  end
  return table.concat(lines, "\n")
end

--- Dynamic variables, whose names and values are the account's own.
local VARIABLES = {
  function() return {} end,
  function() return json.null end,
  function(pick)
    return { customer_name = "Müller & Söhne", order_id = ("%d"):format(pick(99999)) }
  end,
  function(pick)
    return { ["Customer Name"] = "O'Brien \"Bob\"", ["Order ID"] = pick(99999), vip = pick(2) == 1 }
  end,
  function(pick)
    return {
      customer = {
        name = "王小明",
        addresses = { { city = "Zürich", zip = "8001" }, { city = json.null } },
        tags = {},
        extra = json.EMPTY_OBJECT,
      },
      amounts = { 0, -5, 0.1, pick(10000) / 100, -1.5e-7, 9007199254740992 },
    }
  end,
  function(pick)
    return { ["a.b"] = { c = { d = { e = { f = { g = pick(100) } } } } }, ["ключ"] = "значение" }
  end,
  function(pick)
    return { notes = ("line\n\"quoted\"\t\\ "):rep(pick(60)), matrix = { { 1, 2 }, {}, { { 3 } } } }
  end,
}

--- An object of any shape, or null.
---@param pick fun(n: integer): integer
---@return any
function shapes.variables(pick)
  return VARIABLES[pick(#VARIABLES)](pick)
end

return shapes
