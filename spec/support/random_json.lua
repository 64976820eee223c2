-- Random JSON text from a seed, so that a failure can be reproduced.

local random_json = {}

--- A function that returns integers from 1 to `max`, the same ones for the same seed on every Lua.
function random_json.generator(seed)
  return function(max)
    seed = (seed * 16807) % 2147483647
    return seed % max + 1
  end
end

local STRINGS = {
  '""', '"a"', '"plain text"', '"caf\195\169"', '"\230\151\165\230\156\172"', '"\240\159\154\128"',
  [["\"\\\/\b\f\n\r\t"]], [["\u00e9\u20ac\ud83d\ude00"]], '"exactly 14 by"', '"fifteen bytes!!"',
  '"sixteen  bytes!!"', '"' .. ("long "):rep(60) .. '"', '"' .. ("\\n"):rep(200) .. '"',
}
local NUMBERS = {
  "0", "-1", "7", "123456", "-2147483648", "9007199254740991", "0.5", "-2.5e-3", "1E5", "1e+2",
  "3.141592653589793", "1e-300", "123456789.125",
}
local KEYS = {
  '"id"', '"campaignName"', '"status"', '"agent"', '"errors"', '"x"', '"na\195\175ve"',
  '"esc\\u0061ped"', '"a key of forty bytes or a little more, so"', '"size"', '"count"', '"more"',
}
local SPACES = { "", "", "", " ", "\n  ", "\t", "\r\n" }

local value

local function spaced(random, token)
  return SPACES[random(#SPACES)] .. token .. SPACES[random(#SPACES)]
end

local function array(random, depth)
  local items = {}
  for i = 1, random(4) - 1 do
    items[i] = value(random, depth - 1)
  end
  return "[" .. table.concat(items, ",") .. SPACES[random(#SPACES)] .. "]"
end

--- An object without repeated names, for which decoders may differ.
function random_json.object(random, depth)
  local fields, first = {}, random(#KEYS)
  for i = 1, random(8) - 1 do
    local key = KEYS[(first + i * 5) % #KEYS + 1]
    fields[i] = spaced(random, key) .. ":" .. value(random, depth - 1)
  end
  return "{" .. table.concat(fields, ",") .. SPACES[random(#SPACES)] .. "}"
end

function value(random, depth)
  local kind = random(depth > 0 and 10 or 7)
  local token
  if kind <= 3 then
    token = STRINGS[random(#STRINGS)]
  elseif kind <= 5 then
    token = NUMBERS[random(#NUMBERS)]
  elseif kind == 6 then
    token = "true"
  elseif kind == 7 then
    token = "false"
  elseif kind == 8 then
    token = array(random, depth)
  else
    token = random_json.object(random, depth)
  end
  return spaced(random, token)
end

local SHAPES = {
  { '"id"', '"status"', '"agent"', '"count"' },
  { '"id"', '"status"', '"agent"', '"count"' },
  { '"id"', '"status"', '"agent"', '"count"' },
  { '"status"', '"id"', '"more"' },
}
local AGENT_SHAPES = { { '"x"', '"size"' }, { '"x"', '"size"' }, { '"size"' } }

-- Usually a row like the ones before it: the shapes repeat, the values do not.
local function row(random, shapes)
  if random(5) == 1 then
    return random_json.object(random, 3)
  end
  local names = shapes[random(#shapes)]
  local fields = {}
  for i, name in ipairs(names) do
    local is_agent = name == '"agent"'
    local inner = is_agent and random(4) > 1 and row(random, AGENT_SHAPES)
    fields[i] = name .. ":" .. (inner or value(random, is_agent and 2 or 0))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

--- `count` rows.
function random_json.rows(random, count)
  local rows = {}
  for i = 1, count do
    rows[i] = row(random, SHAPES)
  end
  return rows
end

-- Appends the pieces of an object to the list: text, and false for a value.
local function add_skeleton(random, pieces, depth)
  local first = random(#KEYS)
  for i = 1, random(6) do
    local key = KEYS[(first + i * 5) % #KEYS + 1]
    pieces[#pieces + 1] = (i == 1 and "{" or ",") .. spaced(random, key) .. ":" .. SPACES[random(#SPACES)]
    if depth > 1 and random(3) == 1 then
      add_skeleton(random, pieces, depth - 1)
    else
      pieces[#pieces + 1] = false
    end
    pieces[#pieces + 1] = SPACES[random(#SPACES)]
  end
  pieces[#pieces + 1] = "}"
end

--- `count` rows of one shape; some values are objects or arrays.
function random_json.alike(random, count)
  local pieces, rows = {}, {}
  add_skeleton(random, pieces, 3)
  for i = 1, count do
    local row_pieces = {}
    for k, piece in ipairs(pieces) do
      row_pieces[k] = piece or value(random, random(12) == 1 and 2 or 0)
    end
    rows[i] = table.concat(row_pieces)
  end
  return rows
end

local PATHS = {
  "id", "status", "agent", "count", "more", "agent.x", "agent.size", "agent.id", "agent.agent.x", "na\195\175ve",
}
local OPERANDS = { "", "a", "plain text", "caf\195\169", 'b"', 0, -1, 7, 0.5, 123456, 100000, true, false }

local function some(random, kind)
  while true do
    local operand = OPERANDS[random(#OPERANDS)]
    if not kind or type(operand) == kind then
      return operand
    end
  end
end

local MAKERS = {
  function(random) return some(random) end,
  function(random) return { ne = some(random) } end,
  function(random) return { lt = some(random, "number") } end,
  function(random) return { ge = some(random, "number"), le = some(random, "number") } end,
  function(random) return { gt = some(random, "string") } end,
  function(random) return { one_of = { some(random), some(random), some(random) } } end,
  function(random) return { starts_with = some(random, "string") } end,
  function(random) return { ends_with = some(random, "string") } end,
  function(random) return { contains = some(random) } end,
  function(random) return { exists = some(random, "boolean") } end,
  function(random) return { none_of = { some(random), some(random) } } end,
  function(random) return { length = random(4) - 1 } end,
  function(random) return { length = { ge = random(3), lt = random(20) } } end,
  function(random) return { any = some(random) } end,
  function(random) return { any = { ne = some(random), length = { ne = random(4) } } } end,
  function(random) return { any = { lt = some(random, "number") }, length = { gt = 1 } } end,
}

--- A where table with one or two conditions.
function random_json.where(random)
  local where = {}
  for _ = 1, random(2) do
    where[PATHS[random(#PATHS)]] = MAKERS[random(#MAKERS)](random)
  end
  return where
end

return random_json
