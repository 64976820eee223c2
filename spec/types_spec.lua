-- The types of the C core for editors (types/sigmamind/core.lua) name what the core has.

local core = require "sigmamind.core"

local FILE = "types/sigmamind/core.lua"

--- The functions by what they are of, and the fields by class, as { name = true }.
local function read_types()
  local functions, fields, class = {}, {}, nil
  for line in io.lines(FILE) do
    local owner, name = line:match "^function (%w+)[.:]([%w_]+)%("
    class = line:match "^%-%-%-@class sigmamind%.core%.(%w+)" or class
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if owner then
      functions[owner] = functions[owner] or {}
      functions[owner][name] = true
    elseif field then
      fields[class] = fields[class] or {}
      fields[class][field] = true
    end
  end
  return functions, fields
end

local function names_of(from, kind)
  local names = {}
  for name, value in pairs(from) do
    if not kind or type(value) == kind then
      names[name] = true
    end
  end
  return names
end

local function methods_of(object)
  return names_of(debug.getmetatable(object).__index, "function")
end

describe("types/sigmamind/core.lua", function()
  local functions, fields = read_types()
  local text = [[{"data":[{"id":1}],"page":0,"size":1,"totalCount":1,"totalPages":1,"hasNext":false,"hasPrevious":false}]]
  local session = core.session()
  local transfer = session:start { url = "http://127.0.0.1:1/" }
  local query = core.query { key = "id" }
  local page = core.page(text, query)

  it("is Lua", function()
    assert(loadfile(FILE))
  end)

  it("has every function of the core, and no other", function()
    assert.same(names_of(core, "function"), functions.core)
    functions.core = nil
    assert.same({
      Session = methods_of(session),
      Transfer = methods_of(transfer),
      Page = methods_of(page),
      Query = methods_of(query),
      Seen = methods_of(core.seen()),
    }, functions)
  end)

  it("has every field of the records that it gives", function()
    assert.same(names_of(core.version()), fields.Version)
    assert.same(names_of(page:info()), fields.Info)
    assert.same(names_of(core.url "http://u:p@h:1/p?q#f"), fields.Url)
    transfer:cancel()
    local timing = names_of(transfer:timing())
    timing.http_version, timing.address = true, true -- there was no reply
    assert.same(timing, fields.Timing)
    session:close()
  end)
end)
