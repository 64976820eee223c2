-- A relay between a client and a server on loopback: it forwards its port to the server's. On demand its open
-- connections die as behind a NAT that forgot them: their bytes are dropped without a notice. New connections
-- are relayed.
--
-- Run as a program: `relay.lua TARGET_PORT ADDRESS` prints its port and that of its control, and ends with
-- its standard input.

local interpreter = require "spec.support.interpreter"
local socket = require "socket"

local relay = {}
relay.__index = relay

-- == The program ======================================================================

local function listen(address)
  local listener = assert(socket.bind(address, 0))
  listener:settimeout(0)
  return listener, select(2, listener:getsockname())
end

--- Forwards the bytes received from one end. Returns false when the connection is over.
local function pump(pipe)
  local data, why, partial = pipe.from:receive(65536)
  data = data or partial
  if data and #data > 0 and not pipe.link.dead then
    pipe.to:settimeout(10)
    local sent = pipe.to:send(data)
    pipe.to:settimeout(0)
    return sent ~= nil
  end
  return why == "timeout" or data ~= nil and #data > 0
end

local function serve(target, address)
  local listener, port = listen(address)
  local control, control_port = listen "127.0.0.1"
  local links, pipes, count = {}, {}, 0
  io.stdout:write(port, " ", control_port, "\n")
  io.stdout:flush()

  local function accept()
    local client = listener:accept()
    local server = client and socket.connect("127.0.0.1", target)
    if not server then
      return client and client:close()
    end
    count = count + 1
    local link = { client, server }
    links[link] = true
    for i, from in ipairs(link) do
      from:settimeout(0)
      from:setoption("tcp-nodelay", true)
      pipes[from] = { from = from, to = link[3 - i], link = link }
    end
  end

  local function close(link)
    for _, one in ipairs(link) do
      pipes[one] = nil
      one:close()
    end
    links[link] = nil
  end

  local commands = {
    swallow = function()
      for link in pairs(links) do
        link.dead = true
      end
    end,
    reset = function()
      for link in pairs(links) do
        link[1]:setoption("linger", { on = true, timeout = 0 })
        close(link)
      end
    end,
    count = function() end,
    quit = function()
      os.exit(0)
    end,
  }

  local function obey()
    local asker = control:accept()
    asker:settimeout(5)
    commands[asker:receive "*l" or "quit"]()
    asker:send(count .. "\n")
    asker:close()
  end

  local ends = os.time() + 600
  while os.time() < ends do
    local watched = { listener, control }
    for from in pairs(pipes) do
      watched[#watched + 1] = from
    end
    for _, ready in ipairs((socket.select(watched, nil, 1))) do
      if ready == listener then
        accept()
      elseif ready == control then
        obey()
      elseif pipes[ready] and not pump(pipes[ready]) then
        close(pipes[ready].link)
      end
    end
  end
end

-- == What specs call ==================================================================

--- A relay that was started elsewhere.
function relay.of(control)
  return setmetatable({ control = control }, relay)
end

--- Starts a relay to a port, on a port of an address.
function relay.start(target, address)
  local program = "%s spec/support/relay.lua %d %s"
  local pipe = assert(io.popen(program:format(interpreter.command(), target, address or "127.0.0.1")))
  local port, control = pipe:read("*l"):match "^(%d+) (%d+)$"
  return setmetatable({ pipe = pipe, port = tonumber(port), control = tonumber(control) }, relay)
end

local function command(self, text)
  local asker = assert(socket.connect("127.0.0.1", self.control))
  asker:send(text .. "\n")
  local answer = asker:receive "*l"
  asker:close()
  return tonumber(answer)
end

--- Makes the open connections dead from now on.
function relay:swallow()
  command(self, "swallow")
end

--- Resets the open connections.
function relay:reset()
  command(self, "reset")
end

--- The number of connections so far.
function relay:count()
  return command(self, "count")
end

function relay:stop()
  command(self, "quit")
  self.pipe:close()
end

if arg and arg[0] and arg[0]:find "relay%.lua$" then
  serve(tonumber(arg[1]), arg[2])
end

return relay
