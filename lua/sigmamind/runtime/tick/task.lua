--- task: one function that runs in its own coroutine, in turns between the frames of a game loop.

local errors = require "sigmamind.errors"
local frames = require "sigmamind.runtime.frames"
local object = require "sigmamind.object"

local task = {}

local unpack = table.unpack or unpack

--- Yielded by task.suspend; distinguishes it from a function's own yield until the next tick.
local WAIT = {}

--- The running task.
local current

---@class sigmamind.Task
local Task = { __name = "sigmamind.task" }
Task.__index = Task

--- A new task; its function starts with the first turn.
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

--- The task that the running coroutine belongs to, or nil.
---@return sigmamind.Task|nil
function task.here()
  if current and current.thread == coroutine.running() then
    return current
  end
end

--- Ends the turn of the calling task. A task that was stopped meanwhile is resumed once more, and
--- its error is raised here.
---@param self sigmamind.Task
function task.suspend(self)
  coroutine.yield(WAIT)
  if self.state ~= "running" then
    error(self.results[2], 0)
  end
end

--- Ends the tasks of a gather with the task that called it.
local function end_children(self)
  local children = self.children
  self.children = nil
  for child in pairs(children or {}) do
    if self.state == "cancelled" then
      child:cancel()
    else
      task.stop(child, self.results[2])
    end
  end
end

local function settle(self, state, ...)
  self.state = state
  self.results = { n = select("#", ...), ... }
  self.scheduler.running = self.scheduler.running - 1
  end_children(self)
  if self.ended then
    self.ended(state == "done", self.results[2])
  end
end

--- Adds the task to the failures that the next tick returns, unless it has a parent to tell.
local function report(self, err)
  if not self.ended then
    self.failure, self.stack = err, debug.traceback(self.thread)
    table.insert(self.scheduler.failed, self)
  end
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

--- Frees the resources of a task that is over.
local function release(self)
  cancel_transfer(self)
  frames.close(self.thread)
  self.thread, self.arguments = nil, nil
end

--- Handles the results of coroutine.resume.
local function end_turn(self, outer, ok, ...)
  current = outer
  if self.state == "running" then
    if coroutine.status(self.thread) == "suspended" then
      self.waiting = ... == WAIT
      if not self.waiting then -- it may have caught the error of a wait that could not yield
        cancel_transfer(self)
        self.wake = nil
      end
      return
    elseif ok then
      settle(self, "done", ...)
    else
      fail(self, frames.explain((...)))
    end
  elseif not ok and self.state == "cancelled" and ... ~= self.results[2] then
    report(self, (...)) -- its cleanup failed
  end
  release(self)
end

local function resume(self, ...)
  local outer = current
  current, self.waiting = self, false
  end_turn(self, outer, coroutine.resume(self.thread, ...))
end

--- Whether the task can run: its transfer is done, its sleep is over, or a task that it gathers has
--- ended.
---@param self sigmamind.Task
---@param now number
---@return boolean
function task.is_ready(self, now)
  if self.state ~= "running" then
    return false
  elseif self.transfer then
    return self.transfer:done()
  elseif self.is_over then
    return self.is_over()
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

--- Stops the function of a task that is over. If the function waits, the error is raised there, so
--- that a pcall can clean up; if it waits again, it is dropped.
local function unwind(self)
  cancel_transfer(self)
  if self.waiting then
    resume(self)
  elseif coroutine.status(self.thread) == "suspended" then
    release(self)
  end
end

--- Fails a task with an error. No effect if it is over.
---@param self sigmamind.Task
---@param err any
function task.stop(self, err)
  if self.state == "running" then
    fail(self, err)
    unwind(self)
  end
end

--- "running" (also before the first turn and while it waits), "done" (the function returned),
--- "failed" (it raised an error, or the client was closed) or "cancelled".
---@return string
function Task:status()
  object.expect(self, Task, "status")
  return self.state
end

--- The return values of the function, once it is done; nil and its error if it failed; nil and an
--- error of kind "cancelled" if it was cancelled. Nil while it runs.
---@return any ...
function Task:result()
  object.expect(self, Task, "result")
  if self.results then
    return unpack(self.results, 1, self.results.n)
  end
  return nil
end

--- The error and stack trace, as text, of a task that failed, or that failed to clean up after it
--- was cancelled; else nil.
---@return string|nil
function Task:traceback()
  object.expect(self, Task, "traceback")
  return self.stack and tostring(self.failure) .. "\n" .. self.stack
end

--- Cancels the task and its request. No effect on a finished task. If the function waits, an error
--- of kind "cancelled" is raised there. A function that cancels its own task runs to its next wait,
--- which does not return.
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
  "children",
  "ended",
  "failure",
  "is_over",
  "results",
  "stack",
  "thread",
  "transfer",
  "waiting",
  "wake",
})

return task
