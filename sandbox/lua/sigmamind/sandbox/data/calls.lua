--- sandbox.data.calls: generates calls in every state, with transcripts of up to some 100 KB.

local campaigns = require "sigmamind.sandbox.data.campaigns"
local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local shapes = require "sigmamind.sandbox.data.shapes"

local calls = {}

local SALT = 1000003 -- so that calls do not resemble the campaigns of their numbers

--- Each ten calls have these, in an order that rotates.
local STATUSES = {
  "ended", "in-progress", "ended", "not-connected", "ended", "scheduled", "ended", "error",
  "ended", "not-connected",
}

local TYPES = { "outbound", "inbound", "outbound", "web", "outbound" }

local REASONS = {
  ended = { "user_ended_call", "agent_ended_call", "inactivity", "user_ended_call" },
  ["not-connected"] = { "busy", "no-answer", "voicemail", "failed" },
  error = { "failed" },
}

local CAMPAIGNS = 125 -- of the first campaigns, one that made an outbound call
local TURNS_MAX, LONG_TURNS_MAX = 30, 2000

---@class sigmamind.sandbox.Call
---@field callId string
---@field callType "inbound"|"outbound"|"web"
---@field phoneNumber table? absent from calls of the web
---@field campaign any null: no campaign made the call
---@field status string
---@field transcript any
---@field startTime any
---@field endTime any null or absent while the call lasts
---@field duration any seconds
---@field terminationReason any
---@field createdAt string
---@field updatedAt string
---@field dynamicVariables any
---@field recordingUrl any
---@field agent {name: string, agentId: string, status: string}

--- The documented values, as far as there are any.
---@type sigmamind.sandbox.Call
local DOCUMENTED = {
  callId = "call_XiQEBcj9cc5TFRB4",
  callType = "outbound",
  phoneNumber = shapes.PHONE_NUMBER,
  campaign = campaigns.row(1),
  status = "ended",
  transcript = "Agent: Hello, how can I help you?\nUser: I'd like to change my booking.",
  startTime = "2025-09-25T19:00:05.000Z",
  endTime = "2025-09-25T19:02:05.000Z",
  duration = 120,
  terminationReason = "user_ended_call",
  createdAt = "2025-09-25T19:00:00.000Z",
  updatedAt = "2025-09-25T19:02:06.000Z",
  dynamicVariables = { customer_name = "John" },
  recordingUrl = "https://recordings.example.com/call_XiQEBcj9cc5TFRB4/recording.mp3",
  agent = shapes.AGENTS[1],
}

---@param number integer from 1
---@return string
local function status_of(number)
  local zero_based = number - 1
  return STATUSES[(zero_based + math.floor(zero_based / 10)) % 10 + 1]
end

calls.filters = { status = status_of }

--- Mostly a few turns, now and then none or very many.
local function transcript(pick)
  local kind = pick(40)
  local max = kind == 1 and LONG_TURNS_MAX or TURNS_MAX
  return shapes.transcript(shapes.conversation(pick, kind == 2 and 0 or pick(max)))
end

--- Adds what a call has once it has begun.
local function add_course(call, pick, day, created)
  local started, duration = created + pick(60), pick(3000)
  local has_ended = call.status ~= "in-progress"
  if call.status == "not-connected" then
    duration = 0
  end
  call.startTime = generator.time(day, started)
  call.transcript = duration == 0 and "" or (has_ended or pick(2) == 1) and transcript(pick)
    or json.null
  if has_ended then
    local reasons = REASONS[call.status]
    call.endTime = generator.time(day, started + duration)
    call.duration = duration
    call.terminationReason = reasons[pick(#reasons)]
    call.updatedAt = generator.time(day, started + duration + pick(5))
  elseif pick(2) == 1 then
    call.endTime = nil -- absent
  end
  if duration > 0 and has_ended then
    call.recordingUrl = ("https://recordings.example.com/%s/recording.mp3?sig=%s%%2B&part=1")
      :format(call.callId, generator.text(12, pick))
  end
end

--- The call with that number; the first one is the documented example.
---@param number integer from 1
---@return sigmamind.sandbox.Call
function calls.row(number)
  if number == 1 then
    return DOCUMENTED
  end
  local pick = generator.new(number + SALT)
  local call_type = TYPES[pick(#TYPES)]
  local campaign = call_type == "outbound" and pick(3) > 1 and campaigns.row(pick(CAMPAIGNS))
  local agent = campaign and campaign.agent or shapes.AGENTS[pick(#shapes.AGENTS)]
  local line = campaign and type(campaign.phoneNumber) == "table" and campaign.phoneNumber
    or shapes.phone_number(pick, agent)
  local day, created = generator.day(pick), pick(80000)
  local call = {
    callId = generator.identifier("call_", number, pick),
    callType = call_type,
    phoneNumber = call_type ~= "web" and line or nil,
    campaign = campaign or json.null,
    status = status_of(number),
    transcript = json.null,
    startTime = json.null,
    endTime = json.null,
    duration = json.null,
    terminationReason = json.null,
    createdAt = generator.time(day, created),
    updatedAt = generator.time(day, created),
    dynamicVariables = shapes.variables(pick),
    recordingUrl = json.null,
    agent = agent,
  }
  if call.status ~= "scheduled" then
    add_course(call, pick, day, created)
  end
  return call
end

return calls
