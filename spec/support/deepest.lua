-- Reads JSON of the maximum depth in a thread with musl's default stack, through every recursive function
-- of the core. Prints "done"; a stack overflow ends the process.
--
--   lua5.4 spec/support/deepest.lua LEVELS [KILOBYTES]

local core = require "sigmamind.core"
local process = require "process"

local DEEPEST = tonumber(arg[1])
local KILOBYTES = tonumber(arg[2]) or 128
local SHAPED = 8 -- levels of objects that are built by their shapes
local ROWS = 40 -- enough equal rows for their shape to be learned

local decoder = core.decoder { max_depth = DEEPEST, array_mt = {}, null = core.null }

local function nested(depth, name, innermost)
  return ("{" .. name .. ":"):rep(depth) .. (innermost or "1") .. ("}"):rep(depth)
end

-- The value that needs the largest buffer when it becomes a string.
local STRING = '"' .. ("x"):rep(950) .. '\\n"'

--- An object of known shapes, {"n1":{"n2":...,"z":1},"z":1}. With another name than "z" the mismatch is
--- found only after the inner value.
local function shaped(innermost, last)
  for i = SHAPED, 1, -1 do
    innermost = ('{"n%d":%s,"%s":"\\n"}'):format(i, innermost, last)
  end
  return innermost
end

local function list(text, count)
  return "[" .. (text .. ","):rep(count - 1) .. text .. "]"
end

local function learn_shapes()
  for i = 1, SHAPED do
    assert(decoder:value(list(('{"n%d":1,"z":"\\n"}'):format(i), ROWS)))
  end
end

local DEEP_ARRAY = ("["):rep(DEEPEST - SHAPED) .. STRING .. ("]"):rep(DEEPEST - SHAPED)
local VALUES = {
  ("["):rep(DEEPEST) .. ("]"):rep(DEEPEST),
  ("[" .. ("1,"):rep(31)):rep(DEEPEST) .. STRING .. ("]"):rep(DEEPEST),
  nested(DEEPEST, '"a"', STRING),
  ('[{"a":'):rep(DEEPEST / 2) .. "1" .. ("}]"):rep(DEEPEST / 2),
  shaped(DEEP_ARRAY, "z"),
  shaped(DEEP_ARRAY, "y"),
  shaped(nested(DEEPEST - SHAPED, '"a"', STRING), "z"),
  shaped(nested(DEEPEST - SHAPED, '"a"', STRING), "y"),
}

--- Pages of rows that end in the deepest level: with one field, with an escaped name, with a repeated name,
--- with known shapes, with a shape that the query learns. The page and its rows add two levels.
local PAGES = {
  '{"data":[' .. nested(DEEPEST - 2, '"a"') .. "]}",
  '{"data":[' .. nested(DEEPEST - 2, '"\\u0061"') .. "]}",
  '{"data":[{"a":1,"a":' .. nested(DEEPEST - 3, '"a"') .. "}]}",
  '{"data":[{"a":' .. shaped(nested(DEEPEST - SHAPED - 3, '"a"', STRING), "z") .. "}]}",
  '{"data":' .. list(nested(DEEPEST - 2, '"a"', STRING), ROWS) .. "}",
}
local PATH = ("a."):rep(DEEPEST - 3) .. "a"

local function queries()
  return {
    core.query { where = { [PATH] = { ne = 2 } }, key = PATH },
    core.query { select = { PATH } },
    core.query { where = { [PATH] = { ne = 2 } }, select = { PATH }, key = PATH },
    core.query { where = { a = { exists = true } }, select = { "a" } },
    core.query { where = { ["a.a"] = { exists = true } }, select = { "a.a" } },
    core.query { where = { a = { length = { ge = 0 } } }, chain = { { select = { "a" } } } },
  }
end

--- The first page teaches a query the shape of the rows of the second.
local function read(text, query)
  for _ = 1, 3 do
    local page = assert(decoder:page(text, query))
    assert(page.data and page:sample() and (page:paths() or not query))
    repeat
      local row, json = page:next(), page:next_json()
    until row == nil and json == nil
    page:close()
  end
end

local ok, message = process.in_thread(KILOBYTES, function()
  for _ = 1, 2 do -- before shapes are known, and after
    for _, text in ipairs(VALUES) do
      assert(decoder:value(text))
    end
    for _, text in ipairs(PAGES) do
      local all = queries()
      for i = 0, #all do
        read(text, all[i])
      end
    end
    learn_shapes()
  end
end)
print(ok and "done" or message)
