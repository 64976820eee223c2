--- sandbox.handler: serves one request over HTTP/1.1 or HTTP/2: reads it, gets the response from
--- api or admin_api, and sends it, unless a fault replaces it.

local admin_api = require "sigmamind.sandbox.admin_api"
local api = require "sigmamind.sandbox.api"
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local fault_actions = require "sigmamind.sandbox.fault_actions"
local has_zlib, zlib = pcall(require, "zlib")
local http_util = require "http.util"
local new_headers = require("http.headers").new

local handler = {}

local READ_TIMEOUT = 30 -- seconds for the headers, and for the body of a request to the admin API
local COMPRESS_ABOVE = 1024 -- bytes
local BODY_MAX = 32 * 2 ^ 20 -- bytes of a request

--- Methods whose requests are carried out, or are not.
local WRITES = { POST = true, PUT = true, PATCH = true, DELETE = true }

local CAN_GZIP = has_zlib and tostring(zlib._VERSION):find "^lua%-zlib" ~= nil

--- The state that all requests share.
---@class sigmamind.sandbox.State
---@field key string the accepted key
---@field latency number seconds before each response of the API
---@field stores table<string, sigmamind.sandbox.Store> by resource
---@field undocumented_lists "wrapper"|"bare"|"array"
---@field faults sigmamind.sandbox.Faults
---@field drift sigmamind.sandbox.Drift
---@field log sigmamind.sandbox.Log
---@field listener sigmamind.sandbox.Listener
---@field clock sigmamind.sandbox.Clock
---@field waiting sigmamind.sandbox.MadeCampaign[] created ones that have not started

---@type sigmamind.sandbox.Fault
local NO_FAULT = { times = 0, hits = 0 }

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- In a query, + is a blank; in a path it is itself, as in the number of a phone.
local function decode_in_query(text)
  return decode((text:gsub("+", " ")))
end

---@param text string the part of the target after its question mark
---@return table<string, string>
local function parse_query(text)
  local query = {}
  for name, value in text:gmatch "([^&=]+)=?([^&]*)" do
    name = decode_in_query(name)
    query[name] = query[name] or decode_in_query(value)
  end
  return query
end

local function check_key(given, right)
  if not given then
    return "none"
  end
  return given == right and "right" or "wrong"
end

--- Whether an Accept-Encoding header allows gzip.
local function accepts_gzip(accepted)
  for coding, rest in (accepted or ""):lower():gmatch "([%w*-]+)([^,]*)" do
    if coding == "gzip" or coding == "*" then
      return not rest:find "q%s*=%s*0%.?0*%s*$"
    end
  end
  return false
end

---@param stream table
---@param key string
---@return sigmamind.sandbox.Request|nil request nil: the client disconnected
local function read_request(stream, key)
  local headers = stream:get_headers(READ_TIMEOUT)
  if not headers then
    return nil
  end
  -- a client that uses the sandbox as a proxy sends the whole URL
  local target = (headers:get ":path" or "*"):gsub("^%a+://[^/]*", "")
  local path, query = target:match "^([^?]*)%??(.*)$"
  local parent, last = path:match "^(.*)/(.*)$"
  return {
    method = headers:get ":method",
    target = target,
    path = decode(path),
    parent = parent and decode(parent),
    last = last and decode(last),
    query = parse_query(query),
    key = check_key(headers:get "x-api-key", key),
    version = stream.connection.version == 2 and 2 or stream.peer_version,
    user_agent = headers:get "user-agent",
    gzip = accepts_gzip(headers:get_comma_separated "accept-encoding"),
    headers = headers,
  }
end

local function lines_of(headers)
  local lines = {}
  for name, value in headers:each() do
    lines[#lines + 1] = name .. ": " .. value
  end
  return table.concat(lines, "\n")
end

--- Compresses the body of a response if it is large enough and the client accepts it.
local function compress(response, request)
  local headers = response.headers
  if CAN_GZIP and #response.body > COMPRESS_ABOVE and not headers["content-encoding"] then
    headers.vary = "Accept-Encoding"
    if request.gzip then
      headers["content-encoding"] = "gzip"
      response.body = zlib.deflate(6, 31)(response.body, "finish")
    end
  end
end

--- Applies the fields of a fault that change the status, the headers or the body.
---@param response sigmamind.sandbox.Response
---@param fault sigmamind.sandbox.Fault
---@param request sigmamind.sandbox.Request
---@return sigmamind.sandbox.Response
local function modify(response, fault, request)
  if fault.body or fault.echo then
    response = api.response(fault.status or 200, fault.body or lines_of(request.headers))
  elseif fault.status then
    response = api.error(fault.status, "a scripted fault of the sandbox", request.path)
  end
  if fault.bomb then
    response = api.response(200, (" "):rep(fault.bomb * 2 ^ 20))
  end
  response.headers["content-type"] = fault.content_type or response.headers["content-type"]
  for name, value in pairs(fault.headers or {}) do
    response.headers[name:lower()] = value
  end
  return response
end

local function header_block(response)
  local headers = new_headers()
  headers:append(":status", tostring(response.status))
  headers:append("date", http_util.imf_date())
  for name, value in pairs(response.headers) do
    headers:upsert(name, value)
  end
  return headers
end

---@param stream table
---@param response sigmamind.sandbox.Response
local function send(stream, response)
  local headers, body = header_block(response), response.body
  if response.status == 204 or response.status == 304 then
    stream:write_headers(headers, true)
    return
  end
  headers:upsert("content-length", ("%d"):format(#body))
  if stream:write_headers(headers, false) then
    stream:write_chunk(body, true)
  end
end

--- Sends the first bytes of the body, then aborts by the fault's silence or reset, or by a close.
---@param stream table
---@param response sigmamind.sandbox.Response
---@param fault sigmamind.sandbox.Fault with `cut`, or `chunked_cut`, which sends no content-length
local function send_part(stream, response, fault)
  local headers, body = header_block(response), response.body
  local count = math.min(fault.cut or fault.chunked_cut, #body)
  if fault.cut then
    headers:upsert("content-length", ("%d"):format(#body))
  end
  stream:write_headers(headers, false)
  if count > 0 then
    stream:write_chunk(body:sub(1, count), false)
  end
  fault_actions.break_off(stream, fault)
end

--- A response as HTTP/1.1 text.
local function text_of(response)
  local lines = { ("HTTP/1.1 %d"):format(response.status) }
  for name, value in pairs(response.headers) do
    lines[#lines + 1] = name .. ": " .. value
  end
  lines[#lines + 1] = ("content-length: %d\r\n\r\n"):format(#response.body)
  return table.concat(lines, "\r\n") .. response.body
end

--- Applies a fault of whole connections. Returns true if there was one: this connection is closed.
---@param state sigmamind.sandbox.State
---@param stream table
---@param fault sigmamind.sandbox.Fault
---@return boolean
local function disconnect(state, stream, fault)
  if fault.refuse then
    state.listener:refuse_for(fault.refuse)
  elseif fault.afterwards then
    state.listener:set_fault(fault.afterwards, fault.connections or -1)
  else
    return false
  end
  fault_actions.drop(stream)
  return true
end

--- Applies a fault that replaces the response. Returns false if the fault needs a response.
---@param state sigmamind.sandbox.State
---@param stream table
---@param fault sigmamind.sandbox.Fault
---@return boolean
local function replace_response(state, stream, fault)
  if disconnect(state, stream, fault) then
    return true
  elseif fault.raw or fault.endless then
    fault_actions.write_raw(stream, fault)
  elseif fault.go_away then
    fault_actions.go_away(stream)
  elseif (fault.silent or fault.reset) and not (fault.cut or fault.chunked_cut) then
    fault_actions.break_off(stream, fault)
  else
    return false
  end
  return true
end

--- Sends a response, damaged as the fault requires.
---@param stream table
---@param response sigmamind.sandbox.Response
---@param fault sigmamind.sandbox.Fault
local function send_with_fault(stream, response, fault)
  if fault.truncate then
    response.body = response.body:sub(1, fault.truncate)
  end
  if fault.cut or fault.chunked_cut then
    return send_part(stream, response, fault)
  elseif fault.drip then
    return fault_actions.drip(stream, text_of(response), fault.drip)
  elseif fault_actions.is_gone(stream) then
    return
  end
  send(stream, response)
  if fault.behind then
    fault_actions.write_behind(stream, fault.behind)
  end
  if fault.hang_up then
    fault_actions.drop(stream)
  end
end

---@param state sigmamind.sandbox.State
---@param stream table
---@param request sigmamind.sandbox.Request
local function serve_admin_api(state, stream, request)
  state.listener:exempt(stream.connection.socket)
  local body = stream:get_body_as_string(READ_TIMEOUT) or ""
  send(stream, admin_api.respond(request, state, body))
end

--- Whether a request has a body (RFC 9112 section 6.3). lua-http fails to read one that is not
--- there.
local function has_body(request)
  local headers = request.headers
  return request.version == 2 or headers:has "content-length" or headers:has "transfer-encoding"
end

--- Reads the body of a request that writes; one that is too long is read, but not kept. Returns
--- false if it did not come to its end.
---@param stream table
---@param request sigmamind.sandbox.Request
---@return boolean
local function receive_body(stream, request)
  local pieces, length = {}, 0
  request.body = ""
  if not has_body(request) then
    return true
  elseif (request.headers:get "expect" or ""):lower() == "100-continue" then
    stream:write_continue()
  end
  local piece, err = stream:get_next_chunk(READ_TIMEOUT)
  while piece do
    length = length + #piece
    pieces[#pieces + 1] = length <= BODY_MAX and piece or nil
    piece, err = stream:get_next_chunk(READ_TIMEOUT)
  end
  request.body = length <= BODY_MAX and table.concat(pieces) or nil
  local announced = request.headers:get "content-length"
  return not err and (not announced or tonumber(announced) == length)
end

--- Whether the effects of a fault come instead of what the API does.
local function replaces(fault)
  return fault.status or fault.body or fault.echo or fault.bomb
end

--- Carries the request out, unless a fault comes instead.
local function respond(request, state, fault, entry)
  if WRITES[request.method] and not fault.acts and replaces(fault) then
    return api.response(200, "{}")
  end
  if WRITES[request.method] and not request.body then
    return api.error(413, "the body is larger than 32 MiB", request.path)
  end
  local response = api.respond(request, state)
  entry.acted, entry.id = response.acted ~= nil, response.acted
  return response
end

--- Sends a response, changed and damaged as the fault requires.
---@param stream table
---@param response sigmamind.sandbox.Response
---@param fault sigmamind.sandbox.Fault
---@param request sigmamind.sandbox.Request
---@param entry sigmamind.sandbox.LogEntry
local function finish(stream, response, fault, request, entry)
  response = modify(response, fault, request)
  compress(response, request)
  entry.status = response.status
  send_with_fault(stream, response, fault)
end

--- Applies a fault before the body of a request is read. Returns false if it needs what the API
--- responds.
---@param state sigmamind.sandbox.State
---@param stream table
---@param request sigmamind.sandbox.Request
---@param fault sigmamind.sandbox.Fault
---@param entry sigmamind.sandbox.LogEntry
---@return boolean
local function apply_unread(state, stream, request, fault, entry)
  if replace_response(state, stream, fault) then
    return true
  elseif replaces(fault) then
    finish(stream, api.response(200, "{}"), fault, request, entry)
    return true
  end
  return false
end

local function wait(seconds)
  if seconds > 0 then
    cqueues.sleep(seconds)
  end
end

---@param state sigmamind.sandbox.State
---@param stream table
---@param request sigmamind.sandbox.Request
local function serve_api(state, stream, request)
  local entry = state.log:add(request, stream.connection)
  local fault, drift = state.faults:next(request) or NO_FAULT, state.drift
  local delay = state.latency + (fault.delay or 0)
  if fault.unread then
    wait(delay)
    if apply_unread(state, stream, request, fault, entry) then
      return
    end
  end
  if WRITES[request.method] and not receive_body(stream, request) then
    return
  end
  wait(fault.unread and 0 or delay)
  -- Invariant: nothing yields between here and the finished response, so that each step of the
  -- drift happens between two responses. `drift` was the current one when the request arrived.
  if api.is_list(request, drift.resource) then
    drift:advance(state.stores[drift.resource])
  end
  local response = fault.acts and respond(request, state, fault, entry)
  if replace_response(state, stream, fault) then
    return
  end
  finish(stream, response or respond(request, state, fault, entry), fault, request, entry)
end

--- Makes the end of input within a body an error: lua-http 0.4 would loop forever without a yield.
local function end_at_eof(connection)
  local read_body = connection.read_body_by_length
  if not read_body then
    return -- HTTP/2
  end
  function connection:read_body_by_length(length, timeout)
    local piece, err, number = read_body(self, length, timeout)
    if not piece and not err then
      return nil, errno.strerror(errno.EPIPE), errno.EPIPE
    end
    return piece, err, number
  end
end

--- Serves one request: `onstream` of a lua-http server.
---@param state sigmamind.sandbox.State
---@param stream table
function handler.serve(state, stream)
  if not rawget(stream.connection, "read_body_by_length") then
    end_at_eof(stream.connection)
  end
  local request = read_request(stream, state.key)
  if not request then
    return
  elseif admin_api.takes(request) then
    serve_admin_api(state, stream, request)
  else
    serve_api(state, stream, request)
  end
end

return handler
