--- resources.agents: GET /v1/agents and /v1/agents/{agentId}. How the list is paged is not
--- documented.

local resource = require "sigmamind.resource"

local SETTINGS = {
  { "language", "string" },
  { "aiStartsConversation", "boolean" },
  { "backgroundSound", "string", null = true },
  { "globalPrompt", "string", null = true },
  { "maxCallDuration", "integer" },
  { "endCallOnSilenceDuration", "integer" },
  { "llmModel", "string" },
  { "voiceId", "string" },
  { "voiceModelId", "string" },
  { "agentTimezone", "string" },
  { "ivrHangup", "boolean" },
  { "webhooks", "array", fields = {
    { "webhookId", "string" },
    { "name", "string" },
    { "url", "string" },
    { "events", "array", of = "string" },
    { "active", "boolean" },
    { "secret", "string", secret = true },
  } },
}

return resource.declare {
  name = "agents",
  path = "/v1/agents",
  id = "agentId",
  title = "agent",
  doc = "a voice agent: its instructions, voice and tools",
  list = {},
  paging = "unknown",
  get = true,
  row = {
    { "agentId", "string" },
    { "agentName", "string" },
    { "instructions", "string" },
    { "welcomeMessageType", "string", values = { "static", "prompt" } },
    { "welcomeMessage", "string", null = true },
    { "agentSettings", "object", open = true, fields = SETTINGS },
    { "tools", "array", open = true, fields = {
      { "type", "string", doc = "such as voice_transfer_call" },
      { "transferTo", "string", null = true },
      { "description", "string", null = true },
    } },
  },
  columns = { "agentId", "agentName", "agentSettings.language", "welcomeMessageType" },
}
