-- Reads JSON that is nested as deep as may be, in a thread with the stack that musl gives one: all
-- that the core does level by level. Prints "done"; what takes more stack ends the process.

local core = require "sigmamind.core"
local decoding = require "spec.support.decoding"
local process = require "process"

local KILOBYTES = 128
local DEEPEST = tonumber(arg[1])
local OPTIONS = { max_depth = DEEPEST }

local function nested(depth, name)
  return ("{" .. name .. ":"):rep(depth) .. "1" .. ("}"):rep(depth)
end

--- Pages of rows that end in the deepest level: of one field, of one whose name is spelled with an
--- escape, of one that comes twice. The page and its rows are two levels more.
local PAGES = {
  '{"data":[' .. nested(DEEPEST - 2, '"a"') .. "]}",
  '{"data":[' .. nested(DEEPEST - 2, '"\\u0061"') .. "]}",
  '{"data":[{"a":1,"a":' .. nested(DEEPEST - 3, '"a"') .. "}]}",
}
local PATH = ("a."):rep(DEEPEST - 3) .. "a"

local function read(text, query, take)
  local page = assert(decoding.page(text, query, OPTIONS))
  return assert(page[take](page))
end

local ok, message = process.in_thread(KILOBYTES, function()
  assert(decoding.value(("["):rep(DEEPEST) .. ("]"):rep(DEEPEST), OPTIONS))
  assert(decoding.value(nested(DEEPEST, '"a"'), OPTIONS))
  for _, text in ipairs(PAGES) do
    local queries = {
      core.query { where = { [PATH] = 1 }, key = PATH },
      core.query { select = { PATH } },
      core.query { where = { [PATH] = { ne = 2 } }, select = { PATH }, key = PATH },
    }
    for i = 0, #queries do
      read(text, queries[i], "next")
      read(text, queries[i], "next_json")
    end
  end
end)
print(ok and "done" or message)
