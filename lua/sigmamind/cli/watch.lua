--- cli.watch: looks at the campaigns again and again, and tells what was added, changed or removed
--- since the last look. Of each campaign it remembers the id, the name and 64 bits of its text.

local cjson = require "cjson"
local core = require "sigmamind.core"
local csv = require "sigmamind.cli.csv"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local json = require "sigmamind.cli.json"

local watch = {}

local Watch = {}
Watch.__index = Watch

---@param output table
---@param options table  format, select
function watch.new(output, options)
  local columns = options.select or fields.all
  if options.format == "csv" then
    local header = { "time", "change" }
    for i, path in ipairs(columns) do
      header[i + 2] = path
    end
    output:write(csv.line(header))
  end
  return setmetatable({
    output = output,
    format = options.format,
    getters = csv.getters(columns),
    known = nil, -- by id; nil before the first look
  }, Watch)
end

local writers = {}

--- One line for each change, for people.
---@param _ table
---@param time string
---@param change string
---@param entry table
---@return string
function writers.table(_, time, change, entry)
  local text = ("%s  %-7s  %s  %s"):format(time, change, entry.id, entry.name)
  return text:gsub("[%c\127]", " ") .. "\n"
end

--- One JSON object in a line for each change: the campaign as it is, or as it was last.
---@param _ table
---@param time string
---@param change string
---@param entry table
---@return string
function writers.json(_, time, change, entry)
  local text = '{"time":"%s","change":"%s","campaign":%s}\n'
  local campaign = entry.text or ('{"campaignId":%s}'):format((cjson.encode(entry.id)))
  return text:format(time, change, json.one_line(campaign))
end

writers.ndjson = writers.json

---@param self table
---@param time string
---@param change string
---@param entry table
---@return string
function writers.csv(self, time, change, entry)
  local row = entry.text and core.decode(entry.text, { array_mt = fields.array_mt })
  local cells = csv.cells(self.getters, row or { campaignId = entry.id })
  return csv.line { time, change, (unpack or table.unpack)(cells) }
end

local function tell(self, change, entry)
  local time = os.date "!%Y-%m-%dT%H:%M:%SZ"
  self.output:write((writers[self.format](self, time, change, entry)))
end

--- Reads all campaigns. Returns them by id, with what changed; nil, err.
local function look(self, stream)
  local now = {}
  local text, err = stream:next()
  while text do
    local row = core.decode(text)
    local id = tostring(row.campaignId)
    local entry = { id = id, name = tostring(row.campaignName or ""), digest = core.digest(text) }
    local before = self.known and self.known[id]
    if self.known and (not before or before.digest ~= entry.digest) then
      local name = before and "changed" or "added"
      tell(self, name, { id = id, name = entry.name, text = text })
    end
    now[id] = entry
    interrupt.step()
    text, err = stream:next()
  end
  if err then
    return nil, err
  end
  return now
end

--- One look, at a fresh stream of JSON texts. Returns how many campaigns there are; nil, err: the
--- next look is compared with the last that succeeded.
---@param stream sigmamind.Stream
---@return integer|nil, sigmamind.Error|nil
function Watch:look(stream)
  local now, err = look(self, stream)
  if not now then
    return nil, err
  end
  local count = 0
  for _ in pairs(now) do
    count = count + 1
  end
  for id, entry in pairs(self.known or {}) do
    if not now[id] then
      tell(self, "removed", entry)
    end
  end
  self.known = now
  return count
end

return watch
