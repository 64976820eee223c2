--- resources.shapes: the objects that rows of several resources hold.

local shapes = {}

--- An agent, as campaigns, calls and chats name it.
shapes.agent = {
  class = "AgentRef",
  { "name", "string" },
  { "agentId", "string" },
  { "status", "string", doc = "such as Live, Testing or active; the documentation has no list" },
}

shapes.phone_number = {
  class = "PhoneNumber",
  { "sipPhoneNumber", "string", also = { "number" }, doc = "E.164, like +14155552671" },
  { "provider", "string", values = { "twilio", "telnyx", "byo" } },
  { "inboundAgentId", "string", null = true },
  { "outboundAgentId", "string", null = true },
  { "outboundPhoneNumber", "string", null = true, also = { "number" } },
  { "active", "boolean" },
  { "terminationSipURI", "string" },
  { "friendlyName", "string" },
}

return shapes
