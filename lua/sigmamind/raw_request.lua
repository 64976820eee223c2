--- raw_request: the arguments of client:request, for endpoints that no resource declares.

local ascii = require "sigmamind.ascii"
local check = require "sigmamind.check"
local core = require "sigmamind.core"
local files = require "sigmamind.files"
local http_call = require "sigmamind.http.call"
local options = require "sigmamind.options"

local raw_request = {}

local function is_scalar(value)
  return type(value) == "string" or type(value) == "boolean" or check.finite.test(value)
end

local function is_list(value)
  local count = 0
  for _ in pairs(type(value) == "table" and value or {}) do
    count = count + 1
  end
  return type(value) == "table" and count == #value
end

--- Whether a value of the query is a scalar, or a list of scalars.
local function is_argument(value)
  for _, each in ipairs(is_list(value) and value or {}) do
    if not is_scalar(each) then
      return false
    end
  end
  return is_list(value) or is_scalar(value)
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
  path = check.path,
  query = {
    accepts = "a table of names and strings, finite numbers, booleans, or lists of these",
    test = is_query,
  },
  json = {
    accepts = "a value that JSON can hold",
    test = function()
      return true -- core.encode says what is wrong
    end,
  },
  body = check.type "string",
  form = {
    accepts = "a list of parts",
    test = function(value)
      return is_list(value) and #value > 0
    end,
  },
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
    accepts = "the name of a regular file, or an open one",
    test = function(value)
      return type(value) == "string" or io.type(value) == "file" and value:seek "cur" ~= nil
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

--- Checks the parts of a form, and returns copies. Raises at `level`.
local function form_of(parts, level)
  local form = {}
  for i, part in ipairs(parts) do
    check_part(part, ("client:request: form[%d]"):format(i), level + 1)
    form[i] = { name = part.name, data = part.data, filename = part.filename, type = part.type }
    form[i].file = part.file
  end
  return form
end

--- Opens the files that a form names, and returns them. Raises at `level`, and leaves none open
--- then.
---@param form table[]|nil
---@param level integer
---@return file*[]
function raw_request.open_files(form, level)
  local opened = {}
  for i, part in ipairs(form or {}) do
    if type(part.file) == "string" then
      local file, why = files.open(part.file)
      if not file then
        raw_request.close_files(opened)
        error(("client:request: form[%d]: cannot read the file: %s"):format(i, why), level + 1)
      end
      part.filename = part.filename or part.file:match "[^/]*$"
      opened[#opened + 1], part.file = file, file
    end
  end
  return opened
end

---@param opened file*[]
function raw_request.close_files(opened)
  for _, file in ipairs(opened) do
    file:close()
  end
end

local function has_header(headers, wanted)
  for name in pairs(headers or {}) do
    if ascii.lower(name) == wanted then
      return true
    end
  end
  return false
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
  elseif given.form and has_header(given.headers, "content-type") then
    error("client:request: a form has a Content-Type of its own", level + 1)
  elseif bodies == 1 and not http_call.may_have_body(method) then
    error(("client:request: a %s request has no body"):format(method), level + 1)
  end
end

--- The call for the arguments. Its form may name files that are to be opened. Raises at `level`.
---@param given table
---@param decoding {null: any, array_mt: table}
---@param level integer
---@return sigmamind.http.Call
function raw_request.read(given, decoding, level)
  given = check.arguments("client:request", RULES, given, level + 1)
  check_body(given, level + 1)
  local call = { options = options.of_call(given) }
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
    call.form = form_of(given.form, level + 1)
  end
  return call
end

return raw_request
