--- task: one operation that goes on beside a game's loop, in a coroutine of its own.

local errors = require "sigmamind.errors"
local object = require "sigmamind.object"

local task = {}

local close = coroutine.close or function() end -- Lua 5.4: closes to-be-closed variables
local unpack = table.unpack or unpack

local NOT_HERE = "sigmamind: no request can wait inside a function of C, nor, on plain Lua 5.1, "
  .. "inside `for ... in` or pcall: use stream:next() in a `while` (%s)"

--- What task.suspend yields. A function may yield as well, to go on with the next tick.
local WAIT = {}

--- The task whose turn it is.
local current

---@class sigmamind.Task
local Task = { __name = "sigmamind.task" }
Task.__index = Task

--- A task that had no turn yet.
---@param scheduler sigmamind.Scheduler
---@param fn function
---@param ... any
---@return sigmamind.Task
function task.new(scheduler, fn, ...)
  return setmetatable({
    scheduler = scheduler,
    state = "running",
    thread = coroutine.create(function(...) -- plain Lua 5.1 takes no C function here
      return fn(...)
    end),
    arguments = { n = select("#", ...), ... },
  }, Task)
end

--- The task that is running this coroutine, or nil.
---@return sigmamind.Task|nil
function task.here()
  if current and current.thread == coroutine.running() then
    return current
  end
end

--- Ends the turn of the task that calls it. One that was ended meanwhile is resumed once, to raise
--- why, and never again.
---@param self sigmamind.Task
function task.suspend(self)
  coroutine.yield(WAIT)
  if self.state ~= "running" then
    error(self.results[2], 0)
  end
end

local function settle(self, state, ...)
  self.state = state
  self.results = { n = select("#", ...), ... }
  self.scheduler.running = self.scheduler.running - 1
end

--- Has the next tick tell of an error.
local function report(self, err)
  self.failure, self.stack = err, debug.traceback(self.thread)
  table.insert(self.scheduler.failed, self)
end

local function fail(self, err)
  settle(self, "failed", nil, err)
  report(self, err)
end

local function cancel_transfer(self)
  if self.transfer then
    self.transfer:cancel()
    self.transfer = nil
  end
end

--- For a task that is over: lets go of what it held.
local function release(self)
  cancel_transfer(self)
  close(self.thread)
  self.thread, self.arguments = nil, nil
end

local function explain(err)
  if type(err) == "string" and err:find "attempt to yield across" then
    return NOT_HERE:format(err)
  end
  return err
end

--- Takes what coroutine.resume returned.
local function end_turn(self, outer, ok, ...)
  current = outer
  if self.state == "running" then
    if coroutine.status(self.thread) == "suspended" then
      self.waiting = ... == WAIT
      if not self.waiting then -- it may have tried to wait where it cannot, and caught the error
        self.transfer, self.wake = nil, nil
      end
      return
    elseif ok then
      settle(self, "done", ...)
    else
      fail(self, explain((...)))
    end
  elseif not ok and self.state == "cancelled" and ... ~= self.results[2] then
    report(self, (...)) -- in what it did because it was cancelled
  end
  release(self)
end

local function resume(self, ...)
  local outer = current
  current, self.waiting = self, false
  end_turn(self, outer, coroutine.resume(self.thread, ...))
end

--- Whether what the task waits for has come.
---@param self sigmamind.Task
---@param now number
---@return boolean
function task.is_ready(self, now)
  if self.state ~= "running" then
    return false
  elseif self.transfer then
    return self.transfer:done()
  end
  return not self.wake or now >= self.wake
end

--- Runs the function until it waits, yields or ends.
---@param self sigmamind.Task
function task.take_turn(self)
  local arguments = self.arguments
  if arguments then
    self.arguments = nil
    resume(self, unpack(arguments, 1, arguments.n))
  else
    resume(self)
  end
end

--- For a task that is over while its function is not. Where that waits, the error is raised, so
--- that pcall there can clean up; if it waits again, it is dropped.
local function unwind(self)
  cancel_transfer(self)
  if self.waiting then
    resume(self)
  elseif coroutine.status(self.thread) == "suspended" then
    release(self)
  end
end

--- Ends a task with an error. One that is over stays as it is.
---@param self sigmamind.Task
---@param err any
function task.stop(self, err)
  if self.state == "running" then
    fail(self, err)
    unwind(self)
  end
end

--- How far it is: "running" (also before its first turn and while it waits), "done" (the function
--- returned), "failed" (it raised an error, or its client was closed), "cancelled".
---@return string
function Task:status()
  object.expect(self, Task, "status")
  return self.state
end

--- What the function returned, once it is done; nil and its error, if it failed; nil and an error
--- of kind "cancelled", if it was cancelled. Nil while it runs.
---@return any ...
function Task:result()
  object.expect(self, Task, "result")
  if self.results then
    return unpack(self.results, 1, self.results.n)
  end
  return nil
end

--- The error of a task that failed, or that was cancelled and failed in cleaning up, and the stack
--- where it was raised, as text; else nil.
---@return string|nil
function Task:traceback()
  object.expect(self, Task, "traceback")
  return self.stack and tostring(self.failure) .. "\n" .. self.stack
end

--- Ends the task now, and its exchange; later than that no harm is done. Its function does not go
--- on: where it waits, an error of kind "cancelled" is raised. A function that cancels its own task
--- runs to its next wait, which does not return.
function Task:cancel()
  object.expect(self, Task, "cancel")
  if self.state == "running" then
    settle(self, "cancelled", nil, errors.new {
      kind = "cancelled",
      message = "the task was cancelled",
    })
    unwind(self)
  end
end

function Task:__tostring()
  return ("sigmamind.task (%s)"):format(self.state)
end

object.seal(Task, {
  "arguments",
  "failure",
  "results",
  "stack",
  "thread",
  "transfer",
  "waiting",
  "wake",
})

return task
