-- Documents of objects that repeat their shape, or nearly, as a value and as a page: against the
-- model, in a state that has decoded others before and in one that has not, twice and backwards.

local alike = dofile "torture/fuzz/alike.lua"
local core = require "sigmamind.core"
local model = dofile "torture/fuzz/model.lua"

local ARRAY = {}
local LEVELS = { 64, 64, 64, 3, 4, 5, 6, 7, 8, 9, 12 } -- of a decoder
local AROUND = { 0, 0, 0, 1, 2, 4, 5, 6, 7, 8, 9 } -- arrays around the objects

--- Raises where a value is another than that of the model, in which nulls are core.null. Without
--- nulls their fields are absent. Arrays are marked, objects are not.
local function compare(ours, expected, nulls, text)
  if type(expected) ~= "table" then
    if not model.same(ours, expected) then
      error(("%q: %s is not %s"):format(text, tostring(ours), tostring(expected)), 0)
    end
    return
  end
  assert(type(ours) == "table", text)
  local mark, count = getmetatable(ours), 0
  for key, value in pairs(expected) do
    assert((mark == ARRAY) == (type(key) == "number"), text)
    if value ~= core.null or nulls or mark then
      count = count + 1
      compare(ours[key], value, nulls, text)
    end
  end
  for _ in pairs(ours) do
    count = count - 1
  end
  assert(count == 0, text)
end

local function spelled(text, message)
  return ("%q: %s"):format(text, tostring(message))
end

--- The text as a value is what the model says. Returns what that is, or nil and where it is none.
local function check_value(decoder, text, levels, nulls)
  local expected, offset = model.decode(text, core.null, levels)
  local value, message, kind = decoder:value(text)
  if offset then
    local found = tonumber((message or ""):match "^invalid JSON at byte (%d+): expected ")
    local is_right = value == nil and kind == "decode" and found == offset
    assert(is_right, spelled(text, message) .. " not at " .. offset)
  else
    assert(message == nil, spelled(text, message))
    compare(value, expected, nulls, text)
  end
  return expected, offset
end

--- The rows of a page, by each way of reading them.
local function read_rows(page, decoder, expected, nulls, text)
  for i, row in ipairs(expected) do
    if i % 3 == 0 then
      local json = page:next_json()
      compare(assert(decoder:value(json)), row, nulls, text)
    else
      compare(page:next(), row, nulls, text)
    end
    if i == 2 then
      compare(page.data, expected, nulls, text)
    end
  end
  assert(page:next() == nil and page:next_json() == nil, text)
  compare(page.data, expected, nulls, text)
  assert(page.data == page.data and page:info().count == #expected, text)
end

local PATHS = { "a", "b", "name", "d", "c.a", "a.b.c" }

--- All rows match the query, and the page lacks nothing of them.
local function new_query(choose)
  local asked, like = choose(PATHS), choose(PATHS)
  local where = { [asked] = { ne = "what no row has" }, ["nosuch." .. like] = { exists = false } }
  return assert(core.query { where = where, key = choose { "a", "b" } })
end

--- A body of this list is a page where it is a value, and says what a value says where it is not.
local function check_page(decoder, list, levels, nulls, query)
  local body = '{"page":1,"data":' .. list .. ',"size":2}'
  local expected, offset = check_value(decoder, body, levels, nulls)
  for _ = 1, 2 do
    local page, message, kind = decoder:page(body, query)
    if page then
      assert(not offset and page.page == 1 and page.size == 2, body)
      read_rows(page, decoder, expected.data, nulls, body)
    elseif offset then
      local _, said = decoder:value(body)
      assert(kind == "decode" and message == said, spelled(body, message))
    else -- damaged, but still JSON
      assert(kind == "protocol", spelled(body, message))
    end
  end
end

--- Has the core forget what it has learned of objects so far, as in a new Lua state.
local function forget()
  debug.getregistry()["sigmamind.decoding"] = nil
  package.loaded["sigmamind.core"] = nil
  core = require "sigmamind.core"
end

local function reversed(list)
  local back = {}
  for i, each in ipairs(list) do
    back[#list + 1 - i] = each
  end
  return back
end

return function(input)
  local choose = alike.chooser(input)
  if choose { true, false, false, false } then
    forget()
  end
  local levels, around, nulls = choose(LEVELS), choose(AROUND), choose { true, false }
  local decoder = core.decoder {
    null = nulls and core.null or nil, array_mt = ARRAY, max_depth = levels,
  }
  local objects = alike.objects(choose, choose { 3, 5, 7, 9, 16 })
  for i, list in ipairs { objects, reversed(objects), objects } do
    local text = "[" .. table.concat(list, ",") .. "]"
    if i < 3 then
      text = alike.damage(choose, text)
    end
    check_page(decoder, text, levels, nulls, i > 1 and new_query(choose) or nil)
    check_value(decoder, ("["):rep(around) .. text .. ("]"):rep(around), levels, nulls)
    if i == 3 then
      check_value(decoder, list[#list], levels, nulls)
    end
  end
end
