--- cli.actions: the words after the name of a resource: list, get or another verb, and an id.

local check = require "sigmamind.check"
local nearest = require "sigmamind.nearest"
local names = require "sigmamind.cli.names"

local actions = {}

--- Words of other programs, by ours.
local SPELLINGS = { ls = "list", show = "get", view = "get", describe = "get" }

--- Options that only a list has, besides the arguments of the API.
local LIST_ONLY = { "limit", "size", "watch", "resume" }

--- The verbs that have options of their own, not those of list and get.
local VERBS = { "create", "update", "delete", "wait" }

--- Those of a resource, in this order.
---@param declaration sigmamind.Declaration
---@return string[]
function actions.verbs(declaration)
  local list = {}
  for _, verb in ipairs(VERBS) do
    list[#list + 1] = declaration[verb] and verb or nil
  end
  return list
end

--- The actions of a resource.
---@param declaration sigmamind.Declaration
---@return string[]
function actions.of(declaration)
  local list = { "list" }
  list[2] = declaration.get and "get" or nil
  for _, verb in ipairs(actions.verbs(declaration)) do
    list[#list + 1] = verb
  end
  return list
end

--- Whether a verb is about one row, whose id follows it.
---@param verb string
---@return boolean
function actions.needs_id(verb)
  return verb ~= "create"
end

--- The message for a word that is no action. A word that follows the resource at once was meant to
--- be one, or an id; any other is one too many.
local function complaint(declaration, given, words)
  local resource = names.command(declaration)
  local known = actions.of(declaration)
  local meant = SPELLINGS[given] or nearest(given, known)
  if check.one_of(known).test(given) then
    return ("%s must follow %s at once"):format(given, resource)
  end
  for i, word in ipairs(words) do
    if word == resource and words[i + 1] == given and declaration.get then
      local text = "unknown action '%s'; did you mean %s?"
      return text:format(given, meant or ("sigmamind %s get %s"):format(resource, given))
    end
  end
  return "too many arguments"
end

--- The first option that get does not have; nil: none.
local function find_list_only(declaration, options)
  local given = { options.where[1] and "where" }
  for name in pairs(declaration.list) do
    given[#given + 1] = options[name] ~= nil and name or nil
  end
  for _, name in ipairs(LIST_ONLY) do
    given[#given + 1] = options[name] and name
  end
  table.sort(given)
  return given[1]
end

--- A message if the words or the options do not go together; nil if they do.
---@param declaration sigmamind.Declaration
---@param options table  as argparse gives them; `action` is nil for a list
---@param words string[]  the command line
---@return string|nil
function actions.check(declaration, options, words)
  local resource = names.command(declaration)
  if options.action == "get" and not declaration.get then
    local text = "the API documents no request for one %s; sigmamind %s lists them all"
    return text:format(declaration.title, resource)
  elseif options.action == "get" then
    local extra = find_list_only(declaration, options)
    return not options.id and ("get needs the id of %s"):format(names.one(declaration.title))
      or extra and ("%s is an option of sigmamind %s list"):format(names.option(extra), resource)
      or nil
  elseif options.action and options.action ~= "list" then
    return complaint(declaration, options.action, words)
  end
  return options.id and "too many arguments" or nil
end

return actions
