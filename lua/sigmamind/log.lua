--- log: a listener for on_event that writes a line for each attempt of a request, and for what is
--- decided after a failure; or one line for each request, for programs.
---
---   local log = require "sigmamind.log"
---   local client = sigmamind.new { on_event = log.new { level = "debug" } }

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local number = require "sigmamind.number"
local report = require "sigmamind.report"

local log = {}

local RULES = {
  level = check.one_of { "info", "debug" },
  format = check.one_of { "text", "json", "logfmt" },
  write = check.type "function",
}

---@class sigmamind.Log
---@field wants_content boolean  whether events are to have headers and bodies
---@field package write fun(line: string)
---@field package line? fun(event: sigmamind.Event): string  of a "done"; nil: the format "text"
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

-- == One line for a request ===========================================================

--- The level of a line.
local function severity(err)
  return not err and "info" or err.kind == "cancelled" and "warn" or "error"
end

--- The names and values of a "done", in order, without those that it does not have.
local function fields_of(event)
  local fields, err = {}, event.error or {}
  local function add(name, value, digits)
    if value ~= nil then
      value = digits and number.fixed(value, digits) or value
      local is_number = digits or type(value) == "number"
      fields[#fields + 1] = { name = name, value = value, is_number = is_number }
    end
  end
  add("time", os.date "!%Y-%m-%dT%H:%M:%SZ") -- RFC 3339
  add("level", severity(event.error))
  add("method", event.method)
  add("path", event.path)
  add("resource", event.resource)
  add("status", event.status)
  add("kind", err.kind)
  add("seconds", event.seconds, 6)
  add("attempts", event.attempt)
  add("waited", event.waited, 6)
  add("bytes", event.bytes)
  add("cache", event.cache)
  add("age", event.age, 3)
  add("outcome", err.outcome)
  return fields
end

--- The value as JSON, in which control characters are escaped; but for DEL, which becomes "?", as
--- what is not UTF-8 does.
local function json(field)
  if field.is_number then
    return type(field.value) == "number" and number.text(field.value) or field.value
  end
  local text = field.value:gsub("\127", "?")
  return core.encode(text) or core.encode((text:gsub("[\128-\255]", "?")))
end

--- The value in logfmt: quoted as in JSON, unless it is a plain word.
local function word(field)
  if not field.is_number and field.value:find "^[%w%-._~/:?&%%+,]+$" then
    return field.value
  end
  return json(field)
end

local function json_line(event)
  local members = {}
  for i, field in ipairs(fields_of(event)) do
    members[i] = ('"%s":%s'):format(field.name, json(field))
  end
  return "{" .. table.concat(members, ",") .. "}"
end

local function logfmt_line(event)
  local words = {}
  for i, field in ipairs(fields_of(event)) do
    words[i] = field.name .. "=" .. word(field)
  end
  return table.concat(words, " ")
end

--- By format: the line of a "done".
local LINES = { json = json_line, logfmt = logfmt_line }

-- == The listener =====================================================================

--- Writes the lines of an event in the format "text".
local function write_text(self, event)
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

--- Writes the lines of an event.
---@param event sigmamind.Event
function Log:__call(event)
  if not self.line then
    write_text(self, event)
  elseif event.name == "done" then
    self.write(self.line(event))
  end
end

--- Makes a listener for the option on_event. It may serve several clients. The key and other
--- secrets are redacted.
---@param options? {level?: "info"|"debug", format?: "text"|"json"|"logfmt",
---  write?: fun(line: string)}  level: "info" (default): a line for each attempt, with its
---  duration, and for each decision; "debug": also the steps of the attempt, headers, and the first
---  2 KiB of bodies; format: "text" (default): these lines; "json", "logfmt": one line for each
---  request, at its end; write: default: a line on standard error, in nginx in the error log
---@return sigmamind.Log
function log.new(options)
  local given = check.arguments("log.new", RULES, options, 2)
  if given.level and LINES[given.format] then
    error(("log.new: level is of the format 'text', not of '%s'"):format(given.format), 2)
  end
  return setmetatable({
    wants_content = given.level == "debug",
    write = given.write or report,
    line = LINES[given.format],
  }, Log)
end

return log
