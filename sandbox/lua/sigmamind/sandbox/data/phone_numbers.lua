--- sandbox.data.phone_numbers: generates the phone numbers of the account.

local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local shapes = require "sigmamind.sandbox.data.shapes"

local phone_numbers = {}

local SALT = 3000017

--- The phone number with that number; the first one is the documented example. No two of 10,000 are
--- the same.
---@param number integer from 1
---@return table
function phone_numbers.row(number)
  if number == 1 then
    return shapes.PHONE_NUMBER
  end
  local pick = generator.new(number + SALT)
  local row = shapes.phone_number(pick, shapes.AGENTS[pick(#shapes.AGENTS)])
  local digits = ("%04d"):format((2671 + 7919 * (number - 1)) % 10000)
  row.sipPhoneNumber = "+1415555" .. digits
  row.friendlyName = pick(3) > 1 and row.friendlyName:gsub("%d+", digits) or row.sipPhoneNumber
  row.outboundPhoneNumber = pick(4) > 1 and row.sipPhoneNumber or json.null
  row.inboundAgentId = pick(4) > 1 and row.inboundAgentId or json.null
  row.outboundAgentId = pick(4) > 1 and row.outboundAgentId or json.null
  return row
end

return phone_numbers
