-- Writes all campaigns to a CSV file (RFC 4180). After a failure or a kill, the next run resumes:
-- FILE.token has the length of the file after some row, and the token of that position.
-- (`sigmamind campaigns --format csv` is enough for a small list.)
--
--   make sandbox                        or: sigmamind sandbox; prints a URL and a key
--   export SIGMAMIND_BASE_URL=...       the URL
--   export SIGMAMIND_API_KEY=...        the key
--   lua5.4 examples/export_csv.lua campaigns.csv

local sigmamind = require "sigmamind"

local HEADER = "campaignId,campaignName,campaignStatus,scheduledDate,agent,errors\r\n"
local BATCH = 100 -- rows between two saved tokens
local path = arg[1] or "campaigns.csv"

--- Returns a line of CSV. Cells with commas, quotes or line breaks are quoted.
local function line_of(cells)
  for i, text in ipairs(cells) do
    cells[i] = text:find '[",\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
  end
  return table.concat(cells, ",") .. "\r\n"
end

local function read(name, format)
  local file = io.open(name, "rb")
  local text = file and file:read(format)
  return file and file:close() and text
end

--- Replaces a file as a whole, or leaves it as it was.
local function replace(name, text)
  local file = assert(io.open(name .. ".new", "wb"))
  assert(file:write(text))
  assert(file:close())
  assert(os.rename(name .. ".new", name))
end

-- Rows written after the token was saved are dropped, because the listing returns them again.
local size, token = (read(path .. ".token", "*l") or ""):match "^(%d+) (%S+)$"
local kept = size and assert(read(path, tonumber(size)), "the file of this token is gone")
replace(path, kept or HEADER)

local client = sigmamind.new()
local campaigns = client:campaigns { resume = token }
local file = assert(io.open(path, "ab"))
local rows = 0
local row, err = campaigns:next()
while row do
  assert(file:write(line_of {
    row.campaignId,
    row.campaignName,
    row.campaignStatus,
    row.scheduledDate or "",
    row.agent.name,
    table.concat(row.errors, "; "),
  }))
  rows = rows + 1
  if rows % BATCH == 0 then
    assert(file:flush())
    replace(path .. ".token", ("%d %s\n"):format(file:seek "end", campaigns:token()))
  end
  row, err = campaigns:next()
end
assert(file:close())
client:close()
if err then
  io.stderr:write(tostring(err), "\nrun it again to resume\n")
  os.exit(1)
end
os.remove(path .. ".token")
print(("%d campaigns were %s %s"):format(rows, token and "added to" or "written to", path))
