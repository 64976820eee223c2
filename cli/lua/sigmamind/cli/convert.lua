--- cli.convert: converters of the command line's words, for argparse: a value, or nil, message.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local fields = require "sigmamind.cli.fields"
local number = require "sigmamind.number"

local convert = {}

--- The number of a text with a decimal point; Lua 5.1 and 5.2 read the mark of the locale.
local function to_number(text)
  local mark = ("%.1f"):format(0.5):match "[^%d]+"
  return tonumber(text) or tonumber((text:gsub("%.", mark)))
end

local SECONDS_MIN = 0.1
local INT32_MAX = 2147483647 -- the API's integers

--- A converter to an integer from `min` to `max`, if given.
---@param name string  of the option
---@param min integer
---@param max? integer
function convert.integer(name, min, max)
  local range = max and ("from %d to %d"):format(min, max) or ("from %d"):format(min)
  return function(text)
    local value = text:find "^%d+$" and tonumber(text)
    local fits = value and value >= min and value <= (max or INT32_MAX)
    if not fits then
      return nil, ("%s must be an integer %s, got '%s'"):format(name, range, text)
    end
    return value
  end
end

--- A converter to seconds, up to `max`; `guess` is a hint for a larger number.
---@param name string  of the option
---@param max number
---@param guess? string
function convert.seconds(name, max, guess)
  return function(text)
    local value = text:find "^%d*%.?%d*$" and to_number(text)
    if not value or not (value >= SECONDS_MIN and value <= max) then
      local message = "%s must be a number of seconds from %s to %d, got '%s'%s"
      local question = value and value > max and guess or ""
      return nil, message:format(name, number.text(SECONDS_MIN), max, text, question)
    end
    return value
  end
end

--- A converter of a list of fields.
---@param text string
---@return string[]|nil, string|nil
function convert.fields(text)
  local items = {}
  for item in text:gmatch "[^,]+" do
    items[#items + 1] = item:match "^%s*(.-)%s*$"
  end
  if #items == 0 then
    return nil, "expected names of fields, separated by commas"
  end
  return items
end

local function plain_number(text)
  return text:find "^%-?%d+%.?%d*$" and to_number(text) or nil
end

--- A converter to a number.
---@param name string  of the option
function convert.number(name)
  return function(text)
    local value = plain_number(text)
    if not value then
      return nil, ("%s must be a number, got '%s'"):format(name, text)
    end
    return value
  end
end

--- A converter of true and false.
---@param text string
---@return boolean
function convert.boolean(text)
  return text == "true"
end

--- The name and the value of NAME=VALUE; nil, message.
---@param option string
---@param text string
---@return string|nil name, string value_or_message
function convert.assignment(option, text)
  local name, value = text:match "^([^=]+)=(.*)$"
  if not name then
    return nil, ("%s: '%s' is not NAME=VALUE"):format(option, text)
  end
  return name, value
end

local JSON_NUMBER = "^%-?%d+%.?%d*[eE]?[+-]?%d*$"

--- Whether the text of a value stands for what it is in JSON: numbers, true, false, null, and
--- strings in double quotes. Any other text is a string.
---@param text string
---@return boolean
function convert.is_literal(text)
  local is_known = text == "true" or text == "false" or text == "null"
    or text:find(JSON_NUMBER) or text:find '^".*"$'
  return is_known and fields.decoder():value(text) ~= nil
end

local EXACT = 2 ^ 53 -- every Lua holds each integer below it

--- The first integer of a JSON text that not every Lua holds; nil: none.
local function inexact_integer(text)
  local bare = text:gsub("\\.", ""):gsub('"[^"]*"', '""')
  for digits in bare:gmatch "%-?%d[%d.eE+-]*" do
    local value = digits:find "^%-?%d+$" and tonumber(digits) or 0
    if value >= EXACT or value <= -EXACT then
      return digits
    end
  end
end

local decoder

--- The value of a JSON text, in which null is core.null; nil, message.
---@param option string
---@param text string
---@return any, string|nil
function convert.json(option, text)
  decoder = decoder or core.decoder { null = core.null, array_mt = fields.array_mt }
  local value, why = decoder:value(text)
  local digits = value ~= nil and inexact_integer(text)
  if value == nil then
    return nil, ("%s: %s"):format(option, why)
  elseif digits then
    local message = "%s: %s has more digits than a number can hold here: write it as a string"
    return nil, message:format(option, digits)
  end
  return value
end

local function to_object(option, text)
  local value, why = convert.json(option, text)
  if value ~= nil and (type(value) ~= "table" or getmetatable(value) == fields.array_mt) then
    why = ("%s must be a JSON object like '{\"name\":\"value\"}'"):format(option)
  end
  return not why and value or nil, why
end

--- A converter to a value that the rule of an argument accepts.
---@param option string
---@param rule table
function convert.by_rule(option, rule)
  return function(text)
    if rule.type == "table" then
      return to_object(option, text)
    elseif rule.test(text) then
      return text
    end
    local value = plain_number(text)
    if value == nil or not rule.test(value) then
      return nil, ("%s must be %s, got %s"):format(option, rule.accepts, check.show(text))
    end
    return value
  end
end

return convert
