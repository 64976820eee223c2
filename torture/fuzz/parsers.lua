-- What reads a reply's headers, Retry-After, URLs and tokens. The first byte says which.

local core = require "sigmamind.core"
local retry = require "sigmamind.http.retry"
local token = require "sigmamind.listing.token"

local parsers = {}

function parsers.header(text)
  local value = header(text, "X-Name") -- luacheck: ignore 113
  assert(value == nil or not value:find "\n", "a value of two lines")
  assert(value == nil or text:lower():find("x-name:", 1, true), "a value out of nothing")
  assert(value == nil or value == value:match "^[ \t]*(.-)[ \t\r]*$", "blanks around a value")
end

function parsers.retry_after(text)
  local seconds = retry.after(text, text)
  assert(seconds == nil or seconds >= 0, tostring(seconds))
  local is_number = text:find "^%d+$"
  assert(not is_number or seconds == math.min(tonumber(text), 2 ^ 31), "another number")
end

function parsers.url(text)
  local parts = core.url(text)
  assert(not parts or parts.scheme and #parts.scheme > 0, "a URL without a scheme")
end

function parsers.token(text)
  local place = token.read(text)
  assert(not place or token.write(place) == text, "another token")
  local row = tonumber(text:match "%d+" or 0) % 2 ^ 31
  local digest = core.digest(text)
  local own = { row = row, count = row, total = row, id = digest, query = digest }
  local back = assert(token.read(token.write(own)), "an own token is refused")
  for name, value in pairs(own) do
    assert(back[name] == value, name)
  end
end

local NAMES = { "header", "retry_after", "url", "token" }

return function(input)
  local name = NAMES[(input:byte(1) or 0) % #NAMES + 1]
  parsers[name](input:sub(2))
end
