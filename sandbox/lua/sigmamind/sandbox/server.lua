--- sandbox.server: the sandbox as a program. It listens on 127.0.0.1 alone, and prints its URL.
---
---   lua server.lua [--port N] [--RESOURCE N]... [--undocumented-lists FORM] [--latency SECONDS]
---                  [--speed N] [--key KEY] [--faults JSON] [--tls-ca FILE] [--until-eof]
---   lua server.lua --modules FOLDER ...
---
---   --modules    comes first: the folder of the client's modules, if it is not that of ours
---   --port       0, the default: any free port
---   --campaigns  size of the list (125); also --calls (240), --agents (12), --phone-numbers (8),
---                --chats (60) and --webhooks (15)
---   --undocumented-lists
---                of agents and phone numbers, whose paging is not documented: "wrapper" as others
---                (the default), "bare": all rows in {"data": [...]}, or "array": all rows in [...]
---   --latency    before each response (0)
---   --speed      of the calls that are made: seconds of theirs in one second (1)
---   --key        the key that X-API-Key must have (sandbox-key)
---   --faults     scripted faults: a JSON array, see sandbox.fault (none)
---   --tls-ca     serve https too, on the same port; write the certificates to trust to FILE
---   --until-eof  exit at the end of standard input, or when anything is read from it
---
--- SIGINT and SIGTERM end it.

-- Our own modules are found whatever the working directory is.
local function add_folder(folder)
  package.path = ("%s?.lua;%s?/init.lua;%s"):format(folder, folder, package.path)
end

add_folder((arg[0]:gsub("sigmamind/sandbox/server%.lua$", "")))
if arg[1] == "--modules" then
  table.remove(arg, 1)
  add_folder(table.remove(arg, 1))
end

local cqueues = require "cqueues"
local http_server = require "http.server"
local signal = require "cqueues.signal"
local check = require "sigmamind.check"
local clock = require "sigmamind.sandbox.clock"
local drift = require "sigmamind.sandbox.drift"
local faults = require "sigmamind.sandbox.faults"
local handler = require "sigmamind.sandbox.handler"
local listener = require "sigmamind.sandbox.listener"
local log = require "sigmamind.sandbox.log"
local sandbox_options = require "sigmamind.sandbox.options"
local store = require "sigmamind.sandbox.store"

local HOST = "127.0.0.1"
local IDLE_TIMEOUT = 300 -- seconds without a request after which a connection is closed

local USAGE = "usage: server.lua [--port N] [--campaigns N] [--calls N] [--agents N] "
  .. "[--phone-numbers N] [--chats N] [--webhooks N] [--undocumented-lists wrapper|bare|array] "
  .. "[--latency SECONDS] [--speed N] [--key KEY] [--faults JSON] [--tls-ca FILE] [--until-eof]"

local function fail(message)
  io.stderr:write("sandbox: ", tostring(message), "\n")
  os.exit(1)
end

--- Options whose values stay strings, even if they look like numbers.
local TEXTS = { key = true, faults = true, tls_ca = true }

--- The rule of an option that takes a value; nil: there is no such option.
local function rule_of(name)
  return name == "tls_ca" and check.type "string" or sandbox_options.values[name]
    and sandbox_options.rules[name]
end

---@param words string[]
---@return table<string, any> options by name: phone_numbers for --phone-numbers
local function parse(words)
  local given = {}
  local i = 1
  while words[i] do
    local name, value = words[i]:match "^%-%-([%l-]+)$", words[i + 1]
    name = name and name:gsub("-", "_")
    local rule = rule_of(name)
    if name == "until_eof" then
      given[name] = true
      i = i - 1
    elseif not rule or not value then
      fail(USAGE)
    else
      given[name] = TEXTS[name] and value or tonumber(value) or value
      if not rule.test(given[name]) then
        fail(("%s must be %s, got %s"):format(words[i], rule.accepts, check.show(value)))
      end
    end
    i = i + 2
  end
  return sandbox_options.fill(given)
end

--- `onerror` of lua-http. Errors of connections are expected; errors of our own code are printed.
local function report(_, _, operation, err)
  if operation == "onstream" and type(err) == "string" then
    io.stderr:write("sandbox: ", err, "\n")
  end
end

local function exit_at_eof()
  cqueues.poll({ pollfd = 0, events = "r" })
  os.exit(0)
end

local function exit_on_signal()
  signal.listen(signal.SIGINT, signal.SIGTERM):wait()
  os.exit(0)
end

--- Makes a lua-http server for connections with this certificate, or plain http; nil: http alone.
local function new_server(queue, context, state)
  local tls = nil -- both, detected by the first bytes of a connection
  if not context then
    tls = false
  end
  return http_server.new {
    cq = queue,
    ctx = context,
    tls = tls,
    intra_stream_timeout = IDLE_TIMEOUT,
    onerror = report,
    onstream = function(_, stream)
      handler.serve(state, stream)
    end,
  }
end

--- Makes a server for each kind of certificate.
---@param file? string receives the certificates to trust; nil: no https
local function open_servers(queue, state, file)
  state.listener:add_server("good", new_server(queue, nil, state))
  if not file then
    return
  end
  local contexts, err = require "sigmamind.sandbox.certificate".contexts(file)
  if not contexts then
    fail(err)
  end
  for kind, context in pairs(contexts) do
    state.listener:add_server(kind, new_server(queue, context, state))
  end
end

--- Prints the URL and the key. Exits if it cannot, because nobody could use the server.
local function announce(options, port)
  local key, ca_file = options.key, options.tls_ca
  local lines = { ("sandbox http://%s:%d key=%s\n"):format(HOST, port, key) }
  if ca_file then
    lines[2] = ("sandbox https://%s:%d key=%s ca=%s\n"):format(HOST, port, key, ca_file)
  end
  lines[#lines + 1] = ("export SIGMAMIND_BASE_URL=http://%s:%d\n"):format(HOST, port)
  lines[#lines + 1] = ("export SIGMAMIND_API_KEY='%s'\n"):format(key:gsub("'", "'\\''"))
  local ok, why = io.stdout:write(table.concat(lines))
  if ok then
    ok, why = io.stdout:flush()
  end
  if not ok then
    fail("cannot write: " .. why)
  end
end

local function parse_faults(text)
  local parsed, err = faults.parse(text or "[]")
  return parsed or fail("--faults: " .. err)
end

local function main(words)
  local options = parse(words)
  local opened, why = listener.open(HOST, options.port)
  if not opened then
    fail(why)
  end
  local own_clock = clock.new(options.speed)
  local state = {
    key = options.key,
    latency = options.latency,
    clock = own_clock,
    waiting = {},
    stores = store.all(options, own_clock),
    undocumented_lists = options.undocumented_lists,
    faults = parse_faults(options.faults),
    drift = drift.none(),
    log = log.new(),
    listener = opened,
  }
  local queue = cqueues.new()
  open_servers(queue, state, options.tls_ca)
  signal.ignore(signal.SIGPIPE)
  signal.block(signal.SIGINT, signal.SIGTERM)
  queue:wrap(opened.serve, opened, queue)
  queue:wrap(exit_on_signal)
  if options.until_eof then
    queue:wrap(exit_at_eof)
  end
  announce(options, opened.port)
  for err, _, _, _, fd in queue:errors() do
    if fd == 0 then
      os.exit(0) -- standard input cannot be polled (/dev/null): taken for its end
    end
    report(nil, nil, "onstream", err)
  end
end

main(arg)
