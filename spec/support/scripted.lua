-- A server in this process that reads each request whole and then does what a function decides. It runs
-- whenever step() is called, beside the session that is polled.

local core = require "sigmamind.core"
local sigmamind = require "sigmamind"
local socket = require "socket"

local scripted = {}
scripted.__index = scripted

--- `act(client, request)` is called with each whole request: { method =, head =, body =, number = }, the
--- number counting those of its connection. It may send to the client and close it.
function scripted.open(act)
  local server = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(0)
  local _, port = server:getsockname()
  return setmetatable({
    server = server,
    url = "http://127.0.0.1:" .. port,
    act = act,
    connections = {},
    requests = {},
  }, scripted)
end

--- The text of a reply with a JSON body.
function scripted.reply(status, body, headers)
  local text = "HTTP/1.1 %d Reason\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
  return text:format(status, headers or "", #body, body)
end

--- A server that answers its nth request with the nth text, further ones with the last; false: it closes the
--- connection.
function scripted.answering(replies)
  local peer
  peer = scripted.open(function(connection)
    local reply = replies[math.min(#peer.requests, #replies)]
    if reply then
      connection:send(reply)
    else
      connection:close()
    end
  end)
  return peer
end

local function take_request(connection)
  local head, rest = connection.bytes:match "^(.-\r\n\r\n)(.*)$"
  local length = head and tonumber(head:lower():match "content%-length: (%d+)" or 0)
  if not head or #rest < length then
    return nil
  end
  connection.bytes, connection.count = rest:sub(length + 1), connection.count + 1
  return { method = head:match "^%S+", head = head, body = rest:sub(1, length), number = connection.count }
end

--- Accepts, reads and acts, without waiting.
function scripted:step()
  local client = self.server:accept()
  if client then
    client:settimeout(0)
    table.insert(self.connections, { client = client, bytes = "", count = 0 })
  end
  for _, connection in ipairs(self.connections) do
    local all, _, partial = connection.client:receive(65536)
    connection.bytes = connection.bytes .. (all or partial or "")
    local request = take_request(connection)
    if request then
      table.insert(self.requests, request)
      self.act(connection.client, request)
    end
  end
end

--- Steps and polls until the transfer is done, for 10 seconds at most.
function scripted:finish(session, transfer)
  local deadline = socket.gettime() + 10
  while not transfer:done() do
    assert(socket.gettime() < deadline, "the transfer does not end")
    self:step()
    session:poll(0.01)
  end
  return transfer
end

--- A runtime for a client in this process: the server runs while the client waits.
function scripted:runtime()
  return {
    now = core.now,
    sleep = core.sleep,
    wait = function(session, transfer)
      self:finish(session, transfer)
    end,
  }
end

--- The same, on which time passes at once when the client sleeps; `slept` counts the seconds.
function scripted:hurried()
  local runtime = self:runtime()
  self.slept = 0
  runtime.now = function() return core.now() + self.slept end
  runtime.sleep = function(seconds) self.slept = self.slept + seconds end
  return runtime
end

--- A client of the server, on which no time passes. `options` are added to the defaults.
function scripted:client(options)
  local given = { api_key = "k", base_url = self.url, runtime = self:hurried() }
  for name, value in pairs(options or {}) do
    given[name] = value
  end
  return sigmamind.new(given)
end

--- The value of a header in the head of a request, whatever the case of its name.
function scripted.header(head, wanted)
  for name, value in head:gmatch "\n([^:\r]+): ([^\r]*)" do
    if name:lower() == wanted:lower() then
      return value
    end
  end
end

--- How many requests with that method arrived whole.
function scripted:count(method)
  local count = 0
  for _, request in ipairs(self.requests) do
    count = count + (request.method == method and 1 or 0)
  end
  return count
end

function scripted:close()
  for _, connection in ipairs(self.connections) do
    connection.client:close()
  end
  self.server:close()
end

return scripted
