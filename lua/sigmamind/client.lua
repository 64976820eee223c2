--- client: one method for each operation of the API. To add one, list the arguments that it accepts
--- and call `self.transport:request`; checks, retries and errors are handled there.

local check = require "sigmamind.check"
local object = require "sigmamind.object"
local pager = require "sigmamind.listing.pager"
local query = require "sigmamind.query"
local scheduler = require "sigmamind.runtime.tick.scheduler"
local stream = require "sigmamind.listing.stream"
local token = require "sigmamind.listing.token"
local transport = require "sigmamind.http.transport"

local client = {}

---@class sigmamind.Client
local Client = { __name = "sigmamind.client" }
Client.__index = Client

--- Makes a client from resolved options. Users call sigmamind.new.
---@param resolved table
---@return sigmamind.Client
function client.new(resolved)
  return setmetatable({ options = resolved, transport = transport.new(resolved) }, Client)
end

local CAMPAIGNS = "/v1/campaigns"
local CAMPAIGN_STATUS = check.one_of { "live", "scheduled", "paused", "completed" }
local WALK_SIZE = 100

local LIST_CAMPAIGNS = {
  status = CAMPAIGN_STATUS,
  page = check.count,
  size = check.page_size,
}

local CAMPAIGN_PAGES = {
  status = CAMPAIGN_STATUS,
  size = check.page_size,
  prefetch = check.prefetch,
}

local WALK_CAMPAIGNS = {
  status = CAMPAIGN_STATUS,
  size = check.page_size,
  where = check.type "table",
  select = check.type "table",
  limit = check.count,
  prefetch = check.prefetch,
  resume = {
    accepts = "a complete, unchanged token from stream:token()",
    test = function(value)
      return token.read(value) ~= nil
    end,
  },
  verify = check.type "boolean",
}

--- GET /v1/campaigns: one request, one page.
---@param arguments? {status?: string, page?: integer, size?: integer}  status: "live", "scheduled",
---  "paused" or "completed", default all; page: from 0, default 0; size: from 1, default 10
---@return sigmamind.core.Page|nil page, sigmamind.Error|nil
function Client:list_campaigns(arguments)
  object.expect(self, Client, "list_campaigns")
  local given = check.arguments("list_campaigns", LIST_CAMPAIGNS, arguments, 2)
  local asked = { status = given.status, page = given.page, size = given.size }
  local request, err = self.transport:request(CAMPAIGNS, asked)
  if not request then
    return nil, err
  end
  return request:page()
end

--- The campaigns as a listing, for a pager or a stream.
local function campaigns(self, given)
  return {
    path = CAMPAIGNS,
    query = { status = given.status, size = given.size or WALK_SIZE },
    may_shrink = not given.size,
    key = "campaignId",
    prefetch = given.prefetch or self.options.prefetch,
  }
end

--- Every page of the campaigns, in order, by pager:next(). If the list changes meanwhile, a page
--- may be read again: it then has only rows that were not handed out before.
---@param arguments? {status?: string, size?: integer, prefetch?: integer}  size: default 100;
---  prefetch: as for sigmamind.new
---@return sigmamind.Pager
function Client:campaign_pages(arguments)
  object.expect(self, Client, "campaign_pages")
  local given = check.arguments("campaign_pages", CAMPAIGN_PAGES, arguments, 2)
  return pager.new(self.transport, campaigns(self, given))
end

--- Every campaign of every page, in order, without duplicates.
---@param arguments? {status?: string, size?: integer, where?: table, select?: string[],
---  limit?: integer, prefetch?: integer, resume?: string, verify?: boolean}  size of a page:
---  default 100; limit: max rows in all, those before `resume` included, default none; prefetch: as
---  for sigmamind.new; resume: a token, to continue after the row where it was taken; verify: read
---  the whole list again until two passes saw the same rows, and keep every id in memory
---@return sigmamind.Stream
function Client:campaigns(arguments)
  object.expect(self, Client, "campaigns")
  local given = check.arguments("campaigns", WALK_CAMPAIGNS, arguments, 2)
  query.check(given, 2)
  if given.verify and given.resume then
    error("campaigns: verify and resume cannot be combined: verify needs a walk from the start", 2)
  end
  local listing = campaigns(self, given)
  listing.chain = query.chain(given.where, given.select)
  listing.verify = given.verify
  listing.resume = given.resume and token.read(given.resume)
  local before = listing.resume and listing.resume.count or 0
  listing.limit = given.limit and math.max(0, given.limit - before)
  local rows = stream.new(self.transport, listing, self.options)
  return listing.limit and rows:take(listing.limit) or rows
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

--- Cancels the requests in flight and closes all connections. Idempotent; later requests fail with
--- an error of kind "closed".
function Client:close()
  object.expect(self, Client, "close")
  self.transport:close()
end

Client.__close = Client.close
object.seal(Client, { "scheduler" })

return client
