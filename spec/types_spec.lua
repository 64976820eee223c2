-- The types for editors: those of the C core (types/sigmamind/core.lua) match the core, those of resources
-- (types/sigmamind/resources.lua) match the declarations, and those of the modules lead an editor from a
-- client to its rows.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local document = require "spec.support.document"
local interpreter = require "spec.support.interpreter"
local resources = require "sigmamind.resources"

local FILE = "types/sigmamind/core.lua"
local OF_RESOURCES = "types/sigmamind/resources.lua"

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

--- The lines of the fields of each class, by the class's name and theirs.
local function read_classes(path)
  local classes, class = {}, nil
  for line in io.lines(path) do
    local name = line:match "^%-%-%-@class sigmamind%.([%w_.]+)"
    local field = line:match "^%-%-%-@field ([%w_]+)"
    if name then
      assert(not classes[name], name .. " is declared twice")
      class = {}
      classes[name] = class
    elseif field then
      assert(not class[field], field .. " is declared twice")
      class[field] = line
    end
  end
  return classes
end

local function names_of_fields(fields)
  local names = {}
  for _, field in ipairs(fields) do
    names[field.name] = true
  end
  return names
end

describe("types/sigmamind/resources.lua", function()
  local classes, text = read_classes(OF_RESOURCES), document.read(OF_RESOURCES)

  local function assert_has(expected)
    assert(text:find("\n" .. expected .. "\n", 1, true), expected)
  end

  it("is valid Lua, and up to date, like the tables of the reference", function()
    assert(loadfile(OF_RESOURCES))
    local output, ok = interpreter.run "packaging/generate.lua --check"
    assert.equal("", output)
    assert.is_true(ok)
  end)

  it("has a class for each row and each object in it, with each of its fields", function()
    local count = 0
    local function compare(fields, class)
      assert.same(names_of_fields(fields), names_of(classes[class]))
      count = count + 1
      for _, field in ipairs(fields) do
        if field.fields then
          compare(field.fields, classes[class][field.name]:match "sigmamind%.([%w_]+)")
        end
      end
    end
    for _, declaration in ipairs(resources) do
      compare(declaration.row, declaration.row.class)
    end
    assert.equal(19, count)
  end)

  it("has the types, values and remarks of fields", function()
    assert_has [[
---@class sigmamind.Campaign
---@field campaignId? string
---@field campaignName? string
---@field campaignStatus? sigmamind.CampaignStatus
---@field scheduledDate? string ISO 8601; null: it was started at once
---@field concurrentCalls? integer max calls at the same time
---@field agent? sigmamind.AgentRef
---@field phoneNumber? sigmamind.PhoneNumber|string
---@field errors? string[] problems with rows of the contacts
---@field scheduled? boolean]]
    assert_has [[
---@alias sigmamind.CampaignStatus
---| "live"
---| "scheduled"
---| "paused"
---| "completed"
---| string
]]
    assert_has "---@field campaign? sigmamind.Campaign may be null"
    assert_has "---@field tools? sigmamind.AgentTool[] with more fields"
    assert_has "---@field secret? string since C; a secret"
    assert_has "---@field variables? table<string, any> may be null; only in A, B"
  end)

  it("has the accepted values of arguments", function()
    assert_has [[
---@alias sigmamind.campaigns.Status
---| "live"
---| "scheduled"
---| "paused"
---| "completed"
]]
    assert_has "---@field status? sigmamind.campaigns.Status"
    assert_has "---@field active? boolean"
    assert_has "---@class sigmamind.webhooks.ListArguments : sigmamind.ListArguments, sigmamind.webhooks.Arguments"
    assert_has "---@class sigmamind.agents.ListArguments : sigmamind.ListArguments"
  end)

  it("leads from a client to its rows", function()
    assert_has "---@field campaigns sigmamind.campaigns"
    assert_has("---@overload fun(client: sigmamind.Client, arguments?: sigmamind.campaigns.ListArguments, "
      .. "options?: sigmamind.CallOptions): sigmamind.CampaignStream\nlocal campaigns = {}")
    assert_has "---@return sigmamind.CampaignStream\nfunction campaigns:list(arguments, options) end"
    assert_has "---@overload fun(): sigmamind.Campaign?\nlocal CampaignStream = {}"
    assert_has "---@return sigmamind.CampaignPager\nfunction campaigns:pages(arguments, options) end"
    assert_has("---@return sigmamind.CampaignPage? page\n---@return sigmamind.Error? err\n"
      .. "function campaigns:page(arguments, options) end")
    assert_has("---@return sigmamind.Campaign? row\n---@return sigmamind.Error? err\n"
      .. "function campaigns:get(id, options) end")
  end)

  it("has get where one row can be read", function()
    for _, declaration in ipairs(resources) do
      local get = text:find("function " .. declaration.name .. ":get(", 1, true)
      assert.equal(declaration.get, get ~= nil, declaration.name)
    end
  end)

  it("has methods of streams, pagers and pages as they are", function()
    local methods, count = {}, 0
    for _, path in ipairs {
      "lua/sigmamind/listing/stream.lua", "lua/sigmamind/listing/pager.lua", "lua/sigmamind/watch.lua", FILE,
    } do
      for method in document.read(path):gmatch "\nfunction (%a+:[%w_]+%([%w_, ]*%))" do
        methods[method] = true
      end
    end
    methods["Page:next()"] = methods["Page:next(call)"] -- the number is for callers that are interrupted
    for owner, method in text:gmatch "\nfunction %u%w-(%u%l+)(:[%w_]+%([%w_, ]*%))" do
      assert(methods[owner .. method], owner .. method)
      count = count + 1
    end
    assert.is_true(count > 6 * 10)
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

  it("name no undeclared class, and declare none twice", function()
    local declared, named = {}, {}
    local pipe = io.popen "grep -rhE '^ *---' lua cli sandbox types"
    for line in pipe:lines() do
      local class = line:match "@class ([%w_.]+)" or line:match "@alias ([%w_.]+)"
      -- the resources add fields to the client
      assert(not class or not declared[class] or class == "sigmamind.Client", line .. " is declared twice")
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
