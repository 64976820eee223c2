--- cli.completion: the completion scripts of the shells: those of argparse, corrected.

local arguments = require "sigmamind.cli.arguments"
local where = require "sigmamind.cli.where"

local completion = {}

--- The options whose argument is a file. Completion offers no file names for the others.
local FILES = {
  ["--key-file"] = true, ["--ca-file"] = true, ["--input"] = true, ["--contacts"] = true,
}

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
    for field in $argv
        echo "$listed$field"
    end
end

# File names are offered only for the options that take a file.
complete -c sigmamind -f

]]

local OFFERED = "any length " .. table.concat(where.WORDS, " ")

--- The words that may follow a command at once: bash's and fish's scripts of argparse lack them.
local BASH_FIRST = [=[
    if [[ "$prev" = %s && "$cmd" = %s && "$cur" != -* ]]; then
        COMPREPLY=($(compgen -W "%s" -- "$cur"))
    fi
]=]

local FISH_FIRST = [[
complete -c sigmamind -n 'string match -qr -- " %s\$" (commandline -opc | string join " ")' -xa '%s'
]]

local function first_words(template)
  local lines = {}
  for _, command in ipairs(arguments.parser(true)._commands) do
    local argument = command._arguments[1]
    if argument and argument._choices[1] then
      local words = table.concat(argument._choices, " ")
      lines[#lines + 1] = template == FISH_FIRST and template:format(command._name, words)
        or template:format(command._name, command._name, words)
    end
  end
  return table.concat(lines)
end

--- A verb of a resource is a command of argparse whose name has a dot: the scripts join the words
--- "campaigns create" before the word that is completed. %s: the joined names.
local BASH_VERBS = [=[
    for ((i = 1; i + 1 < COMP_CWORD; i++)); do
        case "${args[i]}.${args[i+1]}" in
            %s)
                args[i+1]="${args[i]}.${args[i+1]}"
                args[i]=""
                break
                ;;
        esac
    done
    if [[ "${args[*]:1:2}" = "contacts check" && $COMP_CWORD = 3 && "$cur" != -* ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
        return 0
    fi
]=]

local ZSH_VERBS = [=[
  local -i at
  for ((at = 2; at + 1 < CURRENT; at++)); do
    case "$words[at].$words[at+1]" in
      %s)
        words[at]="$words[at].$words[at+1]"
        words[at+1]=()
        ((CURRENT--))
        break
        ;;
    esac
  done

]=]

local FISH_VERBS = [[
    for name in %s
        set -l typed (string replace . ' ' $name)
        set -l line (string join ' ' -- $cmdline)
        set cmdline (string replace -- $typed $name $line | string split ' ')
    end
]]

local FISH_CHECK = [[
complete -c sigmamind -F \
    -n 'string match -qr -- " contacts check\$" (commandline -opc | string join " ")'
]]

--- Removes the joined names where commands are offered: what a pattern with the name matches, but
--- its capture.
local function without_verbs(script, pattern)
  for _, name in ipairs(arguments.verbs()) do
    local plain = name:gsub("%p", "%%%0")
    script = script:gsub(pattern:format(plain), "%1")
  end
  return script
end

--- Corrects the scripts of argparse.
local CORRECTIONS = {
  bash = function(script)
    script = script:gsub('\n    case "%$prev" in\n', function(line)
      local names = table.concat(arguments.verbs(), "|")
      return "\n" .. BASH_VERBS:format(names) .. line
    end, 1)
    script = without_verbs(script, '(%%S) %s%%f[ "]')
    script = script:gsub('(COMP_CWORD%-1%]}"\n)', function(line)
      return line .. BASH_WORDS .. BASH_OPERATORS:format(AFTER_PATH, OFFERED)
    end)
    script = script:gsub('\n    if %[%[ "$cur" = %-%* ]]; then\n', function(line)
      return "\n" .. first_words(BASH_FIRST) .. line
    end, 1)
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
      local names = table.concat(arguments.verbs(), "|")
      return line .. ZSH_OPERATORS:format(AFTER_PATH, OFFERED) .. ZSH_VERBS:format(names)
    end, 1)
    script = without_verbs(script, '(\n)    "%s:[^\n]*\n')
    local options = "(\n      _arguments %-s %-S \\\n        %$options \\\n)"
    script = script:gsub(options, '%1        "*: :()" \\\n') -- the words of a condition
    return (script:gsub("(%-%-select=}[^\n]*: :)%(([^()\n]*)%)", "%1_sequence compadd - %2"))
  end,
  fish = function(script)
    script = script:gsub("\n    set %-e cmdline%[1%]\n", function(line)
      return line .. FISH_VERBS:format(table.concat(arguments.verbs(), " "))
    end, 1)
    script = without_verbs(script, "(\n)[^\n]* %%-xa '%s'[^\n]*\n")
    script = script:gsub("_seen_command ([%w.-]+')", "_using_command %1")
    script = script:gsub("(%-l select %-xa ')([^'\n]*)'", "%1(__fish_sigmamind_fields %2)'")
    script = script:gsub("(%-l [%w-]+ %-r) ", "%1F ")
    local ours = FISH_LIST .. FISH_OPERATORS:format(AFTER_PATH, OFFERED) .. first_words(FISH_FIRST)
      .. FISH_CHECK
    return (script:gsub("\n(complete )", function(line)
      return "\n" .. ours .. line
    end, 1))
  end,
}

--- The completion script for a shell.
---@param shell "bash"|"zsh"|"fish"
---@return string
function completion.script(shell)
  local parser = arguments.parser(true)
  offer_no_files(parser)
  for _, command in ipairs(parser._commands) do
    offer_no_files(command)
  end
  return CORRECTIONS[shell](parser["get_" .. shell .. "_complete"](parser))
end

return completion
