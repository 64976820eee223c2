-- The sandbox as a program. It listens on 127.0.0.1 only, and says so in a line on its output.
--
--   lua server.lua [--port N] [--campaigns N] [--latency SECONDS] [--key KEY] [--faults JSON]
--                  [--tls-ca FILE] [--until-eof]
--   lua server.lua --modules FOLDER ...
--
--   --modules    comes first: the folder with the client's modules, where it is not that of ours
--   --port       0, the default, takes any free port
--   --campaigns  how many there are (125)
--   --latency    before each answer (0)
--   --key        the one that is accepted in X-API-Key (sandbox-key)
--   --faults     what goes wrong: a JSON array, see fault.lua (nothing)
--   --tls-ca     serve https on the same port too, and write the certificate to trust to FILE
--   --until-eof  end when the standard input ends, or anything comes in
--
-- SIGINT and SIGTERM end it in any case.

-- find our own modules wherever we were started from
package.path = arg[0]:gsub("sigmamind/sandbox/server%.lua$", "") .. "?.lua;" .. package.path
if arg[1] == "--modules" then
  table.remove(arg, 1)
  package.path = table.remove(arg, 1) .. "?.lua;" .. package.path
end

local cqueues = require "cqueues"
local http_server = require "http.server"
local signal = require "cqueues.signal"
local check = require "sigmamind.check"
local door = require "sigmamind.sandbox.door"
local drift = require "sigmamind.sandbox.drift"
local exchange = require "sigmamind.sandbox.exchange"
local faults = require "sigmamind.sandbox.faults"
local log = require "sigmamind.sandbox.log"
local sandbox_options = require "sigmamind.sandbox.options"
local store = require "sigmamind.sandbox.store"

local host = "127.0.0.1"
local idle_timeout = 300 -- seconds that a connection is kept without a request

local usage = "usage: server.lua [--port N] [--campaigns N] [--latency SECONDS] [--key KEY] "
  .. "[--faults JSON] [--tls-ca FILE] [--until-eof]"

local function fail(message)
  io.stderr:write("sandbox: ", tostring(message), "\n")
  os.exit(1)
end

--- Options of which a number is text, too.
local TEXTS = { key = true, faults = true, ["tls-ca"] = true }

--- The names that take a value. The rule of `tls-ca` is that of a file's name.
local function rule_of(name)
  return name == "tls-ca" and check.type "string" or sandbox_options.values[name]
    and sandbox_options.rules[name]
end

---@param words string[]
---@return table<string, any> options by name, without the dashes
local function parse(words)
  local given = {}
  local i = 1
  while words[i] do
    local name, value = words[i]:match("^%-%-([%l-]+)$"), words[i + 1]
    local rule = rule_of(name)
    if name == "until-eof" then
      given[name] = true
      i = i - 1
    elseif not rule or not value then
      fail(usage)
    else
      given[name] = TEXTS[name] and value or tonumber(value) or value
      if not rule.test(given[name]) then
        fail(("--%s must be %s, got %s"):format(name, rule.accepts, check.show(value)))
      end
    end
    i = i + 2
  end
  return sandbox_options.fill(given)
end

--- What goes wrong on one connection is the matter of that connection. Only an error in the
--- sandbox's own code is worth a word.
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

--- A lua-http server for connections with this certificate; without one, for plain http alone.
local function new_server(queue, context, state)
  local tls = nil -- both, told apart by the first bytes of a connection
  if not context then
    tls = false
  end
  return http_server.new {
    cq = queue,
    ctx = context,
    tls = tls,
    intra_stream_timeout = idle_timeout,
    onerror = report,
    onstream = function(_, stream)
      exchange(state, stream)
    end,
  }
end

--- Lets connections in to servers with each kind of certificate.
---@param file? string
local function open_servers(queue, state, file)
  state.door:let_in_to("good", new_server(queue, nil, state))
  if not file then
    return
  end
  local contexts, err = require "sigmamind.sandbox.certificate".contexts(file)
  if not contexts then
    fail(err)
  end
  for kind, context in pairs(contexts) do
    state.door:let_in_to(kind, new_server(queue, context, state))
  end
end

--- Where it cannot be said, nobody could use what is served.
local function announce(options, port)
  local key, ca_file = options.key, options["tls-ca"]
  local lines = { ("sandbox http://%s:%d key=%s\n"):format(host, port, key) }
  if ca_file then
    lines[2] = ("sandbox https://%s:%d key=%s ca=%s\n"):format(host, port, key, ca_file)
  end
  lines[#lines + 1] = ("export SIGMAMIND_BASE_URL=http://%s:%d\n"):format(host, port)
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
  local entrance, why = door.open(host, options.port)
  if not entrance then
    fail(why)
  end
  local state = {
    key = options.key,
    latency = options.latency,
    store = store.new(options.campaigns),
    faults = parse_faults(options.faults),
    drift = drift.none(),
    log = log.new(),
    door = entrance,
  }
  local queue = cqueues.new()
  open_servers(queue, state, options["tls-ca"])
  signal.ignore(signal.SIGPIPE)
  signal.block(signal.SIGINT, signal.SIGTERM)
  queue:wrap(entrance.serve, entrance, queue)
  queue:wrap(exit_on_signal)
  if options["until-eof"] then
    queue:wrap(exit_at_eof)
  end
  announce(options, entrance.port)
  for err, _, _, _, fd in queue:errors() do
    if fd == 0 then
      os.exit(0) -- what cannot be waited for, such as /dev/null, is as good as at its end
    end
    report(nil, nil, "onstream", err)
  end
end

main(arg)
