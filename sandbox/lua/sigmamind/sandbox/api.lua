--- sandbox.api: GET /v1/campaigns as documented, from a request to its response. No sockets here.

local campaigns = require "sigmamind.sandbox.campaigns"
local json = require "sigmamind.sandbox.json"
local reason_phrases = require "http.h1_reason_phrases"

local api = {}

local INT32_MAX = 2147483647
local LISTING = "/v1/campaigns"
local ERROR_FIELDS = { "error", "message", "path", "status", "timestamp" }

local is_status = {}
for _, status in ipairs(campaigns.STATUSES) do
  is_status[status] = true
end

---@class sigmamind.sandbox.Request
---@field method string
---@field path string without the query
---@field target string path and query, as sent
---@field query table<string, string> decoded; the first value of a repeated parameter
---@field key "right"|"wrong"|"none" of the X-API-Key header
---@field version number of HTTP: 1, 1.1 or 2
---@field user_agent? string
---@field gzip boolean whether the client accepts a compressed response
---@field headers table http.headers

---@class sigmamind.sandbox.Response
---@field status integer
---@field headers table<string, string> names in lower case
---@field body string

--- Makes a response with a body.
---@param status integer
---@param body string
---@param content_type? string default "application/json"
---@return sigmamind.sandbox.Response
function api.response(status, body, content_type)
  local headers = { ["content-type"] = content_type or "application/json" }
  return { status = status, headers = headers, body = body }
end

--- Makes an error in the documented shape.
---@param status integer
---@param message string
---@param path string of the request
---@return sigmamind.sandbox.Response
function api.error(status, message, path)
  return api.response(status, json.encode({
    error = reason_phrases[tostring(status)] or "Error",
    message = message,
    path = path,
    status = status,
    timestamp = os.date("!%Y-%m-%dT%H:%M:%S.000Z"),
  }, ERROR_FIELDS))
end

--- The 401 for a missing or wrong key.
---@param request sigmamind.sandbox.Request
---@return sigmamind.sandbox.Response
function api.unauthorized(request)
  local what = request.key == "none" and "missing" or "not valid"
  return api.error(401, "the key in the X-API-Key header is " .. what, request.path)
end

--- The 405 for a path with other methods.
---@param request sigmamind.sandbox.Request
---@param allowed string methods, separated by commas
---@return sigmamind.sandbox.Response
function api.not_allowed(request, allowed)
  local message = ("%s is not allowed here, only %s"):format(request.method, allowed)
  local response = api.error(405, message, request.path)
  response.headers.allow = allowed
  return response
end

--- The value of an integer parameter between `least` and 2^31 - 1.
---@param query table<string, string>
---@param name string
---@param least integer
---@param default integer
---@return integer|nil value, string|nil err
local function integer(query, name, least, default)
  local text = query[name]
  if not text then
    return default
  end
  local value = text:match("^%d+$") and tonumber(text)
  if value and value >= least and value <= INT32_MAX then
    return value
  end
  local message = "%s must be an integer from %d to %d, got '%s'"
  return nil, message:format(name, least, INT32_MAX, text)
end

---@param query table<string, string>
---@return {status: string?, page: integer, size: integer}|nil parameters, string|nil err
local function parameters(query)
  local status = query.status
  if status and not is_status[status] then
    local accepted = table.concat(campaigns.STATUSES, ", ")
    return nil, ("status must be one of %s, got '%s'"):format(accepted, status)
  end
  local page, page_err = integer(query, "page", 0, 0)
  if not page then
    return nil, page_err
  end
  local size, size_err = integer(query, "size", 1, 10)
  if not size then
    return nil, size_err
  end
  return { status = status, page = page, size = size }
end

local WRAPPER = '{"data":[%s],"page":%d,"size":%d,"totalCount":%d,"totalPages":%d,'
  .. '"hasNext":%s,"hasPrevious":%s}'

local function list_campaigns(request, store)
  local wanted, err = parameters(request.query)
  if not wanted then
    return api.error(400, err, request.path)
  end
  local page, size = wanted.page, wanted.size
  local rows, total = store:page(wanted.status, page, size)
  local pages = math.ceil(total / size)
  local has_next, has_previous = page + 1 < pages, page > 0 and total > 0
  return api.response(200, WRAPPER:format(rows, page, size, total, pages,
    tostring(has_next), tostring(has_previous)))
end

--- Whether a request is for the list; it may still be refused.
---@param request sigmamind.sandbox.Request
---@return boolean
function api.is_listing(request)
  return request.method == "GET" and request.path == LISTING
end

--- The response of the API, which may be an error.
---@param request sigmamind.sandbox.Request
---@param store sigmamind.sandbox.Store
---@return sigmamind.sandbox.Response
function api.respond(request, store)
  if request.key ~= "right" then
    return api.unauthorized(request)
  elseif request.path ~= LISTING then
    return api.error(404, "unknown path " .. request.path, request.path)
  elseif request.method ~= "GET" then
    return api.not_allowed(request, "GET")
  end
  return list_campaigns(request, store)
end

return api
