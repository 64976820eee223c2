--- raw_request: the arguments of client:request, for endpoints that no resource declares.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local http_call = require "sigmamind.http.call"
local options = require "sigmamind.options"

local raw_request = {}

local PATH = "^/[%w%-._~!$&'()*+,;=:@/%%]*$" -- RFC 3986 section 3.3

--- Whether a segment names another one: libcurl would remove it (RFC 3986 section 5.2.4).
local function is_dots(segment)
  local plain = segment:gsub("%%2[eE]", ".")
  return plain == "." or plain == ".."
end

local function is_path(value)
  if type(value) ~= "string" or not value:find(PATH) or value:gsub("%%%x%x", ""):find "%%" then
    return false
  end
  for segment in value:gmatch "[^/]+" do
    if is_dots(segment) then
      return false
    end
  end
  return true
end

local SCALARS = { string = true, number = true, boolean = true }

local function is_argument(value)
  for _, each in ipairs(type(value) == "table" and value or {}) do
    if not SCALARS[type(each)] then
      return false
    end
  end
  return type(value) == "table" or SCALARS[type(value)] == true
end

local function is_query(value)
  for name, each in pairs(type(value) == "table" and value or {}) do
    if type(name) ~= "string" or not is_argument(each) then
      return false
    end
  end
  return type(value) == "table"
end

local RULES = {
  method = check.one_of { "GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE" },
  path = {
    accepts = "a path like '/v1/calls', percent-encoded, without a query and without . and ..",
    test = is_path,
  },
  query = {
    accepts = "a table of names and strings, numbers, booleans, or lists of these",
    test = is_query,
  },
  json = {
    accepts = "a value that JSON can hold",
    test = function()
      return true -- core.encode says what is wrong
    end,
  },
  body = check.type "string",
  form = check.type "table",
  idempotent = check.type "boolean",
}
for name, rule in pairs(options.CALL_RULES) do
  RULES[name] = rule
end

--- Text that becomes part of a part's head, where a line end would begin another header.
local head_text = {
  accepts = "a string without control characters",
  test = function(value)
    return type(value) == "string" and not value:find "[%z\1-\31\127]"
  end,
}

local PART = {
  name = head_text,
  data = check.type "string",
  file = {
    accepts = "the name of a file, or an open one",
    test = function(value)
      return type(value) == "string" or io.type(value) == "file"
    end,
  },
  filename = head_text,
  type = head_text,
}

local function check_part(part, what, level)
  check.arguments(what, PART, part, level + 1, "property")
  if not (part and part.name) then
    error(what .. ": name is missing", level + 1)
  elseif (part.data == nil) == (part.file == nil) then
    error(what .. " must have data or file", level + 1)
  end
end

local function close_all(files)
  for _, file in ipairs(files) do
    file:close()
  end
end

--- Opens the file of a part. Not a FIFO, which would wait for its writer.
local function open(path)
  if not core.is_file(path) then
    return nil, path .. ": not a regular file"
  end
  return io.open(path, "rb")
end

--- The parts of a form for the core. Files that are given by their names are opened, and added to
--- `opened`. Raises at `level`, and leaves no file open then.
local function form_of(parts, opened, level)
  local form = {}
  for i, part in ipairs(parts) do
    check_part(part, ("client:request: form[%d]"):format(i), level + 1)
  end
  for i, part in ipairs(parts) do
    form[i] = { name = part.name, data = part.data, filename = part.filename, type = part.type }
    form[i].file = part.file
    if type(part.file) == "string" then
      local file, why = open(part.file)
      if not file then
        close_all(opened)
        error(("client:request: form[%d]: cannot read the file %s"):format(i, why), level + 1)
      end
      opened[#opened + 1], form[i].file = file, file
      form[i].filename = part.filename or part.file:match "[^/]*$"
    end
  end
  return form
end

--- Raises at `level` for a request without a path, or with several bodies, or with one that its
--- method has not.
local function check_body(given, level)
  local method, bodies = given.method or "GET", 0
  for _, name in ipairs { "json", "body", "form" } do
    bodies = bodies + (given[name] ~= nil and 1 or 0)
  end
  if not given.path then
    error("client:request: path is missing", level + 1)
  elseif bodies > 1 then
    error("client:request: a request has one of json, body and form", level + 1)
  elseif bodies == 1 and not http_call.may_have_body(method) then
    error(("client:request: a %s request has no body"):format(method), level + 1)
  end
end

--- The call for checked arguments, and a function that closes its files. Raises at `level`.
---@param given table
---@param decoding {null: any, array_mt: table}
---@param level integer
---@return sigmamind.http.Call call, fun() close
function raw_request.read(given, decoding, level)
  given = check.arguments("client:request", RULES, given, level + 1)
  check_body(given, level + 1)
  local call, opened = {}, {}
  for _, name in ipairs { "method", "path", "query", "body", "idempotent" } do
    call[name] = given[name]
  end
  if given.json ~= nil then
    local null, array_mt = decoding.null, decoding.array_mt
    local text, why = core.encode(given.json, { null = null, array_mt = array_mt })
    if not text then
      error("client:request: json: " .. why, level + 1)
    end
    call.body, call.headers = text, { ["Content-Type"] = "application/json" }
  elseif given.form then
    call.form = form_of(given.form, opened, level + 1)
  end
  call.options = given
  return call, function()
    close_all(opened)
  end
end

return raw_request
