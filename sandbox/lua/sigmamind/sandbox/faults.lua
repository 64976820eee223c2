--- sandbox.faults: the list of scripted faults, which assigns them to requests. A test sends it as
--- JSON by admin_api; handler applies the faults.

local fault_rules = require "sigmamind.sandbox.fault"
local json = require "sigmamind.sandbox.json"

local faults = {}

---@class sigmamind.sandbox.Faults
---@field private list sigmamind.sandbox.Fault[]
---@field private requests integer number of requests counted
local Faults = { __name = "sigmamind.sandbox.faults" }
Faults.__index = Faults

---@param fault any
---@return sigmamind.sandbox.Fault|nil fault, string|nil err
local function prepare(fault)
  local problem = fault_rules.validate(fault)
  if problem then
    return nil, problem
  end
  fault.times = fault.times or 1
  fault.hits = 0
  return fault
end

--- An empty list.
---@return sigmamind.sandbox.Faults
function faults.none()
  return setmetatable({ list = {}, requests = 0 }, Faults)
end

--- Parses a JSON array of faults.
---@param text string
---@return sigmamind.sandbox.Faults|nil faults, string|nil err
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

---@param fault sigmamind.sandbox.Fault
---@param ordinal integer
---@param request sigmamind.sandbox.Request
---@return boolean
local function fits(fault, ordinal, request)
  if fault.page and fault.page ~= tonumber(request.query.page or 0) then
    return false
  elseif fault.path and request.path:sub(1, #fault.path) ~= fault.path then
    return false
  elseif fault.method and request.method ~= fault.method then
    return false
  end
  local used = fault.request and ordinal - fault.request or fault.hits
  return used >= 0 and (fault.times < 0 or used < fault.times)
end

--- Counts a request. Returns its fault, the first matching one of the list, or nil.
---@param request sigmamind.sandbox.Request
---@return sigmamind.sandbox.Fault|nil
function Faults:next(request)
  self.requests = self.requests + 1
  for _, fault in ipairs(self.list) do
    if fits(fault, self.requests, request) then
      fault.hits = fault.hits + 1
      return fault
    end
  end
end

return faults
