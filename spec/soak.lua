-- Many walks over lists that change at random, like spec/drift_spec.lua, for longer.
--
--   luajit spec/soak.lua SCRIPTS [FIRST_SEED]     prints a summary; fails at the first row that was lost
--                                                 or repeated, and names its seed
--
-- `make soak` runs 50,000.

local drift = require "spec.support.drift"
local server = require "spec.support.server"

local scripts, first_seed = tonumber(arg[1]), tonumber(arg[2]) or 1

--- `share` is the percentage of scripts.
local KINDS = {
  { share = 30, options = { prefetch = 0 } },
  { share = 20, options = { prefetch = 4 } },
  { share = 15, options = { prefetch = 8, eager = true } },
  { share = 5, options = { prefetch = 4, eager = true, shuffled = true } },
  { share = 10, options = { prefetch = 4, mixed = true } },
  { share = 20, options = { prefetch = 4, mixed = true, verify = true, eager = true } },
}

local function kind_of(number)
  local place = number % 100
  for _, kind in ipairs(KINDS) do
    place = place - kind.share
    if place < 0 then
      return kind.options
    end
  end
end

local sandbox = server.start()
local client = sandbox:client()
local rows, pages, reread, missed = 0, 0, 0, 0
for i = 1, scripts do
  local options = kind_of(i)
  local result = drift.run(sandbox, client, first_seed + i * 7919, options)
  if options.shuffled then
    sandbox:clear()
  elseif i % 1000 == 0 then
    sandbox:control("DELETE", "/sandbox/log")
  end
  rows, pages = rows + result.report.rows, pages + result.report.pages
  reread, missed = reread + result.report.reread, missed + (result.missed and 1 or 0)
end
client:close()
sandbox:stop()
local text = "%d scripts from seed %d: %d rows on %d pages, %d read again; none twice; %d walks missed a row,\n"
  .. "all where rows were inserted and deleted at once, without verify, and none of them called consistent"
print(text:format(scripts, first_seed, rows, pages, reread, missed))
