--- cli.arguments: the command line, described for argparse.

local argparse = require "argparse"
local fields = require "sigmamind.cli.fields"
local number_text = require "sigmamind.number_text"

local arguments = {}

local SECONDS_LEAST, SECONDS_MOST = 0.1, 1000000
local INTEGER_MOST = 2147483647 -- an int32, as the API's numbers are

local FORMATS = { "table", "json", "ndjson", "csv" }

local EXAMPLES = [[
Examples:
   sigmamind campaigns
   sigmamind campaigns --status live --where 'concurrentCalls>=5'
   sigmamind campaigns --select campaignId,agent.name --format csv > campaigns.csv
   sigmamind campaigns --format ndjson | jq -r .campaignName
   sigmamind campaigns --watch 30
   sigmamind sandbox --port 8080       (then, elsewhere, with what it prints)
   export SIGMAMIND_BASE_URL=http://127.0.0.1:8080 SIGMAMIND_API_KEY=sandbox-key

The key comes from SIGMAMIND_API_KEY, --key-file, or is asked for on the terminal.

Exit codes: 0 done, 1 a mistake of this program's own, 2 usage, 3 configuration or
key, 4 the API refused, or gave what is no listing, 5 network or time-out, 6 rate
limit, 130 interrupted.]]

local CONDITIONS = [[
Conditions: PATH=VALUE (or several values, with commas), != < <= > >=, ^= begins
with, $= ends with, *= contains; PATH alone: is there, !PATH: is not. A value in
double quotes is a string in any case. Several --where must all hold.

--resume goes on from the token that Ctrl-C printed; --status, --where, --select and
--size must be the same as then.]]

--- An integer from `least`, to `most` if that is given.
local function integer(name, least, most)
  local range = most and ("from %d to %d"):format(least, most) or ("from %d"):format(least)
  return function(text)
    local number = tonumber(text)
    local fits = number and number >= least and number <= (most or INTEGER_MOST) and number % 1 == 0
    if not fits then
      return nil, ("%s must be an integer %s, got '%s'"):format(name, range, text)
    end
    return number
  end
end

local function seconds(name)
  return function(text)
    local number = tonumber(text)
    if not number or not (number >= SECONDS_LEAST and number <= SECONDS_MOST) then
      local message = "%s must be a number of seconds from %s to %d, got '%s'"
      return nil, message:format(name, number_text(SECONDS_LEAST), SECONDS_MOST, text)
    end
    return number
  end
end

local function list(text)
  local items = {}
  for item in text:gmatch "[^,]+" do
    items[#items + 1] = item:match "^%s*(.-)%s*$"
  end
  if #items == 0 then
    return nil, "fields are names with commas between them"
  end
  return items
end

--- Options of every command that asks the API.
local function add_connection(command)
  command:option("--base-url", "Default: SIGMAMIND_BASE_URL, else https://api.sigmamind.ai.")
    :argname "URL"
  command:option("--key-file", "A file with the API key in its first line."):argname "FILE"
  command:option("--ca-file", "Authorities to trust instead of the system's (PEM)."):argname "FILE"
  command:option("--proxy", "A URL like http://proxy:3128."):argname "URL"
end

--- With `choices`, for shell completion, names that are no closed list are offered too.
local function add_campaigns(parser, choices)
  local command = parser:command("campaigns", "Lists campaigns, all pages of them.")
  command:epilog(CONDITIONS)
  command:option("-s --status", "Only those of this status."):choices(fields.status)
  local where = command:option("-w --where", "Only those for which this holds; see below.")
  where:argname("CONDITION"):count "*"
  local select = command:option("-S --select", "Only these fields, e.g. campaignId,agent.name.")
  select:argname "FIELDS"
  if choices then
    where:choices(fields.all)
    select:choices(fields.all)
  else
    select:convert(list)
  end
  command:option("-n --limit", "At most so many.")
    :argname("N"):convert(integer("--limit", 0))
  command:option("-f --format", "How they are told."):choices(FORMATS):default "table"
  command:option("--size", "Rows of a page; default: 100.")
    :argname("N"):convert(integer("--size", 1))
  command:option("--watch", "Look again and again, and tell what was added, changed, removed.")
    :argname("SECONDS"):convert(seconds "--watch")
  command:option("--resume", "Go on from the token of an interrupted listing."):argname "TOKEN"
  command:option("--timeout", "Of one request; default: 60.")
    :argname("SECONDS"):convert(seconds "--timeout")
  command:option("--attempts", "For each request; default: 3.")
    :argname("N"):convert(integer("--attempts", 1, 10))
  add_connection(command)
end

local function add_sandbox(parser)
  local command = parser:command("sandbox", "Serves an API with made-up campaigns on this machine.")
  command:option("--port", "Default: any that is free.")
    :argname("N"):convert(integer("--port", 0, 65535))
  command:option("--campaigns", "How many; default: 125.")
    :argname("N"):convert(integer("--campaigns", 0, 1000000))
  command:option("--latency", "Before each answer, in milliseconds."):argname("MS")
    :convert(integer("--latency", 0, 600000))
  command:option("--fault", "What goes wrong, e.g. page=3,status=503,times=2.")
    :argname("SPEC"):count "*"
end

local function add_config(parser)
  local command = parser:command("config", "Tells where key, base URL and authorities come from.")
  add_connection(command)
end

local function new_parser(choices)
  local parser = argparse("sigmamind", "A client for the SigmaMind API.")
  parser:epilog(EXAMPLES)
  parser:command_target "command"
  parser:flag("--version", "Prints the version.")
  parser:option("--error-format", "How errors are told.")
    :choices({ "text", "json" }):default "text"
  parser:option("--completion", "Prints a completion script for this shell.")
    :choices { "bash", "zsh", "fish" }
  parser:require_command(false)
  add_campaigns(parser, choices)
  add_sandbox(parser)
  add_config(parser)
  return parser
end

--- The parser of the command line.
function arguments.parser()
  return new_parser(false)
end

--- The usage of the command that is meant, or of the whole.
---@param parser table  of argparse
---@param words string[]
---@return string
function arguments.usage(parser, words)
  for _, word in ipairs(words) do
    for _, command in ipairs(parser._commands) do
      if command._name == word then
        return command:get_usage()
      end
    end
  end
  return parser:get_usage()
end

--- The completion script for a shell.
---@param shell "bash"|"zsh"|"fish"
---@return string
function arguments.completion(shell)
  local parser = new_parser(true)
  return parser["get_" .. shell .. "_complete"](parser)
end

return arguments
