-- An HTTP proxy on loopback, which records its requests. It tunnels, or sends a scripted reply.
--
--   local through = proxy.start { answer = "HTTP/1.1 407 ...", tls = true }
--   through.url                 "http://127.0.0.1:PORT", or https with `tls`
--   through.certificate         the file of the certificate to trust then
--   through:heads()             the heads of the requests to it, oldest first
--   through:stop()
--   proxy.stop_all()            for after_each: a spec that failed has not stopped its own

local certificate = require "spec.support.certificate"
local interpreter = require "spec.support.interpreter"
local scratch = require "spec.support.scratch"

local proxy = {}
proxy.__index = proxy

local LONGEST = 60 -- seconds, maximum lifetime of a connection

-- == The program: proxy.lua DIRECTORY =================================================

local function read_head(connection)
  local lines = {}
  local line = connection:read "*l"
  while line and line ~= "\r" do
    lines[#lines + 1] = (line:gsub("\r$", ""))
    line = connection:read "*l"
  end
  return line and table.concat(lines, "\n")
end

local function copy(from, to)
  local data = from:read(-65536)
  while data and to:write(data) and to:flush() do
    data = from:read(-65536)
  end
  to:shutdown "w"
end

local function tunnel(queue, connection, host, port)
  local sockets = require "cqueues.socket"
  local target = sockets.connect { host = host, port = port }
  target:setmode("bn", "bn")
  connection:write "HTTP/1.1 200 Connection established\r\n\r\n"
  connection:flush()
  queue:wrap(copy, target, connection)
  copy(connection, target)
end

local function read_file(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  return file and file:close() and text
end

--- The TLS context, if there is a certificate; else nil.
local function tls_context(directory)
  local certificate_text = read_file(directory .. "/proxy.pem")
  if certificate_text then
    local context = require "openssl.ssl.context".new("TLS", true)
    context:setCertificate(require "openssl.x509".new(certificate_text))
    context:setPrivateKey(require "openssl.pkey".new(read_file(directory .. "/proxy.key")))
    return context
  end
end

local function serve(directory)
  local cqueues = require "cqueues"
  local sockets = require "cqueues.socket"
  local context = tls_context(directory)
  local queue, answer = cqueues.new(), read_file(directory .. "/answer")
  local listener = sockets.listen { host = "127.0.0.1", port = 0 }
  assert(listener:listen())
  local heads = assert(io.open(directory .. "/heads", "a"))

  local function handle(connection)
    connection:onerror(function(_, _, why)
      return why
    end)
    connection:setmode("bn", "bn")
    connection:settimeout(LONGEST)
    if context and not connection:starttls(context) then
      return connection:close()
    end
    local head = read_head(connection)
    if not head then
      return connection:close()
    end
    heads:write(head, "\n\n")
    heads:flush()
    if answer then
      connection:write(answer)
      connection:flush()
      connection:shutdown "w"
    else
      tunnel(queue, connection, head:match "^CONNECT ([^:]+):(%d+)")
    end
    connection:close()
  end

  queue:wrap(function()
    while true do
      queue:wrap(handle, listener:accept())
    end
  end)
  io.stdout:write(select(3, listener:localname()), "\n")
  io.stdout:flush()
  local ends = cqueues.monotime() + 600
  while cqueues.monotime() < ends and not read_file(directory .. "/stop") do
    queue:step(0.1)
  end
end

-- == What specs call ==================================================================

local running = {}

function proxy.start(options)
  local self = setmetatable({ place = scratch.open() }, proxy)
  running[self] = true
  local directory = self.place.directory
  if options.answer then
    self.place:write("answer", options.answer)
  end
  if options.tls then
    self.certificate = certificate.make(directory, "proxy")
  end
  self.pipe = io.popen(("%s spec/support/proxy.lua '%s'"):format(interpreter.command(), directory))
  self.port = tonumber(self.pipe:read "*l")
  self.url = (options.tls and "https" or "http") .. "://127.0.0.1:" .. self.port
  return self
end

function proxy:heads()
  local heads = {}
  for head in (self.place:read "heads" or ""):gmatch "(.-)\n\n" do
    heads[#heads + 1] = head
  end
  return heads
end

function proxy:stop()
  running[self] = nil
  self.place:write("stop", "yes")
  self.pipe:close()
  self.place:remove()
end

function proxy.stop_all()
  for each in pairs(running) do
    each:stop()
  end
end

if arg and arg[0] and arg[0]:find "support/proxy%.lua$" then
  serve(arg[1])
end

return proxy
