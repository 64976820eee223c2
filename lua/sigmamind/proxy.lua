--- proxy: which proxy requests go through, and how messages name it without its password.

local core = require "sigmamind.core"

local proxy = {}

--- What libcurl knows.
local SCHEMES =
  { http = true, https = true, socks4 = true, socks4a = true, socks5 = true, socks5h = true }

--- The variables that libcurl reads for an https URL, in its order.
local VARIABLES = { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" }

--- libcurl takes a proxy without a scheme for one of http.
local function parse(url)
  return core.url(url:find("://", 1, true) and url or "http://" .. url)
end

--- What is wrong with the URL of a proxy, in words that hold nothing of it; nil: nothing. Behind
--- the host only a slash may follow: what looks like a path, query or fragment is a piece of a user
--- or password that is not percent-encoded, and the host is another piece.
---@param url string
---@return string|nil
function proxy.complaint(url)
  local parts = parse(url)
  if not parts or not parts.host or parts.host:find "%s" then
    return "it is not a URL like http://user:password@proxy:3128"
  elseif not SCHEMES[parts.scheme] then
    return "its scheme must be one of http, https, socks4, socks4a, socks5, socks5h"
  elseif parts.query or parts.fragment or (parts.path and parts.path ~= "/") then
    return "/, ? and # in its user or password must be percent-encoded"
  end
end

--- The proxy that requests to this URL go through, unless no_proxy says otherwise, and where that
--- is from; nil: none.
---@param given string|nil  the option
---@param base_url string
---@return string|nil url, string|nil from
function proxy.find(given, base_url)
  if given then
    return given ~= "" and given or nil, "the option proxy"
  elseif not base_url:lower():find "^https:" then
    return nil
  end
  for _, name in ipairs(VARIABLES) do
    local value = os.getenv(name)
    if value then
      return value ~= "" and value or nil, name
    end
  end
end

--- The URL without user and password.
---@param url string  without complaint
---@return string
function proxy.shown(url)
  local parts = assert(parse(url))
  return ("%s://%s:%s"):format(parts.scheme, parts.host, parts.port or "1080")
end

local function replace(text, secret)
  if secret and #secret > 0 then
    text = text:gsub(secret:gsub("%p", "%%%0"), "***")
  end
  return text
end

--- The text without the user and password of the URL.
---@param text string
---@param url string
---@return string
function proxy.redact(text, url)
  local userinfo = url:gsub("^%a[%w+.-]*://", ""):match "^(.*)@"
  if not userinfo then
    return text
  end
  local parts = parse(url)
  text = replace(text, userinfo)
  text = replace(text, userinfo:match ":(.+)$")
  return replace(text, parts and parts.password)
end

return proxy
