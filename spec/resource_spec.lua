-- Declarations of endpoints: what is filled in, what is refused, and the fields that they name.

local check = require "sigmamind.check"
local resource = require "sigmamind.resource"

--- Asserts that a declaration is refused at the line of its caller.
local function assert_refused(message, given)
  local ok, err = pcall(function()
    local declaration = resource.declare(given) -- no tail call, which would hide the line
    return declaration
  end)
  assert.is_false(ok)
  assert.matches("^spec/resource_spec.lua:%d+: ", err)
  assert.equal(message, err:match "^[^:]*:%d+: (.*)$")
end

--- A declaration with a row of these fields.
local function with_row(row)
  return { name = "things", path = "/v1/things", id = "thingId", row = row }
end

describe("a declaration", function()
  it("has defaults for all but path and id", function()
    assert.same({
      name = "phone_numbers",
      path = "/v1/phone-numbers",
      id = "number",
      paging = "documented",
      get = false,
      delete = false,
      row = { class = "Row" },
      columns = { "number" },
      title = "row",
      doc = "",
    }, resource.declare { path = "/v1/phone-numbers", id = "number" })
  end)

  it("has its fields as records, those of objects too", function()
    local row = resource.declare(with_row {
      { "thingId", "string" },
      { "state", "string", values = { "on", "off" }, null = true, doc = "as of now" },
      { "parts", "array", since = "B", fields = { { "name", "string", also = { "number" } } } },
    }).row
    row.class = nil
    assert.same({
      { name = "thingId", type = "string" },
      { name = "state", type = "string", values = { "on", "off" }, null = true, doc = "as of now" },
      { name = "parts", type = "array", since = "B", fields = {
        { name = "name", type = "string", also = { "number" } },
      } },
    }, row)
  end)

  it("may have the row of another in its own", function()
    local inner = resource.declare { path = "/v1/inner", id = "a", title = "inner thing", row = { { "a", "string" } } }
    local outer = resource.declare(with_row { { "inner", "object", fields = inner.row } })
    assert.same({ class = "InnerThing", { name = "a", type = "string" } }, outer.row[1].fields)
  end)

  it("names the class of its rows by its title, unless the fields name it", function()
    local given = with_row {}
    given.title = "phone number"
    assert.equal("PhoneNumber", resource.declare(given).row.class)
    given.row.class = "Line"
    assert.equal("Line", resource.declare(given).row.class)
  end)

  it("has a rule for each argument of its list", function()
    local given = with_row {}
    local own = check.one_of { "on", "off" }
    given.list = { state = own, active = "boolean" }
    local list = resource.declare(given).list
    assert.equal(own, list.state)
    assert.same({ "on", "off" }, list.state.values)
    assert.equal("a boolean", list.active.accepts)
    assert.equal("boolean", list.active.type)
    assert.is_true(list.active.test(false))
    assert.is_false(list.active.test "false")
  end)
end)

describe("resource.declare raises", function()
  it("without a table, a path or an id", function()
    assert_refused("resource.declare: expected a table of named arguments, got a string", "calls")
    assert_refused("resource.declare: path is missing", {})
    assert_refused("resource.declare: path is missing", nil)
    assert_refused("resource.declare: id is missing: the field that identifies a row", { path = "/v1/calls" })
  end)

  it("for an unknown property", function()
    assert_refused("resource.declare: unknown property 'coloms' (did you mean columns?); known: "
      .. "columns, contacts, create, delete, doc, get, id, list, name, paging, path, prepare, row, title, unique, "
      .. "update, wait", { coloms = {} })
  end)

  it("for a value of another type or form", function()
    local path = "resource.declare: path must be a path like '/v1/calls', percent-encoded, without a query and "
      .. "without . and .., got "
    local name = "resource.declare: name must be a name of letters, digits and _, got "
    local cases = {
      { path .. "'v1/calls'", { path = "v1/calls" } },
      { path .. "'/v1/calls/'", { path = "/v1/calls/" } },
      { path .. "'/v1/calls?a=b'", { path = "/v1/calls?a=b" } },
      { path .. "1", { path = 1 } },
      { name .. "'phone-numbers'", { name = "phone-numbers" } },
      { name .. "'1st'", { name = "1st" } },
      { "resource.declare: id must be the name of a field, got 'agent.id'", { id = "agent.id" } },
      { "resource.declare: id must be the name of a field, got ''", { id = "" } },
      { "resource.declare: list must be a table, got 'status'", { list = "status" } },
      { "resource.declare: paging must be one of documented, unknown, got 'none'", { paging = "none" } },
      { "resource.declare: get must be a boolean, got 1", { get = 1 } },
      { "resource.declare: row must be a table, got 'id'", { row = "id" } },
      { "resource.declare: columns must be a table, got 'id'", { columns = "id" } },
      { "resource.declare: title must be a string, got false", { title = false } },
      { "resource.declare: doc must be a string, got 1", { doc = 1 } },
    }
    for _, each in ipairs(cases) do
      assert_refused(each[1], each[2])
    end
  end)

  it("for an argument that every listing has, or without a name", function()
    for _, name in ipairs {
      "page", "size", "limit", "where", "select", "prefetch", "resume", "verify", "interval", "timeout", "initial",
    } do
      local given = with_row {}
      given.list = { [name] = "string" }
      assert_refused(("things: list cannot have the argument '%s'"):format(name), given)
    end
    local given = with_row {}
    given.list = { "status" }
    assert_refused("things: list cannot have the argument 1", given)
  end)

  it("for an argument without a rule", function()
    local given = with_row {}
    local incomplete = { true, {}, { accepts = "a state" }, { test = print }, { accepts = "a state", test = true } }
    for _, rule in ipairs(incomplete) do
      given.list = { state = rule }
      assert_refused("things: list.state must be string, boolean, integer, number, object, or a rule "
        .. "{accepts =, test =}", given)
    end
  end)

  it("for an argument that create or update has of its own", function()
    for verb, names in pairs { create = { "contacts", "check", "allow_problems", "reconcile" }, update = { "extra" } } do
      for _, name in ipairs(names) do
        local given = with_row {}
        given[verb] = { [name] = "string" }
        assert_refused(("things: %s cannot have the argument '%s'"):format(verb, name), given)
      end
    end
  end)

  it("for an end of rows that cannot be waited for", function()
    local given = with_row {}
    given.wait = { field = "state", final = { "done" } }
    assert_refused("things: wait needs get", given)
    given.get, given.wait = true, { field = "state" }
    assert_refused("things: wait: final is missing: a table", given)
    given.wait = { field = "state", final = { "done" }, intervall = 3 }
    assert_refused("things: wait: unknown property 'intervall' (did you mean interval?); known: "
      .. "field, final, interval, interval_max, since, timeout", given)
  end)

  it("for a field without a name or a type, in an object too", function()
    assert_refused("things: row[2] must begin with a name and a type",
      with_row { { "thingId", "string" }, { "state" } })
    assert_refused("things: row[1] must begin with a name and a type", with_row { "thingId" })
    assert_refused("things: row[1] must begin with a name and a type",
      with_row { { "parts", "array", fields = { { "name" } } } })
  end)

  it("for a wrong property of a field, in an object too", function()
    local types = "string, integer, number, boolean, object, array"
    assert_refused("things: row[1]: type must be one of " .. types .. ", got 'text'", with_row { { "a", "text" } })
    assert_refused("things: row[1]: type must be one of " .. types .. ", got 'text'",
      with_row { { "parts", "object", fields = { { "a", "text" } } } })
    assert_refused("things: row[1]: since must be one of B, C, got 'A'", with_row { { "a", "string", since = "A" } })
    assert_refused("things: row[1]: values must be a table, got 'on'", with_row { { "a", "string", values = "on" } })
    assert_refused("things: row[1]: null must be a boolean, got 'yes'", with_row { { "a", "string", null = "yes" } })
    assert_refused("things: row[1]: unknown property 'vales' (did you mean values?); known: "
      .. "also, doc, fields, get_only, name, null, of, only, open, secret, since, type, values",
      with_row { { "a", "string", vales = {} } })
  end)

  it("at the line of a caller further up, if it is given the level", function()
    local function declare()
      local declaration = resource.declare({ path = "/v1/calls" }, 2)
      return declaration
    end
    local line = debug.getinfo(1, "l").currentline + 2
    local _, err = pcall(function()
      local declaration = declare()
      return declaration
    end)
    assert.matches("^spec/resource_spec.lua:" .. line .. ": resource.declare: id is missing", err)
  end)
end)

local NESTED = {
  { "thingId", "string" },
  { "agent", "object", fields = {
    { "name", "string" },
    { "settings", "object", open = true, fields = { { "voice", "string" } } },
    { "extra", "object", open = true },
  } },
  { "tools", "array", fields = { { "type", "string" }, { "of", "object", fields = { { "a", "string" } } } } },
  { "errors", "array", of = "string" },
}

describe("resource.each_field", function()
  it("visits every field in order, with its path", function()
    local row = resource.declare(with_row(NESTED)).row
    local seen = {}
    resource.each_field(row, function(path, field)
      seen[#seen + 1] = path .. " " .. field.type
    end)
    assert.same({
      "thingId string", "agent object", "agent.name string", "agent.settings object", "agent.settings.voice string",
      "agent.extra object", "tools array", "tools[].type string", "tools[].of object", "tools[].of.a string",
      "errors array",
    }, seen)
  end)

  it("puts a prefix before the paths", function()
    local seen = {}
    resource.each_field({ { name = "a", type = "string" } }, function(path)
      seen[#seen + 1] = path
    end, "b.")
    assert.same({ "b.a" }, seen)
  end)
end)

describe("resource.leaf_paths", function()
  it("lists the values of a row: the fields of objects, and arrays and unknown objects as one", function()
    assert.same({ "thingId", "agent.name", "agent.settings.voice", "agent.extra", "tools", "errors" },
      resource.leaf_paths(resource.declare(with_row(NESTED))))
  end)
end)
