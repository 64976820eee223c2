-- The decoder against lua-cjson, on random JSON. A failure prints its seed; SEED=n repeats it.

local cjson = require "cjson"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local oracle = require "spec.support.query_oracle"
local random_json = require "spec.support.random_json"

local SEEDS = os.getenv "SEED" and { tonumber(os.getenv "SEED") } or nil
if not SEEDS then
  SEEDS = {}
  for i = 1, 40 do
    SEEDS[i] = i * 7919
  end
end

--- Asserts that a value equals that of cjson. The random JSON has no nulls, so none needs conversion.
local function same(expected, value, seed)
  assert.same(expected, value, "seed " .. seed)
end

--- Pages of rows: of several shapes, of one shape, and the same again once the shape is known.
local function listings(seed)
  local random = random_json.generator(seed)
  local several, alike = random_json.rows(random, 30), random_json.alike(random, 12)
  return { several, alike, alike, alike, several, random_json.alike(random, 12) }
end

local PATHS = { "id", "agent.x", "agent.size", "more.id", "agent.agent" }

--- The fields of a row that PATHS selects.
local function selected(row, array)
  local function some(value, ...)
    if type(value) == "table" and getmetatable(value) ~= array then
      local kept = {}
      for _, name in ipairs { ... } do
        kept[name] = value[name]
      end
      return kept
    end
  end
  return { id = row.id, agent = some(row.agent, "x", "size", "agent"), more = some(row.more, "id") }
end

describe("decoder:value and core.query, at random", function()
  it("decoder:value returns the value of lua-cjson", function()
    for _, seed in ipairs(SEEDS) do
      local random = random_json.generator(seed)
      for _ = 1, 10 do
        local text = random_json.object(random, 4)
        same(cjson.decode(text), assert(decoding.value(text)), seed)
      end
    end
  end)

  it("fractions are the nearest doubles, as in the C library's strtod", function()
    for _, seed in ipairs(SEEDS) do
      local random = random_json.generator(seed)
      for _ = 1, 100 do
        local digits = {}
        for i = 1, random(20) do
          digits[i] = random(10) - 1
        end
        local text = ("%s%d.%s"):format(random(2) == 1 and "-" or "", random(1000) - 1, table.concat(digits))
        if random(2) == 1 then
          text = text .. "e" .. (random(60) - 30)
        end
        local mark = ("%.1f"):format(0.5):match "0(.+)5" -- of the locale, for tonumber
        assert.equal(tonumber((text:gsub("%.", mark))), decoding.value(text), text)
      end
    end
  end)

  it("the rows of a page equal those of lua-cjson, whatever shapes came before", function()
    for _, seed in ipairs(SEEDS) do
      for _, rows in ipairs(listings(seed)) do
        local page = assert(decoding.page('{"data":[' .. table.concat(rows, ",") .. "]}"))
        local bytes = assert(decoding.page('{"data":[' .. table.concat(rows, " , ") .. "]}"))
        for i = 1, #rows do
          same(cjson.decode(rows[i]), page:next(), seed)
          assert.equal(rows[i], bytes:next_json(), "seed " .. seed)
        end
        assert.is_nil(page:next())
      end
    end
  end)

  it("where in the core keeps the same rows as the predicate in Lua", function()
    for _, seed in ipairs(SEEDS) do
      local random = random_json.generator(seed)
      for _ = 1, 20 do
        local where = random_json.where(random)
        local holds, compiled = oracle.where(where), assert(core.query { where = where })
        for _, rows in ipairs(listings(seed)) do
          local text = '{"data":[' .. table.concat(rows, ",") .. "]}"
          local all, matching = decoding.page(text), decoding.page(text, compiled)
          for row in all.next, all do
            if holds(row) then
              same(row, matching:next(), seed)
            end
          end
          assert.is_nil(matching:next(), "seed " .. seed)
        end
      end
    end
  end)

  it("select in the core keeps the named fields", function()
    for _, seed in ipairs(SEEDS) do
      local array, compiled = {}, assert(core.query { select = PATHS })
      for _, rows in ipairs(listings(seed)) do
        local text = '{"data":[' .. table.concat(rows, ",") .. "]}"
        local all = decoding.page(text, nil, { array_mt = array })
        local some = decoding.page(text, compiled, { array_mt = array })
        local bytes = decoding.page(text, compiled)
        for row in all.next, all do
          local expected = selected(row, array)
          same(expected, some:next(), seed)
          same(expected, decoding.value(bytes:next_json()), seed)
        end
        assert.is_nil(some:next())
      end
    end
  end)

  it("where and select together keep the named fields of the matching rows", function()
    for _, seed in ipairs(SEEDS) do
      local random, array = random_json.generator(seed), {}
      for _ = 1, 10 do
        local where = random_json.where(random)
        local holds, compiled = oracle.where(where), assert(core.query { where = where, select = PATHS })
        for _, rows in ipairs(listings(seed)) do
          local text = '{"data":[' .. table.concat(rows, ",") .. "]}"
          local all = decoding.page(text, nil, { array_mt = array })
          local some = decoding.page(text, compiled, { array_mt = array })
          for row in all.next, all do
            if holds(row) then
              same(selected(row, array), some:next(), seed)
            end
          end
          assert.is_nil(some:next(), "seed " .. seed)
        end
      end
    end
  end)

  it("a text that lost or changed a byte is refused, or decodes as in lua-cjson", function()
    for _, seed in ipairs(SEEDS) do
      local random = random_json.generator(seed)
      local text = random_json.object(random, 3)
      for _ = 1, 20 do
        local at = random(#text)
        local broken = text:sub(1, at - 1) .. string.char(random(127)) .. text:sub(at + random(2))
        local value, _, kind = decoding.value(broken)
        if value == nil then
          assert.equal("decode", kind)
        else
          local known, expected = pcall(cjson.decode, broken)
          if known and not broken:find "null" then
            same(expected, value, seed)
          end
        end
      end
    end
  end)
end)
