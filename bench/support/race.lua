-- Runs contenders against one another in one process: rounds are interleaved, so that a noisy
-- moment falls on all of them. Told are each one's best and median round, and how many times as
-- fast as the reference it was: the median of what each round says, because a machine that changes
-- its speed between rounds changes it for both.

local race = {}

local ROUND = 0.02 -- seconds of CPU time, at least

local function calls_in_a_round(run)
  local calls = 1
  while true do
    local started = os.clock()
    for _ = 1, calls do
      run()
    end
    local taken = os.clock() - started
    if taken >= ROUND then
      return calls
    end
    calls = math.ceil(calls * math.max(2, ROUND / math.max(taken, 1e-6)))
  end
end

local function one_round(contender)
  collectgarbage()
  local run = contender.run
  local started = os.clock()
  for _ = 1, contender.calls do
    run()
  end
  return (os.clock() - started) / contender.calls
end

--- The best and the median of a list of measurements, of which the least is the best.
function race.best_and_median(times)
  table.sort(times)
  return times[1], times[math.ceil(#times / 2)]
end

-- The median over the rounds of how many times as long the reference took.
local function median_ratio(times, reference)
  local ratios = {}
  for round, time in ipairs(times) do
    ratios[round] = reference[round] / time
  end
  return select(2, race.best_and_median(ratios))
end

--- Runs every contender {name =, run =} for so many rounds, the second of them as the reference.
--- Sets best and median of each, in seconds of CPU time for one call, and its ratio.
function race.run(contenders, rounds)
  for _, contender in ipairs(contenders) do
    contender.calls = calls_in_a_round(contender.run)
    contender.times = {}
  end
  for round = 1, rounds do
    for _, contender in ipairs(contenders) do
      contender.times[round] = one_round(contender)
    end
  end
  for _, contender in ipairs(contenders) do
    contender.ratio = median_ratio(contender.times, contenders[2].times)
  end
  for _, contender in ipairs(contenders) do
    contender.best, contender.median = race.best_and_median(contender.times)
  end
  return contenders
end

--- Prints what was run over so many bytes, compared with the second contender.
function race.print(title, contenders, bytes)
  local reference = contenders[2]
  print(("\n%s (%d bytes)"):format(title, bytes))
  print(("  %-12s %10s %10s %8s %14s"):format(
    "",
    "best us",
    "median us",
    "MB/s",
    "x " .. reference.name
  ))
  for _, each in ipairs(contenders) do
    print(("  %-12s %10.1f %10.1f %8.0f %14.2f"):format(
      each.name,
      each.best * 1e6,
      each.median * 1e6,
      bytes / each.median / 1e6,
      each.ratio
    ))
  end
end

return race
