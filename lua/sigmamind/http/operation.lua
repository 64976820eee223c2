--- operation: one logical request on its way, and how it ends.

local errors = require "sigmamind.errors"
local number = require "sigmamind.number"
local proxy = require "sigmamind.http.proxy"
local retry = require "sigmamind.http.retry"
local statuses = require "sigmamind.http.statuses"

local STALE = 0.1 -- seconds since when a reply is not one that just came

---@class sigmamind.Operation  one logical request on its way
---@field path string  as it is sent, that of base_url included, with its query
---@field resource string  the same behind base_url
---@field number integer  of the page that it asks for
---@field host table  the runtime
---@field started number  by the clock of the runtime, as all times
---@field deadline number
---@field key fun(): string
---@field attempts table[]
---@field status? integer  of the reply that was to be its page
---@field began? number  when the attempt that is under way was announced
---@field transfer? userdata  of the attempt that was begun
---@field failure? sigmamind.Error  why that could not be begun
---@field failed_since? number  how long ago the last attempt failed, when that was noticed
---@field cancelled? boolean
---@field is_ahead? boolean  whether its first attempt was begun before its page was wanted
---@field is_neglected? boolean  whether it ended when nobody had polled for long
---@field reused? boolean  whether the last attempt was on a connection that was open already
---@field proxy fun(): sigmamind.Way|nil
---@field repeated? boolean  whether one was repeated because of its connection
---@field collected? boolean  whether one was repeated because descriptors were used up
local Operation = { __name = "sigmamind.operation" }
Operation.__index = Operation

local function escape(value)
  local text = type(value) == "number" and number.text(value) or value
  return (text:gsub("[^%w%-._~]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- The path with its query, in the order of the names so that equal requests are equal.
local function with_query(path, query)
  local pairs_of_query = {}
  for name, value in pairs(query) do
    pairs_of_query[#pairs_of_query + 1] = name .. "=" .. escape(value)
  end
  table.sort(pairs_of_query)
  return #pairs_of_query == 0 and path or path .. "?" .. table.concat(pairs_of_query, "&")
end

--- How long it may take yet, in seconds.
---@return number
function Operation:remaining()
  return self.deadline - self.host.now()
end

--- The time limit of an attempt: the deadline of the operation may be nearer than its own.
---@param timeout number|false|nil  seconds
---@return number|false|nil
function Operation:time_limit(timeout)
  local left = self:remaining()
  if left == math.huge then
    return timeout
  end
  return math.min(timeout or math.huge, math.max(left, 0.001))
end

--- Seconds since the attempt was over: more than none only where nobody waited for it.
---@return number
function Operation:seconds_since()
  local ended = self.began + self.transfer:timing().total
  local seconds = self.host.now() - ended
  return seconds > STALE and seconds or 0
end

--- Seconds that the reply asks to wait.
---@return number|nil
function Operation:retry_after()
  return retry.after(self.transfer:header "retry-after", self.transfer:header "date")
end

--- The error of an exchange without a reply.
---@param failure table  as from transfer:failure()
---@return sigmamind.Error
function Operation:failed(failure)
  local err = errors.from_failure(failure, self.path, self.key(), self.proxy())
  local is_proxys = failure.cause == "proxy_limit" or failure.cause == "proxy_failed"
  err.retry_after = is_proxys and self:retry_after() or nil
  return err
end

--- The transfer that is done, if its reply is a success; else nil, err.
---@return userdata|nil, sigmamind.Error|nil
function Operation:reply()
  local transfer = self.transfer
  local status = transfer:status()
  if status and statuses.is_success(status) then
    return transfer
  elseif not status then
    local failure = transfer:failure()
    failure.address = transfer:timing().address
    return nil, self:failed(failure)
  end
  local err = errors.from_reply(transfer, self.path, self.key(), self.proxy())
  err.retry_after = self:retry_after()
  return nil, err
end

--- Attempts that a limit refused and that do not count: the first, if it was made ahead. Without
--- prefetch it would not have been made at that moment.
---@return integer
function Operation:spared()
  local status = self.attempts[1].status
  return self.is_ahead and (status == 429 or status == 503) and 1 or 0
end

--- Ends what was begun of it.
function Operation:cancel()
  self.cancelled = true
  if self.transfer then
    self.transfer:cancel()
  end
end

---@return sigmamind.Error
function Operation:was_cancelled()
  local message = "the request was cancelled"
  return errors.new { kind = "cancelled", message = message, path = self.path }
end

---@return sigmamind.Error
function Operation:out_of_time()
  return errors.new { kind = "timeout", message = "the deadline has passed", path = self.path }
end

--- For one that has to wait longer than it may.
---@param seconds number
---@return sigmamind.Error
function Operation:paused(seconds)
  return errors.new {
    kind = "rate_limit",
    message = "an earlier reply asked this client to wait",
    path = self.path,
    retryable = true,
    retry_after = seconds,
  }
end

--- Nothing is asked yet.
---@param path string
---@param query table<string, string|number>
---@param host table  the runtime
---@param key string
---@param deadline number|nil  by the clock of the runtime
---@param options table  of the client
---@return sigmamind.Operation
return function(path, query, host, key, deadline, options)
  local resource = with_query(path, query)
  return setmetatable({
    path = options.base_path .. resource,
    resource = resource,
    number = query.page or 0,
    host = host,
    key = function() -- so that no dump shows it
      return key
    end,
    proxy = function() -- likewise
      return proxy.find(options.proxy(), options.base_url)
    end,
    started = host.now(),
    deadline = deadline or math.huge,
    attempts = {},
  }, Operation)
end
