-- File descriptors: programs that the host starts, forks or closes never share, close or overwrite ours, and
-- we never those of the host.

local core = require "sigmamind.core"
local interpreter = require "spec.support.interpreter"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"

local sandbox = server.shared { tls = true }
local place

before_each(function()
  place = scratch.open()
end)

after_each(function()
  place:remove()
end)

local HEAD = [[
  local core, process, sigmamind = require "sigmamind.core", require "process", require "sigmamind"
  local URL, HTTPS, KEY, CA, PLACE = "%s", "%s", "%s", "%s", "%s"
  local function finish(session, transfer)
    while not transfer:done() do session:poll(1) end
    return transfer
  end
  local function request(url)
    return { url = (url or URL) .. "/v1/campaigns", key = KEY, timeout = 10 }
  end
  local function open_logs()
    local logs = {}
    for i = 1, 6 do
      logs[i] = assert(io.open(PLACE .. "/log" .. i, "w"))
      logs[i]:setvbuf "no"
    end
    return logs
  end
  local function write_logs(logs)
    for i = 1, 6 do
      assert(logs[i]:write("line " .. i .. "\n"))
      logs[i]:close()
    end
  end
]]

--- Runs a program that begins with the head above. Returns its output.
local function run(program, environment)
  local head = HEAD:format(sandbox.url, sandbox.https_url, sandbox.key, sandbox.ca_file, place.directory)
  place:write("program.lua", head .. program)
  return (interpreter.run("'" .. place.directory .. "/program.lua'", environment))
end

local function assert_logs()
  for i = 1, 6 do
    assert.equal("line " .. i .. "\n", place:read("log" .. i))
  end
end

-- libcurl's handles are abandoned on purpose, which AddressSanitizer would report.
local ABANDONING = "ASAN_OPTIONS=detect_leaks=0"

-- How a program becomes a daemon, and how it then treats its old session.
local DAEMONS = {
  ["a forked child"] = [[
    local pid = process.fork()
    if pid ~= 0 then
      print(process.wait(pid))
      os.exit(0)
    end
    local function leave() process.exit(true) end
  ]],
  ["the same process"] = [[
    local function leave() print(0) end
  ]],
}
local DEEDS = {
  ["collects it"] = "session, transfer = nil, nil collectgarbage() collectgarbage()",
  ["closes it"] = "session:close()",
  ["polls it"] = "session:poll(0) session:poll(0)",
  ["uses it"] = [[
    local other = finish(session, session:start(request()))
    assert(other:status() == 200, other:status())
    other = finish(session, session:start(request()))
    assert(other:status() == 200)
    session:close()]],
}

local with_descriptor = core.session():fd() and it or pending -- only epoll provides session:fd()

describe("core.session, a daemon that closed every descriptor", function()
  for who, begin in pairs(DAEMONS) do
    for what, deed in pairs(DEEDS) do
      for _, flying in ipairs { false, true } do
        local how = flying and " with a transfer in flight" or ""
        local notices = who == "a forked child" and it or with_descriptor
        notices(("as %s%s %s, and keeps all its log files"):format(who, how, what), function()
          sandbox:faults { silent = true, page = 9 }
          local output = run([[
            local session = core.session {}
            local transfer = finish(session, session:start(request()))
            session:fd()
          ]] .. (flying and [[
            transfer = session:start { url = URL .. "/v1/campaigns?page=9", key = KEY, timeout = 10 }
            session:poll(0.05)
          ]] or "") .. begin .. [[
            for fd = 3, 63 do process.close(fd) end
            local logs = open_logs()
          ]] .. deed .. [[

            write_logs(logs)
            leave()
          ]], ABANDONING)
          assert.equal("0\n", output)
          assert_logs()
        end)
      end
    end
  end
end)

describe("core.session, a host that closed the descriptor of a session, and nothing else", function()
  local REPLACED = [[
    local session = core.session {}
    finish(session, session:start(request()))
    process.close(session:fd())
    local logs = open_logs() -- the first one reuses the descriptor's number
  ]]

  with_descriptor("keeps its log files when it closes the session", function()
    run(REPLACED .. [[
      session:close()
      write_logs(logs)
    ]])
    assert_logs()
  end)

  with_descriptor("loses one transfer, which may be retried, and no log file", function()
    local output = run(REPLACED .. [[
      local _, message, kind = finish(session, session:start(request())):status()
      print(message, kind)
      print(finish(session, session:start(request())):status())
      session:close()
      write_logs(logs)
    ]])
    assert.matches("^the event loop failed[^\n]*\tnetwork\n200\n$", output)
    assert_logs()
  end)
end)

describe("core.session, a session that is opened after every descriptor was closed", function()
  for who, begin in pairs(DAEMONS) do
    local notices = who == "a forked child" and it or with_descriptor
    notices(("keeps its own descriptors while %s collects the old session"):format(who), function()
      local output = run([[
        local session = core.session {}
        finish(session, session:start(request()))
        session:fd()
      ]] .. begin .. [[
        for fd = 3, 63 do process.close(fd) end
        local other = core.session {}
        finish(other, other:start(request()))
        session = nil
        collectgarbage() collectgarbage()
        local transfer = finish(other, other:start(request()))
        assert(transfer:status() == 200 and transfer:timing().reused)
        leave()
      ]], ABANDONING)
      assert.equal("0\n", output)
    end)
  end
end)

describe("core.session, a program that the host starts", function()
  it("inherits no descriptor of a session", function()
    local output = run [[
      local before = io.popen("ls /proc/self/fd"):read "*a"
      local session = core.session { ca_file = CA }
      finish(session, session:start(request()))
      finish(session, session:start(request(HTTPS)))
      session:fd()
      local client = sigmamind.new { base_url = HTTPS, api_key = KEY, ca_file = CA }
      assert(client.campaigns:page())
      print(before == io.popen("ls /proc/self/fd"):read "*a")
      client:close()
      session:close()
    ]]
    assert.equal("true\n", output)
  end)
end)

describe("core.session, a host without standard streams", function()
  local function descriptors()
    local numbers = {}
    for number in place:read("descriptors"):gmatch "%d+" do
      numbers[#numbers + 1] = tonumber(number)
    end
    table.sort(numbers)
    return numbers
  end

  -- Lists the program's descriptors from a child shell, which needs no pipe in the program.
  local LIST = [[
    os.execute("ls /proc/$PPID/fd >" .. PLACE .. "/descriptors")
  ]]

  for _, streams in ipairs { { 0 }, { 1 }, { 2 }, { 0, 1 }, { 0, 1, 2 } } do
    for _, late in ipairs { false, true } do
      local which = table.concat(streams, ", ")
      local when = late and "after its session was opened" or "before its session was opened"
      it(("that closed %s %s gets none of ours in their place"):format(which, when), function()
        sandbox:faults { silent = true, page = 9 }
        local close = ("for _, fd in ipairs { %s } do process.close(fd) end\n"):format(which)
        run((late and "" or close) .. [[
          local session = core.session { ca_file = CA }
          assert(finish(session, session:start(request())):status() == 200)
        ]] .. (late and close or "") .. [[
          local transfer = session:start { url = URL .. "/v1/campaigns?page=9", key = KEY, timeout = 10 }
          session:poll(0.05)
          assert(finish(session, session:start(request(HTTPS))):status() == 200)
          session:fd()
        ]] .. LIST)
        local numbers = descriptors()
        for _, fd in ipairs(streams) do
          for _, number in ipairs(numbers) do
            assert.are_not.equal(fd, number)
          end
        end
        assert.is_true(numbers[#numbers] > 2)
      end)
    end
  end

  it("starts programs that inherit no descriptor of a session", function()
    local output = run [[
      local function inherited()
        local pipe = io.popen "ls /proc/self/fd"
        local list = pipe:read "*a"
        pipe:close()
        return list
      end
      process.close(0)
      local before = inherited()
      local session = core.session { ca_file = CA }
      finish(session, session:start(request()))
      finish(session, session:start(request(HTTPS)))
      session:fd()
      print(before == inherited())
    ]]
    assert.equal("true\n", output)
  end)
end)

describe("core.session, descriptors that are used up", function()
  it("by unclosed clients are freed by a collection, also with a full heap", function()
    local output = run [[
      process.limit_descriptors(64)
      local big = {}
      for i = 1, 200000 do big[i] = { i } end
      collectgarbage()
      local repeats = 0
      local function on_event(event)
        if event.name == "retry" then repeats = repeats + 1 end
      end
      for i = 1, 200 do
        local client = sigmamind.new { base_url = URL, api_key = KEY, attempts = 1, on_event = on_event, timeout = 10 }
        local page, err = client.campaigns:page()
        if not page then
          print(i, err)
          os.exit(1)
        end
      end
      print(#big, "all", repeats > 0)
    ]]
    assert.equal("200000\tall\ttrue\n", output)
  end)

  it("are named in the error, with a hint", function()
    for _, free in ipairs { 0, 1, 2, 3, 4, 5, 6 } do
      local output = run(([[
        process.limit_descriptors(64)
        local client = sigmamind.new { base_url = "https://localhost:" .. HTTPS:match "%%d+$", ca_file = CA, api_key = KEY,
          attempts = 1, timeout = 10 }
        local held, file = {}, io.open "/dev/null"
        while file do
          held[#held + 1] = file
          file = io.open "/dev/null"
        end
        for i = 1, %d do table.remove(held):close() end
        local page, err = client.campaigns:page()
        print(page and "a page" or err.kind .. " " .. err.cause .. " " .. tostring(err.retryable))
        print(page and "" or err.message .. " | " .. err.hint)
      ]]):format(free))
      if output:find "^a page" then
        assert.is_true(free > 3, free)
      else
        assert.matches("^network descriptors true\n", output)
        assert.matches("too many open files", output)
        assert.matches("ulimit %-n", output)
      end
    end
  end)
end)
