--- sandbox.form: reads a body of multipart/form-data (RFC 7578, RFC 2046 section 5.1).

local form = {}

local BOUNDARY = "^[%w'()+_,./:=? -]*[%w'()+_,./:=?-]$" -- RFC 2046 section 5.1.1
local BOUNDARY_MAX = 70 -- characters

---@class sigmamind.sandbox.Part
---@field data string
---@field filename? string

--- The text in quotes that begin at `at`, and the position behind them; nil: they do not end. A
--- backslash escapes a quote and itself; before others it is one, as browsers send it.
local function quoted(text, at)
  local pieces, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from)
    if not stop then
      return nil
    end
    pieces[#pieces + 1] = text:sub(from, stop - 1)
    if text:byte(stop) == 34 then
      return table.concat(pieces), stop + 1
    end
    local is_escape = text:find('^["\\]', stop + 1)
    pieces[#pieces + 1] = is_escape and text:sub(stop + 1, stop + 1) or "\\"
    from = stop + (is_escape and 2 or 1)
  end
end

--- The value of a header in lower case, and its parameters, by names in lower case; nil: malformed.
---@param text string
---@return string|nil value, table<string, string> parameters
local function parse_header(text)
  local value, at = text:match "^%s*([^;%s]+)%s*()"
  local parameters = {}
  while value and at <= #text do
    local name, from = text:match("^;%s*([%w_*-]+)=()", at)
    local content, behind
    if name and text:byte(from) == 34 then
      content, behind = quoted(text, from)
    elseif name then
      content, behind = text:match('^([^;%s"]+)()', from)
    end
    if not content then
      return nil, parameters
    end
    parameters[name:lower()], at = content, text:match("^%s*()", behind)
  end
  return value and value:lower(), parameters
end

--- The boundary that a Content-Type names; nil: it is of another type.
---@param content_type string|nil
---@return string|nil
function form.boundary(content_type)
  local value, parameters = parse_header(content_type or "")
  local boundary = parameters.boundary
  if value == "multipart/form-data" and boundary and #boundary <= BOUNDARY_MAX then
    return boundary:match(BOUNDARY)
  end
end

--- The name and the file name in the head of a part; nil: it has none.
local function names_in(head)
  for line in head:gmatch "[^\r\n]+" do
    local field, text = line:match "^([%w-]+):(.*)$"
    if field and field:lower() == "content-disposition" then
      local value, parameters = parse_header(text)
      if value == "form-data" then
        return parameters.name, parameters.filename
      end
    end
  end
end

--- The next delimiter: where it begins, where the part behind it does, and whether it is the last.
---@param body string
---@param boundary string
---@param from integer
---@return integer|nil first, integer behind, boolean is_last
local function find_delimiter(body, boundary, from)
  local delimiter = "\r\n--" .. boundary
  local first, last = body:find(delimiter, from, true)
  if from == 1 and body:sub(1, #delimiter - 2) == delimiter:sub(3) then
    first, last = 1, #delimiter - 2
  end
  while first do
    local behind = body:match("^[ \t]*\r\n()", last + 1)
    if behind then
      return first, behind, false
    elseif body:find("^%-%-", last + 1) then
      return first, last + 3, true
    end
    first, last = body:find(delimiter, last + 1, true) -- the boundary of another one, or a text
  end
  return nil, from, false
end

--- The parts by name. nil, err for a malformed body.
---@param body string
---@param boundary string
---@return table<string, sigmamind.sandbox.Part>|nil parts, string|nil err
function form.parse(body, boundary)
  local parts = {}
  local first, at, is_last = find_delimiter(body, boundary, 1)
  if not first then
    return nil, "the form does not have its boundary"
  end
  while not is_last do
    local head_end, head_last = body:find("\r\n\r\n", at, true)
    local head = body:sub(at, (head_end or 0) - 1)
    first, at, is_last = find_delimiter(body, boundary, head_last or at)
    if not (first and head_last) or head_last >= first then
      return nil, "the form ends within a part"
    end
    local name, filename = names_in(head)
    if not name or find_delimiter(head, boundary, 1) then
      return nil, "a part of the form has no name"
    elseif parts[name] then
      return nil, ("the form has %s twice"):format(name)
    end
    parts[name] = { data = body:sub(head_last + 1, first - 1), filename = filename }
  end
  return parts
end

return form
