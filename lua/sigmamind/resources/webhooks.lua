--- resources.webhooks: GET /v1/webhooks and /v1/webhooks/{webhookId}.

local check = require "sigmamind.check"
local resource = require "sigmamind.resource"

local ACTIVE = check.type "boolean"
ACTIVE.default = true -- disabled webhooks are hidden

return resource.declare {
  name = "webhooks",
  path = "/v1/webhooks",
  id = "webhookId",
  title = "webhook",
  doc = "a URL that the API calls with the events of an agent",
  list = {
    agentId = "string",
    active = ACTIVE,
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
