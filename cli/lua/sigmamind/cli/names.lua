--- cli.names: how the command spells what a declaration names.

local names = {}

--- The command of a resource: phone_numbers is phone-numbers.
---@param declaration sigmamind.Declaration
---@return string
function names.command(declaration)
  return (declaration.name:gsub("_", "-"))
end

--- The option for an argument of the API: agentId is --agent-id.
---@param argument string
---@return string
function names.option(argument)
  local words = argument:gsub("%u", function(letter)
    return "-" .. letter:lower()
  end)
  return "--" .. words:gsub("_", "-")
end

--- The name that argparse has for a verb of a resource: it takes no blanks in names.
---@param declaration sigmamind.Declaration
---@param verb string
---@return string
function names.verb(declaration, verb)
  return names.command(declaration) .. "." .. verb
end

--- A command of argparse as it is typed: "campaigns create".
---@param name string
---@return string
function names.typed(name)
  return (name:gsub("%.", " "))
end

--- A text as a word of a shell, in quotes if it needs them.
---@param text string
---@return string
function names.shell_word(text)
  if text:find "^[%w_./:,+@-]+$" then
    return text
  end
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- A noun with its article: "an agent".
---@param noun string
---@return string
function names.one(noun)
  return (noun:find "^[aeiou]" and "an " or "a ") .. noun
end

--- Rows in words: "phone numbers".
---@param declaration sigmamind.Declaration
---@return string
function names.plural(declaration)
  return declaration.title .. "s"
end

--- A row as the name of a field: "phone number" is phoneNumber.
---@param declaration sigmamind.Declaration
---@return string
function names.field(declaration)
  return (declaration.title:gsub(" (%a)", string.upper))
end

--- The last name of a path in words: campaign.campaignStatus is "campaign status".
---@param path string
---@return string
function names.words(path)
  local words = path:match("[^.]*$"):gsub("%u", function(letter)
    return " " .. letter:lower()
  end)
  return words
end

return names
