--- sandbox.body: the arguments in the body of a request that writes, checked as they are declared.

local check = require "sigmamind.check"
local form = require "sigmamind.sandbox.form"
local json = require "sigmamind.sandbox.json"
local parameters = require "sigmamind.sandbox.parameters"

local body = {}

--- The fields of a form, and the text of the part with contacts.
local function read_form(declaration, rules, request)
  local boundary = form.boundary(request.headers:get "content-type")
  if not boundary then
    return nil, "the body must be multipart/form-data"
  end
  local parts, err = form.parse(request.body, boundary)
  if not parts then
    return nil, err
  end
  local fields, contacts = {}, nil
  for name, part in pairs(parts) do
    if name == declaration.contacts then
      contacts = part.filename and part.data
    elseif rules[name] then
      fields[name] = parameters.value(rules[name], part.data)
    end
  end
  return fields, nil, contacts
end

local function read_json(request)
  local content_type = request.headers:get "content-type"
  if not (content_type and content_type:lower():find("json", 1, true)) then
    return nil, "the body must be JSON, with the Content-Type application/json"
  end
  local fields, err = json.decode(request.body)
  if err or type(fields) ~= "table" or not request.body:find "^%s*{" then
    return nil, "the body must be a JSON object"
  end
  return fields
end

--- Whether all texts in a value are UTF-8. What is not cannot be sent back as JSON.
local function is_text(value)
  if type(value) == "string" then
    return json.is_utf8(value)
  elseif type(value) == "table" then
    for name, inner in pairs(value) do
      if not (is_text(name) and is_text(inner)) then
        return false
      end
    end
  end
  return true
end

--- The declared arguments. Others are ignored, and null is none.
local function checked(declaration, verb, fields)
  local rules, arguments = declaration[verb], {}
  for _, name in ipairs(check.sorted_keys(rules)) do
    local value, rule = fields[name], rules[name]
    if value ~= nil and value ~= json.null then
      if not rule.test(value) then
        return nil, ("%s must be %s"):format(name, rule.accepts)
      elseif not is_text(value) then
        return nil, name .. " must be UTF-8"
      end
      arguments[name] = value
    end
  end
  local missing = check.missing(rules, arguments)
  if missing then
    return nil, missing .. " is missing"
  end
  local wrong = declaration.prepare and declaration.prepare(arguments, verb)
  if wrong then
    return nil, wrong
  end
  return arguments
end

--- The arguments of a request.
---@param declaration sigmamind.Declaration
---@param verb "create"|"update"
---@param request sigmamind.sandbox.Request
---@return table|nil arguments, string|nil err, string|nil contacts the text of the file
function body.arguments(declaration, verb, request)
  local fields, err, contacts
  if verb == "create" and declaration.contacts then
    fields, err, contacts = read_form(declaration, declaration.create, request)
    if fields and not contacts then
      return nil, declaration.contacts .. " is missing: a part with a file name"
    end
  else
    fields, err = read_json(request)
  end
  if not fields then
    return nil, err
  end
  local arguments, wrong = checked(declaration, verb, fields)
  return arguments, wrong, contacts
end

return body
