--- sandbox.data.agents: generates agents, deep and irregular: many settings or none, tools with
--- nested parameters, long instructions.

local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local shapes = require "sigmamind.sandbox.data.shapes"
local webhooks = require "sigmamind.sandbox.data.webhooks"

local agents = {}

local SALT = 2000003
local DEPTH_MAX = 6 -- of a tool's parameters

local PARAGRAPHS = {
  "You are a friendly agent of \"Müller & Söhne\". Greet {{ customer_name }} by name.\n\n",
  "# Rules\n- Never promise a refund.\n- Read numbers digit by digit: 4-7-1-1.\n\n",
  "If the caller says \"stop\", end the call.\tNo exceptions.\n",
  "Prices are in C:\\prices\\2025.csv; say \"about €20\" for 19,99.\r\n",
  "お客様には必ず敬語で話してください。\n",
  "Escalate to a human after 3 × misunderstanding 🙇; use </transfer> verbatim.\n",
}

--- A text of some paragraphs, up to some 10 KB.
local function text(pick)
  local parts = {}
  for i = 1, pick(6) == 1 and pick(120) or pick(8) do
    parts[i] = PARAGRAPHS[pick(#PARAGRAPHS)]
  end
  return table.concat(parts)
end

local function analysis(pick)
  local list = {}
  for i = 1, pick(4) - 1 do
    list[i] = {
      name = ("insight_%d"):format(i),
      type = i == 1 and "selector" or "text",
      options = i == 1 and { "Interested", "Not Interested", "Follow Up Later" } or json.null,
      insightInstructions = text(pick),
    }
  end
  return list
end

--- The webhooks of an agent, as it has them: without agentId and workspaceId.
local function webhooks_of(pick)
  local list = {}
  for i = 1, pick(4) - 1 do
    local row = webhooks.row(pick(1000))
    row.agentId, row.workspaceId = nil, nil
    list[i] = row
  end
  return list
end

local LANGUAGES = { "en-US", "de-DE", "ja-JP", "multi" }

--- Makers of the settings, in a fixed order: each picks.
local SETTINGS = {
  { "language", function(pick) return LANGUAGES[pick(#LANGUAGES)] end },
  { "aiStartsConversation", function(pick) return pick(2) == 1 end },
  { "backgroundSound", function(pick) return pick(2) == 1 and "office" or json.null end },
  { "globalPrompt", function(pick) return pick(3) == 1 and json.null or text(pick) end },
  { "maxCallDuration", function(pick) return 60 * pick(60) end },
  { "endCallOnSilenceDuration", function(pick) return pick(120) end },
  { "llmModel", function(pick) return ("model-%d.%d"):format(pick(5), pick(9)) end },
  { "voiceId", function(pick) return generator.text(20, pick) end },
  { "voiceModelId", function(pick) return ("voice_v%d"):format(pick(4)) end },
  { "agentTimezone", function(pick) return pick(2) == 1 and "America/Los_Angeles" or "UTC" end },
  { "ivrHangup", function(pick) return pick(2) == 1 end },
  { "webhooks", webhooks_of },
  { "interruptionSensitivity", function(pick) return pick(100) / 100 end },
  { "enablePostConversationAnalysis", function(pick) return pick(2) == 1 end },
  { "postConversationAnalysis", analysis },
}

--- Some settings out of all.
---@param pick fun(n: integer): integer
---@param tenths integer how many of ten are there
local function settings(pick, tenths)
  local made = {}
  for _, setting in ipairs(SETTINGS) do
    local value = setting[2](pick)
    if pick(10) <= tenths then
      made[setting[1]] = value
    end
  end
  return made
end

--- A JSON schema of a tool's parameters.
local function schema(pick, depth)
  if depth == 0 or pick(4) == 1 then
    return { type = "string", description = "e.g. \"" .. generator.text(5, pick) .. "\"" }
  end
  local properties = {}
  for _ = 1, pick(3) do
    properties["p_" .. generator.text(3, pick)] = schema(pick, depth - 1)
  end
  return { type = "object", properties = properties, required = {}, strict = pick(2) == 1 }
end

local TOOLS = {
  function(pick)
    return {
      type = "voice_transfer_call",
      transferTo = ("+1415555%04d"):format(pick(10000) - 1),
      description = "Transfers to a human when the caller asks for one.",
    }
  end,
  function()
    return { type = "end_call", transferTo = json.null, description = json.null }
  end,
  function(pick)
    return {
      type = "custom_function",
      description = text(pick),
      url = "https://tools.example.com/v1/" .. generator.text(6, pick),
      headers = { ["X-Team"] = "a/b" },
      parameters = schema(pick, DEPTH_MAX),
    }
  end,
}

local function tools(pick, count)
  local list = {}
  for i = 1, count do
    list[i] = TOOLS[pick(#TOOLS)](pick)
  end
  return list
end

--- The agent with that number. The first ones are those that other resources name.
---@param number integer from 1
---@return table
function agents.row(number)
  local pick = generator.new(number + SALT)
  local named = shapes.AGENTS[number]
  local identifier = generator.identifier("agent_", number, pick)
  local is_static = number == 1 or pick(2) == 1
  local tenths = number == 1 and 10 or ({ 0, 2, 5, 9, 10 })[pick(5)]
  return {
    agentId = named and named.agentId or identifier,
    agentName = named and named.name or ("Agent #%d"):format(number),
    instructions = text(pick),
    welcomeMessageType = is_static and "static" or "prompt",
    welcomeMessage = is_static and "Hello {{ customer_name }}, how can I help you?" or json.null,
    agentSettings = settings(pick, tenths),
    tools = tools(pick, number == 1 and 2 or pick(6) - 1),
  }
end

return agents
