--- log: a listener for on_event that writes a line for each attempt of a request, and for what is
--- decided after a failure.
---
---   local log = require "sigmamind.log"
---   local client = sigmamind.new { on_event = log.new { level = "debug" } }

local check = require "sigmamind.check"
local number = require "sigmamind.number"
local report = require "sigmamind.report"

local log = {}

local RULES = {
  level = check.one_of { "info", "debug" },
  write = check.type "function",
}

---@class sigmamind.Log
---@field wants_content boolean  whether events are to have headers and bodies
---@field package write fun(line: string)
---@overload fun(event: sigmamind.Event)
local Log = { __name = "sigmamind.log" }
Log.__index = Log

--- The text without control characters, which a server could use to forge lines or to drive a
--- terminal.
local function one_line(text)
  return (text:gsub("%c", "?"))
end

--- The steps of an attempt, in seconds from its start; those that did not happen are left out.
local function timing(event)
  local steps = {}
  for _, name in ipairs { "dns", "connect", "tls", "first_byte" } do
    if (event[name] or 0) > 0 then
      steps[#steps + 1] = name .. " " .. number.fixed(event[name], 3)
    end
  end
  return #steps > 0 and (" (%s)"):format(table.concat(steps, ", ")) or ""
end

--- The line of an attempt that is over.
local function attempt_line(event, is_detailed)
  local outcome = event.status or event.error.kind
  local connection = event.reused and "reused connection" or "new connection"
  local text = ("%s %s: %s, %s s, attempt %d, %s"):format(event.method, event.path, outcome,
    number.fixed(event.seconds, 3), event.attempt, connection)
  return is_detailed and text .. timing(event) or text
end

local function write_content(self, mark, event)
  for _, name in ipairs(check.sorted_keys(event.headers or {})) do
    self.write(one_line(("%s %s: %s"):format(mark, name, event.headers[name])))
  end
  if event.body and event.body ~= "" then
    self.write(mark .. " " .. one_line(event.body))
  end
end

--- Writes the lines of an event.
---@param event sigmamind.Event
function Log:__call(event)
  local is_detailed, name = self.wants_content, event.name
  if name == "request" and is_detailed then
    self.write(one_line(("> %s %s"):format(event.method, event.path)))
    write_content(self, ">", event)
  elseif name == "reply" or name == "failure" then
    self.write(one_line(attempt_line(event, is_detailed)))
    write_content(self, "<", event)
  elseif name == "retry" then
    local text = "%s; retrying in %s s"
    self.write(one_line(text:format(event.error.message, number.fixed(event.seconds, 1))))
  elseif name == "give_up" then
    self.write(one_line(("%s; %s"):format(event.error.message, event.decision)))
  end
end

--- Makes a listener for the option on_event. It may serve several clients. The key and other
--- secrets are redacted.
---@param options? {level?: "info"|"debug", write?: fun(line: string)}  level: "info" (default): a
---  line for each attempt, with its duration, and for each decision; "debug": also the steps of the
---  attempt, headers, and the first 2 KiB of bodies; write: default: a line on standard error, in
---  nginx in the error log
---@return sigmamind.Log
function log.new(options)
  local given = check.arguments("log.new", RULES, options, 2)
  return setmetatable({
    wants_content = given.level == "debug",
    write = given.write or report,
  }, Log)
end

return log
