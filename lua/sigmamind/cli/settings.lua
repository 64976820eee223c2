--- cli.settings: where the key, the base URL and the authorities come from. The key is never taken
--- from the command line, where every user of the machine can read it.

local console = require("sigmamind.core").console
local interrupt = require "sigmamind.cli.interrupt"

local settings = {}

local BASE_URL = "https://api.sigmamind.ai"
local SHOWN = 4 -- of a key, at its end
local LONG = 12 -- characters from which on that much may be shown
local SHORT = 8 -- characters below which a key is likely to be a mistake

local function environment(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local BOM = "^\239\187\191" -- that some editors begin a file with

local function trim(text)
  return (text:gsub(BOM, ""):match "^%s*(.-)%s*$")
end

--- The first line of a file, without the blanks around it.
local function read_key(path)
  local file, why = io.open(path)
  if not file then
    return nil, ("cannot read the key: %s"):format(why)
  end
  local line = trim(file:read "*l" or "")
  file:close()
  if line == "" then
    return nil, ("there is no key in %s"):format(path)
  end
  return line
end

--- The key and where it is from; nil, message where there is none. Asks for it last of all, if it
--- may: on the terminal, without echo.
---@param options table  key_file
---@param may_ask boolean
---@return string|nil key, string from_or_message
function settings.key(options, may_ask)
  if options.key_file then
    local key, why = read_key(options.key_file)
    return key, key and "--key-file " .. options.key_file or why
  end
  local given = trim(environment "SIGMAMIND_API_KEY" or "") -- a line end of --env-file, perhaps
  if given ~= "" then
    return given, "SIGMAMIND_API_KEY"
  end
  local key = may_ask and console.is_terminal(0) and console.ask "API key: "
  interrupt.step()
  if key and key ~= "" then
    return trim(key), "the terminal"
  end
  return nil, "no API key: set SIGMAMIND_API_KEY, or give --key-file FILE"
end

--- What was given, else what the environment has; and where that is from.
local function find(given, option, variable)
  local value = given or environment(variable)
  return value, value and (given and option or variable)
end

---@param options table  base_url
---@return string url, string from
function settings.base_url(options)
  local url, from = find(options.base_url, "--base-url", "SIGMAMIND_BASE_URL")
  return url or BASE_URL, from or "default"
end

--- The file of the authorities that are trusted; nil: the system's.
---@param options table  ca_file
---@return string|nil file, string|nil from
function settings.ca_file(options)
  return find(options.ca_file, "--ca-file", "SIGMAMIND_CA_FILE")
end

--- Whether each attempt of a request is told.
---@param options table  verbose
---@return boolean
function settings.is_verbose(options)
  return options.verbose or (environment "SIGMAMIND_LOG" or "0") ~= "0"
end

--- A key that may be shown.
---@param key string
---@return string
function settings.masked(key)
  if #key < SHORT then
    return ("**** (%d character%s)"):format(#key, #key == 1 and "" or "s")
  end
  return #key >= LONG and "****" .. key:sub(-SHOWN) or "****"
end

--- The options of sigmamind.new that the command line stands for; nil, err without a key.
---@param options table
---@return sigmamind.Options|nil, table|nil
function settings.client_options(options)
  local key, why = settings.key(options, true)
  if not key then
    return nil, { kind = "config", message = why }
  end
  return {
    api_key = key,
    base_url = (settings.base_url(options)),
    ca_file = (settings.ca_file(options)),
    proxy = options.proxy,
    timeout = options.timeout,
    attempts = options.attempts,
  }
end

return settings
