-- Decoding whole pages: ours beside every JSON library that is installed, in one run.
--
--   make build LUA=lua5.4
--   export LUA_PATH='./?.lua;lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/lua5.4/?.so;;'
--   lua5.4 bench/decode.lua [rounds]
--
-- Each makes every row of the page as tables; first it is checked that the rows are the same. 'The
-- limit' is the time that this VM needs to build the rows from compiled constructors: nothing to
-- read, and every string there already.

local cjson = require "cjson"
local core = require "sigmamind.core"
local pages = require "bench.support.pages"
local race = require "bench.support.race"
local same = require "bench.support.same"
local versions = require "bench.support.versions"

local rounds = tonumber(arg[1]) or 25

local function ours(text)
  return function()
    local page = core.page(text)
    local next_row = page.next
    while next_row(page) do
    end
  end
end

local function decoder(text, decode)
  return function()
    return decode(text)
  end
end

local function quoted(value)
  return (("%q"):format(value):gsub("\\\n", "\\n"))
end

-- The source of a constructor for a decoded value. Null fields are left out, as ours are.
local function constructor(value)
  if type(value) == "table" then
    local fields = {}
    for key, each in pairs(value) do
      if each ~= core.null then
        local name = type(key) == "number" and "" or "[" .. quoted(key) .. "]="
        fields[#fields + 1] = name .. constructor(each)
      end
    end
    return "{" .. table.concat(fields, ",") .. "}"
  elseif type(value) == "string" then
    return quoted(value)
  elseif type(value) == "number" then
    return ("%.17g"):format(value)
  end
  return tostring(value)
end

-- One function for each row, because all in one would exceed the VM's limit of constants. The rows
-- are kept until the next call, or a JIT would not build what nobody sees.
local function limit(rows)
  local makers, kept = {}, {}
  for i, row in ipairs(rows) do
    makers[i] = assert((loadstring or load)("return " .. constructor(row)))
  end
  return function()
    for i = 1, #makers do
      kept[i] = makers[i]()
    end
    return kept
  end
end

-- Stops the benchmark when our rows are not the others'.
local function check(title, text, rows)
  local page = assert(core.page(text))
  for i, row in ipairs(rows) do
    assert(same(page:next(), row), title .. ": row " .. i .. " differs from lua-cjson's")
  end
  assert(page:next() == nil, title .. ": more rows than lua-cjson's")
end

local function contenders(text, rows)
  local list = {
    { name = "sigmamind", run = ours(text) },
    { name = "lua-cjson", run = decoder(text, cjson.decode) },
  }
  for _, name in ipairs { "rapidjson", "dkjson" } do
    local installed, json = pcall(require, name)
    if installed then
      list[#list + 1] = { name = name, run = decoder(text, json.decode) }
    end
  end
  list[#list + 1] = { name = "the limit", run = limit(rows) }
  return list
end

local inputs = {
  { "20 campaigns, minified", pages.minified(20) },
  { "20 campaigns, pretty", pages.pretty(20) },
  { "100 campaigns, minified", pages.minified(100) },
  { "100 campaigns, pretty", pages.pretty(100) },
  { "100 rows of hostile variety", pages.hostile(100) },
}

print(("%s: CPU time for a page, %d rounds"):format(versions(), rounds))
for _, input in ipairs(inputs) do
  local title, text = input[1], input[2]
  local rows = cjson.decode(text).data
  check(title, text, rows)
  race.print(title, race.run(contenders(text, rows), rounds), #text)
end
