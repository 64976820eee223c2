--- sandbox.fault_actions: the effects of a fault in place of a proper response. HTTP/1 connections
--- are taken over from lua-http and written to directly. On HTTP/2 the stream is reset instead,
--- because a fault of the connection would affect all of its streams.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local has_ffi, ffi = pcall(require, "ffi")
local has_socket, luasocket = pcall(require, "socket")

local monotime, sleep = cqueues.monotime, cqueues.sleep

local fault_actions = {}

local SILENCE_MAX = 120 -- seconds that a fault keeps a connection
local ENDLESS_MAX = 256 * 2 ^ 20 -- bytes of an endless response
local GONE_POLL = 0.02 -- seconds
local BEHIND_DELAY = 0.02 -- seconds, so that the client has read the response

-- == Closing ===========================================================================

-- A socket with SO_LINGER of 0 seconds is reset when it is closed. cqueues cannot set it; LuaJIT's
-- ffi and luasocket can. Without both, the client sees an orderly close.

local function linger_by_ffi()
  ffi.cdef "int setsockopt(int fd, int level, int name, const void *value, unsigned int length);"
  local linux = ffi.os == "Linux"
  local level, name = linux and 1 or 0xffff, linux and 13 or 0x80
  local value = ffi.new("int[2]", 1, 0)
  return function(descriptor)
    ffi.C.setsockopt(descriptor, level, name, value, ffi.sizeof(value))
  end
end

local function linger_by_luasocket()
  return function(descriptor)
    local socket = luasocket.tcp()
    socket:setfd(descriptor)
    socket:setoption("linger", { on = true, timeout = 0 })
    socket:setfd(-1) -- luasocket must not close the descriptor
  end
end

local disable_linger = has_ffi and linger_by_ffi() or has_socket and linger_by_luasocket()
  or function() end

--- Closes a socket by a TCP reset.
---@param socket table
function fault_actions.reset(socket)
  disable_linger(socket:pollfd())
  socket:close()
end

local function close(socket, with_reset)
  if with_reset then
    fault_actions.reset(socket)
  else
    socket:close()
  end
end

--- Whether the client of a stream has disconnected, as far as can be seen: after the body of a
--- request with Connection: close, lua-http reads no further.
---@param stream table
---@return boolean
function fault_actions.is_gone(stream)
  local socket = stream.connection.socket
  if stream.state == "closed" or not socket then
    return true
  end
  return not stream.close_when_done and (socket:eof "r" or socket:error "r") and true or false
end

--- Aborts an exchange: resets the stream of HTTP/2, closes the connection of HTTP/1.
---@param stream table
---@param with_reset? boolean true: by a TCP reset
function fault_actions.drop(stream, with_reset)
  local connection = stream.connection
  if connection.version == 2 then
    stream:rst_stream("a scripted fault of the sandbox", 0)
    return
  end
  local socket = connection:take_socket()
  if socket then
    close(socket, with_reset)
  end
end

--- Sends nothing more, and waits until the client disconnects.
---@param stream table
function fault_actions.keep_silent(stream)
  local deadline = monotime() + SILENCE_MAX
  while not fault_actions.is_gone(stream) and monotime() < deadline do
    sleep(GONE_POLL)
  end
  fault_actions.drop(stream)
end

--- Ends a response that was sent in part: by silence, a reset or an orderly close.
---@param stream table
---@param fault sigmamind.sandbox.Fault
function fault_actions.break_off(stream, fault)
  if fault.silent then
    fault_actions.keep_silent(stream)
  else
    fault_actions.drop(stream, fault.reset)
  end
end

-- == Writing ===========================================================================

--- Takes the connection over. Returns nil if the client has disconnected, and for HTTP/2, whose
--- stream is reset.
local function take(stream)
  if stream.connection.version ~= 2 then
    return stream.connection:take_socket()
  end
  fault_actions.drop(stream)
end

local function write(socket, text)
  return socket:xwrite(text, "bn", SILENCE_MAX)
end

local function return_error(_, _, why)
  return why
end

--- Waits until the client of a connection disconnects.
---@param socket table
function fault_actions.wait_for_eof(socket)
  local deadline = monotime() + SILENCE_MAX
  socket:onerror(return_error)
  repeat
    local came, why = socket:xread(-4096, "b", deadline - monotime())
  until not came and why ~= errno.EAGAIN or monotime() >= deadline
end

--- Writes the fault's `raw`, then its `endless` repeatedly, each if given. Then ends the connection
--- by the fault's silence or reset, or by an orderly close.
---@param stream table
---@param fault sigmamind.sandbox.Fault
function fault_actions.write_raw(stream, fault)
  local socket = take(stream)
  if not socket then
    return
  end
  local alive = write(socket, fault.raw or "")
  local written = 0
  while alive and fault.endless and written < ENDLESS_MAX do
    alive = write(socket, fault.endless)
    written = written + #fault.endless
  end
  if alive and fault.silent then
    fault_actions.wait_for_eof(socket)
  end
  close(socket, fault.reset)
end

--- Writes bytes after a complete response, once its client has read it.
---@param stream table
---@param text string
function fault_actions.write_behind(stream, text)
  local socket = stream.connection.version ~= 2 and stream.connection.socket
  sleep(BEHIND_DELAY)
  if socket then
    write(socket, text)
  end
end

--- Writes a text byte by byte.
---@param stream table
---@param text string
---@param pause number seconds between two bytes
function fault_actions.drip(stream, text, pause)
  local socket = take(stream)
  if not socket then
    return
  end
  for i = 1, #text do
    if not write(socket, text:sub(i, i)) then
      break
    end
    sleep(pause)
  end
  close(socket)
end

--- Refuses this request and all later ones of its HTTP/2 connection, by GOAWAY. HTTP/1 has no such
--- frame: its connection is closed.
---@param stream table
function fault_actions.go_away(stream)
  local connection = stream.connection
  if connection.version ~= 2 then
    return fault_actions.drop(stream)
  end
  local lowest = connection.send_goaway_lowest or stream.id
  connection:write_goaway_frame(math.max(0, math.min(lowest, stream.id - 2)), 0)
  connection:shutdown "w"
end

return fault_actions
