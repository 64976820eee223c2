--- cli.config: `sigmamind config`, which shows the settings and their origins.

local core = require "sigmamind.core"
local output = require "sigmamind.cli.output"
local proxy = require "sigmamind.http.proxy"
local settings = require "sigmamind.cli.settings"
local terminal = require "sigmamind.cli.terminal"

local config = {}

--- Prints a line: a name, its value and its origin.
local function show(name, value, from)
  local line = ("%-12s %s%s"):format(name, value, from and ("  (%s)"):format(from) or "")
  output.say(terminal.harmless(line), "\n")
end

--- A URL without its secrets.
local function redacted(url)
  local parts = core.url(url)
  if parts and not (parts.user or parts.password or parts.query) then
    return url
  end
  return parts and ("%s://%s (the rest is not shown)"):format(parts.scheme, parts.host)
    or "not a URL"
end

--- Shows the proxy of the option or the environment, if there is one. Returns a message if it would
--- be used but is invalid.
local function show_proxy(options, url)
  local way = proxy.find(options.proxy, url)
  if not way then
    return nil
  end
  local wrong = proxy.complaint(way.url)
  local from = options.proxy and "--proxy" or way.from
  show("proxy", wrong and "not a URL of a proxy" or proxy.shown(way.url),
    way.is_used and from or from .. ", not used: no_proxy names the host")
  if wrong and way.is_used then
    return ("the proxy from %s cannot be used: %s"):format(from, wrong)
  end
end

--- Shows the settings and their origins. Returns true; nil, err if no request could be sent with
--- them.
---@param options table  as argparse gives them
---@return true|nil, table|nil
function config.run(options)
  local key, from = settings.key(options, false)
  local file, file_from = settings.ca_file(options)
  local url, url_from = settings.base_url(options)
  show("API key", key and settings.masked(key) or "none", key and from)
  show("base URL", redacted(url), url_from)
  show("authorities", file or "the system's", file_from)
  local wrong = show_proxy(options, url)
  if not key then
    return nil, { kind = "config", message = from }
  end
  local client, err = settings.new_client(options, key, from)
  if not client then
    return nil, err
  end
  client:close()
  if wrong then
    return nil, { kind = "config", message = wrong }
  end
  return true
end

return config
