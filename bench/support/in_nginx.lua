-- An endpoint that requests the API for each visitor, for bench/nginx.lua, by this client and as
-- others would write it: each function answers with the campaigns of one page as a JSON array.

local cjson = require "cjson"
local sigmamind = require "sigmamind"
local has_resty, resty_http = pcall(require, "resty.http")

local in_nginx = { has_resty = has_resty }

local BASE = os.getenv "SIGMAMIND_BASE_URL"
local KEY = os.getenv "SIGMAMIND_API_KEY"
local HOST, PORT, FOLDER = BASE:match "^http://([^:/]+):(%d+)(.*)$"
local PATH = "/v1/campaigns?page=0&size=100&status=live"
local IDLE, POOL = 60000, 128 -- of kept connections: milliseconds, how many

local client = sigmamind.new()

local function answer(rows)
  ngx.header["Content-Type"] = "application/json"
  ngx.say(cjson.encode(rows))
end

--- Ours: rows that are only forwarded are not decoded.
function in_nginx.texts()
  local rows = sigmamind.assert(client:campaigns({ status = "live" }):json():totable())
  ngx.header["Content-Type"] = "application/json"
  ngx.say("[", table.concat(rows, ",\n"), "]")
end

--- Ours, but every row becomes a table, and is encoded again by lua-cjson.
function in_nginx.tables()
  local rows = sigmamind.assert(client:campaigns({ status = "live" }):totable())
  answer(rows)
end

--- A body, by the least that a client of cosockets does: no chunks, no compression, no time limits
--- of its own.
function in_nginx.body()
  local socket = ngx.socket.tcp()
  assert(socket:connect(HOST, tonumber(PORT), { pool_size = POOL }))
  local request = "GET %s HTTP/1.1\r\nHost: %s\r\nX-API-Key: %s\r\n\r\n"
  assert(socket:send(request:format(FOLDER .. PATH, HOST, KEY)))
  local length
  repeat
    local line = assert(socket:receive "*l")
    length = tonumber(line:match "^Content%-Length: (%d+)") or length
  until line == ""
  local body = assert(socket:receive(length))
  socket:setkeepalive(IDLE, POOL)
  return body
end

function in_nginx.cosocket()
  answer(cjson.decode(in_nginx.body()).data)
end

--- lua-resty-http with lua-cjson.
function in_nginx.resty()
  local reply = assert(resty_http.new():request_uri(BASE .. PATH, {
    headers = { ["X-API-Key"] = KEY },
    keepalive_timeout = IDLE,
    keepalive_pool = POOL,
  }))
  answer(cjson.decode(reply.body).data)
end

return in_nginx
