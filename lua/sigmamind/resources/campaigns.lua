--- resources.campaigns: /v1/campaigns and /v1/campaigns/{campaignId}.

local check = require "sigmamind.check"
local resource = require "sigmamind.resource"
local schedule = require "sigmamind.schedule"
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
  create = {
    sipPhoneNumber = check.required(check.e164),
    agentId = check.required(check.length(1, 64)),
    campaignName = check.length(1, 128),
    isScheduled = "boolean",
    scheduledDate = schedule.date,
    scheduledTime = schedule.time,
    scheduledTimezone = schedule.zone,
    concurrentCalls = check.positive, -- its limits are not documented
    variables = "object", -- the name in generation A; that in C is not documented
  },
  contacts = "file",
  unique = "campaignName",
  update = {
    campaignName = check.length(1, 128),
    sipPhoneNumber = check.e164,
    agentId = check.length(1, 64),
    isScheduled = "boolean",
    scheduledDate = schedule.date,
    scheduledTime = schedule.time,
    scheduledTimezone = schedule.zone,
    concurrentCalls = check.positive,
    dynamicVariables = "object",
  },
  prepare = schedule.prepare,
  wait = {
    field = "campaignStatus", final = { "completed" },
    timeout = 24 * 3600, interval = 10, interval_max = 60,
  },
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
