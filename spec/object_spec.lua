-- Misuse of an object raises at the caller's line.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local sandbox = require "sigmamind.sandbox"
local sigmamind = require "sigmamind"

local client, objects

setup(function()
  client = sigmamind.new { api_key = "k", base_url = "http://127.0.0.1:1", runtime = "tick" }
  local session = core.session()
  objects = {
    client = client,
    stream = client:campaigns(),
    pager = client.campaigns:pages(),
    task = client:spawn(print),
    page = decoding.page '{"data":[],"page":0,"hasNext":false}',
    session = session,
    transfer = session:start { url = "http://127.0.0.1:1/" },
    query = core.query { key = "id" },
    seen = core.seen(),
    decoder = core.decoder(),
    sandbox = assert(sandbox.start { campaigns = 1 }),
  }
end)

teardown(function()
  objects.session:close()
  objects.sandbox:stop()
  client:close()
end)

--- The objects that are userdata.
local OF_CORE = { "decoder", "page", "session", "transfer", "query", "seen" }

--- Methods that modules call internally.
local INTERNAL = {
  begin_at = true, counts = true, current = true, is_over = true, page_size = true, place = true, turn = true,
  yielding = true,
}

local function methods_of(object)
  local names = {}
  for name, method in pairs(debug.getmetatable(object).__methods or debug.getmetatable(object).__index) do
    if type(method) == "function" and not name:find "^__" and not INTERNAL[name] then
      names[#names + 1] = name
    end
  end
  assert(#names > 1 or object == objects.query or object == objects.sandbox)
  return names
end

local function assert_raises_here(call, message)
  local ok, err = pcall(call)
  assert.is_false(ok)
  assert.matches("^spec/object_spec.lua:%d+: " .. message, err)
end

describe("objects, a method", function()
  it("raises at the caller's line when it is called with a dot", function()
    for name, object in pairs(objects) do
      for _, method in ipairs(methods_of(object)) do
        local message = ("%s%%.%s must be called with a colon: %s:"):format(name, method, name)
        assert_raises_here(function() object[method]() end, message)
        assert_raises_here(function() object[method] {} end, message)
        assert_raises_here(function() object[method](0.002, print) end, message)
      end
    end
    assert_raises_here(function() client.campaigns { status = "live" } end,
      "client%.campaigns must be called with a colon: client:campaigns%(")
    assert_raises_here(function() objects.page.next() end, "page%.next must be called with a colon: page:next%(")
    local alias = objects.page.next_json
    assert_raises_here(function() alias() end, "page%.next_json must be called with a colon")
    assert_raises_here(function() for _ in objects.page.next do error "a row" end end, "page%.next must be called")
    assert_raises_here(function() sigmamind:new() end, "sigmamind%.new must be called with a dot")
  end)

  it("of the core raises when it is called on another object", function()
    local others = { io.stdout, core.null }
    for _, other in pairs(objects) do
      others[#others + 1] = other
    end
    for _, name in ipairs(OF_CORE) do
      for _, method in ipairs(methods_of(objects[name])) do
        local message = ("%s%%.%s must be called with a colon: %s:"):format(name, method, name)
        for _, other in ipairs(others) do
          if other ~= objects[name] then
            assert_raises_here(function() objects[name][method](other, 1) end, message)
          end
        end
      end
    end
  end)

  it("of a Lua object raises when it is called on another object", function()
    for _, name in ipairs { "client", "stream", "pager", "task" } do
      for _, method in ipairs(methods_of(objects[name])) do
        for other, object in pairs(objects) do
          if other ~= name then
            local message = ("%s%%.%s must be called with a colon: %s:"):format(name, method, name)
            assert_raises_here(function() objects[name][method](object, 1) end, message)
          end
        end
      end
    end
  end)

  it("that is unknown raises at the caller's line, with the known ones", function()
    assert_raises_here(function() client:get_campaign() end, "sigmamind.client has no 'get_campaign'; .*campaigns, .*close")
    assert_raises_here(function() objects.stream:to_table() end,
      "sigmamind.stream has no 'to_table' %(did you mean totable%?%); its methods are all, any, close, count, ")
    assert_raises_here(function() objects.pager:current_page() end,
      "sigmamind.pager has no 'current_page'; its methods are close, next$")
    assert_raises_here(function() objects.task:wait() end, "sigmamind.task has no 'wait'; .*cancel.*result")
    assert_raises_here(function() objects.sandbox:close() end, "sigmamind.sandbox has no 'close'; its methods are stop$")
    assert_raises_here(function() objects.page:totable() end, "sigmamind.page has no 'totable'; .*next_json")
    assert_raises_here(function() return objects.page[1] end, "sigmamind.page has no '1'; ")
    assert_raises_here(function() objects.session:get() end, "sigmamind.session has no 'get'; .*start")
    assert_raises_here(function() objects.transfer:text() end, "sigmamind.transfer has no 'text'; .*body")
    assert_raises_here(function() objects.seen:has() end, "sigmamind.seen has no 'has'; its methods are close, add$")
    assert_raises_here(function() return client[2 ^ 53] end, "sigmamind.client has no '9007199254740992'")
  end)
end)

describe("objects, an object of the core", function()
  it("gives access to its methods only, not to its metatable or finalizer", function()
    for _, name in ipairs(OF_CORE) do
      local object = objects[name]
      assert.equal("protected", getmetatable(object))
      assert.is_false(pcall(setmetatable, object, {}))
      for _, inside in ipairs { "__gc", "__close", "__index", "__name", "__metatable", "__tostring" } do
        local ok, value = pcall(function() return object[inside] end)
        assert.is_false(ok)
        assert.matches("has no '" .. inside .. "'", value)
      end
      assert.is_false(pcall(function() object.close = print end))
    end
  end)

  it("has the name of its type", function()
    for _, name in ipairs(OF_CORE) do
      assert.matches("^sigmamind%." .. name, tostring(objects[name]))
      assert.equal("sigmamind." .. name, debug.getmetatable(objects[name]).__name)
    end
  end)
end)
