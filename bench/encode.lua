-- Encoding values as JSON: ours beside lua-cjson, which writes 14 digits of a number, so that a
-- fraction does not read back, and escapes each slash.
--
--   make build LUA=lua5.4
--   eval "$(make -s env LUA=lua5.4)"
--   lua5.4 bench/encode.lua [rounds]
--
-- First it is checked that lua-cjson reads the same value from both texts, but for the digits.
-- Goal: never slower.

local cjson = require "cjson"
local core = require "sigmamind.core"
local pages = require "bench.support.pages"
local race = require "bench.support.race"
local random = require "bench.support.random"
local versions = require "bench.support.versions"

local rounds = tonumber(arg[1]) or 11
local COUNT = 10000

local function list_of(make)
  local list = {}
  for i = 1, COUNT do
    list[i] = make(i)
  end
  return list
end

local integer = random(1)

local inputs = {
  {
    "a call to place",
    {
      fromPhoneNumber = "+15551234567",
      toPhoneNumber = "+15557654321",
      agentId = "agent_123456",
      dynamicVariables = { name = "Ann", plan = "gold", age = 42 },
    },
  },
  { "100 campaigns", cjson.decode(pages.minified(100)) },
  { "small integers", list_of(function() return integer(1e6) end) },
  { "prices", list_of(function() return integer(1e6) / 100 end) },
  { "fractions of 17 digits", list_of(function() return integer(1e9) / 7 end) },
  { "short strings", list_of(function(i) return "name " .. i end) },
  { "strings, unicode", list_of(function(i) return ("é€ü"):rep(5) .. i end) },
  { "strings of escapes", list_of(function(i) return 'a"b\n' .. i end) },
  { "a string of 100 KB", { ("x"):rep(100000) } },
  { "objects, 4 levels", list_of(function(i) return { id = i, a = { b = { c = { i } } } } end) },
  { "booleans", list_of(function(i) return i % 3 == 0 end) },
}

local function is_same(a, b)
  if type(a) ~= "table" then
    return a == b or (type(a) == "number" and math.abs(a - b) <= math.abs(b) * 1e-13)
  end
  for key, value in pairs(a) do
    if not is_same(value, b[key]) then
      return false
    end
  end
  return true
end

print(("%s: CPU time, %d rounds"):format(versions(), rounds))
for _, input in ipairs(inputs) do
  local title, value = input[1], input[2]
  local text = core.encode(value)
  local other = cjson.decode(cjson.encode(value))
  local read = cjson.decode(text)
  assert(is_same(read, other) and is_same(other, read), title .. ": the values differ")
  local list = {
    { name = "sigmamind", run = function() return core.encode(value) end },
    { name = "lua-cjson", run = function() return cjson.encode(value) end },
  }
  race.print(title, race.run(list, rounds), #text)
end
