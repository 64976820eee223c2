-- What a fault does to an exchange instead of a proper answer. HTTP/1 connections are taken over
-- and written to as they are; on HTTP/2, where a fault of the connection would hit every stream,
-- the stream is reset instead.

local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local linger = require "sigmamind.sandbox.linger"

local monotime, sleep = cqueues.monotime, cqueues.sleep

local silence = 120 -- seconds, the longest that a fault keeps a connection
local most = 256 * 2 ^ 20 -- bytes that an endless answer has

local mischief = {}

--- Whether the client of an exchange has gone away.
---@param stream table
---@return boolean
function mischief.is_gone(stream)
  local socket = stream.connection.socket
  return stream.state == "closed" or not socket or socket:eof("r") or socket:error("r")
end

local function close(socket, with_reset)
  if with_reset then
    linger.off(socket:pollfd())
  end
  socket:close()
end

--- Ends an exchange the hard way: HTTP/2 resets the stream, HTTP/1 closes the connection.
---@param stream table
---@param with_reset? boolean true: so that the client sees a TCP reset
function mischief.drop(stream, with_reset)
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

--- Says no more, until the client goes away.
---@param stream table
function mischief.keep_silent(stream)
  local deadline = monotime() + silence
  while not mischief.is_gone(stream) and monotime() < deadline do
    sleep(0.02)
  end
  mischief.drop(stream)
end

--- Goes on as the fault says after part of an answer: silence, a reset or an orderly close.
---@param stream table
---@param fault sandbox.Fault
function mischief.break_off(stream, fault)
  if fault.silent then
    mischief.keep_silent(stream)
  else
    mischief.drop(stream, fault.reset)
  end
end

--- Takes the connection over; nil when the client has gone, or it is HTTP/2, which is reset.
local function take(stream)
  if stream.connection.version ~= 2 then
    return stream.connection:take_socket()
  end
  mischief.drop(stream)
end

local function write(socket, text)
  return socket:xwrite(text, "bn", silence)
end

local function nothing_raised(_, _, why)
  return why
end

--- Waits until the client of a connection goes away.
---@param socket table
function mischief.wait_for_eof(socket)
  local deadline = monotime() + silence
  socket:onerror(nothing_raised)
  repeat
    local came, why = socket:xread(-4096, "b", deadline - monotime())
  until not came and why ~= errno.EAGAIN or monotime() >= deadline
end

--- Writes `raw` as it is and then `endless` again and again, if they are given, and goes on as the
--- fault says: silence, a reset or an orderly close.
---@param stream table
---@param fault sandbox.Fault
function mischief.write_raw(stream, fault)
  local socket = take(stream)
  if not socket then
    return
  end
  local alive = write(socket, fault.raw or "")
  local written = 0
  while alive and fault.endless and written < most do
    alive = write(socket, fault.endless)
    written = written + #fault.endless
  end
  if alive and fault.silent then
    mischief.wait_for_eof(socket)
  end
  close(socket, fault.reset)
end

--- Writes bytes behind an answer that is complete, when its client has read that.
---@param stream table
---@param text string
function mischief.write_behind(stream, text)
  local socket = stream.connection.version ~= 2 and stream.connection.socket
  sleep(0.02)
  if socket then
    write(socket, text)
  end
end

--- Writes a text a byte at a time, with so many seconds between them.
---@param stream table
---@param text string
---@param pause number
function mischief.drip(stream, text, pause)
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

--- Says that this request and all later ones of its HTTP/2 connection are not served. HTTP/1 has
--- no word for it, and closes.
---@param stream table
function mischief.go_away(stream)
  local connection = stream.connection
  if connection.version ~= 2 then
    return mischief.drop(stream)
  end
  local lowest = connection.send_goaway_lowest or stream.id
  connection:write_goaway_frame(math.max(0, math.min(lowest, stream.id - 2)), 0)
  connection:shutdown("w")
end

return mischief
