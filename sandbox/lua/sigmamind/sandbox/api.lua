--- sandbox.api: the declared resources, from a request to its response. No sockets here.

local request_body = require "sigmamind.sandbox.body"
local check = require "sigmamind.check"
local json = require "sigmamind.sandbox.json"
local parameters = require "sigmamind.sandbox.parameters"
local reason_phrases = require "http.h1_reason_phrases"
local resources = require "sigmamind.resources"

local api = {}

local ERROR_FIELDS = { "error", "message", "path", "status", "timestamp" }

local by_path = {}
for _, declaration in ipairs(resources) do
  by_path[declaration.path] = declaration
end

---@class sigmamind.sandbox.Request
---@field method string
---@field path string decoded, without the query
---@field parent? string the path before its last slash, decoded
---@field last? string what is behind it, decoded: it may have slashes
---@field target string path and query, as sent
---@field query table<string, string> decoded; the first value of a repeated parameter
---@field key "right"|"wrong"|"none" of the X-API-Key header
---@field version number of HTTP: 1, 1.1 or 2
---@field user_agent? string
---@field gzip boolean whether the client accepts a compressed response
---@field headers table http.headers
---@field body? string of a request that writes

---@class sigmamind.sandbox.Response
---@field status integer
---@field headers table<string, string> names in lower case
---@field body string
---@field acted? string the identifier of the row that was created, changed or deleted

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
    timestamp = os.date "!%Y-%m-%dT%H:%M:%S.000Z",
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

local WRAPPER = '{"data":[%s],"page":%d,"size":%d,"totalCount":%d,"totalPages":%d,'
  .. '"hasNext":%s,"hasPrevious":%s}'

local ALL = 2147483647 -- rows

--- The lists whose paging is not documented, in the forms that they might have.
local FORMS = { bare = '{"data":[%s]}', array = "[%s]" }

---@param declaration sigmamind.Declaration
---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@return sigmamind.sandbox.Response
local function list(declaration, request, state)
  local store = state.stores[declaration.name]
  local wanted, err = parameters.parse(declaration.list, request.query)
  if not wanted then
    return api.error(400, err, request.path)
  end
  local form = declaration.paging == "unknown" and FORMS[state.undocumented_lists]
  if form then
    local rows = store:page(wanted.filters, 0, ALL)
    return api.response(200, form:format(rows))
  end
  local page, size = wanted.page, wanted.size
  local rows, total = store:page(wanted.filters, page, size)
  local pages = math.ceil(total / size)
  local has_next, has_previous = page + 1 < pages, page > 0 and total > 0
  return api.response(200, WRAPPER:format(rows, page, size, total, pages,
    tostring(has_next), tostring(has_previous)))
end

local function not_found(declaration, request)
  local message = "there is no %s with the %s %s"
  local shown = check.show(request.last)
  return api.error(404, message:format(declaration.title, declaration.id, shown), request.path)
end

---@param declaration sigmamind.Declaration
---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@return sigmamind.sandbox.Response
local function get(declaration, request, state)
  local row = state.stores[declaration.name]:get(request.last)
  if not row then
    return not_found(declaration, request)
  end
  return api.response(200, row)
end

-- == Writes ============================================================================

--- What makes the rows of a resource that has writes: sandbox.made.NAME.
local makers = {}
for _, declaration in ipairs(resources) do
  if declaration.create then
    makers[declaration.name] = require("sigmamind.sandbox.made." .. declaration.name)
  end
end

--- The response to a write that was carried out on the row with that identifier.
local function done(text, id)
  local response = api.response(200, text)
  response.acted = id
  return response
end

local function create(declaration, request, state)
  local arguments, err, contacts = request_body.arguments(declaration, "create", request)
  local made
  if arguments then
    made, err = makers[declaration.name].create(arguments, state, contacts)
  end
  if not made then
    return api.error(400, err, request.path)
  end
  local store = state.stores[declaration.name]
  local number = store:add(made)
  makers.campaigns.advance(state)
  return done(store:text(number), store:identifier(number))
end

local function update(declaration, request, state)
  local arguments, err = request_body.arguments(declaration, "update", request)
  if not arguments then
    return api.error(400, err, request.path)
  end
  local store = state.stores[declaration.name]
  local found, wrong = store:update(request.last, function(row, made)
    return makers[declaration.name].update(row, made, arguments, state)
  end)
  if not found then
    return not_found(declaration, request)
  elseif wrong then
    return api.error(400, wrong, request.path)
  end
  return done(store:get(request.last), request.last)
end

local function delete(declaration, request, state)
  if not state.stores[declaration.name]:remove(request.last) then
    return not_found(declaration, request)
  end
  return done("", request.last)
end

-- == Paths =============================================================================

--- What serves the methods of a list, and of a row, and the verb that must be declared.
local LIST = { GET = { "list", list }, POST = { "create", create } }
local ROW = { GET = { "get", get }, PATCH = { "update", update }, DELETE = { "delete", delete } }

--- The declaration that a path belongs to, and what serves it; nil: none.
---@param request sigmamind.sandbox.Request
---@return sigmamind.Declaration|nil declaration, table|nil served by method
local function find(request)
  local listed, single = by_path[request.path], by_path[request.parent]
  local declaration = listed or request.last ~= "" and single
  local served, all = {}, listed and LIST or ROW
  for method, each in pairs(all) do
    if declaration and declaration[each[1]] then
      served[method] = each[2]
    end
  end
  if next(served) then
    return declaration, served
  end
end

--- Whether a request is for the list of a resource; it may still be refused.
---@param request sigmamind.sandbox.Request
---@param name string
---@return boolean
function api.is_list(request, name)
  local listed = by_path[request.path]
  return request.method == "GET" and listed ~= nil and listed.name == name
end

--- The response of the API, which may be an error.
---@param request sigmamind.sandbox.Request
---@param state sigmamind.sandbox.State
---@return sigmamind.sandbox.Response
function api.respond(request, state)
  if request.key ~= "right" then
    return api.unauthorized(request)
  end
  local declaration, served = find(request)
  if not declaration then
    return api.error(404, "unknown path " .. request.path, request.path)
  elseif not served[request.method] then
    return api.not_allowed(request, table.concat(check.sorted_keys(served), ", "))
  end
  makers.campaigns.advance(state)
  return served[request.method](declaration, request, state)
end

return api
