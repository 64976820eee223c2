-- A browser in a coroutine of cqueues, which keeps its connection open.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local socket = require "cqueues.socket"

local LONGEST = 10 -- seconds that it waits for a reply

local browser = { now = cqueues.monotime, sleep = cqueues.sleep }

--- Opens a connection to a port of this machine. Returns nil, err if nothing listens there.
function browser.connect(port)
  local connection = socket.connect("127.0.0.1", port)
  connection:onerror(function(_, _, code)
    return code -- returned by its methods, instead of an error that is raised
  end)
  connection:setmode("b", "bn")
  connection:settimeout(LONGEST)
  local ok, code = connection:connect()
  if not ok then
    connection:close()
    return nil, errno.strerror(code)
  end
  return connection
end

local function read_headers(connection)
  local headers = {}
  for line in connection:lines "*l" do
    local name, value = line:match "^([^:]+): *(.-)\r?$"
    if not name then
      return headers
    end
    headers[name:lower()] = value
  end
end

-- Returns the status, the headers and the body; nil, err.
local function exchange(connection, text)
  connection:write(text)
  local line, code = connection:read "*l"
  if not line then
    return nil, code == errno.ETIMEDOUT and "timeout" or "closed"
  end
  local headers = read_headers(connection)
  local length = headers and tonumber(headers["content-length"])
  local body = headers and (length == 0 and "" or connection:read(length or "*a"))
  if not body or length and #body < length then
    return nil, "the reply was cut"
  end
  return tonumber(line:match " (%d+)"), headers, body
end

-- Whether the server keeps the connection open.
local function is_kept(headers)
  return headers["content-length"] and (headers["connection"] or ""):lower() == "keep-alive"
end

local REQUEST = "%s %s HTTP/1.0\r\nConnection: keep-alive\r\nX-API-Key: %s\r\n"
  .. "Content-Length: %d\r\n\r\n%s"

--- Sends a request to the port `self.port`, and suspends the coroutine until the reply is there.
--- Servers may close a connection that is kept open at any time. If there is no byte of a reply,
--- the request is sent again over a new one, as browsers do (RFC 9112, section 9.3.1), and counted
--- in `self.again`.
---@return integer|nil status, table|string headers_or_err, string|nil body
function browser.request(self, method, path, body)
  local kept, text = self.connection, body or ""
  local connection, err = kept, nil
  if not kept then
    connection, err = browser.connect(self.port)
  end
  if not connection then
    return nil, err
  end
  local request = REQUEST:format(method, path, self.key or "", #text, text)
  local status, headers, content = exchange(connection, request)
  self.connection = status and is_kept(headers) and connection or nil
  if not self.connection then
    connection:close()
  end
  if kept and headers == "closed" then
    self.again = (self.again or 0) + 1
    return browser.request(self, method, path, body)
  end
  return status, headers, content
end

return browser
