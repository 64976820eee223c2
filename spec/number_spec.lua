-- Numbers as text, on every Lua and in locales with a decimal comma.

local canonical = require "sigmamind.canonical"
local check = require "sigmamind.check"
local command = require "spec.support.command"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local number = require "sigmamind.number"
local request = require "sigmamind.http.request"
local server = require "spec.support.server"
local token = require "sigmamind.listing.token"

--- Spellings of the API, and those of this client.
local VALUES = {
  { "0", "0" },
  { "-0", "0" },
  { "-0.0", "0" },
  { "5", "5" },
  { "-5", "-5" },
  { "5.0", "5" },
  { "1.50e1", "15" },
  { "1e15", "1000000000000000" },
  { "1700000000000000", "1700000000000000" },
  { "-1700000000000000", "-1700000000000000" },
  { "123456789012345", "123456789012345" },
  { "1790000000123456", "1790000000123456" },
  { "100000000000000", "100000000000000" },
  { "9007199254740991", "9007199254740991" },
  { "9007199254740992", "9007199254740992" },
  { "-9007199254740992", "-9007199254740992" },
  { "1e18", "1000000000000000000" },
  { "0.5", "0.5" },
  { "-2.5", "-2.5" },
  { "0.1", "0.1" },
  { "0.30000000000000004", "0.30000000000000004" },
  { "0.3", "0.3" },
  { "3.141592653589793", "3.141592653589793" },
  { "1790000000.123456", "1790000000.123456" },
  { "4503599627370495.5", "4503599627370495.5" },
  { "1e-7", "1e-07" },
  { "5e-324", "4.94065645841247e-324" },
  { "1.7976931348623157e308", "1.7976931348623157e+308" },
  { "1e22", "1e+22" },
}

local LOCALES = { "C", "de_DE.UTF-8" }

--- Runs the test in each locale, and restores the locale also after an error.
local function in_locales(test)
  local before = os.setlocale(nil, "numeric")
  for _, locale in ipairs(LOCALES) do
    assert.is_truthy(os.setlocale(locale, "numeric"), "spec/run makes this locale")
    local ok, why = pcall(test)
    os.setlocale(before, "numeric")
    if not ok then
      error(why, 0)
    end
  end
end

describe("sigmamind.number, a number as text", function()
  it("has all digits of an integer, and reads back as itself, in every locale", function()
    in_locales(function()
      for _, each in ipairs(VALUES) do
        local value = decoding.value(each[1])
        assert.equal(each[2], number.text(value))
        assert.equal(value, tonumber(decoding.value(number.text(value))))
      end
    end)
  end)

  it("has all digits of a 64-bit integer on a Lua that has them", function()
    for _, digits in ipairs { "9007199254740993", "9223372036854775807", "-9223372036854775808" } do
      local value = decoding.value(digits)
      assert.equal(digits, type(value) == "string" and value or number.text(value))
    end
  end)

  it("is a word for a number that is not finite", function()
    assert.equal("inf", number.text(math.huge))
    assert.equal("-inf", number.text(-math.huge))
    assert.equal("nan", number.text(0 / 0))
    assert.equal("nan", number.text(-(0 / 0)))
  end)

  it("has a fixed number of digits after a point, in every locale", function()
    in_locales(function()
      assert.equal("0.1", number.fixed(0.1, 1))
      assert.equal("2.500", number.fixed(2.5, 3))
      assert.equal("3", number.fixed(3, 0))
    end)
  end)
end)

if not pcall(require, "cjson") then
  return -- the command and the sandbox need it, and Debian lacks it for Lua 5.5
end

local fields = require "sigmamind.cli.fields"
local json = require "sigmamind.sandbox.json"

describe("sigmamind.number, the text of a number", function()
  it("is the same in every part of the client", function()
    in_locales(function()
      for _, each in ipairs(VALUES) do
        local value, text = decoding.value(each[1]), each[2]
        assert.equal(text, fields.text(value))
        assert.equal('{"a":[' .. text .. "]}", fields.json(decoding.value('{"a":[' .. each[1] .. "]}",
          { array_mt = fields.array_mt })))
        assert.equal(text, json.encode(value))
        assert.equal(text, canonical(value))
        assert.equal("{" .. text .. "=true}", canonical { [value] = true })
        assert.equal(text, check.show(value))
        local host = { now = core.now }
        local transport = { options = { base_path = "", base_url = "" }, limiter = function() end }
        local path = request.new(transport, { path = "/p", query = { q = value } }, host, "key").path
        assert.equal("/p?q=" .. text:gsub("%+", "%%2B"), path)
      end
      assert.matches("^sm2%.1700000000000000%.9007199254740991%.9007199254740992%.", token.write {
        row = 17e14, count = 2 ^ 53 - 1, total = 2 ^ 53, id = ("0"):rep(16), query = ("0"):rep(16),
      })
    end)
  end)

  it("is null in JSON for a number that is not finite", function()
    for _, value in ipairs { math.huge, -math.huge, 0 / 0 } do
      assert.equal("null", fields.json(value))
      assert.equal("null", json.encode(value))
    end
  end)
end)

describe("sigmamind.number, numbers in the command's output", function()
  local sandbox, environment

  setup(function()
    sandbox = server.start()
    environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
  end)

  teardown(function()
    sandbox:stop()
  end)

  before_each(function()
    sandbox:clear()
  end)

  local PAGE = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'
  local ROW = '{"campaignId":%s,"campaignName":"n","concurrentCalls":%s,"errors":[{"x":%s}]}'

  it("keep their digits as csv and in the table", function()
    local rows, cells, lines = {}, {}, {}
    for i, each in ipairs(VALUES) do
      rows[i] = ROW:format('"' .. i .. '"', each[1], each[1])
      cells[i] = ('%s,"[{""x"":%s}]"\r\n'):format(each[2], each[2])
      lines[i] = ('%s [{"x":%s}]\n'):format(each[2], each[2])
    end
    sandbox:faults { times = 2, body = PAGE:format(table.concat(rows, ","), #rows) }
    local csv = command.run("campaigns -f csv -S concurrentCalls,errors", environment)
    assert.equal(table.concat(cells), csv:match "\n(.*)$")
    local text = command.run("campaigns -S concurrentCalls,errors", environment)
    assert.equal(table.concat(lines), (text:match "\n(.*)$":gsub(" +", " ")))
  end)

  local IDS = { "5", "1.50e1", "123456789012345", "1790000000123456", "1700000000000000", "9007199254740993", '"a\\/b"' }

  it("keep the API's spelling in the id of a removed campaign", function()
    local rows = {}
    for i, id in ipairs(IDS) do
      rows[i] = ROW:format(id, "1", "1")
    end
    for _, format in ipairs { "json", "ndjson" } do
      sandbox:faults(
        { request = 1, body = PAGE:format(table.concat(rows, ","), #rows) },
        { request = 2, body = PAGE:format("", 0) }, { request = 3, status = 403 }
      )
      local out = command.run("campaigns --watch 0.1 --attempts 1 -f " .. format, environment)
      local removed = {}
      for id in out:gmatch '"change":"removed","campaign":{"campaignId":([^\n,]*),' do
        removed[id] = true
      end
      for _, id in ipairs(IDS) do
        assert.is_true(removed[id], id .. " in " .. out)
      end
    end
  end)

  it("keep their digits in the id of a removed campaign, as text and as csv", function()
    for _, format in ipairs { "table", "csv" } do
      sandbox:faults(
        { request = 1, body = PAGE:format(ROW:format("1700000000000000", "1", "1"), 1) },
        { request = 2, body = PAGE:format("", 0) }, { request = 3, status = 403 }
      )
      local out = command.run("campaigns --watch 0.1 --attempts 1 -f " .. format, environment)
      assert.matches("removed[ ,]+1700000000000000%D", out)
    end
  end)
end)
