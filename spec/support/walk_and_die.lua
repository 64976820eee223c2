-- Walks with arguments: URL KEY ROWS FILE [TOKEN]. Appends the id of each row to FILE, and writes the token
-- after it to FILE.token; kills itself after ROWS rows, as a power failure would.

local sigmamind = require "sigmamind"

local url, key, rows, path, token = arg[1], arg[2], tonumber(arg[3]), arg[4], arg[5]

local client = sigmamind.new { base_url = url, api_key = key }
local stream = client:campaigns { size = 10, resume = token }
local ids = assert(io.open(path, "a"))
for row in stream do
  ids:write(row.campaignId, "\n")
  ids:flush()
  local saved = assert(io.open(path .. ".token", "w"))
  saved:write(stream:token())
  saved:close()
  rows = rows - 1
  if rows == 0 then
    os.execute "kill -9 $PPID"
  end
end
