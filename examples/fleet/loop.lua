-- Coroutines that wait for sockets and for time, and browsers in them. It needs LuaSocket alone.

local socket = require "socket"

local LONGEST = 10 -- seconds that a browser waits for a reply

local loop = { now = socket.gettime }

local waiting = {} -- by coroutine: the socket, and the time until which it waits

-- Suspends the running coroutine until the socket can be read, or until a time.
local function wait(until_time, connection)
  coroutine.yield { at = until_time, socket = connection }
end

local function resume(task)
  local ok, wish = coroutine.resume(task)
  assert(ok, wish)
  waiting[task] = coroutine.status(task) ~= "dead" and wish or nil
end

--- Starts a coroutine.
function loop.spawn(fn, ...)
  local arguments = { ... }
  resume(coroutine.create(function()
    fn(unpack(arguments))
  end))
end

--- Suspends the running coroutine until a time.
function loop.sleep_until(time)
  wait(time)
end

-- The coroutines whose socket can be read, or whose time has come.
local function due()
  local sockets, nearest = {}, math.huge
  for _, wish in pairs(waiting) do
    sockets[#sockets + 1] = wish.socket
    nearest = math.min(nearest, wish.at)
  end
  local readable = socket.select(sockets, nil, math.max(0, nearest - loop.now()))
  local tasks, time = {}, loop.now()
  for task, wish in pairs(waiting) do
    if wish.at <= time or readable[wish.socket or 0] then
      tasks[#tasks + 1] = task
    end
  end
  return tasks
end

--- Runs coroutines until a function returns true.
function loop.run(is_over)
  while not is_over() do
    for _, task in ipairs(due()) do
      resume(task)
    end
  end
end

-- == HTTP ==============================================================================

-- Reads as socket:receive does, but suspends the coroutine.
local function receive(connection, pattern, deadline)
  local part = ""
  while true do
    local data, err, rest = connection:receive(pattern, part)
    if data or err ~= "timeout" or loop.now() >= deadline then
      return data, err
    end
    part = rest
    wait(deadline, connection)
  end
end

local function receive_headers(connection, deadline)
  local headers = {}
  repeat
    local line = receive(connection, "*l", deadline)
    if not line then
      return nil
    end
    local name, value = line:match "^([^:]+): *(.*)"
    headers[(name or ""):lower()] = value
  until line == ""
  return headers
end

-- A request over an open connection. Returns the status, the headers and the body; nil, err.
local function exchange(connection, text, deadline)
  local sent, send_err = connection:send(text)
  if not sent then
    return nil, send_err
  end
  local line, err = receive(connection, "*l", deadline)
  if not line then
    return nil, err
  end
  local headers = receive_headers(connection, deadline)
  local length = headers and tonumber(headers["content-length"])
  local body = headers and receive(connection, length or "*a", deadline)
  if not body then
    return nil, "the reply was cut"
  end
  return tonumber(line:match " (%d+)"), headers, body
end

local REQUEST = "%s %s HTTP/1.0\r\nConnection: keep-alive\r\nX-API-Key: %s\r\n"
  .. "Content-Length: %d\r\n\r\n%s"

local function connect(browser)
  local connection, err = socket.connect("127.0.0.1", browser.port)
  if connection then
    connection:settimeout(0)
  end
  browser.connection = connection
  return connection, err
end

-- Whether the server keeps the connection open.
local function is_kept(headers)
  return headers["content-length"] and (headers["connection"] or ""):lower() == "keep-alive"
end

local function close(browser)
  browser.connection:close()
  browser.connection = nil
end

--- Sends a request to the browser's `port`, and suspends the coroutine until the reply is there.
--- Servers may close a connection that is kept open at any time. If there is no byte of a reply, the
--- request is sent again over a new one, as browsers do (RFC 9112, section 9.3.1), and counted in
--- `browser.again`.
---@return integer|nil status, table|string headers_or_err, string|nil body
function loop.request(browser, method, path, body)
  local is_new = not browser.connection
  if is_new then
    local connected, err = connect(browser)
    if not connected then
      return nil, err
    end
  end
  local text = REQUEST:format(method, path, browser.key or "", #(body or ""), body or "")
  local status, headers, content = exchange(browser.connection, text, loop.now() + LONGEST)
  if not status or not is_kept(headers) then
    close(browser)
  end
  if not status and headers == "closed" and not is_new then
    browser.again = (browser.again or 0) + 1
    return loop.request(browser, method, path, body)
  end
  return status, headers, content
end

return loop
