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
