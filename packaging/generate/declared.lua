--- generate.declared: what a declaration says, in words.

local declared = {}

--- What each verb sends, in the order of the documents.
local REQUESTS = {
  { "list", "GET %s" },
  { "get", "GET %s/{%s}" },
  { "create", "POST %s" },
  { "update", "PATCH %s/{%s}" },
  { "delete", "DELETE %s/{%s}" },
}

--- The requests of a resource, by verb: list stands for page and pages, too.
---@param declaration sigmamind.Declaration
---@return {verb: string, request: string}[]
function declared.requests(declaration)
  local requests = {}
  for _, each in ipairs(REQUESTS) do
    local verb, request = each[1], each[2]:format(declaration.path, declaration.id)
    requests[#requests + 1] = declaration[verb] and { verb = verb, request = request } or nil
  end
  return requests
end

--- The names of the arguments of a verb, sorted, those that are required first.
---@param rules table<string, table>
---@return string[]
function declared.arguments(rules)
  local names = {}
  for name in pairs(rules) do
    names[#names + 1] = name
  end
  table.sort(names, function(first, second)
    local is_first, is_second = rules[first].required or false, rules[second].required or false
    if is_first ~= is_second then
      return is_first
    end
    return first < second
  end)
  return names
end

--- What there is to say of a field besides its type and its values.
---@param field sigmamind.Field
---@return string[]
function declared.remarks(field)
  local remarks = { field.doc }
  local function add(condition, text)
    remarks[#remarks + 1] = condition and text or nil
  end
  add(field.open and field.fields, "with more fields")
  add(field.since, "since " .. (field.since or ""))
  add(field.only, "only in " .. (field.only or ""))
  add(field.get_only, "not in the list")
  add(field.secret, "a secret")
  return remarks
end

return declared
