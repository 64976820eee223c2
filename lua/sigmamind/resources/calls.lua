--- resources.calls: /v1/calls and /v1/calls/{callId}.

local campaigns = require "sigmamind.resources.campaigns"
local check = require "sigmamind.check"
local resource = require "sigmamind.resource"
local shapes = require "sigmamind.resources.shapes"

return resource.declare {
  name = "calls",
  path = "/v1/calls",
  id = "callId",
  title = "call",
  doc = "a phone or web call of an agent",
  list = { status = "string" }, -- the accepted values are not documented
  get = true,
  create = {
    fromPhoneNumber = check.required(check.e164),
    toPhoneNumber = check.required(check.e164),
    agentId = check.length(1, 64),
    dynamicVariables = "object",
  },
  delete = true,
  wait = {
    field = "status", final = { "ended", "not-connected", "error", "completed", "failed" },
    since = "endTime",
  },
  row = {
    { "callId", "string" },
    { "callType", "string", values = { "inbound", "outbound", "web" } },
    { "phoneNumber", "object", also = { "string" }, fields = shapes.phone_number },
    { "campaign", "object", null = true, fields = campaigns.row },
    { "status", "string", values = {
      "scheduled", "in-progress", "ended", "not-connected", "error", "completed", "failed",
    } },
    { "transcript", "string", null = true, since = "C" },
    { "startTime", "string", null = true, doc = "ISO 8601, as all times" },
    { "endTime", "string", null = true },
    { "duration", "integer", null = true, also = { "number" }, doc = "seconds" },
    { "terminationReason", "string", null = true, values = {
      "user_ended_call", "customer_ended_call", "agent_ended_call", "inactivity", "busy",
      "no-answer", "voicemail", "failed",
    } },
    { "createdAt", "string" },
    { "updatedAt", "string" },
    { "dynamicVariables", "object", null = true, open = true, since = "C" },
    { "variables", "object", null = true, open = true, only = "A, B" },
    { "recordingUrl", "string", null = true, since = "B", doc = "may be on another host" },
    { "agent", "object", since = "B", fields = shapes.agent },
    { "conversationId", "integer", only = "A" },
  },
  columns = { "callId", "status", "startTime", "duration", "terminationReason", "agent.name" },
}
