-- A sandbox for specs, with methods for its faults and its log.

local cjson = require "spec.support.json"
local core = require "sigmamind.core"
local sandbox = require "sigmamind.sandbox"
local sigmamind = require "sigmamind"

local server = {}
server.__index = server

local function open(self, options)
  self.process = assert(sandbox.start(options))
  self.url, self.key = self.process.url, self.process.key
  self.https_url, self.ca_file = self.process.https_url, self.process.ca_file
  self.session = core.session {}
  return self
end

function server.start(options)
  return open(setmetatable({}, server), options)
end

--- One sandbox for all specs of a file: starts before the first, is cleared of faults and log before each, and
--- stops after the last.
function server.shared(options)
  local busted = require "busted"
  local self = setmetatable({}, server)
  busted.setup(function() open(self, options) end)
  busted.before_each(function() self:clear() end)
  busted.teardown(function() self:stop() end)
  return self
end

--- A sandbox that another process starts and stops.
function server.attach(url, key)
  return setmetatable({ url = url, key = key, session = core.session {} }, server)
end

--- Sends a request to the sandbox; returns the body.
function server:control(method, path, body)
  local transfer = assert(self.session:start {
    url = self.url .. path,
    method = method,
    body = body,
    key = self.key,
    timeout = 10,
  })
  while not transfer:done() do
    self.session:poll(1)
  end
  assert(transfer:status() == 200, transfer:body())
  return transfer:body()
end

--- GET, by default with the right key and from this server; returns status and decoded body.
function server:get(path, key, url)
  local transfer = self.session:start {
    url = (url or self.url) .. path,
    key = key or self.key,
    timeout = 10,
  }
  while not transfer:done() do
    self.session:poll(1)
  end
  return transfer:status(), cjson.decode(transfer:body())
end

--- Sends the text of a request; returns the status of the response, its headers by lower-case name, and its body.
local function exchange(self, text)
  local client = require("socket").connect("127.0.0.1", tonumber(self.url:match ":(%d+)$"))
  client:settimeout(30)
  client:send(text)
  local reply = client:receive "*a"
  client:close()
  local status, head, body = reply:match "^HTTP/1.1 (%d+)[^\n]*\n(.-\n)\r\n(.*)$"
  local headers = {}
  for name, value in head:gmatch "([^:\n]+): ([^\r]*)\r\n" do
    headers[name:lower()] = value
  end
  return tonumber(status), headers, body
end

local function head_of(self, line, ...)
  local lines = { line .. " HTTP/1.1", "host: x", "connection: close", "x-api-key: " .. self.key, ... }
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- Sends a raw request without a body, such as "POST /v1/calls", with further lines of its head.
function server:send(line, ...)
  return exchange(self, head_of(self, line, ...))
end

--- Sends a raw request with a body.
function server:send_body(line, body, content_type)
  local head = head_of(self, line, "content-length: " .. #body, "content-type: " .. content_type)
  return exchange(self, head .. body)
end

--- Sets the faults: server:faults({ status = 503 }, { page = 3, cut = 100 })
function server:faults(...)
  self:control("PUT", "/sandbox/faults", cjson.encode { ... })
end

--- Sets the list to `count` fresh campaigns (nil: keeps it), and its changes from now on (nil: none):
--- server:list(60, { { request = 2, insert = 0, count = 3 } }). Another resource may be the one that changes.
function server:list(campaigns, drift, resource)
  self:control("PUT", "/sandbox/list", cjson.encode { campaigns = campaigns, drift = drift, resource = resource })
end

--- The ids of the whole current list, and the number of requests counted since it was set.
function server:ids()
  local list = cjson.decode(self:control("GET", "/sandbox/list"))
  return list.campaigns, list.requests
end

--- The requests since the last clear, oldest first.
function server:log()
  return cjson.decode(self:control("GET", "/sandbox/log"))
end

--- Clears faults and log: between specs.
function server:clear()
  self:control("PUT", "/sandbox/faults", "[]")
  self:control("DELETE", "/sandbox/log")
end

--- The variables for the command and for programs: "NAME=value ...".
function server:environment()
  return ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(self.url, self.key)
end

--- A client of this server; `options` are added to the defaults.
function server:client(options)
  local given = { base_url = self.url, api_key = self.key }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return sigmamind.new(given)
end

function server:stop()
  self.session:close()
  self.process:stop()
end

return server
