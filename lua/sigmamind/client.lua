--- client: one method for each operation of the API. To add one, write down what it accepts and
--- call `self.requests:page` for a listing; checks, attempts and errors come with it.

local check = require "sigmamind.check"
local pager = require "sigmamind.pager"
local query = require "sigmamind.query"
local request = require "sigmamind.request"
local stream = require "sigmamind.stream"

local client = {}

---@class sigmamind.Client
local Client = { __name = "sigmamind.client" }
Client.__index = Client

--- Makes a client of options that were resolved. Users call sigmamind.new.
---@param resolved table
---@return sigmamind.Client
function client.new(resolved)
  return setmetatable({ options = resolved, requests = request.new(resolved) }, Client)
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
  prefetch = check.no_prefetch,
}

local WALK_CAMPAIGNS = {
  status = CAMPAIGN_STATUS,
  size = check.page_size,
  where = check.type "table",
  select = check.type "table",
  limit = check.count,
  prefetch = check.no_prefetch,
  resume = check.not_yet,
}

--- GET /v1/campaigns: one request, one page.
---@param arguments? {status?: string, page?: integer, size?: integer}  status: "live", "scheduled",
---  "paused" or "completed", default all; page: from 0, default 0; size: from 1, default 10
---@return userdata|nil page, sigmamind.Error|nil
function Client:list_campaigns(arguments)
  local given = check.arguments("list_campaigns", LIST_CAMPAIGNS, arguments, 2)
  return self.requests:page(CAMPAIGNS, {
    status = given.status,
    page = given.page,
    size = given.size,
  }, self.requests:deadline())
end

local function campaign_pages(self, given, rows)
  return pager.new(self.requests, CAMPAIGNS, {
    status = given.status,
    size = given.size or WALK_SIZE,
  }, rows)
end

--- Every page of the campaigns, in order: pager:next() gives one after another.
---@param arguments? {status?: string, size?: integer}  size: default 100
---@return sigmamind.Pager
function Client:campaign_pages(arguments)
  local given = check.arguments("campaign_pages", CAMPAIGN_PAGES, arguments, 2)
  return campaign_pages(self, given)
end

--- Every campaign of every page, in order.
---@param arguments? {status?: string, size?: integer, where?: table, select?: string[],
---  limit?: integer}  size of a page: default 100; limit: rows in all, default no limit
---@return sigmamind.Stream
function Client:campaigns(arguments)
  local given = check.arguments("campaigns", WALK_CAMPAIGNS, arguments, 2)
  query.check(given.where, given.select, 2)
  local rows = stream.of_pages(function(wanted)
    return campaign_pages(self, given, wanted)
  end, self.options.null, given.where, given.select)
  return given.limit and rows:take(given.limit) or rows
end

--- Ends what is in flight and closes all connections. Idempotent; later requests fail with an
--- error of kind "closed".
function Client:close()
  self.requests:close()
end

Client.__close = Client.close

return client
