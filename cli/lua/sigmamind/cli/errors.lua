--- cli.errors: what went wrong, told on standard error, and as an exit code.

local cjson = require "cjson"
local console = require "sigmamind.console"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local output = require "sigmamind.cli.output"
local terminal = require "sigmamind.cli.terminal"

local errors = {}

--- Exit codes by the kind of what went wrong.
local CODES = {
  usage = 2,
  config = 3,
  auth = 3,
  http = 4,
  protocol = 4,
  decode = 4,
  too_large = 4,
  network = 5,
  timeout = 5,
  tls = 5,
  rate_limit = 6,
  interrupted = 130,
}

local TOLD = { "kind", "message", "status", "code", "path", "retry_after", "hint", "resume" }

--- What the module says to programs, as the command's options have it.
local WORDS = {
  { "^sigmamind%.new: api_key", "the API key" },
  { "^sigmamind%.new: base_url", "--base-url" },
  { "^sigmamind%.new: ca_file", "--ca-file" },
  { "^sigmamind%.new: proxy", "--proxy" },
  { "^sigmamind%.new: ", "" },
  { "^campaigns: ", "" },
  { "^select: ", "--select: " },
  { ", or a function that returns one", "" },
  { "; allow_http = true insists", "" },
  { "resume must be a token of stream:token%(%), whole and unaltered",
    "--resume must be the token that Ctrl-C printed, whole and unaltered" },
}

--- What the module says of bodies that it refuses: sentences of its own, never the API's.
local BODY_KINDS = { decode = true, protocol = true, too_large = true }
local BODY_WORDS = {
  { "^the body is larger than max_body, ", "the body is larger than " },
  { "^the body is larger than max_body", "the body is too large" },
  { "expected no deeper nesting %(see max_depth%)", "expected no deeper nesting than 64 levels" },
}

--- The same for what its hints say: pieces of them, the longer first.
local HINT_WORDS = {
  { "raise connect_timeout, stall_timeout, timeout or deadline", "raise --timeout" },
  { "ask for a smaller size, or raise max_body", "give a smaller --size" },
  { "ask less often, or again after retry_after seconds", "ask less often, or again later" },
  { "close clients that are not used any more, or raise the limit",
    "raise the limit of open files" },
  { "check client_cert and client_key: .*",
    "the server may require a certificate of its clients, which the command cannot give" },
  { "require a client_cert",
    "require a certificate of its clients, which the command cannot give" },
  { "core%.version", "sigmamind --version" },
  { "the client adds it", "the command adds it" },
  { "api_key or SIGMAMIND_API_KEY", "--key-file or SIGMAMIND_API_KEY" },
  { "address or user_agent", "address or client" },
  { "base_url", "--base-url" },
  { "ca_file", "--ca-file" },
  { "the option proxy", "--proxy" },
}

local function replace_each(text, words)
  for _, each in ipairs(words) do
    text = text:gsub(each[1], each[2])
  end
  return text
end

--- A hint of the module in the words of the command.
---@param hint string
---@return string
function errors.hint(hint)
  return replace_each(hint, HINT_WORDS)
end

--- What the module says of a mistake, in the words of the command.
local function translated(message)
  return replace_each(message:gsub("^%S+:%d+: ", ""), WORDS)
end

--- An error of a mistake in the options.
---@param message string
function errors.usage(message)
  return { kind = "usage", message = message }
end

--- Calls a function of sigmamind that raises what it refuses. Returns what it returns; nil, err.
---@param kind string  of that error
---@param action function
---@param ... any
function errors.guard(kind, action, ...)
  local ok, result = pcall(action, ...)
  if ok then
    return result
  elseif type(result) ~= "string" then
    error(result, 0)
  end
  return nil, { kind = kind, message = translated(result) }
end

--- What is no UTF-8, an argument perhaps, would not be JSON.
local function valid(value)
  if type(value) == "string" and fields.decoder():value(cjson.encode(value)) == nil then
    return (value:gsub("[\128-\255]", "?"))
  end
  return value
end

--- A JSON object with one field, the object of that name, of which these fields are told.
local function as_json(name, object, names)
  local told = {}
  for _, each in ipairs(names) do
    told[each] = valid(object[each])
  end
  local text = fields.json { [name] = told }
  return console.is_terminal(2) and terminal.harmless_json(text) or text
end

local function as_text(err)
  if err.resume then
    local hint = "interrupted; to go on, give the same options and\n--resume %s"
    return hint:format(err.resume)
  end
  local text = getmetatable(err) and tostring(err) or "sigmamind: " .. tostring(err.message)
  text = terminal.harmless(text) -- in one line, though an argument may have several
  return err.stack and text .. "\n" .. err.stack or text
end

--- Tells an error on standard error; what ends quietly is not told.
---@param err table
---@param format string  "text" or "json"
function errors.tell(err, format)
  if err == output.CLOSED or err == interrupt.INTERRUPTED and format ~= "json" then
    return
  end
  err.hint = err.hint and errors.hint(err.hint)
  err.message = BODY_KINDS[err.kind] and replace_each(err.message, BODY_WORDS) or err.message
  io.stderr:write(format == "json" and as_json("error", err, TOLD) or as_text(err), "\n")
end

local WARNED = { "message", "path", "nearest", "type" }

--- Tells on standard error what may be a mistake, though nothing failed.
---@param warning {message: string, path: string, nearest?: string, type?: string}
---@param format string  "text" or "json"
function errors.warn(warning, format)
  local text = format == "json" and as_json("warning", warning, WARNED)
    or terminal.harmless("sigmamind: " .. warning.message)
  io.stderr:write(text, "\n")
end

---@param err table
---@return integer
function errors.code(err)
  return err == output.CLOSED and 0 or CODES[err.kind] or 1
end

--- What was raised, as an error to tell. Where a command of the shell was interrupted, so were we.
---@param raised any
---@return table
function errors.of_raised(raised)
  if type(raised) == "table" then
    return raised
  elseif tostring(raised):find("interrupted!", 1, true) then
    return interrupt.INTERRUPTED
  end
  return { kind = "internal", message = tostring(raised), stack = debug.traceback() }
end

return errors
