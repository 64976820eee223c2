-- The handler of nginx.conf: responds with the live campaigns.

local sigmamind = require "sigmamind"
require "sigmamind.runtime.nginx" -- before the fork: workers share it and do not load its file

-- One client for each worker: nginx makes it before it forks, and every worker opens its own
-- connections. The key and the address come from the environment.
local client = sigmamind.new {
  deadline = 20, -- seconds for all pages; nginx responds no later
}

local campaigns = {}

--- Returns the live campaigns as JSON texts, in the API's own bytes: rows that are only forwarded
--- need no decoding.
local function live_campaigns()
  local pager = client.campaigns:pages { status = "live" }
  local rows = {}
  while true do
    local page, err = pager:next()
    if not page then
      return not err and rows, err
    end
    for row in page.next_json, page do
      rows[#rows + 1] = row
    end
  end
end

--- Sends the response: a JSON array; 502 after an API failure, 504 after a timeout.
function campaigns.answer()
  local rows, err = live_campaigns()
  ngx.header["Content-Type"] = "application/json"
  if rows then
    ngx.say("[", table.concat(rows, ",\n"), "]")
    return
  end
  ngx.log(ngx.ERR, tostring(err)) -- never contains the key
  ngx.status = err.kind == "timeout" and 504 or 502
  ngx.say('{"error":"', err.kind, '"}')
end

return campaigns
