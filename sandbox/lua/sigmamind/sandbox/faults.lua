-- Scripted faults: which requests are answered wrongly, and how. A test sends the list as JSON
-- (see control.lua); exchange.lua does what a fault says.

local fault_rules = require "sigmamind.sandbox.fault"
local json = require "sigmamind.sandbox.json"

---@class sandbox.Faults
---@field private list sandbox.Fault[]
---@field private requests integer how many it was asked about
local methods = {}
local faults_mt = { __index = methods, __name = "sigmamind.sandbox.faults" }

local faults = {}

---@param fault any
---@return sandbox.Fault? fault
---@return string? err
local function prepare(fault)
  local problem = fault_rules.complaint(fault)
  if problem then
    return nil, problem
  end
  fault.times = fault.times or 1
  fault.hits = 0
  return fault
end

--- No faults at all.
---@return sandbox.Faults
function faults.none()
  return setmetatable({ list = {}, requests = 0 }, faults_mt)
end

--- The faults that a JSON array describes, none of them used yet.
---@param text string
---@return sandbox.Faults? faults
---@return string? err
function faults.parse(text)
  local list, err = json.decode(text)
  if type(list) ~= "table" or #list == 0 and next(list) then
    return nil, err or "the faults must be an array of objects"
  end
  local self = faults.none()
  for i = 1, #list do
    local fault, problem = prepare(list[i])
    if not fault then
      return nil, ("fault %d: %s"):format(i, problem)
    end
    self.list[i] = fault
  end
  return self
end

---@param fault sandbox.Fault
---@param ordinal integer
---@param page integer
---@return boolean
local function fits(fault, ordinal, page)
  if fault.page and fault.page ~= page then
    return false
  end
  local used = fault.request and ordinal - fault.request or fault.hits
  return used >= 0 and (fault.times < 0 or used < fault.times)
end

--- The fault that the next request meets: the first one in the list that fits.
---@param request sandbox.Request
---@return sandbox.Fault?
function methods:next(request)
  self.requests = self.requests + 1
  local page = tonumber(request.query.page or 0)
  for _, fault in ipairs(self.list) do
    if fits(fault, self.requests, page) then
      fault.hits = fault.hits + 1
      return fault
    end
  end
end

return faults
