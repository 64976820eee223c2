--- sandbox.made.campaigns: campaigns that were created by POST, and what PATCH changes of any.

local calls = require "sigmamind.sandbox.made.calls"
local check = require "sigmamind.check"
local clock = require "sigmamind.sandbox.clock"
local contact_list = require "sigmamind.sandbox.contact_list"
local dialer = require "sigmamind.sandbox.dialer"
local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local lookup = require "sigmamind.sandbox.lookup"
local schedule = require "sigmamind.schedule"

local FIELDS = require("sigmamind.resources.campaigns").row

local fields_of = {} -- an object in a row
for _, field in ipairs(FIELDS) do
  fields_of[field.name] = field.fields
end

local campaigns = {}

local CONCURRENT = 5 -- the default; the API's is not documented
local SALT = 5000011

---@class sigmamind.sandbox.MadeCampaign
---@field id string
---@field name string
---@field agent table
---@field phone_number table
---@field concurrent integer
---@field scheduled boolean
---@field is_changed boolean since it was encoded
---@field starts number seconds since 1970
---@field contacts sigmamind.sandbox.Contacts
---@field variables table<string, any> of all its calls, unless a contact has its own
---@field salt integer
---@field plan sigmamind.sandbox.Plan|nil once it has started
---@field row fun(now: number): table
---@field encoded fun(now: number): table what its calls have of it, as JSON

--- Whether another campaign has that name.
local function is_taken(state, name, id)
  local row = state.stores.campaigns:find("campaignName", name)
  return row ~= nil and row.campaignId ~= id
end

--- When the campaign starts by its arguments, as if in UTC; nil: they do not change it. One of date
--- and time may be as it is in the row.
local function start_of(arguments, row)
  local date, time = arguments.scheduledDate, arguments.scheduledTime
  if not (date or time) then
    return nil
  end
  local day, hour = tostring(row.scheduledDate):match "^(.*)T(%d+:%d+:%d+)"
  date, time = date or day, time or hour
  return date and time and schedule.seconds(date, time)
end

--- What the arguments name, in the fields of a campaign. nil, err if something is not there.
---@param arguments table
---@param state sigmamind.sandbox.State
---@param row table the campaign that is changed; {}: a new one
local function resolve(arguments, state, row)
  local found, err = {}, nil
  if arguments.campaignName and is_taken(state, arguments.campaignName, row.campaignId) then
    local message = "campaignName: there is a campaign named %s already"
    return nil, message:format(check.show(arguments.campaignName))
  end
  if arguments.agentId then
    found.agent, err = lookup.agent(state, arguments.agentId)
  end
  if arguments.sipPhoneNumber and not err then
    found.phone_number, err =
      lookup.phone_number(state, "sipPhoneNumber", arguments.sipPhoneNumber)
  end
  found.name, found.concurrent = arguments.campaignName, arguments.concurrentCalls
  found.starts, found.scheduled = start_of(arguments, row), arguments.isScheduled
  return not err and found or nil, err
end

local function status_of(self, now)
  if now < self.starts then
    return "scheduled"
  end
  return self.plan and now < self.plan.over and "live" or self.plan and "completed" or "live"
end

--- The rows of a campaign, for a store.
local function made(self)
  function self.row(now)
    return {
      campaignId = self.id,
      campaignName = self.name,
      campaignStatus = status_of(self, now),
      scheduledDate = self.scheduled and clock.text(self.starts) or json.null,
      concurrentCalls = self.concurrent,
      agent = self.agent,
      phoneNumber = self.phone_number,
      errors = self.contacts.errors,
      scheduled = self.scheduled,
    }
  end
  local kept, kept_of = nil, nil
  function self.encoded(now)
    local state = status_of(self, now)
    if self.is_changed or state ~= kept_of then
      kept = {
        campaign = json.encoded(self.row(now), FIELDS),
        phone_number = json.encoded(self.phone_number, fields_of.phoneNumber),
        agent = json.encoded(self.agent, fields_of.agent),
      }
      kept_of, self.is_changed = state, false
    end
    return kept
  end
  return {
    count = 1,
    campaign = self,
    row = function(_, _, now)
      return self.row(now)
    end,
    status = function(_, now)
      return status_of(self, now)
    end,
    over = function()
      return self.plan and self.plan.over or math.huge
    end,
  }
end

--- Starts a campaign whose time has come: its calls are in the list of calls then.
local function start(self, state)
  self.plan = dialer.plan(nil, self.contacts.phones, self.concurrent, self.starts, self.salt)
  if self.contacts.phones[1] then
    state.stores.calls:add(calls.of_campaign(self))
  end
end

--- Starts those whose time has come.
---@param state sigmamind.sandbox.State
function campaigns.advance(state)
  local waiting, now = state.waiting, state.clock:now()
  for i = #waiting, 1, -1 do
    if waiting[i].starts <= now then
      start(table.remove(waiting, i), state)
    end
  end
end

--- A name for a campaign that was created without one.
local function free_name(state, number)
  local name = ("Campaign %d"):format(number)
  while is_taken(state, name) do
    name = name .. "*"
  end
  return name
end

--- Creates a campaign.
---@param arguments table
---@param state sigmamind.sandbox.State
---@param text string the file of contacts
---@return sigmamind.sandbox.Made|nil made, string|nil err
function campaigns.create(arguments, state, text)
  local found, err = resolve(arguments, state, {})
  local contacts, wrong = contact_list.read(text)
  if not (found and contacts) then
    return nil, err or wrong
  end
  local number = state.stores.campaigns:next_number()
  local self = {
    id = generator.identifier("camp_", number, generator.new(number + SALT)),
    name = found.name or free_name(state, number),
    agent = found.agent,
    phone_number = found.phone_number,
    concurrent = found.concurrent or CONCURRENT,
    scheduled = found.scheduled or false,
    is_changed = false,
    starts = found.starts or state.clock:now(),
    contacts = contacts,
    variables = arguments.variables or {},
    salt = number,
  }
  table.insert(state.waiting, self)
  return made(self)
end

--- Changes a campaign that was created.
local function change(self, found, state)
  for _, name in ipairs { "name", "agent", "phone_number", "concurrent" } do
    self[name] = found[name] or self[name]
  end
  self.is_changed = true
  if not self.plan and found.scheduled == false then
    self.starts, self.scheduled = state.clock:now(), false
    campaigns.advance(state)
  elseif not self.plan then
    self.starts = found.starts or self.starts
  elseif found.concurrent then
    dialer.plan(self.plan, self.contacts.phones, self.concurrent, state.clock:now(), self.salt)
  end
end

--- A generated row with changes.
local function changed_row(row, found)
  local copy = {}
  for name, value in pairs(row) do
    copy[name] = value
  end
  copy.campaignName = found.name or copy.campaignName
  copy.agent = found.agent or copy.agent
  copy.phoneNumber = found.phone_number or copy.phoneNumber
  copy.concurrentCalls = found.concurrent or copy.concurrentCalls
  copy.scheduledDate = found.starts and clock.text(found.starts) or copy.scheduledDate
  if found.scheduled ~= nil then
    copy.scheduled = found.scheduled
  end
  if found.scheduled == false and copy.campaignStatus == "scheduled" then
    copy.campaignStatus, copy.scheduledDate = "live", json.null
  end
  return copy
end

--- Changes a campaign. Returns what replaces it in its store, nil for one that was created; or
--- false, err.
---@param row table as it is
---@param before sigmamind.sandbox.Made|nil
---@param arguments table
---@param state sigmamind.sandbox.State
---@return sigmamind.sandbox.Made|nil|false made, string|nil err
function campaigns.update(row, before, arguments, state)
  local found, err = resolve(arguments, state, row)
  if not found then
    return false, err
  elseif before and before.campaign then
    return change(before.campaign, found, state)
  end
  local copy = changed_row(row, found)
  return {
    count = 1,
    row = function()
      return copy
    end,
    status = function()
      return copy.campaignStatus
    end,
  }
end

return campaigns
