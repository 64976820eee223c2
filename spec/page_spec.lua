-- The cursor over a page of a listing.

local cjson = require "cjson"
local core = require "sigmamind.core"
local documented = require "spec.support.documented"

describe("a page", function()
  it("gives the documented example field by field", function()
    local page = assert(core.page(documented))
    assert.same({
      page = 0,
      size = 20,
      totalCount = 125,
      totalPages = 7,
      hasNext = true,
      hasPrevious = false,
      count = 1,
    }, page:info())
    local campaign = page:next()
    assert.equal("camp_XiQEBcj9cc5TFRB4", campaign.campaignId)
    assert.equal("Q4 Outreach Campaign", campaign.campaignName)
    assert.equal("live", campaign.campaignStatus)
    assert.equal("2025-09-25T19:00:00.000Z", campaign.scheduledDate)
    assert.equal(5, campaign.concurrentCalls)
    assert.equal("New AI Agent", campaign.agent.name)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.agent.agentId)
    assert.equal("Live", campaign.agent.status)
    assert.equal("+14155552671", campaign.phoneNumber.sipPhoneNumber)
    assert.equal("twilio", campaign.phoneNumber.provider)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.phoneNumber.inboundAgentId)
    assert.equal("agent_D5D0p7TUs66TTAEAx", campaign.phoneNumber.outboundAgentId)
    assert.equal("+14155552671", campaign.phoneNumber.outboundPhoneNumber)
    assert.is_true(campaign.phoneNumber.active)
    assert.equal("sip.telnyx.com", campaign.phoneNumber.terminationSipURI)
    assert.equal("Support Line - US", campaign.phoneNumber.friendlyName)
    assert.equal("Row 3: missing required variable 'customer_name'", campaign.errors[1])
    assert.equal("Row 7: invalid phone number '+1234'", campaign.errors[2])
    assert.equal(2, #campaign.errors)
    assert.is_true(campaign.scheduled)
    local fields = 0
    for _ in pairs(campaign) do
      fields = fields + 1
    end
    assert.equal(9, fields)
    assert.is_nil(page:next())
    assert.is_nil(page:next())
  end)

  it("gives rows as their own bytes, and mixes both ways", function()
    local page = core.page '{"data":[ {"a": 1.50} ,{"b":[]},{"c":"}]"} ]}'
    assert.equal('{"a": 1.50}', page:next_json())
    assert.same({ b = {} }, page:next())
    assert.equal('{"c":"}]"}', page:next_json())
    assert.is_nil(page:next_json())
  end)

  it("next_json gives a row that another decoder reads alike", function()
    local row = core.page(documented):next_json()
    assert.same(cjson.decode(documented).data[1], cjson.decode(row))
  end)

  it("may be empty", function()
    local page = core.page '{"data":[],"page":3,"size":10,"totalCount":0,"totalPages":0}'
    assert.same({ page = 3, size = 10, totalCount = 0, totalPages = 0, count = 0 }, page:info())
    assert.is_nil(page:next())
  end)

  it("reads totalCounts, as older generations of the API call it", function()
    assert.equal(125, core.page('{"data":[],"totalCounts":125}'):info().totalCount)
  end)

  it("leaves out of info what the wrapper lacks or gives in another type", function()
    local page = core.page '{"size":"20","data":[{}],"page":1.5,"totalCount":-1,"hasNext":"yes"}'
    assert.same({ count = 1 }, page:info())
  end)

  it("passes unknown fields and values through", function()
    local page = core.page '{"x":{"data":[1]},"data":[{"agent":{"status":"Draft-v2"},"new":[true]}]}'
    assert.same({ agent = { status = "Draft-v2" }, new = { true } }, page:next())
  end)

  it("takes null and array_mt as options", function()
    local mt = {}
    local page = core.page('{"data":[{"a":null,"errors":[]}]}', nil, { null = core.null, array_mt = mt })
    local row = page:next()
    assert.equal(core.null, row.a)
    assert.equal(mt, getmetatable(row.errors))
  end)

  it("is refused whole when any byte of it is wrong", function()
    for length = 0, #documented - 2 do
      local page, _, kind = core.page(documented:sub(1, length))
      assert.is_nil(page)
      assert.equal("decode", kind)
    end
  end)

  it("says where the JSON is wrong", function()
    local page, message, kind = core.page '{"data":[{"a":1},{"b":tru}]}'
    assert.is_nil(page)
    assert.equal("invalid JSON at byte 22: expected a value", message)
    assert.equal("decode", kind)
  end)

  it("counts depth from the wrapper", function()
    local text = '{"data":[{"a":{}}]}'
    assert.is_truthy(core.page(text, nil, { max_depth = 4 }))
    assert.is_nil((core.page(text, nil, { max_depth = 3 })))
    assert.is_nil((core.page('{"data":[]}', nil, { max_depth = 1 })))
  end)

  local shapes = {
    { "[]", "not a page of a listing: the body is not an object" },
    { '"x"', "not a page of a listing: the body is not an object" },
    { "{}", "not a page of a listing: data is missing" },
    { '{"error":"x"}', "not a page of a listing: data is missing" },
    { '{"data":null}', "not a page of a listing: data is not an array" },
    { '{"data":{}}', "not a page of a listing: data is not an array" },
    { '{"data":[{},1]}', "not a page of a listing: data holds something that is not an object" },
    { '{"data":[null]}', "not a page of a listing: data holds something that is not an object" },
  }
  for _, shape in ipairs(shapes) do
    it("is not " .. shape[1], function()
      local page, message, kind = core.page(shape[1])
      assert.is_nil(page)
      assert.equal(shape[2], message)
      assert.equal("protocol", kind)
    end)
  end

  it("outlives the text it was made of", function()
    local page = core.page(documented .. (" "):rep(10000))
    collectgarbage()
    collectgarbage()
    assert.equal("camp_XiQEBcj9cc5TFRB4", page:next().campaignId)
  end)

  it("may be closed by a finalizer while a row is built", function()
    local collectable = require "spec.support.collectable"
    local rows = {}
    for i = 1, 50000 do
      rows[i] = ('{"name":"row %d","more":{"x":[%d,"a\\\\n"]}}'):format(i, i)
    end
    local text = table.concat(rows, ",")
    local pause, stepmul = collectgarbage("setpause", 1), collectgarbage("setstepmul", 10000)
    finally(function()
      collectgarbage("setpause", pause)
      collectgarbage("setstepmul", stepmul)
    end)
    for _, method in ipairs { "next", "next_json" } do
      local page = core.page('{"data":[' .. text .. "]}")
      collectable(function() page:close() end)
      local count, row, _, kind = 0, page[method](page)
      while row do
        count = count + 1
        row, _, kind = page[method](page)
      end
      assert.equal("closed", kind)
      assert.is_true(count < 50000)
    end
  end)

  it("loses no row when a finalizer reads the page too", function()
    local program = [[-e '
      local collectable = require "spec.support.collectable"
      local core = require "sigmamind.core"
      local texts, seen, count = {}, {}, 0
      for i = 1, 5000 do texts[i] = (%q):format(i) end
      local query = core.query { where = { n = { ge = 0 } } }
      local page = core.page("{\"data\":[" .. table.concat(texts, ",") .. "]}", QUERY)
      local function note(row)
        if row and not seen[row.n] then seen[row.n] = true count = count + 1 end
        return row
      end
      collectgarbage("setpause", 1)
      collectgarbage("setstepmul", 10000)
      repeat
        collectable(function() note(page:next()) end)
      until not note(page:next())
      print(count)
    ']]
    local interpreter = require "spec.support.interpreter"
    for _, query in ipairs { "query", "nil" } do
      local text = program:format('{"n":%d,"more":{"x":["a","b"]}}'):gsub("QUERY", query)
      assert.equal("5000\n", (interpreter.run(text)))
    end
  end)

  it("lets go of its text at its end and when it is closed", function()
    collectgarbage()
    local before = collectgarbage "count"
    local page = core.page('{"data":[' .. (" "):rep(2 ^ 20) .. "]}")
    assert.is_nil(page:next())
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 512)
    page = core.page('{"data":[{}' .. (" "):rep(2 ^ 20) .. "]}")
    page:close()
    collectgarbage()
    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 512)
  end)

  it("says that it is closed, once it is", function()
    local page = core.page(documented)
    page:close()
    page:close()
    local row, message, kind = page:next()
    assert.is_nil(row)
    assert.equal("page is closed", message)
    assert.equal("closed", kind)
    assert.equal("closed", select(3, page:next_json()))
    assert.equal(125, page:info().totalCount)
    assert.equal("sigmamind.page (closed)", tostring(page))
  end)

  it("raises for what is no page", function()
    local page = core.page(documented)
    assert.has_error(function() page.next({}) end)
    assert.has_error(function() page.next() end)
    assert.has_error(function() core.page() end)
  end)
end)
