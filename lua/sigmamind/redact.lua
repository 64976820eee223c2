--- redact: takes secrets out of a text before it leaves the module. A server that repeats what it
--- was sent may write each character as JSON, HTML or a URL has it.

local ascii = require "sigmamind.ascii"

local ENTITIES = {
  ["&"] = "&amp;",
  ["<"] = "&lt;",
  [">"] = "&gt;",
  ['"'] = "&quot;",
  ["'"] = "&apos;",
}
local FORMATS = { "\\u%04x", "%%%02x", "&#%d;", "&#%03d;", "&#x%x;", "&#x%02x;" }
local LONGEST = 7 -- bytes of a character written in any of these ways
local SHORTEST = 3 -- bytes of a secret; a shorter one cannot be told from text

--- The ways to write a character, in lower case, itself last.
local function spellings_of(character)
  local spellings = { ENTITIES[character] }
  for _, format in ipairs(FORMATS) do
    spellings[#spellings + 1] = format:format(character:byte())
  end
  spellings[#spellings + 1] = "\\" .. ascii.lower(character)
  spellings[#spellings + 1] = character == " " and "+" or nil
  spellings[#spellings + 1] = ascii.lower(character)
  return spellings
end

local function spell(key)
  local spelled = {}
  for i = 1, #key do
    spelled[i] = spellings_of(key:sub(i, i))
  end
  return spelled
end

--- Adds the places where a character that is written at one of `places` ends.
local function after_one(text, places, spellings)
  local ends = {}
  for at in pairs(places) do
    for _, spelling in ipairs(spellings) do
      if text:sub(at, at + #spelling - 1) == spelling then
        ends[at + #spelling] = true
      end
    end
  end
  return ends
end

--- Where the key that is written at `at` ends, in the longest of the ways that fit; nil where it is
--- not there.
local function match(text, at, spelled)
  local places = { [at] = true }
  for _, spellings in ipairs(spelled) do
    places = after_one(text, places, spellings)
    if not next(places) then
      return nil
    end
  end
  local last = at
  for place in pairs(places) do
    last = math.max(last, place)
  end
  return last
end

--- Where the longest of the secrets that are written at `at` ends; nil where there is none.
local function match_any(text, at, secrets)
  local last
  for _, spelled in ipairs(secrets) do
    local after = match(text, at, spelled)
    last = after and math.max(last or 0, after) or last
  end
  return last
end

--- A pattern for the bytes with which one of these secrets begins.
local function first_bytes(secrets)
  local bytes = {}
  for _, spelled in ipairs(secrets) do
    for _, spelling in ipairs(spelled[1]) do
      bytes[#bytes + 1] = "%" .. spelling:sub(1, 1)
    end
  end
  return "[" .. table.concat(bytes):gsub("%%(%w)", "%1") .. "]"
end

--- The secrets, spelled, and the bytes of the longest.
local function spell_all(secrets)
  local spelled, longest = {}, 0
  for _, secret in ipairs(secrets) do
    if #secret >= SHORTEST then
      spelled[#spelled + 1] = spell(secret)
      longest = math.max(longest, #secret)
    end
  end
  return spelled, longest
end

--- The first `most` bytes of a text, with *** for each secret, in whatever case it is.
---@param text string
---@param secrets string[]
---@param most integer
---@return string
return function(text, secrets, most)
  local spelled, longest = spell_all(secrets)
  if longest == 0 then
    return text:sub(1, most)
  end
  text = text:sub(1, most + LONGEST * longest) -- a secret may begin within `most`, and end beyond
  local lower, first = ascii.lower(text), first_bytes(spelled)
  local kept, from = {}, 1
  local at = lower:find(first)
  while at and at <= most do
    local after = match_any(lower, at, spelled)
    if after then
      kept[#kept + 1] = text:sub(from, at - 1) .. "***"
      from = after
    end
    at = lower:find(first, after or at + 1)
  end
  return (table.concat(kept) .. text:sub(from, most)):sub(1, most)
end
