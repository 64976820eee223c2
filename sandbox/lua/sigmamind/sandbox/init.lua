--- sandbox: starts a server of the documented endpoints on loopback, to write, demonstrate and test
--- programs without an account.
---
---   local sandbox = require "sigmamind.sandbox"
---   local server = assert(sandbox.start())
---   local client = sigmamind.new {base_url = server.url, api_key = server.key}
---   ...
---   server:stop()
---
--- The server is a separate process (lua-http on cqueues). This module needs neither, and runs on
--- every Lua. The server exits at the end of its standard input, a pipe that this process holds
--- open, so it exits whenever this process does.

local check = require "sigmamind.check"
local missing = require "sigmamind.missing"
local number = require "sigmamind.number"
local object = require "sigmamind.object"
local sandbox_options = require "sigmamind.sandbox.options"

local sandbox = {}

--- The interpreters for which lua-http is packaged, fastest first.
local INTERPRETERS = { "luajit", "lua5.1", "lua5.2", "lua" }

local SERVER = debug.getinfo(1, "S").source:match "^@(.*)init%.lua$" .. "server.lua"

--- The folder of the client's modules, some of which the server uses. Ours may be in another one.
local CLIENT = debug.getinfo(check.arguments, "S").source:match "^@(.*)sigmamind/check%.lua$"

---@class sigmamind.sandbox.Options
---@field port? integer default 0: any that is free
---@field campaigns? integer size of the list, default 125
---@field calls? integer the same of calls, default 240
---@field agents? integer default 12
---@field phone_numbers? integer at most 10,000, default 8
---@field chats? integer default 60
---@field webhooks? integer default 15, of which 3 are disabled
---@field undocumented_lists? "wrapper"|"bare"|"array" the form of the lists of agents and phone
---  numbers, whose paging is not documented: "wrapper", the default, as the other lists; "bare":
---  {"data": [...]} with all rows; "array": [...] with all rows
---@field latency? number seconds before each response, default 0
---@field speed? number of the calls that are made: seconds of theirs in one second, default 1
---@field tls? boolean also https, on the same port, default false
---@field key? string the accepted key, default "sandbox-key"
---@field faults? string scripted faults as JSON, see sandbox.fault; default none
---@field lua? string interpreter of the server, default: the first that has lua-http and lua-cjson

--- A running server. Keep the handle: its garbage collection stops the server.
---@class sigmamind.sandbox.Handle
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
  local line = pipe:read "*l"
  pipe:close()
  return line
end

--- Whether a command succeeds. During os.execute, Ctrl-C would be ignored.
local function succeeds(command)
  return first_line(command .. " && echo yes") == "yes"
end

local function read_all(path)
  local file = io.open(path)
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

--- The host's LUA_PATH is for its own Lua, and may have modules that the server's Lua cannot load.
--- It is kept only if lua-http is not found without it.
local ENVIRONMENTS = { "unset LUA_PATH LUA_CPATH LUA_INIT; ", "" }

local found

--- The beginning of the shell command, with the server's interpreter.
---@param chosen? string
---@return string|nil command, string|nil err
local function find_interpreter(chosen)
  if chosen then
    return ENVIRONMENTS[1] .. quote(chosen)
  elseif found then
    return found
  end
  for _, environment in ipairs(ENVIRONMENTS) do
    for _, lua in ipairs(INTERPRETERS) do
      local command = environment .. lua
      if succeeds(command .. " -e 'require \"http.server\" require \"cjson\"' >/dev/null 2>&1") then
        found = command
        return command
      end
    end
  end
  return nil, "the sandbox needs lua-http and lua-cjson for one of "
    .. table.concat(INTERPRETERS, ", ") .. " (on Debian: apt install luajit lua-http lua-cjson)"
end

--- Makes a directory with a FIFO, to which the server writes when it listens.
---@return string|nil directory, string|nil err
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
---@param options sigmamind.sandbox.Options
---@return string[]
local function server_command(lua, options)
  local words = { lua, quote(SERVER), "--modules", quote(CLIENT) }
  for name in pairs(sandbox_options.values) do
    local value = options[name]
    local text = type(value) == "number" and number.text(value) or value
    if text then
      words[#words + 1] = "--" .. name:gsub("_", "-") .. " " .. quote(text)
    end
  end
  return words
end

--- The shell command of a server. The shell outlives the server: it waits for a line (`stop`) or
--- the end of its input (this process is gone), then removes the directory. `ready` is the file
--- there that the server writes to.
---@param lua string
---@param directory string
---@param options sigmamind.sandbox.Options
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

--- Stops the server, waits until it has exited, and removes its files. Idempotent.
function Handle:stop()
  object.expect(self, Handle, "stop")
  if self.pipe then
    -- another child of ours may have inherited the pipe: then closing it would not end the input
    self.pipe:write "stop\n"
    self.pipe:close()
    self.pipe = nil
  end
end

object.seal(Handle, { "url", "https_url", "ca_file", "pipe" })

---@param handle sigmamind.sandbox.Handle
---@param ready file*
---@param tls? boolean
---@return boolean # whether the server is up
local function read_ready(handle, ready, tls)
  local http_line, https_line = ready:read "*l" or "", tls and ready:read "*l" or ""
  handle.url = http_line:match "^sandbox (http://%S+)"
  handle.https_url, handle.ca_file = https_line:match "^sandbox (https://%S+).* ca=(.*)$"
  ready:close()
  return handle.url ~= nil and (not tls or handle.ca_file ~= nil)
end

---@param lua string
---@param said string the server's standard error
---@return string
local function explain(lua, said)
  local _, why = missing(said:gsub("^sandbox: ", ""), lua)
  return "the sandbox did not start: " .. why
end

--- Starts a server, whose output goes to the file `ready` in a directory.
---@param options sigmamind.sandbox.Options
---@param ready string
---@return sigmamind.sandbox.Handle|nil handle, string directory_or_err, string lua
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
---@param options? sigmamind.sandbox.Options
---@return sigmamind.sandbox.Handle|nil handle, string|nil err err: the reason, or what to install
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

local INTERVAL = 0.1 -- seconds between two reads of the server's output

local function exists(path)
  local file = io.open(path)
  return file ~= nil and file:close()
end

--- Opens a file that the server writes to. The server may not have created it yet.
local function open(path)
  return assert(io.open(path, "a+"))
end

--- Copies the new bytes of a file. Returns whether there were any.
local function relay(file, write)
  local text = file:read "*a"
  if text ~= "" then
    write(text)
  end
  return text ~= ""
end

local function print_out(text)
  io.stdout:write(text)
  io.stdout:flush()
end

local function print_error(text)
  io.stderr:write(text)
end

--- Copies the server's output until it exits. Returns whether it was up, and its standard error
--- before that.
local function follow(directory, sleep, write)
  local said, errors = open(directory .. "/said"), open(directory .. "/errors")
  local is_up, has_ended
  repeat
    sleep(INTERVAL)
    has_ended = exists(directory .. "/ended")
    is_up = relay(said, write) or is_up
    if is_up then
      relay(errors, print_error)
    end
  until has_ended
  return is_up, errors:read "*a"
end

--- Serves in the foreground until it is interrupted. The server prints its URL and key.
---@param options? sigmamind.sandbox.Options  without `tls`
---@param sleep? fun(seconds: number)  an error of it stops the server; default: core.sleep
---@param write? fun(text: string)  default: to standard output
---@return nil ok, string err the reason why the server did not start, or that it exited
function sandbox.serve(options, sleep, write)
  options = check.arguments("sandbox.serve", sandbox_options.rules, options, 2)
  options = sandbox_options.fill(options)
  options.tls = nil
  local handle, directory, lua = launch(options, "said")
  if not handle then
    return nil, directory
  end
  local ok, is_up, said =
    pcall(follow, directory, sleep or require("sigmamind.core").sleep, write or print_out)
  handle:stop()
  if not ok then
    error(is_up, 0)
  end
  return nil, is_up and "the sandbox has ended" or explain(lua, said)
end

return sandbox
