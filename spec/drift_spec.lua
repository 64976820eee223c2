-- Lists that move while they are walked.

local drift = require "spec.support.drift"
local server = require "spec.support.server"

--- Scripts of each of eight kinds: 2,000 in all on LuaJIT, fewer on the other Luas.
local SCRIPTS = tonumber(os.getenv "SCRIPTS") or jit and 250 or 50

local sandbox = server.shared()
local client

setup(function()
  client = sandbox:client()
end)

teardown(function()
  client:close()
end)

--- Runs scripts of consecutive seeds; returns how many missed a row, and how many were consistent.
local function run_all(first_seed, options)
  local missed, consistent, reread = 0, 0, 0
  local seeds = os.getenv "SEED" and { tonumber(os.getenv "SEED") } or {}
  for i = 1, os.getenv "SEED" and 0 or SCRIPTS do
    seeds[i] = first_seed + i * 7919
  end
  for _, seed in ipairs(seeds) do
    local result = drift.run(sandbox, client, seed, options)
    missed = missed + (result.missed and 1 or 0)
    consistent = consistent + (result.report.consistent and 1 or 0)
    reread = reread + result.report.reread
  end
  return missed, consistent, reread
end

describe("sigmamind.listing.pager, a walk over a list that moves between its pages", function()
  it("neither loses nor repeats a row, with one page after another", function()
    local missed, _, reread = run_all(1, { prefetch = 0 })
    assert.equal(0, missed)
    assert.is_true(reread > 0)
  end)

  it("neither loses nor repeats a row, with prefetch", function()
    local missed, _, reread = run_all(2, { prefetch = 4 })
    assert.equal(0, missed)
    assert.is_true(reread > 0)
    assert.equal(0, (run_all(3, { prefetch = 8, eager = true, shuffled = true })))
    assert.equal(0, (run_all(4, { prefetch = 3, eager = true, shuffled = true })))
    sandbox:clear()
  end)

  it("is not reported as consistent when it missed a row, with inserts and deletes mixed", function()
    assert.is_true(run_all(5, { prefetch = 0, mixed = true }) > 0)
    run_all(6, { prefetch = 4, mixed = true, eager = true })
  end)

  it("misses no row with verify, with inserts and deletes mixed", function()
    local missed, consistent = run_all(7, { prefetch = 0, mixed = true, verify = true })
    assert.equal(0, missed)
    assert.is_true(consistent > 0)
    assert.equal(0, (run_all(8, { prefetch = 4, mixed = true, verify = true, eager = true })))
  end)
end)
