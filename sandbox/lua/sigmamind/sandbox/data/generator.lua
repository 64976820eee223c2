--- sandbox.data.generator: what the generators of rows have in common. A row depends only on its
--- number: a shorter list is a prefix of a longer one, and every run and every Lua has the same.

local generator = {}

local DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

-- The number in an identifier is multiplied, so that neighbours do not look alike.
local NUMBERS = 62 ^ 4
local FACTOR, INVERSE = 9999991, 10035399 -- FACTOR * INVERSE % NUMBERS == 1

--- A generator of pseudo-random numbers that gives the same on every Lua (Park and Miller).
---@param seed integer
---@return fun(n: integer): integer pick from 1 to n
function generator.new(seed)
  local state = seed * 48271 % 2147483647
  local function pick(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
  pick(1)
  pick(1)
  return pick
end

--- A prefix and 16 characters, of which 4 encode the number: identifiers of numbers below 62^4
--- differ.
---@param prefix string such as "camp_"
---@param number integer
---@param pick fun(n: integer): integer
---@return string
function generator.identifier(prefix, number, pick)
  local rest = number * FACTOR % NUMBERS
  local text = {}
  for i = 1, 16 do
    local digit = pick(62)
    if i % 4 == 0 then
      digit = rest % 62 + 1
      rest = math.floor(rest / 62)
    end
    text[i] = DIGITS:sub(digit, digit)
  end
  return prefix .. table.concat(text)
end

--- The number that an identifier encodes if `generator.identifier` made it; the caller checks that:
--- any other text may have a number, too.
---@param identifier string
---@return integer|nil
function generator.number(identifier)
  local text = identifier:match "_(%w+)$"
  if not text then
    return nil
  end
  local rest = 0
  for i = 16, 4, -4 do
    rest = rest * 62 + DIGITS:find(text:sub(i, i), 1, true) - 1 -- 0 beyond the end
  end
  return rest * INVERSE % NUMBERS
end

--- Letters and digits.
---@param length integer
---@param pick fun(n: integer): integer
---@return string
function generator.text(length, pick)
  local text = {}
  for i = 1, length do
    local digit = pick(62)
    text[i] = DIGITS:sub(digit, digit)
  end
  return table.concat(text)
end

---@param pick fun(n: integer): integer
---@return string day "2025-MM-DD"
function generator.day(pick)
  return ("2025-%02d-%02d"):format(pick(12), pick(28))
end

--- A time as the API writes it: ISO 8601, UTC.
---@param day string "YYYY-MM-DD"
---@param second integer of that day
---@return string
function generator.time(day, second)
  local minute = math.floor(second / 60)
  return ("%sT%02d:%02d:%02d.000Z"):format(day, math.floor(minute / 60), minute % 60, second % 60)
end

return generator
