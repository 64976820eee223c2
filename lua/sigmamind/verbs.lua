--- verbs: what a client can do with a declared resource: list it, read a page, read one row, and
--- what writes, wait and watch add.

local check = require "sigmamind.check"
local object = require "sigmamind.object"
local options = require "sigmamind.options"
local pager = require "sigmamind.listing.pager"
local query = require "sigmamind.query"
local read = require "sigmamind.http.read"
local stream = require "sigmamind.listing.stream"
local token = require "sigmamind.listing.token"
local verb = require "sigmamind.verb"
local wait = require "sigmamind.wait"
local watch = require "sigmamind.watch"
local writes = require "sigmamind.writes"

local verbs = {}

local WALK_SIZE = 100

local PAGE = { page = check.count, size = check.positive }
local PAGES = { size = check.positive, prefetch = check.prefetch }
local LIST = {
  size = check.positive,
  where = check.type "table",
  select = check.type "table",
  limit = check.count,
  prefetch = check.prefetch,
  resume = token.rule,
  verify = check.type "boolean",
}

---@class sigmamind.Resource
---@field package declaration sigmamind.Declaration
---@field package transport sigmamind.Transport

--- The resource's arguments among those that were given.
local function arguments_of(declaration, given)
  local arguments = {}
  for name in pairs(declaration.list) do
    arguments[name] = given[name]
  end
  return arguments
end

--- The listing for a stream or a pager.
local function listing_of(self, given, call_options)
  local declaration = self.declaration
  local arguments = arguments_of(declaration, given)
  arguments.size = given.size or WALK_SIZE
  return {
    path = declaration.path,
    resource = declaration.name,
    query = arguments,
    may_shrink = not given.size,
    key = declaration.id,
    fields = declaration.row,
    paging = declaration.paging,
    prefetch = given.prefetch or self.transport.options.prefetch,
    options = call_options,
  }
end

local function new_stream(self, rules, given, call_options)
  given, call_options = verb.arguments(self, "list", rules, given, call_options, 3)
  query.check(given, 3)
  if given.verify and given.resume then
    local text = "%s:list: verify and resume cannot be combined: verify needs a walk from the start"
    error(text:format(self.declaration.name), 3)
  end
  local listing = listing_of(self, given, call_options)
  listing.chain = query.chain(given.where, given.select)
  listing.verify = given.verify
  listing.resume = given.resume and token.read(given.resume)
  local before = listing.resume and listing.resume.count or 0
  listing.limit = given.limit and math.max(0, given.limit - before)
  local rows = stream.new(self.transport, listing, self.transport.options)
  return listing.limit and rows:take(listing.limit) or rows
end

local function add_list(Resource, declaration, list_rules)
  local pages_rules = verb.merged(declaration.list, PAGES)
  local page_rules = verb.merged(declaration.list, PAGE)

  --- Every row of every page, in order, without duplicates. Sends nothing yet.
  ---@param arguments? table  the API's arguments; size, of a page: default 100; where and select;
  ---  limit: max rows in all, those before `resume` included; prefetch: as for sigmamind.new;
  ---  resume: a token, to continue after the row where it was taken; verify: read the whole list
  ---  again until two passes saw the same rows, and keep every id in memory
  ---@param call_options? sigmamind.CallOptions
  ---@return sigmamind.Stream
  function Resource:list(arguments, call_options)
    object.expect(self, Resource, "list")
    local rows = new_stream(self, list_rules, arguments, call_options)
    return rows
  end

  --- Every page, in order, by pager:next(). If the list changes meanwhile, a page may be read
  --- again: it then has only rows that were not returned before.
  ---@param arguments? table  the API's arguments; size: default 100; prefetch: as for sigmamind.new
  ---@param call_options? sigmamind.CallOptions
  ---@return sigmamind.Pager
  function Resource:pages(arguments, call_options)
    object.expect(self, Resource, "pages")
    local given, own = verb.arguments(self, "pages", pages_rules, arguments, call_options, 2)
    return pager.new(self.transport, listing_of(self, given, own))
  end

  --- One request, one page.
  ---@param arguments? table  the API's arguments; page: from 0, default 0; size: from 1, default
  ---  10, by the API
  ---@param call_options? sigmamind.CallOptions
  ---@return sigmamind.core.Page|nil page, sigmamind.Error|nil
  function Resource:page(arguments, call_options)
    object.expect(self, Resource, "page")
    local given, own = verb.arguments(self, "page", page_rules, arguments, call_options, 2)
    local asked = arguments_of(declaration, given)
    asked.page, asked.size = given.page, given.size
    local request, err = self.transport:request {
      path = declaration.path,
      resource = declaration.name,
      query = asked,
      page = given.page or 0,
      paging = declaration.paging,
      options = own,
    }
    if not request then
      return nil, err
    end
    return read.page(request, self.transport.decoder)
  end
end

--- Lets client:campaigns { ... } be client.campaigns:list { ... }.
local function add_call(Resource, declaration, list_rules)
  function Resource:__call(client, arguments, call_options)
    if type(client) ~= "table" or rawget(client, declaration.name) ~= self then
      local text = "client.%s must be called with a colon: client:%s(...), or as %s:list(...)"
      local name = declaration.name
      error(text:format(name, name, name), 2)
    end
    local rows = new_stream(self, list_rules, arguments, call_options)
    return rows
  end
end

local function add_get(Resource, declaration)
  local missing = verb.missing(declaration)

  --- The reply with one row; the command prints its text.
  function Resource:get_reply(id, call_options, level)
    local path = verb.path_of(self, "get", id, level or 2)
    local request, err = self.transport:request {
      path = path,
      resource = declaration.name,
      missing = missing,
      options = options.check_call(declaration.name .. ":get", call_options, level or 2),
    }
    if not request then
      return nil, err
    end
    return read.reply(request, self.transport.decoder, true)
  end

  --- One row by its id.
  ---@param id string
  ---@param call_options? sigmamind.CallOptions
  ---@return table|nil row, sigmamind.Error|nil
  function Resource:get(id, call_options)
    object.expect(self, Resource, "get")
    local reply, err = self:get_reply(id, call_options, 3)
    if not reply then
      return nil, err
    end
    return reply.data
  end
end

--- The class of a resource.
---@param declaration sigmamind.Declaration
---@param is_named? boolean  whether it is a field of each client, and may be called
---@return table
function verbs.class(declaration, is_named)
  local Resource = { __name = "sigmamind." .. declaration.name, declaration = declaration }
  Resource.__index = Resource
  local list_rules = verb.merged(declaration.list or {}, LIST)
  if declaration.list then
    add_list(Resource, declaration, list_rules)
    watch.add(Resource, declaration)
  end
  if declaration.get then
    add_get(Resource, declaration)
  end
  if declaration.wait then
    wait.add(Resource, declaration)
  end
  writes.add(Resource, declaration)
  if is_named then
    add_call(Resource, declaration, list_rules)
  end
  object.seal(Resource, { "get_reply", "prepare", "wait_reply" })
  return Resource
end

--- The resource on a client.
---@param class table
---@param transport sigmamind.Transport
---@return sigmamind.Resource
function verbs.bind(class, transport)
  return setmetatable({ transport = transport }, class)
end

return verbs
