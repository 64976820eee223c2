-- Self-signed certificates for loopback, made by openssl(1).

local certificate = {}

local COMMAND = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
  .. "-subj '/CN=%s' -addext subjectAltName=DNS:localhost,IP:127.0.0.1 "
  .. "-keyout '%s.key' -out '%s.pem' 2>/dev/null"

--- Makes NAME.pem and NAME.key in a directory. Returns their paths.
function certificate.make(directory, name)
  local path = directory .. "/" .. name
  os.execute(COMMAND:format(name, path, path))
  return path .. ".pem", path .. ".key"
end

return certificate
