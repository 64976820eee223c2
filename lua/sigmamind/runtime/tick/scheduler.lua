--- scheduler: runs the tasks of one client in turns, within the time budget of a game's frames.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local task = require "sigmamind.runtime.tick.task"

local scheduler = {}

local BUDGET = 0.002 -- seconds

local now = core.now

--- The running tasks are queue[first] to queue[last].
---@class sigmamind.Scheduler
local Scheduler = { __name = "sigmamind.scheduler" }
Scheduler.__index = Scheduler

local function new(session)
  return setmetatable({
    session = session,
    sessions = setmetatable({ [session] = true }, { __mode = "k" }), -- that tasks have waited on
    queue = {},
    first = 1,
    last = 0,
    running = 0,
    failed = {}, -- tasks for the next tick to return
  }, Scheduler)
end

--- The scheduler of a client, created on first use. Raises at `level`, counted as for `error`,
--- unless the client's runtime is "tick".
---@param client sigmamind.Client
---@param method string  of the client, for the message
---@param level integer
---@return sigmamind.Scheduler
function scheduler.of(client, method, level)
  if client.options.runtime ~= "tick" then
    error(method .. ' needs a client made with runtime = "tick"', level + 1)
  end
  client.scheduler = client.scheduler or new(client.transport.session)
  return client.scheduler
end

-- Invariant: a hook may raise between any two lines, and the queue must not have a gap then. A task
-- may be in it twice.

local function push(self, last)
  local place = self.last + 1
  self.queue[place] = last
  self.last = place
end

local function drop_first(self)
  local place = self.first
  self.first = place + 1
  self.queue[place] = nil
end

--- Polls all sessions without waiting. Returns whether the client is open.
local function poll(self)
  local open = true
  for session in pairs(self.sessions) do
    local _, _, kind = session:poll(0)
    open = open and not (kind == "closed" and session == self.session)
  end
  return open
end

local function stop_all(self)
  for _ = self.first, self.last do
    local message = "the client was closed"
    task.stop(self.queue[self.first], errors.new { kind = "closed", message = message })
    drop_first(self)
  end
end

--- Runs each ready task for one turn until the budget is used up, but at least one. Tasks without a
--- turn come first in the next tick; tasks spawned meanwhile wait for that tick.
local function take_turns(self)
  local last, turns, time = self.last, 0, now()
  while self.first <= last and (turns == 0 or time < self.deadline) do
    local next_task = self.queue[self.first]
    if task.is_ready(next_task, time) then
      task.take_turn(next_task)
      turns, time = turns + 1, now()
    end
    if next_task.state == "running" then
      push(self, next_task)
    end
    drop_first(self)
  end
  return turns
end

--- The tasks that failed since the last report, or nil.
local function report(self)
  local failed = self.failed
  if failed[1] then
    self.failed = {}
    return failed
  end
end

--- Called by Client:spawn: errors are raised at the line of that method's caller.
---@param fn function
---@param ... any
---@return sigmamind.Task
function Scheduler:spawn(fn, ...)
  if type(fn) ~= "function" then
    error("spawn expects a function, got " .. type(fn), 3)
  end
  local spawned = task.new(self, fn, ...)
  push(self, spawned)
  self.running = self.running + 1
  return spawned
end

local function run(self)
  self.ticking = true
  local open = poll(self)
  if open and take_turns(self) > 0 then
    open = poll(self) -- sends new requests now, not with the next frame
  end
  if not open then
    stop_all(self)
  end
  self.ticking = false
end

--- Called by Client:tick: errors are raised at the line of that method's caller.
---@param budget? number  seconds
---@return integer running, sigmamind.Task[]|nil failed
function Scheduler:tick(budget)
  if budget ~= nil and not (type(budget) == "number" and budget >= 0) then
    error("tick expects a number of seconds, 0 or more, got " .. check.show(budget), 3)
  elseif self.ticking then
    error("tick cannot be called by a function that it runs", 3)
  end
  self.deadline = now() + (budget or BUDGET)
  local ok, err = xpcall(function()
    run(self)
  end, function(err)
    self.ticking = false -- a hook may raise at any line, but not here
    return err
  end)
  if not ok then
    error(err, 0)
  end
  local failed = report(self)
  return self.running, failed
end

return scheduler
