--- reply: a successful reply that is not a page of a listing.

local ascii = require "sigmamind.ascii"
local check = require "sigmamind.check"
local object = require "sigmamind.object"

local reply = {}

---@class sigmamind.Reply
---@field status integer
---@field text string  the body
---@field data? any  the decoded body, if it is JSON
---@field headers table<string, string>  by name in lower case
local Reply = { __name = "sigmamind.reply" }
Reply.__index = Reply

--- The value of a header, whatever its case; nil: there is none. The values of repeated ones are
--- joined by ", ".
---@param name string
---@return string|nil
function Reply:header(name)
  object.expect(self, Reply, "header")
  if type(name) ~= "string" then
    error("reply:header: name must be a string, got " .. check.show(name), 2)
  end
  return self.headers[ascii.lower(name)]
end

object.seal(Reply, { "data" })

--- The reply of a finished transfer; nil, message, kind if its JSON is invalid.
---@param transfer userdata
---@param decoder userdata
---@param must_be_json? boolean  whatever its Content-Type
---@return sigmamind.Reply|nil, string|nil message, string|nil kind
function reply.of(transfer, decoder, must_be_json)
  local text, headers = transfer:body(), transfer:headers()
  local self = { status = transfer:status(), text = text, headers = headers }
  local content_type = headers["content-type"]
  local is_json = must_be_json or content_type and ascii.lower(content_type):find("json", 1, true)
  if must_be_json or text ~= "" and (is_json or not content_type) then
    local data, message, kind = decoder:value(text)
    if kind and is_json then
      return nil, message, kind
    end
    self.data = data
  end
  return setmetatable(self, Reply)
end

return reply
