--- sandbox.lookup: the agents and phone numbers that a write names: they must exist.

local check = require "sigmamind.check"
local shapes = require "sigmamind.sandbox.data.shapes"

local lookup = {}

--- An agent as campaigns and calls name it. The documentation has ids with and without agent_ in
--- requests.
---@param state sigmamind.sandbox.State
---@param id string|nil
---@return table|nil agent, string|nil err
function lookup.agent(state, id)
  local full = id and id:find "^agent_" and id or "agent_" .. (id or "")
  for _, agent in ipairs(shapes.AGENTS) do
    if agent.agentId == full then
      return agent
    end
  end
  local row = state.stores.agents:find("agentId", full)
  if row then
    return { name = row.agentName, agentId = row.agentId, status = "Live" }
  end
  local message = "agentId: there is no agent %s; GET /v1/agents lists them"
  return nil, message:format(check.show(id))
end

--- A phone number of the account.
---@param state sigmamind.sandbox.State
---@param argument string that has it
---@param number string
---@return table|nil row, string|nil err
function lookup.phone_number(state, argument, number)
  local row = state.stores.phone_numbers:find("sipPhoneNumber", number)
  if row then
    return row
  end
  local message = "%s: the account has no number %s; GET /v1/phone-numbers lists them"
  return nil, message:format(argument, check.show(number))
end

return lookup
