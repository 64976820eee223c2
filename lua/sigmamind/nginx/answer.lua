--- nginx.answer: the bytes that an endpoint sends, and their place in a lua_shared_dict.
--
-- The dict has three values of an answer, each under a fixed key:
--   version   the digest of the body, and the time of the fetch
--   body      the JSON text
--   gzip      the digest and the compressed form, if there is one
-- The version is written last. A worker may read them between two writes of another one, so it
-- compares the digests.

local core = require "sigmamind.core"
local zlib = require "sigmamind.zlib"

local ngx = ngx

local answer = {}

local PAUSE = 0.001 -- seconds, the shortest ngx.sleep
local GZIP_WINDOW = 15 + 16 -- zlib's largest window, and 16 for gzip's frame
local SLICE = 65536 -- bytes that are compressed before other requests have their turn
local GZIP_MIN = 256 -- bytes; a smaller body is not worth it

---@class sigmamind.nginx.Answer
---@field digest string
---@field body string
---@field gzip string|false
---@field fetched number  on core.now's clock, which all processes of a machine share

--- The gzip form of a text; false if it is not available or no smaller. Suspends the caller.
local function compress(text)
  if not zlib or #text < GZIP_MIN then
    return false
  end
  local stream, parts = zlib.deflate(nil, GZIP_WINDOW), {}
  for first = 1, #text, SLICE do
    parts[#parts + 1] = stream(text:sub(first, first + SLICE - 1))
    ngx.sleep(PAUSE)
  end
  parts[#parts + 1] = stream("", "finish")
  local packed = table.concat(parts)
  return #packed < #text and packed
end

--- The answer of a body that was fetched at a time. `before`, an answer with the same body perhaps,
--- saves the work.
---@param body string
---@param fetched number
---@param before sigmamind.nginx.Answer|nil
---@return sigmamind.nginx.Answer
function answer.new(body, fetched, before)
  local digest = ngx.md5(body)
  local is_same = before and before.digest == digest
  return {
    digest = digest,
    body = is_same and before.body or body,
    gzip = is_same and before.gzip or not is_same and compress(body),
    fetched = fetched,
  }
end

--- The rows of a list as one JSON text.
---@param rows string[]
---@return string
function answer.join(rows)
  return "[" .. table.concat(rows, ",\n") .. "]\n"
end

local VERSION = "^(%x+) (%d+)$"

local function version_of(self)
  return ("%s %d"):format(self.digest, math.floor(self.fetched * 1000))
end

--- The gzip form in the dict; false if it has none of this digest.
local function load_gzip(digest, dict, keys)
  local value = dict:get(keys.gzip)
  return value ~= nil and value:sub(1, #digest) == digest and value:sub(#digest + 1)
end

--- Writes the answer to the dict. Nothing of others is evicted for it. Returns its version; nil,
--- err if the dict is full.
---@param self sigmamind.nginx.Answer
---@param dict table
---@param keys table<string, string>
---@return string|nil version, string|nil err
function answer.publish(self, dict, keys)
  local old = dict:get(keys.version)
  local is_there = old and old:match "^%x+" == self.digest and dict:ttl(keys.body)
  if not is_there then
    local stored, err = dict:safe_set(keys.body, self.body)
    if not stored then
      dict:delete(keys.version)
      return nil, err
    elseif not self.gzip or not dict:safe_set(keys.gzip, self.digest .. self.gzip) then
      dict:delete(keys.gzip)
    end
  end
  local version = version_of(self)
  local stored, err = dict:safe_set(keys.version, version)
  return stored and version, err
end

--- Reads the answer of a version from the dict; nil if it is no newer than `before`, or if the dict
--- does not have it now.
---@param version string
---@param dict table
---@param keys table<string, string>
---@param before sigmamind.nginx.Answer|nil
---@return sigmamind.nginx.Answer|nil
function answer.load(version, dict, keys, before)
  local digest, milliseconds = version:match(VERSION)
  local fetched = tonumber(milliseconds) / 1000
  if before and before.fetched >= fetched then
    return nil
  elseif before and before.digest == digest then
    return { digest = digest, body = before.body, gzip = before.gzip, fetched = fetched }
  end
  local body = dict:get(keys.body)
  if body and ngx.md5(body) == digest then
    local gzip = load_gzip(digest, dict, keys)
    return { digest = digest, body = body, gzip = gzip, fetched = fetched }
  end
end

--- Seconds since the fetch.
---@param self sigmamind.nginx.Answer
---@return number
function answer.age(self)
  return math.max(0, core.now() - self.fetched)
end

return answer
