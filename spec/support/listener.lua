-- A TCP port of this process that accepts nothing by itself: the system completes a connection, and then
-- stays silent. listener:accept takes it, and listener:send replies.

local socket = require "socket"

local listener = {}
listener.__index = listener

function listener.open()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  return setmetatable({ server = server, port = port }, listener)
end

--- Accepts the waiting connection, and returns the bytes received so far.
function listener:accept()
  self.server:settimeout(5)
  self.client = assert(self.server:accept())
  self.client:settimeout(0.2)
  local all, _, partial = self.client:receive "*a"
  return all or partial
end

function listener:send(text)
  assert(self.client:send(text))
end

function listener:close()
  if self.client then
    self.client:close()
  end
  self.server:close()
end

return listener
