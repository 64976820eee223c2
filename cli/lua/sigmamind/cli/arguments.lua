--- cli.arguments: the command line, described for argparse.

local argparse = require "argparse"
local campaigns = require "sigmamind.resources.campaigns"
local nearest = require "sigmamind.nearest"
local number = require "sigmamind.number"
local resource = require "sigmamind.resource"
local where = require "sigmamind.cli.where"

local arguments = {}

local SECONDS_MIN = 0.1
local TIMEOUT_MAX = 3600 -- as in the client: a larger one was probably meant to be milliseconds
local WATCH_MAX = 1000000
local INT32_MAX = 2147483647 -- the API's integers

local FORMATS = { "table", "json", "ndjson", "csv" }
local PATHS = resource.leaf_paths(campaigns)

local EXAMPLES = [[
Examples:
   sigmamind campaigns
   sigmamind campaigns --status live --where 'concurrentCalls>=5'
   sigmamind campaigns --where errors any contains invalid
   sigmamind campaigns --select campaignId,agent.name -f csv > campaigns.csv
   sigmamind campaigns --format ndjson | jq -r .campaignName
   sigmamind campaigns --watch 30
   sigmamind sandbox --port 8080       (then, in another shell, what it prints:)
   export SIGMAMIND_BASE_URL=http://127.0.0.1:8080 SIGMAMIND_API_KEY=sandbox-key

The key comes from SIGMAMIND_API_KEY or --key-file, or is prompted for on the
terminal.

Exit codes: 0 done, 1 internal error, 2 usage, 3 configuration or key,
4 the API refused, or its response is not a listing, 5 network or time-out,
6 rate limit, 130 interrupted.]]

local CONDITIONS = [[
Conditions: PATH=VALUE (or several values, with commas), != < <= > >=,
^= starts with, $= ends with, *= contains; PATH alone: present, !PATH: absent.
#PATH is the length, PATH[] any element of an array.

The same in words, which need no quotes in a shell: PATH OPERATOR VALUE,
with eq, ne, lt, le, gt, ge, one_of, none_of, starts_with, ends_with, contains;
any element: PATH any OPERATOR VALUE; the length: PATH length OPERATOR VALUE.

A value in double quotes is always a string. Each --where has one condition,
and all of them must hold. A path that no campaign has is reported on standard
error.

--resume continues from the token that Ctrl-C printed; --status, --where,
--select and --size must be the same as before.]]

local OVERVIEW = [[
sigmamind: a client for the SigmaMind API

Commands:
%s

With a key:      export SIGMAMIND_API_KEY=...
                 sigmamind campaigns
Without a key:   sigmamind sandbox; paste what it prints in another shell

sigmamind COMMAND --help lists the options of a command.
]]

--- Options and commands of other programs, by ours.
local SPELLINGS = {
  ["--json"] = "--format json",
  ["--csv"] = "--format csv",
  ["--ndjson"] = "--format ndjson",
  ["--jsonl"] = "--format ndjson",
  ["--table"] = "--format table",
  ["--output"] = "--format json",
  ["--api-key"] = "--key-file FILE",
  ["--url"] = "--base-url",
  ["--fields"] = "--select",
  ["--filter"] = "--where",
  ["-o"] = "--format json",
  ["-j"] = "--format json",
  list = "campaigns",
  ls = "campaigns",
}

--- A converter to an integer from `min` to `max`, if given.
local function integer(name, min, max)
  local range = max and ("from %d to %d"):format(min, max) or ("from %d"):format(min)
  return function(text)
    local value = text:find "^%d+$" and tonumber(text)
    local fits = value and value >= min and value <= (max or INT32_MAX)
    if not fits then
      return nil, ("%s must be an integer %s, got '%s'"):format(name, range, text)
    end
    return value
  end
end

--- A converter to seconds, up to `max`; `guess` is a hint for a larger number.
local function seconds(name, max, guess)
  return function(text)
    local value = text:find "^%d*%.?%d*$" and tonumber(text)
    if not value or not (value >= SECONDS_MIN and value <= max) then
      local message = "%s must be a number of seconds from %s to %d, got '%s'%s"
      local question = value and value > max and guess or ""
      return nil, message:format(name, number.text(SECONDS_MIN), max, text, question)
    end
    return value
  end
end

local function list(text)
  local items = {}
  for item in text:gmatch "[^,]+" do
    items[#items + 1] = item:match "^%s*(.-)%s*$"
  end
  if #items == 0 then
    return nil, "expected names of fields, separated by commas"
  end
  return items
end

--- The options of the commands that connect to the API.
local function add_connection(command)
  command:option("--base-url", "Default: SIGMAMIND_BASE_URL, else https://api.sigmamind.ai.")
    :argname "URL"
  command:option("--key-file", "File whose first line is the API key."):argname "FILE"
  command:option("--ca-file", "Trusted authorities (PEM) instead of the system's."):argname "FILE"
  command:option("--proxy", "URL like http://proxy:3128."):argname "URL"
end

--- `choices`: for shell completion, which also offers names where any value is accepted.
local function add_campaigns(parser, choices)
  local command = parser:command("campaigns", "Lists campaigns, all pages of them.")
  command:epilog(CONDITIONS)
  command:option("-s --status", "Only campaigns with this status.")
    :choices(campaigns.list.status.values)
  local condition = command:option("-w --where", "Only campaigns that meet a condition; see below.")
  condition:argname("CONDITION"):count "*"
  local select = command:option("-S --select", "Only these fields, like campaignId,agent.name.")
  select:argname "FIELDS"
  if choices then
    condition:choices(PATHS)
    select:choices(PATHS)
  else
    select:convert(list)
  end
  command:option("-n --limit", "Maximum number of campaigns.")
    :argname("N"):convert(integer("--limit", 0))
  command:option("-f --format", "Output format."):choices(FORMATS):default "table"
  command:option("--size", "Rows per page; default: 100.")
    :argname("N"):convert(integer("--size", 1))
  command:option("--watch", "Poll, and report what was added, changed or removed.")
    :argname("SECONDS"):convert(seconds("--watch", WATCH_MAX))
  command:option("--resume", "Continue an interrupted listing from its token."):argname "TOKEN"
  command:option("--timeout", "Time limit of an attempt; default: 60.")
    :argname("SECONDS"):convert(seconds("--timeout", TIMEOUT_MAX, " (milliseconds?)"))
  command
    :option("--attempts", "Attempts per request; default: 3. A prefetched page may have one more.")
    :argname("N"):convert(integer("--attempts", 1, 10))
  command:flag("--verbose", "Log each attempt of a request on standard error.")
  add_connection(command)
end

--- The sandbox's lists in the order of the documentation: name, default and max number of rows. The
--- package of the sandbox, which knows them too, may be absent.
local SANDBOX_LISTS = {
  { "campaigns", 125, 1000000 },
  { "calls", 240, 1000000 },
  { "agents", 12, 1000000 },
  { "phone numbers", 8, 10000 },
  { "chats", 60, 1000000 },
  { "webhooks", 15, 1000000 },
}

local function add_sandbox(parser)
  local command = parser:command("sandbox", "Runs a local API server with made-up data.")
  command:option("--port", "Default: any free port.")
    :argname("N"):convert(integer("--port", 0, 65535))
  for _, each in ipairs(SANDBOX_LISTS) do
    local name, count, max = each[1], each[2], each[3]
    local option = "--" .. name:gsub(" ", "-")
    command:option(option, ("Number of %s; default: %d."):format(name, count))
      :argname("N"):convert(integer(option, 0, max))
  end
  command:option("--latency", "Milliseconds before each response."):argname("MS")
    :convert(integer("--latency", 0, 600000))
  command:option("--fault", "A scripted fault, like page=1,status=503,times=2.")
    :argname("SPEC"):count "*"
end

local function add_config(parser)
  local command =
    parser:command("config", "Shows where key, base URL, authorities and proxy come from.")
  add_connection(command)
end

--- Calls `on_help` with the help text. argparse would print it and exit, whether or not it could be
--- written.
local function add_help(parser, on_help)
  parser:add_help {
    action = function()
      on_help(parser:get_help())
    end,
  }
end

local function new_parser(choices, on_help)
  local parser = argparse("sigmamind", "A client for the SigmaMind API.")
  parser:help_max_width(80)
  parser:epilog(EXAMPLES)
  parser:command_target "command"
  parser:flag("--version", "Prints the version.")
  parser:option("--error-format", "Format of errors.")
    :choices({ "text", "json" }):default "text"
  parser:option("--completion", "Prints a completion script for this shell.")
    :choices { "bash", "zsh", "fish" }
  parser:require_command(false)
  add_campaigns(parser, choices)
  add_sandbox(parser)
  add_config(parser)
  add_help(parser, on_help)
  for _, command in ipairs(parser._commands) do
    add_help(command, on_help)
  end
  return parser
end

--- The text of `sigmamind` alone: the commands, and where to begin.
---@return string
function arguments.overview()
  local lines = {}
  for i, command in ipairs(new_parser(false)._commands) do
    lines[i] = ("  %-11s %s"):format(command._name, command._description)
  end
  return OVERVIEW:format(table.concat(lines, "\n"))
end

local function find_command(parser, words)
  for _, word in ipairs(words) do
    for _, command in ipairs(parser._commands) do
      if command._name == word then
        return command
      end
    end
  end
end

--- The names of the options of parsers that match a pattern.
local function option_names(parsers, pattern)
  local names = {}
  for _, parser in ipairs(parsers) do
    for _, option in ipairs(parser._options) do
      for _, name in ipairs(option._aliases) do
        names[#names + 1] = name:match(pattern)
      end
    end
  end
  return names
end

local function has_option(command, name)
  local names = option_names({ command }, ".*")
  return (" " .. table.concat(names, " ") .. " "):find(" " .. name .. " ", 1, true) ~= nil
end

--- The command with an option of that name, `command` first.
local function find_owner(parser, command, name)
  if command and has_option(command, name) then
    return command
  end
  for _, each in ipairs(parser._commands) do
    if has_option(each, name) then
      return each
    end
  end
end

--- The message for an unknown option.
local function suggest_option(parser, command, name)
  local owner = find_owner(parser, command, name)
  if owner and (not command or owner == command) then
    local after = "option '%s' must follow the command: sigmamind %s %s ..."
    return after:format(name, owner._name, name)
  elseif owner then
    return ("'%s' is an option of sigmamind %s"):format(name, owner._name)
  end
  local meant = SPELLINGS[name] or nearest(name, option_names({ parser, command }, "^%-%-.*"))
  local unknown = ("unknown option '%s'"):format(name)
  return meant and ("%s; did you mean %s?"):format(unknown, meant) or unknown
end

local function suggest_command(parser, name)
  local names = {}
  for i, command in ipairs(parser._commands) do
    names[i] = command._name
  end
  local known = table.concat(names, ", ")
  names[#names + 1] = "help"
  local meant = SPELLINGS[name] or nearest(name, names)
  local hint = meant and ("did you mean %s?"):format(meant) or "the commands are " .. known
  return ("unknown command '%s'; %s"):format(name, hint)
end

local function is_where(word)
  return word == "-w" or word == "--where"
end

--- Joins the words of each condition into one.
local function join_conditions(words)
  local joined, at = {}, 1
  while at <= #words do
    local count = is_where(joined[#joined]) and where.count_words(words, at) or 1
    joined[#joined + 1] = table.concat(words, " ", at, at + count - 1)
    at = at + count
  end
  return joined
end

local function has_where(words)
  for _, word in ipairs(words) do
    if is_where(word) or word:find "^%-%-where=" then
      return true
    end
  end
  return false
end

--- A message of argparse in one line, with our suggestion and the --help to read.
local function usage_message(parser, words, message)
  local command = find_command(parser, words)
  local line = message:gsub("\nDid you mean.*", "")
  local kind, name = line:match "^unknown (%a+) '(.*)'$"
  if kind == "option" then
    line = suggest_option(parser, command, name)
  elseif kind == "command" then
    line = suggest_command(parser, name)
  elseif line == "too many arguments" and has_where(words) then
    line = line .. "; a condition whose value has blanks needs quotes"
  end
  local help = "%s; see sigmamind%s --help"
  return help:format(line, command and " " .. command._name or "")
end

--- Parses the command line. Returns the options; `help` is a text to print, without running any
--- command. Returns nil, message for a mistake.
---@param words string[]
---@return table|nil, string|nil
function arguments.parse(words)
  local help
  local parser = new_parser(false, function(text)
    help = help or text
  end)
  words = join_conditions(words)
  if words[1] == "help" then
    words = words[2] ~= "help" and { words[2], "--help" } or {}
  end
  local ok, result = parser:pparse(words)
  if help then
    return { help = help, error_format = "text" }
  elseif not ok then
    return nil, usage_message(parser, words, result)
  end
  return result
end

--- The parser of the command line.
function arguments.parser()
  return new_parser(false)
end

--- The options whose argument is a file. Completion offers no file names for the others.
local FILES = { ["--key-file"] = true, ["--ca-file"] = true }

local function offer_no_files(parser)
  for _, option in ipairs(parser._options) do
    local takes_file = FILES[option._aliases[#option._aliases]]
    if not option._choices and option._maxargs > 0 and not takes_file then
      option:choices {}
    end
  end
end

--- bash splits words at "=".
local BASH_WORDS = [=[
    if [[ "$cur" = "=" ]]; then
        cur=""
    elif [[ "$prev" = "=" ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    fi
]=]

--- Matches a command line that a word of a condition, such as an operator, may follow.
local AFTER_PATH = "(-w|--where) [^ =<>]+( any)?( length)?"

local BASH_OPERATORS = [==[
    local before=" ${COMP_WORDS[*]:0:COMP_CWORD}" after_path=' %s$'
    if [[ "$cur" != -* && "$before" =~ $after_path ]]; then
        COMPREPLY=($(compgen -W "%s" -- "$cur"))
        return 0
    fi
]==]

local ZSH_OPERATORS = [==[
  if [[ $PREFIX != -* && " ${words[1,CURRENT-1]}" =~ ' %s$' ]]; then
    compadd %s
    return
  fi

]==]

local FISH_OPERATORS = [[
function __fish_sigmamind_after_path
    string match -qr -- ' %s$' (commandline -opc | string join ' ')
end

complete -c sigmamind -n __fish_sigmamind_after_path -xa '%s'

]]

local BASH_LIST = [=[
--select)
                    local listed=""
                    [[ "$cur" = *,* ]] && listed="${cur%,*},"
                    COMPREPLY=($(compgen -P "$listed" ]=]

--- File names are offered with `-o filenames` for this option alone: with it for all, bash would
--- add a slash to each word that names a folder. One line is one name.
local BASH_FILES = [=[
compopt -o filenames 2>/dev/null
                    IFS=$'\n'
                    COMPREPLY=($(compgen -f -- "$cur"))]=]

--- Completes the last field of a list with commas. The word may begin with the option itself.
local FISH_LIST = [[
function __fish_sigmamind_fields
    set -l word (commandline -ct | string replace -r -- '^(--select=|-S)' '')
    set -l listed (string match -r -- '.*,' "$word")
    for field in %s
        echo "$listed$field"
    end
end

# File names are offered only for the options that take a file.
complete -c sigmamind -f

]]

local FIELDS = table.concat(PATHS, " ")
local OFFERED = "any length " .. table.concat(where.WORDS, " ")
local FIELDS_PATTERN = FIELDS:gsub("%.", "%%.")

--- Corrects the scripts of argparse.
local CORRECTIONS = {
  bash = function(script)
    script = script:gsub('(COMP_CWORD%-1%]}"\n)', function(line)
      return line .. BASH_WORDS .. BASH_OPERATORS:format(AFTER_PATH, OFFERED)
    end)
    local select = '%-%-select%)\n%s*COMPREPLY=%(%$%(compgen (%-W "[^"]*" %-%- )"%$cur"'
    script = script:gsub(select, function(words)
      return BASH_LIST .. words .. '"${cur##*,}"'
    end)
    script = script:gsub('COMPREPLY=%(%$%(compgen %-f %-%- "%$cur"%)%)', function()
      return BASH_FILES
    end)
    return (script:gsub(" %-o bashdefault %-o default", ""))
  end,
  zsh = function(script) -- an argument may follow "="
    script = script:gsub('(\n%s*"%*?%-%-[%w-]+)(%[[^\n]*: :)', "%1=%2")
    script = script:gsub('(\n%s*"?%*?"?{%-%a),(%-%-[%w-]+)}("[^\n]*: :)', "%1+,%2=}%3")
    script = script:gsub("\n_sigmamind%(%) {\n", function(line)
      return line .. ZSH_OPERATORS:format(AFTER_PATH, OFFERED)
    end, 1)
    local options = "(\n      _arguments %-s %-S \\\n        %$options \\\n)"
    script = script:gsub(options, '%1        "*: :()" \\\n') -- the words of a condition
    local select = "(%-%-select=}[^\n]*: :)%(" .. FIELDS_PATTERN .. "%)"
    return (script:gsub(select, "%1_sequence compadd - " .. FIELDS))
  end,
  fish = function(script)
    script = script:gsub("(%-l select %-xa ')" .. FIELDS_PATTERN, "%1(__fish_sigmamind_fields)")
    script = script:gsub("(%-l [%w-]+ %-r) ", "%1F ")
    local ours = FISH_LIST:format(FIELDS) .. FISH_OPERATORS:format(AFTER_PATH, OFFERED)
    return (script:gsub("\n(complete )", function(line)
      return "\n" .. ours .. line
    end, 1))
  end,
}

--- The completion script for a shell.
---@param shell "bash"|"zsh"|"fish"
---@return string
function arguments.completion(shell)
  local parser = new_parser(true)
  offer_no_files(parser)
  for _, command in ipairs(parser._commands) do
    offer_no_files(command)
  end
  return CORRECTIONS[shell](parser["get_" .. shell .. "_complete"](parser))
end

return arguments
