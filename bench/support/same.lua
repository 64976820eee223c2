-- Whether two decoded values are the same, when null and absent are. Before anything is timed, this
-- shows that all contenders do the same work.

local null = require("cjson").null

local same

local function is_within(a, b)
  for key, value in pairs(a) do
    if value ~= null and not same(value, b[key]) then
      return false
    end
  end
  return true
end

function same(a, b)
  if type(a) == "table" and type(b) == "table" then
    return is_within(a, b) and is_within(b, a)
  end
  return a == b
end

return same
