-- JSON text from its parts. A generator of inputs writes text, not values, so that it decides about
-- the order of keys, the digits and the escapes.

local json_text = {}

--- `count` elements as an array; element(i) is the text of one.
function json_text.array(count, element)
  local list = {}
  for i = 1, count do
    list[i] = element(i)
  end
  return "[" .. table.concat(list, ",") .. "]"
end

--- `count` fields as an object; field(i) returns the name and the text of one.
function json_text.object(count, field)
  local list = {}
  for i = 1, count do
    list[i] = ('"%s":%s'):format(field(i))
  end
  return "{" .. table.concat(list, ",") .. "}"
end

--- A page of a listing that holds these rows.
function json_text.page(count, row)
  return ([[{"data":%s,"page":0,"size":%d,"totalCount":%d,"totalPages":7,%s}]]):format(
    json_text.array(count, row),
    count,
    count * 7,
    [["hasNext":true,"hasPrevious":false]]
  )
end

--- `length` random letters.
function json_text.letters(random, length)
  local list = {}
  for i = 1, length do
    list[i] = string.char(96 + random(26))
  end
  return table.concat(list)
end

-- The end of the token at i: a string, one of []{},: or a number or word.
local function token_end(text, i)
  if text:byte(i) ~= 34 then
    return select(2, text:find("^[^%[%]{},:]+", i)) or i
  end
  local at = i + 1
  while true do
    at = text:find('[\\"]', at)
    if text:byte(at) == 34 then
      return at
    end
    at = at + 2
  end
end

--- Minified text with a line for each field and element, `width` blanks for each level.
function json_text.indented(text, width)
  local parts, depth, i = {}, 0, 1
  local function line()
    return "\n" .. (" "):rep(depth * width)
  end
  while i <= #text do
    local last = token_end(text, i)
    local token = text:sub(i, last)
    local empty = token:find "^[%[{]$" and text:find("^[%]}]", i + 1)
    if empty then
      last = i + 1
      token = text:sub(i, last)
    elseif token:find "^[%[{]$" then
      depth = depth + 1
      token = token .. line()
    elseif token:find "^[%]}]$" then
      depth = depth - 1
      token = line() .. token
    elseif token == "," then
      token = token .. line()
    elseif token == ":" then
      token = ": "
    end
    parts[#parts + 1] = token
    i = last + 1
  end
  return table.concat(parts)
end

return json_text
