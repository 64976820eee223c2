--- check: checks tables of named arguments against rules, and words the error messages.
--
-- A rule is {accepts = "a description", test = function(value) -> boolean}, optionally with
-- required = true, with secret = true if its value must not be shown, and with guess =
-- function(value) -> what a refused value was probably meant to be, or nil. The reference and the
-- types for editors also read `type`, as type() gives it, and `values`, all that are accepted.
-- Misuse raises an error at the line of the caller.

local ascii = require "sigmamind.ascii"
local nearest = require "sigmamind.nearest"
local number = require "sigmamind.number"

local check = {}

local INT32_MAX = 2147483647

--- The keys of a table as strings, sorted.
---@param t table
---@return string[]
function check.sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = tostring(key)
  end
  table.sort(keys, ascii.before)
  return keys
end

local SHOWN_MAX = 40 -- bytes of a string in a message

--- A text without control characters, and shortened; never within a character of UTF-8.
---@param text string
---@return string
function check.short(text)
  if #text > SHOWN_MAX then
    local last = SHOWN_MAX
    while last > SHOWN_MAX - 3 and text:find("^[\128-\191]", last + 1) do
      last = last - 1
    end
    text = text:sub(1, last) .. "..."
  end
  return (text:gsub("%c", "?"))
end

--- A value for an error message: strings are quoted and shortened to one line.
---@param value any
---@return string
function check.show(value)
  if type(value) == "number" then
    return number.text(value)
  elseif type(value) ~= "string" then
    return tostring(value)
  end
  return "'" .. check.short(value) .. "'"
end

---@param value any
---@return boolean
function check.is_integer(value)
  return type(value) == "number" and value % 1 == 0 -- infinity % 1 is NaN
end

--- Whether a value of a row can identify it: not null, whatever null is.
---@param value any
---@return boolean
function check.is_id(value)
  return type(value) == "string" or type(value) == "number"
end

---@param min integer
---@param max integer
---@return table rule
function check.integer(min, max)
  return {
    accepts = ("an integer from %d to %d"):format(min, max),
    type = "integer",
    test = function(value)
      return check.is_integer(value) and value >= min and value <= max
    end,
  }
end

--- Numbers that a query can hold.
check.finite = {
  accepts = "a finite number",
  test = function(value)
    return type(value) == "number" and value - value == 0
  end,
}
check.whole = { accepts = "an integer", type = "integer", test = check.is_integer }

local WAIT_MAX = 3600 -- seconds

--- A time limit of one step in seconds, or false for none. A larger number was probably meant to be
--- milliseconds.
check.wait = {
  accepts = ("a number of seconds above 0 and up to %d, or false"):format(WAIT_MAX),
  test = function(value)
    return value == false or (type(value) == "number" and value > 0 and value <= WAIT_MAX)
  end,
  guess = function(value)
    return type(value) == "number" and value > WAIT_MAX and value < math.huge and "milliseconds"
  end,
}

--- Seconds, at least some.
check.interval = {
  accepts = "a number of seconds above 0",
  test = function(value)
    return type(value) == "number" and value > 0 and value < math.huge
  end,
}

--- A number of seconds above 0, or false for none.
check.seconds = {
  accepts = "a number of seconds above 0, or false",
  test = function(value)
    return value == false or (type(value) == "number" and value > 0)
  end,
}

---@param name string  as type() gives it
---@return table rule
function check.type(name)
  return {
    accepts = "a " .. name,
    type = name,
    test = function(value)
      return type(value) == name
    end,
  }
end

--- A valid header value: non-empty printable ASCII without leading or trailing spaces, which would
--- not count as part of it (RFC 9110 section 5.5).
check.printable = {
  accepts = "a string of printable ASCII characters without leading or trailing spaces",
  test = function(value)
    return type(value) == "string"
      and value:find "^[ -~]+$" ~= nil
      and not (value:find "^ " or value:find " $")
  end,
}

--- A phone number as the API takes it (ITU-T E.164).
check.e164 = {
  accepts = "a phone number like '+14155552671' (E.164)",
  type = "string",
  test = function(value)
    return type(value) == "string" and #value >= 8 and #value <= 16
      and value:find "^%+[1-9]%d+$" ~= nil
  end,
}

--- A string of so many characters, as UTF-8.
---@param min integer
---@param max integer
---@return table rule
function check.length(min, max)
  return {
    accepts = ("a string of %d to %d characters"):format(min, max),
    type = "string",
    test = function(value)
      if type(value) ~= "string" then
        return false
      end
      local _, continued = value:gsub("[\128-\191]", "")
      return #value - continued >= min and #value - continued <= max
    end,
  }
end

--- The same rule for an argument that must be given.
---@param rule table
---@return table rule
function check.required(rule)
  local copy = { required = true }
  for name, value in pairs(rule) do
    copy[name] = value
  end
  return copy
end

--- Whether a segment of a path names another one: libcurl would remove it (RFC 3986 section 5.2.4).
---@param segment string
---@return boolean
function check.is_dots(segment)
  local plain = segment:gsub("%%2[eE]", ".")
  return plain == "." or plain == ".."
end

local PATH = "^/[%w%-._~!$&'()*+,;=:@/%%]*$" -- RFC 3986 section 3.3

--- A path below base_url.
check.path = {
  accepts = "a path like '/v1/calls', percent-encoded, without a query and without . and ..",
  test = function(value)
    if type(value) ~= "string" or not value:find(PATH) or value:gsub("%%%x%x", ""):find "%%" then
      return false
    end
    for segment in value:gmatch "[^/]+" do
      if check.is_dots(segment) then
        return false
      end
    end
    return true
  end,
}

---@param list any[]
---@param item any
---@return boolean
function check.has(list, item)
  for _, each in ipairs(list) do
    if each == item then
      return true
    end
  end
  return false
end

---@param words string[]
---@return table rule
function check.one_of(words)
  return {
    accepts = "one of " .. table.concat(words, ", "),
    values = words,
    test = function(value)
      return check.has(words, value)
    end,
  }
end

--- A page number or a limit, and the size of a page or of a campaign: int32, as in the API.
check.count = check.integer(0, INT32_MAX)
check.positive = check.integer(1, INT32_MAX)

--- Max pages in flight.
check.prefetch = check.integer(0, 64)

--- The message for an unknown name, with a suggestion and the known names.
---@param noun string  such as "option"
---@param name any
---@param rules table<string, any>
---@return string
function check.unknown(noun, name, rules)
  local names = check.sorted_keys(rules)
  local meant = nearest(name, names)
  local question = meant and (" (did you mean %s?)"):format(meant) or ""
  local text = "unknown %s %s%s; known: %s"
  return text:format(noun, check.show(name), question, table.concat(names, ", "))
end

local function complaint(what, rules, name, value, noun)
  local rule = rules[name]
  if rule == nil then
    return ("%s: %s"):format(what, check.unknown(noun, name, rules))
  elseif not rule.test(value) then
    local got = rule.secret and "" or ", got " .. check.show(value)
    local guess = rule.guess and rule.guess(value)
    local question = guess and (" (%s?)"):format(guess) or ""
    return ("%s: %s must be %s%s%s"):format(what, name, rule.accepts, got, question)
  end
end

--- The first name of a required argument that is not given; nil: none is missing.
---@param rules table<string, table>
---@param given table
---@return string|nil
function check.missing(rules, given)
  local missing
  for name, rule in pairs(rules) do
    if rule.required and given[name] == nil and not (missing and missing < name) then
      missing = name
    end
  end
  return missing
end

--- Checks the named arguments `given` (nil: none) and returns them.
---@param what string  the function, for messages
---@param rules table<string, table>
---@param given table|nil
---@param level integer  the line for the error: 1 is the caller's, as for `error`
---@param noun? string  for messages; default "option"
---@return table given
function check.arguments(what, rules, given, level, noun)
  given = given == nil and {} or given
  if type(given) ~= "table" then
    -- the value is not shown: it may be a key that was passed in the wrong way
    local text = "%s: expected a table of named arguments, got a %s"
    error(text:format(what, type(given)), level + 1)
  end
  for name, value in pairs(given) do
    local wrong = complaint(what, rules, name, value, noun or "option")
    if wrong then
      error(wrong, level + 1)
    end
  end
  local missing = check.missing(rules, given)
  if missing then
    error(("%s: %s is missing: %s"):format(what, missing, rules[missing].accepts), level + 1)
  end
  return given
end

return check
