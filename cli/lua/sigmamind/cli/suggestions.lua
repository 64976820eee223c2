--- cli.suggestions: the messages for a wrong command line, with what was probably meant.

local names = require "sigmamind.cli.names"
local nearest = require "sigmamind.nearest"
local where = require "sigmamind.cli.where"

local suggestions = {}

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
  local found = {}
  for _, parser in ipairs(parsers) do
    for _, option in ipairs(parser._options) do
      for _, name in ipairs(option._aliases) do
        found[#found + 1] = name:match(pattern)
      end
    end
  end
  return found
end

local function has_option(command, name)
  local found = option_names({ command }, ".*")
  return (" " .. table.concat(found, " ") .. " "):find(" " .. name .. " ", 1, true) ~= nil
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
    return after:format(name, names.typed(owner._name), name)
  elseif owner then
    return ("'%s' is an option of sigmamind %s"):format(name, names.typed(owner._name))
  end
  local meant = SPELLINGS[name]
  if not meant or command and not has_option(command, meant:match "%S+") then
    meant = nearest(name, option_names({ parser, command }, "^%-%-.*"))
  end
  local unknown = ("unknown option '%s'"):format(name)
  return meant and ("%s; did you mean %s?"):format(unknown, meant) or unknown
end

local function suggest_command(parser, name)
  local commands = {}
  for _, command in ipairs(parser._commands) do
    commands[#commands + 1] = command._name:match "^[^.]*$"
  end
  local known = table.concat(commands, ", ")
  commands[#commands + 1] = "help"
  local meant = SPELLINGS[name] or nearest(name, commands)
  local hint = meant and ("did you mean %s?"):format(meant) or "the commands are " .. known
  return ("unknown command '%s'; %s"):format(name, hint)
end

local function has_where(words)
  for _, word in ipairs(words) do
    if where.is_option(word) or word:find "^%-%-where=" then
      return true
    end
  end
  return false
end

--- A message of argparse in one line, with our suggestion and the --help to read.
---@param parser table
---@param words string[]  the command line
---@param message string
---@return string
function suggestions.message(parser, words, message)
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
  return help:format(line, command and " " .. names.typed(command._name) or "")
end

return suggestions
