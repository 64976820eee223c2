--- proxy: finds the proxy that requests go through, and its name without the password for messages.

local ascii = require "sigmamind.ascii"
local core = require "sigmamind.core"

local proxy = {}

--- The schemes that libcurl supports.
local SCHEMES =
  { http = true, https = true, socks4 = true, socks4a = true, socks5 = true, socks5h = true }

--- The variables that libcurl reads for an https URL, in its order.
local VARIABLES = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" }

--- libcurl's default scheme of a proxy is http.
local function parse(url)
  return core.url(url:find("://", 1, true) and url or "http://" .. url)
end

--- The reason why a proxy's URL is invalid, which quotes nothing of it; nil if it is valid. Only a
--- slash may follow the host: a path, query or fragment is really part of a user or password that
--- is not percent-encoded, and so is the host.
---@param url string
---@return string|nil
function proxy.complaint(url)
  local parts = parse(url)
  if not parts or not parts.host or url:find "[%s%c]" then -- libcurl before 7.75 parses blanks
    return "it is not a URL like http://user:password@proxy:3128"
  elseif not SCHEMES[parts.scheme] then
    return "its scheme must be one of http, https, socks4, socks4a, socks5, socks5h"
  elseif parts.query or parts.fragment or (parts.path and parts.path ~= "/") then
    return "/, ? and # in its user or password must be percent-encoded"
  end
end

--- The variable's value; nil if it is empty, which to libcurl means unset.
local function get_variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function without_dots(name)
  return (name:gsub("%.$", ""):gsub("^%.", ""))
end

--- Whether the name is that host or one of its parent domains.
local function covers(name, host)
  name = without_dots(name)
  return host == name or (name ~= "" and host:sub(-#name - 1) == "." .. name)
end

--- Whether no_proxy names the host of this URL, by the rules of CURLOPT_NOPROXY: "*" alone, or
--- names without ports, separated by commas or blanks. An address must be spelled the same. libcurl
--- from 7.86 also accepts networks ("10.0.0.0/8") and other spellings of an IPv6 address. This
--- function ignores them: an error may then name a proxy that was not used.
local function is_excepted(base_url)
  local names = ascii.lower(get_variable "no_proxy" or get_variable "NO_PROXY" or "")
  local parts = core.url(base_url)
  local host = parts and parts.host and ascii.lower(parts.host):gsub("^%[(.*)%]$", "%1")
  if names == "*" or not host then
    return names == "*"
  end
  local is_address = host:find ":" or host:find "^%d+%.%d+%.%d+%.%d+$"
  for name in names:gmatch "[^,%s]+" do
    if is_address and name == host or not is_address and covers(name, without_dots(host)) then
      return true
    end
  end
  return false
end

---@class sigmamind.Way  the proxy of a client
---@field url string
---@field from string  its source: an option or a variable
---@field is_used boolean  false if no_proxy names the host

--- The proxy for requests to this URL; nil if there is none.
---@param given string|nil  the option
---@param base_url string
---@return sigmamind.Way|nil
function proxy.find(given, base_url)
  if given then
    return given ~= "" and { url = given, from = "the option proxy", is_used = true } or nil
  elseif not ascii.lower(base_url):find "^https:" then
    return nil
  end
  for _, name in ipairs(VARIABLES) do
    local value = get_variable(name)
    if value then
      return { url = value, from = name, is_used = not is_excepted(base_url) }
    end
  end
end

--- The URL without user and password. A missing port is filled in with libcurl's default.
---@param url string  a valid one
---@return string
function proxy.shown(url)
  local parts = assert(parse(url))
  local port = url:match ":(%d+)/?$" or (parts.scheme == "https" and "443" or "1080")
  return ("%s://%s:%s"):format(parts.scheme, parts.host, port)
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function encode_three(bytes)
  local a, b, c = bytes:byte(1, 3)
  local number = a * 65536 + (b or 0) * 256 + (c or 0)
  local digits = {}
  for i = 4, 1, -1 do
    local digit = number % 64
    digits[i] = DIGITS:sub(digit + 1, digit + 1)
    number = (number - digit) / 64
  end
  return table.concat(digits, "", 1, #bytes + 1)
end

--- Base64 without its padding.
local function base64(text)
  return (text:gsub("..?.?", encode_three))
end

local function decode(text)
  return (text:gsub("%%(%x%x)", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

--- The secret parts of the URL, in each form that libcurl or a proxy may write: user with password,
--- the same in Base64 as in Basic credentials, and the password alone. A user is a secret only if
--- there is no password: it may be a token.
---@param url string
---@return string[]
function proxy.secrets(url)
  local userinfo = url:gsub("^%a[%w+.-]*://", ""):match "^(.*)@"
  if not userinfo or not userinfo:find "[^:]" then
    return {}
  end
  local user, password = userinfo:match "^([^:]*):?(.*)$"
  local alone = password ~= "" and password or user
  local plain = decode(user) .. ":" .. decode(password)
  local basic = base64(plain)
  local padded = basic .. ("="):rep(-#plain % 3)
  return { userinfo, plain, basic, padded, alone, decode(alone) }
end

return proxy
