--- cli.formats: how campaigns are written. Each format makes a writer of an output:
---
---   writer.wants_json     whether rows are given to it as JSON text, else as tables
---   writer:row(row)       writes one, or keeps it until it can
---   writer:finish()       writes what is left
---   writer:fail()         instead of finish, where rows are missing
---
--- An output has write(text).

local csv = require "sigmamind.cli.csv"
local json = require "sigmamind.cli.json"
local text_table = require "sigmamind.cli.text_table"

---@type table<string, fun(output: table, select: string[]|nil): table>
return {
  table = text_table.new,
  json = json.document,
  ndjson = json.lines,
  csv = csv.new,
}
