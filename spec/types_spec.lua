-- The types for editors: those of the C core (types/sigmamind/core.lua) match the core, and those of the
-- modules lead an editor from a client to its rows.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"

local FILE = "types/sigmamind/core.lua"

--- The functions by owner, and the fields by class, as { name = true }.
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
  return names_of(debug.getmetatable(object).__methods, "function")
end

describe("types/sigmamind/core.lua", function()
  local functions, fields = read_types()
  local text = [[{"data":[{"id":1}],"page":0,"size":1,"totalCount":1,"totalPages":1,"hasNext":false,"hasPrevious":false}]]
  local session = core.session()
  local transfer = session:start { url = "http://127.0.0.1:1/" }
  local query = core.query { key = "id" }
  local page = decoding.page(text, query)

  it("is valid Lua", function()
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
      Decoder = methods_of(core.decoder()),
    }, functions)
  end)

  it("has every field of the records that the core returns", function()
    assert.same(names_of(core.version()), fields.Version)
    assert.same(names_of(page:info()), fields.Info)
    assert.same(names_of(core.url "http://u:p@h:1/p?q#f"), fields.Url)
    transfer:cancel()
    local timing = names_of(transfer:timing())
    timing.http_version, timing.address = true, true -- absent without a reply
    assert.same(timing, fields.Timing)
    session:close()
  end)
end)

--- The annotations directly above a line of a file, one a line.
local function annotations_above(path, wanted)
  local above = {}
  for line in io.lines(path) do
    if line == wanted then
      return table.concat(above, "\n") .. "\n"
    end
    above = line:find "^ *%-%-%-" and above or {}
    table.insert(above, line:match "^ *(%-%-%-.*)")
  end
  error(path .. " has no line " .. wanted)
end

--- The return types of the functions that start a listing, and the type of a stream in `for`.
local GIVES = {
  { "lua/sigmamind/init.lua", "function sigmamind.new(given)", "@return sigmamind.Client" },
  {
    "lua/sigmamind/verbs.lua",
    "  function Resource:page(arguments, call_options)",
    "@return sigmamind.core.Page|nil page, sigmamind.Error|nil",
  },
  { "lua/sigmamind/verbs.lua", "  function Resource:pages(arguments, call_options)", "@return sigmamind.Pager" },
  { "lua/sigmamind/verbs.lua", "  function Resource:list(arguments, call_options)", "@return sigmamind.Stream" },
  {
    "lua/sigmamind/listing/pager.lua",
    "function Pager:next()",
    "@return sigmamind.core.Page|nil page, sigmamind.Error|nil",
  },
  { "lua/sigmamind/listing/stream.lua", 'local Stream = { __name = "sigmamind.stream" }', "@overload fun(): table|nil" },
  { FILE, "function Decoder:page(text, query, seen) end", "@return sigmamind.core.Page?" },
  { FILE, "function Page:next(call) end", "@return table? row nil: there is none left" },
}

describe("the types of the modules", function()
  for _, each in ipairs(GIVES) do
    local path, line, annotation = each[1], each[2], each[3]
    it(("say in %s: %s"):format(path, annotation), function()
      local above = annotations_above(path, line)
      assert(above:find("---" .. annotation .. "\n", 1, true), above)
    end)
  end

  it("name no undeclared class", function()
    local declared, named = {}, {}
    local pipe = io.popen "grep -rhE '^ *---' lua cli sandbox types"
    for line in pipe:lines() do
      local class = line:match "@class ([%w_.]+)" or line:match "@alias ([%w_.]+)"
      declared[class or ""] = true
      for name in (line:match "@.*" or ""):gmatch "sigmamind%.[%w_.]*%u[%w_]*" do
        named[name] = line
      end
    end
    pipe:close()
    assert.is_truthy(named["sigmamind.core.Page"])
    for name, line in pairs(named) do
      assert(declared[name], line)
    end
  end)
end)
