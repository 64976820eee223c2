--- cli.errors: reports the command's errors on standard error and as its exit code.

local cjson = require "cjson"
local console = require "sigmamind.console"
local fields = require "sigmamind.cli.fields"
local interrupt = require "sigmamind.cli.interrupt"
local names = require "sigmamind.cli.names"
local output = require "sigmamind.cli.output"
local terminal = require "sigmamind.cli.terminal"

local errors = {}

--- Exit codes by the kind of the error.
local CODES = {
  usage = 2,
  contacts = 2,
  config = 3,
  auth = 3,
  http = 4,
  conflict = 4,
  protocol = 4,
  decode = 4,
  too_large = 4,
  network = 5,
  timeout = 5,
  tls = 5,
  rate_limit = 6,
  interrupted = 130,
}

--- The exit code of a request that failed although the API acted on it, or may have, whatever the
--- kind of its error: a script must not just send it again.
local ACTED_ON = 7

local ERROR_FIELDS = {
  "kind", "message", "status", "code", "method", "path", "outcome", "retry_after", "hint", "resume",
}

--- The client's messages, in terms of the command's options.
local WORDS = {
  { "^sigmamind%.new: api_key", "the API key" },
  { "^sigmamind%.new: base_url", "--base-url" },
  { "^sigmamind%.new: ca_file", "--ca-file" },
  { "^sigmamind%.new: proxy", "--proxy" },
  { "^sigmamind%.new: ", "" },
  { "resume must be a complete, unchanged token from stream:token%(%)",
    "--resume must be the complete, unchanged token that Ctrl-C printed" },
  { "^client:request: path must", "PATH must" },
  { "^client:request: method must", "METHOD must" },
  { "^[%w_:]+: headers must be .*, without ",
    "--header must be NAME: VALUE in printable ASCII, and NAME none of " },
  { "^resource%.declare: path must", "PATH must" },
  { "^[%w_]+: list cannot have the argument '(.-)'$",
    "--paginate cannot be combined with the argument %1, which it does not send" },
  { "^[%w_]+:%a+: id must", "ID must" },
  { "^[%w_]+:%a+: (%a%w*) must", function(argument)
    return names.option(argument) .. " must"
  end },
  { "^[%w_]+:%a+: ", "" },
  { "^select: ", "--select: " },
  { ", or a function that returns one", "" },
  { "; allow_http = true overrides", "" },
}

--- Messages about bodies. The messages of these kinds are the client's own, never the API's.
local BODY_KINDS = { decode = true, protocol = true, too_large = true }
local BODY_WORDS = {
  { "^the body is larger than max_body, ", "the body is larger than " },
  { "^the body is larger than max_body", "the body is too large" },
  { "expected no deeper nesting %(see max_depth%)", "expected no deeper nesting than 64 levels" },
}

--- Parts of the client's hints in terms of the command, longer ones first.
local HINT_WORDS = {
  { "raise connect_timeout, stall_timeout, timeout %(upload_timeout for files%) or deadline",
    "raise --timeout" },
  { "request a smaller size, or raise max_body", "give a smaller --size" },
  { "retry after retry_after seconds", "retry later" },
  { "close clients that are no longer used, or raise the limit",
    "raise the limit of open files" },
  { "check client_cert and client_key: .*",
    "the server may require a certificate of its clients, which the command cannot give" },
  { "require a client_cert",
    "require a certificate of its clients, which the command cannot give" },
  { "core%.version", "sigmamind --version" },
  { "the client adds it", "the command adds it" },
  { "api_key or SIGMAMIND_API_KEY", "--key-file or SIGMAMIND_API_KEY" },
  { "address or user_agent", "address or client" },
  { "([%w_]+):list shows the ids", "sigmamind %1 lists the ids" },
  { "allow_problems = true", "--allow-problems" },
  { "name a regular file that can be read, .*", "name a regular file that can be read" },
  { "or name it in the option phone", "or name it with --phone-column" },
  { "raise the timeout of wait", "raise --timeout" },
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

--- A hint of the client, in terms of the command.
---@param hint string
---@return string
function errors.hint(hint)
  return replace_each(hint, HINT_WORDS)
end

--- The message of an error that the client raised for misuse, in terms of the command.
local function translated(message)
  return replace_each(message:gsub("^%S+:%d+: ", ""), WORDS)
end

--- Makes a usage error.
---@param message string
function errors.usage(message)
  return { kind = "usage", message = message }
end

--- The error for Ctrl-C while a request was sent that is not safe.
---@param method string
---@param path string
---@param advice string  what the user should do about it
---@return table
function errors.interrupted(method, path, advice)
  return {
    kind = "interrupted",
    message = "interrupted; " .. advice,
    method = method,
    path = path,
    outcome = "unknown",
  }
end

--- Calls a function of the client that raises for misuse. Returns its two results; nil, err.
---@param kind string  of the error
---@param action function
---@param ... any
function errors.guard(kind, action, ...)
  local ok, result, err = pcall(action, ...)
  if ok then
    return result, err
  elseif type(result) ~= "string" then
    error(result, 0)
  end
  return nil, { kind = kind, message = translated(result) }
end

--- JSON must be UTF-8; an argument need not be.
local function valid(value)
  if type(value) == "string" and fields.decoder():value(cjson.encode(value)) == nil then
    return (value:gsub("[\128-\255]", "?"))
  end
  return value
end

--- A JSON object with one field, an object with these fields.
local function as_json(name, object, wanted)
  local reported = {}
  for _, each in ipairs(wanted) do
    reported[each] = valid(object[each])
  end
  local text = fields.json { [name] = reported }
  return console.is_terminal(2) and terminal.harmless_json(text) or text
end

local function as_text(err)
  if err.resume then
    local hint = "interrupted; to continue, give the same options and\n--resume %s"
    return hint:format(err.resume)
  end
  local text = getmetatable(err) and tostring(err) or "sigmamind: " .. tostring(err.message)
  text = terminal.harmless(text) -- one line, even if an argument has several
  return err.stack and text .. "\n" .. err.stack or text
end

--- Reports an error on standard error, unless it ends the command quietly.
---@param err table
---@param format string  "text" or "json"
function errors.report(err, format)
  if err == output.CLOSED or err == interrupt.INTERRUPTED and format ~= "json" then
    return
  end
  err.hint = err.hint and errors.hint(err.hint)
  err.message = BODY_KINDS[err.kind] and replace_each(err.message, BODY_WORDS) or err.message
  io.stderr:write(format == "json" and as_json("error", err, ERROR_FIELDS) or as_text(err), "\n")
end

local WARNING_FIELDS = { "message", "path", "nearest", "type" }

--- Reports a possible mistake on standard error, although nothing failed.
---@param warning {message: string, path: string, nearest?: string, type?: string}
---@param format string  "text" or "json"
function errors.warn(warning, format)
  local text = format == "json" and as_json("warning", warning, WARNING_FIELDS)
    or terminal.harmless("sigmamind: " .. warning.message)
  io.stderr:write(text, "\n")
end

---@param err table
---@return integer
function errors.code(err)
  if err.outcome and err.outcome ~= "not_done" and err.kind ~= "interrupted" then
    return ACTED_ON
  end
  return err == output.CLOSED and 0 or CODES[err.kind] or 1
end

--- Makes an error of a raised value. "interrupted!" comes from a shell command that Ctrl-C ended.
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
