-- Prints a table of every fault of spec/support/fault_matrix.lua, at each place, with its outcome.
--
--   luajit torture/faults.lua
--
-- Fails if a walk loses or repeats a row, or ends with another outcome than the matrix expects.

local core = require "sigmamind.core"
local matrix = require "spec.support.fault_matrix"
local server = require "spec.support.server"

local sandbox = server.start { tls = true }
matrix.prepare(sandbox)

local walks, bad, longest = 0, {}, 0

local function run(entry, place, prefetch, lasting)
  local started = core.now()
  local rows, kind, wrong = matrix.run(sandbox, entry, place, prefetch, lasting)
  walks, longest = walks + 1, math.max(longest, core.now() - started)
  if wrong then
    local how = "  %s, %s page, prefetch %d, %s: %s"
    bad[#bad + 1] = how:format(entry.name, place, prefetch, lasting and "lasting" or "once", wrong)
  end
  return wrong and "WRONG" or kind and ("%s@%d"):format(kind, rows) or "all"
end

local function ends(entry, prefetch, lasting)
  local cells = {}
  for i, place in ipairs(matrix.place_names) do
    cells[i] = run(entry, place, prefetch, lasting)
  end
  return table.concat(cells, " ")
end

local ROW = "%-46s %-9s %-34s %s"

print [[
What a walk of 40 campaigns on 4 pages ends with: all rows, or the kind of its error @ the rows
before it. After an error a walk that is resumed gives exactly the rest.
]]
print(ROW:format("fault", "it comes", "first, middle, last page", "and with prefetch 4"))
for _, entry in ipairs(matrix.faults) do
  for _, lasting in ipairs { false, true } do
    local serial, prefetched = ends(entry, 0, lasting), ends(entry, 4, lasting)
    local name, how = lasting and "" or entry.name, lasting and "for ever" or "once"
    print(ROW:format(name, how, serial, prefetched == serial and "the same" or prefetched))
  end
end
sandbox:stop()
local summary = "\n%d faults, %d walks, %d of them wrong; the longest took %.1f s"
print(summary:format(#matrix.faults, walks, #bad, longest))
print(table.concat(bad, "\n"))
os.exit(#bad == 0)
