-- Objects say how they are used wrongly, at the line where that is.

local core = require "sigmamind.core"
local sigmamind = require "sigmamind"

local client, objects

setup(function()
  client = sigmamind.new { api_key = "k", base_url = "http://127.0.0.1:1", runtime = "tick" }
  local session = core.session()
  objects = {
    client = client,
    stream = client:campaigns(),
    pager = client:campaign_pages(),
    task = client:spawn(print),
    page = core.page '{"data":[],"page":0,"hasNext":false}',
    session = session,
    transfer = session:start { url = "http://127.0.0.1:1/" },
    query = core.query { key = "id" },
    seen = core.seen(),
  }
end)

teardown(function()
  objects.session:close()
  client:close()
end)

--- Methods of the modules among themselves.
local INTERNAL = { begin_at = true, current = true, is_consistent = true, is_over = true, page_size = true }

local function methods_of(object)
  local names = {}
  for name, method in pairs(debug.getmetatable(object).__index) do
    if type(method) == "function" and not name:find "^__" and not INTERNAL[name] then
      names[#names + 1] = name
    end
  end
  assert(#names > 1 or object == objects.query or object == objects.seen)
  return names
end

local function assert_raises_here(call, message)
  local ok, err = pcall(call)
  assert.is_false(ok)
  assert.matches("^spec/object_spec.lua:%d+: " .. message, err)
end

describe("a method", function()
  it("that is called with a dot says so at the caller's line", function()
    for name, object in pairs(objects) do
      for _, method in ipairs(methods_of(object)) do
        local message = "%w+%.[%w?]+[%w_]* must be called with a colon: " .. name
        assert_raises_here(function() object[method]() end, message)
        assert_raises_here(function() object[method] {} end, message)
        assert_raises_here(function() object[method](0.002, print) end, message)
      end
    end
    assert_raises_here(function() client.campaigns { status = "live" } end,
      "client%.campaigns must be called with a colon: client:campaigns%(")
    assert_raises_here(function() objects.page.next() end, "page%.next must be called with a colon: page:next%(")
  end)

  it("that there is not raises at the caller's line, with those that there are", function()
    assert_raises_here(function() client:get_campaign() end, "sigmamind.client has no 'get_campaign'; .*list_campaigns")
    assert_raises_here(function() objects.stream:to_table() end,
      "sigmamind.stream has no 'to_table' %(did you mean totable%?%); its methods are all, any, close, count, ")
    assert_raises_here(function() objects.pager:current_page() end, "sigmamind.pager has no 'current_page'; .*next")
    assert_raises_here(function() objects.task:wait() end, "sigmamind.task has no 'wait'; .*cancel.*result")
  end)
end)
