-- What the core has besides its objects.

local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"

--- Whether these numbers are spread over 0 to 1, none twice.
local SPREAD = [[
local function spread(random)
  local met, low, high = {}, 0, 0
  for _ = 1, 1000 do
    local number = random()
    assert(number >= 0 and number < 1 and not met[number], number)
    met[number] = true
    low, high = low + (number < 0.25 and 1 or 0), high + (number >= 0.75 and 1 or 0)
  end
  return low > 150 and low < 350 and high > 150 and high < 350
end
]]

describe("core.random", function()
  it("gives numbers from 0 to below 1, which do not come again", function()
    local spread = assert((loadstring or load)(SPREAD .. "return spread"))()
    assert.is_true(spread(core.random))
  end)

  it("gives them also where the system refuses randomness, and then files: a retry must not raise", function()
    local output = interpreter.run(([[-e '
      local core, process = require "sigmamind.core", require "process"
      %s
      if not process.without_getrandom() then
        return print "no filter"
      end
      print(spread(core.random), process.without_files(function()
        return io.open("/dev/urandom"), spread(core.random)
      end))
    ']]):format(SPREAD))
    if output == "no filter\n" then
      return pending "system calls cannot be filtered here"
    end
    assert.matches("^true%s+nil%s+true\n$", output)
  end)
end)
