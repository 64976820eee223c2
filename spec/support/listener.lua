-- A TCP port of this process where nobody accepts: the system completes the connection, and
-- then all is silence. With `reply`, serves it to one client once `answer` is called.

local socket = require "socket"

local listener = {}
listener.__index = listener

function listener.open()
  local server = assert(socket.bind("127.0.0.1", 0))
  local _, port = server:getsockname()
  return setmetatable({ server = server, port = port }, listener)
end

--- Takes the connection that waits, and returns the bytes that came so far.
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
