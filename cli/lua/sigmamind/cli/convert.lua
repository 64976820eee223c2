--- cli.convert: converters of the command line's words, for argparse: a value, or nil, message.

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

--- A converter to a number.
---@param name string  of the option
function convert.number(name)
  return function(text)
    local value = text:find "^%-?%d+%.?%d*$" and to_number(text)
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

return convert
