--- options: what `new` accepts, and what it makes of it.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local runtime = require "sigmamind.runtime"

local options = {}

---@class sigmamind.Options
---@field api_key? string|fun():string  default: environment SIGMAMIND_API_KEY. A function is asked
---  before each request, so that a key can be replaced while the client lives; what it raises, the
---  request raises.
---@field base_url? string  https, or http for loopback; default: SIGMAMIND_BASE_URL, else
---  "https://api.sigmamind.ai"
---@field allow_http? boolean  also plain http to other hosts; default false
---@field runtime? string|table  how this host waits: "auto" (default: "nginx" in a worker, else
---  "blocking"), "tick", "luv", "cqueues", or a table {now =, sleep =, wait =}
---@field connect_timeout? number|false  seconds, name lookup and TLS included; default 5
---@field stall_timeout? number|false  whole seconds without a byte (rounded up); default 30
---@field timeout? number|false  seconds for one attempt; default 60
---@field deadline? number|false  seconds for one operation (a request, or the walk over all pages),
---  retries and waits included; default false
---@field attempts? integer  in all, 1 to 10; default 3
---@field prefetch? integer  pages of a walk that may be in flight at once, 0 to 64; 0 and 1: one
---  after another; default 4
---@field max_body? integer  bytes of one decoded body; default 16 MiB
---@field max_depth? integer  of JSON, 1 to 1000; default 64
---@field ca_file? string  PEM file of authorities to trust instead of the system's
---@field proxy? string  a URL like http://proxy:3128; "" for none; default: the environment, as
---  curl reads it, but none for plain http, whose key it would see
---@field user_agent? string  default "sigmamind-lua/VERSION"
---@field null? table|function|userdata  what a null field becomes, sigmamind.null for instance: no
---  value that JSON has itself; default nil: the field is absent
---@field array_mt? table  metatable of every decoded array; default none
---@field on_event? fun(event: sigmamind.Event)  told of every attempt; must not yield

local DEFAULTS = {
  base_url = "https://api.sigmamind.ai",
  runtime = "auto",
  connect_timeout = 5,
  stall_timeout = 30,
  timeout = 60,
  attempts = 3,
  prefetch = 4,
  max_body = 16 * 2 ^ 20,
  max_depth = 64,
  user_agent = "sigmamind-lua/" .. core.version().sigmamind,
}

--- Values that no decoded JSON is, so that a null cannot be taken for one of them.
local NULL_TYPES = { table = true, ["function"] = true, userdata = true }

local function is_readable(path)
  local file = type(path) == "string" and io.open(path, "rb")
  return file and file:close() and true or false
end

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
  connect_timeout = check.seconds,
  stall_timeout = check.seconds,
  timeout = check.seconds,
  deadline = check.seconds,
  attempts = check.integer(1, 10),
  prefetch = check.prefetch,
  max_body = check.integer(1, 2 ^ 31 - 1),
  max_depth = check.integer(1, 1000),
  ca_file = { accepts = "the name of a readable file", test = is_readable },
  proxy = {
    accepts = "a URL like http://proxy:3128, or ''",
    secret = true,
    test = function(value)
      return value == "" or (type(value) == "string" and core.url(value) ~= nil)
    end,
  },
  user_agent = check.printable,
  null = {
    accepts = "a value that JSON has not, such as sigmamind.null",
    test = function(value)
      return NULL_TYPES[type(value)] == true
    end,
  },
  array_mt = check.type "table",
  on_event = check.type "function",
}

--- Whether a name or address is this machine (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
--- What only looks like it (127.999.1.1, 127.0.0.08, localhost.) would be looked up as a name.
local function is_loopback(host)
  for octet in host:gmatch "%d+" do
    if tonumber(octet) > 255 or octet:find "^0%d" then
      return false
    end
  end
  host = host:lower()
  return host == "localhost" or host == "[::1]" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

--- What is wrong with a base URL, or nil. What may hold a secret is not shown.
local function base_url_complaint(url, allow_http)
  local parts = core.url(url)
  if not parts or (parts.scheme ~= "https" and parts.scheme ~= "http") then
    return "must be a URL like https://api.sigmamind.ai"
  elseif parts.user or parts.password or url:find "[?#]" then
    return "must have no user, password, query or fragment"
  elseif parts.scheme == "http" and not allow_http and not is_loopback(parts.host) then
    return "must be https, or the key would travel in clear (http is for loopback; allow_http = "
      .. "true insists), got " .. check.show(url)
  end
end

--- The key as a function, so that no dump of the client shows it.
local function key_source(key)
  if type(key) == "function" then
    return key
  end
  return function()
    return key
  end
end

--- A key that the API can be asked with, or nil, what is wrong.
---@param source fun(): any
---@return string|nil, string|nil
function options.current_key(source)
  local key = source()
  if check.printable.test(key) then
    return key
  end
  return nil, "the function api_key must return " .. check.printable.accepts
end

local function environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Checks the options given and fills in the rest. Raises at `level`, counted as for `error`.
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
  resolved.base_url = given.base_url or environment "SIGMAMIND_BASE_URL" or DEFAULTS.base_url
  local wrong = base_url_complaint(resolved.base_url, given.allow_http)
  if wrong then
    error("sigmamind.new: base_url " .. wrong, level + 1)
  end
  resolved.base_url = resolved.base_url:gsub("/+$", "")
  local key = given.api_key or environment "SIGMAMIND_API_KEY"
  if not key then
    error("sigmamind.new: api_key is missing: pass api_key, or set SIGMAMIND_API_KEY", level + 1)
  elseif not RULES.api_key.test(key) then
    error("sigmamind.new: SIGMAMIND_API_KEY must be " .. check.printable.accepts, level + 1)
  end
  resolved.api_key = key_source(key)
  return resolved
end

return options
