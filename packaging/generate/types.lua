--- generate.types: the types of resources for lua-language-server (types/sigmamind/resources.lua).

local canonical = require "sigmamind.canonical"
local declared = require "packaging.generate.declared"
local words = require "packaging.generate.words"

local types = {}

local unpack = table.unpack or unpack

local WIDTH = 100

local HEAD = [[
---@meta _
-- Made by packaging/generate.lua from the declarations in lua/sigmamind/resources; `make generate`
-- writes it anew.

-- Rows have the types that the API's documentation shows. Nothing is checked against them: any
-- field may be absent, as a null one is by default, and further fields and values pass through.
-- Where the three generations of the documentation, A, B and C, differ, the newest comes first.

--- What every listing takes, besides the API's own arguments.
---@class sigmamind.ListArguments
---@field size? integer rows of a page, from 1; default: 100, or what `limit` needs
---@field where? table<string, any> conditions by path; default: none
---@field select? string[] paths; default: whole rows
---@field limit? integer max rows, those before `resume` included; default: none
---@field prefetch? integer max pages in flight, 0 to 64; default: that of the client
---@field resume? string a token: continue after the row where it was taken
---@field verify? boolean walk again until two passes agree; not with `resume`. Default: false

--- What a request for one page takes, besides the API's own arguments.
---@class sigmamind.PageArguments
---@field page? integer from 0, the default
---@field size? integer rows of a page, from 1; default: the API's

--- What a walk by pages takes, besides the API's own arguments.
---@class sigmamind.PagesArguments
---@field size? integer rows of a page, from 1; default: 100
---@field prefetch? integer max pages in flight, 0 to 64; default: that of the client

--- What watching a list takes, besides the API's own arguments.
---@class sigmamind.WatchArguments
---@field size? integer rows of a page, from 1; default: 100
---@field where? table<string, any> conditions by path; default: none
---@field select? string[] paths; default: whole rows
---@field interval? number seconds between two readings; default: 10
---@field timeout? number|false seconds until it ends; default: false
---@field initial? boolean whether the rows of the first reading count as added; default: false

--- What waiting for the end of a row takes.
---@class sigmamind.WaitArguments
---@field timeout? number|false seconds for all; default: see the resource; false: no limit
---@field interval? number seconds between the first two requests, then growing
---@field ready? fun(row: table): boolean what to wait for; default: the end of the row

--- What creating a row takes, besides the API's own arguments.
---@class sigmamind.CreateArguments
---@field extra? table<string, any> further fields, as the API may have them

--- What changing a row takes, besides the API's own arguments.
---@class sigmamind.UpdateArguments
---@field extra? table<string, any> further fields, as the API may have them]]

--- Adds lines to a list.
local function add(lines, ...)
  for _, line in ipairs { ... } do
    lines[#lines + 1] = line
  end
end

local function add_comment(lines, text)
  add(lines, words.wrap(text, WIDTH, "--- ", "--- "))
end

--- A line of a field, with its comment, which may be "".
local function add_field(lines, name, kind, comment, is_required)
  local first = ("---@field %s%s %s "):format(name, is_required and "" or "?", kind)
  if comment == "" then
    add(lines, (first:gsub(" $", "")))
  elseif #first + #comment <= WIDTH then
    add(lines, first .. comment)
  else
    add(lines, words.wrap(comment, WIDTH, first, "---  "))
  end
end

-- == Rows ==============================================================================

--- The name of a part of a class: Agent and tools give AgentTools, Call and callType CallType.
local function part_name(class, field)
  local name = words.camel(field)
  return name:sub(1, #class) == class and name or class .. name
end

--- The class of the objects of a field.
local function class_of(field, owner)
  local name = field.type == "array" and words.singular(field.name) or field.name
  return field.fields.class or part_name(owner, name)
end

--- The values of a field as a type of its own, so that a long list needs no long line.
local function add_values(lines, name, values, is_open)
  add(lines, "", "---@alias sigmamind." .. name)
  for _, value in ipairs(values) do
    add(lines, ('---| "%s"'):format(value))
  end
  add(lines, is_open and "---| string" or nil)
end

--- The type of a field of the class `owner`.
local function type_of(field, owner)
  local kind = field.type
  if field.fields then
    kind = "sigmamind." .. class_of(field, owner)
  elseif field.values then
    kind = "sigmamind." .. part_name(owner, field.name)
  elseif kind == "object" then
    kind = "table<string, any>"
  elseif kind == "array" then
    kind = field.of or "string"
  end
  local kinds = { field.type == "array" and kind .. "[]" or kind }
  for _, other in ipairs(field.also or {}) do
    kinds[#kinds + 1] = other
  end
  return table.concat(kinds, "|")
end

local function comment_of(field)
  local remarks = declared.remarks(field)
  if field.null and not (field.doc or ""):find "null" then
    table.insert(remarks, field.doc and 2 or 1, "may be null")
  end
  return table.concat(remarks, "; ")
end

local add_class

--- Declares what the fields of a class refer to.
local function add_parts(lines, fields, class, done)
  for _, field in ipairs(fields) do
    if field.fields then
      add_class(lines, field.fields, class_of(field, class), done)
    elseif field.values then
      add_values(lines, part_name(class, field.name), field.values, true)
    end
  end
end

--- Declares a class of rows, or of objects in them, once.
function add_class(lines, fields, class, done, doc)
  local text = canonical(fields)
  if done[class] then
    return assert(done[class] == text, "different fields have the class " .. class)
  end
  done[class] = text
  add_parts(lines, fields, class, done)
  add(lines, "")
  if doc then
    add_comment(lines, doc)
  end
  add(lines, "---@class sigmamind." .. class)
  for _, field in ipairs(fields) do
    add_field(lines, field.name, type_of(field, class), comment_of(field))
  end
end

-- == Resources =========================================================================

--- The type of an argument, by its rule.
local function argument_type(rule, alias)
  return rule.values and "sigmamind." .. alias or rule.type or "any"
end

--- Declares the arguments of a verb in a class of its own. Returns its name with a comma, or "".
local function add_rules(lines, declaration, rules, class)
  local fields = {}
  for _, name in ipairs(declared.arguments(rules)) do
    local rule, alias = rules[name], declaration.name .. "." .. words.camel(name)
    if rule.values then
      add_values(lines, alias, rule.values)
    end
    local comment = rule.type == "string" and rule.accepts or ""
    add_field(fields, name, argument_type(rule, alias), comment, rule.required)
  end
  if not fields[1] then
    return ""
  end
  local own = ("sigmamind.%s.%s"):format(declaration.name, class)
  add(lines, "", "---@class " .. own)
  add(lines, unpack(fields))
  return ", " .. own
end

--- Declares what the verbs of a list take.
local function add_arguments(lines, declaration)
  local base = add_rules(lines, declaration, declaration.list, "Arguments")
  for _, each in ipairs { "List", "Page", "Pages", "Watch" } do
    local class = "---@class sigmamind.%s.%sArguments : sigmamind.%sArguments%s"
    add(lines, "", class:format(declaration.name, each, each, base))
  end
end

--- What a verb takes where the resource has contacts, and where a field is unique.
local CONTACTS = {
  "---@field contacts string|file*|sigmamind.ContactRow[] a CSV file, by name or open, or rows",
  "---@field check? sigmamind.ContactOptions",
  "---@field allow_problems? boolean send the contacts whatever was found; default: false",
}
local RECONCILE = "---@field reconcile? boolean look for the %s before and, if need be, afterwards"
  .. "; default: false"

local function add_create_arguments(lines, declaration)
  local base = add_rules(lines, declaration, declaration.create, "Values")
  local class = "---@class sigmamind.%s.CreateArguments : sigmamind.CreateArguments%s"
  add(lines, "", class:format(declaration.name, base))
  if declaration.contacts then
    add(lines, unpack(CONTACTS))
  end
  if declaration.unique then
    add(lines, RECONCILE:format(declaration.unique))
  end
end

local function add_update_arguments(lines, declaration)
  local base = add_rules(lines, declaration, declaration.update, "Changes")
  local class = "---@class sigmamind.%s.UpdateArguments : sigmamind.UpdateArguments%s"
  add(lines, "", class:format(declaration.name, base))
end

local LIST = [[

--- One page of a listing; see sigmamind.core.Page.
---@class sigmamind.$RowPage : sigmamind.core.Page
---@field data sigmamind.$Row[] all rows
local $RowPage = {}

--- The next row that matches.
---@return sigmamind.$Row? row nil: there is none left
---@return string? message
---@return "closed"? kind
function $RowPage:next() end

--- All pages of a listing, one after another; see sigmamind.Pager.
---@class sigmamind.$RowPager : sigmamind.Pager
local $RowPager = {}

--- The next page; nil after the last; nil, err on failure.
---@return sigmamind.$RowPage? page
---@return sigmamind.Error? err
function $RowPager:next() end

--- All rows of a listing, one after another; see sigmamind.Stream.
---@class sigmamind.$RowStream : sigmamind.Stream
---@operator call: sigmamind.$Row|nil
---@overload fun(): sigmamind.$Row?
local $RowStream = {}

--- The next row; nil at the end; nil, err on failure, where `for` would raise.
---@return sigmamind.$Row? row
---@return sigmamind.Error? err
function $RowStream:next() end

--- For `for row in stream:iterate() do`: from Lua 5.4 on, leaving the loop closes the walk.
---@return sigmamind.$RowStream, nil, nil, sigmamind.$RowStream
function $RowStream:iterate() end

--- Rows that meet all the conditions.
---@param where table<string, any> by path
---@return sigmamind.$RowStream
function $RowStream:where(where) end

--- Rows with the selected fields alone.
---@param fields string[] paths
---@return sigmamind.$RowStream
function $RowStream:select(fields) end

--- Rows for which test(row) is true.
---@param test fun(row: sigmamind.$Row): boolean
---@return sigmamind.$RowStream
function $RowStream:filter(test) end

--- change(row) for each row; nil drops the row.
---@param change fun(row: sigmamind.$Row): any
---@return sigmamind.Stream
function $RowStream:map(change) end

--- The first `count` rows.
---@param count integer
---@return sigmamind.$RowStream
function $RowStream:take(count) end

--- Rows until test(row) is false for one.
---@param test fun(row: sigmamind.$Row): boolean
---@return sigmamind.$RowStream
function $RowStream:take_while(test) end

--- All rows but the first `count`.
---@param count integer
---@return sigmamind.$RowStream
function $RowStream:drop(count) end

--- Folds the rows: result = combine(result, row), from `initial`.
---@param combine fun(result: any, row: sigmamind.$Row): any
---@param initial any
---@return any? result
---@return sigmamind.Error? err
function $RowStream:reduce(combine, initial) end

--- Calls visit(row) for each row.
---@param visit fun(row: sigmamind.$Row)
---@return true? done
---@return sigmamind.Error? err
function $RowStream:each(visit) end

--- All rows in a list.
---@return sigmamind.$Row[]? rows
---@return sigmamind.Error? err
function $RowStream:totable() end

--- The first row that was not read yet. Closes the stream.
---@return sigmamind.$Row? row nil: there is none
---@return sigmamind.Error? err
function $RowStream:first() end

--- Lists of rows, by the value of a field or the result of key(row).
---@param key string|fun(row: sigmamind.$Row): any
---@return table<any, sigmamind.$Row[]>? groups
---@return sigmamind.Error? err
function $RowStream:group_by(key) end

--- Whether test(row) is true for some row; stops at the first.
---@param test fun(row: sigmamind.$Row): boolean
---@return boolean? found
---@return sigmamind.Error? err
function $RowStream:any(test) end

--- Whether test(row) is true for every row; stops at the first for which it is not.
---@param test fun(row: sigmamind.$Row): boolean
---@return boolean? all
---@return sigmamind.Error? err
function $RowStream:all(test) end]]

local WATCH = [[

--- What changed in a row.
---@class sigmamind.$RowChange : sigmamind.Change
---@field row sigmamind.$Row of a removed one: as it was last
---@field was? sigmamind.$Row of a changed one: as it was before

--- The changes of a listing; see sigmamind.Watch.
---@class sigmamind.$RowWatch : sigmamind.Watch
---@operator call: sigmamind.$RowChange|nil
---@overload fun(): sigmamind.$RowChange?
local $RowWatch = {}

--- The next change; waits for it.
---@return sigmamind.$RowChange? change nil: after stop, or when the time is over
---@return sigmamind.Error? err
function $RowWatch:next() end

--- Reads the list once, now.
---@return sigmamind.$RowChange[]? changes since the last reading
---@return sigmamind.Error? err
function $RowWatch:poll() end]]

local RESOURCE = [[

--- client.$name: $requests.
---@class sigmamind.$name]]

local CALLED = "---@overload fun(client: sigmamind.Client, "
  .. "arguments?: sigmamind.$name.ListArguments, options?: sigmamind.CallOptions): "
  .. "sigmamind.$RowStream\n"

local NAMED = "local $name = {}"

local LIST_VERBS = [[


--- The rows of all pages, in order, without duplicates. Sends no request yet.
---@param arguments? sigmamind.$name.ListArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$RowStream
function $name:list(arguments, options) end

--- One page, by one request.
---@param arguments? sigmamind.$name.PageArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$RowPage? page
---@return sigmamind.Error? err
function $name:page(arguments, options) end

--- All pages, in order. Sends no request yet.
---@param arguments? sigmamind.$name.PagesArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$RowPager
function $name:pages(arguments, options) end

--- The changes of the list, read again and again.
---@param arguments? sigmamind.$name.WatchArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$RowWatch
function $name:watch(arguments, options) end]]

local GET = [[

--- One $title.
---@param id string its $id
---@param options? sigmamind.CallOptions
---@return sigmamind.$Row? row
---@return sigmamind.Error? err
function $name:get(id, options) end]]

local CREATE = [[

--- Creates a $title. err.outcome says whether the API may have acted on it.
---@param arguments sigmamind.$name.CreateArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$Row? row
---@return sigmamind.Error? err
function $name:create(arguments, options) end]]

local UPDATE = [[

--- Changes fields of a $title; those left out stay as they are.
---@param id string its $id
---@param arguments sigmamind.$name.UpdateArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$Row? row
---@return sigmamind.Error? err
function $name:update(id, arguments, options) end]]

local DELETE = [[

--- Deletes a $title for good.
---@param id string its $id
---@param options? sigmamind.CallOptions
---@return true? done
---@return sigmamind.Error? err
function $name:delete(id, options) end]]

local WAIT = [[

--- Reads a $title again and again until it has ended.
---@param id string its $id
---@param arguments? sigmamind.WaitArguments
---@param options? sigmamind.CallOptions
---@return sigmamind.$Row? row
---@return sigmamind.Error? err
---@return sigmamind.$Row? last as it was last
function $name:wait(id, arguments, options) end]]

local VERBS = {
  { "get", GET },
  { "create", CREATE },
  { "update", UPDATE },
  { "delete", DELETE },
  { "wait", WAIT },
}

local function add_template(lines, template, declaration)
  local requests = {}
  for i, each in ipairs(declared.requests(declaration)) do
    requests[i] = each.request
  end
  local values = {
    name = declaration.name,
    requests = words.list(requests, "and"),
    id = declaration.id,
    title = declaration.title,
    Row = declaration.row.class,
  }
  add(lines, (template:gsub("%$(%l+)", values):gsub("%$(Row)", values)))
end

local function add_resource(lines, declaration)
  local is_list = declaration.list
  if is_list then
    add_arguments(lines, declaration)
    add_template(lines, LIST, declaration)
    add_template(lines, WATCH, declaration)
  end
  if declaration.create then
    add_create_arguments(lines, declaration)
  end
  if declaration.update then
    add_update_arguments(lines, declaration)
  end
  add_template(lines, RESOURCE, declaration)
  add_template(lines, is_list and CALLED .. NAMED .. LIST_VERBS or NAMED, declaration)
  for _, each in ipairs(VERBS) do
    if declaration[each[1]] then
      add_template(lines, each[2], declaration)
    end
  end
end

--- The text of the file.
---@param resources sigmamind.Declaration[]
---@return string
function types.make(resources)
  local lines, done = { HEAD }, {}
  for _, each in ipairs(resources) do
    add_class(lines, each.row, each.row.class, done, words.capital(each.doc) .. ".")
  end
  for _, each in ipairs(resources) do
    add_resource(lines, each)
  end
  add(lines, "", "--- The resources of an account.", "---@class sigmamind.Client")
  for _, each in ipairs(resources) do
    add(lines, ("---@field %s sigmamind.%s"):format(each.name, each.name))
  end
  return table.concat(lines, "\n") .. "\n"
end

return types
