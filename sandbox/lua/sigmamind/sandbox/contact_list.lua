--- sandbox.contact_list: the contacts of a campaign, from the CSV that was sent.

local check = require "sigmamind.check"
local csv = require "sigmamind.csv"
local json = require "sigmamind.sandbox.json"

local contact_list = {}

local PHONE = "Phone Number"
local ERRORS_MAX = 1000 -- of a campaign's errors; the API's limit is not documented
local SEPARATOR = "\0" -- between the cells that are kept of a contact

---@class sigmamind.sandbox.Contacts
---@field phones string[]
---@field cells string[] of each contact, one text
---@field names string[] of the variables, by column
---@field errors string[]

--- The name of a variable in an agent's texts: "Customer Name" gives customer_name. How the API
--- derives it is not documented.
local function variable_of(column)
  return (column:lower():gsub("[^%w]+", "_"):gsub("^_", ""):gsub("_$", ""))
end

--- The number of the column with the phone numbers.
local function find_phone(columns)
  for i, column in ipairs(columns) do
    if column == PHONE then
      return i
    end
  end
end

local function add_error(list, text, ...)
  if #list.errors < ERRORS_MAX then
    list.errors[#list.errors + 1] = text:format(...)
  end
end

--- Adds a row, or what is wrong with it.
local function add_row(list, number, cells, phone_at, known)
  local text = cells and table.concat(cells, SEPARATOR) or ""
  local phone = json.is_utf8(text) and cells and cells[phone_at] or ""
  if not check.e164.test(phone) then
    return add_error(list, "Row %d: invalid phone number '%s'", number, phone)
  elseif known[phone] then
    return add_error(list, "Row %d: duplicate phone number", number)
  end
  known[phone] = true
  list.phones[#list.phones + 1] = phone
  list.cells[#list.cells + 1] = text
end

--- Reads the contacts of a file.
---@param text string
---@return sigmamind.sandbox.Contacts|nil contacts, string|nil err
function contact_list.read(text)
  local reader = csv.reader()
  reader:feed(text)
  reader:feed(nil)
  local columns = reader:row()
  local phone_at = columns and find_phone(columns)
  if not phone_at then
    return nil, "the file must be CSV with the column " .. PHONE
  end
  local list, known, number = { phones = {}, cells = {}, names = {}, errors = {} }, {}, 0
  for i, column in ipairs(columns) do
    list.names[i] = i ~= phone_at and variable_of(column) or ""
  end
  local cells, fault = reader:row()
  while cells or fault do
    number = number + 1
    add_row(list, number, cells, phone_at, known)
    cells, fault = reader:row()
  end
  if number == 0 then
    return nil, "the file has no contacts"
  end
  return list
end

--- The variables of a contact.
---@param list sigmamind.sandbox.Contacts
---@param index integer
---@return table<string, string>
function contact_list.variables(list, index)
  local variables, column = {}, 0
  for cell in (list.cells[index] .. SEPARATOR):gmatch "(%Z*)%z" do
    column = column + 1
    local name = list.names[column]
    if name and name ~= "" and cell ~= "" then
      variables[name] = cell
    end
  end
  return variables
end

return contact_list
