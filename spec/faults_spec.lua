-- With any fault, a walk ends with all rows once or with the right kind of error, and its token resumes
-- exactly the rest. `make prove` prints the same as a table.

local matrix = require "spec.support.fault_matrix"
local server = require "spec.support.server"

--- Every place on LuaJIT, only the middle on the other Luas.
local PLACES = jit and matrix.place_names or { "middle" }

local sandbox = server.shared { tls = true }

setup(function()
  matrix.prepare(sandbox)
end)

describe("sigmamind.listing.pager, a walk neither loses nor repeats a row after the fault", function()
  for _, entry in ipairs(matrix.faults) do
    it(entry.name, function()
      for _, place in ipairs(PLACES) do
        for _, prefetch in ipairs { 0, 4 } do
          for _, lasting in ipairs { false, true } do
            local _, _, wrong = matrix.run(sandbox, entry, place, prefetch, lasting)
            local how = "%s page, prefetch %d, %s: %s"
            assert(not wrong, how:format(place, prefetch, lasting and "lasting" or "once", tostring(wrong)))
          end
        end
      end
    end)
  end
end)
