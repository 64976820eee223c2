--- sandbox.listener: accepts connections, and applies the faults of whole connections.

local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local fault_actions = require "sigmamind.sandbox.fault_actions"
local sockets = require "cqueues.socket"

local listener = {}

---@class sigmamind.sandbox.Listener
---@field host string
---@field port integer
---@field private socket? table the listening socket; nil while connections are refused
---@field private changed table wakes serve
---@field private servers table<string, table> a lua-http server by its certificate
---@field private open table<table, boolean> open connections except the admin API's; weak keys
---@field private refused_until number by cqueues.monotime; 0: connections are accepted
---@field private fault? string the fault of the next connections; nil: none
---@field private faults_left number number of connections that it still affects
local Listener = { __name = "sigmamind.sandbox.listener" }
Listener.__index = Listener

local REFUSED_POLL = 0.001 -- seconds
local DESCRIPTORS_POLL = 0.05 -- seconds

local function listen(host, port)
  local socket = sockets.listen { host = host, port = port, reuseaddr = true }
  socket:onerror(function(_, _, why)
    return why
  end)
  local ok, why = socket:listen()
  if not ok then
    return nil, ("cannot listen on %s:%d: %s"):format(host, port, errno.strerror(why))
  end
  return socket
end

--- Listens on a port; 0: any free one.
---@param host string
---@param port integer
---@return sigmamind.sandbox.Listener|nil listener, string|nil err
function listener.open(host, port)
  local socket, err = listen(host, port)
  if not socket then
    return nil, err
  end
  return setmetatable({
    host = host,
    port = select(3, socket:localname()),
    socket = socket,
    changed = condition.new(),
    servers = {},
    open = setmetatable({}, { __mode = "k" }),
    refused_until = 0,
    faults_left = 0,
  }, Listener)
end

--- Adds the lua-http server for connections with a certificate: "good", or the name of a fault.
---@param certificate string
---@param server table
function Listener:add_server(certificate, server)
  self.servers[certificate] = server
end

--- Exempts a connection of the admin API from faults of open connections.
---@param socket table|nil nil: it has already ended
function Listener:exempt(socket)
  if socket then
    self.open[socket] = nil
  end
end

--- Closes the open connections.
function Listener:close_connections()
  for socket in pairs(self.open) do
    pcall(socket.shutdown, socket, "rw") -- raises for a socket that is already closed
    self.open[socket] = nil
  end
end

--- Closes the open connections, and makes the next ones fail.
---@param fault string one of CONNECTION_FAULTS in sandbox.fault
---@param count integer number of connections; -1: all
function Listener:set_fault(fault, count)
  self.fault, self.faults_left = fault, count < 0 and math.huge or count
  self:close_connections()
end

--- Serves connections again. Returns when the port accepts them.
function Listener:clear_faults()
  self.fault, self.faults_left, self.refused_until = nil, 0, 0
  while not self.socket do
    cqueues.sleep(REFUSED_POLL)
  end
end

--- Closes the open connections, and refuses new ones.
---@param seconds number
function Listener:refuse_for(seconds)
  self.refused_until = cqueues.monotime() + seconds
  self.changed:signal()
  self:close_connections()
end

--- Handlers that replace the server for a connection, by the name of the fault.
local CONNECTION_FAULTS = {}

---@param socket table
function CONNECTION_FAULTS.silence(socket)
  fault_actions.wait_for_eof(socket)
  socket:close()
end

---@param socket table
function CONNECTION_FAULTS.reset(socket)
  fault_actions.reset(socket)
end

---@param socket table
function CONNECTION_FAULTS.close(socket)
  socket:close()
end

---@param socket table
function CONNECTION_FAULTS.garbage(socket)
  socket:xwrite("\1\2\3 neither TLS nor HTTP\r\n\r\n", "bn", 1)
  socket:close()
end

---@param self sigmamind.sandbox.Listener
---@param queue table
---@param socket table
local function receive(self, queue, socket)
  local fault = self.faults_left > 0 and self.fault or "good"
  self.faults_left = self.faults_left - 1
  local server = self.servers[fault]
  if server then
    self.open[socket] = true
    server:add_socket(socket)
  else
    queue:wrap(CONNECTION_FAULTS[fault], socket)
  end
end

--- Closes the port until connections are accepted again: a closed port refuses them, a listening
--- one would keep them in its backlog.
local function reopen(self)
  self.socket:close()
  self.socket = nil
  while self.refused_until > cqueues.monotime() do
    cqueues.sleep(REFUSED_POLL)
  end
  self.refused_until = 0
  self.socket = assert(listen(self.host, self.port))
end

--- Accepts connections. Does not return.
---@param queue table the cqueues controller of the servers
function Listener:serve(queue)
  while true do
    if self.refused_until > 0 then
      reopen(self)
    end
    local socket, why = self.socket:accept({ nodelay = true }, 0)
    if socket then
      receive(self, queue, socket)
    elseif why == errno.ETIMEDOUT then
      cqueues.poll(self.socket, self.changed)
    else
      cqueues.sleep(DESCRIPTORS_POLL) -- all descriptors are in use
    end
  end
end

return listener
