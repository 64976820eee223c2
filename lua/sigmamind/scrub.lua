--- scrub: takes the key out of a text before it leaves the module. A server that repeats what it
--- was sent may write each character as JSON, HTML or a URL has it.

local ENTITIES = {
  ["&"] = "&amp;",
  ["<"] = "&lt;",
  [">"] = "&gt;",
  ['"'] = "&quot;",
  ["'"] = "&apos;",
}
local FORMATS = { "\\u%04x", "%%%02x", "&#%d;", "&#%03d;", "&#x%x;", "&#x%02x;" }
local LONGEST = 7 -- bytes of a character written in any of these ways

--- The ways to write a character, in lower case, itself last.
local function spellings_of(character)
  local spellings = { ENTITIES[character] }
  for _, format in ipairs(FORMATS) do
    spellings[#spellings + 1] = format:format(character:byte())
  end
  spellings[#spellings + 1] = "\\" .. character:lower()
  spellings[#spellings + 1] = character == " " and "+" or nil
  spellings[#spellings + 1] = character:lower()
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

--- A pattern for the bytes with which one of these begins.
local function first_bytes(spellings)
  local bytes = {}
  for i, spelling in ipairs(spellings) do
    bytes[i] = "%" .. spelling:sub(1, 1)
  end
  return "[" .. table.concat(bytes):gsub("%%(%w)", "%1") .. "]"
end

--- The first `most` bytes of a text, with *** for the key, in whatever case it is.
---@param text string
---@param key string|nil
---@param most integer
---@return string
return function(text, key, most)
  if not key then
    return text:sub(1, most)
  end
  text = text:sub(1, most + LONGEST * #key) -- the key may begin within `most`, and end beyond
  local lower, spelled = text:lower(), spell(key)
  local kept, from, first = {}, 1, first_bytes(spelled[1])
  local at = lower:find(first)
  while at and at <= most do
    local after = match(lower, at, spelled)
    if after then
      kept[#kept + 1] = text:sub(from, at - 1) .. "***"
      from = after
    end
    at = lower:find(first, after or at + 1)
  end
  return (table.concat(kept) .. text:sub(from, most)):sub(1, most)
end
