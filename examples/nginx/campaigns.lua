-- What nginx.conf calls to answer with the live campaigns.

local sigmamind = require "sigmamind"
require "sigmamind.runtime.nginx" -- now, so that the workers share it, and need not find its file

-- One client for each worker: nginx makes it before it forks, and every worker opens connections of
-- its own. The key and the address come from the environment.
local client = sigmamind.new {
  deadline = 20, -- seconds for all pages; the visitor does not wait for longer
}

local campaigns = {}

--- The live campaigns as JSON texts, copied out of the pages as the API sent them: what is only
--- handed on need not be decoded.
local function live_campaigns()
  local pager = client:campaign_pages { status = "live" }
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

--- Answers the request with a JSON array; 502 when the API gave no list, 504 when it gave none in
--- time.
function campaigns.answer()
  local rows, err = live_campaigns()
  ngx.header["Content-Type"] = "application/json"
  if rows then
    ngx.say("[", table.concat(rows, ",\n"), "]")
    return
  end
  ngx.log(ngx.ERR, tostring(err)) -- it never holds the key
  ngx.status = err.kind == "timeout" and 504 or 502
  ngx.say('{"error":"', err.kind, '"}')
end

return campaigns
