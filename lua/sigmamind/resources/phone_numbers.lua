--- resources.phone_numbers: GET /v1/phone-numbers. How the list is paged is not documented, and how
--- one number is read is not either.

local resource = require "sigmamind.resource"
local shapes = require "sigmamind.resources.shapes"

return resource.declare {
  name = "phone_numbers",
  path = "/v1/phone-numbers",
  id = "sipPhoneNumber",
  title = "phone number",
  doc = "a phone number of the account, and its agents",
  list = {},
  paging = "unknown",
  row = shapes.phone_number,
  columns = { "sipPhoneNumber", "provider", "active", "inboundAgentId", "friendlyName" },
}
