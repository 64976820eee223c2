--- redact: replaces secrets in a text before it leaves the module, also where a server echoes them
--- JSON-, HTML- or URL-escaped.

local ascii = require "sigmamind.ascii"
local secret_fields = require "sigmamind.secrets"

local ENTITIES = {
  ["&"] = "&amp;",
  ["<"] = "&lt;",
  [">"] = "&gt;",
  ['"'] = "&quot;",
  ["'"] = "&apos;",
}
local FORMATS = { "\\u%04x", "%%%02x", "&#%d;", "&#%03d;", "&#x%x;", "&#x%02x;" }
local LONGEST = 7 -- bytes of the longest escaped character
local SHORTEST = 3 -- bytes; a shorter secret cannot be distinguished from text

--- The spellings of a character in lower case: escaped forms first, itself last.
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

--- The places after a spelling of this character that begins at one of `places`.
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

--- The place after the secret that begins at `at`, in its longest matching spelling, or nil.
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

--- The place after the longest of the secrets that begin at `at`, or nil.
local function match_any(text, at, secrets)
  local last
  for _, spelled in ipairs(secrets) do
    local after = match(text, at, spelled)
    last = after and math.max(last or 0, after) or last
  end
  return last
end

--- A pattern for the possible first bytes of the secrets.
local function first_bytes(secrets)
  local bytes = {}
  for _, spelled in ipairs(secrets) do
    for _, spelling in ipairs(spelled[1]) do
      bytes[#bytes + 1] = "%" .. spelling:sub(1, 1)
    end
  end
  return "[" .. table.concat(bytes):gsub("%%(%w)", "%1") .. "]"
end

--- The spellings of all secrets, and the length of the longest secret in bytes.
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

--- The place of the quote that ends a string, from `at` on; nil: the text was cut. In JSON that was
--- quoted once more, a quote that ends a string has one backslash before it, and one within has
--- three.
local function end_of_string(text, at, is_quoted_twice)
  local open, close = text:find('\\*"', at)
  while open do
    local backslashes = close - open
    if is_quoted_twice and backslashes % 4 == 1 or not is_quoted_twice and backslashes % 2 == 0 then
      return is_quoted_twice and close - 1 or close
    end
    open, close = text:find('\\*"', close + 1)
  end
end

--- The text with *** for the strings of this member.
local function mask_member(text, name)
  local pattern = '\\?"' .. name .. '\\?"%s*:%s*(\\?)"'
  local kept, from = {}, 1
  local _, open, escape = text:find(pattern)
  while open do
    local close = end_of_string(text, open + 1, escape ~= "") or #text + 1
    kept[#kept + 1] = text:sub(from, open) .. "***"
    from = close
    _, open, escape = text:find(pattern, close)
  end
  return table.concat(kept) .. text:sub(from)
end

local function mask_members(text)
  for _, name in ipairs(secret_fields) do
    text = mask_member(text, name)
  end
  return text
end

--- The first `max` bytes of a text, with *** for each secret, whatever its case.
local function redact(text, secrets, max)
  local spelled, longest = spell_all(secrets)
  if longest == 0 then
    return text:sub(1, max)
  end
  text = text:sub(1, max + LONGEST * longest) -- a secret may begin within `max` and end beyond
  local lower, first = ascii.lower(text), first_bytes(spelled)
  local kept, from = {}, 1
  local at = lower:find(first)
  while at and at <= max do
    local after = match_any(lower, at, spelled)
    if after then
      kept[#kept + 1] = text:sub(from, at - 1) .. "***"
      from = after
    end
    at = lower:find(first, after or at + 1)
  end
  return (table.concat(kept) .. text:sub(from, max)):sub(1, max)
end

--- The first `max` bytes of a text, with *** for each secret, whatever its case, and for members of
--- JSON that hold secrets of the API. Members come last, in text that is cut: what is left out
--- before the cut would move a secret that ends behind it.
---@param text string
---@param secrets string[]
---@param max integer
---@return string
return function(text, secrets, max)
  return mask_members(redact(text, secrets, max)):sub(1, max)
end
