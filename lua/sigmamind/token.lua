--- token: the place of a walk in a short printable string, from which another process goes on.
--
-- "sm1.ROW.COUNT.TOTAL.ID.QUERY.CHECK": how many rows of the listing are behind the walk, how many
-- of them were handed out, the totalCount (or -), the id of the last row and what was asked for,
-- both as core.digest gives them, and the digest of all that.

local canonical = require "sigmamind.canonical"
local core = require "sigmamind.core"

local token = {}

local HEX = ("%x"):rep(16)
local NUMBERS = "(%d+)%.(%d+)%.([%d-]+)"
local PATTERN = "^(sm1%." .. NUMBERS .. "%.(HEX)%.(HEX))%.(HEX)$"
PATTERN = PATTERN:gsub("HEX", (HEX:gsub("%%", "%%%%")))

--- What a walk asks for, as a digest.
---@param ... any
---@return string
function token.digest(...)
  return core.digest(canonical { ... })
end

---@class sigmamind.Place
---@field row integer  rows of the listing up to the last that was handed out; 0: none was
---@field count integer  rows that were handed out
---@field total? integer
---@field id string
---@field query string

---@param place sigmamind.Place
---@return string
function token.write(place)
  local text = ("sm1.%d.%d.%s.%s.%s"):format(
    place.row,
    place.count,
    place.total and ("%d"):format(place.total) or "-",
    place.id,
    place.query
  )
  return text .. "." .. core.digest(text)
end

---@param text any
---@return sigmamind.Place|nil  nil: no token, or one that was cut or altered
function token.read(text)
  if type(text) ~= "string" then
    return nil
  end
  local body, row, count, total, id, query, check = text:match(PATTERN)
  if not body or core.digest(body) ~= check then
    return nil
  end
  return {
    row = tonumber(row),
    count = tonumber(count),
    total = tonumber(total),
    id = id,
    query = query,
  }
end

return token
