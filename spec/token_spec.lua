-- Made-up tokens: the digest at the end of a token finds accidents, but does not prevent forgery.

local core = require "sigmamind.core"
local random_json = require "spec.support.random_json"
local server = require "spec.support.server"
local token = require "sigmamind.listing.token"

local REFUSED = "resume must be a complete, unchanged token from stream:token()"

local sandbox = server.shared()
local client

setup(function()
  client = sandbox:client { prefetch = 0 }
end)

teardown(function()
  client:close()
end)

--- The two digests of a token of such a walk, of its last row and of its query.
local function digests(size)
  local stream = client:campaigns { size = size }
  for _ = 1, 7 do
    stream:next()
  end
  return stream:token():match "%.(%x+)%.(%x+)%.%x+$"
end

local function made_up(row, count, total, id, query)
  local text = table.concat({ "sm2", row, count, total, id, query }, ".")
  return text .. "." .. core.digest(text)
end

--- Whether a walk accepts the token; the walk must then continue, and return another valid token.
local function is_accepted(text, size)
  local ok, stream = pcall(client.campaigns, client, { size = size, resume = text })
  if not ok then
    assert.truthy(tostring(stream):find(REFUSED, 1, true), stream)
    return false
  end
  for _ = 1, 3 do
    local done, row, err = pcall(stream.next, stream)
    assert.is_true(done, text .. ": " .. tostring(row))
    assert.is_true(row ~= nil or err == nil or err.kind ~= nil)
    local written, again = pcall(stream.token, stream)
    assert.is_true(written, text .. ": " .. tostring(again))
    assert.is_table(token.read(again), text .. " became " .. again)
  end
  return true
end

describe("sigmamind.listing.token, a token that was made up", function()
  it("is refused when a walk cannot reach its numbers", function()
    local id, query = digests(10)
    local wrong = {
      "99999999999999999999", "9223372036854775807", "9223372036854775808", "18446744073709551616",
      "9007199254740993", ("9"):rep(400), "007", "00", "",
    }
    for _, number in ipairs(wrong) do
      assert.is_nil(token.read(made_up(number, "7", "125", id, query)), number)
      assert.is_nil(token.read(made_up("7", number, "125", id, query)), number)
      assert.is_nil(token.read(made_up("7", "7", number, id, query)), number)
    end
    for _, total in ipairs { "--", "1-1", "-1", "1-", "---" } do
      assert.is_nil(token.read(made_up("7", "7", total, id, query)), total)
    end
    assert.error_matches(function()
      client:campaigns { resume = made_up("99999999999999999999", "7", "125", id, query) }
    end, REFUSED, 1, true)
  end)

  it("is accepted with numbers up to 2^53, which are exact on every Lua", function()
    local id, query = digests(10)
    local max = "9007199254740992"
    local place = token.read(made_up(max, max, max, id, query))
    assert.same({ row = 2 ^ 53, count = 2 ^ 53, total = 2 ^ 53, id = id, query = query }, place)
    assert.equal(made_up(max, max, max, id, query), token.write(place))
    assert.is_true(is_accepted(made_up(max, max, max, id, query), 10))
    assert.is_true(is_accepted(made_up(max, max, "-", id, query), 10))
    assert.is_true(is_accepted(made_up("0", max, "-", id, query), 10))
  end)

  it("beyond the last page requests no page number beyond an int32", function()
    local id, query = digests(1)
    local page_max = 2147483647
    sandbox:clear()
    is_accepted(made_up("9007199254740992", "0", "-", id, query), 1)
    assert.is_true(#sandbox:log() > 0)
    for _, request in ipairs(sandbox:log()) do
      local number = tonumber(request.path:match "page=(%d+)" or 0)
      assert.is_true(number <= page_max, request.path)
    end
  end)

  it("is refused or works, with random numbers", function()
    local near = { "0", "9", "124", "2147483646", "4294967295", "9007199254740990", "9223372036854775805",
      "99999999999999999998" }
    local last = { "0", "1", "2", "3", "5", "7", "9" }
    local accepted, refused = 0, 0
    for seed = 1, tonumber(os.getenv "SCRIPTS") or 60 do
      local random = random_json.generator(seed * 7919)
      local size = ({ 1, 10, 100, 2147483647 })[random(4)]
      local id, query = digests(size)
      local function number()
        local digits = near[random(#near)]
        digits = random(2) == 1 and digits:sub(1, -2) .. last[random(#last)] or digits
        return random(8) == 1 and "0" .. digits or digits
      end
      local total = random(3) == 1 and "-" or number()
      local text = made_up(number(), number(), total, random(2) == 1 and id or ("0"):rep(16), query)
      if is_accepted(text, size) then
        accepted = accepted + 1
      else
        refused = refused + 1
      end
    end
    assert.is_true(accepted > 0 and refused > 0)
  end)
end)

describe("stream:token", function()
  it("returns a valid token when totalCount is beyond 2^53", function()
    local total = "1152921504606846976" -- 2^60
    sandbox:faults {
      page = 0,
      body = '{"data":[{"campaignId":"a"}],"page":0,"size":10,"totalCount":' .. total .. ',"hasNext":true}',
    }
    local stream = client:campaigns { size = 10 }
    assert.equal("a", stream:next().campaignId)
    assert.is_table(token.read(stream:token()))
  end)
end)
