--- resource: declares an endpoint of the API. A declaration is data: the client, the command, the
--- sandbox, the types for editors and the reference are made from it. It needs no C module.
---
---   return resource.declare {
---     name = "calls",
---     path = "/v1/calls",
---     id = "callId",
---     list = { status = "string" },
---     get = true,
---     row = { { "callId", "string" }, { "duration", "integer" } },
---   }

local check = require "sigmamind.check"

local resource = {}

local DECLARED = {} -- the metatable of declarations

--- One field of a row. Rows are never checked against it: it is for types, completion, columns and
--- suggestions, and `make live` compares it with an account's rows.
---@class sigmamind.Field
---@field name string
---@field type "string"|"integer"|"number"|"boolean"|"object"|"array"
---@field values? string[]  the documented ones; the API may send others
---@field null? boolean  whether it may be null
---@field since? "B"|"C"  the generation of the documentation that has it first; default: the first
---@field only? string  the generations that have it, if the newest does not
---@field get_only? boolean  whether it is in a row that is read alone, and not in a list
---@field also? string[]  its types in other generations
---@field fields? sigmamind.Fields  of an object, or of the elements of an array
---@field of? string  the type of the elements of an array; default: that of `fields`, else "string"
---@field open? boolean  an object with more fields than are known
---@field secret? boolean  not shown in logs
---@field doc? string  what the documentation says of it

--- How it is seen that a row has come to its end.
---@class sigmamind.Waiting
---@field field string  the field with its state
---@field final string[]  the states that are never left
---@field since? string  a field that is null until then
---@field timeout number  seconds that `wait` waits by default
---@field interval number  seconds between its first two requests by default
---@field interval_max number  seconds between any two

--- In the order of the documentation.
---@class sigmamind.Fields: sigmamind.Field[]
---@field class? string  the name of their type for editors, which several rows may share; default:
---  made from the title and the names of the fields

---@class sigmamind.Declaration
---@field name string  as a field of the client
---@field path string
---@field id string  the field that identifies a row
---@field list? table<string, table>  the rules of the query's arguments, besides page and size; the
---  `default` of a rule is the API's
---@field paging "documented"|"unknown"  "unknown": a page may not say whether another follows
---@field get boolean  whether PATH/ID is one row
---@field create? table<string, table>  the rules of what a POST to the path sends
---@field contacts? string  the part of a form that holds the contacts: create then takes `contacts`
---  and sends a form instead of JSON
---@field unique? string  the field, of rows and of create, that differs in each row: create then
---  takes `reconcile`
---@field update? table<string, table>  the rules of what a PATCH of PATH/ID sends. It only sets
---  values: to send it again changes nothing.
---@field delete boolean  whether PATH/ID can be deleted
---@field prepare? fun(arguments: table, verb: "create"|"update"): string|nil  checks arguments
---  together, and may complete them; returns what is wrong
---@field wait? sigmamind.Waiting  how a row ends
---@field row sigmamind.Fields
---@field columns string[]  the paths that a table shows; those on the right are dropped first
---@field title string  a row in words, singular
---@field doc string  what a row is

local RULES = {
  name = {
    accepts = "a name of letters, digits and _",
    test = function(value)
      return type(value) == "string" and value:find "^%a[%w_]*$" ~= nil
    end,
  },
  path = {
    accepts = check.path.accepts,
    test = function(value)
      return check.path.test(value) and not value:find "/$"
    end,
  },
  id = {
    accepts = "the name of a field",
    test = function(value)
      return type(value) == "string" and value ~= "" and not value:find "%."
    end,
  },
  list = check.type "table",
  paging = check.one_of { "documented", "unknown" },
  get = check.type "boolean",
  create = check.type "table",
  contacts = check.type "string",
  unique = check.type "string",
  update = check.type "table",
  delete = check.type "boolean",
  prepare = check.type "function",
  wait = check.type "table",
  row = check.type "table",
  columns = check.type "table",
  title = check.type "string",
  doc = check.type "string",
}

local FIELD_RULES = {
  name = check.type "string",
  type = check.one_of { "string", "integer", "number", "boolean", "object", "array" },
  values = check.type "table",
  null = check.type "boolean",
  since = check.one_of { "B", "C" },
  only = check.type "string",
  get_only = check.type "boolean",
  also = check.type "table",
  fields = check.type "table",
  of = check.type "string",
  open = check.type "boolean",
  secret = check.type "boolean",
  doc = check.type "string",
}

--- What the verbs have of their own: no argument of the API may have such a name.
local TAKEN = {
  list = {
    page = true, size = true, limit = true, where = true, select = true, prefetch = true,
    resume = true, verify = true, interval = true, timeout = true, initial = true,
  },
  create = {
    contacts = true, check = true, allow_problems = true, reconcile = true, extra = true,
  },
  update = { extra = true },
}

--- The rules for the names of types.
local TYPES = {
  string = check.type "string",
  boolean = check.type "boolean",
  integer = check.whole,
  number = check.finite,
  object = {
    accepts = "a table with names",
    type = "table",
    test = function(value)
      for name in pairs(type(value) == "table" and value or {}) do
        if type(name) ~= "string" then
          return false
        end
      end
      return type(value) == "table"
    end,
  },
}

--- The rules of a verb's arguments, with type names replaced by rules; nil: there is no such verb.
local function rules_of(name, verb, given, level)
  if not given then
    return nil
  end
  local rules = {}
  for argument, rule in pairs(given) do
    if TAKEN[verb][argument] or type(argument) ~= "string" then
      local text = "%s: %s cannot have the argument %s"
      error(text:format(name, verb, check.show(argument)), level + 1)
    elseif TYPES[rule] then
      rule = TYPES[rule]
    elseif type(rule) ~= "table" or type(rule.test) ~= "function" or not rule.accepts then
      local text = "%s: %s.%s must be string, boolean, integer, number, object, or a rule "
        .. "{accepts =, test =}"
      error(text:format(name, verb, argument), level + 1)
    end
    rules[argument] = rule
  end
  return rules
end

local WAITING_RULES = {
  field = check.required(check.type "string"),
  final = check.required(check.type "table"),
  since = check.type "string",
  timeout = check.interval,
  interval = check.interval,
  interval_max = check.interval,
}

--- How rows end, with the defaults filled in.
local function waiting_of(name, given, level)
  local wait = given.wait
  if not wait then
    return nil
  elseif not given.get then
    error(("%s: wait needs get"):format(name), level + 1)
  end
  check.arguments(name .. ": wait", WAITING_RULES, wait, level + 1, "property")
  return {
    field = wait.field,
    final = wait.final,
    since = wait.since,
    timeout = wait.timeout or 3600,
    interval = wait.interval or 2,
    interval_max = wait.interval_max or 30,
  }
end

--- The fields, given as { NAME, TYPE, ... } or as they were declared before, as records with names.
local function fields_of(name, given, level)
  local fields = { class = given.class }
  for i, each in ipairs(given) do
    local field = {}
    for key, value in pairs(type(each) == "table" and each or {}) do
      field[key == 1 and "name" or key == 2 and "type" or key] = value
    end
    if not (field.name and field.type) then
      error(("%s: row[%d] must begin with a name and a type"):format(name, i), level + 1)
    end
    check.arguments(("%s: row[%d]"):format(name, i), FIELD_RULES, field, level + 1, "property")
    field.fields = field.fields and fields_of(name, field.fields, level + 1)
    fields[i] = field
  end
  return fields
end

--- The name of a class, from words: "phone number" gives PhoneNumber.
local function class_name(words)
  return (words:gsub("(%a)(%w*)%W*", function(first, rest)
    return first:upper() .. rest
  end))
end

--- Raises at the caller's line for a declaration that is incomplete or wrong.
---@param given table  see sigmamind.Declaration; `list`, `create` and `update` may have type names
---  for rules; without one of them there is no such verb
---@param level? integer  the line for errors, as for `error`; default 1: the caller's
---@return sigmamind.Declaration
function resource.declare(given, level)
  level = (level or 1) + 1
  given = check.arguments("resource.declare", RULES, given, level, "property")
  if not given.path then
    error("resource.declare: path is missing", level)
  elseif not given.id then
    error("resource.declare: id is missing: the field that identifies a row", level)
  end
  local name = given.name or given.path:match "[^/]*$":gsub("%W", "_")
  local title = given.title or "row"
  local row = fields_of(name, given.row or {}, level)
  row.class = row.class or class_name(title)
  return setmetatable({
    name = name,
    path = given.path,
    id = given.id,
    list = rules_of(name, "list", given.list, level),
    paging = given.paging or "documented",
    get = given.get or false,
    create = rules_of(name, "create", given.create, level),
    contacts = given.contacts,
    unique = given.unique,
    update = rules_of(name, "update", given.update, level),
    delete = given.delete or false,
    prepare = given.prepare,
    wait = waiting_of(name, given, level),
    row = row,
    columns = given.columns or { given.id },
    title = title,
    doc = given.doc or "",
  }, DECLARED)
end

--- The declaration itself, or that of a table of properties. Raises at `level`.
---@param given table
---@param level integer
---@return sigmamind.Declaration
function resource.of(given, level)
  if getmetatable(given) == DECLARED then
    return given
  end
  local declared = resource.declare(given, level + 1)
  return declared
end

--- Calls visit(path, field) for each field of rows, in order, a nested one as "agent.name", and one
--- of the elements of an array as "tools[].type".
---@param fields sigmamind.Fields
---@param visit fun(path: string, field: sigmamind.Field)
---@param prefix? string
function resource.each_field(fields, visit, prefix)
  for _, field in ipairs(fields) do
    local path = (prefix or "") .. field.name
    visit(path, field)
    if field.fields then
      resource.each_field(field.fields, visit, path .. (field.type == "array" and "[]." or "."))
    end
  end
end

local function add_leaves(paths, fields, prefix)
  for _, field in ipairs(fields) do
    local path = prefix .. field.name
    if field.type == "object" and field.fields then
      add_leaves(paths, field.fields, path .. ".")
    else
      paths[#paths + 1] = path
    end
  end
  return paths
end

--- The paths of a row's values, in order: those of objects whose fields are known are replaced by
--- those of the fields. An array is one value.
---@param declaration sigmamind.Declaration
---@return string[]
function resource.leaf_paths(declaration)
  return add_leaves({}, declaration.row, "")
end

return resource
