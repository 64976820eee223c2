-- An nginx on loopback that answers GET /v1/campaigns with files, over http and https.
--
--   local server = nginx.start({ ["0.json"] = "..." }, "try_files /$arg_page.json =404;")
--   ... server.http, server.https, server.ca_file ...
--   server:stop()
--
-- It is a child of a shell that waits for a line or the end of its input, and then ends it and
-- removes its files: so it ends when we do, however we end.

local process = require "bench.support.process"
local socket = require "socket"

local nginx = {}

local Server = {}
Server.__index = Server

local CONFIGURATION = [[
daemon off;
master_process off;
worker_processes 1;
pid nginx.pid;
events {}
http {
  access_log off;
  gzip off;
  types {}
  default_type application/json;
  keepalive_requests 1000000000;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:%d;
    listen 127.0.0.1:%d ssl http2;
    ssl_certificate certificate.pem;
    ssl_certificate_key key.pem;
    root pages;
    location = /v1/campaigns {
      %s
    }
  }
}
]]

-- The directory is given first. nginx is where a user's PATH may not lead.
local SCRIPT = [[
d=%s
trap : INT TERM
PATH=$PATH:/usr/sbin nginx -p "$d" -e errors -c nginx.conf 2>>"$d/errors" &
read _
kill $! 2>/dev/null
wait
rm -r "$d"]]

local CERTIFICATE = "cd %s && mkdir pages && openssl req -x509 -nodes -days 2"
  .. " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
  .. " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
  .. " -keyout key.pem -out certificate.pem 2>errors || cat errors"

local function output(command)
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

-- Ports that are free. All are held until all are known, so that no two are the same.
local function free_ports(count)
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

local function is_up(port)
  for _ = 1, 250 do
    local connection = socket.connect("127.0.0.1", port)
    if connection then
      connection:close()
      return true
    end
    socket.sleep(0.02)
  end
  return false
end

--- Starts a server of these files (text by name); `location` is what nginx is told to do with a
--- request. Raises what nginx says when it does not start.
function nginx.start(files, location)
  local directory = output("mktemp -d"):match "[^\n]+"
  local complaint = output(CERTIFICATE:format(process.quote(directory)))
  assert(complaint == "", complaint)
  for name, text in pairs(files) do
    write(directory .. "/pages/" .. name, text)
  end
  local ports = free_ports(2)
  write(directory .. "/nginx.conf", CONFIGURATION:format(ports[1], ports[2], location))
  local self = setmetatable({
    http = "http://127.0.0.1:" .. ports[1],
    https = "https://127.0.0.1:" .. ports[2],
    ca_file = directory .. "/certificate.pem",
    pipe = io.popen(SCRIPT:format(process.quote(directory)), "w"),
  }, Server)
  if not is_up(ports[1]) then
    complaint = output("cat " .. process.quote(directory .. "/errors"))
    self:stop()
    error("nginx did not start: " .. complaint)
  end
  return self
end

--- Ends nginx, waits for it, and removes its files.
function Server:stop()
  self.pipe:write "stop\n"
  self.pipe:close()
end

return nginx
