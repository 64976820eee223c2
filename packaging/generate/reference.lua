--- generate.reference: the sections of resources in doc/reference.md. Each replaces what stands
--- between two comments: <!-- generated: campaigns --> and <!-- end -->.

local declared = require "packaging.generate.declared"
local words = require "packaging.generate.words"

local reference = {}

local WIDTH = 120

--- The headings of resources.
local function heading(declaration)
  return words.capital((declaration.name:gsub("_", " ")))
end

--- The link to a heading, as GitHub makes it.
local function link(text, declaration)
  return ("[%s](#%s)"):format(text, heading(declaration):lower():gsub(" ", "-"))
end

local function add(lines, ...)
  for _, line in ipairs { ... } do
    lines[#lines + 1] = line
  end
end

local function add_paragraph(lines, text)
  add(lines, "", words.wrap(text, WIDTH, "", ""))
end

-- == Requests and arguments ============================================================

local function verbs(declaration, names)
  local calls = {}
  for i, name in ipairs(names) do
    calls[i] = ("`%s`"):format(i == 1 and "client." .. declaration.name .. ":" .. name or name)
  end
  return words.list(calls, "and")
end

--- The sentences on what a resource is, and what its verbs send.
local function introduction(declaration)
  local sentences = { words.capital(declaration.doc) .. "." }
  local function add_sentence(text, ...)
    sentences[#sentences + 1] = text:format(...)
  end
  for _, each in ipairs(declared.requests(declaration)) do
    local names = each.verb == "list" and { "list", "page", "pages", "watch" } or { each.verb }
    local plural = names[2] and "send" or "sends"
    add_sentence("%s %s `%s`.", verbs(declaration, names), plural, each.request)
  end
  if declaration.list and declaration.paging == "unknown" then
    add_sentence "How the list is paged is not documented."
  end
  return table.concat(sentences, " ")
end

--- A table of arguments, with what introduces it.
local function add_arguments(lines, what, rules)
  add_paragraph(lines, what)
  add(lines, "", "| Argument | |", "|---|---|")
  for _, name in ipairs(declared.arguments(rules)) do
    local rule = rules[name]
    local default = rule.default ~= nil and "; by default " .. tostring(rule.default) or ""
    local required = rule.required and "; required" or ""
    add(lines, ("| `%s` | %s%s%s |"):format(name, rule.accepts, required, default))
  end
end

--- How `wait` sees that a row has ended.
local function add_wait(lines, declaration)
  local waiting, values = declaration.wait, {}
  for i, each in ipairs(declaration.wait.final) do
    values[i] = "`" .. each .. "`"
  end
  local text = "%s waits until `%s` is %s%s; by default for %d s, with %d s and then up to %d s "
    .. "between two requests."
  local since = waiting.since and (", or there is an `%s`"):format(waiting.since) or ""
  add_paragraph(lines, text:format(verbs(declaration, { "wait" }), waiting.field,
    words.list(values, "or"), since, waiting.timeout, waiting.interval, waiting.interval_max))
end

--- What the verbs of a resource take.
local function add_verbs(lines, declaration)
  if declaration.list and next(declaration.list) then
    add_arguments(lines, "Arguments of the list:", declaration.list)
  elseif declaration.list then
    add_paragraph(lines, "The list has no arguments of its own.")
  end
  for _, name in ipairs { "create", "update" } do
    if declaration[name] then
      add_arguments(lines, ("Arguments of `%s`:"):format(name), declaration[name])
    end
  end
  if declaration.wait then
    add_wait(lines, declaration)
  end
end

-- == Fields ============================================================================

local PLURALS = {
  string = "strings", integer = "integers", number = "numbers", boolean = "booleans",
  object = "objects", array = "arrays",
}

--- The type of a field; that of another resource's row is a link to it.
local function type_of(field, row_of)
  local other = field.fields and row_of[field.fields.class]
  local kind = other and link(other.title, other) or field.type
  if field.type == "array" then
    kind = "array of " .. (PLURALS[field.of] or (field.fields and "objects" or "strings"))
  end
  local kinds = { kind }
  for _, each in ipairs(field.also or {}) do
    kinds[#kinds + 1] = each
  end
  kinds[#kinds + 1] = field.null and "null" or nil
  return words.list(kinds, "or")
end

--- Adds the row of a field. Values that do not fit go into `long`.
local function add_field(lines, path, field, row_of, long)
  local row = "| `%s` | %s | %s | %s |"
  local kind, remarks = type_of(field, row_of), table.concat(declared.remarks(field), "; ")
  local values = table.concat(field.values or {}, ", ")
  local line = row:format(path, kind, values, remarks)
  if #line > WIDTH then
    line = row:format(path, kind, "see below", remarks)
    long[#long + 1] = ("`%s`: %s."):format(path, values)
  end
  add(lines, (line:gsub("  +|", " |")))
end

--- Adds fields with those of their objects, except where they are a resource's row.
local function add_fields(lines, fields, prefix, row_of, long)
  for _, field in ipairs(fields) do
    local path = prefix .. field.name
    add_field(lines, path, field, row_of, long)
    if field.fields and not row_of[field.fields.class] then
      local parts = path .. (field.type == "array" and "[]." or ".")
      add_fields(lines, field.fields, parts, row_of, long)
    end
  end
end

--- The section of a resource, without the comments around it.
local function section(declaration, row_of)
  local lines, long = { "### " .. heading(declaration) }, {}
  add_paragraph(lines, introduction(declaration))
  add_verbs(lines, declaration)
  add(lines, "", "| Field | Type | Documented values | |", "|---|---|---|---|")
  add_fields(lines, declaration.row, "", row_of, long)
  for _, text in ipairs(long) do
    add_paragraph(lines, text)
  end
  return table.concat(lines, "\n")
end

local GENERATED = "(<!%-%- generated: ([%w_]+) %-%->\n).-(<!%-%- end %-%->)"

--- The text of the reference with new sections. Raises if a resource has no place in it.
---@param text string
---@param resources sigmamind.Declaration[]
---@return string
function reference.update(text, resources)
  local by_name, row_of = {}, {}
  for _, each in ipairs(resources) do
    by_name[each.name], row_of[each.row.class] = each, each
  end
  text = text:gsub(GENERATED, function(first, name, last)
    local declaration = assert(by_name[name], "there is no resource for the section " .. name)
    by_name[name] = nil
    return first .. section(declaration, row_of) .. "\n" .. last
  end)
  assert(not next(by_name), "no section <!-- generated: NAME --> for " .. tostring(next(by_name)))
  return text
end

return reference
