--- cli.api_request: the words of `sigmamind api` as the arguments of client:request.

local ascii = require "sigmamind.ascii"
local convert = require "sigmamind.cli.convert"
local core = require "sigmamind.core"

local api_request = {}

--- The arguments of the query: one that is given several times is a list.
local function query_of(words)
  local query = {}
  for _, text in ipairs(words) do
    local name, value = convert.assignment("--query", text)
    if not name then
      return nil, value
    end
    query[name] = query[name] or {}
    table.insert(query[name], value)
  end
  return query
end

--- The JSON of a field's value; nil, message. A number keeps its digits.
local function json_of(name, text)
  if convert.is_literal(text) then
    return text
  end
  local json, why = core.encode(text)
  return json, why and ("--field %s: %s"):format(name, why)
end

--- The fields as the text of a JSON object, in their order; nil, message.
local function object_of(words)
  local members, seen = {}, {}
  for i, text in ipairs(words) do
    local name, value = convert.assignment("--field", text)
    if not name then
      return nil, value
    elseif seen[name] then
      return nil, ("--field %s is given twice"):format(name)
    end
    local key, why = core.encode(name)
    local json = key
    if json then
      json, why = json_of(name, value)
    end
    if not json then
      return nil, why
    end
    members[i], seen[name] = key .. ":" .. json, true
  end
  return "{" .. table.concat(members, ",") .. "}"
end

--- The bytes of a file, or of standard input; nil, message.
local function read_input(name)
  local file, why = io.stdin, nil
  if name ~= "-" then
    file, why = io.open(name, "rb")
  end
  if not file then
    return nil, "--input: cannot read " .. why
  end
  local text
  text, why = file:read "*a"
  if name ~= "-" then
    file:close()
  end
  return text, not text and ("--input: cannot read %s: %s"):format(name, why) or nil
end

--- The headers; nil, message. The message does not show a value, which may be secret.
local function headers_of(words)
  local headers, seen = {}, {}
  for _, text in ipairs(words) do
    local name, value = text:match "^([^:]+):%s*(.-)%s*$"
    local lower = name and ascii.lower(name)
    if not name then
      return nil, "--header must be NAME: VALUE"
    elseif lower == "x-api-key" then
      local message = "--header cannot set X-API-Key: give --key-file or SIGMAMIND_API_KEY"
      return nil, message
    elseif seen[lower] then
      return nil, ("--header %s is given twice"):format(name)
    end
    headers[name], seen[lower] = value, true
  end
  return headers, nil, seen
end

--- The body, and the method that goes with it; nil, message.
local function body_of(options)
  if options.field[1] and options.input then
    return nil, "--field and --input cannot be combined"
  elseif options.field[1] then
    return object_of(options.field)
  elseif options.input then
    return read_input(options.input)
  end
end

--- The arguments for client:request; nil, message.
---@param options table  as argparse gives them
---@return table|nil, string|nil
function api_request.read(options)
  local query, wrong_query = query_of(options.query)
  if not query then
    return nil, wrong_query
  end
  local headers, wrong_header, seen = headers_of(options.header)
  if not headers then
    return nil, wrong_header
  end
  local body, wrong_body = body_of(options)
  if wrong_body then
    return nil, wrong_body
  elseif body and not seen["content-type"] then
    headers["Content-Type"] = "application/json"
  end
  local first, second = options.request[1], options.request[2]
  return {
    method = second and first:upper() or body and "POST" or "GET",
    path = second or first,
    query = query,
    headers = headers,
    body = body,
    idempotent = options.idempotent,
  }
end

return api_request
