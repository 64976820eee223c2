--- sandbox.drift: how the list changes between responses. A test sends the steps as JSON by
--- admin_api; handler calls `advance` before each response.

local check = require "sigmamind.check"
local json = require "sigmamind.sandbox.json"
local resources = require "sigmamind.resources"
local sandbox_options = require "sigmamind.sandbox.options"

local drift = {}

--- One change of the list: either `insert` or `delete` is given.
---@class sigmamind.sandbox.DriftStep
---@field request integer ordinal of the request before whose response the list changes, from 1
---@field insert? integer zero-based position of the first new campaign; at most the list's end
---@field delete? integer zero-based position of the first campaign that is deleted
---@field count integer number of campaigns, default 1

---@class sigmamind.sandbox.Drift
---@field campaigns? integer size of the refilled list; nil: the list stays as it is
---@field resource string whose list changes, and whose requests are counted
---@field requests integer number of requests counted
---@field private steps table<integer, sigmamind.sandbox.DriftStep[]> by request
local Drift = { __name = "sigmamind.sandbox.drift" }
Drift.__index = Drift

local STEP_RULES = {
  request = check.integer(1, 2147483647),
  insert = check.count,
  delete = check.count,
  count = sandbox_options.rules.campaigns,
}

local names = {}
for i, declaration in ipairs(resources) do
  names[i] = declaration.name
end

local RULES = {
  campaigns = sandbox_options.rules.campaigns,
  resource = check.one_of(names),
  drift = {
    accepts = "an array of steps",
    test = function(value)
      return type(value) == "table" and (#value > 0 or next(value) == nil)
    end,
  },
}

---@param object table decoded
---@param accepted table<string, table> rules by field
---@return string|nil problem
local function find_problem(object, accepted)
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
---@return string|nil problem
local function find_problem_in_step(step)
  if type(step) ~= "table" then
    return "it must be an object"
  elseif not step.request then
    return "'request' must be given"
  elseif (step.insert == nil) == (step.delete == nil) then
    return "either 'insert' or 'delete' must be given"
  end
  return find_problem(step, STEP_RULES)
end

local STEP_FORM = '{"request": K, "insert" or "delete": POSITION, "count": N}'
local FORM = 'the list must be an object like {"campaigns": N, "resource": NAME, '
  .. ('"drift": [%s, ...]}'):format(STEP_FORM)

--- A list that does not change.
---@return sigmamind.sandbox.Drift
function drift.none()
  return setmetatable({ requests = 0, steps = {}, resource = "campaigns" }, Drift)
end

---@private
---@param step sigmamind.sandbox.DriftStep
function Drift:add(step)
  step.count = step.count or 1
  local steps = self.steps[step.request] or {}
  steps[#steps + 1] = step
  self.steps[step.request] = steps
end

--- Parses a JSON object.
---@param text string
---@return sigmamind.sandbox.Drift|nil drift, string|nil err
function drift.parse(text)
  local object, err = json.decode(text)
  if type(object) ~= "table" or not text:find "^%s*{" then
    return nil, err and ("%s: %s"):format(FORM, err) or FORM
  end
  local problem = find_problem(object, RULES)
  if problem then
    return nil, ("%s: %s"):format(FORM, problem)
  end
  local self = drift.none()
  self.campaigns, self.resource = object.campaigns, object.resource or self.resource
  for i, step in ipairs(object.drift or {}) do
    problem = find_problem_in_step(step)
    if problem then
      return nil, ("step %d: %s; a step is %s"):format(i, problem, STEP_FORM)
    end
    self:add(step)
  end
  return self
end

--- Counts a request before its response, and applies its steps to the list.
---@param store sigmamind.sandbox.Store
function Drift:advance(store)
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
