--- sandbox.form: reads a body of multipart/form-data (RFC 7578, RFC 2046 section 5.1).

local form = {}

local BOUNDARY_MAX = 70 -- characters, by RFC 2046

---@class sigmamind.sandbox.Part
---@field data string
---@field filename? string
---@field type? string

--- The value of a parameter of a header, such as `name` of Content-Disposition.
local function parameter(text, name)
  return text:match("[;%s]" .. name .. '="([^"]*)"') or text:match("[;%s]" .. name .. "=([^;%s]+)")
end

--- The boundary that a Content-Type names; nil: it is of another type.
---@param content_type string|nil
---@return string|nil
function form.boundary(content_type)
  if not (content_type and content_type:lower():find "^multipart/form%-data") then
    return nil
  end
  local boundary = parameter(content_type, "boundary")
  return boundary and #boundary <= BOUNDARY_MAX and boundary or nil
end

--- The part with that head. Returns its name as well.
local function part_of(head, data)
  local disposition = head:match "[Cc]ontent%-[Dd]isposition:([^\r\n]*)"
  local name = disposition and parameter(disposition, "name")
  if not name then
    return nil
  end
  local part = { data = data, filename = parameter(disposition, "filename") }
  part.type = head:match "[Cc]ontent%-[Tt]ype:%s*([^\r\n]*)"
  return name, part
end

--- The parts by name; of several with one name the last. nil, err for a malformed body.
---@param body string
---@param boundary string
---@return table<string, sigmamind.sandbox.Part>|nil parts, string|nil err
function form.parse(body, boundary)
  local delimiter, parts = "\r\n--" .. boundary, {}
  local _, at = body:find("--" .. boundary, 1, true)
  while at and body:sub(at + 1, at + 2) == "\r\n" do
    local head_end, data_start = body:find("\r\n\r\n", at + 1, true)
    local data_end, next_at = body:find(delimiter, data_start or at, true)
    if not (head_end and data_end) then
      return nil, "the form ends within a part"
    end
    local data = body:sub(data_start + 1, data_end - 1)
    local name, part = part_of(body:sub(at + 3, head_end - 1), data)
    if not name then
      return nil, "a part of the form has no name"
    end
    parts[name], at = part, next_at
  end
  if not at or body:sub(at + 1, at + 2) ~= "--" then
    return nil, "the form has no last boundary"
  end
  return parts
end

return form
