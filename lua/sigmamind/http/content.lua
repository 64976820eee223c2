--- content: headers and bodies for the events of a listener that shows them, with secrets redacted.

local ascii = require "sigmamind.ascii"

local content = {}

--- Headers that hold credentials.
local SECRET = {
  authorization = true, cookie = true, ["set-cookie"] = true, ["proxy-authorization"] = true,
  ["x-api-key"] = true,
}

local function shown_headers(headers, clean)
  local shown = {}
  for name, value in pairs(headers or {}) do
    if value then
      local without_user = value:gsub("//[^/]*@", "//***@") -- of a URL, as in Location
      shown[name] = SECRET[ascii.lower(name)] and "***" or clean(without_user)
    end
  end
  return shown
end

--- A form in words: its parts by their names, and the names of their files.
local function shown_form(form)
  local parts = {}
  for i, part in ipairs(form) do
    parts[i] = part.filename and ("%s (%s)"):format(part.name, part.filename) or part.name
  end
  return "form: " .. table.concat(parts, ", ")
end

--- Of a request that is about to be sent.
---@param fields table  as from call.start_fields
---@param clean fun(text: string): string  see errors.reporter
---@return table event  with headers and body
function content.of_request(fields, clean)
  local headers = shown_headers(fields.headers, clean)
  headers["X-API-Key"] = "***"
  local body = fields.form and shown_form(fields.form) or fields.body
  return { headers = headers, body = body and clean(body) }
end

--- Adds those of a reply to an event.
---@param event table
---@param transfer userdata
---@param clean fun(text: string): string
function content.add_reply(event, transfer, clean)
  event.headers = shown_headers(transfer:headers(), clean)
  event.body = clean(transfer:body())
end

return content
