-- Runs contenders against one another in one process. Rounds are interleaved, so that a noisy
-- moment falls on all of them. A contender {name =, run =} returns from `run` what it made; that is
-- kept until it has made the next, as a program keeps what it works with. A string that the call
-- before has made is therefore found by the next, whoever makes it.
--
-- Measurements are told by their quartiles. So is how many times as fast as another a contender
-- was, from what each round says: a machine that changes its speed between rounds changes it for
-- both.

local race = {}

local ROUND = 0.02 -- seconds of CPU time, at least

local function seconds(run, calls)
  local started = os.clock()
  for _ = 1, calls do
    race.kept = run()
  end
  local taken = os.clock() - started
  race.kept = nil
  return taken
end

local function calls_in_a_round(run)
  local calls = 1
  while true do
    local taken = seconds(run, calls)
    if taken >= ROUND then
      return calls
    end
    calls = math.ceil(calls * math.max(2, ROUND / math.max(taken, 1e-6)))
  end
end

--- The best and the median of a list of measurements, of which the least is the best.
function race.best_and_median(times)
  table.sort(times)
  return times[1], times[math.ceil(#times / 2)]
end

--- {quartile, median, quartile} of a list of measurements.
function race.quartiles(list)
  local sorted = {}
  for i, each in ipairs(list) do
    sorted[i] = each
  end
  table.sort(sorted)
  local function at(share)
    return sorted[math.max(1, math.ceil(#sorted * share))]
  end
  return { at(0.25), at(0.5), at(0.75) }
end

--- How many times as fast as the reference a contender was: quartiles over the rounds.
function race.ratio(contender, reference)
  local ratios = {}
  for round, time in ipairs(contender.times) do
    ratios[round] = reference.times[round] / time
  end
  return race.quartiles(ratios)
end

--- Gets a contender ready. The first calls are not measured.
function race.prepare(contender)
  contender.calls = calls_in_a_round(contender.run)
  contender.times = {}
end

--- One more round of a contender, which adds to its `times`: seconds of CPU time for one call.
function race.round(contender)
  collectgarbage()
  table.insert(contender.times, seconds(contender.run, contender.calls) / contender.calls)
end

--- Runs every contender for so many rounds, the second of them as the reference. Sets `time` and
--- `ratio` of each, both quartiles.
function race.run(contenders, rounds)
  for _, contender in ipairs(contenders) do
    race.prepare(contender)
  end
  for _ = 1, rounds do
    for _, contender in ipairs(contenders) do
      race.round(contender)
    end
  end
  for _, contender in ipairs(contenders) do
    contender.ratio = race.ratio(contender, contenders[2])
    contender.time = race.quartiles(contender.times)
  end
  return contenders
end

--- Prints what was run over so many bytes, compared with the second contender: medians, quartiles
--- in parentheses.
function race.print(title, contenders, bytes)
  print(("\n%s (%d bytes)"):format(title, bytes))
  print(("  %-12s %10s %21s %8s   x %s"):format("", "us", "", "MB/s", contenders[2].name))
  for _, each in ipairs(contenders) do
    local low, median, high = (table.unpack or unpack)(each.time)
    local least, ratio, most = (table.unpack or unpack)(each.ratio)
    print(("  %-12s %10.1f %21s %8.0f %7.2f (%.2f-%.2f)"):format(
      each.name,
      median * 1e6,
      ("(%.1f-%.1f)"):format(low * 1e6, high * 1e6),
      bytes / median / 1e6,
      ratio,
      least,
      most
    ))
  end
end

return race
