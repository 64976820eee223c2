-- How a test scripts the sandbox over HTTP, with the same key as the API:
--
--   PUT    /sandbox/faults   a JSON array of faults (see fault.lua) takes the place of the last
--   PUT    /sandbox/list     a JSON object: the list is filled anew, and changes while it is walked
--   GET    /sandbox/list     {"campaigns": [the identifiers, in the order of the list],
--                            "requests": how many were counted for the last script}
--   GET    /sandbox/log      the requests to the API since the start, as a JSON array
--   DELETE /sandbox/log      forgets them
--
-- These requests are not logged, not counted, and meet no faults and no latency.
--
-- The list is set as {"campaigns": N, "drift": [step, ...]}. With N it becomes campaigns 1 to N,
-- without it stays as it is; the steps, if any, take the place of the last ones. A step is
-- {"request": k, "insert": p, "count": c} or {"request": k, "delete": p, "count": c}: just before
-- the k-th GET /v1/campaigns that came since then is answered, c campaigns (1 when left out) that
-- were never there before are inserted at position p, or those from p on are deleted. Positions
-- count from 0 and are those of the whole list, whatever status was asked for; beyond the end an
-- insert appends and a delete finds nothing. Steps for the same request are made in their order.
--
-- For the steps, requests are counted as they are answered, once latency and delay are over and
-- whatever a fault makes of the answer; for the faults, as they come in. When one GET /v1/campaigns
-- follows another, that is the same number.

local api = require "sigmamind.sandbox.api"
local drift = require "sigmamind.sandbox.drift"
local faults = require "sigmamind.sandbox.faults"
local json = require "sigmamind.sandbox.json"

local control = {}

---@param request sandbox.Request
---@param state sandbox.State
---@param body string
---@return sandbox.Response
local function set_faults(request, state, body)
  local parsed, err = faults.parse(body)
  if not parsed then
    return api.error(400, err, request.path)
  end
  state.faults = parsed
  state.door:calm()
  return api.response(200, "{}")
end

---@param request sandbox.Request
---@param state sandbox.State
---@param body string
---@return sandbox.Response
local function set_list(request, state, body)
  local parsed, err = drift.parse(body)
  if not parsed then
    return api.error(400, err, request.path)
  end
  if parsed.campaigns then
    state.store:fill(parsed.campaigns)
  end
  state.drift = parsed
  return api.response(200, "{}")
end

local function get_list(_, state)
  return api.response(200, json.encode({
    campaigns = state.store:identifiers(),
    requests = state.drift.requests,
  }, { "campaigns", "requests" }))
end

local function get_log(_, state)
  return api.response(200, state.log:encode())
end

local function clear_log(_, state)
  state.log:clear()
  return api.response(200, "{}")
end

local resources = {
  ["/sandbox/faults"] = { allowed = "PUT", methods = { PUT = set_faults } },
  ["/sandbox/list"] = { allowed = "GET, PUT", methods = { GET = get_list, PUT = set_list } },
  ["/sandbox/log"] = { allowed = "GET, DELETE", methods = { GET = get_log, DELETE = clear_log } },
}

--- Whether a request is for the sandbox itself and not for the API.
---@param request sandbox.Request
---@return boolean
function control.takes(request)
  return request.path:find("^/sandbox/") ~= nil
end

---@param request sandbox.Request
---@param state sandbox.State
---@param body string of the request
---@return sandbox.Response
function control.answer(request, state, body)
  if request.key ~= "right" then
    return api.unauthorized(request)
  end
  local resource = resources[request.path]
  if not resource then
    return api.error(404, "there is no " .. request.path, request.path)
  end
  local method = resource.methods[request.method]
  if not method then
    return api.not_allowed(request, resource.allowed)
  end
  return method(request, state, body)
end

return control
