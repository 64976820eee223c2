--- kept: a reply as text in a store, and read from there. It has the methods of a transfer that the
--- readers of a body call.
--
-- The text is a line of fields, the headers in a line each, an empty line, and the body. The fields
-- are those of pack, with times in milliseconds and a digest of the body. Where the module zlib is
-- installed (Debian: lua-zlib), large bodies are compressed if that saves a quarter.

local core = require "sigmamind.core"
local zlib = require "sigmamind.zlib"

local kept = {}

local MARK = "sigmamind/1" -- changes with the format
local COMPRESSED_MIN = 8192 -- bytes of a body
local GZIP = 31 -- window bits of the format of RFC 1952
local FASTEST = 1

--- Headers that say something of the body. The others are of one connection or visitor, and might
--- hold what others must not read.
local HEADERS = {
  ["content-type"] = true, ["content-language"] = true, date = true, etag = true,
  ["last-modified"] = true, link = true,
}

---@class sigmamind.Kept
---@field generation string  of the listing when it was requested
---@field snapshot string  the walk that it belongs to: pages of one snapshot fit together
---@field age number  seconds since it was read, or confirmed
---@field snapshot_age number  seconds since it was read
---@field package status_code integer
---@field package head string
---@field package text string
local Kept = { __name = "sigmamind.kept" }
Kept.__index = Kept

local function compressed(body)
  if zlib and #body >= COMPRESSED_MIN then
    local text = zlib.deflate(FASTEST, GZIP)(body, "finish")
    return #text <= #body * 0.75 and text
  end
end

local function decompressed(text)
  local ok, body = pcall(function()
    local body, is_whole = zlib.inflate(GZIP)(text)
    return is_whole and body
  end)
  return ok and body or nil
end

local function milliseconds(seconds)
  return ("%.0f"):format(seconds * 1000)
end

---@param reply {status: integer, headers: table<string, string>, body: string}
---@param about {generation: string, snapshot: string, life: number, confirmed: number}  life:
---  seconds, its TTL in the store; confirmed: seconds between its reading and its confirmation
---@param may_compress boolean
---@return string
function kept.pack(reply, about, may_compress)
  local smaller = may_compress and compressed(reply.body)
  local lines = {
    table.concat({
      MARK, ("%d"):format(reply.status), about.generation, about.snapshot,
      milliseconds(about.life), milliseconds(about.confirmed), core.digest(reply.body),
      smaller and "gzip" or "plain",
    }, " "),
  }
  for name, value in pairs(reply.headers) do
    if HEADERS[name] then
      lines[#lines + 1] = name .. ":" .. value
    end
  end
  lines[#lines + 1] = "\n"
  return table.concat(lines, "\n") .. (smaller or reply.body)
end

--- The reply of a text; nil if it is none, is damaged, or cannot be decompressed here.
---@param text string
---@param left number  seconds of its life; math.huge: it was read just now
---@return sigmamind.Kept|nil
function kept.unpack(text, left)
  local head_end, body_start = text:find("\n\n", 1, true)
  local head = head_end and text:sub(1, head_end)
  local mark, status, generation, snapshot, life, confirmed, digest, form =
    (head or ""):match "^(%S+) (%d+) (%S+) (%S+) (%d+) (%d+) (%x+) (%a+)\n"
  if mark ~= MARK or form == "gzip" and not zlib then
    return nil
  end
  local body = text:sub(body_start + 1)
  if form == "gzip" then
    body = decompressed(body)
  end
  if not body or core.digest(body) ~= digest then
    return nil
  end
  local age = math.max(0, life / 1000 - left)
  return setmetatable({
    generation = generation,
    snapshot = snapshot,
    age = age,
    snapshot_age = age + confirmed / 1000,
    status_code = tonumber(status),
    head = head,
    text = body,
  }, Kept)
end

---@return integer
function Kept:status()
  return self.status_code
end

---@return string
function Kept:body()
  return self.text
end

---@return table<string, string>
function Kept:headers()
  local headers = {}
  for name, value in self.head:gmatch "\n([^:\n]+):([^\n]*)" do
    headers[name] = value
  end
  return headers
end

return kept
