--- generate.declared: what a declaration says, in words.

local declared = {}

--- The requests of a resource: the first lists its rows, the other reads one.
---@param declaration sigmamind.Declaration
---@return string[]
function declared.requests(declaration)
  local requests = { declaration.list and "GET " .. declaration.path }
  if declaration.get then
    requests[#requests + 1] = ("GET %s/{%s}"):format(declaration.path, declaration.id)
  end
  return requests
end

--- The names of the arguments that a listing has of its own, sorted.
---@param declaration sigmamind.Declaration  of a listing
---@return string[]
function declared.arguments(declaration)
  local names = {}
  for name in pairs(declaration.list) do
    names[#names + 1] = name
  end
  table.sort(names)
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
