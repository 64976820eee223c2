--- emitter: calls on_event. An error that it raises is reported, and does not affect the request.

local interrupt = require "sigmamind.interrupt"
local report = require "sigmamind.report"

local emitter = {}

---@class sigmamind.Event
---@field name string  "request" before an attempt, "reply" or "failure" after it, then "retry"
---  before a wait, or "give_up"; "done" at the end of the request, whatever its end
---@field method string
---@field path string
---@field attempt integer  of "done": how many were made
---@field seconds? number  duration of the attempt; of a "retry", of the wait to come; of "done", of
---  the request, with its waits
---@field status? integer
---@field bytes? integer  size of the body on the wire, before decompression; of "done", of the
---  bodies of all attempts
---@field resource? string  of "done", as the next three: such as "campaigns"; "request" of
---  client:request
---@field waited? number  seconds spent in pauses, for a turn and before retries
---@field cache? "hit"|"stale"|"miss"|"coalesced"  what the cache had; nil: it was not used
---@field age? number  seconds since a body from the cache was read from the API
---@field reused? boolean  whether the connection was open already
---@field address? string  "IP:port" of the peer: the API's, or the proxy's
---@field http_version? string
---@field dns? number  seconds from the start of the attempt, as the next four; 0: did not happen
---@field connect? number
---@field tls? number
---@field first_byte? number
---@field total? number
---@field error? sigmamind.Error
---@field decision? string  why the attempt is retried or not
---@field headers? table<string, string>  for a sigmamind.Log of level "debug" alone, as the next
---@field body? string  the first 2 KiB

local REPORTS_MAX = 10 -- of one client: messages with addresses or numbers may all differ
local TEXT_MAX = 2048 -- bytes of a message

--- Reports an error, unless its message was reported before.
---@param reports {count: integer, [string]: true}
---@param name string  of the event
---@param raised any
local function report_once(reports, name, raised)
  local has_text, text = pcall(tostring, raised)
  text = has_text and type(text) == "string" and text or "an error object without a text"
  local message = text:sub(1, TEXT_MAX):gsub("%c", "?")
  if reports[message] or reports.count == REPORTS_MAX then
    return
  end
  reports[message], reports.count = true, reports.count + 1
  local line = ("sigmamind: error in on_event, event '%s': %s"):format(name, message)
  if reports.count == REPORTS_MAX then
    line = line .. " (this client reports no further errors in on_event)"
  end
  report(line)
end

--- A function that calls the listener, and raises only errors that a hook raised in it.
---@param listener fun(event: sigmamind.Event)
---@return fun(event: sigmamind.Event)
function emitter.new(listener)
  local reports = { count = 0 }
  return function(event)
    local name = event.name
    local ok, raised = interrupt.pcall(function()
      listener(event)
    end)
    if not ok then
      report_once(reports, name, raised)
    end
  end
end

return emitter
