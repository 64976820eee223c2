-- The code in README.md and doc/guide.md runs as a reader would run it: each block in its own process, in
-- an empty directory, with the address and the key of a sandbox in its environment. The nginx blocks run
-- in nginx. A comment before a block, <!-- not run: why -->, exempts it. Each block of Lua, also of
-- doc/reference.md, runs with a wrong key, too.

local document = require "spec.support.document"
local interpreter = require "spec.support.interpreter"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"

local has_cjson = pcall(require, "cjson")

local sandbox = server.shared { speed = 100 }
local place

before_each(function()
  sandbox:list(125, {})
  place = scratch.open()
end)

after_each(function()
  place:remove()
end)

local function environment(key)
  return ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, key or sandbox.key)
end

local COMMANDS = { lua = "lua program %s", sh = "sh program %s" }

-- Runs a program in the directory of the spec.
local function run(language, text, arguments, command)
  place:write("program", text)
  return place:run((command or COMMANDS[language]):format(arguments or ""), environment())
end

local function line_count(text)
  return select(2, text:gsub("\n", ""))
end

-- Keeps a program going until it prints something.
local UNTIL_IT_PRINTS = "timeout 20 sh program >out 2>&1 & "
  .. "while [ ! -s out ] && kill -0 $!; do sleep 0.02; done; kill $!; wait $!; cat out"

local function check_copy()
  local text = place:read "campaigns.tsv"
  assert.equal(126, line_count(text))
  assert.matches("^token\t\n", text)
  assert.matches("\ncamp_XiQEBcj9cc5TFRB4\tlive\tQ4 Outreach Campaign\n", text)
end

local function check_export()
  assert.equal(240, line_count(place:read "calls.ndjson"))
  assert.matches("^sm2%.", place:read "calls.token")
end

local function check_csv(name, rows, header, row)
  local text = place:read(name)
  assert.equal(rows + 1, line_count(text))
  assert.equal(header .. "\r\n", text:match "^[^\n]*\n")
  assert.is_truthy(text:find("\r\n" .. row .. "\r\n", 1, true), name)
end

-- The output of blocks, by document, section and language: a pattern. `arguments` are the program's,
-- `check` looks at what it leaves behind, `replace` and `by` shorten a wait, `drift` changes the list.
local PRINTS = {
  ["README.md"] = {
    ["The first list"] = {
      sh = { "^campaignId +campaignName .*\ncamp_XiQEBcj9cc5TFRB4  Q4 Outreach Campaign +live +5 " },
      lua = { "^camp_XiQEBcj9cc5TFRB4\tQ4 Outreach Campaign\tNew AI Agent\n" },
    },
    ["In a script"] = { lua = { "^camp_sj8UgPMMxfvQgMbT\t35\tKundenzufriedenheit Zürich #14\n" } },
    ["Campaigns and calls"] = {
      lua = {
        "^Renewals in May\tcompleted\n$", replace = "campaign%.campaignId%)",
        by = "campaign.campaignId, { interval = 0.2 })",
      },
    },
    ["In a game"] = { lua = { "^31 live campaigns\n$" } },
    ["When something fails"] = {
      lua = { "^sigmamind: auth: .*%(GET /v1/campaigns%?size=20, status 401, .*; check api_key or .*\nauth\nfalse\n$" },
    },
    ["Lists that change, and resuming"] = { lua = { "^75\tfalse\n$" } },
  },
  ["doc/guide.md"] = {
    ["Keep a copy in a file or a database"] = { lua = { "^125 campaigns were stored\n$", check = check_copy } },
    ["Remove deleted campaigns from the copy"] = { lua = { "^deleted: camp_0000000000000000\n$" } },
    ["Alert when a campaign has errors"] = {
      sh = {
        '{"time":"[^"]+","change":"added","campaign":{"campaignId":"camp_%w+",.*"errors":%["Row %d+: ',
        command = UNTIL_IT_PRINTS,
        replace = "%-%-watch 60",
        by = "--watch 0.1",
        drift = { { request = 5, insert = 0, count = 40 } },
      },
      lua = {
        "^Q4 Outreach Campaign: Row 3: missing required variable 'customer_name'\n",
        check = function()
          assert.matches("camp_XiQEBcj9cc5TFRB4\t2\n", place:read "alerted.tsv")
          assert.equal("", (place:run("lua program", environment()))) -- no alert is repeated
        end,
      },
    },
    ["Export to CSV"] = {
      sh = {
        "^$",
        check = function()
          check_csv("agents.csv", 125, "campaignId,campaignName,agent.name",
            'camp_58GMegduNZXuM6LL,"Win-back 🚀 ""VIP"" #2",Survey Bot')
          assert.equal(32, line_count(place:read "completed.csv") - 1)
          assert.equal(11, line_count(place:read "numbers.csv") - 1)
        end,
      },
      lua = {
        "^$",
        check = function()
          check_csv("campaigns.csv", 125, "id,name,first error",
            'camp_58GMegduNZXuM6LL,"Win-back 🚀 ""VIP"" #2",Row 18: duplicate phone number')
        end,
      },
    },
    ["The schedule of the next week"] = {
      lua = { '^02:00\tWin%-back 🚀 "VIP" #2\n$', arguments = "2025-11-21" },
    },
    ["In a game loop"] = { lua = { "^31\t31\tnil\n$" } },
    ["On libuv's loop"] = { lua = { "31" } },
    ["On cqueues"] = { lua = { "31" } },
    ["Test your own program"] = { lua = { "^passed\n$" } },
    ["Behind a proxy, or with your own authority"] = {
      lua = { "^125\n$" },
      sh = { "SIGMAMIND_API_KEY" },
    },
    ["Log requests"] = {
      lua = { "^%d%d:%d%d:%d%d request /v1/campaigns%?page=0&size=50 attempt=1\n.* ms=[%d.]+ status=200 bytes=%d+\n$" },
    },
    ["An endpoint of your own"] = { lua = { "^wh_%w+\thttps://%S+\nwh_%w+\thttps://%S+\nwh_%w+\thttps://%S+\n$" } },
    ["A request that must not be done twice"] = {
      lua = { "^placed: call_%w+\n$" },
    },
    ["Many operations at once"] = { lua = { "^%+14155550100\tcall_%w+\n.*\n%+14155550102\tcall_%w+\n$" } },
    ["Create a campaign from a spreadsheet"] = {
      lua = { "^2 of 2 contacts can be called\ncamp_%w+\tlive\n$" },
    },
    ["Place one test call"] = {
      lua = { "^ringing: call_%w+\nended\t%l+_ended_call\t%d+\nAgent: .+" },
    },
    ["Ring nobody twice"] = { lua = { "^true\n$" } },
    ["Export all calls every night"] = { lua = { "^240 new calls\n$", check = check_export } },
    ["Alert on failed calls"] = { lua = { "^$", replace = "timeout = 1,", by = "timeout = 0.1," } },
    ["Take a key from somewhere else"] = { lua = { "^31\n$" } },
  },
}

-- The library that a block needs and this Lua lacks; nil if none.
local function missing(language, text)
  if language == "sh" and not has_cjson then
    return "lua-cjson" -- for the command
  end
  for name in text:gmatch 'require "(%w+)"' do
    if (name == "luv" or name == "cqueues") and not select(2, interpreter.run("-e 'require [[" .. name .. "]]'")) then
      return name
    end
  end
end

local function check(block, expected)
  sandbox:list(125, expected.drift or {})
  local text = block.text
  if expected.replace then
    local replaced
    text, replaced = text:gsub(expected.replace, expected.by)
    assert.equal(1, replaced)
  end
  local output, ok = run(block.language, text, expected.arguments, expected.command)
  assert.is_true(ok, output)
  assert.matches(expected[1], output)
  if expected.check then
    expected.check()
  end
end

-- The possible targets of links in a document: its headings as anchors.
local function anchors(path)
  local names = {}
  for line in io.lines(path) do
    local heading = line:match "^#+ (.*)$"
    if heading then
      names[heading:lower():gsub("[^%w%s_-]", ""):gsub(" ", "-")] = true
    end
  end
  return names
end

-- The error of a link in a document; nil if it is right.
local function complaint(from, link)
  local path, anchor = link:match "^([^#]*)#?(.*)$"
  path = path == "" and from or (from:match "^(.*/)" or "") .. path
  path = path:gsub("^doc/%.%./", "")
  local file = io.open(path)
  if not file then
    return "there is no " .. path
  end
  file:close()
  return anchor ~= "" and not anchors(path)[anchor] and "there is no " .. anchor .. " in " .. path or nil
end

for _, path in ipairs { "README.md", "doc/guide.md" } do
  local sections = PRINTS[path]
  describe(path, function()
    local not_run = 0
    for _, block in ipairs(document.blocks(path)) do
      local what = ("%s: %s, line %d"):format(block.section, block.language, block.line)
      local lacks = missing(block.language, block.text)
      if block.not_run then
        not_run = not_run + 1
      elseif lacks then
        print(("documents_spec: no %s for %s here: left out"):format(lacks, _VERSION))
      elseif block.language ~= "nginx" then
        it("runs " .. what, function()
          local of_section = sections[block.section] or {}
          local expected = assert(of_section[block.language], "nothing says what it prints, or it comes twice")
          of_section[block.language] = nil
          check(block, expected)
        end)
      end
    end

    it("has few blocks that are not run", function()
      assert.is_true(not_run <= 1)
    end)

    it("has lines of at most 120 characters", function()
      for line in io.lines(path) do
        assert(#line:gsub("[\128-\191]", "") <= 120, line)
      end
    end)

    it("has no broken links", function()
      for line in io.lines(path) do
        for link in line:gmatch "%]%(([^)]+)" do
          assert.is_nil(not link:find "^https:" and complaint(path, link) or nil)
        end
      end
    end)
  end)
end

-- Texts that hosts print instead of an error object, and those of an unchecked nil. Plain Lua 5.1 prints
-- the last one below the message.
local HIDES = { "bad argument", "attempt to ", "error object is not a string" }
HIDES[3] = (_VERSION ~= "Lua 5.1" or rawget(_G, "jit")) and HIDES[3] or nil

local function was_refused()
  for _, request in ipairs(sandbox:log()) do
    if request.status == 401 then
      return true
    end
  end
  return false
end

describe("the error message of a wrong key is shown by", function()
  for _, path in ipairs { "README.md", "doc/guide.md", "doc/reference.md" } do
    for _, block in ipairs(document.blocks(path)) do
      if block.language == "lua" and not missing("lua", block.text) then
        it(("%s: %s, line %d"):format(path, block.section, block.line), function()
          place:write("program", block.text)
          local output, ok = place:run("timeout 20 lua program", environment "wrong")
          for _, text in ipairs(HIDES) do
            assert.is_nil(output:match("[^\n]*" .. text .. "[^\n]*"))
          end
          if was_refused() then
            assert.matches("sigmamind: auth: [^\n]*status 401", output)
          else -- it sets its own key or server
            assert.is_true(ok, output)
          end
        end)
      end
    end
  end
end)

describe("cjson.encode, by doc/guide.md", function()
  if not has_cjson then
    return
  end

  it("turns an empty array into {}, while json() keeps it", function()
    local cjson = require "cjson"
    local client = sandbox:client()
    local function fourth()
      return client:campaigns({ select = { "errors" } }):drop(3)
    end
    assert.equal('{"errors":{}}', cjson.encode((fourth():first())))
    assert.equal('{"errors":[]}', (fourth():json():first()))
    assert.equal("{}", cjson.encode((client:campaigns({ limit = 0 }):totable())))
    client:close()
  end)
end)

-- Kills a program by SIGKILL once it has stored 100 rows.
local KILLED = "lua program & for i in $(seq 500); do "
  .. "if [ $(cat campaigns.tsv 2>&1 | wc -l) -gt 100 ]; then break; fi; sleep 0.02; done; kill -9 $!"

describe("the copy of doc/guide.md", function()
  local program

  setup(function()
    for _, block in ipairs(document.blocks "doc/guide.md") do
      program = program or block.section == "Keep a copy in a file or a database" and block.text
    end
  end)

  it("continues after failed runs, and is complete then", function()
    sandbox:faults({ page = 0, status = 404 }, { page = 1, status = 404 })
    for _ = 1, 2 do
      local output, ok = run("lua", program)
      assert.is_false(ok)
      assert.matches("sigmamind: http: ", output)
    end
    assert.equal("25 campaigns were stored\n", (run("lua", program)))
    check_copy()
  end)

  it("continues after a killed run, and is complete then", function()
    sandbox:faults { page = 1, silent = true }
    run("lua", program, "", KILLED)
    assert.equal(101, line_count(place:read "campaigns.tsv"))
    assert.equal("25 campaigns were stored\n", (run("lua", program)))
    check_copy()
  end)
end)

-- nginx has its own LuaJIT, and does not run a core with sanitizers.
if not rawget(_G, "jit") or interpreter.command():find "^build/" or not nginx.modules() then
  return
end

-- Starts nginx with the first nginx block of a document, or of one of its sections.
local function start(path, replace, by, section)
  for _, block in ipairs(document.blocks(path)) do
    if block.language == "nginx" and block.section == (section or block.section) then
      local text = block.text:gsub("127%.0%.0%.1:8080", "127.0.0.1:$port"):gsub(replace or "^$", by or "")
      return nginx.start(text, {
        main = "env SIGMAMIND_BASE_URL;\nenv SIGMAMIND_API_KEY;\n",
        environment = environment(),
      })
    end
  end
end

describe("the nginx block of README.md", function()
  it("runs in nginx", function()
    local host = start "README.md"
    assert.equal("31\n", host:get "/live")
    sandbox:faults { times = -1, status = 404 }
    local connection = host:connect()
    connection:get "/live"
    assert.equal(502, connection.status)
    connection:close()
    assert.matches("sigmamind: http: ", host:errors())
    host:stop()
  end)
end)

describe("the endpoint of doc/guide.md", function()
  it("serves the last rows while the API fails", function()
    sandbox:faults { times = -1, status = 404 }
    local host = start("doc/guide.md", "refresh = 5", "refresh = 0.2")
    local connection = host:connect()
    connection:get "/live"
    assert.equal(503, connection.status)
    sandbox:clear()
    local body
    assert.is_true(nginx.eventually(function()
      body = connection:get "/live"
      return connection.status == 200
    end))
    assert.equal(31, select(2, body:gsub('"campaignStatus":"live"', "")))
    sandbox:clear()
    sandbox:faults { times = -1, silent = true }
    assert.is_true(nginx.eventually(function()
      assert.equal(body, connection:get "/live")
      return #sandbox:log() > 0
    end))
    assert.equal(body, connection:get "/live") -- while the refresh waits for the API
    connection:close()
    host:stop()
  end)
end)

-- The status and the body of a new visitor.
local function visit(host, path)
  local connection = host:connect()
  local body = connection:get(path)
  connection:close()
  return connection.status, body
end

if redis.is_installed() and package.searchpath("nginx.redis", package.path) then
  describe("the machines of doc/guide.md", function()
    it("serve the endpoint, cached reads and metrics while the API fails", function()
      local shared, machines = redis.start(), {}
      for i = 1, 2 do
        machines[i] = start("doc/guide.md", "6379", tostring(shared.port), "Several machines, and other reads")
      end
      local path, bodies = "/campaigns/camp_XiQEBcj9cc5TFRB4", {}
      assert.equal(200, (visit(machines[1], path)))
      for i, host in ipairs(machines) do
        bodies[i] = select(2, visit(host, "/live"))
        assert.equal(31, select(2, bodies[i]:gsub('"campaignStatus":"live"', "")))
      end
      sandbox:faults { times = -1, status = 503 }
      for i, host in ipairs(machines) do
        local status, body = visit(host, path)
        assert.equal(200, status)
        assert.matches('"campaignName":"Q4 Outreach Campaign"', body)
        assert.equal(bodies[i], (select(2, visit(host, "/live"))))
        assert.equal(503, (visit(host, "/campaigns/camp_unknown")))
        assert.matches("sigmamind_requests_total{", (select(2, visit(host, "/metrics"))))
        host:stop()
      end
      shared:stop()
    end)
  end)
end
