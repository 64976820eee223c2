-- The plan by which bench/floor.c makes a value. An object whose keys, and those of the objects in
-- it, come 8 times or more in the document is made by a constructor, a compiled Lua function of the
-- values of its fields; one whose keys alone come so often likewise, from objects that are there
-- already; every other by lua_createtable and lua_rawset. Null fields are left out, as ours are.
--
-- A step is a letter and an operand:
--
--   s string   n number   b 0 or 1   z 0 (nil)
--   a size of an array    i index in it
--   o size of an object   k number of a key   = 0 (set)
--   f number of a constructor   c number of values that it is called with

local core = require "sigmamind.core"
local floor = require "floor"
local race = require "bench.support.race"

local null = core.null
local OFTEN = 8
local MOST = 60 -- values that a constructor has

local ARRAY = {}

local function is_object(value)
  return type(value) == "table" and getmetatable(value) ~= ARRAY
end

local function sorted_keys(object)
  local keys = {}
  for key in pairs(object) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function quoted(value)
  return (("%q"):format(value):gsub("\\\n", "\\n"))
end

-- == Shapes =============================================================================

-- The source of the table that a constructor makes, `names` being its parameters so far. This is
-- also the name of the object's shape.
local function source_of(object, deep, names)
  local fields = {}
  for i, key in ipairs(sorted_keys(object)) do
    local value = object[key]
    if deep and is_object(value) then
      fields[i] = ("[%s]=%s"):format(quoted(key), source_of(value, deep, names))
    else
      names[#names + 1] = "v" .. #names + 1
      fields[i] = ("[%s]=%s"):format(quoted(key), names[#names])
    end
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

local function shape_of(object, deep)
  local names = {}
  return { source = source_of(object, deep, names), names = names, deep = deep }
end

-- Notes the deep and the flat shape of each object in the value, and how often each comes.
local function note_shapes(value, noted)
  if type(value) ~= "table" then
    return noted
  end
  if is_object(value) then
    local deep, flat = shape_of(value, true), shape_of(value, false)
    noted.shapes[value] = { deep, flat }
    for _, source in ipairs { deep.source, flat.source ~= deep.source and flat.source or nil } do
      noted.counts[source] = (noted.counts[source] or 0) + 1
    end
  end
  for _, each in pairs(value) do
    note_shapes(each, noted)
  end
  return noted
end

-- == Plans ==============================================================================

local Plan = {}
Plan.__index = Plan

local EFFECT = { i = -1, ["="] = -2 } -- on the height of the stack; else 1

function Plan:add(what, operand)
  self.steps[#self.steps + 1] = what
  self.steps[#self.steps + 1] = operand
  self.height = self.height + (what == "c" and -operand or EFFECT[what] or 1)
  self.room = math.max(self.room, self.height)
  if what == "s" then
    self.bytes = self.bytes + #operand
  end
end

-- The number of the constructor of this shape.
function Plan:constructor(shape)
  local number = self.numbers[shape.source]
  if not number then
    local parameters = table.concat(shape.names, ",")
    local text = ("return function(%s) return %s end"):format(parameters, shape.source)
    number = #self.constructors + 1
    self.constructors[number] = assert((loadstring or load)(text))()
    self.numbers[shape.source] = number
  end
  return number
end

-- The shape by which this object is constructed; nil: it is made by sets.
function Plan:shape(object)
  for _, shape in ipairs(self.noted.shapes[object] or {}) do
    if self.noted.counts[shape.source] >= OFTEN and #shape.names <= MOST then
      return shape
    end
  end
end

function Plan:key(key)
  if not self.key_numbers[key] then
    table.insert(self.keys, key)
    self.key_numbers[key] = #self.keys
  end
  self:add("k", self.key_numbers[key])
end

-- The values that a constructor is called with, in the order of source_of.
function Plan:arguments(object, deep)
  for _, key in ipairs(sorted_keys(object)) do
    local value = object[key]
    if deep and is_object(value) then
      self:arguments(value, deep)
    else
      self:value(value)
    end
  end
end

function Plan:call(object, shape)
  self:add("f", self:constructor(shape))
  self:arguments(object, shape.deep)
  self:add("c", #shape.names)
end

function Plan:object(object)
  local shape = self:shape(object)
  if shape then
    return self:call(object, shape)
  end
  local keys = {}
  for _, key in ipairs(sorted_keys(object)) do
    if object[key] ~= null then
      keys[#keys + 1] = key
    end
  end
  self:add("o", #keys)
  for _, key in ipairs(keys) do
    self:key(key)
    self:value(object[key])
    self:add("=", 0)
  end
end

function Plan:array(array)
  self:add("a", #array)
  for i, each in ipairs(array) do
    if each ~= null then
      self:value(each)
      self:add("i", i)
    end
  end
end

function Plan:value(value)
  if value == null then
    self:add("z", 0)
  elseif type(value) == "boolean" then
    self:add("b", value and 1 or 0)
  elseif type(value) == "string" then
    self:add("s", value)
  elseif type(value) == "number" then
    self:add("n", value)
  elseif is_object(value) then
    self:object(value)
  else
    self:array(value)
  end
end

-- Returns the function that makes the value; objects by constructors where their noted shapes come
-- often.
local function function_of(value, noted)
  local plan = setmetatable({
    steps = {},
    bytes = 0,
    height = 0,
    room = 0,
    keys = {},
    key_numbers = {},
    constructors = {},
    numbers = {},
    noted = noted,
  }, Plan)
  plan:value(value)
  return floor(plan.steps, plan.bytes, plan.room + 4, plan.keys, plan.constructors)
end

local function time_of(run)
  local contender = { run = run }
  race.prepare(contender)
  for _ = 1, 3 do
    race.round(contender)
  end
  return race.quartiles(contender.times)[2]
end

--- Returns a function that makes the value of this JSON text: with constructors or without them,
--- whichever is faster.
return function(text)
  local value = assert(core.decoder { null = null, array_mt = ARRAY }:value(text))
  local by_constructors = function_of(value, note_shapes(value, { shapes = {}, counts = {} }))
  local by_sets = function_of(value, { shapes = {} })
  return time_of(by_constructors) <= time_of(by_sets) and by_constructors or by_sets
end
