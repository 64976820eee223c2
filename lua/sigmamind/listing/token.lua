--- token: the position of a walk as a short printable string, from which another process resumes,
--- on any machine.
--
-- "sm2.ROW.COUNT.TOTAL.ID.QUERY.CHECK": the rows of the listing up to the position, the rows that
-- were handed out, the totalCount (or -), the digests of the last row's id and of the query, and
-- the digest of all that (see core.digest).

local canonical = require "sigmamind.canonical"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local number = require "sigmamind.number"
local query = require "sigmamind.query"

local token = {}

local COUNT_MAX = 2 ^ 53 -- exact as a number of every Lua
local HEX = ("%x"):rep(16)
local NUMBERS = "(%d+)%.(%d+)%.([%d-]+)"
local PATTERN = "^(sm2%." .. NUMBERS .. "%.(HEX)%.(HEX))%.(HEX)$"
PATTERN = PATTERN:gsub("HEX", (HEX:gsub("%%", "%%%%")))

--- The digest of a walk's query: all that decides which rows it returns, and in which order.
local function digest(listing)
  local where, select = query.parts(listing.chain)
  return core.digest(canonical { listing.path, listing.query, where, select })
end

local function digits(count)
  return number.text(math.min(count, COUNT_MAX))
end

--- The number, if the text is exactly its digits; else nil.
local function counted(text)
  local value = not text:find "%D" and tonumber(text)
  return value and value <= COUNT_MAX and digits(value) == text and value or nil
end

---@class sigmamind.Place
---@field row integer  rows of the listing up to the last one handed out; 0: none was
---@field count integer  rows handed out
---@field total? integer
---@field id string
---@field query string

---@param place sigmamind.Place
---@return string
function token.write(place)
  local text = ("sm2.%s.%s.%s.%s.%s"):format(
    digits(place.row),
    digits(place.count),
    place.total and place.total <= COUNT_MAX and digits(place.total) or "-",
    place.id,
    place.query
  )
  return text .. "." .. core.digest(text)
end

---@param text any
---@return sigmamind.Place|nil  nil: not a token, or one that was truncated or altered
function token.read(text)
  if type(text) ~= "string" then
    return nil
  end
  local body, row, count, total, id, digest_of_query, check = text:match(PATTERN)
  if not body or core.digest(body) ~= check then
    return nil
  end
  local place = { row = counted(row), count = counted(count), id = id, query = digest_of_query }
  place.total = counted(total)
  local is_whole = place.row and place.count and (place.total or total == "-")
  return is_whole and place or nil
end

--- The rule of the argument `resume`.
token.rule = {
  accepts = "a complete, unchanged token from stream:token()",
  test = function(value)
    return token.read(value) ~= nil
  end,
  guess = function(value)
    local is_old = type(value) == "string" and value:find "^sm1%."
    return is_old and "an older version wrote this token: begin the walk anew"
  end,
}

local BEGINNING = { row = 0, id = ("0"):rep(16) }

--- The token of a walk.
---@param listing sigmamind.Listing
---@param place sigmamind.Place|nil  of the last row that was handed out; nil: none was
---@param read integer  rows that this walk handed out
---@return string
function token.of(listing, place, read)
  place = place or BEGINNING
  return token.write {
    row = place.row,
    count = (listing.resume and listing.resume.count or 0) + read,
    total = place.total,
    id = place.id,
    query = digest(listing),
  }
end

--- The error if the listing resumes with a token of another query, else nil.
---@param listing sigmamind.Listing
---@return sigmamind.Error|nil
function token.complaint(listing)
  local place = listing.resume
  if place and place.query ~= digest(listing) then
    local message = "resume: the token is from another walk: all arguments but limit and "
      .. "prefetch must be the same"
    return errors.new { kind = "config", message = message }
  end
end

return token
