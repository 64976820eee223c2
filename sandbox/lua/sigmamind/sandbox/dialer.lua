--- sandbox.dialer: when each call of a campaign begins and ends. All of it is computed when the
--- campaign starts, and again when its limit changes; a state is then a comparison with the clock.

local generator = require "sigmamind.sandbox.data.generator"

local dialer = {}

--- How calls end: the share of each in percent, the state, the reason, and whether anybody spoke.
local ENDS = {
  { 55, "ended", "user_ended_call", true },
  { 20, "ended", "agent_ended_call", true },
  { 9, "not-connected", "no-answer" },
  { 7, "not-connected", "busy" },
  { 6, "not-connected", "voicemail" },
  { 3, "error", "failed" },
}

local RING_MAX, TALK_MAX = 8, 110 -- seconds
local TALK_MIN = 10

---@class sigmamind.sandbox.Course
---@field ring number seconds from the dialling to the answer
---@field talk number seconds
---@field status "ended"|"not-connected"|"error" at the end
---@field reason string
---@field pick fun(n: integer): integer for the rest of the call

--- A number for a text, the same on every Lua.
local function seed_of(text)
  local seed = 7
  for i = 1, #text do
    seed = (seed * 31 + text:byte(i)) % 2147483647
  end
  return seed
end

--- The course of a call to a number: the same number has the same one each time.
---@param phone string
---@param salt integer
---@return sigmamind.sandbox.Course
function dialer.course(phone, salt)
  local pick = generator.new(1 + (seed_of(phone) + salt * 7919) % 2147483646)
  local percent, ending = pick(100), 1
  while percent > ENDS[ending][1] do
    percent = percent - ENDS[ending][1]
    ending = ending + 1
  end
  local status, reason = ENDS[ending][2], ENDS[ending][3]
  local talk = ENDS[ending][4] and TALK_MIN + pick(TALK_MAX) or 0
  return { ring = 1 + pick(RING_MAX), talk = talk, status = status, reason = reason, pick = pick }
end

--- Moves the first element of a binary heap down to its place.
local function sink(heap, count)
  local at, value = 1, heap[1]
  while true do
    local child = 2 * at
    if child < count and heap[child + 1] < heap[child] then
      child = child + 1
    end
    if child > count or heap[child] >= value then
      break
    end
    heap[at], at = heap[child], child
  end
  heap[at] = value
end

--- Lays out the calls from `first` on: each begins on the line that is free first. So the calls
--- begin in the order of the contacts.
---@param plan sigmamind.sandbox.Plan those from `first` on are replaced
---@param first integer
---@param phones string[]
---@param free number[] a heap: for each line, the time from which it is free
---@param salt integer
local function lay_out(plan, first, phones, free, salt)
  local lines = #free
  for i = first, #phones do
    local course, begins = dialer.course(phones[i], salt), free[1]
    local ends = begins + course.ring + course.talk
    plan.starts[i], plan.ends[i], plan.statuses[i] = begins, ends, course.status
    plan.over = math.max(plan.over, ends)
    free[1] = ends
    sink(free, lines)
  end
end

--- The calls of a campaign, in the order of its contacts.
---@class sigmamind.sandbox.Plan
---@field starts number[]
---@field ends number[]
---@field statuses string[] at their ends
---@field over number when the last one ends

--- Plans the calls of a campaign from now on. Those that have begun stay as they are.
---@param plan sigmamind.sandbox.Plan|nil the plan so far
---@param phones string[]
---@param limit integer max calls at the same time
---@param now number
---@param salt integer
---@return sigmamind.sandbox.Plan
function dialer.plan(plan, phones, limit, now, salt)
  plan = plan or { starts = {}, ends = {}, statuses = {}, over = now }
  local first, running = 1, {}
  while plan.starts[first] and plan.starts[first] <= now do
    if plan.ends[first] > now then
      running[#running + 1] = plan.ends[first]
    end
    first = first + 1
  end
  table.sort(running, function(a, b)
    return a > b
  end)
  local free = {}
  for line = 1, math.max(1, math.min(limit, #phones)) do
    free[line] = running[line] or now
  end
  table.sort(free) -- a sorted list is a heap
  plan.over = running[1] or now
  lay_out(plan, first, phones, free, salt)
  return plan
end

return dialer
