--- wait: the verb that reads a row again until it has come to its end.

local check = require "sigmamind.check"
local errors = require "sigmamind.errors"
local object = require "sigmamind.object"
local runtime = require "sigmamind.runtime"
local verb = require "sigmamind.verb"

local wait = {}

local GROWTH = 1.5 -- of the interval

local RULES = {
  timeout = check.seconds,
  interval = check.interval,
  ready = check.type "function",
}

local function has_ended(waiting, row)
  local since = waiting.since and type(row[waiting.since])
  return check.has(waiting.final, row[waiting.field]) or since == "string" or since == "number"
end

--- Whether the state is one that the documentation knows.
local function is_known(declaration, state)
  for _, field in ipairs(declaration.row) do
    if field.name == declaration.wait.field then
      return check.has(field.values or {}, state)
    end
  end
  return false
end

local function timeout_error(self, id, row, seconds)
  local declaration = self.declaration
  local state = row[declaration.wait.field]
  local text = "the %s %s has not ended after %s: its %s is %s%s"
  local note = is_known(declaration, state) and "" or ", which the documentation does not know"
  return errors.new {
    kind = "timeout",
    message = text:format(declaration.title, check.show(id), check.show(seconds) .. " s",
      declaration.wait.field, check.show(state), note),
    method = "GET",
    path = self.transport.options.base_path .. verb.path_of(self, "wait", id, 1),
    hint = "wait again, or raise the timeout of wait",
    retryable = true,
  }
end

--- Seconds that the wait may last: the deadline of the operation counts, too.
local function time_limit(waiting, given, call_options)
  local timeout = given.timeout == nil and waiting.timeout or given.timeout or math.huge
  return math.min(timeout, call_options and call_options.deadline or math.huge)
end

--- The error of a wait whose time is over: that of the last reading, if it failed for another
--- reason.
local function end_error(self, id, last, timeout, err)
  if err and not (last and err.kind == "timeout") then
    return err
  end
  return timeout_error(self, id, last, timeout)
end

--- Reads the row until is_ready(row), or the time is over.
local function poll(self, id, given, call_options)
  local transport, waiting = self.transport, self.declaration.wait
  call_options = verb.merged(call_options or {}, { cache = false })
  local host = runtime.resolve(transport.options.runtime)
  local timeout = time_limit(waiting, given, call_options)
  local over = host and host.now() + timeout or math.huge
  local interval = given.interval or waiting.interval
  local interval_max = math.max(interval, waiting.interval_max)
  local last
  while true do
    local reply, err = self:get_reply(id, verb.limited(call_options, host, over), 4)
    last = reply and reply.data or last
    if err and not err.retryable then
      return nil, err, last
    elseif reply and given.ready(last) then
      return reply
    end
    local left = over - host.now()
    if left <= 0 then
      return nil, end_error(self, id, last, timeout, err), last
    end
    transport:rest(host, math.min(interval, left))
    interval = math.min(interval * GROWTH, interval_max)
  end
end

---@param Resource table  the class
---@param declaration sigmamind.Declaration
function wait.add(Resource, declaration)
  local function ready(row)
    return has_ended(declaration.wait, row)
  end

  --- The reply with the row; the command prints its text. Calls on_row with each row that is read.
  function Resource:wait_reply(id, arguments, call_options, on_row)
    verb.path_of(self, "wait", id, 3)
    local given, own = verb.arguments(self, "wait", RULES, arguments, call_options, 3)
    given = verb.merged({ ready = ready }, given)
    local is_ready = given.ready
    if on_row then
      function given.ready(row)
        on_row(row)
        return is_ready(row)
      end
    end
    local reply, err, last = poll(self, id, given, own)
    return reply, err, last
  end

  --- Reads a row again and again until it has ended.
  ---
  --- A request that fails though it may succeed later does not end the wait: the row is read again
  --- after the next interval.
  ---@param id string
  ---@param arguments? {timeout?: number|false, interval?: number,
  ---  ready?: fun(row: table): boolean}  timeout: seconds for all, false: none; interval: seconds
  ---  between the first two requests, then growing; ready: what to wait for instead of the end
  ---@param call_options? sigmamind.CallOptions
  ---@return table|nil row, sigmamind.Error|nil, table|nil last  the row as it was last
  function Resource:wait(id, arguments, call_options)
    object.expect(self, Resource, "wait")
    local reply, err, last = self:wait_reply(id, arguments, call_options)
    if not reply then
      return nil, err, last
    end
    return reply.data
  end
end

return wait
