-- An nginx with the Lua module, on loopback, in its own directory.
--
--   local server = nginx.start(configuration)      $port, $prefix and $lua are filled in
--   server:get "/path"                             over a new connection
--   local connection = server:connect()            one worker serves all its requests
--   server:stop()
--
-- Its parent is a shell that waits for a line or the end of its input, and then ends nginx and removes its
-- files: so nginx ends when the specs do, however they end.

local socket = require "socket"

local nginx = {}

local Server = {}
Server.__index = Server

local Connection = {}
Connection.__index = Connection

local LONGEST = 20 -- seconds, the limit of every wait

-- Formatted with the directory, and with the prefix of the command. PATH: users may lack /usr/sbin.
local SCRIPT = [[
d=%s
trap : INT TERM
PATH=$PATH:/usr/sbin %s nginx -p "$d" -e errors -c nginx.conf 2>>"$d/errors" &
read _
kill $! 2>/dev/null
wait
rm -r "$d"]]

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- The output of a shell command.
function nginx.output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- Makes a directory to start in.
function nginx.directory()
  return nginx.output("mktemp -d"):match "[^\n]+"
end

--- Free ports. All stay open until the last is known, so that no two are equal.
function nginx.free_ports(count)
  local sockets, ports = {}, {}
  for i = 1, count do
    sockets[i] = assert(socket.bind("127.0.0.1", 0))
    ports[i] = select(2, sockets[i]:getsockname())
  end
  for _, each in ipairs(sockets) do
    each:close()
  end
  return ports
end

--- Polls condition() until it is true, or for LONGEST. Returns its last value.
function nginx.eventually(condition)
  local answer
  local deadline = socket.gettime() + LONGEST
  repeat
    answer = condition()
    if not answer then
      socket.sleep(0.02)
    end
  until answer or socket.gettime() > deadline
  return answer
end

--- The directory of nginx's modules; nil without the Lua module.
function nginx.modules()
  local said = nginx.output "PATH=$PATH:/usr/sbin nginx -V 2>&1"
  local path = (said:match "%-%-modules%-path=(%S+)" or ""):gsub("/$", "")
  local file = io.open(path .. "/ngx_http_lua_module.so")
  return file and file:close() and path or nil
end

-- The workers run as the user who started nginx, so that they can read the checkout. nginx's Lua loads the
-- same core as this Lua.
local HEAD = [[
load_module %s/ndk_http_module.so;
load_module %s/ngx_http_lua_module.so;
daemon off;
user %s;
pid nginx.pid;
]]

local IN_HTTP = [[
  access_log off;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  lua_package_path "%s/?.lua;%s/lua/?.lua;%s/lua/?/init.lua;;";
  lua_package_cpath "%s;;";
]]

local function lua_settings()
  local here = nginx.output("pwd"):match "[^\n]+"
  local core = package.searchpath("sigmamind.core", package.cpath)
  local cpath = core:gsub("sigmamind/core%.so$", "?.so"):gsub("^([^/])", here .. "/%1")
  return IN_HTTP:format(here, here, here, cpath)
end

--- The head of a configuration: loads the Lua module, and keeps nginx's files in its own directory.
function nginx.head()
  local modules = assert(nginx.modules())
  return HEAD:format(modules, modules, nginx.output("id -un"):match "%S+")
end

--- Starts nginx in a directory. Raises nginx's message when it does not start.
---@param directory string
---@param configuration string
---@param port integer  a port that it listens on
---@param prefix? string  of the command: environment variables
function nginx.run(directory, configuration, port, prefix)
  write(directory .. "/nginx.conf", configuration)
  local self = setmetatable({ directory = directory, port = port }, Server)
  self.pipe = io.popen(SCRIPT:format(quote(directory), prefix or ""), "w")
  local up = nginx.eventually(function()
    local connection = socket.connect("127.0.0.1", port)
    return connection and connection:close() or self:errors():find "%[emerg%]"
  end)
  if up ~= 1 then
    local complaint = self:errors()
    self:stop()
    error("nginx did not start: " .. complaint)
  end
  return self
end

--- Starts nginx with the Lua module. `http` is the text of that block, with $port as its port;
--- `options.main` is added before it.
---@param http string
---@param options? {main?: string, environment?: string}
function nginx.start(http, options)
  options = options or {}
  local port = nginx.free_ports(1)[1]
  local configuration = nginx.head() .. (options.main or "") .. "\nevents {}\nhttp {\n" .. lua_settings()
    .. http:gsub("%$port", tostring(port)) .. "\n}\n"
  return nginx.run(nginx.directory(), configuration, port, options.environment)
end

--- The text of a file; nil if there is none.
function nginx.read_file(path)
  local file = io.open(path)
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

--- The text of nginx's error log.
function Server:errors()
  return nginx.read_file(self.directory .. "/errors") or ""
end

--- The process id of the master; nil when it has ended.
function Server:pid()
  return tonumber(nginx.read_file(self.directory .. "/nginx.pid") or "")
end

--- Sends a signal to the master: "HUP", "QUIT" or "TERM".
function Server:signal(name)
  os.execute(("kill -%s %d"):format(name, self:pid()))
end

--- Whether a process exists.
function nginx.is_alive(pid)
  return nginx.output(("kill -0 %d 2>/dev/null && echo yes"):format(pid)) ~= ""
end

--- A keep-alive connection, so that the same worker serves all requests.
function Server:connect()
  local client = assert(socket.connect("127.0.0.1", self.port))
  client:settimeout(LONGEST)
  return setmetatable({ socket = client }, Connection)
end

--- Sends a request in HTTP/1.0, for which nginx sends a Content-Length.
function Connection:send(path)
  assert(self.socket:send(("GET %s HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"):format(path)))
end

--- Returns the body of the reply; nil, err if none. Sets `status`.
function Connection:receive()
  local status_line, err = self.socket:receive "*l"
  if not status_line then
    return nil, err
  end
  local length = 0
  repeat
    local line = assert(self.socket:receive "*l")
    length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
  until line == ""
  self.status = tonumber(status_line:match " (%d+)")
  return (assert(self.socket:receive(length)))
end

function Connection:get(path)
  self:send(path)
  return self:receive()
end

--- Sends a request in HTTP/1.1.
---@param method string
---@param path string
---@param headers? table<string, string>
---@param body? string
function Connection:send_request(method, path, headers, body)
  local lines = { ("%s %s HTTP/1.1\r\nHost: localhost\r\n"):format(method, path) }
  for name, value in pairs(headers or {}) do
    lines[#lines + 1] = ("%s: %s\r\n"):format(name, value)
  end
  if body then
    lines[#lines + 1] = ("Content-Length: %d\r\n"):format(#body)
  end
  self.method = method
  assert(self.socket:send(table.concat(lines) .. "\r\n" .. (body or "")))
end

local function receive_chunks(client)
  local chunks = {}
  repeat
    local size = tonumber(assert(client:receive "*l"), 16)
    chunks[#chunks + 1] = assert(client:receive(size))
    assert(client:receive(2))
  until size == 0
  return table.concat(chunks)
end

--- The reply: { status =, headers = by their names in lower case, body = }; nil, err if none.
function Connection:receive_reply()
  local status_line, err = self.socket:receive "*l"
  if not status_line then
    return nil, err
  end
  local reply = { status = tonumber(status_line:match " (%d+)"), headers = {}, body = "" }
  for line in function() return assert(self.socket:receive "*l") end do
    local name, value = line:match "^([^:]+): *(.*)"
    if not name then
      break
    end
    reply.headers[name:lower()] = value
  end
  if self.method == "HEAD" or reply.status == 304 then
    return reply
  elseif reply.headers["transfer-encoding"] then
    reply.body = receive_chunks(self.socket)
  else
    reply.body = assert(self.socket:receive(tonumber(reply.headers["content-length"] or 0)))
  end
  return reply
end

function Connection:request(...)
  self:send_request(...)
  return self:receive_reply()
end

--- Whether bytes of the reply arrived already.
function Connection:has_answer()
  return #socket.select({ self.socket }, nil, 0) == 1
end

function Connection:close()
  self.socket:close()
end

--- Sends a request over a new connection.
function Server:get(path)
  local connection = self:connect()
  local body = connection:get(path)
  connection:close()
  return body
end

--- Sends a request in HTTP/1.1 over a new connection; see Connection:send_request.
function Server:request(...)
  local connection = self:connect()
  local reply, err = connection:request(...)
  connection:close()
  return reply, err
end

--- Ends nginx, waits for it, and removes its files.
function Server:stop()
  self.pipe:write "stop\n"
  self.pipe:close()
end

return nginx
