--- options: checks the options of sigmamind.new, and fills in defaults and the environment.

local ascii = require "sigmamind.ascii"
local check = require "sigmamind.check"
local core = require "sigmamind.core"
local files = require "sigmamind.files"
local proxy = require "sigmamind.http.proxy"
local runtime = require "sigmamind.runtime"
local store_options = require "sigmamind.store.options"

local options = {}

---@class sigmamind.Options
---@field api_key? string|fun():string  default: environment SIGMAMIND_API_KEY. A function is called
---  before each request, so that the key can be replaced while the client lives; the request raises
---  its errors.
---@field base_url? string  https, or http for loopback; default: SIGMAMIND_BASE_URL, else
---  "https://api.sigmamind.ai"
---@field allow_http? boolean  also plain http to other hosts; default false
---@field runtime? string|table  how this host waits: "auto" (default: "nginx" in a worker, else
---  "blocking"), "tick", "luv", "cqueues", or a table {now =, sleep =, wait =}
---@field connect_timeout? number|false  seconds, max 3600, including name lookup and TLS; default 5
---@field stall_timeout? number|false  whole seconds without a byte (rounded up), max 3600; default
---  30
---@field timeout? number|false  seconds for one attempt, max 3600; default 60
---@field upload_timeout? number|false  the same for a request that sends a file; default 600
---@field deadline? number|false  seconds for one operation (a request, or the walk over all pages),
---  including retries and waits; default false
---@field attempts? integer  in all, 1 to 10; default 3
---@field prefetch? integer  max pages of a walk in flight, 0 to 64; 0 and 1: one after another;
---  default 4
---@field max_body? integer  bytes of one decoded body; default 16 MiB
---@field max_depth? integer  of JSON, 1 to 500; default 64
---@field http_version? string  "1.1", or "2": HTTP/2 over TLS if the server offers it; default "2"
---@field ca_file? string  PEM file of authorities to trust instead of the system's, also for an
---  https proxy; default for https: CURL_CA_BUNDLE, else SSL_CERT_FILE, as curl(1) reads them
---@field client_cert? string  PEM file of the client certificate, if the server requires one
---@field client_key? string  PEM file of its key, without a passphrase; default: in client_cert
---@field proxy? string  a URL like http://proxy:3128, used whatever no_proxy says; "" for none;
---  default: the environment, as curl reads it, but none for plain http, where it would see the key
---@field user_agent? string  default "sigmamind-lua/VERSION"
---@field null? table|function|userdata  the value of a null field, such as sigmamind.null; not a
---  JSON value; default nil: the field is absent
---@field array_mt? table  metatable of every decoded array; default none
---@field on_event? fun(event: sigmamind.Event)|sigmamind.Log  called before and after every
---  attempt; must not yield; its errors are reported, and do not affect the request
---@field store? sigmamind.Store  where this client shares with other processes: the pause after a
---  429, the retry budget, and what `rate`, `cache` and `coalesce` need; default: the memory of
---  this client
---@field rate? {per_second: number, burst?: number}  max requests, of all processes that share the
---  store: at most `burst` (default 1) at once, and `per_second` in a second; they wait their turn
---@field cache? {ttl: number, stale?: number, max_bytes?: integer}  keeps the bodies of GETs. ttl:
---  seconds for which one is used; stale: seconds after these in which it is still used while it is
---  read again, or the API fails, default 0; max_bytes: of one body, and of all in the memory of
---  this process, default 8 MiB
---@field coalesce? boolean  whether readers who ask the same at the same time share one request;
---  default false

local DEFAULTS = {
  base_url = "https://api.sigmamind.ai",
  runtime = "auto",
  connect_timeout = 5,
  stall_timeout = 30,
  timeout = 60,
  upload_timeout = 600,
  attempts = 3,
  prefetch = 4,
  max_body = 16 * 2 ^ 20,
  max_depth = 64,
  http_version = "2",
  user_agent = "sigmamind-lua/" .. core.version().sigmamind,
}

--- Types whose values never equal a decoded JSON value, so that null stays distinguishable.
local NULL_TYPES = { table = true, ["function"] = true, userdata = true }

local PEM_MAX = 16 * 2 ^ 20 -- bytes read from a file

--- The text of a regular file, or "".
local function read(path)
  local file = files.open(path)
  local text = file and file:read(PEM_MAX)
  if file then
    file:close()
  end
  return text or ""
end

local BASE64 = "^[A-Za-z0-9+/]+=*%s*$"
local HEADER = "^[%w-]+:" -- of a key as in RFC 1421

--- The set of labels of a text's PEM blocks (RFC 7468). A block has Base64 between a BEGIN and an
--- END line with the same label.
local function pem_labels(text)
  local labels, label, has_content, encrypted = {}, nil, false, false
  for line in text:gmatch "[^\n]+" do
    local edge, name = line:match "^%-%-%-%-%-(%u+) ([A-Z0-9 ]+)%-%-%-%-%-%s*$"
    if edge == "BEGIN" then
      label, has_content, encrypted = name, false, false
    elseif edge == "END" then
      if name == label and has_content then
        labels[encrypted and "ENCRYPTED " .. label or label] = true
      end
      label = nil
    elseif line:find(BASE64) then
      has_content = true
    elseif line:find "^Proc%-Type: 4,ENCRYPTED" then
      encrypted = true
    elseif line:find "%S" and not line:find(HEADER) then
      label = nil
    end
  end
  return labels
end

local function has_certificate(path)
  for label in pairs(pem_labels(read(path))) do
    if label:find "CERTIFICATE$" then
      return true
    end
  end
  return false
end

--- Whether a file has a key, and no key with a passphrase.
local function has_key(path)
  local found = false
  for label in pairs(pem_labels(read(path))) do
    if label:find "^ENCRYPTED" then
      return false
    end
    found = found or label:find "PRIVATE KEY$" ~= nil
  end
  return found
end

local certificates = {
  accepts = "the name of a readable PEM file with certificates",
  test = has_certificate,
}

--- The scheme is required, though libcurl has a default: an option should be explicit.
local function is_proxy(value)
  return core.url(value) ~= nil and not proxy.complaint(value)
end

--- Headers that the client or libcurl sends itself: the key, and what frames a message.
local OWN_HEADERS = {
  ["x-api-key"] = true, host = true, connection = true, ["content-length"] = true,
  ["transfer-encoding"] = true,
}

--- Whether it is a header name (RFC 9110 section 5.1) that a user may set.
local function is_header_name(name)
  return type(name) == "string"
    and name:find "^[%w!#$%%&'*+.^_`|~-]+$" ~= nil
    and not OWN_HEADERS[ascii.lower(name)]
end

local headers = {
  accepts = "a table of header names, each once, and values (false: none is sent), without "
    .. "X-API-Key, Host, Connection, Content-Length and Transfer-Encoding",
  secret = true,
  test = function(value)
    local seen = {}
    for name, text in pairs(type(value) == "table" and value or {}) do
      local is_valid = is_header_name(name) and (text == false or check.printable.test(text))
      if not is_valid or seen[ascii.lower(name)] then
        return false
      end
      seen[ascii.lower(name)] = true
    end
    return type(value) == "table"
  end,
}

local RULES = {
  api_key = {
    accepts = check.printable.accepts .. ", or a function that returns one",
    secret = true,
    test = function(value)
      return type(value) == "function" or check.printable.test(value)
    end,
  },
  base_url = check.type "string",
  allow_http = check.type "boolean",
  runtime = runtime.rule,
  connect_timeout = check.wait,
  stall_timeout = check.wait,
  timeout = check.wait,
  upload_timeout = check.wait,
  deadline = check.seconds,
  attempts = check.integer(1, 10),
  prefetch = check.prefetch,
  max_body = check.integer(1, 2 ^ 31 - 1),
  max_depth = check.integer(1, 500),
  http_version = check.one_of { "1.1", "2" },
  ca_file = certificates,
  client_cert = certificates,
  client_key = {
    accepts = "the name of a readable PEM file with a key that has no passphrase",
    test = has_key,
  },
  proxy = {
    accepts = "a URL like http://proxy:3128 (or https, socks4, socks4a, socks5, socks5h), or ''",
    secret = true,
    test = function(value)
      return value == "" or (type(value) == "string" and is_proxy(value))
    end,
  },
  user_agent = check.printable,
  null = {
    accepts = "a value that JSON does not have, such as sigmamind.null",
    test = function(value)
      return NULL_TYPES[type(value)] == true
    end,
  },
  array_mt = check.type "table",
  on_event = {
    accepts = "a function, or a listener from sigmamind.log",
    test = function(value)
      local meta = type(value) == "table" and getmetatable(value)
      return type(value) == "function" or meta and meta.__call ~= nil
    end,
  },
}
for name, rule in pairs(store_options.RULES) do
  RULES[name] = rule
end

--- The options of one operation, which every verb takes.
options.CALL_RULES = {
  timeout = RULES.timeout,
  deadline = RULES.deadline,
  attempts = RULES.attempts,
  headers = headers,
  cache = {
    accepts = "false",
    test = function(value)
      return value == false
    end,
  },
}

--- A copy of the options of one operation, which the caller may change while it runs.
local function copy(given)
  local copied = {}
  for name in pairs(options.CALL_RULES) do
    copied[name] = given[name]
  end
  if given.headers then
    copied.headers = {}
    for name, value in pairs(given.headers) do
      copied.headers[name] = value
    end
  end
  return copied
end

--- The options of a table with others among them.
options.of_call = copy

--- Checks the options of one operation, and returns a copy. Raises at `level`, counted as for
--- `error`.
---@param what string  the function, for messages
---@param given sigmamind.CallOptions|nil
---@param level integer
---@return sigmamind.CallOptions|nil
function options.check_call(what, given, level)
  return given and copy(check.arguments(what, options.CALL_RULES, given, level + 1))
end

--- Whether a name or address is this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
--- Similar ones (127.999.1.1, 127.0.0.08, localhost.) are not: they would be resolved as names.
local function is_loopback(host)
  for octet in host:gmatch "%d+" do
    if tonumber(octet) > 255 or octet:find "^0%d" then
      return false
    end
  end
  host = ascii.lower(host)
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

--- The reason why a base URL is invalid, or nil. It does not quote parts that may hold a secret.
local function base_url_complaint(url, allow_http)
  local parts = core.url(url)
  if not parts or (parts.scheme ~= "https" and parts.scheme ~= "http") then
    return "must be a URL like https://api.sigmamind.ai"
  elseif parts.user or parts.password or url:find "[?#]" then
    return "must have no user, password, query or fragment"
  elseif parts.scheme == "http" and not allow_http and not is_loopback(parts.host) then
    return "must be https, or the key would be sent unencrypted (http is for loopback; "
      .. "allow_http = true overrides), got " .. check.show(url)
  end
end

local constant_keys = setmetatable({}, { __mode = "k" }) -- those of key_source's functions

--- The key as a function, so that no dump of the client shows it. It returns nil and a message if
--- the user's own function returns an invalid key.
local function key_source(key)
  if type(key) ~= "function" then
    local function source()
      return key
    end
    constant_keys[source] = key
    return source
  end
  return function()
    local current = key()
    if check.printable.test(current) then
      return current
    end
    return nil, "the function api_key must return " .. check.printable.accepts
  end
end

local function environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- A remark about stray whitespace, as a file of variables may leave around a value; or "".
local function stray_end(value)
  return value:find "[\r\n]$" and ": it ends with a line break"
    or value:find "%s$" and ": it ends with a blank"
    or value:find "^%s" and ": it begins with a blank"
    or ""
end

--- The CA file of the environment. curl(1) reads these variables, but libcurl does not.
local function environments_ca_file(level)
  for _, name in ipairs { "CURL_CA_BUNDLE", "SSL_CERT_FILE" } do
    local path = environment(name)
    if path and not certificates.test(path) then
      local text = "sigmamind.new: %s must be %s, got %s"
      local wrong = text:format(name, certificates.accepts, check.show(path))
      error(wrong .. stray_end(path), level + 1)
    elseif path then
      return path
    end
  end
end

--- The given base URL, else that of the environment, else the API's.
local function find_base_url(given, level)
  local variable = not given.base_url and environment "SIGMAMIND_BASE_URL"
  local url = given.base_url or variable or DEFAULTS.base_url
  local wrong = base_url_complaint(url, given.allow_http)
  if wrong then
    local name = variable and "SIGMAMIND_BASE_URL " or "base_url "
    error("sigmamind.new: " .. name .. wrong .. (variable and stray_end(variable) or ""), level + 1)
  end
  return url
end

--- The options that clients of one session may have each their own.
local SEPARATE = {
  "api_key", "connect_timeout", "stall_timeout", "timeout", "upload_timeout", "deadline",
  "attempts", "prefetch", "max_depth", "null", "array_mt", "on_event", "cache", "coalesce",
}

--- Sets what depends on several options. Raises at `level`, for the function `what`.
local function derive(what, resolved, level)
  resolved.for_files = { timeout = resolved.upload_timeout }
  store_options.complete(what, resolved, level + 1)
end

--- The options of a client:with. Raises at `level`, counted as for `error`.
---@param resolved table  those of the client
---@param given table|nil
---@param level integer
---@return table resolved
function options.override(resolved, given, level)
  local rules, changed = {}, {}
  for _, name in ipairs(SEPARATE) do
    rules[name] = RULES[name]
  end
  for name in pairs(type(given) == "table" and given or {}) do
    if RULES[name] and not rules[name] then
      local text = "client:with: %s belongs to the connections, which both clients share: "
        .. "use sigmamind.new"
      error(text:format(name), level + 1)
    end
  end
  given = check.arguments("client:with", rules, given, level + 1)
  for name, value in pairs(resolved) do
    changed[name] = value
  end
  for name, value in pairs(given) do
    changed[name] = value
  end
  if given.api_key == constant_keys[resolved.api_key] then
    changed.api_key = resolved.api_key -- the same key, with the same limits
  elseif given.api_key then
    changed.api_key = key_source(given.api_key)
  end
  derive("client:with", changed, level + 1)
  return changed
end

--- Checks the given options and fills in the rest. Raises at `level`, counted as for `error`.
---@param given sigmamind.Options|nil
---@param level integer
---@return table resolved
function options.resolve(given, level)
  given = check.arguments("sigmamind.new", RULES, given, level + 1)
  local resolved = {}
  for name in pairs(RULES) do
    local value = given[name]
    if value == nil then
      value = DEFAULTS[name]
    end
    resolved[name] = value
  end
  resolved.base_url = find_base_url(given, level + 1)
  resolved.base_url = resolved.base_url:gsub("/+$", "")
  resolved.base_path = core.url(resolved.base_url).path:gsub("/+$", "")
  local key = given.api_key or environment "SIGMAMIND_API_KEY"
  if not key then
    error("sigmamind.new: api_key is missing: pass api_key, or set SIGMAMIND_API_KEY", level + 1)
  elseif not RULES.api_key.test(key) then
    local wrong = "sigmamind.new: SIGMAMIND_API_KEY must be " .. check.printable.accepts
    error(wrong .. stray_end(key), level + 1)
  end
  resolved.api_key = key_source(key)
  if given.client_key and not given.client_cert then
    error("sigmamind.new: client_key needs client_cert", level + 1)
  elseif given.client_cert and not given.client_key and not has_key(given.client_cert) then
    local why = "client_cert holds no key without a passphrase"
    error("sigmamind.new: client_key is missing: " .. why, level + 1)
  end
  if not given.ca_file and ascii.lower(resolved.base_url):find "^https:" then
    resolved.ca_file = environments_ca_file(level + 1)
  end
  local through = given.proxy
  resolved.proxy = function() -- so that no dump of the client shows its password
    return through
  end
  derive("sigmamind.new", resolved, level + 1)
  return resolved
end

return options
