--- call: what one logical request sends at each of its attempts: method, URL, headers and body.

local ascii = require "sigmamind.ascii"
local number = require "sigmamind.number"

local call = {}

---@class sigmamind.http.Call
---@field path string  below base_url, percent-encoded
---@field resource? string  the name of its declaration
---@field method? string  default "GET"
---@field query? table<string, string|number|boolean|any[]>  a list: the name once for each value
---@field headers? table<string, string|false>  false: libcurl sends no such header of its own
---@field body? string
---@field form? sigmamind.core.Part[]
---@field idempotent? boolean  default: whether RFC 9110 section 9.2.2 says so of the method
---@field page? integer  of a listing: the number that the page in the reply must have
---@field paging? "documented"|"unknown"  of a listing; default: documented
---@field refusal? fun(): table|nil  a failure if no attempt may be made any more
---@field missing? string  what to check when the reply is a 404
---@field is_fresh? boolean  reads from the API, not from a cache
---@field snapshot? string  of a walk: pages that are kept must belong to it, see http/share
---@field only_kept? boolean  of a walk: is not sent, if the cache does not have it
---@field options? sigmamind.CallOptions

--- The options of one operation, instead of the client's. Each verb takes them last.
---@class sigmamind.CallOptions
---@field timeout? number|false  seconds for one attempt, max 3600
---@field attempts? integer  in all, 1 to 10
---@field deadline? number|false  seconds for the operation, including retries and waits
---@field headers? table<string, string|false>  besides those of the client
---@field cache? false  neither the cache nor another reader's request is used

--- Methods that change nothing, so that nobody asks whether one was carried out (RFC 9110 section
--- 9.2.1), and those that may be sent again.
local SAFE = { GET = true, HEAD = true, OPTIONS = true }
local IDEMPOTENT = { GET = true, HEAD = true, OPTIONS = true, PUT = true, DELETE = true }

--- Methods whose requests have a body, if only an empty one (RFC 9110 section 8.6).
local WITH_BODY = { POST = true, PUT = true, PATCH = true }

---@param method string
---@return boolean
function call.is_safe(method)
  return SAFE[method] == true
end

--- Whether a request of this method may have a body.
---@param method string
---@return boolean
function call.may_have_body(method)
  return WITH_BODY[method] or method == "DELETE"
end

local function percent_encoded(character)
  return ("%%%02X"):format(character:byte())
end

--- The value as a segment of a path, or in a query (RFC 3986 section 2.3).
---@param value string|number|boolean
---@return string
function call.escape(value)
  local text = type(value) == "number" and number.text(value) or tostring(value)
  return (text:gsub("[^%w%-._~]", percent_encoded))
end

--- The path with its query, sorted by name, so that equal requests have equal URLs. The values of a
--- list keep their order.
---@param path string
---@param query table<string, any>|nil
---@return string
function call.resource(path, query)
  local arguments = {}
  for name, value in pairs(query or {}) do
    local head, pairs_of_name = call.escape(name) .. "=", {}
    for i, each in ipairs(type(value) == "table" and value or { value }) do
      pairs_of_name[i] = head .. call.escape(each)
    end
    arguments[#arguments + 1] = pairs_of_name[1] and table.concat(pairs_of_name, "&")
  end
  table.sort(arguments, ascii.before)
  return #arguments == 0 and path or path .. "?" .. table.concat(arguments, "&")
end

local GET_HEADERS = { Accept = "application/json" }

--- Sets headers, in place of those whose names are the same in any case.
local function set_headers(all, names, headers)
  for name, value in pairs(headers or {}) do
    local lower = ascii.lower(name)
    if names[lower] then
      all[names[lower]] = nil
    end
    all[name], names[lower] = value, name
  end
end

--- The headers of all attempts: ours, then those of the call, then those of its options. Expect
--- would cost a second where the server does not answer it, and libcurl's own Content-Type is that
--- of a web form.
local function headers_of(given, body)
  local own, options = GET_HEADERS, given.options and given.options.headers
  if body then
    own = { Accept = "application/json", Expect = false, ["Content-Type"] = false }
  elseif given.form then
    own = { Accept = "application/json", Expect = false }
  elseif not (given.headers or options) then
    return GET_HEADERS
  end
  local all, names = {}, {}
  set_headers(all, names, own)
  set_headers(all, names, given.headers)
  set_headers(all, names, options)
  return all
end

--- The fields for session:start that all attempts share.
---@param given sigmamind.http.Call
---@param base_url string
---@return table
function call.start_fields(given, base_url)
  local method, body = given.method or "GET", given.body
  if WITH_BODY[method] and not given.form then
    body = body or ""
  end
  return {
    url = base_url .. call.resource(given.path, given.query),
    method = method ~= "GET" and method or nil,
    headers = headers_of(given, body),
    body = body,
    form = given.form,
    exclusive = not (SAFE[method] and call.is_idempotent(given)), -- libcurl repeats silently
  }
end

--- Whether the request may be sent again though the server may have acted on it. Each sending is an
--- attempt of ours, so that the outcome covers all of them.
---@param given sigmamind.http.Call
---@return boolean
function call.is_idempotent(given)
  if given.idempotent ~= nil then
    return given.idempotent
  end
  return IDEMPOTENT[given.method or "GET"] == true
end

--- Whether it sends a file, which may take longer than other requests.
---@param given sigmamind.http.Call
---@return boolean
function call.has_file(given)
  for _, part in ipairs(given.form or {}) do
    if part.file then
      return true
    end
  end
  return false
end

--- Why an attempt cannot be made any more, as a failure: a file was closed by its owner since the
--- attempt before, or the call's own reason.
---@param given sigmamind.http.Call
---@return table|nil failure
function call.refusal(given)
  for _, part in ipairs(given.form or {}) do
    if part.file and io.type(part.file) ~= "file" then
      return { message = "a file of the form was closed", kind = "config", cause = "file" }
    end
  end
  return given.refusal and given.refusal()
end

return call
