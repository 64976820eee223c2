--- writes: the verbs of a resource that change something: create, update, delete.
--
-- The server acts at most once on what is not idempotent: see http/request. An update only sets
-- values, and a deletion can be repeated, so both are retried like a read.

local check = require "sigmamind.check"
local contacts = require "sigmamind.contacts"
local content = require "sigmamind.http.content"
local core = require "sigmamind.core"
local errors = require "sigmamind.errors"
local http_call = require "sigmamind.http.call"
local object = require "sigmamind.object"
local read = require "sigmamind.http.read"
local reconcile = require "sigmamind.reconcile"
local redact = require "sigmamind.redact"
local runtime = require "sigmamind.runtime"
local secret_fields = require "sigmamind.secrets"
local verb = require "sigmamind.verb"

local writes = {}

local LONGER = 64 -- bytes by which redacting may make a text longer

local IS_SECRET = {}
for _, name in ipairs(secret_fields) do
  IS_SECRET[name] = true
end

local EXTRA = { extra = check.type "table" }

--- The arguments of create that are not the API's.
local CREATE = verb.merged(EXTRA, { reconcile = check.type "boolean" })
local CONTACTS = {
  contacts = check.required {
    accepts = "the name of a CSV file, an open one, or a list of rows",
    test = function(value)
      return type(value) == "string" or type(value) == "table" or io.type(value) == "file"
    end,
  },
  check = check.type "table",
  allow_problems = check.type "boolean",
}

--- The failure of contacts that are not those that were checked.
local CHANGED = {
  message = "the file of contacts has changed since it was checked",
  kind = "contacts",
}

--- A write whose arguments were checked; nothing is sent yet.
---@class sigmamind.Write
---@field resource sigmamind.Resource
---@field verb "create"|"update"|"delete"
---@field call sigmamind.http.Call
---@field report? sigmamind.ContactReport  of its contacts
---@field package opened sigmamind.contacts.Opened|false
---@field package name string|false  by which it is found after an unknown outcome
---@field package fields table|false  what it sends, to compare with what is found
local Write = { __name = "sigmamind.write" }
Write.__index = Write

-- == What is sent =====================================================================

--- The fields to send: the API's arguments and the extra ones. Raises at `level`.
local function fields_of(declaration, name, rules, given, level)
  local fields = {}
  for argument in pairs(rules) do
    fields[argument] = given[argument]
  end
  for field, value in pairs(given.extra or {}) do
    local is_name = type(field) == "string" and field:find "^%C+$"
    if not is_name or field == declaration.contacts then
      local text = "%s:%s: extra cannot have the field %s"
      error(text:format(declaration.name, name, check.show(field)), level + 1)
    elseif rules[field] then
      local text = "%s:%s: %s is an argument: it cannot be in extra"
      error(text:format(declaration.name, name, field), level + 1)
    end
    fields[field] = value
  end
  local wrong = declaration.prepare and declaration.prepare(fields, name)
  if wrong then
    error(("%s:%s: %s"):format(declaration.name, name, wrong), level + 1)
  end
  return fields
end

--- The value as JSON. Raises at `level`.
local function encode(self, name, value, level)
  local resolved = self.transport.options
  local text, why = core.encode(value, { null = resolved.null, array_mt = resolved.array_mt })
  if not text then
    error(("%s:%s: %s"):format(self.declaration.name, name, why), level + 1)
  end
  return text
end

--- The fields as parts of a form: strings as they are, the rest as JSON. Raises at `level`, as for
--- JSON: the same values can be sent.
local function parts_of(self, fields, level)
  local parts = {}
  for _, field in ipairs(check.sorted_keys(fields)) do
    local value = fields[field]
    encode(self, "create", { [field] = value }, level + 1) -- raises for what JSON cannot hold
    local text = type(value) == "string" and value or encode(self, "create", value, level + 1)
    parts[#parts + 1] = { name = field, data = text }
  end
  return parts
end

--- A call with a JSON body. Raises at `level`.
local function json_call(self, name, method, path, fields, level)
  return {
    method = method,
    path = path,
    body = encode(self, name, fields, level + 1),
    headers = { ["Content-Type"] = "application/json" },
  }
end

-- == Contacts =========================================================================

--- Lets other work go on between two pieces of a file; nil where nothing else can run.
local function pause_of(transport)
  local host = runtime.resolve(transport.options.runtime)
  return host and host.breathe and function()
    host.breathe(transport.session)
  end
end

--- The error of a request that is not sent.
local function placed(self, err)
  local call = self.call
  err.method = call.method
  err.path = self.resource.transport.options.base_path .. call.path
  err.outcome = "not_done"
  local key = self.resource.transport.options.api_key() or ""
  err.message = redact(err.message, { key }, #err.message + LONGER)
  return err
end

--- Opens and checks the contacts, and adds them to the form. Returns true; nil, err. Raises at
--- `level`.
local function add_contacts(self, given, level)
  local what = self.resource.declaration.name .. ":create: contacts"
  local pause = pause_of(self.resource.transport)
  local opened, err = contacts.open(what, given.contacts, given.check, pause, level + 1)
  if not opened then
    return nil, placed(self, err)
  end
  self.opened, self.report = opened, opened.report
  local is_refused = not (given.allow_problems or contacts.is_good(opened.report))
  if is_refused then
    self:close()
    return nil, placed(self, errors.new {
      kind = "contacts",
      message = contacts.problem_text(opened.report),
      hint = "correct them; allow_problems = true sends them as they are",
      report = opened.report,
    })
  end
  local form = self.call.form
  form[#form + 1] = opened.part
  function self.call.refusal()
    return contacts.changed(opened) and CHANGED or nil
  end
  opened.part.name = self.resource.declaration.contacts
  return true
end

-- == The write ========================================================================

--- The parts of a form: their texts, or of contacts the name and the size of the file.
local function shown_form(self, clean)
  local shown = {}
  for i, part in ipairs(self.call.form) do
    local is_file = part == (self.opened and self.opened.part)
    shown[i] = {
      name = part.name,
      data = not is_file and (IS_SECRET[part.name] and "***" or clean(part.data)) or nil,
      filename = part.filename,
      type = part.type,
      bytes = is_file and self.report.bytes or nil,
    }
  end
  return shown
end

--- What will be sent, with secrets redacted.
---@return {method: string, url: string, headers: table<string, string>, body?: string,
---  form?: {name: string, data?: string, filename?: string, type?: string, bytes?: integer}[]}
function Write:describe()
  local options = self.resource.transport.options
  local key = options.api_key() or ""
  local function clean(text)
    return text and redact(text, { key }, #text + LONGER)
  end
  local fields = http_call.start_fields(self.call, options.base_url)
  local shown = content.of_request(fields, clean)
  shown.method, shown.url = self.call.method, clean(fields.url)
  if self.call.form then
    shown.form, shown.body = shown_form(self, clean), nil
  end
  return shown
end

--- Sends it, and waits for the reply: an object, unless it is a deletion; one with an id, if it is
--- that of a new row.
---@return sigmamind.Reply|nil, sigmamind.Error|nil
local function send(self)
  local transport = self.resource.transport
  local request, err = transport:request(self.call)
  if not request then
    return nil, err
  end
  local id = self.verb == "create" and self.resource.declaration.id or nil
  return read.reply(request, transport.decoder, self.verb ~= "delete", id)
end

--- Says where the user can see whether it was done.
local function point_to_rows(self, err)
  local declaration = self.resource.declaration
  if err.outcome == "not_done" then
    return
  elseif self.verb ~= "create" and declaration.get then
    err.hint = ("%s; %s:get shows whether it was"):format(err.hint, declaration.name)
  elseif declaration.list then
    err.hint = ("%s; %s:list shows whether it was"):format(err.hint, declaration.name)
  end
end

local function send_once(self)
  local reply, err = send(self)
  if err and self.verb == "delete" and err.outcome == "done" then
    return true -- its reply has no content that matters
  elseif err then
    point_to_rows(self, err)
    return nil, err
  end
  return reply
end

--- Sends it, and returns the reply, or with `reconcile` the row in the same form; true for a
--- deletion.
---@return sigmamind.Reply|true|nil, sigmamind.Error|nil
function Write:send()
  local reply, err
  if self.name then
    reply, err = reconcile.send(self.resource, self.name, self.fields, self.call, function()
      return send_once(self)
    end)
  else
    reply, err = send_once(self)
  end
  self:close()
  return reply, err
end

--- Closes what it has opened. Idempotent.
function Write:close()
  if self.opened then
    self.opened.close()
    self.opened = false
  end
end

object.seal(Write, { "report" })

local function new_write(resource, name, call, call_options)
  call.options, call.resource = call_options, resource.declaration.name
  return setmetatable({
    resource = resource,
    verb = name,
    call = call,
    report = nil,
    opened = false,
    name = false,
    fields = false,
  }, Write)
end

-- == The verbs ========================================================================

local function prepare_create(self, rules, level, given, call_options)
  local declaration = self.declaration
  given, call_options = verb.arguments(self, "create", rules, given, call_options, level + 1)
  local name = given.reconcile and given[declaration.unique]
  if given.reconcile and not name then
    local text = "%s:create: reconcile needs %s, by which it finds what was created"
    error(text:format(declaration.name, declaration.unique), level + 1)
  end
  local fields = fields_of(declaration, "create", declaration.create, given, level + 1)
  if not declaration.contacts then
    local call = json_call(self, "create", "POST", declaration.path, fields, level + 1)
    local write = new_write(self, "create", call, call_options)
    write.name, write.fields = name or false, fields
    return write
  end
  local call = {
    method = "POST",
    path = declaration.path,
    form = parts_of(self, fields, level + 1),
  }
  local write = new_write(self, "create", call, call_options)
  write.name, write.fields = name or false, fields
  local ok, err = add_contacts(write, given, level + 1)
  return ok and write, err
end

local function prepare_update(self, rules, level, id, given, call_options)
  local path = verb.path_of(self, "update", id, level + 1)
  given, call_options = verb.arguments(self, "update", rules, given, call_options, level + 1)
  local declaration = self.declaration
  local fields = fields_of(declaration, "update", declaration.update, given, level + 1)
  if not next(fields) then
    error(("%s:update: there is nothing to change"):format(declaration.name), level + 1)
  end
  local call = json_call(self, "update", "PATCH", path, fields, level + 1)
  call.idempotent, call.missing = true, verb.missing(declaration)
  return new_write(self, "update", call, call_options)
end

local function prepare_delete(self, rules, level, id, call_options)
  local path = verb.path_of(self, "delete", id, level + 1)
  local _, own = verb.arguments(self, "delete", rules, nil, call_options, level + 1)
  local call = { method = "DELETE", path = path, missing = verb.missing(self.declaration) }
  return new_write(self, "delete", call, own)
end

--- By verb: checks the arguments and returns the write; nil, err. Raises at `level`.
local PREPARE = { create = prepare_create, update = prepare_update, delete = prepare_delete }

local function add_create(Resource)
  --- Creates a row. It is sent again only if no byte of it was sent, or the API refused it with a
  --- 429; err.outcome says whether the API may have acted on it.
  ---@param arguments table  the API's; extra: further fields; where the resource has contacts:
  ---  contacts: the name of a CSV file, an open one, or a list of rows; check: as for
  ---  sigmamind.contacts.check; allow_problems: send them whatever was found, default false;
  ---  reconcile: see the reference
  ---@param call_options? sigmamind.CallOptions
  ---@return table|nil row, sigmamind.Error|nil
  function Resource:create(arguments, call_options)
    object.expect(self, Resource, "create")
    local write, err = self:prepare("create", 3, arguments, call_options)
    if not write then
      return nil, err
    end
    local reply, failure = write:send()
    if not reply then
      return nil, failure
    end
    return reply.data
  end
end

local function add_update(Resource)
  --- Changes fields of a row; those left out stay as they are.
  ---@param id string
  ---@param arguments table  the API's; extra: further fields
  ---@param call_options? sigmamind.CallOptions
  ---@return table|nil row, sigmamind.Error|nil
  function Resource:update(id, arguments, call_options)
    object.expect(self, Resource, "update")
    local write = self:prepare("update", 3, id, arguments, call_options)
    local reply, err = write:send()
    if not reply then
      return nil, err
    end
    return reply.data
  end
end

local function add_delete(Resource)
  --- Deletes a row for good.
  ---@param id string
  ---@param call_options? sigmamind.CallOptions
  ---@return true|nil, sigmamind.Error|nil
  function Resource:delete(id, call_options)
    object.expect(self, Resource, "delete")
    local reply, err = self:prepare("delete", 3, id, call_options):send()
    return reply ~= nil or nil, err
  end
end

--- Adds the verbs that the declaration has.
---@param Resource table  the class
---@param declaration sigmamind.Declaration
function writes.add(Resource, declaration)
  local rules = { delete = {} }
  if declaration.create then
    rules.create = verb.merged(declaration.create, declaration.unique and CREATE or EXTRA)
    if declaration.contacts then
      rules.create = verb.merged(rules.create, CONTACTS)
    end
    add_create(Resource)
  end
  if declaration.update then
    rules.update = verb.merged(declaration.update, EXTRA)
    add_update(Resource)
  end
  if declaration.delete then
    add_delete(Resource)
  end

  --- Checks the arguments of a write, its contacts too. The command shows what it has made before
  --- it sends it. Raises at `level`.
  ---@param name "create"|"update"|"delete"
  ---@param level integer
  ---@param ... any  the arguments of the verb
  ---@return sigmamind.Write|nil, sigmamind.Error|nil
  function Resource:prepare(name, level, ...)
    local write, err = PREPARE[name](self, rules[name], level, ...)
    return write, err
  end
end

return writes
