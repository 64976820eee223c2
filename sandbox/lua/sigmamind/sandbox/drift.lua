-- How the list changes while it is walked: which campaigns come and go, and before which request's
-- answer. A test sends the script as JSON (see control.lua); exchange.lua says when a request is
-- about to be answered.

local check = require "sigmamind.check"
local json = require "sigmamind.sandbox.json"
local sandbox_options = require "sigmamind.sandbox.options"

--- One change of the list: either `insert` or `delete` is given.
---@class sandbox.DriftStep
---@field request integer before the answer to which request, counted from 1
---@field insert? integer zero-based position of the first new campaign; at most the list's end
---@field delete? integer zero-based position of the first campaign that goes
---@field count integer how many campaigns come or go, default 1

---@class sandbox.Drift
---@field campaigns? integer how many the list shall have at the start; nil: it stays as it is
---@field requests integer how many were counted
---@field private steps table<integer, sandbox.DriftStep[]> by request
local methods = {}
local drift_mt = { __index = methods, __name = "sigmamind.sandbox.drift" }

local drift = {}

local step_rules = {
  request = check.integer(1, 2147483647),
  insert = check.count,
  delete = check.count,
  count = sandbox_options.rules.campaigns,
}

local rules = {
  campaigns = sandbox_options.rules.campaigns,
  drift = {
    accepts = "an array of steps",
    test = function(value)
      return type(value) == "table" and (#value > 0 or next(value) == nil)
    end,
  },
}

---@param object table decoded
---@param accepted table<string, table> rules by field
---@return string? complaint
local function find_fault(object, accepted)
  for name, value in pairs(object) do
    local rule = accepted[name]
    if not rule then
      return check.unknown("field", name, accepted)
    elseif not rule.test(value) then
      return ("'%s' must be %s, got %s"):format(name, rule.accepts, check.show(value))
    end
  end
end

---@param step any
---@return string? complaint
local function find_fault_in_step(step)
  if type(step) ~= "table" then
    return "it must be an object"
  elseif not step.request then
    return "'request' must be given"
  elseif (step.insert == nil) == (step.delete == nil) then
    return "either 'insert' or 'delete' must be given"
  end
  return find_fault(step, step_rules)
end

local step_form = '{"request": k, "insert" or "delete": position, "count": how many}'
local form = ('the list must be an object {"campaigns": how many, "drift": [%s, ...]}')
  :format(step_form)

--- Nothing changes.
---@return sandbox.Drift
function drift.none()
  return setmetatable({ requests = 0, steps = {} }, drift_mt)
end

---@private
---@param step sandbox.DriftStep
function methods:add(step)
  step.count = step.count or 1
  local steps = self.steps[step.request] or {}
  steps[#steps + 1] = step
  self.steps[step.request] = steps
end

--- The script that a JSON object describes, at its beginning.
---@param text string
---@return sandbox.Drift? drift
---@return string? err
function drift.parse(text)
  local object, err = json.decode(text)
  if type(object) ~= "table" or not text:find "^%s*{" then
    return nil, err and ("%s: %s"):format(form, err) or form
  end
  local complaint = find_fault(object, rules)
  if complaint then
    return nil, ("%s: %s"):format(form, complaint)
  end
  local self = drift.none()
  self.campaigns = object.campaigns
  for i, step in ipairs(object.drift or {}) do
    complaint = find_fault_in_step(step)
    if complaint then
      return nil, ("step %d: %s; a step is %s"):format(i, complaint, step_form)
    end
    self:add(step)
  end
  return self
end

--- Counts a request that is about to be answered, and changes the list as the script says.
---@param store sandbox.Store
function methods:advance(store)
  self.requests = self.requests + 1
  for _, step in ipairs(self.steps[self.requests] or {}) do
    if step.insert then
      store:insert(step.insert, step.count)
    else
      store:delete(step.delete, step.count)
    end
  end
end

return drift
