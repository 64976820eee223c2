--- cli.warnings: reports possible mistakes in --where and --select after a listing: a path that no
--- row has, a value of another type than the field, a misspelled status.

local check = require "sigmamind.check"
local errors = require "sigmamind.cli.errors"
local names = require "sigmamind.cli.names"
local nearest = require "sigmamind.nearest"
local values = require "sigmamind.cli.values"

local unpack = table.unpack or unpack

local warnings = {}

local Warnings = {}
Warnings.__index = Warnings

--- Whether a listing with these options reads all rows.
local function sees_all(declaration, options)
  for name in pairs(declaration.list) do
    if options[name] ~= nil then
      return false
    end
  end
  return not (options.limit or options.resume)
end

--- The paths that the user named; --watch selects further ones.
local function named_paths(options, conditions)
  local named = {}
  for _, path in ipairs(options.select or {}) do
    named[path] = true
  end
  for _, each in ipairs(conditions) do
    named[each.path] = true
  end
  return named
end

---@param declaration sigmamind.Declaration  of the rows
---@param options table  as argparse gives them
---@param conditions sigmamind.cli.Condition[]
function warnings.new(declaration, options, conditions)
  local is_whole = sees_all(declaration, options)
  local seen = is_whole and "" or " that was read"
  return setmetatable({
    conditions = conditions,
    named = named_paths(options, conditions),
    values = values.of(declaration),
    nobody = "no " .. declaration.title .. seen,
    read = is_whole and "" or " in what was read",
    format = options.error_format,
    reported = {}, -- by message
  }, Warnings)
end

local function meant(name)
  return name and ("; did you mean '%s'?"):format(name) or ""
end

local function of_unknown_path(self, unknown)
  return {
    message = ("%s has '%s'%s"):format(self.nobody, unknown.path, meant(unknown.nearest)),
    path = unknown.path,
    nearest = unknown.nearest,
  }
end

--- By the type of a field: its name, the words for a missing operand, and a path to suggest.
local TYPES = {
  string = { "a string", "no string; put the value in double quotes" },
  number = { "a number", "no number" },
  boolean = { "true or false", "neither" },
  array = { "an array", "no array", "; its elements are %s[]" },
  object = { "an object", "no object", "; a field of it is %s.NAME" },
}

local HAS_LENGTH = { string = true, array = true, object = true }

local function has_operand(each, wanted)
  local given = type(each.value) == "table" and each.value or { each.value }
  for _, value in ipairs(given) do
    if type(value) == wanted then
      return true
    end
  end
  return false
end

--- Whether a condition can hold for values, or elements, of a type.
local function takes(each, wanted)
  if each.length then
    return HAS_LENGTH[wanted] == true
  end
  return each.operator == "exists" or each.operator == "contains" and wanted == "array"
    or has_operand(each, wanted)
end

--- Whether a condition is a reason for the report of a mistyped path.
local function refuses(each, mistyped)
  if each.path ~= mistyped.path then
    return false
  elseif not mistyped.elements and each.any then
    return mistyped.type ~= "array"
  elseif mistyped.elements and not each.any then
    return each.operator == "contains" and not has_operand(each, mistyped.type)
  end
  return not takes(each, mistyped.type)
end

local function first_to_refuse(self, mistyped)
  for _, each in ipairs(self.conditions) do
    if refuses(each, mistyped) then
      return each
    end
  end
end

--- The part of the message about such a condition.
local function misuse(each, mistyped)
  if each.any and not mistyped.elements then
    return "is about elements, which only arrays have"
  elseif each.length then
    return "is about a length, which only strings, arrays and objects have"
  end
  local _, lacking, parts = unpack(TYPES[mistyped.type])
  parts = not mistyped.elements and parts or ""
  return "compares it with " .. lacking .. parts:format(mistyped.path)
end

local function of_mistyped_path(self, mistyped)
  local is, refusing = TYPES[mistyped.type][1], first_to_refuse(self, mistyped)
  local all = mistyped.elements and "every element of '%s' is %s%s"
    or "'%s' is %s wherever it has a value%s"
  return {
    message = (all .. ", but '%s' %s"):format(
      mistyped.path, is, self.read, refusing.text, misuse(refusing, mistyped)),
    path = mistyped.path,
    type = mistyped.type,
    elements = mistyped.elements,
  }
end

--- The warning for a value that is not documented, but similar to one that is; else nil.
local function of_value(value, path, documented)
  local near = nearest(value, documented)
  if near and not check.one_of(documented).test(value) then
    return {
      message = ("'%s' is not %s%s"):format(value, names.one(names.words(path)), meant(near)),
      path = path,
      nearest = near,
    }
  end
end

local EQUALITY = { eq = true, ne = true, one_of = true, none_of = true }

--- The warnings for the values in a condition.
local function of_condition(self, each)
  local list, documented = {}, self.values[each.path]
  if documented and EQUALITY[each.operator] and not each.length then
    local given = type(each.value) == "table" and each.value or { each.value }
    for _, value in ipairs(given) do
      list[#list + 1] = of_value(value, each.path, documented)
    end
  end
  return list
end

local function report_once(self, warning)
  if not self.reported[warning.message] then
    errors.warn(warning, self.format)
    self.reported[warning.message] = true
  end
end

--- Reports the new warnings of a listing that was read to its end.
---@param report sigmamind.Report
function Warnings:report(report)
  for _, each in ipairs(report.unknown_paths) do
    if self.named[each.path] then
      report_once(self, of_unknown_path(self, each))
    end
  end
  for _, each in ipairs(report.mistyped_paths) do
    report_once(self, of_mistyped_path(self, each))
  end
  for _, each in ipairs(self.conditions) do
    for _, warning in ipairs(of_condition(self, each)) do
      report_once(self, warning)
    end
  end
end

return warnings
