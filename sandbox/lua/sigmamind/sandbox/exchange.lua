-- One exchange over HTTP/1.1 or HTTP/2: reads the request, asks api.lua or control.lua for the
-- answer, and sends it, or does what a fault says instead.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local new_headers = require "http.headers".new
local http_util = require "http.util"
local api = require "sigmamind.sandbox.api"
local control = require "sigmamind.sandbox.control"
local mischief = require "sigmamind.sandbox.mischief"
local has_zlib, zlib = pcall(require, "zlib")

local sleep = cqueues.sleep
local min = math.min

local read_timeout = 30 -- seconds for the headers, and for the body of a control request
local compress_above = 1024 -- bytes

local can_gzip = has_zlib and tostring(zlib._VERSION):find("^lua%-zlib") ~= nil

---@class sandbox.State what all exchanges share
---@field key string the right key
---@field latency number seconds before each answer of the API
---@field store sandbox.Store
---@field faults sandbox.Faults
---@field drift sandbox.Drift
---@field log sandbox.Log
---@field door sandbox.Door

---@type sandbox.Fault
local no_fault = { times = 0, hits = 0 }

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

---@param text string what follows the question mark
---@return table<string, string>
local function parse_query(text)
  local query = {}
  for name, value in text:gmatch("([^&=]+)=?([^&]*)") do
    name = decode(name)
    query[name] = query[name] or decode(value)
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
  for coding, rest in (accepted or ""):lower():gmatch("([%w*-]+)([^,]*)") do
    if coding == "gzip" or coding == "*" then
      return not rest:find("q%s*=%s*0%.?0*%s*$")
    end
  end
  return false
end

---@param stream table
---@param key string
---@return sandbox.Request? request nil when the client went away
local function read(stream, key)
  local headers = stream:get_headers(read_timeout)
  if not headers then
    return nil
  end
  -- a client that takes the sandbox for a proxy sends the whole URL
  local target = (headers:get(":path") or "*"):gsub("^%a+://[^/]*", "")
  local path, query = target:match("^([^?]*)%??(.*)$")
  return {
    method = headers:get(":method"),
    target = target,
    path = decode(path),
    query = parse_query(query),
    key = check_key(headers:get("x-api-key"), key),
    version = stream.connection.version == 2 and 2 or stream.peer_version,
    user_agent = headers:get("user-agent"),
    gzip = accepts_gzip(headers:get_comma_separated("accept-encoding")),
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

--- Compresses the body of an answer when that pays and the client takes it.
local function compress(response, request)
  local headers = response.headers
  if can_gzip and #response.body > compress_above and not headers["content-encoding"] then
    headers.vary = "Accept-Encoding"
    if request.gzip then
      headers["content-encoding"] = "gzip"
      response.body = zlib.deflate(6, 31)(response.body, "finish")
    end
  end
end

--- The answer with everything that a fault changes in it.
---@param response sandbox.Response
---@param fault sandbox.Fault
---@param request sandbox.Request
---@return sandbox.Response
local function spoil(response, fault, request)
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
---@param response sandbox.Response
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

--- Sends the first bytes of the body, and goes on as the fault says.
---@param stream table
---@param response sandbox.Response
---@param fault sandbox.Fault with `cut` or, to send it without saying how long it is, `chunked_cut`
local function send_part(stream, response, fault)
  local headers, body = header_block(response), response.body
  local count = min(fault.cut or fault.chunked_cut, #body)
  if fault.cut then
    headers:upsert("content-length", ("%d"):format(#body))
  end
  stream:write_headers(headers, false)
  if count > 0 then
    stream:write_chunk(body:sub(1, count), false)
  end
  mischief.break_off(stream, fault)
end

--- An answer as HTTP/1.1 has it.
local function text_of(response)
  local lines = { ("HTTP/1.1 %d"):format(response.status) }
  for name, value in pairs(response.headers) do
    lines[#lines + 1] = name .. ": " .. value
  end
  lines[#lines + 1] = ("content-length: %d\r\n\r\n"):format(#response.body)
  return table.concat(lines, "\r\n") .. response.body
end

--- What a fault makes of the connections. Returns whether the one of this exchange is among them.
---@param state sandbox.State
---@param stream table
---@param fault sandbox.Fault
---@return boolean
local function disconnect(state, stream, fault)
  if fault.refuse then
    state.door:shut(fault.refuse)
  elseif fault.afterwards then
    state.door:turn(fault.afterwards, fault.connections or -1)
  else
    return false
  end
  mischief.drop(stream)
  return true
end

--- What a fault does instead of making an answer. Returns false when there is to be one.
---@param state sandbox.State
---@param stream table
---@param fault sandbox.Fault
---@return boolean
local function misbehave(state, stream, fault)
  if disconnect(state, stream, fault) then
    return true
  elseif fault.raw or fault.endless then
    mischief.write_raw(stream, fault)
  elseif fault.go_away then
    mischief.go_away(stream)
  elseif (fault.silent or fault.reset) and not (fault.cut or fault.chunked_cut) then
    mischief.break_off(stream, fault)
  else
    return false
  end
  return true
end

--- Answers, as far as the fault lets it.
---@param stream table
---@param response sandbox.Response
---@param fault sandbox.Fault
local function answer(stream, response, fault)
  if fault.truncate then
    response.body = response.body:sub(1, fault.truncate)
  end
  if fault.cut or fault.chunked_cut then
    return send_part(stream, response, fault)
  elseif fault.drip then
    return mischief.drip(stream, text_of(response), fault.drip)
  elseif mischief.is_gone(stream) then
    return
  end
  send(stream, response)
  if fault.behind then
    mischief.write_behind(stream, fault.behind)
  end
  if fault.hang_up then
    mischief.drop(stream)
  end
end

---@param state sandbox.State
---@param stream table
---@param request sandbox.Request
local function serve_control(state, stream, request)
  state.door:spare(stream.connection.socket)
  local body = stream:get_body_as_string(read_timeout) or ""
  send(stream, control.answer(request, state, body))
end

---@param state sandbox.State
---@param stream table
---@param request sandbox.Request
local function serve_api(state, stream, request)
  local entry = state.log:add(request, stream.connection)
  local fault, drift = state.faults:next(request) or no_fault, state.drift
  local delay = state.latency + (fault.delay or 0)
  if delay > 0 then
    sleep(delay)
  end
  -- nothing from here to the finished answer lets another exchange run, so that each step of the
  -- script stands between two answers; a request belongs to the script that it met when it came
  if api.is_listing(request) then
    drift:advance(state.store)
  end
  if misbehave(state, stream, fault) then
    return
  end
  local response = spoil(api.answer(request, state.store), fault, request)
  compress(response, request)
  entry.status = response.status
  answer(stream, response, fault)
end

--- lua-http 0.4 goes on reading a body that its client broke off, for ever and without a pause for
--- anybody else: here the end of input is an error.
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

--- Serves one request; for the `onstream` of a lua-http server.
---@param state sandbox.State
---@param stream table
local function exchange(state, stream)
  if not rawget(stream.connection, "read_body_by_length") then
    end_at_eof(stream.connection)
  end
  local request = read(stream, state.key)
  if not request then
    return
  elseif control.takes(request) then
    serve_control(state, stream, request)
  else
    serve_api(state, stream, request)
  end
end

return exchange
