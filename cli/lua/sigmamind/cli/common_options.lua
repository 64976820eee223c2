--- cli.common_options: options that several commands have, described for argparse.

local convert = require "sigmamind.cli.convert"
local resource = require "sigmamind.resource"

local common = {}

local TIMEOUT_MAX = 3600 -- as in the client: a larger one was probably meant to be milliseconds

local FORMATS = { "table", "json", "ndjson", "csv" }

--- The options of the commands that connect to the API.
---@param command table
function common.add_connection(command)
  command:option("--base-url", "Default: SIGMAMIND_BASE_URL, else https://api.sigmamind.ai.")
    :argname "URL"
  command:option("--key-file", "File whose first line is the API key."):argname "FILE"
  command:option("--ca-file", "Trusted authorities (PEM) instead of the system's."):argname "FILE"
  command:option("--proxy", "URL like http://proxy:3128."):argname "URL"
end

--- The options of the commands that send requests.
---@param command table
---@param has_timeout? boolean  false: --timeout is one of the command's own
function common.add_request(command, has_timeout)
  if has_timeout ~= false then
    command:option("--timeout", "Time limit of an attempt; default: 60, with a file 600.")
      :argname("SECONDS"):convert(convert.seconds("--timeout", TIMEOUT_MAX, " (milliseconds?)"))
  end
  command
    :option("--attempts", "Attempts per request; default: 3. A prefetched page may have one more.")
    :argname("N"):convert(convert.integer("--attempts", 1, 10))
  command:flag("--verbose", "Log each attempt of a request on standard error.")
  common.add_connection(command)
end

--- Fields to select, as an example: the id, and one in an object if a table shows one.
local function example_fields(declaration)
  local other = declaration.columns[2]
  for i = #declaration.columns, 1, -1 do
    local path = declaration.columns[i]
    other = path:find("^[^.]*%.name$") and path or other
  end
  return other and declaration.id .. "," .. other or declaration.id
end

---@param command table
---@param declaration sigmamind.Declaration  of the rows
---@param choices boolean  whether completion is to offer the fields
function common.add_select(command, declaration, choices)
  local select = command:option("-S --select",
    ("Only these fields, like %s."):format(example_fields(declaration)))
  select:argname "FIELDS"
  if choices then
    select:choices(resource.leaf_paths(declaration))
  else
    select:convert(convert.fields)
  end
end

---@param command table
function common.add_format(command)
  command:option("-f --format", "Output format."):choices(FORMATS):default "table"
end

return common
