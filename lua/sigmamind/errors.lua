--- errors: what run-time failures look like.

local core = require "sigmamind.core"
local proxy = require "sigmamind.proxy"
local scrub = require "sigmamind.scrub"
local statuses = require "sigmamind.statuses"

local errors = {}

local TEXT_MAX = 2048 -- bytes that an error keeps of a body, and of a message in it
local JSON_MAX = 65536 -- bytes of an error body; what is larger is none

---@class sigmamind.Error
---@field kind string  config network timeout tls http auth rate_limit protocol decode too_large
---  cancelled closed
---@field message string
---@field hint? string  what to do next
---@field cause? string  a word for what a request failed of without a reply: see the reference
---@field status? integer  of the reply, if there was one
---@field location? string  where a redirect points to: without query and fragment
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

--- For the outcomes of the core that need another one than their kind.
local HINTS_OF_CAUSES = {
  ca_file = "install the package ca-certificates, or name a bundle in ca_file",
  client_cert = "check client_cert and client_key: PEM files, the key without a passphrase",
  certificate = HINTS.tls,
  tls = "check which TLS versions the server and this libcurl have",
  handshake = "check base_url and the network; the server may require a client_cert",
  descriptors = "close clients that are not used any more, or raise the limit (ulimit -n)",
  libcurl = "check the options, and which libcurl this is (core.version)",
}

--- What to do next, where that is not in the API's own message.
local function hint_of(kind, status)
  if kind ~= "http" then
    return HINTS[kind]
  elseif status == 404 then
    return "check base_url"
  end
  return status and statuses.of(status).retry and "try again later" or nil
end

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

local TEXTS = { "message", "code", "path", "location", "body" }

--- Makes an error of the fields given, with every text scrubbed of the key.
---@param fields table  at least kind and message
---@param key string|nil
---@return sigmamind.Error
function errors.new(fields, key)
  fields.hint = fields.hint or hint_of(fields.kind, fields.status)
  for _, name in ipairs(TEXTS) do
    local text = fields[name]
    if text then
      text = scrub(text, key, TEXT_MAX)
      fields[name] = name == "body" and text or text:gsub("%c", "?") -- it may reach a terminal
    end
  end
  fields.retryable = fields.retryable or false
  fields.attempts = fields.attempts or {}
  return setmetatable(fields, Error)
end

--- The causes of failures before any connection, as those of a proxy that libcurl cannot parse.
local UNREACHED = { proxy = true, connect = true, resolve = true, url = true, libcurl = true }

--- The proxy as a hint names it.
local function name_proxy(url, from)
  return ("the proxy %s (from %s)"):format(proxy.shown(url), from)
end

--- What to do next about a failure that a proxy may be the reason of.
local function hint_of_failure(failure, url, from)
  local cause = failure.cause
  if cause == "proxy_refused" then
    return "check user and password in " .. name_proxy(url, from) .. ", and what it allows"
  elseif cause == "proxy" or cause == "proxy_failed" or cause == "proxy_limit" then
    return "check " .. name_proxy(url, from)
  elseif failure.kind == "network" and not HINTS_OF_CAUSES[cause] then
    return "check base_url, the network and " .. name_proxy(url, from)
  end
end

--- An exchange without a reply. libcurl's words show a proxy that it cannot parse, or take a piece
--- of its password for the name of a host: there they are left out.
---@param failure table  {message, kind, cause, retry, status, address}, as from transfer:failure()
---@param path string
---@param key string|nil
---@param proxy_url string|nil  that requests go through
---@param from string|nil
---@return sigmamind.Error
function errors.from_failure(failure, path, key, proxy_url, from)
  local wrong = proxy_url and not failure.address and proxy.complaint(proxy_url)
  if wrong and UNREACHED[failure.cause] then
    return errors.new({
      kind = "config",
      cause = "proxy",
      message = ("the proxy of %s cannot be used: %s"):format(from, wrong),
      hint = "correct " .. from,
      path = path,
    }, key)
  end
  local usable = proxy_url and not proxy.complaint(proxy_url)
  return errors.new({
    kind = failure.kind,
    cause = failure.cause,
    message = proxy_url and proxy.redact(failure.message, proxy_url) or failure.message,
    hint = usable and hint_of_failure(failure, proxy_url, from) or HINTS_OF_CAUSES[failure.cause],
    path = path,
    status = failure.status,
    retryable = failure.retry,
  }, key)
end

--- The documented error body {error, message, path, status, timestamp}, or an empty table.
local function error_body(text)
  local body = #text <= JSON_MAX and core.decode(text)
  return type(body) == "table" and body or {}
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- Where a redirect points to: scheme, host and path. A query may hold a secret.
local function location_of(transfer)
  local value = transfer:header "location"
  local parts = value and core.url(value)
  if parts then
    return ("%s://%s%s"):format(parts.scheme, parts.host, parts.path or "/")
  end
  return value and value:match "^[^?#]*"
end

local function message_of_status(status, location, content_type)
  if location then
    local text = "the API redirects to %s, which is not followed: it could carry the key away"
    return text:format(location)
  elseif status == 304 then
    return "the API answered 304 (not modified) to a request that set no condition"
  elseif status == 206 then
    return "the API answered 206 (a part), which was not requested"
  elseif status == 407 then
    return "the proxy answered 407: it requires a user and a password"
  end
  return ("the API answered %d with %s"):format(status, content_type or "no explanation")
end

local GATEWAY = "a gateway or firewall before the API may have refused this address or user_agent; "
  .. "else " .. HINTS.auth

--- What to do about a status that somebody else than the API may have given.
local function hint_of_reply(status, said, url, from)
  if status == 407 then
    return url and "check user and password in " .. name_proxy(url, from) or "check the proxy"
  elseif status == 403 and next(said) == nil then
    return GATEWAY
  end
end

--- A reply whose status is not a success.
---@param transfer userdata
---@param path string
---@param key string|nil
---@param proxy_url string|nil  that requests go through
---@param from string|nil
---@return sigmamind.Error
function errors.from_reply(transfer, path, key, proxy_url, from)
  local status, text = transfer:status(), transfer:body()
  local said, meaning = error_body(text), statuses.of(status)
  local location = status >= 300 and status < 400 and location_of(transfer) or nil
  local message = not location and (text_or_nil(said.message) or text_or_nil(said.error))
  return errors.new({
    kind = meaning.kind,
    message = message or message_of_status(status, location, transfer:header "content-type"),
    hint = hint_of_reply(status, said, proxy_url, from),
    code = text_or_nil(said.code) or text_or_nil(said.error),
    status = status,
    location = location,
    path = path,
    retryable = meaning.retry,
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
