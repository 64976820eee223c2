-- The port: takes connections, and does to them what a fault says of those that come after it.

local condition = require "cqueues.condition"
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local sockets = require "cqueues.socket"
local linger = require "sigmamind.sandbox.linger"
local mischief = require "sigmamind.sandbox.mischief"

---@class sandbox.Door
---@field host string
---@field port integer
---@field private listener? table nil while connections are refused
---@field private changed table
---@field private servers table<string, table> the lua-http server of each certificate
---@field private open table<table, boolean> the connections but those that asked the sandbox
---  itself, weak
---@field private shut_until number
---@field private mood? string what the next connections meet; nil: a server
---@field private left number of them
local methods = {}
local door_mt = { __index = methods, __name = "sigmamind.sandbox.door" }

local door = {}

local function listen(host, port)
  local listener = sockets.listen { host = host, port = port, reuseaddr = true }
  listener:onerror(function(_, _, why)
    return why
  end)
  local ok, why = listener:listen()
  if not ok then
    return nil, ("cannot listen on %s:%d: %s"):format(host, port, errno.strerror(why))
  end
  return listener
end

--- Opens a port; 0 takes any free one.
---@param host string
---@param port integer
---@return sandbox.Door? door
---@return string? err
function door.open(host, port)
  local listener, err = listen(host, port)
  if not listener then
    return nil, err
  end
  return setmetatable({
    host = host,
    port = select(3, listener:localname()),
    listener = listener,
    changed = condition.new(),
    servers = {},
    open = setmetatable({}, { __mode = "k" }),
    shut_until = 0,
    left = 0,
  }, door_mt)
end

--- The lua-http server that serves connections with this certificate: "good", or a mood.
---@param certificate string
---@param server table
function methods:let_in_to(certificate, server)
  self.servers[certificate] = server
end

--- A connection that asks the sandbox itself: it outlasts what is done to the others.
---@param socket? table nil: it has ended
function methods:spare(socket)
  if socket then
    self.open[socket] = nil
  end
end

--- Ends the connections that are open, without a word.
function methods:hang_up()
  for socket in pairs(self.open) do
    pcall(socket.shutdown, socket, "rw") -- it may be closed already
    self.open[socket] = nil
  end
end

--- The next connections, `count` of them (-1: all), meet something else than a server, and those
--- that are open end.
---@param mood string one of the moods of sandbox.fault
---@param count integer
function methods:turn(mood, count)
  self.mood, self.left = mood, count < 0 and math.huge or count
  self:hang_up()
end

--- Connections are served again.
function methods:calm()
  self.mood, self.left, self.shut_until = nil, 0, 0
  while not self.listener do
    cqueues.sleep(0.001)
  end
end

--- For so many seconds connections are refused; those that are open end.
---@param seconds number
function methods:shut(seconds)
  self.shut_until = cqueues.monotime() + seconds
  self.changed:signal()
  self:hang_up()
end

local answers = {}

---@param socket table
function answers.silence(socket)
  mischief.wait_for_eof(socket)
  socket:close()
end

---@param socket table
function answers.reset(socket)
  linger.off(socket:pollfd())
  socket:close()
end

---@param socket table
function answers.close(socket)
  socket:close()
end

---@param socket table
function answers.garbage(socket)
  socket:xwrite("\1\2\3 neither TLS nor HTTP\r\n\r\n", "bn", 1)
  socket:close()
end

---@param queue table
---@param socket table
local function receive(self, queue, socket)
  local mood = self.left > 0 and self.mood or "good"
  self.left = self.left - 1
  local server = self.servers[mood]
  if server then
    self.open[socket] = true
    server:add_socket(socket)
  else
    queue:wrap(answers[mood], socket)
  end
end

local function reopen(self)
  self.listener:close()
  self.listener = nil
  while self.shut_until > cqueues.monotime() do
    cqueues.sleep(0.001)
  end
  self.shut_until = 0
  self.listener = assert(listen(self.host, self.port))
end

--- Takes connections for ever.
---@param queue table the cqueues controller of the servers
function methods:serve(queue)
  while true do
    if self.shut_until > 0 then
      reopen(self)
    end
    local socket, why = self.listener:accept({ nodelay = true }, 0)
    if socket then
      receive(self, queue, socket)
    elseif why == errno.ETIMEDOUT then
      cqueues.poll(self.listener, self.changed)
    else
      cqueues.sleep(0.05) -- no descriptor is free
    end
  end
end

return door
