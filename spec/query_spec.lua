-- where and select, case by case: in the core, over the bytes of a row, and in Lua, over a row that
-- was decoded. Both must agree.

local collectable = require "spec.support.collectable"
local core = require "sigmamind.core"
local query = require "sigmamind.query"
local set_collector = require "spec.support.collector"

--- The same row as `row` below, as it comes.
local text = [[{
  "name": "Q4 \u004futreach", "calls": 5, "ratio": 5e-1, "digits": "5", "active": true,
  "off": false, "empty": "", "agent": {"name": "Zoë", "de\u0065p": {"er": 1}},
  "errors": ["Row 3: bad", "Row 7: \u0077orse", 12], "none": [], "kept_null": null
}]]

local row = {
  name = "Q4 Outreach",
  calls = 5,
  ratio = 0.5,
  digits = "5",
  active = true,
  off = false,
  empty = "",
  agent = { name = "Zoë", deep = { er = 1 } },
  errors = { "Row 3: bad", "Row 7: worse", 12 },
  none = {},
  kept_null = core.null,
}

describe("where", function()
  local cases = {
    -- where, holds
    { {}, true },
    { { name = "Q4 Outreach" }, true },
    { { name = "q4 outreach" }, false },
    { { calls = 5 }, true },
    { { calls = 5.0 }, true },
    { { calls = "5" }, false },
    { { digits = 5 }, false },
    { { digits = "5" }, true },
    { { active = true }, true },
    { { active = false }, false },
    { { off = false }, true },
    { { empty = "" }, true },
    { { ["agent.name"] = "Zoë" }, true },
    { { ["agent.deep.er"] = 1 }, true },
    { { ["agent.name.x"] = "Zoë" }, false },
    { { agent = "Zoë" }, false },
    { { name = "Q4 Outreach", calls = 6 }, false },
    { { calls = { ge = 5, lt = 20 } }, true },
    { { calls = { gt = 5 } }, false },
    { { calls = { le = 5 } }, true },
    { { calls = { lt = 5 } }, false },
    { { calls = { lt = 5.5, gt = 4.5 } }, true },
    { { calls = { ge = "5" } }, false },
    { { digits = { ge = 5 } }, false },
    { { digits = { lt = "50", gt = "4" } }, true },
    { { name = { lt = "Q5" } }, true },
    { { name = { lt = "Q4 Outreac" } }, false },
    { { name = { ge = "Q4 Outreach" } }, true },
    { { ["agent.name"] = { gt = "Zoe" } }, true }, -- bytes, not a dictionary
    { { active = { ge = 1 } }, false },
    { { agent = { lt = 1 } }, false },
    { { calls = { ne = 6 } }, true },
    { { calls = { ne = 5 } }, false },
    { { calls = { ne = "5" } }, true },
    { { agent = { ne = "x" } }, true },
    { { calls = { one_of = { 1, 5 } } }, true },
    { { calls = { one_of = { "5", true } } }, false },
    { { off = { one_of = { false } } }, true },
    { { name = { starts_with = "Q4" } }, true },
    { { name = { starts_with = "" } }, true },
    { { name = { starts_with = "Q4 Outreach!" } }, false },
    { { name = { ends_with = "reach" } }, true },
    { { name = { ends_with = "" } }, true },
    { { name = { ends_with = "Reach" } }, false },
    { { name = { contains = "4 Out" } }, true },
    { { name = { contains = "." } }, false }, -- plain text, no pattern
    { { calls = { contains = 5 } }, false },
    { { calls = { starts_with = "5" } }, false },
    { { errors = { contains = "Row 3: bad" } }, true },
    { { errors = { contains = "Row 3" } }, false },
    { { errors = { contains = 12 } }, true },
    { { none = { contains = "x" } }, false },
    { { errors = { eq = "Row 3: bad" } }, false },
    { { ["errors.1"] = "Row 3: bad" }, false },
    { { calls = { exists = true } }, true },
    { { off = { exists = true } }, true },
    { { none = { exists = true } }, true },
    { { agent = { exists = false } }, false },
    { { missing = { exists = true } }, false },
    { { missing = { exists = false } }, true },
    { { ["agent.missing"] = { exists = false } }, true },
    { { ["name.missing"] = { exists = false } }, true },
    { { missing = "x" }, false },
    { { missing = { ne = "x" } }, true },
    { { missing = { lt = 1 } }, false },
    { { missing = { one_of = { "x" } } }, false },
    { { missing = { contains = "" } }, false },
    { { kept_null = { exists = true } }, false },
    { { kept_null = { exists = false } }, true },
    { { kept_null = { ne = 1 } }, true },
    { { calls = { ge = 5, ne = 5 } }, false },
  }
  for i, case in ipairs(cases) do
    it(("case %d %s"):format(i, case[2] and "holds" or "does not hold"), function()
      assert.equal(case[2], query.where(case[1], nil, 1)(row))
      local compiled = assert(core.query { where = case[1] })
      local page = assert(core.page('{"data":[' .. text .. "]}", compiled))
      assert.equal(case[2], page:next() ~= nil)
    end)
  end

  it("takes what the client makes of null as null", function()
    assert.is_false(query.where({ agent = { exists = true } }, row.agent, 1)(row))
  end)

  local malformed = {
    { { [""] = 1 }, "where: '' is not a path" },
    { { ["a."] = 1 }, "where: 'a.' is not a path" },
    { { [".a"] = 1 }, "where: '.a' is not a path" },
    { { 5 }, "where: 1 is not a path" },
    { { a = {} }, "where 'a': no operator given" },
    { { a = { like = "x" } }, "where 'a': unknown operator 'like'; known" },
    { { a = { eq = {} } }, "where 'a': eq must be a string, a number or a boolean" },
    { { a = print }, "where 'a': eq must be a string, a number or a boolean" },
    { { a = core.null }, "where 'a': eq must be a string, a number or a boolean" },
    { { a = 0 / 0 }, "where 'a': eq must be a string, a number or a boolean" },
    { { a = { lt = true } }, "where 'a': lt must be a string or a number" },
    { { a = { one_of = "x" } }, "where 'a': one_of must be a list of strings, numbers or booleans" },
    { { a = { one_of = {} } }, "where 'a': one_of must be a list" },
    { { a = { one_of = { {} } } }, "where 'a': one_of must be a list" },
    { { a = { one_of = { x = 1 } } }, "where 'a': one_of must be a list" },
    { { a = { starts_with = 1 } }, "where 'a': starts_with must be a string" },
    { { a = { contains = {} } }, "where 'a': contains must be a string, a number or a boolean" },
    { { a = { exists = "yes" } }, "where 'a': exists must be a boolean" },
  }
  for _, case in ipairs(malformed) do
    it("is malformed: " .. case[2], function()
      local ok, err = pcall(query.where, case[1], nil, 1)
      assert.is_false(ok)
      assert.is_truthy(err:find(case[2], 1, true), err)
      local compiled, message, kind = core.query { where = case[1] }
      assert.is_nil(compiled)
      assert.equal("string", type(message))
      assert.equal("config", kind)
    end)
  end
end)

describe("core.query", function()
  local function rows_of(data, options)
    local page = assert(core.page('{"data":[' .. data .. "]}", assert(core.query(options))))
    local rows = {}
    for each in page.next, page do
      rows[#rows + 1] = each
    end
    return rows, page
  end

  it("serves any number of pages, and rows that lie between others", function()
    local compiled = core.query { where = { n = { ge = 2 } } }
    for _ = 1, 3 do
      local page = core.page('{"data":[{"n":1},{"n":2},{"x":[{"n":9}]},{"n":3}],"page":0}', compiled)
      assert.equal(4, page:info().count)
      assert.same({ n = 2 }, page:next())
      assert.equal('{"n":3}', page:next_json())
      assert.is_nil(page:next())
      assert.is_nil(page:next_json())
    end
  end)

  it("gives all fields of a row when nothing is selected, and fields that where does not name", function()
    assert.same({ { a = 1, b = { c = 2 } } }, rows_of('{"a":1,"b":{"c":2}},{"a":2}', { where = { a = 1 } }))
    assert.same({ { b = { c = 2 } } }, rows_of('{"a":1,"b":{"c":2}},{"a":2}', {
      where = { a = 1 },
      select = { "b.c" },
    }))
  end)

  it("takes the last of two fields with one name, inside and out", function()
    assert.equal(1, #rows_of('{"a":1,"a":2}', { where = { a = 2 } }))
    assert.equal(0, #rows_of('{"a":1,"a":2}', { where = { a = 1 } }))
    assert.equal(0, #rows_of('{"a":{"b":1},"a":{}}', { where = { ["a.b"] = 1 } }))
    assert.equal(0, #rows_of('{"a":{"b":1},"a":"x"}', { where = { ["a.b"] = 1 } }))
    assert.same({ {} }, rows_of('{"a":{"b":1},"a":"x"}', { select = { "a.b" } }))
  end)

  it("knows a name however it is spelled", function()
    assert.equal(1, #rows_of('{"n\\u0061me":"x"}', { where = { name = "x" } }))
    assert.same({ { name = "x" } }, rows_of('{"n\\u0061me":"x","y":1}', { select = { "name" } }))
  end)

  it("compares integers exactly, with fractions and beyond 2^53", function()
    local big = core.decode "9007199254740993"
    assert.equal(1, #rows_of('{"n":9007199254740993},{"n":9007199254740992}', { where = { n = big } }))
    assert.equal(1, #rows_of('{"n":9007199254740992}', { where = { n = 2 ^ 53 } }))
    assert.equal(1, #rows_of('{"n":5.0},{"n":5.1}', { where = { n = 5 } }))
    assert.equal(1, #rows_of('{"n":-3},{"n":-2}', { where = { n = { lt = -2.5 } } }))
    assert.equal(2, #rows_of('{"n":-0},{"n":0.0},{"n":1}', { where = { n = 0 } }))
    assert.equal(1, #rows_of('{"n":123456789012345678901234567890}', {
      where = { n = "123456789012345678901234567890" },
    }))
    assert.equal(1, #rows_of('{"n":1e400}', { where = { n = "1e400" } }))
  end)

  it("compares fractions in a locale whose decimal point is a comma", function()
    local before = os.setlocale(nil, "numeric")
    assert.is_truthy(os.setlocale("de_DE.UTF-8", "numeric"), "spec/run makes this locale")
    local rows = rows_of('{"n":2.5},{"n":2}', { where = { n = { gt = 2.25 } } })
    os.setlocale(before, "numeric")
    assert.equal(1, #rows)
  end)

  it("does not let a query make a bad page a good one", function()
    local compiled = core.query { where = { a = 1 }, select = { "a" } }
    for _, bad in ipairs { '{"a":2},{"a":}', '{"a":2,}', '{"b":[1,]}', '{"a":"\1"}', '{"a":01}', '{"a" 1}' } do
      local page, _, kind = core.page('{"data":[' .. bad .. "]}", compiled)
      assert.is_nil(page)
      assert.equal("decode", kind)
    end
    assert.equal("protocol", select(3, core.page('{"data":[1]}', compiled)))
    local deep = '{"data":[{"a":{"b":{"c":1}}}]}'
    compiled = core.query { where = { ["a.b.c"] = 1 } }
    assert.is_truthy(core.page(deep, compiled, { max_depth = 5 }))
    assert.is_nil((core.page(deep, compiled, { max_depth = 4 })))
  end)

  it("is refused where it is no query", function()
    assert.has_error(function() core.page('{"data":[]}', {}) end)
    assert.has_error(function() core.query() end)
    assert.matches("^sigmamind.query", tostring(core.query {}))
  end)
end)

describe("select", function()
  local function selected(paths)
    local options = { null = core.null }
    local page = assert(core.page('{"data":[' .. text .. "]}", core.query { select = paths }, options))
    local in_lua, in_core = query.select(paths, {}, 1)(row), page:next()
    assert.same(in_lua, in_core)
    page = assert(core.page('{"data":[' .. text .. "]}", core.query { select = paths }))
    assert.same(in_lua, core.decode(page:next_json(), options))
    return in_core
  end

  it("keeps scalars, sub-objects and arrays whole", function()
    assert.same({ name = "Q4 Outreach", off = false }, selected { "name", "off" })
    assert.same({ agent = row.agent, errors = row.errors }, selected { "agent", "errors" })
  end)

  it("takes no array for an object, whatever its metatable says", function()
    local body = '{"data":[{"o":[],"t":["x"],"n":1}]}'
    for _, index in ipairs { table, function(_, key) error("no element " .. tostring(key)) end } do
      local decoding = { array_mt = { __index = index } }
      local decoded = core.page(body, nil, decoding):next()
      local paths = { "o.concat", "t.b", "n" }
      assert.same({ n = 1 }, core.page(body, core.query { select = paths }, decoding):next())
      assert.same({ n = 1 }, query.select(paths, decoding, 1)(decoded))
      assert.is_true(query.where({ t = { contains = "x" } }, nil, 1)(decoded))
      assert.is_false(query.where({ o = { contains = "x" } }, nil, 1)(decoded))
    end
  end)

  it("keeps the nesting", function()
    assert.same({ agent = { name = "Zoë" } }, selected { "agent.name" })
    assert.same({ agent = { name = "Zoë", deep = { er = 1 } } }, selected { "agent.name", "agent.deep.er" })
  end)

  it("takes the whole where a part is named too, in either order", function()
    assert.same({ agent = row.agent }, selected { "agent", "agent.name" })
    assert.same({ agent = row.agent }, selected { "agent.name", "agent" })
  end)

  it("leaves out what is absent, and keeps the object that lacks it", function()
    assert.same({}, selected { "missing" })
    assert.same({ agent = {} }, selected { "agent.missing" })
    assert.same({}, selected { "name.x", "calls.y" })
  end)

  for _, case in ipairs { { 5 }, { "" }, { "a..b" }, { {} } } do
    it("is malformed with " .. tostring(case[1]), function()
      assert.is_nil((core.query { select = case }))
      assert.error_matches(function() query.select(case, {}, 1) end, "is not a path like 'agent.name'")
    end)
  end

  it("is malformed when it is no list of paths", function()
    assert.error_matches(function() query.select({}, {}, 1) end, "must be a list of paths")
    assert.error_matches(function() query.select("name", {}, 1) end, "must be a list of paths")
    assert.error_matches(function() query.select({ "a", b = "c" }, {}, 1) end, "must be a list of paths")
  end)
end)

describe("a query", function()
  local function returned(...)
    return { n = select("#", ...), ... }
  end

  it("is whole or refused, though a finalizer changes its where meanwhile", function()
    local pause, multiplier = set_collector(1, 10000)
    for round = 1, 300 do
      local where = { a = 1, b = { one_of = { 1 } } }
      collectable(function()
        where.a, where.b, where.c = 2, nil, { lt = 1, gt = 2, ne = 3 }
      end)
      local junk = {}
      for i = 1, round % 60 do
        junk[i] = {}
      end
      pcall(core.query, { where = where, junk = junk })
    end
    set_collector(pause, multiplier)
  end)

  it("has paths of at most 500 names, as rows are nested at most so deep", function()
    local longest, longer = ("a."):rep(499) .. "a", ("a."):rep(500) .. "a"
    assert.is_truthy(core.query { where = { [longest] = { ne = 1 } }, select = { longest } })
    query.check({ [longest] = 1 }, { longest }, 1)
    local refused, message = core.query { where = { [longer] = { ne = 1 } } }
    assert.is_nil(refused)
    assert.matches("is not a path", message)
    assert.error_matches(function() query.check({ [longer] = 1 }, nil, 1) end, "is not a path")
    assert.error_matches(function() query.check(nil, { longer }, 1) end, "is not a path")
  end)

  it("selects of a name that comes twice what the last one has, as JSON too", function()
    local selected = assert(core.query { select = { "o.b", "p" } })
    local twice = '{"data":[{"o":{"b":1},"p":1,"o":5}]}'
    assert.same({ p = 1 }, core.page(twice, selected):next())
    assert.equal('{"p":1}', core.page(twice, selected):next_json())
    local last = '{"data":[{"p":1,"o":5,"o":{"b":1,"c":2,"b":3},"p":2}]}'
    assert.same({ o = { b = 3 }, p = 2 }, core.page(last, selected):next())
    assert.equal('{"o":{"b":3},"p":2}', core.page(last, selected):next_json())
  end)

  it("gives the same JSON when a finalizer uses the same query meanwhile", function()
    local selected = assert(core.query { select = { "o.b", "p" } })
    local long = ("x"):rep(20000)
    local body = '{"data":[{"o":{"b":1},"p":"' .. long .. '","o":{"b":2}}]}'
    local pause, multiplier = set_collector(1, 10000)
    for round = 1, 40 do
      local page, other = core.page(body, selected), core.page('{"data":[{"p":1}]}', selected)
      for _ = 1, round do
        local _ = {}
      end
      collectable(function() other:next_json() end)
      assert.equal('{"p":"' .. long .. '","o":{"b":2}}', page:next_json())
    end
    set_collector(pause, multiplier)
  end)

  it("says that it is closed, once it is, for new pages and those that it was given to", function()
    local compiled = core.query { where = { a = { contains = "\n" } }, select = { "a" } }
    local body = '{"data":[{"a":"\\n"},{"a":"\\n"},{"a":"\\n"}]}'
    local page = assert(core.page(body, compiled))
    assert.same({ a = "\n" }, page:next())
    compiled:close()
    compiled:close()
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(core.page(body, compiled)))
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(page:next()))
    assert.same({ n = 3, nil, "query is closed", "closed" }, returned(page:next_json()))
    assert.equal(3, page:info().count)
    assert.equal("sigmamind.query (closed)", tostring(compiled))
  end)

  it("is closed once it was collected, for another's finalizer", function()
    local said
    do
      local box = {}
      collectable(function() said = returned(core.page('{"data":[]}', box.query)) end)
      box.query = core.query {}
    end
    collectgarbage()
    collectgarbage()
    assert.same({ n = 3, nil, "query is closed", "closed" }, said)
  end)

  it("keeps no memory for the longest string that it met", function()
    if not io.open "/proc/self/statm" then
      return pending "the system does not tell how large a process is"
    end
    local run = require("spec.support.interpreter").run
    local freed = "ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=0" -- the sanitizer keeps it otherwise
    local grown = run("spec/support/long_strings.lua", freed)
    assert.is_true(tonumber(grown) < 32, grown)
  end)

  it("knows operators and lists as the Lua side does", function()
    assert.is_nil((core.query { where = { a = { ["eq\0x"] = 1 } } }))
    assert.is_nil((core.query { select = { "a", b = "c" } }))
  end)
end)
