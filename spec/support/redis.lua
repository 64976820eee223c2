-- A redis-server on loopback, in its own directory, which keeps nothing on disk.
--
--   local server = redis.start { password = "secret", "maxmemory 4mb" }     $port and $directory are filled in
--   server:command("CONFIG", "SET", "maxmemory", "2mb")                     over a connection of its own
--   server:kill(); server:run()                                             ends it as a crash would; starts it again
--   server:stop()
--
-- Its parent is a shell that obeys lines of input, and ends the server and removes its files at the end of its input:
-- so the server ends when the specs do, however they end.

local nginx = require "spec.support.nginx"
local socket = require "socket"

local redis = {}

local Server = {}
Server.__index = Server

-- Formatted with the directory, and with an argument of the server. It ends by SIGKILL, because it may have been
-- stopped by SIGSTOP.
local SCRIPT = [[
d='%s'
trap : INT TERM
while read -r word && [ "$word" != stop ]; do
  if [ "$word" = run ]; then
    redis-server "$d/redis.conf" %s >>"$d/log" 2>&1 &
    echo $! >"$d/pid"
  elif [ "$word" = kill ]; then
    kill -KILL $!
    wait $!
    rm "$d/pid"
  fi
done 2>/dev/null
kill -KILL $! 2>/dev/null
wait
rm -r "$d"]]

local CONFIGURATION = [[
bind 127.0.0.1
port $port
dir $directory
save ""
appendonly no
]]

-- lua-redis is pure Lua. Debian has it up to 5.3, but it runs on later Luas, too.
local function require_client()
  local path = package.path
  package.path = path .. ";/usr/share/lua/5.3/?.lua"
  local found, client = pcall(require, "redis")
  package.path = path
  return found and client
end

--- lua-redis; false: not installed.
redis.client = require_client()

--- Whether redis-server is installed.
function redis.is_installed()
  return nginx.output "command -v redis-server" ~= ""
end

--- Starts a server. Raises its log when it does not start.
---@param options? {password?: string, sentinel?: boolean, [integer]: string}  lines of its configuration
function redis.start(options)
  options = options or {}
  local directory, port = nginx.directory(), nginx.free_ports(1)[1]
  local lines = { CONFIGURATION }
  for _, line in ipairs(options) do
    lines[#lines + 1] = line .. "\n"
  end
  if options.password then
    lines[#lines + 1] = "requirepass " .. options.password .. "\n"
  end
  local self = setmetatable({ directory = directory, port = port, password = options.password }, Server)
  local file = assert(io.open(directory .. "/redis.conf", "w"))
  file:write((table.concat(lines):gsub("%$(%l+)", { port = port, directory = directory })))
  file:close()
  self.pipe = io.popen(SCRIPT:format(directory, options.sentinel and "--sentinel" or ""), "w")
  return self:run()
end

local function obey(self, word)
  self.pipe:write(word, "\n")
  self.pipe:flush()
end

--- Starts it again, empty. Returns when it answers.
function Server:run()
  obey(self, "run")
  local up = nginx.eventually(function()
    return self:pid() and pcall(self.command, self, "PING")
  end)
  if not up then
    local log = nginx.read_file(self.directory .. "/log")
    self:stop()
    error("redis-server did not start: " .. log)
  end
  return self
end

--- The process id; nil when it was killed.
function Server:pid()
  return tonumber(nginx.read_file(self.directory .. "/pid") or "")
end

--- Ends it as a crash would: its connections are closed, its data is lost.
function Server:kill()
  obey(self, "kill")
  assert(nginx.eventually(function()
    return not self:pid()
  end))
end

--- Makes it hang, or go on.
function Server:signal(name)
  os.execute(("kill -%s %d"):format(name, self:pid()))
end

local function send(client, ...)
  local words = { "*" .. select("#", ...) }
  for _, word in ipairs { ... } do
    words[#words + 1] = ("$%d\r\n%s"):format(#word, word)
  end
  assert(client:send(table.concat(words, "\r\n") .. "\r\n"))
  return assert(client:receive "*l")
end

--- Sends a command. Returns the first line of the reply; raises the server's error.
function Server:command(...)
  local client = assert(socket.connect("127.0.0.1", self.port))
  client:settimeout(20)
  if self.password then
    assert(send(client, "AUTH", self.password) == "+OK")
  end
  local reply = send(client, ...)
  client:close()
  assert(not reply:find "^%-", reply)
  return reply
end

--- A function for sigmamind.store.redis that connects to it by lua-redis.
function Server:connector()
  return function(timeout)
    local client = redis.client.connect { host = "127.0.0.1", port = self.port, timeout = timeout }
    if self.password then
      client:auth(self.password)
    end
    return client
  end
end

--- Ends it, waits for that, and removes its files.
function Server:stop()
  obey(self, "stop")
  self.pipe:close()
end

return redis
