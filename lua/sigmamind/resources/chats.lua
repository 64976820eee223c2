--- resources.chats: GET /v1/chats and /v1/chats/{chatId}.

local resource = require "sigmamind.resource"
local shapes = require "sigmamind.resources.shapes"

local ITEM = {
  class = "ChatItem",
  { "id", "string" },
  { "role", "string" },
  { "type", "string" },
  { "content", "array", of = "string" },
}

return resource.declare {
  name = "chats",
  path = "/v1/chats",
  id = "chatId",
  title = "chat",
  doc = "a text chat with an agent",
  list = { status = "string" }, -- the accepted values are not documented
  get = true,
  row = {
    { "chatId", "string" },
    { "createdAt", "string", doc = "ISO 8601" },
    { "status", "string", values = { "in_progress", "in-progress", "ended", "error" } },
    { "response", "array", fields = ITEM },
    { "agent", "object", fields = shapes.agent },
    { "transcript", "string", null = true, since = "C", get_only = true },
    { "messages", "array", since = "C", get_only = true, fields = ITEM },
    {
      "dynamicVariables", "object", null = true, open = true, since = "C", get_only = true,
    },
  },
  columns = { "chatId", "status", "createdAt", "agent.name" },
}
