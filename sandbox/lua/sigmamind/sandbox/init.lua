-- A server of the documented endpoint on loopback, so that a program can be written, shown and
-- tested without an account.
--
--   local sandbox = require "sigmamind.sandbox"
--   local server = assert(sandbox.start())
--   local client = sigmamind.new {base_url = server.url, api_key = server.key}
--   ...
--   server:stop()
--
-- The server is a process of its own (lua-http on cqueues), which this module starts with plain
-- Lua. It ends when its standard input does, a pipe that we hold open: so it ends when we do,
-- however we end.

local check = require "sigmamind.check"
local missing = require "sigmamind.missing"
local number = require "sigmamind.number"
local object = require "sigmamind.object"
local sandbox_options = require "sigmamind.sandbox.options"

local sandbox = {}

--- The interpreters for which lua-http is packaged, fastest first.
local interpreters = { "luajit", "lua5.1", "lua5.2", "lua" }

local server_file = debug.getinfo(1, "S").source:match("^@(.*)init%.lua$") .. "server.lua"

--- The client's modules, some of which the server uses, may be in another place than ours.
local client_folder =
  debug.getinfo(check.arguments, "S").source:match("^@(.*)sigmamind/check%.lua$")

---@class sandbox.Options
---@field port? integer default 0: any that is free
---@field campaigns? integer how many there are, default 125
---@field latency? number seconds before each answer, default 0
---@field tls? boolean https on the same port too, default false
---@field key? string the one that is accepted, default "sandbox-key"
---@field faults? string what goes wrong, as JSON: see sandbox/fault.lua; default nothing
---@field lua? string interpreter of the server, default: the first that has lua-http and lua-cjson

--- A running server. It is stopped when the handle is collected, so keep the handle.
---@class sandbox.Handle
---@field url string "http://127.0.0.1:PORT"
---@field key string
---@field https_url? string "https://127.0.0.1:PORT", with `tls`
---@field ca_file? string the certificate to trust (PEM), with `tls`; removed by `stop`
---@field private pipe file*?
local Handle = { __name = "sigmamind.sandbox" }
Handle.__index = Handle

local function quote(value)
  return "'" .. tostring(value):gsub("'", "'\\''") .. "'"
end

local function first_line(command)
  local pipe = assert(io.popen(command))
  local line = pipe:read("*l")
  pipe:close()
  return line
end

--- Whether a command succeeds. os.execute would ignore Ctrl-C meanwhile.
local function succeeds(command)
  return first_line(command .. " && echo yes") == "yes"
end

local function read_all(path)
  local file = io.open(path)
  local text = file and file:read("*a") or ""
  if file then
    file:close()
  end
  return text
end

--- The paths of the host are for its own Lua, and may hold modules that the server's cannot load;
--- so they are left out, unless lua-http is only there.
local environments = { "unset LUA_PATH LUA_CPATH LUA_INIT; ", "" }

local found

--- The shell command that begins with the server's interpreter.
---@param chosen? string
---@return string? command
---@return string? err
local function find_interpreter(chosen)
  if chosen then
    return environments[1] .. quote(chosen)
  elseif found then
    return found
  end
  for _, environment in ipairs(environments) do
    for _, lua in ipairs(interpreters) do
      local command = environment .. lua
      if succeeds(command .. " -e 'require \"http.server\" require \"cjson\"' >/dev/null 2>&1") then
        found = command
        return command
      end
    end
  end
  return nil, "the sandbox needs lua-http and lua-cjson for one of "
    .. table.concat(interpreters, ", ") .. " (on Debian: apt install luajit lua-http lua-cjson)"
end

--- A directory with a FIFO on which the server says that it is ready.
---@return string? directory
---@return string? err
local function make_directory()
  local directory = first_line("d=$(mktemp -d \"${TMPDIR:-/tmp}/sigmamind.XXXXXX\") "
    .. "&& mkfifo \"$d/ready\" && echo \"$d\"")
  if not directory then
    return nil, "cannot make a temporary directory (mktemp, mkfifo)"
  end
  return directory
end

--- The words of the command that runs the server.
---@param lua string
---@param options sandbox.Options
---@return string[]
local function server_command(lua, options)
  local words = { lua, quote(server_file), "--modules", quote(client_folder) }
  for name in pairs(sandbox_options.values) do
    local value = options[name]
    local text = type(value) == "number" and number.text(value) or value
    if text then
      words[#words + 1] = "--" .. name .. " " .. quote(text)
    end
  end
  return words
end

--- The shell outlives the server: it waits for a line or the end of its input, which mean `stop`
--- or that we are gone, and then removes the directory. `ready` is what the server writes to there.
---@param lua string
---@param directory string
---@param options sandbox.Options
---@param ready string
---@return string
local function command_line(lua, directory, options, ready)
  local words = server_command(lua, options)
  words[#words + 1] = "--until-eof"
  if options.tls then
    words[#words + 1] = "--tls-ca \"$d/ca.pem\""
  end
  local script = "d=%s; trap : INT TERM HUP; %s >\"$d/%s\" 2>\"$d/errors\"; "
    .. "trap '' INT TERM HUP; : >\"$d/ended\"; read _; rm -r \"$d\""
  return script:format(quote(directory), table.concat(words, " "), ready)
end

--- Ends the server, waits for it, and removes its files. More than once does no harm.
function Handle:stop()
  object.expect(self, Handle, "stop")
  if self.pipe then
    -- closing alone would not do if another child of ours inherited the pipe
    self.pipe:write("stop\n")
    self.pipe:close()
    self.pipe = nil
  end
end

object.seal(Handle, { "url", "https_url", "ca_file", "pipe" })

---@param handle sandbox.Handle
---@param ready file*
---@param tls? boolean
---@return boolean whether the server is up
local function read_ready(handle, ready, tls)
  local http_line, https_line = ready:read("*l") or "", tls and ready:read("*l") or ""
  handle.url = http_line:match("^sandbox (http://%S+)")
  handle.https_url, handle.ca_file = https_line:match("^sandbox (https://%S+).* ca=(.*)$")
  ready:close()
  return handle.url ~= nil and (not tls or handle.ca_file ~= nil)
end

---@param lua string
---@param said string what the server wrote to its standard error
---@return string
local function explain(lua, said)
  local _, why = missing(said:gsub("^sandbox: ", ""), lua)
  return "the sandbox did not start: " .. why
end

--- Starts the server, whose output goes to the file `ready` of a directory.
---@param options sandbox.Options
---@param ready string
---@return sandbox.Handle? handle
---@return string directory_or_err
---@return string lua
local function launch(options, ready)
  local lua, lua_err = find_interpreter(options.lua)
  if not lua then
    return nil, lua_err
  end
  local directory, directory_err = make_directory()
  if not directory then
    return nil, directory_err
  end
  local handle = setmetatable({ key = options.key }, Handle)
  handle.pipe = io.popen(command_line(lua, directory, options, ready), "w")
  return handle, directory, options.lua or lua
end

--- Starts a sandbox, and returns when it listens.
---@param options? sandbox.Options
---@return sandbox.Handle? handle
---@return string? err what the server said, or what to install
function sandbox.start(options)
  options = check.arguments("sandbox.start", sandbox_options.rules, options, 2)
  options = sandbox_options.fill(options)
  local handle, directory, lua = launch(options, "ready")
  if not handle then
    return nil, directory
  end
  local up = read_ready(handle, assert(io.open(directory .. "/ready")), options.tls)
  if not up then
    local said = read_all(directory .. "/errors")
    handle:stop()
    return nil, explain(lua, said)
  end
  return handle
end

local INTERVAL = 0.1 -- seconds between two looks at what the server has written

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

--- Opens a file that the server writes to, perhaps before the server does.
local function open(path)
  return assert(io.open(path, "a+"))
end

--- Hands on what a file has more.
local function relay(file, write)
  local text = file:read "*a"
  if text ~= "" then
    write(text)
  end
  return text ~= ""
end

local function say(text)
  io.stdout:write(text)
  io.stdout:flush()
end

local function complain(text)
  io.stderr:write(text)
end

--- Hands on what the server writes, until it ends. Returns whether it was up; what it complained of
--- before that.
local function follow(directory, sleep, write)
  local said, errors = open(directory .. "/said"), open(directory .. "/errors")
  local is_up, has_ended
  repeat
    sleep(INTERVAL)
    has_ended = exists(directory .. "/ended")
    is_up = relay(said, write) or is_up
    if is_up then
      relay(errors, complain)
    end
  until has_ended
  return is_up, errors:read "*a"
end

--- Serves in the foreground, until it is interrupted. The server says its URL and key.
---@param options? sandbox.Options  without `tls`
---@param sleep? fun(seconds: number)  what it raises ends the server; default: core.sleep
---@param write? fun(text: string)  default: to standard output
---@return nil ok
---@return string? err why it did not start or does not go on, or what to install
function sandbox.serve(options, sleep, write)
  options = check.arguments("sandbox.serve", sandbox_options.rules, options, 2)
  options = sandbox_options.fill(options)
  options.tls = nil
  local handle, directory, lua = launch(options, "said")
  if not handle then
    return nil, directory
  end
  local ok, is_up, complaints =
    pcall(follow, directory, sleep or require("sigmamind.core").sleep, write or say)
  handle:stop()
  if not ok then
    error(is_up, 0)
  end
  return nil, is_up and "the sandbox has ended" or explain(lua, complaints)
end

return sandbox
