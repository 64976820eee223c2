-- An nginx on loopback that answers GET /v1/campaigns with files, over http and https.
--
--   local server = nginx.start({ ["0.json"] = "..." }, "try_files /$arg_page.json =404;")
--   ... server.http, server.https, server.ca_file ...
--   server:stop()
--
-- It ends when we do; see spec/support/nginx.lua.

local process = require "bench.support.process"
local support = require "spec.support.nginx"

local nginx = {}

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

local CERTIFICATE = "cd %s && mkdir pages && openssl req -x509 -nodes -days 2"
  .. " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
  .. " -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
  .. " -keyout key.pem -out certificate.pem 2>errors || cat errors"

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

--- Starts a server of these files (text by name); `location` is what nginx is told to do with a
--- request. Raises what nginx says when it does not start.
function nginx.start(files, location)
  local directory = support.directory()
  local complaint = support.output(CERTIFICATE:format(process.quote(directory)))
  assert(complaint == "", complaint)
  for name, text in pairs(files) do
    write(directory .. "/pages/" .. name, text)
  end
  local ports = support.free_ports(2)
  local configuration = CONFIGURATION:format(ports[1], ports[2], location)
  local server = support.run(directory, configuration, ports[1])
  server.http = "http://127.0.0.1:" .. ports[1]
  server.https = "https://127.0.0.1:" .. ports[2]
  server.ca_file = directory .. "/certificate.pem"
  return server
end

return nginx
