--- object: checks that all classes of this module share: a call with "." instead of ":", and access
--- to an unknown name, raise an error at the line of the caller.

local ascii = require "sigmamind.ascii"
local nearest = require "sigmamind.nearest"
local number = require "sigmamind.number"

local unpack = table.unpack or unpack

local object = {}

local function short_name(class)
  return class.__name:match "[^.]*$"
end

--- Raises at the line of the method's caller, unless `self` is an object of the class.
---@param self any
---@param class table
---@param method string
function object.expect(self, class, method)
  if getmetatable(self) ~= class then
    local name = short_name(class)
    error(("%s.%s must be called with a colon: %s:%s(...)"):format(name, method, name, method), 3)
  end
end

local function public_names(class, internal, others)
  local names = { unpack(others or {}) }
  for name, value in pairs(class) do
    if type(value) == "function" and not name:find "^__" and not internal[name] then
      names[#names + 1] = name
    end
  end
  table.sort(names, ascii.before)
  return names
end

--- Makes the objects of a class raise an error for unknown names. Call it after all methods are
--- defined: the message lists them.
---@param class table
---@param fields string[]  optional fields of its objects, and internal methods (not listed)
---@param of_number? string  the message for a number as an index
---@param others? string[]  fields of its objects that the message lists as well
function object.seal(class, fields, of_number, others)
  local internal = {}
  for _, name in ipairs(fields) do
    internal[name] = true
  end
  local known = public_names(class, internal, others)
  setmetatable(class, {
    __index = function(_, name)
      if internal[name] or type(name) == "string" and name:find "^__" then
        return nil
      end
      if of_number and type(name) == "number" then
        error(of_number, 2)
      end
      local near = nearest(name, known)
      local guess = near and (" (did you mean %s?)"):format(near) or ""
      local text = "%s has no '%s'%s; its methods are %s"
      local shown = type(name) == "number" and number.text(name) or tostring(name)
      error(text:format(class.__name, shown, guess, table.concat(known, ", ")), 2)
    end,
  })
end

return object
