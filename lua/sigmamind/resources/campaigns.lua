--- resources.campaigns: GET /v1/campaigns and /v1/campaigns/{campaignId}.

local check = require "sigmamind.check"
local resource = require "sigmamind.resource"
local shapes = require "sigmamind.resources.shapes"

local STATUS = { "live", "scheduled", "paused", "completed" }

return resource.declare {
  name = "campaigns",
  path = "/v1/campaigns",
  id = "campaignId",
  title = "campaign",
  doc = "an outbound campaign: a list of contacts, called by an agent",
  list = { status = check.one_of(STATUS) },
  get = true,
  row = {
    { "campaignId", "string" },
    { "campaignName", "string" },
    { "campaignStatus", "string", values = STATUS },
    { "scheduledDate", "string", null = true, doc = "ISO 8601; null: it was started at once" },
    { "concurrentCalls", "integer", doc = "max calls at the same time" },
    { "agent", "object", fields = shapes.agent },
    { "phoneNumber", "object", also = { "string" }, fields = shapes.phone_number },
    { "errors", "array", of = "string", doc = "problems with rows of the contacts" },
    { "scheduled", "boolean" },
  },
  columns = {
    "campaignId", "campaignName", "campaignStatus", "concurrentCalls", "errors", "agent.name",
    "phoneNumber.sipPhoneNumber", "scheduledDate",
  },
}
