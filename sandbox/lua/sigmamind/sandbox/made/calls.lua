--- sandbox.made.calls: calls that were placed by POST, or dialled by a campaign that was created.

local clock = require "sigmamind.sandbox.clock"
local contact_list = require "sigmamind.sandbox.contact_list"
local dialer = require "sigmamind.sandbox.dialer"
local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local lookup = require "sigmamind.sandbox.lookup"
local shapes = require "sigmamind.sandbox.data.shapes"

local calls = {}

local TURNS_MAX = 12
local SALT = 1 -- the numbers of the documentation answer
local PAUSE = 1 -- seconds until a placed call is dialled

---@param status string at the end
local function state_at(begins, over, status, now)
  return now < begins and "scheduled" or now < over and "in-progress" or status
end

--- Adds what a call has from its end on. `turns` is 0 if nobody spoke.
local function add_end(row, course, over, turns)
  row.endTime, row.updatedAt = clock.text(over), clock.text(over)
  row.duration, row.terminationReason = course.talk, course.reason
  if turns > 0 then
    row.transcript = shapes.transcript(shapes.conversation(course.pick, turns))
    row.recordingUrl = ("https://recordings.example.com/%s/recording.mp3"):format(row.callId)
  end
end

--- A row, from what is known of the call, its course and its beginning.
local function row_of(number, call, course, begins, now)
  local over = begins + course.ring + course.talk
  local row = {
    callId = generator.identifier("call_", number, course.pick),
    callType = "outbound",
    phoneNumber = call.from,
    campaign = call.campaign or json.null,
    status = state_at(begins, over, course.status, now),
    transcript = json.null,
    startTime = json.null,
    endTime = json.null,
    duration = json.null,
    terminationReason = json.null,
    createdAt = clock.text(call.created),
    updatedAt = clock.text(call.created),
    dynamicVariables = call.variables or json.null,
    recordingUrl = json.null,
    agent = call.agent,
  }
  if now >= begins then
    row.startTime, row.updatedAt = clock.text(begins), clock.text(begins)
  end
  if now >= over then
    add_end(row, course, over, course.talk > 0 and course.pick(TURNS_MAX) + 1 or 0)
  end
  return row
end

--- The agent that calls from a number by default; nil: there is none.
local function agent_of(number)
  return number.outboundAgentId ~= json.null and number.outboundAgentId or nil
end

--- Places a call. Returns its rows; nil, err.
---@param arguments table
---@param state sigmamind.sandbox.State
---@return sigmamind.sandbox.Made|nil made, string|nil err
function calls.create(arguments, state)
  local from, err = lookup.phone_number(state, "fromPhoneNumber", arguments.fromPhoneNumber)
  if not from then
    return nil, err
  end
  local agent, wrong = lookup.agent(state, arguments.agentId or agent_of(from))
  if not agent then
    return nil, wrong
  end
  local variables = arguments.dynamicVariables
  if variables and not next(variables) then
    variables = json.EMPTY_OBJECT
  end
  local now, phone = state.clock:now(), arguments.toPhoneNumber
  local call = { from = from, agent = agent, variables = variables, created = now }
  local begins, ended = now + PAUSE, dialer.course(phone, SALT)
  local over = begins + ended.ring + ended.talk
  return {
    count = 1,
    row = function(number, _, at)
      return row_of(number, call, dialer.course(phone, SALT), begins, at)
    end,
    status = function(_, at)
      return state_at(begins, over, ended.status, at)
    end,
    over = function()
      return over
    end,
  }
end

--- The variables of a contact, and those that its campaign has for all.
local function variables_of(campaign, index)
  local variables = contact_list.variables(campaign.contacts, index)
  for name, value in pairs(campaign.variables) do
    if variables[name] == nil then
      variables[name] = value
    end
  end
  return next(variables) and variables or json.EMPTY_OBJECT
end

--- The calls of a campaign that has started.
---@param campaign sigmamind.sandbox.MadeCampaign
---@return sigmamind.sandbox.Made
function calls.of_campaign(campaign)
  local list, plan = campaign.contacts, campaign.plan
  return {
    count = #list.phones,
    row = function(number, index, at)
      local encoded = campaign.encoded(at)
      local call = {
        from = encoded.phone_number,
        agent = encoded.agent,
        created = campaign.starts,
        campaign = encoded.campaign,
        variables = variables_of(campaign, index),
      }
      local course = dialer.course(list.phones[index], campaign.salt)
      return row_of(number, call, course, plan.starts[index], at)
    end,
    status = function(index, at)
      return state_at(plan.starts[index], plan.ends[index], plan.statuses[index], at)
    end,
    over = function()
      return plan.over
    end,
  }
end

return calls
