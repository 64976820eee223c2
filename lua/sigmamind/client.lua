--- client: what users call. Its resources are declared in resources/, and their verbs are in verbs.

local check = require "sigmamind.check"
local gather = require "sigmamind.gather"
local object = require "sigmamind.object"
local options = require "sigmamind.options"
local raw_request = require "sigmamind.raw_request"
local read = require "sigmamind.http.read"
local resource = require "sigmamind.resource"
local resources = require "sigmamind.resources"
local scheduler = require "sigmamind.runtime.tick.scheduler"
local transport = require "sigmamind.http.transport"
local verbs = require "sigmamind.verbs"

local client = {}

---@class sigmamind.Client
---@field package options table
---@field package transport sigmamind.Transport
local Client = { __name = "sigmamind.client" }
Client.__index = Client

--- The classes of the named resources, by name.
local CLASSES = {}
for _, declaration in ipairs(resources) do
  CLASSES[declaration.name] = verbs.class(declaration, true)
end

--- Makes a client from resolved options. Users call sigmamind.new.
---@param resolved table
---@param parent? sigmamind.Client  that shares its session
---@return sigmamind.Client
function client.new(resolved, parent)
  local self = { options = resolved }
  self.transport = transport.new(resolved, parent and parent.transport)
  for name, class in pairs(CLASSES) do
    self[name] = verbs.bind(class, self.transport)
  end
  return setmetatable(self, Client)
end

--- A client with another key or other limits, on the same connections. With the same key both share
--- the pause after a 429. Closing either closes both.
---@param given table  api_key, connect_timeout, stall_timeout, timeout, upload_timeout, deadline,
---  attempts, prefetch, max_depth, null, array_mt, on_event, cache, coalesce: as for sigmamind.new;
---  default: those of this client
---@return sigmamind.Client
function Client:with(given)
  object.expect(self, Client, "with")
  local other = client.new(options.override(self.options, given, 2), self)
  if self.options.runtime == "tick" then
    other.scheduler = scheduler.of(self, "with", 2)
  end
  return other
end

--- Any request to the API, with this client's key, limits, retries and errors.
---
--- A request that is not idempotent is acted on at most once: it is sent again only if no byte of
--- it was sent, or the API refused it with a 429. If it fails, err.outcome says whether the API
--- acted on it.
---@param given {method?: string, path: string, query?: table, json?: any, body?: string,
---  form?: table[], headers?: table<string, string|false>, idempotent?: boolean,
---  timeout?: number|false, attempts?: integer, deadline?: number|false}
---  method: default "GET"; path: below base_url, percent-encoded; query: a list as a value sends
---  the name several times; json, body, form: one of them; form: parts {name =, data = or file =,
---  filename =, type =}, where file is a name or an open file; idempotent: default true for GET,
---  HEAD, OPTIONS, PUT and DELETE (RFC 9110 section 9.2.2); the rest as for every verb
---@return sigmamind.Reply|nil reply, sigmamind.Error|nil
function Client:request(given)
  object.expect(self, Client, "request")
  local call = raw_request.read(given, self.options, 2)
  local request, err = self.transport:request(call)
  if not request then
    return nil, err
  end
  local opened = raw_request.open_files(call.form, 2)
  local reply, failure = read.reply(request, self.transport.decoder)
  raw_request.close_files(opened)
  return reply, failure
end

--- A resource of this client that is not one of its fields, for an endpoint of another path.
---@param declaration table  see sigmamind.resource; at least path and id
---@return sigmamind.Resource  where `list` is given, with list, page and pages; where `get` is
---  true, with get
function Client:collection(declaration)
  object.expect(self, Client, "collection")
  if type(declaration) ~= "table" then
    local text = "client:collection: expected a table of properties, got a %s"
    error(text:format(type(declaration)), 2)
  end
  return verbs.bind(verbs.class(resource.of(declaration, 2)), self.transport)
end

--- Runs fn(item, index) for each item of a list, up to `width` at a time, each in a coroutine of
--- its own, in every runtime: their requests are in flight together. Items are started in order.
--- After the first error, if fn raises an error, or when the client is closed, no further item is
--- started. Those in flight are finished: the outcome of a cancelled write would be unknown.
---
--- On plain Lua 5.1 no request can wait in `for ... in` or in pcall inside fn.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any  returns a value, or nil and an error; an
---  error that it raises is raised again here
---@param given? {width?: integer, on_error?: "stop"|"continue", results?: table}  width: 1 to 64,
---  default 8; on_error: whether an error stops further items from being started, default "stop";
---  results: a table for the results, which has them even if an error is raised, as by Ctrl-C
---@return {n: integer, started: integer, [integer]: any} results  by index: the first value of each
---  item, nil where it failed or was not started; n: the number of items; started: how many were
---  started, which are the first of the list
---@return any err  the first error in time; nil if there is none
---@return table<integer, any>|nil failures  the error of each item that failed, by index
function Client:gather(list, fn, given)
  object.expect(self, Client, "gather")
  -- No tail call: gather.run raises at the line of this function's caller.
  local results, err, failures = gather.run(self.transport, list, fn, given, 2)
  return results, err, failures
end

--- With runtime = "tick": runs fn(...) as a task beside the game loop. It starts with the next
--- client:tick, in its own coroutine, where requests wait without blocking the game and
--- coroutine.yield() waits for the next tick. On plain Lua 5.1 no request can wait in `for ... in`
--- or in pcall: use stream:next() in a `while`, or totable, each and the like.
---@param fn function
---@param ... any
---@return sigmamind.Task
function Client:spawn(fn, ...)
  object.expect(self, Client, "spawn")
  -- No tail call: Scheduler:spawn raises at the line of this function's caller.
  local task = scheduler.of(self, "spawn", 2):spawn(fn, ...)
  return task
end

--- With runtime = "tick": call it once per frame. Sends and receives without waiting, then runs the
--- ready tasks in turn until the budget is used up. A task yields when it waits and, once the
--- budget is used up, between two rows of a stream; it is not interrupted in between.
---@param budget? number  seconds; default 0.002. With 0 one task takes one step.
---@return integer running  the number of unfinished tasks
---@return sigmamind.Task[]|nil failed  the tasks that failed since the last tick, or nil;
---  task:traceback() has the reason
function Client:tick(budget)
  object.expect(self, Client, "tick")
  -- No tail call: Scheduler:tick raises at the line of this function's caller.
  local running, failed = scheduler.of(self, "tick", 2):tick(budget)
  return running, failed
end

--- What the requests of this client and of those that `with` made of it have come to, up to now,
--- in this process. Its numbers only grow, but for in_flight.
---@return sigmamind.Stats  a table of its own
function Client:stats()
  object.expect(self, Client, "stats")
  return self.transport.stats:read()
end

--- Cancels the requests in flight and closes all connections. Idempotent; later requests fail with
--- an error of kind "closed".
function Client:close()
  object.expect(self, Client, "close")
  self.transport:close()
end

Client.__close = Client.close

object.seal(Client, { "scheduler" }, nil, check.sorted_keys(CLASSES))

return client
