--- errors: what run-time failures look like.

local core = require "sigmamind.core"
local scrub = require "sigmamind.scrub"

local errors = {}

local TEXT_MAX = 2048 -- bytes that an error keeps of a body, and of a message in it
local JSON_MAX = 65536 -- bytes of an error body; what is larger is none

---@class sigmamind.Error
---@field kind string  config network timeout tls http auth rate_limit protocol decode too_large
---  cancelled closed
---@field message string
---@field hint? string  what to do next
---@field status? integer  of the reply, if there was one
---@field code? string  the API's own word for it
---@field path? string  of the request, with its query; nil where there was none: a task's end
---@field retryable boolean  whether the same request may succeed later
---@field retry_after? number  seconds the API asked to wait
---@field attempts table[]  {number, at, seconds, status, kind, message, decision}: what was tried,
---  how many seconds after the start, for how long, and why it was or was not repeated
---@field body? string  the first 2 KiB of the reply
local Error = { __name = "sigmamind.error" }
Error.__index = Error

local HINTS = {
  network = "check base_url and the network",
  timeout = "try again later, or raise connect_timeout, stall_timeout, timeout or deadline",
  tls = "if the server's authority is your own, name its certificate in ca_file",
  auth = "check api_key or SIGMAMIND_API_KEY: keys are under Dashboard, API Keys",
  rate_limit = "ask less often, or again after retry_after seconds",
  protocol = "check that base_url is the API and not a proxy or a web page",
  decode = "check that base_url is the API and not a proxy or a web page",
  too_large = "ask for a smaller size, or raise max_body",
  closed = "make a new client",
}

--- What to do next, where that is not in the API's own message.
local function hint_of(kind, status)
  if kind ~= "http" then
    return HINTS[kind]
  end
  return status == 404 and "check base_url" or (status or 0) >= 500 and "try again later" or nil
end

local RETRYABLE_KINDS = { network = true, timeout = true }
local RETRYABLE_STATUS =
  { [408] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true }

function Error:__tostring()
  if not self.path then
    return ("sigmamind: %s: %s"):format(self.kind, self.message)
  end
  local where = "GET " .. self.path
  if self.status then
    where = where .. ", status " .. self.status
  end
  local last = self.attempts[#self.attempts]
  if last and last.decision then
    where = ("%s, attempt %d, %s"):format(where, last.number, last.decision)
  end
  local text = ("sigmamind: %s: %s (%s)"):format(self.kind, self.message, where)
  return self.hint and text .. "; " .. self.hint or text
end

local TEXTS = { "message", "code", "path", "body" }

--- Makes an error of the fields given, with every text scrubbed of the key.
---@param fields table  at least kind and message
---@param key string|nil
---@return sigmamind.Error
function errors.new(fields, key)
  for _, name in ipairs(TEXTS) do
    local text = fields[name]
    if text then
      text = scrub(text, key, TEXT_MAX)
      fields[name] = name == "body" and text or text:gsub("%c", "?") -- it may reach a terminal
    end
  end
  fields.hint = fields.hint or hint_of(fields.kind, fields.status)
  fields.retryable = fields.retryable or false
  fields.attempts = fields.attempts or {}
  return setmetatable(fields, Error)
end

--- An exchange that gave no reply: the transfer's own message and kind.
---@param message string
---@param kind string
---@param path string
---@param key string|nil
---@return sigmamind.Error
function errors.from_transfer(message, kind, path, key)
  return errors.new(
    { kind = kind, message = message, path = path, retryable = RETRYABLE_KINDS[kind] },
    key
  )
end

local function kind_of_status(status)
  if status == 401 or status == 403 then
    return "auth"
  elseif status == 429 then
    return "rate_limit"
  end
  return status < 400 and "protocol" or "http"
end

--- The documented error body {error, message, path, status, timestamp}, or an empty table.
local function error_body(text)
  local body = #text <= JSON_MAX and core.decode(text)
  return type(body) == "table" and body or {}
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function message_of_status(status, content_type)
  if status >= 300 and status < 400 then
    return "the API answered with a redirect, which is not followed: it could carry the key away"
  elseif status == 206 then
    return "the API answered with a part, which was not asked for"
  end
  return ("the API answered %d with %s"):format(status, content_type or "no explanation")
end

--- A reply whose status is not a success.
---@param transfer userdata
---@param path string
---@param key string|nil
---@return sigmamind.Error
function errors.from_reply(transfer, path, key)
  local status, text = transfer:status(), transfer:body()
  local said = error_body(text)
  local message = text_or_nil(said.message) or text_or_nil(said.error)
  return errors.new({
    kind = kind_of_status(status),
    message = message or message_of_status(status, transfer:header "content-type"),
    code = text_or_nil(said.code) or text_or_nil(said.error),
    status = status,
    path = path,
    retryable = RETRYABLE_STATUS[status],
    body = text,
  }, key)
end

--- A successful reply whose body is not what was asked for.
---@param transfer userdata
---@param message string
---@param kind string
---@param path string
---@param key string|nil
---@return sigmamind.Error
function errors.from_body(transfer, message, kind, path, key)
  local content_type = transfer:header "content-type"
  if transfer:body() == "" then
    message = "the body is empty"
  elseif kind == "decode" and content_type and not content_type:find("json", 1, true) then
    message = message .. " (Content-Type: " .. content_type .. ")"
  end
  return errors.new({
    kind = kind,
    message = message,
    status = transfer:status(),
    path = path,
    body = transfer:body(),
  }, key)
end

return errors
