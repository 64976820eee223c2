--- contacts: checks the contacts of a campaign, a CSV file or a list of rows, before they are sent.
--- The API documents one header, "Phone Number,Customer Name,Order ID", with numbers in E.164.

local check = require "sigmamind.check"
local core = require "sigmamind.core"
local csv = require "sigmamind.csv"
local errors = require "sigmamind.errors"
local files = require "sigmamind.files"
local is_utf8 = require "sigmamind.is_utf8"
local nearest = require "sigmamind.nearest"
local number = require "sigmamind.number"

local contacts = {}

local is_e164 = check.e164.test

local PIECE = 65536 -- bytes of a file that are read at once
local PHONE = "Phone Number"
local PHONE_MAX = 16 -- characters of a number in E.164
local SHOWN = 3 -- problems and duplicates in an error message

local CONTROL = "[%z\1-\8\11\12\14-\31\127]" -- not tab, LF and CR

--- Spaces and marks of direction (U+2000 to U+203F), which come with numbers that were copied.
local INVISIBLE = "\226\128[\128-\191]"

--- Cells in a pattern for rows that need no further look.
local PLAIN = '[^,"%z\1-\8\10-\31\127]*'
local NOT_BLANK = '[^ \t,"%z\1-\8\10-\31\127]' .. PLAIN
local PHONE_CELL = "(%+[1-9]%d%d%d%d%d%d+)"
local PLAIN_MAX = 60 -- columns: Lua and LuaJIT limit how deep a pattern nests

---@alias sigmamind.ContactRow table<string, string|number|boolean>  `phone`, and variables

--- What is wrong with the contacts. Without `row`: with the header, or all of them.
---@class sigmamind.ContactProblem
---@field row? integer  the number of the contact, from 1
---@field line? integer  of the file, where the row begins; the header's is 1; nil for a list
---@field column? string  its name, shortened like `value`
---@field value? string  at most 40 bytes, and "?" for control characters
---@field message string

---@class sigmamind.ContactDuplicate
---@field row integer  as in a problem; an earlier row has the same number
---@field line? integer
---@field value string  the phone number

---@class sigmamind.ContactReport
---@field rows integer  contacts: all rows below the header, empty ones too
---@field good integer  rows without a problem of their own; 0 if the header has one
---@field problem_count integer
---@field problems sigmamind.ContactProblem[]  the first max_problems
---@field duplicate_count integer
---@field duplicates sigmamind.ContactDuplicate[]  the first max_problems
---@field columns string[]  the header; empty if it cannot be read
---@field bytes integer  read of the file, or of the list as CSV
---@field has_bom boolean  whether the file begins with the byte order mark of UTF-8

---@class sigmamind.ContactOptions
---@field variables? string[]  columns that must exist, and have a value in each row; default: none
---@field phone? string  the column with the phone numbers; default "Phone Number"
---@field duplicates? boolean  whether to look for phone numbers that occur again, which takes up to
---  25 MB for a million contacts; default true
---@field max_problems? integer  how many problems and how many duplicates the report lists, from 0
---  to 10000; all are counted; default 100

local function is_name(value)
  return type(value) == "string" and value ~= ""
end

local RULES = {
  variables = {
    accepts = "a list of the names of columns",
    type = "table",
    test = function(value)
      local count = 0
      for _ in pairs(type(value) == "table" and value or {}) do
        count = count + 1
        if not is_name(value[count]) then
          return false
        end
      end
      return type(value) == "table"
    end,
  },
  phone = { accepts = "the name of a column", type = "string", test = is_name },
  duplicates = check.type "boolean",
  max_problems = check.integer(0, 10000),
}

-- == Sources ==========================================================================

--- The names of the columns of rows, that of the phone numbers first. Raises for what is not a list
--- of rows, and for what is not a value.
local function columns_of(rows, phone, what, level)
  local names, count = {}, 0
  for _ in pairs(rows) do
    count = count + 1
    local row = rows[count]
    if type(row) ~= "table" then
      error(("%s: expected a list of rows, got no table at [%d]"):format(what, count), level + 1)
    end
    if row[phone] ~= nil and phone ~= "phone" then
      local text = "%s: row %d: the number is in the field phone, not in %s"
      error(text:format(what, count, check.show(phone)), level + 1)
    end
    for name, value in pairs(row) do
      local kind = type(value)
      local is_value = kind == "string" or kind == "boolean" or check.finite.test(value)
      if type(name) ~= "string" then
        local text = "%s: row %d: the name of a column must be a string, got %s"
        error(text:format(what, count, check.show(name)), level + 1)
      elseif not is_value then
        local text = "%s: row %d: %s must be a string, a finite number or a boolean, got %s"
        error(text:format(what, count, name, check.show(value)), level + 1)
      end
      names[name] = true
    end
  end
  names.phone = nil
  local columns = check.sorted_keys(names)
  table.insert(columns, 1, phone)
  return columns
end

local function cell_of(value)
  if value == nil then
    return ""
  end
  return type(value) == "number" and number.text(value) or tostring(value)
end

--- Rows as CSV.
local function text_of(rows, columns)
  local lines = { csv.line(columns) }
  for i, row in ipairs(rows) do
    local cells = { cell_of(row.phone) }
    for column = 2, #columns do
      cells[column] = cell_of(row[columns[column]])
    end
    lines[i + 1] = csv.line(cells)
  end
  return table.concat(lines)
end

--- Where the contacts come from: `data`, `file`, or the file `name`, which is still to be opened.
---@class sigmamind.contacts.Source
---@field data? string
---@field file? file*
---@field name? string
---@field is_own? boolean  whether we close the file
---@field stamp? string  of the file before it was read
---@field size integer  that is to be read
---@field read integer

local function source_of(source, phone, what, level)
  if type(source) == "string" then
    return { name = source, size = 0, read = 0 }
  elseif io.type(source) == "file" then
    return { file = source, size = 0, read = 0 }
  elseif type(source) == "table" then
    local data = text_of(source, columns_of(source, phone, what, level + 1))
    return { data = data, size = #data, read = 0 }
  end
  local text = "%s: expected the name of a file, an open file or a list of rows, got a %s"
  error(text:format(what, io.type(source) or type(source)), level + 1)
end

--- Opens the file, and sets it to its start. Returns whether that worked, and why not.
local function open_source(source)
  if source.name then
    local file, why = files.open(source.name)
    if not file then
      return false, why
    end
    source.file, source.is_own = file, true
  end
  if source.file then
    source.stamp = core.file_stamp(source.file)
    local size, why = source.file:seek "end"
    local start = size and source.file:seek("set", 0)
    source.size = size or 0
    return start ~= nil, why or "its start cannot be read again"
  end
  return true
end

--- The next piece. nil: the end; nil, why.
local function next_piece(source)
  local wanted = math.min(PIECE, source.size - source.read)
  if wanted <= 0 then
    return nil
  end
  local piece, why
  if source.data then
    piece = source.data:sub(source.read + 1, source.read + wanted)
  elseif io.type(source.file) == "file" then
    piece, why = source.file:read(wanted)
  else
    why = "the file was closed"
  end
  source.read = source.read + #(piece or "")
  return piece, why
end

--- Leaves a file at its start, or closed if it is ours and not to be kept.
local function release(source, is_kept)
  if source.file and io.type(source.file) == "file" then
    if source.is_own and not is_kept then
      source.file:close()
    else
      source.file:seek("set", 0)
    end
  end
end

-- == Problems =========================================================================

--- One check of one source.
---@class sigmamind.contacts.Check
---@field source sigmamind.contacts.Source
---@field reader sigmamind.csv.Reader
---@field report sigmamind.ContactReport
---@field max integer  of problems to keep
---@field phone string
---@field variables string[]
---@field seen sigmamind.core.Seen|false  the phone numbers so far
---@field phone_at integer|false  the number of its column
---@field required table<integer, boolean>  by the numbers of columns
---@field pattern string|false  of a row that needs no further look
---@field has_header boolean
---@field has_bad_header boolean
---@field is_over boolean  whether nothing more can be read
---@field bad integer  rows with problems
---@field last_bad integer  the last of them

--- The line in a file.
local function line_of(self)
  return not self.source.data and self.reader.line or nil
end

--- Counts a problem, and keeps it if there is room.
local function note(self, problem)
  local report = self.report
  report.problem_count = report.problem_count + 1
  if #report.problems < self.max then
    table.insert(report.problems, problem)
  end
end

--- Notes a problem of the row that was read last, or of the header.
local function add(self, column, value, message)
  local row = self.has_header and self.report.rows or nil
  if not row then
    self.has_bad_header = true
  elseif self.last_bad ~= row then
    self.bad, self.last_bad = self.bad + 1, row
  end
  note(self, {
    row = row,
    line = line_of(self),
    column = column and check.short(column),
    value = value and check.short(value),
    message = message,
  })
end

local function add_duplicate(self, phone)
  local report = self.report
  report.duplicate_count = report.duplicate_count + 1
  if #report.duplicates < self.max then
    table.insert(report.duplicates, { row = report.rows, line = line_of(self), value = phone })
  end
end

local function is_blank(cell)
  return not cell:find "[^ \t]"
end

--- Notes bytes that no cell may have. Returns whether there is no control character.
local function check_bytes(self, column, cell)
  local control = cell:find(CONTROL)
  if control then
    add(self, column, cell, ("a control character (byte %d)"):format(cell:byte(control)))
  elseif not is_utf8(cell) then
    add(self, column, cell:gsub("[\128-\255]", "?"), "not UTF-8: save the file as CSV UTF-8")
  end
  return not control
end

--- What to do about a number that is no E.164, if that can be seen.
local function phone_hint(phone)
  if is_e164((phone:gsub(INVISIBLE, ""):gsub("\194\160", ""))) then
    return "it has characters that cannot be seen: enter it again"
  elseif phone:find "^['=]" then
    return "remove what the spreadsheet has put around it"
  elseif phone:find "^%+?[%d.,]+[eE][+-]?%d+$" then
    return "a spreadsheet has rounded it: format the column as text, and enter the numbers again"
  elseif is_e164((phone:gsub("[%s().-]", ""))) then
    return "write it without spaces and punctuation"
  elseif phone:find "^00[1-9][%d%s().-]+$" then
    return "write + in place of 00"
  elseif phone:find "^[%d%s().-]+$" then
    return "write it with + and the country code"
  end
end

local function phone_message(phone)
  if is_blank(phone) then
    return "the phone number is empty"
  end
  local hint = phone_hint(phone)
  local message = check.show(phone) .. " is not E.164 (like +14155550100)"
  return hint and message .. ": " .. hint or message
end

local function check_phone(self, phone)
  if not is_e164(phone) then
    add(self, self.phone, phone, phone_message(phone))
  elseif self.seen and not self.seen:add(phone) then
    add_duplicate(self, phone)
  end
end

-- == The header =======================================================================

--- The column that was probably meant.
local function near_name(name, columns)
  local near = nearest(name, columns)
  for _, column in ipairs(columns) do
    near = near or name == PHONE and column:find "[Pp][Hh][Oo][Nn][Ee]" and column or nil
  end
  return near
end

local function missing_phone(self, columns)
  for _, column in ipairs(columns) do
    if is_e164(column) then
      return "the first line must be a header, with the names of the columns"
    end
  end
  local near = near_name(self.phone, columns)
  local text = "there is no column named exactly %s"
  local hint = near and "; is it %s? Rename it, or name it in the option phone" or ""
  return (text .. hint):format(check.show(self.phone), near and check.show(near))
end

--- The character that separates the columns in place of a comma, if there is one.
local function other_separator(text)
  local counts = {}
  for _, each in ipairs { ",", ";", "\t" } do
    counts[each] = select(2, text:gsub(each, ""))
  end
  if counts[";"] > counts[","] then
    return "semicolons"
  end
  return counts["\t"] > counts[","] and "tabs" or nil
end

--- Why a header has no columns at all, and its text; nil if it has.
local function unreadable(self, cells, fault)
  local text, has_phone = fault and fault.text or table.concat(cells, ","), false
  for _, cell in ipairs(cells or {}) do
    has_phone = has_phone or cell == self.phone
  end
  local separator = not has_phone and other_separator(text)
  if separator then
    return ("the columns are separated by %s: save it with commas"):format(separator), text
  elseif fault then
    return fault.message, text
  elseif is_blank(text) then
    return "the first line is empty: it must be a header, with the names of the columns", text
  end
end

--- Checks the names of the columns. Returns their numbers.
local function check_names(self, columns)
  local at = {} -- by name
  for i, name in ipairs(columns) do
    if is_blank(name) then
      add(self, nil, name, ("column %d has no name"):format(i))
    elseif check_bytes(self, name, name) and at[name] then
      add(self, name, nil, ("columns %d and %d have the same name"):format(at[name], i))
    end
    at[name] = at[name] or i
  end
  return at
end

--- The pattern of rows that need no further look: one line, without quotes.
local function pattern_of(self, columns)
  if not self.phone_at or #columns > PLAIN_MAX then
    return false
  end
  local cells = {}
  for i in ipairs(columns) do
    cells[i] = i == self.phone_at and PHONE_CELL or self.required[i] and NOT_BLANK or PLAIN
  end
  return "^" .. table.concat(cells, ",") .. "\r?\n"
end

local function take_header(self, cells, fault)
  local why, text = unreadable(self, cells, fault)
  if why then
    add(self, nil, text, why)
    self.is_over, self.has_header = true, true
    return
  end
  self.report.columns = cells
  local at = check_names(self, cells)
  self.phone_at = at[self.phone] or false
  if not self.phone_at then
    add(self, nil, nil, missing_phone(self, cells))
  end
  for _, name in ipairs(self.variables) do
    if at[name] then
      self.required[at[name]] = at[name] ~= self.phone_at or nil
    else
      local near = nearest(name, cells)
      local hint = near and (" (did you mean %s?)"):format(check.show(near)) or ""
      add(self, name, nil, ("the required column %s is missing%s"):format(check.show(name), hint))
    end
  end
  self.pattern = pattern_of(self, cells)
  self.has_header = true
end

-- == Rows =============================================================================

local function is_empty_row(cells)
  for _, cell in ipairs(cells) do
    if not is_blank(cell) then
      return false
    end
  end
  return true
end

local function check_cells(self, cells)
  local columns = self.report.columns
  if is_empty_row(cells) then
    add(self, nil, nil, "the row is empty")
    return
  elseif #cells ~= #columns then
    local text = "the row has %d %s, the header %d"
    add(self, nil, nil, text:format(#cells, #cells == 1 and "field" or "fields", #columns))
    return
  end
  for i, cell in ipairs(cells) do
    check_bytes(self, columns[i], cell)
    if self.required[i] and is_blank(cell) then
      add(self, columns[i], cell, "the required variable is empty")
    end
  end
  if self.phone_at then
    check_phone(self, cells[self.phone_at])
  end
end

local function check_row(self, cells, fault)
  self.report.rows = self.report.rows + 1
  if fault then
    add(self, self.report.columns[fault.column], fault.text, fault.message)
  else
    check_cells(self, cells)
  end
end

--- Reads what the reader has been fed.
local function read_rows(self)
  local reader, report, seen = self.reader, self.report, self.seen
  while not self.is_over do
    local phone = self.pattern and reader:plain(self.pattern)
    if phone then
      report.rows = report.rows + 1
      if #phone > PHONE_MAX then
        check_phone(self, phone)
      elseif seen and not seen:add(phone) then
        add_duplicate(self, phone)
      end
    else
      local cells, fault = reader:row()
      if not (cells or fault) then
        return
      elseif self.has_header then
        check_row(self, cells, fault)
      else
        take_header(self, cells, fault)
      end
    end
  end
end

local function complete(self)
  local report = self.report
  if not self.has_header then
    note(self, { message = "the file is empty" })
  elseif report.rows == 0 and not self.is_over then
    note(self, { message = "there are no contacts" })
  end
  report.good = self.has_bad_header and 0 or report.rows - self.bad
  report.bytes, report.has_bom = self.source.read, self.reader.has_bom
end

--- Reads all of the source. Returns whether that worked, and why not.
local function examine(self, pause)
  local is_open, why = open_source(self.source)
  local piece
  while is_open and not self.is_over do
    piece, why = next_piece(self.source)
    if why then
      return false, why
    end
    self.reader:feed(piece)
    read_rows(self)
    if not piece then
      break
    elseif pause then
      pause()
    end
  end
  if is_open then
    complete(self)
  end
  return is_open, why
end

--- A check of the source, checked for misuse.
---@return sigmamind.contacts.Check
local function prepare(what, source, options, level)
  local given = check.arguments(what, RULES, options, level + 1)
  local phone = given.phone or PHONE
  return {
    source = source_of(source, phone, what, level + 1),
    reader = csv.reader(is_utf8),
    report = {
      rows = 0,
      good = 0,
      problem_count = 0,
      problems = {},
      duplicate_count = 0,
      duplicates = {},
      columns = {},
      bytes = 0,
      has_bom = false,
    },
    max = given.max_problems or 100,
    phone = phone,
    variables = given.variables or {},
    seen = given.duplicates ~= false and core.seen(),
    phone_at = false,
    required = {},
    pattern = false,
    has_header = false,
    has_bad_header = false,
    is_over = false,
    bad = 0,
    last_bad = 0,
  }
end

--- Frees what only the reading needs.
local function finish(self, is_kept)
  release(self.source, is_kept)
  if self.seen then
    self.seen:close()
  end
end

local function failure(self, why)
  local name = self.source.name
  local has_name = not name or why:sub(1, #name) == name
  return errors.new {
    kind = "contacts",
    message = "cannot read the contacts: " .. (has_name and why or name .. ": " .. why),
  }
end

-- == The interface ====================================================================

--- Checks the contacts of a campaign: CSV by RFC 4180 in UTF-8, or rows. Sends nothing. A file is
--- read in pieces, so that only `duplicates` takes memory by the number of contacts.
---@param source string|file*|sigmamind.ContactRow[]  the name of a regular file; or an open one,
---  which is read from its start, left open and set to its start; or rows
---@param options? sigmamind.ContactOptions
---@return sigmamind.ContactReport|nil
---@return sigmamind.Error|nil  of the kind `contacts`: the file cannot be opened or read
--- Raises at the caller's line for another source, a value that is no string, finite number or
--- boolean, and an unknown option.
function contacts.check(source, options)
  local self = prepare("sigmamind.contacts.check", source, options, 2)
  local ok, is_read, why = pcall(examine, self)
  finish(self, false)
  if not ok then
    error(is_read, 0)
  elseif not is_read then
    return nil, failure(self, why)
  end
  return self.report
end

--- Whether contacts have neither problems nor duplicates.
---@param report sigmamind.ContactReport
---@return boolean
function contacts.is_good(report)
  return report.problem_count == 0 and report.duplicate_count == 0
end

--- Where a problem is: "row 7 (line 8), Phone Number: ".
local function place_of(problem)
  local row, line = problem.row, problem.line and "line " .. number.text(problem.line)
  if not row then
    return line and line .. ": " or ""
  end
  local column = problem.column and ", " .. problem.column or ""
  return ("row %s%s%s: "):format(number.text(row), line and " (" .. line .. ")" or "", column)
end

--- What a report says, in one line: how many contacts have problems, and the first three of them.
---@param report sigmamind.ContactReport
---@return string  "the contacts have no problems" if that is so
function contacts.problem_text(report)
  local heads, shown = {}, {}
  local bad = report.rows - report.good
  if report.problem_count > 0 then
    heads[1] = report.rows == 0 and "the contacts cannot be used"
      or ("%s of %s contacts have problems"):format(number.text(bad), number.text(report.rows))
  end
  if report.duplicate_count > 0 then
    local text = "%s of %s contacts have the phone number of an earlier one"
    heads[#heads + 1] = text:format(number.text(report.duplicate_count), number.text(report.rows))
  end
  for _, problem in ipairs(report.problems) do
    shown[#shown + 1] = place_of(problem) .. problem.message
  end
  for _, duplicate in ipairs(report.duplicates) do
    shown[#shown + 1] = place_of(duplicate) .. duplicate.value .. " again"
  end
  if #heads == 0 then
    return "the contacts have no problems"
  end
  local count = math.min(SHOWN, #shown)
  if count > 0 and count < report.problem_count + report.duplicate_count then
    shown[count] = shown[count] .. "; ..."
  end
  local list = table.concat(shown, "; ", 1, count)
  return table.concat(heads, ", ") .. (count > 0 and ": " .. list or "")
end

--- Contacts that were checked, ready to be sent.
---@class sigmamind.contacts.Opened
---@field report sigmamind.ContactReport
---@field part sigmamind.core.Part  the same open file, at its start; or the rows as CSV
---@field stamp? string  of the file before it was checked
---@field close fun()  closes the file if it was opened by its name

--- For campaigns:create: checks contacts as `check` does, and keeps them open.
---@param what string  the verb and its argument, for errors of misuse
---@param source string|file*|sigmamind.ContactRow[]
---@param options sigmamind.ContactOptions|nil
---@param pause? fun()  called after each piece; it may yield, so nothing here may be in pcall
---@param level? integer  the line for errors of misuse; 1, the default, is the caller's
---@return sigmamind.contacts.Opened|nil
---@return sigmamind.Error|nil
function contacts.open(what, source, options, pause, level)
  local self = prepare(what, source, options, (level or 1) + 1)
  local is_read, why = examine(self, pause)
  finish(self, is_read)
  if not is_read then
    return nil, failure(self, why)
  end
  local from = self.source
  return {
    report = self.report,
    part = {
      name = "file",
      file = from.file,
      data = from.data,
      filename = from.name and from.name:match "[^/]+$" or "contacts.csv",
      type = "text/csv",
    },
    stamp = from.stamp,
    close = function()
      release(from, false)
    end,
  }
end

--- For campaigns:create: whether the file was closed or changed since it was opened to be checked.
---@param opened sigmamind.contacts.Opened
---@return boolean
function contacts.changed(opened)
  local file = opened.part.file
  return file ~= nil and core.file_stamp(file) ~= opened.stamp
end

return contacts
