-- GET /v1/campaigns as documented: which answer a request gets. No sockets here.

local campaigns = require "sigmamind.sandbox.campaigns"
local json = require "sigmamind.sandbox.json"
local reasons = require "http.h1_reason_phrases"

local concat, ceil = table.concat, math.ceil

local max_int32 = 2147483647
local listing = "/v1/campaigns"

local accepted_status = {}
for _, status in ipairs(campaigns.statuses) do
  accepted_status[status] = true
end

---@class sandbox.Request
---@field method string
---@field path string without the query
---@field target string path and query, as sent
---@field query table<string, string> decoded; of a repeated parameter the first
---@field key "right"|"wrong"|"none" what the client sent in X-API-Key
---@field version number of HTTP: 1, 1.1 or 2
---@field user_agent? string
---@field gzip boolean whether the client takes a compressed answer
---@field headers table http.headers

---@class sandbox.Response
---@field status integer
---@field headers table<string, string> names in lower case
---@field body string

local api = {}

local error_fields = { "error", "message", "path", "status", "timestamp" }

--- An answer with a body, JSON unless said otherwise.
---@param status integer
---@param body string
---@param content_type? string default "application/json"
---@return sandbox.Response
function api.response(status, body, content_type)
  local headers = { ["content-type"] = content_type or "application/json" }
  return { status = status, headers = headers, body = body }
end

--- An error in the documented shape.
---@param status integer
---@param message string
---@param path string of the request
---@return sandbox.Response
function api.error(status, message, path)
  return api.response(status, json.encode({
    error = reasons[tostring(status)] or "Error",
    message = message,
    path = path,
    status = status,
    timestamp = os.date("!%Y-%m-%dT%H:%M:%S.000Z"),
  }, error_fields))
end

--- The 401 that a request without the right key gets.
---@param request sandbox.Request
---@return sandbox.Response
function api.unauthorized(request)
  local what = request.key == "none" and "missing" or "not valid"
  return api.error(401, "the key in the X-API-Key header is " .. what, request.path)
end

--- The 405 for a path that knows other methods.
---@param request sandbox.Request
---@param allowed string methods, separated by commas
---@return sandbox.Response
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
---@return integer? value
---@return string? err
local function integer(query, name, least, default)
  local text = query[name]
  if not text then
    return default
  end
  local value = text:match("^%d+$") and tonumber(text)
  if value and value >= least and value <= max_int32 then
    return value
  end
  local message = "%s must be an integer from %d to %d, got '%s'"
  return nil, message:format(name, least, max_int32, text)
end

---@param query table<string, string>
---@return {status: string?, page: integer, size: integer}? parameters
---@return string? err
local function parameters(query)
  local status = query.status
  if status and not accepted_status[status] then
    local accepted = concat(campaigns.statuses, ", ")
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

local wrapper = '{"data":[%s],"page":%d,"size":%d,"totalCount":%d,"totalPages":%d,'
  .. '"hasNext":%s,"hasPrevious":%s}'

local function list_campaigns(request, store)
  local wanted, err = parameters(request.query)
  if not wanted then
    return api.error(400, err, request.path)
  end
  local page, size = wanted.page, wanted.size
  local rows, total = store:page(wanted.status, page, size)
  local pages = ceil(total / size)
  local has_next, has_previous = page + 1 < pages, page > 0 and total > 0
  return api.response(200, wrapper:format(rows, page, size, total, pages,
    tostring(has_next), tostring(has_previous)))
end

--- Whether a request asks for the list, be it answered or refused.
---@param request sandbox.Request
---@return boolean
function api.is_listing(request)
  return request.method == "GET" and request.path == listing
end

--- The answer of the API, errors included.
---@param request sandbox.Request
---@param store sandbox.Store
---@return sandbox.Response
function api.answer(request, store)
  if request.key ~= "right" then
    return api.unauthorized(request)
  elseif request.path ~= listing then
    return api.error(404, "there is no " .. request.path, request.path)
  elseif request.method ~= "GET" then
    return api.not_allowed(request, "GET")
  end
  return list_campaigns(request, store)
end

return api
