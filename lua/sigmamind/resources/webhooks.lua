--- resources.webhooks: GET /v1/webhooks and /v1/webhooks/{webhookId}.

local resource = require "sigmamind.resource"

return resource.declare {
  name = "webhooks",
  path = "/v1/webhooks",
  id = "webhookId",
  title = "webhook",
  doc = "a URL that the API calls with the events of an agent",
  list = {
    agentId = "string",
    active = "boolean", -- the API's default is true: disabled ones are hidden
  },
  get = true,
  row = {
    { "workspaceId", "string", since = "C" },
    { "webhookId", "string" },
    { "name", "string" },
    { "agentId", "string" },
    { "active", "boolean" },
    { "secret", "string", secret = true, since = "C" },
    { "events", "array", of = "string", also = { "string" } },
    { "url", "string" },
  },
  columns = { "webhookId", "active", "agentId", "events", "url", "name" },
}
