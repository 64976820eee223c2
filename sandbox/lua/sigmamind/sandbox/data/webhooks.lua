--- sandbox.data.webhooks: generates webhooks, each fourth of which is disabled.

local generator = require "sigmamind.sandbox.data.generator"
local shapes = require "sigmamind.sandbox.data.shapes"

local webhooks = {}

local SALT = 5000011
local WORKSPACE = "org_5tYh8Kq2LmX0sV4n"

local EVENTS = {
  { "conversation_started", "conversation_ended", "conversation_analysed" },
  { "conversation_ended" },
  { "conversation_analysed" },
  { "conversation_started", "conversation_ended" },
}

local NAMES = { "CRM sync", "Слак-бот", "Post-call analysis \"v2\"", "分析", "ops/alerts" }

---@param number integer from 1
---@return table
function webhooks.row(number)
  local pick = generator.new(number + SALT)
  return {
    workspaceId = WORKSPACE,
    webhookId = generator.identifier("wh_", number, pick),
    name = ("%s #%d"):format(NAMES[pick(#NAMES)], number),
    agentId = shapes.AGENTS[number == 1 and 1 or pick(#shapes.AGENTS)].agentId,
    active = number % 4 ~= 0,
    secret = generator.text(32, pick),
    events = EVENTS[pick(#EVENTS)],
    url = ("https://hooks.example.com/sigmamind/%d?team=a%%20b&n=%d"):format(number, pick(9)),
  }
end

return webhooks
