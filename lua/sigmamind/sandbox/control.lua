-- How a test scripts the sandbox over HTTP, with the same key as the API:
--
--   PUT    /sandbox/faults   a JSON array of faults (see faults.lua) takes the place of the last
--   GET    /sandbox/log      the requests to the API since the start, as a JSON array
--   DELETE /sandbox/log      forgets them
--
-- These requests are not logged, not counted, and meet no faults and no latency.

local api = require "sigmamind.sandbox.api"
local faults = require "sigmamind.sandbox.faults"

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
  return api.response(200, "{}")
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
