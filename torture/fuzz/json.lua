-- The checker and the builder against lua-cjson: what we take, it takes, and makes the same of it.
-- And against a model of RFC 8259 and RFC 3629: what one refuses, the other does, at the same byte.

local cjson = require "cjson"
local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local model = dofile "torture/fuzz/model.lua"

local OPTIONS = { null = core.null }

local function show(value)
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

--- Raises where the two differ otherwise than by design (doc/reference.md).
local function compare(ours, theirs, path)
  if type(ours) == "string" and type(theirs) == "number" then
    assert(tonumber(ours) == theirs, path .. ": " .. ours) -- beyond what the host holds exactly
  elseif type(ours) ~= "table" or type(theirs) ~= "table" then
    local same = ours == theirs and (ours ~= 0 or 1 / ours == 1 / theirs)
    assert(same, ("%s: %s is not %s"):format(path, show(ours), show(theirs)))
  else
    for key, value in pairs(theirs) do
      assert(ours[key] ~= nil, path .. " lacks " .. show(key))
      compare(ours[key], value, path .. "/" .. tostring(key))
    end
    for key in pairs(ours) do
      assert(theirs[key] ~= nil, path .. " has " .. show(key))
    end
  end
end

--- cjson refuses half a surrogate pair and, in its numbers, what we keep as text.
local function is_known(text)
  return text:find "\\u[dD][89a-fA-F]" or text:find(("%d"):rep(15)) or text:find "[eE]"
end

--- Every row of a page, by each way of building one: alone, and like those before it.
local function check_rows(text, expected)
  for _ = 1, 3 do
    local page = decoding.page('{"data":[' .. (text .. ","):rep(5) .. text .. "]}", nil, OPTIONS)
    for _ = 1, 6 do
      compare(assert(page:next()), expected, "row")
    end
    assert(page:next() == nil)
  end
end

local KEYED = core.query { key = "a" }

--- With a key, which notes the id of each row, a page is taken or refused as without, and has the
--- same rows. Many things that are no rows come before one that is.
local function check_page(text)
  local many = ("[%s"):format((text .. ","):rep(70)) .. '{"a":1}]'
  for _, data in ipairs { "[" .. text .. "]", many } do
    local body = '{"data":' .. data .. "}"
    local plain, keyed = decoding.page(body), decoding.page(body, KEYED)
    assert((plain == nil) == (keyed == nil), "a key makes a difference")
    while plain do
      local row = plain:next_json()
      assert(keyed:next_json() == row, "another row")
      plain = row and plain
    end
  end
end

--- The text is what the model says. Returns whether it is JSON.
local function check_by_model(text)
  local value, offset = model.decode(text, core.null)
  local ours, message = decoding.value(text, OPTIONS)
  if offset then
    local found = tonumber((message or ""):match "^invalid JSON at byte (%d+):")
    local got = message or show(ours)
    assert(ours == nil and found == offset, ("%q: %s, not at %d"):format(text, got, offset))
  else
    local got = message or show(ours)
    assert(model.same(ours, value), ("%q: %s is not %s"):format(text, got, show(value)))
  end
  return offset == nil, value
end

--- A value and the same as a name, by each way of reading them, are what the model says.
local function check_token(token)
  local is_json, value = check_by_model(token)
  check_by_model('[{"x":' .. token .. "}," .. token .. "]")
  if is_json then
    check_rows('{"x":' .. token .. ',"y":1}', { x = value, y = 1 })
  else
    local text = '{"data":[{"x":1},{"x":' .. token .. "}]}"
    assert(not decoding.page(text) == not model.decode(text), text)
  end
  if type(value) == "string" and token:sub(1, 1) == '"' then
    check_rows("{" .. token .. ':"v"}', { [value] = "v" })
  end
end

--- What core.encode writes reads back as the same value; a string that it refuses is no UTF-8.
local function check_encoded(value)
  local encoded = core.encode(value, OPTIONS)
  assert(encoded, "a decoded value has no JSON form")
  compare(decoding.value(encoded, OPTIONS), value, "encoded")
end

local function check_encoded_text(text)
  local encoded = core.encode(text)
  local _, offset = model.decode('"' .. text:gsub('[%z\1-\31"\\]', "?") .. '"', core.null)
  assert((encoded == nil) == (offset ~= nil), ("%q"):format(text))
  assert(encoded == nil or decoding.value(encoded) == text, ("%q"):format(text))
end

return function(text)
  check_by_model(text)
  check_encoded_text(text)
  if #text <= 100 then
    check_token('"' .. text .. '"')
    check_token(model.string_of(text))
    check_token(model.number_of(text))
  end
  check_page(text)
  local ours, message = decoding.value(text, OPTIONS)
  if message then
    local offset = tonumber(message:match "at byte (%d+)")
    assert(offset and offset <= #text, message)
    assert(not decoding.page(text), "refused as a value, and taken as a page")
    return
  end
  check_encoded(ours)
  local taken, theirs = pcall(cjson.decode, text)
  if taken and not is_known(text) then
    compare(ours, theirs, "value")
  else
    assert(taken or is_known(text) or type(ours) ~= "table", theirs)
  end
  if text:find "^%s*{" then
    check_rows(text, ours)
  end
end
