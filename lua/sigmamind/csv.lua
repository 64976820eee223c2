--- csv: writes and reads rows as CSV (RFC 4180, with LF as a line end too). The reader takes a text
--- in pieces of any size, and keeps no more of it than a row.

local object = require "sigmamind.object"

local byte, find, sub = string.byte, string.find, string.sub

local csv = {}

local ROW_MAX = 65536 -- bytes, with the line end; without a closing quote all would be one row
local EXCERPT = 80 -- bytes of a malformed field

local QUOTE, COMMA, LF, CR = 34, 44, 10, 13

local BOM = "\239\187\191"
local UTF_16_BEGINS = { "^\255\254", "^\254\255", "^%z[^%z]", "^[^%z]%z" }
local TOO_LONG = "the row is longer than 64 KiB: is a closing quote missing?"
local UTF_16 = "the text is UTF-16: save it as CSV UTF-8"
local LONE_CR = "a carriage return (CR) without a line feed (LF): end lines with CRLF or LF"
local UNCLOSED = "the closing quote is missing"
local INNER_QUOTE = 'a quote within a field that does not begin with one: write "a ""b""" for a "b"'
local BEHIND_QUOTE = "text between a closing quote and the comma or the end of the line"

--- A cell, quoted if necessary (RFC 4180, section 2, rules 5 to 7).
local function quoted(text)
  if text:find '[",\r\n]' then
    return '"' .. text:gsub('"', '""') .. '"'
  end
  return text
end

--- The line of a row, with CRLF. Cells are not changed, even those that a spreadsheet takes for
--- formulas.
---@param cells string[]
---@return string
function csv.line(cells)
  local texts = {}
  for i, cell in ipairs(cells) do
    texts[i] = quoted(cell)
  end
  return table.concat(texts, ",") .. "\r\n"
end

--- What is wrong with a row that is no CSV.
---@class sigmamind.csv.Fault
---@field message string
---@field column integer|nil  the number of the field
---@field text string  the field as it is in the text, up to the end of the line, shortened

--- The reader of one text. `row` reads any row, and `plain` those that match a pattern.
---@class sigmamind.csv.Reader
---@field line integer  of the text, where the row that was read last begins; 1 is the first
---@field has_bom boolean  whether the text begins with the byte order mark of UTF-8
---@field is_utf16 boolean  whether it is UTF-16 instead: nothing else can be read of it
---@field is_utf8 boolean  whether all rows in memory are UTF-8
---@field package test fun(text: string): boolean
---@field package text string  fed, but not read
---@field package at integer  in `text`, where the next row begins
---@field package next_line integer  its line
---@field package has_begun boolean  whether the byte order mark was read
---@field package has_end boolean  whether `text` ends where the whole text does
---@field package is_skipping boolean  whether what comes next is the rest of a malformed line
local Reader = { __name = "sigmamind.csv" }
Reader.__index = Reader

local function anything()
  return true
end

---@param is_utf8? fun(text: string): boolean  default: every text counts as UTF-8
---@return sigmamind.csv.Reader
function csv.reader(is_utf8)
  return setmetatable({
    test = is_utf8 or anything,
    line = 1,
    has_bom = false,
    is_utf16 = false,
    is_utf8 = true,
    text = "",
    at = 1,
    next_line = 1,
    has_begun = false,
    has_end = false,
    is_skipping = false,
  }, Reader)
end

--- What follows the line that is skipped.
local function after_line(self, piece)
  local last = find(piece, "\n", 1, true)
  self.is_skipping = not last
  return last and sub(piece, last + 1) or ""
end

--- Adds the next piece of the text; nil is its end.
---@param piece string|nil
function Reader:feed(piece)
  if self.is_skipping and piece then
    piece = after_line(self, piece)
  end
  local text = sub(self.text, self.at) .. (piece or "")
  self.text, self.at, self.has_end = text, 1, piece == nil
  self.is_utf8 = self.test(self.has_end and text or text:match "^.*\n" or "")
end

--- Reads the byte order mark, or finds that the text is UTF-16. False: more is needed.
local function begin(self)
  local text = self.text
  if #text < #BOM and not self.has_end then
    return false
  end
  self.has_bom = sub(text, 1, #BOM) == BOM
  for _, pattern in ipairs(UTF_16_BEGINS) do
    self.is_utf16 = self.is_utf16 or find(text, pattern) ~= nil
  end
  self.at = self.has_bom and #BOM + 1 or 1
  self.has_begun = true
  return true
end

--- The text between the quote at `at` and its closing quote, and the position behind that; nil:
--- there is none yet.
local function quoted_cell(text, at)
  local is_doubled = false
  local close = find(text, '"', at + 1, true)
  while close and byte(text, close + 1) == QUOTE do
    is_doubled = true
    close = find(text, '"', close + 2, true)
  end
  if not close then
    return nil
  end
  local cell = sub(text, at + 1, close - 1)
  return is_doubled and cell:gsub('""', '"') or cell, close + 1
end

--- What follows a cell: "," or "\n" and the position behind it; nil: more is needed; nil, message.
local function delimiter(text, at, has_end)
  local code = byte(text, at)
  if code == COMMA then
    return ",", at + 1
  elseif code == LF or not code and has_end then
    return "\n", at + 1
  elseif code == CR then
    local following = byte(text, at + 1)
    if following == LF then
      return "\n", at + 2
    end
    return nil, (following or has_end) and LONE_CR or nil
  end
  return nil, code and (code == QUOTE and INNER_QUOTE or BEHIND_QUOTE)
end

--- The cells of the row at `at`, nil, the position behind the row, and how many lines it has; nil
--- and what is wrong; nil: more is needed.
local function cells_at(text, at, has_end)
  local cells, count, lines = {}, 0, 1
  while true do
    local cell, behind
    if byte(text, at) == QUOTE then
      cell, behind = quoted_cell(text, at)
      if not cell then
        local wrong = { message = UNCLOSED, column = count + 1, from = at, where = #text }
        return nil, has_end and wrong or nil
      end
      if find(cell, "\n", 1, true) then
        lines = lines + select(2, cell:gsub("\n", ""))
      end
    else
      behind = find(text, '[,"\r\n]', at) or #text + 1
      cell = sub(text, at, behind - 1)
    end
    local ends, following = delimiter(text, behind, has_end)
    if not ends then
      local wrong = { message = following, column = count + 1, from = at, where = behind }
      return nil, following and wrong
    end
    count, at = count + 1, following
    cells[count] = cell
    if ends == "\n" then
      return cells, nil, at, lines
    end
  end
end

--- Goes on behind the line in which a malformed row begins: a quote that was forgotten would hide
--- the rows up to the next one.
local function skip_line(self)
  local last = find(self.text, "\n", self.at, true)
  self.is_skipping = not last
  self.at = last and last + 1 or #self.text + 1
  self.next_line = self.next_line + 1
end

--- The fault in the row that begins at self.at; nil if more of its first line is needed, so that
--- faults do not depend on the pieces.
local function fault_of(self, wrong)
  local text, at = self.text, self.at
  local is_known = self.has_end or #text - at >= ROW_MAX or find(text, "\n", at, true)
  if not is_known then
    return nil
  end
  local last = math.min(wrong.from + EXCERPT, at + ROW_MAX) - 1
  local excerpt = sub(text, wrong.from, last):match "^[^\r\n]*"
  skip_line(self)
  return { message = wrong.message, column = wrong.column, text = excerpt }
end

--- The cells of the next row. nil: feed the reader, or the text has been read. nil, fault: the row
--- is malformed; the next one begins with the next line.
---@return string[]|nil cells
---@return sigmamind.csv.Fault|nil
function Reader:row()
  local is_first = not self.has_begun and begin(self)
  if self.is_utf16 then
    self.at = #self.text + 1
    return nil, is_first and { message = UTF_16, text = "" } or nil
  elseif not self.has_begun or self.at > #self.text then
    return nil
  end
  self.line = self.next_line
  local text, at = self.text, self.at
  local cells, wrong, behind, lines = cells_at(text, at, self.has_end)
  local last = wrong and wrong.where or cells and math.min(behind - 1, #text) or #text
  if last - at >= ROW_MAX then
    return nil, fault_of(self, { message = TOO_LONG, from = at })
  elseif cells then
    self.at, self.next_line = behind, self.next_line + lines
    return cells
  end
  return nil, wrong and fault_of(self, wrong)
end

--- Reads the next row if it is one line that is UTF-8 and matches: much faster than `row`.
---@param pattern string  begins with "^", ends with the line end, and has one capture
---@return string|nil capture
function Reader:plain(pattern)
  local from, last, capture = find(self.text, pattern, self.at)
  if not from or last - from >= ROW_MAX then
    return nil
  elseif not self.is_utf8 and not self.test(sub(self.text, from, last)) then
    return nil
  end
  local line = self.next_line
  self.at, self.line, self.next_line = last + 1, line, line + 1
  return capture
end

object.seal(Reader, {})

return csv
