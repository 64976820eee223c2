-- Pages of agents: deep objects, of which hardly two have the same fields.

local generator = require "bench.support.random"
local json_text = require "bench.support.json_text"

local agents = {}

-- The functions below make the text of one value. They have random and `mixed`: whether fields
-- stand in any order.

local function one_of(...)
  local list = { ... }
  return function(random)
    return list[random(#list)]
  end
end

local function number_to(most)
  return function(random)
    return tostring(random(most))
  end
end

local function text(prefix, length)
  return function(random)
    return ('"%s%s"'):format(prefix, json_text.letters(random, length))
  end
end

local function list_of(most, element)
  return function(random, mixed)
    return json_text.array(random(most + 1) - 1, function()
      return element(random, mixed)
    end)
  end
end

-- An object that has three in four of these fields. `fields` are names, each before its function.
local function object(fields)
  return function(random, mixed)
    local list = {}
    for i = 1, #fields, 2 do
      if random(4) > 1 then
        local field = ('"%s":%s'):format(fields[i], fields[i + 1](random, mixed))
        table.insert(list, mixed and random(#list + 1) or #list + 1, field)
      end
    end
    return "{" .. table.concat(list, ",") .. "}"
  end
end

local flag = one_of("true", "false")
local sentence = one_of(
  '"Be brief, be kind, and never promise a date."',
  '"Answer in the language of the caller.\\nIf unsure, hand over to a colleague."',
  '"Say \\"one moment, please\\" before you look something up."'
)

local schema = object {
  "type", one_of('"string"', '"integer"', '"boolean"'),
  "description", sentence,
  "enum", list_of(3, text("", 6)),
  "default", one_of("null", '""', "0", "false"),
  "required", flag,
}

local parameters = object {
  "type", one_of '"object"',
  "properties", object {
    "orderId", schema, "customerName", schema, "date", schema, "reason", schema, "amount", schema,
    "address", object {
      "type", one_of '"object"',
      "properties", object { "street", schema, "city", schema, "zip", schema, "country", schema },
    },
  },
  "required", list_of(4, text("", 8)),
  "additionalProperties", flag,
}

local tool = object {
  "type", one_of('"voice_transfer_call"', '"http_request"', '"end_call"', '"press_digit"'),
  "transferTo", text("+1415555", 0),
  "description", sentence,
  "timeoutMs", number_to(20000),
  "headers", object {
    "Accept", one_of '"application/json"', "X-Tenant", text("tenant_", 8), "X-Trace", flag,
  },
  "parameters", parameters,
  "speakDuring", flag,
  "retry", object {
    "max", number_to(5), "delay", one_of("0.5", "1.5", "2"), "on", list_of(3, number_to(599)),
  },
}

local settings = object {
  "language", one_of('"en-US"', '"es-MX"', '"ja-JP"'),
  "aiStartsConversation", flag,
  "backgroundSound", one_of("null", '"office"', '"street"'),
  "globalPrompt", sentence,
  "maxCallDuration", number_to(3600),
  "endCallOnSilenceDuration", number_to(60),
  "llmModel", one_of('"gpt-4o"', '"gpt-4o-mini"'),
  "llmTemperature", one_of("0", "0.2", "0.75", "1"),
  "voiceId", text("voice_", 12),
  "voiceSpeed", one_of("0.9", "1", "1.15"),
  "agentTimezone", one_of('"America/New_York"', '"Europe/Berlin"'),
  "ivrHangup", flag,
  "reminder", object { "after", number_to(30), "max", number_to(3), "text", sentence },
  "voicemail", object { "action", one_of('"hangup"', '"message"'), "message", sentence },
  "webhooks", list_of(2, object {
    "webhookId", text("wh_", 10),
    "url", text("https://hooks.example.com/", 8),
    "events", list_of(3, one_of('"conversation_started"', '"conversation_ended"')),
  }),
}

local analysis = object {
  "name", text("", 9),
  "type", one_of('"boolean"', '"enum"', '"string"'),
  "insightInstructions", sentence,
  "options", list_of(4, one_of('"Interested"', '"Not Interested"', '"Follow Up Later"')),
}

local agent = object {
  "agentId", text("agent_", 16),
  "agentName", text("Agent ", 8),
  "instructions", sentence,
  "welcomeMessageType", one_of('"static"', '"prompt"'),
  "welcomeMessage", sentence,
  "agentSettings", settings,
  "tools", list_of(4, tool),
  "enablePostConversationAnalysis", flag,
  "postConversationAnalysis", list_of(3, analysis),
  "createdAt", one_of '"2025-09-01T08:00:00.000Z"',
  "updatedAt", one_of("null", '"2025-09-02T08:00:00.000Z"'),
  "version", number_to(40),
  "status", one_of('"Live"', '"Testing"'),
  "tags", list_of(3, text("", 5)),
}

local function page_of(mixed)
  return function(count)
    local random = generator(23)
    return json_text.page(count, function()
      return agent(random, mixed)
    end)
  end
end

--- A page of `count` agents, whose fields stand in one order, some of them missing.
agents.irregular = page_of(false)

--- A page of `count` agents of which each has other fields, in another order.
agents.mixed = page_of(true)

return agents
