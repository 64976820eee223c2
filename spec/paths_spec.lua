-- report(): paths that no row has, and operands of a type that no value has.

local server = require "spec.support.server"

local sandbox = server.shared { campaigns = 30 }
local client

setup(function()
  client = sandbox:client()
end)

teardown(function()
  client:close()
end)

--- Makes the sandbox serve pages of these rows, in JSON.
local function answer(...)
  local faults, pages = {}, { ... }
  for i, rows in ipairs(pages) do
    local body = ('{"data":[%s],"page":%d,"size":2,"hasNext":%s}'):format(rows, i - 1, tostring(i < #pages))
    faults[i] = { page = i - 1, body = body }
  end
  sandbox:faults((unpack or table.unpack)(faults))
end

local function report_of(stream)
  assert(stream:totable())
  return stream:report()
end

describe("sigmamind.listing.paths, unknown_paths of a report", function()
  it("suggests what is documented where the first row does not have it", function()
    answer('{"campaignId":"a","old":1},{"campaignId":"b"}')
    local report = report_of(client:campaigns {
      select = { "agent.nmae", "campainName", "scheduledDate", "oldd", "phoneNumber.friendlyNam" },
    })
    assert.same({
      { path = "agent.nmae", nearest = "agent.name" },
      { path = "campainName", nearest = "campaignName" },
      { path = "oldd", nearest = "old" },
      { path = "phoneNumber.friendlyNam", nearest = "phoneNumber.friendlyName" },
      { path = "scheduledDate" },
    }, report.unknown_paths)
    sandbox:clear()
  end)

  it("lists the paths of where and select that no row had, with the nearest path of a row", function()
    local report = report_of(client:campaigns {
      where = { concurentCalls = { ge = 5 }, ["agent.nmae"] = { ne = "x" } },
      select = { "campaignId", "phoneNumbr.sipPhoneNumbr", "whatever", "agent.whatever", "campaignName" },
    })
    assert.same({
      { path = "agent.nmae", nearest = "agent.name" },
      { path = "agent.whatever" },
      { path = "concurentCalls", nearest = "concurrentCalls" },
      { path = "phoneNumbr.sipPhoneNumbr", nearest = "phoneNumber.sipPhoneNumber" },
      { path = "whatever" },
    }, report.unknown_paths)
    assert.same({}, report.mistyped_paths)
  end)

  it("is empty when rows had each path before filtering, and without where and select", function()
    local where = { campaignId = "none", ["agent.name"] = "none" }
    local stream = client:campaigns { where = where, select = { "errors" } }
    assert.same({}, stream:report().unknown_paths)
    assert.same({}, report_of(stream).unknown_paths)
    assert.same({}, report_of(client:campaigns()).unknown_paths)
  end)

  it("covers all pages that were read, except empty ones", function()
    answer('{"campaignId":"a","b":1},{"campaignId":"c"}', '{"campaignId":"d","e":{"f":null}}')
    assert.same({}, report_of(client:campaigns { size = 2, select = { "b", "e.f" } }).unknown_paths)
    answer('{"campaignId":"a","b":1},{"campaignId":"c"}', '{"campaignId":"d"}')
    local stream = client:campaigns { size = 2, select = { "b", "e.f", "bb" } }
    assert.is_table((stream:next()))
    local unknown = { { path = "bb" }, { path = "e.f" } }
    assert.same(unknown, stream:report().unknown_paths)
    assert.same(unknown, report_of(stream).unknown_paths)
    answer ""
    assert.same({}, report_of(client:campaigns { select = { "b" } }).unknown_paths)
  end)

  it("counts a null and the fields inside it as present, but not fields inside an array", function()
    answer '{"campaignId":"a","b":null,"c":[{"d":1}]}'
    local stream = client:campaigns { where = { b = { exists = false } }, select = { "c.d", "b.f" } }
    assert.same({ { path = "c.d" } }, report_of(stream).unknown_paths)
  end)

  it("covers a where after take or drop, and a select after a select", function()
    local stream = client:campaigns({ limit = 5 }):select({ "campaignId", "agnt" }):drop(1)
      :where({ campaignNam = { exists = true } }):select { "errrs" }
    assert.same({
      { path = "agnt", nearest = "agent" },
      { path = "campaignNam", nearest = "campaignName" },
      { path = "errrs", nearest = "errors" },
    }, report_of(stream).unknown_paths)
  end)

  it("is a new table for each report", function()
    local stream = client:campaigns { select = { "nothing" } }
    local first = report_of(stream)
    first.unknown_paths[1].path = "changed"
    assert.same({ { path = "nothing" } }, stream:report().unknown_paths)
  end)
end)

describe("sigmamind.listing.paths, mistyped_paths of a report", function()
  it("lists the paths whose values all have one type that no operand has", function()
    local report = report_of(client:campaigns {
      where = {
        concurrentCalls = { ne = "5" }, campaignName = { one_of = { 1, true } }, campaignStatus = "live",
        ["agent.name"] = { ge = 5 }, nothing = { ne = 1 },
      },
    })
    assert.same({
      { path = "agent.name", type = "string" },
      { path = "campaignName", type = "string" },
      { path = "concurrentCalls", type = "number" },
    }, report.mistyped_paths)
    assert.same({ { path = "nothing" } }, report.unknown_paths)
  end)

  it("covers all pages that were read; null does not count", function()
    local function mistyped(...)
      answer(...)
      return report_of(client:campaigns { size = 2, where = { v = { ne = "5" } } }).mistyped_paths
    end
    local is_number = { { path = "v", type = "number" } }
    assert.same(is_number, mistyped('{"campaignId":"a","v":null}', '{"campaignId":"b","v":5}', '{"campaignId":"c"}'))
    assert.same(is_number, mistyped('{"campaignId":"a","v":1},{"campaignId":"d"}', '{"campaignId":"b","v":5}'))
    assert.same({}, mistyped('{"campaignId":"a","v":1},{"campaignId":"d"}', '{"campaignId":"b","v":"5"}'))
    assert.same({}, mistyped('{"campaignId":"a","v":1},{"campaignId":"d"}', '{"campaignId":"b","v":true}'))
    assert.same({}, mistyped('{"campaignId":"a","v":1},{"campaignId":"d","v":[]}'))
  end)

  it("includes arrays, objects and elements that can never meet a condition", function()
    answer('{"campaignId":"a","e":["x"],"o":{"p":1,"y":[1]},"n":1,"m":["z"]}', '{"campaignId":"b","e":[],"n":2,"m":[]}')
    local where = {
      e = { eq = "x", any = 1 }, o = "p", ["o.y"] = { contains = "1" }, n = { length = { ge = 1 } },
      ["o.p"] = { any = 1 }, m = { any = "z", length = 1 },
    }
    assert.same({
      { path = "e", type = "array" },
      { path = "e", type = "string", elements = true },
      { path = "n", type = "number" },
      { path = "o", type = "object" },
      { path = "o.p", type = "number" },
      { path = "o.y", type = "number", elements = true },
    }, report_of(client:campaigns { size = 2, where = where }).mistyped_paths)
  end)

  it("counts elements of all pages", function()
    answer('{"campaignId":"a","v":[1]},{"campaignId":"d"}', '{"campaignId":"b","v":[true]}')
    assert.same({}, report_of(client:campaigns { size = 2, where = { v = { any = "1" } } }).mistyped_paths)
  end)
end)
