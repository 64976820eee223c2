--- cli.interrupt: runs what Ctrl-C may end, so that it ends between two steps and never within one.
--
-- The standalone Lua raises an error in its main thread when the user interrupts it. So the work is
-- done in a coroutine, which lets the main thread look in at its steps: while it waits, and where
-- it says so. LuaJIT raises the error wherever it is, and may do so within a step.

local core = require "sigmamind.core"

local interrupt = {}

local POLL = 0.2 -- seconds between two looks at what takes long; a signal ends a poll early

local function is_interrupt(err)
  return type(err) == "string" and err:find("interrupted!", 1, true) ~= nil
end

--- A place where the work may end.
function interrupt.step()
  coroutine.yield()
end

--- The runtime of a client that is used in such work.
interrupt.runtime = { now = core.now }

---@param seconds number
function interrupt.runtime.sleep(seconds)
  local wake = core.now() + seconds
  repeat
    core.sleep(math.max(0, math.min(POLL, wake - core.now())))
    coroutine.yield()
  until core.now() >= wake
end

---@param session userdata
---@param transfer userdata
function interrupt.runtime.wait(session, transfer)
  while not transfer:done() do
    session:poll(POLL)
    coroutine.yield()
  end
end

local function drive(thread, at_step)
  local ok, result = coroutine.resume(thread)
  while ok and coroutine.status(thread) ~= "dead" do
    at_step()
    ok, result = coroutine.resume(thread)
  end
  if not ok and not is_interrupt(result) then
    result = { raised = result, stack = debug.traceback(thread) }
  end
  return ok and result or error(result, 0)
end

--- Runs work(), and at_step() between its steps. Returns what work returns; nil, "interrupted"; or
--- nil, "raised", what it raised, where.
---@param work function
---@param at_step function
---@return any, string|nil, any, string|nil
function interrupt.run(work, at_step)
  local ok, result = pcall(drive, coroutine.create(work), at_step)
  if ok then
    return result
  elseif is_interrupt(result) then
    return nil, "interrupted"
  elseif type(result) == "table" and result.stack then
    return nil, "raised", result.raised, result.stack
  end
  return nil, "raised", result
end

return interrupt
