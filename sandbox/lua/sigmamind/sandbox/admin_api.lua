--- sandbox.admin_api: scripts the sandbox over HTTP, with the key of the API.
---
---   PUT    /sandbox/faults   a JSON array of faults (sandbox.fault) replaces the previous one
---   PUT    /sandbox/list     a JSON object: refills the list of campaigns, and sets how it drifts
---   GET    /sandbox/list     {"campaigns": [the identifiers in the order of the list],
---                            "requests": the number counted for the current drift}
---   GET    /sandbox/log      the requests to the API since the start, as a JSON array
---   DELETE /sandbox/log      clears the log
---
--- These requests are neither logged nor counted, and have no faults and no latency.
---
--- The list is set by {"campaigns": N, "resource": NAME, "drift": [step, ...]}. With N the list of
--- campaigns becomes 1 to N, and calls that were made are gone; without, both stay as they are. The
--- steps replace the previous ones; they change the list of that resource, by default of campaigns.
--- A step is {"request": k, "insert": p, "count": c} or {"request": k, "delete": p, "count": c}:
--- just before the k-th GET of that list since then is answered, c rows (default 1) that the list
--- never had are inserted at position p, or those from p on are deleted. Positions count from 0 in
--- the whole list, whatever status was requested; beyond the end an insert appends, and a delete
--- does nothing. Steps of one request are applied in their order.
---
--- Drift counts requests when they are answered, after latency and delay, and whatever a fault
--- makes of the response. Faults count requests when they arrive. The two differ only where
--- requests overlap.

local api = require "sigmamind.sandbox.api"
local drift = require "sigmamind.sandbox.drift"
local faults = require "sigmamind.sandbox.faults"
local json = require "sigmamind.sandbox.json"

local admin_api = {}

---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@param body string
---@return sigmamind.sandbox.Response
local function set_faults(request, state, body)
  local parsed, err = faults.parse(body)
  if not parsed then
    return api.error(400, err, request.path)
  end
  state.faults = parsed
  state.listener:clear_faults()
  return api.response(200, "{}")
end

---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@param body string
---@return sigmamind.sandbox.Response
local function set_list(request, state, body)
  local parsed, err = drift.parse(body)
  if not parsed then
    return api.error(400, err, request.path)
  end
  if parsed.campaigns then
    state.stores.campaigns:fill(parsed.campaigns)
    state.stores.calls:forget()
    state.waiting = {}
  end
  state.drift = parsed
  return api.response(200, "{}")
end

local function get_list(_, state)
  return api.response(200, json.encode({
    campaigns = state.stores.campaigns:identifiers(),
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

local RESOURCES = {
  ["/sandbox/faults"] = { allowed = "PUT", methods = { PUT = set_faults } },
  ["/sandbox/list"] = { allowed = "GET, PUT", methods = { GET = get_list, PUT = set_list } },
  ["/sandbox/log"] = { allowed = "GET, DELETE", methods = { GET = get_log, DELETE = clear_log } },
}

--- Whether a request is for the sandbox itself.
---@param request sigmamind.sandbox.Request
---@return boolean
function admin_api.takes(request)
  return request.path:find "^/sandbox/" ~= nil
end

---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@param body string
---@return sigmamind.sandbox.Response
function admin_api.respond(request, state, body)
  if request.key ~= "right" then
    return api.unauthorized(request)
  end
  local resource = RESOURCES[request.path]
  if not resource then
    return api.error(404, "unknown path " .. request.path, request.path)
  end
  local method = resource.methods[request.method]
  if not method then
    return api.not_allowed(request, resource.allowed)
  end
  return method(request, state, body)
end

return admin_api
