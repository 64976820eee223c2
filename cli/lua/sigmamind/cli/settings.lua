--- cli.settings: finds the key, the base URL and the CA file with their origins, and makes the
--- client. The key is never read from the command line, which every user of the machine can see.

local console = require "sigmamind.console"
local environment = require "sigmamind.cli.environment"
local errors = require "sigmamind.cli.errors"
local interrupt = require "sigmamind.cli.interrupt"
local quantity = require "sigmamind.cli.quantity"
local sigmamind = require "sigmamind"

local settings = {}

local BASE_URL = "https://api.sigmamind.ai"
local SHOWN = 4 -- characters at the end of a key that are shown ...
local SHOWN_FROM = 12 -- ... of a key with at least so many

local BOM = "^\239\187\191" -- some editors write it at the beginning of a file

local function trim(text)
  return (text:gsub(BOM, ""):match "^%s*(.-)%s*$")
end

--- The trimmed first line of a file.
local function read_key(path)
  local file, why = io.open(path)
  if not file then
    return nil, ("cannot read the key: %s"):format(why)
  end
  local line = trim(file:read "*l" or "")
  file:close()
  if line == "" then
    return nil, ("no API key in the first line of %s"):format(path)
  end
  return line
end

--- The key and its origin; nil, message if there is none. Prompts for it last, if allowed, on the
--- terminal and without echo.
---@param options table  key_file
---@param may_ask boolean  whether it may prompt
---@return string|nil key, string from_or_message
function settings.key(options, may_ask)
  if options.key_file then
    local key, why = read_key(options.key_file)
    return key, key and "--key-file " .. options.key_file or why
  end
  local given = environment "SIGMAMIND_API_KEY"
  if given then
    return given, "SIGMAMIND_API_KEY"
  end
  local key = may_ask and console.is_terminal(0) and console.ask "API key: "
  interrupt.step()
  if key and key ~= "" then
    return trim(key), "the terminal"
  end
  return nil, "no API key: set SIGMAMIND_API_KEY, or give --key-file FILE"
end

--- The option, else the first of these variables that is set, and its origin.
local function find(given, option, variables)
  if given then
    return given, option
  end
  for _, name in ipairs(variables) do
    local value = environment(name)
    if value then
      return value, name
    end
  end
end

---@param options table  base_url
---@return string url, string from
function settings.base_url(options)
  local url, from = find(options.base_url, "--base-url", { "SIGMAMIND_BASE_URL" })
  return url or BASE_URL, from or "default"
end

--- The file of trusted authorities and its origin; nil: the system's. As in the client, the
--- variables of curl(1) count for https alone.
---@param options table  ca_file, base_url
---@return string|nil file, string|nil from
function settings.ca_file(options)
  local variables = { "SIGMAMIND_CA_FILE" }
  if settings.base_url(options):lower():find "^https:" then
    variables = { "SIGMAMIND_CA_FILE", "CURL_CA_BUNDLE", "SSL_CERT_FILE" }
  end
  return find(options.ca_file, "--ca-file", variables)
end

--- The level at which attempts are logged; nil: they are not.
---@param options table  verbose
---@return "info"|"debug"|nil
function settings.log_level(options)
  local given = environment "SIGMAMIND_LOG" or "0"
  if given == "debug" then
    return "debug"
  end
  return (options.verbose or given ~= "0") and "info" or nil
end

--- The displayable form of a key: its end, or the length of a short one.
---@param key string
---@return string
function settings.masked(key)
  if #key < SHOWN_FROM then
    return ("**** (%s)"):format(quantity(#key, "character"))
  end
  return "****" .. key:sub(-SHOWN)
end

--- Replaces the option at the beginning of a message by the origin of its value.
local function with_origin(message, origins)
  for option, from in pairs(origins) do
    if message:sub(1, #option + 1) == option .. " " then
      return from .. message:sub(#option + 1)
    end
  end
  return message
end

--- Makes a client from the command line and the environment; nil, err.
---@param options table
---@param key string
---@param key_from string
---@param rest? table  further options of sigmamind.new
---@return sigmamind.Client|nil, table|nil
function settings.new_client(options, key, key_from, rest)
  local url, url_from = settings.base_url(options)
  local file, file_from = settings.ca_file(options)
  local given = {
    api_key = key,
    base_url = url,
    ca_file = file,
    proxy = options.proxy,
    timeout = options.timeout,
    upload_timeout = options.timeout, -- of a request with a file
    attempts = options.attempts,
  }
  for name, value in pairs(rest or {}) do
    given[name] = value
  end
  local client, err = errors.guard("config", sigmamind.new, given)
  if err then
    err.message = with_origin(err.message, {
      ["the API key"] = ("the API key (%s)"):format(key_from),
      ["--base-url"] = url_from,
      ["--ca-file"] = file_from,
    })
  end
  return client, err
end

return settings
