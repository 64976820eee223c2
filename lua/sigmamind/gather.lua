--- gather: runs a function for each item of a list, several items at a time.

local check = require "sigmamind.check"
local errors = require "sigmamind.errors"
local frames = require "sigmamind.runtime.frames"
local runtime = require "sigmamind.runtime"

local gather = {}

local RULES = {
  width = check.integer(1, 64),
  on_error = check.one_of { "stop", "continue" },
  results = check.type "table",
}

local WIDTH = 8

--- One call of client:gather.
---@class sigmamind.Gather
---@field transport sigmamind.Transport
---@field list any[]
---@field fn function
---@field goes_on boolean  whether further items are started after an error
---@field results {n: integer, started: integer}
---@field has_failed boolean
---@field err any  the first error in time
---@field failures table<integer, any>|nil
---@field raised {err: any}|nil  the first error that fn raised

--- Runs one job after another, in a runtime without `together`.
local function one_by_one(_, next_job)
  local job = next_job()
  while job do
    job()
    job = next_job()
  end
end

local function may_start(self)
  local results = self.results
  return results.started < results.n
    and not self.raised
    and (self.goes_on or not self.has_failed)
    and not self.transport:is_closed()
end

local function note(self, err)
  if not self.has_failed then
    self.has_failed, self.err = true, err
  end
end

--- Runs the next item. A runtime may start a job later than it took it, and in another order: so it
--- is decided here which item it is, and whether there is one.
local function run_next(self)
  if not may_start(self) then
    return
  end
  local index = self.results.started + 1
  self.results.started = index
  local value, err = self.fn(self.list[index], index)
  if value == nil and err ~= nil then
    self.failures = self.failures or {}
    self.failures[index] = err
    note(self, err)
  else
    self.results[index] = value
  end
end

--- Runs all items.
---@param self sigmamind.Gather
---@param host table  the runtime
local function run(self, host, width)
  local taken = 0
  local together = host.together or one_by_one
  if host.together and not frames.pcall_yields then
    host.sleep(0, self.transport.session) -- fails before an item is started if it cannot yield here
  end
  together(width, function()
    if taken < self.results.n and may_start(self) then
      taken = taken + 1
      return function()
        run_next(self)
      end
    end
  end, function(err)
    self.raised = self.raised or { err = frames.explain(err) }
  end)
end

--- Called by Client:gather: raises at `level`, counted as for `error`.
---@param transport sigmamind.Transport
---@param list any[]
---@param fn function
---@param given table|nil
---@param level integer
---@return table results, any err, table<integer, any>|nil failures
function gather.run(transport, list, fn, given, level)
  if type(list) ~= "table" then
    error("client:gather: expected a list, got a " .. type(list), level + 1)
  elseif type(fn) ~= "function" then
    error("client:gather: expected a function, got a " .. type(fn), level + 1)
  end
  local options = check.arguments("client:gather", RULES, given, level + 1)
  local results = options.results or {}
  results.n, results.started = #list, 0
  local host, why = runtime.resolve(transport.options.runtime)
  if not host then
    return results, errors.new { kind = "config", message = why }
  end
  local self = {
    transport = transport,
    list = list,
    fn = fn,
    goes_on = options.on_error == "continue",
    results = results,
    has_failed = false,
  }
  run(self, host, options.width or WIDTH)
  if self.raised then
    error(self.raised.err, 0)
  elseif results.started < results.n and transport:is_closed() then
    note(self, errors.new { kind = "closed", message = "the client was closed" })
  end
  return results, self.err, self.failures
end

return gather
