--- errors: makes the error objects of run-time failures, with hints, and without secrets.

local core = require "sigmamind.core"
local proxy = require "sigmamind.http.proxy"
local outcome = require "sigmamind.http.outcome"
local redact = require "sigmamind.redact"
local statuses = require "sigmamind.http.statuses"

local errors = {}

local decoder = core.decoder()

local TEXT_MAX = 2048 -- bytes that an error keeps of a body, and of a message in it
local JSON_MAX = 65536 -- bytes of the largest body that is parsed as an error

---@class sigmamind.Error
---@field kind string  config network timeout tls http auth rate_limit protocol decode too_large
---  contacts conflict cancelled closed
---@field message string
---@field hint? string  what to do next
---@field cause? string  the reason for a failure without a reply, as one word: see the reference
---@field status? integer  of the reply, if there was one
---@field location? string  the target of a redirect, without user, query and fragment
---@field code? string  the API's own error code
---@field method? string  of the request, as the next
---@field path? string  with its query; nil without a request, as of a stopped task
---@field outcome? "not_done"|"unknown"|"done"  whether the server acted on the request; nil where
---  that makes no difference: GET, HEAD and OPTIONS
---@field retryable boolean  whether the same request may succeed later; false if it may be acted on
---  twice
---@field retry_after? number  seconds that the API requires to wait
---@field attempts table[]  {number, at, seconds, status, kind, message, decision}; at: seconds
---  after the request began; seconds: duration; decision: why the attempt was or was not retried
---@field body? string  the first 2 KiB of the reply
---@field partial? any  the result of totable, count, reduce or group_by so far
---@field report? sigmamind.ContactReport  what was found in contacts
local Error = { __name = "sigmamind.error" }
Error.__index = Error

local HINTS = {
  network = "check base_url and the network",
  timeout = "try again later, or raise connect_timeout, stall_timeout, timeout (upload_timeout for "
    .. "files) or deadline",
  tls = "if the server's authority is your own, name its certificate in ca_file",
  auth = "check api_key or SIGMAMIND_API_KEY: keys are under Dashboard, API Keys",
  rate_limit = "retry after retry_after seconds, and send fewer requests",
  protocol = "check that base_url is the API and not a proxy or a web page",
  decode = "check that base_url is the API and not a proxy or a web page",
  too_large = "request a smaller size, or raise max_body",
  contacts = "name a regular file that can be read and is complete, or pass one that is open",
  closed = "make a new client",
}

--- Hints for the causes that need another one than their kind.
local HINTS_OF_CAUSES = {
  ca_file = "install the package ca-certificates, or name a bundle in ca_file",
  client_cert = "check client_cert and client_key: PEM files, the key without a passphrase",
  certificate = HINTS.tls,
  tls = "check which TLS versions the server and this libcurl support",
  handshake = "check base_url and the network; the server may require a client_cert",
  descriptors = "close clients that are no longer used, or raise the limit (ulimit -n)",
  head = HINTS.protocol,
  file = "send regular files, and keep them open until the request is done",
  libcurl = "check the options and the version of libcurl (core.version)",
}

local GATEWAY = "a gateway or firewall before the API may have refused this address or user_agent; "
  .. "else " .. HINTS.auth

local VERSION_TWICE = "remove /v1 from the end of base_url: the client adds it"
local PATH_TWICE = "remove %s from the end of base_url: the client adds it"

--- All fixed hints: a spec checks that the command has words of its own for each.
errors.HINTS = { GATEWAY, VERSION_TWICE, PATH_TWICE:format "/v1/campaigns" }
for _, hints in ipairs { HINTS, HINTS_OF_CAUSES } do
  for _, hint in pairs(hints) do
    table.insert(errors.HINTS, hint)
  end
end

--- The default hint.
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
  local where = (self.method and self.method .. " " or "") .. self.path
  if self.status then
    where = where .. ", status " .. self.status
  end
  if self.outcome then
    where = where .. ", outcome " .. self.outcome
  end
  local last = self.attempts[#self.attempts]
  if last and last.decision then
    where = ("%s, attempt %d, %s"):format(where, last.number, last.decision)
  end
  local text = ("sigmamind: %s: %s (%s)"):format(self.kind, self.message, where)
  return self.hint and text .. "; " .. self.hint or text
end

local LINES = { "message", "code", "path", "location" }

--- Makes an error from the given fields. Quoted text must be redacted already: our own sentences
--- are not searched for secrets, because a short secret might occur in them by chance.
---@param fields table  at least kind and message
---@return sigmamind.Error
function errors.new(fields)
  fields.hint = fields.hint or hint_of(fields.kind, fields.status)
  for _, name in ipairs(LINES) do
    fields[name] = fields[name] and fields[name]:sub(1, TEXT_MAX):gsub("%c", "?") -- for terminals
  end
  fields.retryable = fields.retryable or false
  fields.attempts = fields.attempts or {}
  return setmetatable(fields, Error)
end

--- Sets what is known of a request that is not safe, and says first what that means for the user.
---@param err sigmamind.Error
---@param known "not_done"|"unknown"|"done"
function errors.set_outcome(err, known)
  local before, hint = outcome.HINTS[err.outcome], outcome.HINTS[known]
  if hint and hint ~= before then
    local rest = before and err.hint:sub(#before + 3) or err.hint or ""
    err.hint = rest ~= "" and hint .. "; " .. rest or hint
  end
  err.outcome = known
end

--- Makes the errors of one request, with its method and path, and with secrets redacted in quoted
--- text.
---@class sigmamind.Reporter
---@field method string
---@field path string
---@field way sigmamind.Way|nil  the proxy
---@field clean fun(text: string|nil): string|nil
local Reporter = {}
Reporter.__index = Reporter

--- Only `clean` keeps the key and the credentials of the proxy, so no dump shows them.
---@param method string
---@param path string
---@param key string|nil
---@param way sigmamind.Way|nil
---@return sigmamind.Reporter
function errors.reporter(method, path, key, way)
  local secrets = way and proxy.secrets(way.url) or {}
  secrets[#secrets + 1] = key
  local function clean(text)
    return text and redact(text, secrets, TEXT_MAX)
  end
  return setmetatable({ method = method, path = path, way = way, clean = clean }, Reporter)
end

--- An error of this request.
local function new_of(self, fields)
  fields.method, fields.path = self.method, self.path
  return errors.new(fields)
end

--- The causes of failures before any connection, which an unparsable proxy URL may have.
local UNREACHED = { proxy = true, connect = true, resolve = true, url = true, libcurl = true }

--- The causes that lie on this machine alone.
local LOCAL = { descriptors = true, engine = true, ca_file = true, file = true, libcurl = true }

local BY_NETWORK = { network = true, timeout = true, tls = true }

local function name_proxy(way)
  return ("the proxy %s (from %s)"):format(proxy.shown(way.url), way.from)
end

--- The hint for a failure without a reply.
---@param failure table
---@param way sigmamind.Way|nil  if it is used, and libcurl can parse it
local function hint_of_failure(failure, way)
  local cause, kind = failure.cause, failure.kind
  local hint = HINTS_OF_CAUSES[cause] or HINTS[kind]
  if not way then
    return hint
  elseif cause == "proxy_refused" and failure.proxy_status == 407 then
    return "check user and password in " .. name_proxy(way)
  elseif cause == "proxy_refused" then
    return "check what is allowed by " .. name_proxy(way)
  elseif cause == "proxy" or cause == "proxy_failed" or cause == "proxy_limit" then
    return "check " .. name_proxy(way)
  elseif BY_NETWORK[kind] and not LOCAL[cause] then
    return hint .. "; the request goes through " .. name_proxy(way)
  end
  return hint
end

--- The error for an attempt without a reply. libcurl's message is left out if it may quote a proxy
--- URL that libcurl cannot parse, or mistakes a part of its password for a host name.
---@param failure table  as from transfer:failure(), with the address of the peer
---@return sigmamind.Error
function Reporter:failure(failure)
  local way = self.way
  local wrong = way and not failure.address and proxy.complaint(way.url)
  if wrong and way.is_used and UNREACHED[failure.cause] then
    return new_of(self, {
      kind = "config",
      cause = "proxy",
      message = ("the proxy from %s cannot be used: %s"):format(way.from, wrong),
      hint = "correct " .. way.from,
    })
  end
  local words = not wrong and self.clean(failure.words)
  local sentence = failure.sentence or failure.message -- of a request that could not be started
  local usable = way and way.is_used and not proxy.complaint(way.url)
  return new_of(self, {
    kind = failure.kind,
    cause = failure.cause,
    message = words and sentence .. ": " .. words or sentence,
    hint = hint_of_failure(failure, usable and way or nil),
    status = failure.status,
    retryable = failure.retry,
  })
end

--- The documented error body {error, message, path, status, timestamp}, or an empty table.
local function error_body(text)
  local body = #text <= JSON_MAX and decoder:value(text)
  return type(body) == "table" and body or {}
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

--- The text without the possible user and password before an "@".
local function without_user(text)
  return (text:gsub("^.*@", "***@"))
end

--- The target of a redirect, without user, password, query and fragment. "\" counts as "/", as in
--- browsers. If the value is not a URL, nothing before an "@" is shown: a password that is not
--- percent-encoded may hold any character, even "?".
local function shown_location(value)
  value = value:gsub("%c", ""):gsub("\\", "/")
  local is_relative = value:find "^//"
  local parts = core.url(is_relative and "https:" .. value or value)
  local path = value:match "^[^?#]*"
  local is_path = path:find "^/?[^/:]*$" or path:find "^/[^/]"
  if parts and parts.host and not (path:find "^%a*:?//[^/@]*$" and value:find "@") then
    local rest = (parts.path or "/"):gsub("^.*@", "/***@")
    return (is_relative and "" or parts.scheme .. ":") .. "//" .. parts.host .. rest
  elseif value:find "@" and not path:find "@" and not is_path then
    return "***"
  end
  return path ~= "" and without_user(path) or nil
end

local function message_of_status(status, location, content_type)
  if location then
    local text = "the API redirects to %s; redirects are not followed, as they could leak the key"
    return text:format(location)
  elseif status == 304 then
    return "the API returned 304 (not modified) to an unconditional request"
  elseif status == 206 then
    return "the API returned 206 (partial content), which was not requested"
  elseif status == 407 then
    return "the proxy returned 407: it requires a user and a password"
  end
  return ("the API returned %d with %s"):format(status, content_type or "no explanation")
end

--- The hint for a status that may not come from the API at all, or from a wrong base_url.
local function hint_of_reply(status, said, path, way)
  local twice = path:match "(/v1/[%w-]+)%1"
  if status == 404 and path:find("/v1/v1/", 1, true) then
    return VERSION_TWICE
  elseif status == 404 and twice then
    return PATH_TWICE:format(twice)
  elseif status == 407 then
    return way and "check user and password in " .. name_proxy(way) or "check the proxy"
  elseif status == 403 and next(said) == nil then
    return GATEWAY
  end
end

--- The error for a reply whose status is not a success.
---@param transfer userdata
---@param missing string|nil  the hint for a 404
---@return sigmamind.Error
function Reporter:reply(transfer, missing)
  local status, text, clean = transfer:status(), transfer:body(), self.clean
  local said, meaning = error_body(text), statuses.of(status)
  local target = status >= 300 and status < 400 and transfer:header "location"
  local location = target and clean(shown_location(target)) or nil
  local message = not location and clean(text_or_nil(said.message) or text_or_nil(said.error))
  local content_type = clean(transfer:header "content-type")
  return new_of(self, {
    kind = meaning.kind,
    message = message or message_of_status(status, location, content_type),
    hint = hint_of_reply(status, said, self.path, self.way) or status == 404 and missing or nil,
    code = clean(text_or_nil(said.code) or text_or_nil(said.error)),
    status = status,
    location = location,
    retryable = meaning.retry,
    body = clean(text),
  })
end

--- The error for a successful reply with an unusable body.
---@param transfer userdata
---@param message string  the decoder's
---@param kind string
---@return sigmamind.Error
function Reporter:body(transfer, message, kind)
  local content_type = transfer:header "content-type"
  if transfer:body() == "" then
    message = "the body is empty"
  elseif kind == "decode" and content_type and not content_type:find("json", 1, true) then
    message = message .. " (Content-Type: " .. self.clean(content_type) .. ")"
  end
  return new_of(self, {
    kind = kind,
    message = message,
    status = transfer:status(),
    body = self.clean(transfer:body()),
  })
end

return errors
