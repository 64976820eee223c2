-- doc/reference.md: its examples run, and it lists every public name. The code annotates the arguments of
-- each function.

local contacts = require "sigmamind.contacts"
local core = require "sigmamind.core"
local document = require "spec.support.document"
local interpreter = require "spec.support.interpreter"
local log = require "sigmamind.log"
local metrics = require "sigmamind.metrics"
local options = require "sigmamind.options"
local sandbox_module = require "sigmamind.sandbox"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local FILE = "doc/reference.md"
local reference = document.outline(FILE)

local sandbox = server.shared { tls = true }

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

-- == Examples =========================================================================

--- Libraries that an example may need, in a comment before it: <!-- needs: luv -->. A separate process loads
--- each, because luv in Debian 12 cannot be loaded twice.
local has = {}
for _, library in ipairs { "luv", "cqueues" } do
  has[library] = select(2, interpreter.run(("-e 'require [[%s]]'"):format(library)))
end

local function one_blank(text)
  return text:gsub("%s+", " "):match "^ ?(.-) ?$"
end

--- The expected output, from the lines "--> text" of an example: a list of patterns, ... for any text.
local function expected_lines(example)
  local expected = {}
  for text in example.text:gmatch "%-%->([^\n]*)" do
    expected[#expected + 1] = "^" .. one_blank(text):gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", ".*") .. "$"
  end
  return expected
end

local function check_output(example, output)
  local expected, number = expected_lines(example), 0
  if not expected[1] then
    return
  end
  for line in output:gmatch "[^\n]+" do
    number = number + 1
    assert(expected[number], "there is no --> for: " .. line)
    assert.matches(expected[number], one_blank(line))
  end
  assert.equal(#expected, number)
end

local function run(example)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write(example.text)
  file:close()
  local environment = "SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"
  local output, ok = interpreter.run(name, environment:format(sandbox.url, sandbox.key))
  os.remove(name)
  assert.is_true(ok, output)
  check_output(example, output)
end

describe("the examples of the reference", function()
  before_each(function()
    sandbox:list(125, {}) -- without what an example has created
  end)

  for _, example in ipairs(document.blocks(FILE)) do
    local title = ("%s (line %d)"):format(example.section, example.line)
    assert(example.language == "lua", title)
    if has[example.needs] == false then
      print(("reference_spec: no %s for %s here, so an example is not run"):format(example.needs, _VERSION))
    else
      it("run: " .. title, function()
        assert(not example.needs or has[example.needs], "the spec knows no library " .. tostring(example.needs))
        run(example)
      end)
    end
  end

  it("are in every chapter", function()
    local chapters, chapter = {}, nil
    for line in io.lines(FILE) do
      chapter = line:match "^## (.*)" or chapter
      if line == "```lua" then
        chapters[chapter] = true
      end
    end
    for line in io.lines(FILE) do
      local name = line:match "^## (.*)"
      assert(not name or chapters[name] or name == "Conventions" or name == "The command", name)
    end
  end)
end)

-- == Names ============================================================================

--- Fields that exist but are not part of the interface.
local INTERNAL = {
  pager = {
    page_size = true, -- for resume, which counts rows by it
    begin_at = true, -- for resume: sets the page and row where a walk resumes
    counts = true, -- for streams: a report without its rows and paths
    current = true, -- for streams: the current page, which an interrupt may have withheld
    is_over = true, -- for streams: whether it was closed before its end
    place = true, -- for streams: the content of their token
    turn = true, -- for streams: next with the number of rows wanted
    yielding = true, -- for streams: the runtime's yield hook between two rows
  },
  page = {
    position = true, -- for the pager: the position of a token
    skip = true, -- for resume: starts a page after a row
    paths = true, -- for streams: unknown_paths of a report
    sample = true,
    count_new = true, -- for the pager: rows new to a pass with verify
  },
  contacts = {
    changed = true, -- for campaigns:create, as the next
    open = true,
  },
  server = {
    pipe = true, -- keeps the server alive
  },
}

--- The keys of tables without metamethods and the internal names of `owner`, as { name = true }.
local function names_of(owner, ...)
  local names, internal = {}, INTERNAL[owner] or {}
  for _, from in ipairs { ... } do
    for name in pairs(from) do
      names[name] = not name:find "^__" and not internal[name] or nil
    end
  end
  return names
end

local function methods_of(object)
  return debug.getmetatable(object).__methods or debug.getmetatable(object).__index
end

--- The names that a function accepts, from its message for an unknown one.
local function accepted(...)
  local ok, message = pcall(...)
  assert(not ok, "a name was accepted that is none")
  local names = {}
  for name in message:match("known: (.*)$"):gmatch "[%w_]+" do
    names[name] = true
  end
  return names
end

local NONE = { no_such_name = 1 }

--- The fields of a class's annotations, as { name = true }.
local function annotated(path, class)
  local names = {}
  local fields = read(path):match("%-%-%-@class " .. class:gsub("%.", "%%.") .. "\n(.-)\n[^-]")
  for name in (fields .. "\n"):gmatch "@field ([%w_]+)" do
    names[name] = true
  end
  return names
end

--- The quoted words in the lines that a command prints, as { word = true }.
local function words_of(command)
  local words = {}
  local pipe = io.popen(command)
  for line in pipe:lines() do
    words[line:match '"([%l_]+)"'] = true
  end
  pipe:close()
  return words
end

--- The union of sets.
local function union(...)
  local all = {}
  for _, set in ipairs { ... } do
    for name in pairs(set) do
      all[name] = true
    end
  end
  return all
end

describe("the reference lists exactly", function()
  local client

  before_each(function()
    sandbox:clear()
    client = sandbox:client()
  end)

  after_each(function()
    client:close()
  end)

  it("the members of the modules", function()
    assert.same(names_of("sigmamind", sigmamind), reference:members "sigmamind")
    assert.same(names_of("sandbox", sandbox_module), reference:members "sandbox")
    assert.same(names_of("core", core), reference:members "core")
  end)

  it("the functions for contacts, their options and the fields of a report", function()
    assert.same(names_of("contacts", contacts), reference:members "contacts")
    assert.same(accepted(contacts.check, {}, NONE), reference:rows "contacts.check(source, options?)")
    local fields = reference:rows "Report of contacts"
    assert.same(names_of("report", assert(contacts.check {})), fields)
    assert.same(annotated("lua/sigmamind/contacts.lua", "sigmamind.ContactReport"), fields)
  end)

  it("the methods of a client", function()
    assert.same(names_of("client", methods_of(client)), reference:members "client")
  end)

  it("the verbs of a resource, and their arguments", function()
    local verbs = union(names_of("resource", methods_of(client.campaigns)), names_of("resource", methods_of(client.calls)))
    for _, internal in ipairs { "declaration", "get_reply", "prepare", "wait_reply" } do
      verbs[internal] = nil
    end
    assert.same(verbs, reference:members "resource")
    local listed = accepted(client.campaigns, client, NONE)
    listed.status = nil -- in the table of campaigns
    assert.same(listed, reference:rows "resource:list(arguments?, options?)")
    assert.same(accepted(client.campaigns.page, client.campaigns, {}, NONE), reference:rows "Options of one operation")
    local created = accepted(client.campaigns.create, client.campaigns, NONE)
    for name in pairs(require("sigmamind.resources")[1].create) do
      created[name] = nil -- in the table of campaigns
    end
    assert.same(created, reference:rows "resource:create(arguments, options?)")
    assert.same(accepted(client.calls.wait, client.calls, "call_1", NONE),
      reference:rows "resource:wait(id, arguments?, options?)")
    for verb, given in pairs {
      page = client.campaigns.page, pages = client.campaigns.pages, watch = client.campaigns.watch,
    } do
      local text = reference:text(("resource:%s(arguments?, options?)"):format(verb))
      for name in pairs(accepted(given, client.campaigns, NONE)) do
        assert.is_truthy(name == "status" or text:find("`" .. name .. "`", 1, true), name .. " is missing")
      end
    end
  end)

  it("the arguments of client:request, client:with and log.new, and the members of a reply", function()
    assert.same(accepted(client.request, client, NONE), reference:rows "client:request(arguments)")
    local text = reference:text "client:with(options)"
    for name in pairs(accepted(client.with, client, NONE)) do
      assert.is_truthy(text:find("`" .. name .. "`", 1, true), name .. " is missing")
    end
    assert.same(accepted(log.new, NONE), reference:rows "log.new(options?)")
    assert.same({ new = true }, reference:members "log")
    assert.same({ header = true }, reference:members "reply")
  end)

  it("the functions for metrics, and the fields of client:stats", function()
    assert.same(names_of("metrics", metrics), reference:members "metrics")
    assert.same(names_of("stats", client:stats()), reference:rows "client:stats()")
    assert.same(annotated("lua/sigmamind/http/stats.lua", "sigmamind.Stats"), names_of("stats", client:stats()))
  end)

  it("the methods of a stream", function()
    assert.same(names_of("stream", methods_of(client:campaigns())), reference:members "stream")
  end)

  it("the methods of pagers and pages", function()
    local pager = client.campaigns:pages()
    local page = assert(pager:next())
    assert.same(names_of("pager", methods_of(pager)), reference:members "pager")
    local of_page = names_of("page", methods_of(page))
    of_page.data = page.data ~= nil
    assert.same(of_page, reference:members "page")
    assert.same(names_of("info", page:info()), reference:rows "page:info()")
  end)

  it("the methods of a task", function()
    local game = sandbox:client { runtime = "tick" }
    local task = game:spawn(function() end)
    assert.same(names_of("task", methods_of(task)), reference:members "task")
    game:close()
  end)

  it("the members of a sandbox's handle", function()
    local handle = sandbox.process
    assert.same(names_of("server", handle, methods_of(handle)), reference:members "server")
  end)

  it("the options of sigmamind.new", function()
    assert.same(accepted(sigmamind.new, NONE), reference:rows "Options")
  end)

  it("the defaults of sigmamind.new", function()
    local resolved = options.resolve({ api_key = "k" }, 1)
    local units, compared = { MiB = 2 ^ 20, [""] = 1 }, 0
    for name, default, unit in reference:text("Options"):gmatch "\n| `([%w_]+)` | [^|]* | (%d+) ?(%a*) |" do
      assert.equal(tonumber(default) * units[unit], resolved[name], name)
      compared = compared + 1
    end
    assert.equal(8, compared)
    assert.equal("2", resolved.http_version)
    assert.is_falsy(resolved.deadline)
    assert.is_falsy(resolved.allow_http)
  end)

  it("the named arguments of each function", function()
    assert.same(accepted(sandbox_module.start, NONE), reference:rows "sandbox.start(options?)")
  end)

  it("the operators of where", function()
    assert.same(accepted(client.campaigns, client, { where = { campaignId = NONE } }), reference:rows "where")
  end)

  it("the runtimes", function()
    local _, message = pcall(sigmamind.new, { runtime = "none" })
    local names = {}
    for name in message:match("one of (.*), or a table"):gmatch "%w+" do
      names[name] = true
    end
    assert.same(names, reference:rows "Runtimes")
  end)

  it("the fields of an error and of its attempts", function()
    sandbox:faults { status = 429, headers = { ["retry-after"] = "1000" } }
    local _, err = client.campaigns:page()
    local documented = reference:rows "Fields of an error"
    sandbox:faults { status = 302, headers = { location = "/elsewhere" } }
    local other = sandbox:client { attempts = 1 }
    local redirect = select(2, other.campaigns:page())
    sandbox:faults { reset = true, times = -1 }
    local failure = select(2, other:campaigns():totable())
    sandbox:faults { reset = true }
    local write = select(2, other:request { method = "POST", path = "/v1/campaigns" })
    local contact = select(2, other.campaigns:create {
      sipPhoneNumber = "+14155552671", agentId = "agent_1", contacts = {},
    })
    other:close()
    sandbox:clear()
    assert.same(union(names_of("error", err), names_of("error", redirect), names_of("error", failure),
      names_of("error", write), names_of("error", contact)), documented)
    assert.same(annotated("lua/sigmamind/errors.lua", "sigmamind.Error"), documented)
    assert.same(names_of("attempt", err.attempts[1]), reference:rows "Attempts")
  end)

  it("the kinds of errors", function()
    local kinds = {}
    local text = read("lua/sigmamind/errors.lua"):match "@field kind string(.-)\n%-%-%-@field"
    for kind in text:gmatch "[%l_]+" do
      kinds[kind] = true
    end
    assert.same(kinds, reference:rows "Kinds of errors")
    -- cli has its own kinds, which are not error objects
    local made = words_of [[grep -hoE 'kind = "[a-z_]+"' lua/sigmamind/*.lua src/*.c]]
    local failures = words_of [[grep -hoE 'failure\(L, "[a-z_]+"' src/*.c]]
    assert.same(kinds, union(kinds, made, failures))
  end)

  it("the events and their fields", function()
    local names, fields = {}, {}
    local watched = sandbox:client {
      on_event = function(event)
        names[event.name] = true
        fields = union(fields, event)
      end,
    }
    sandbox:faults({ status = 503, headers = { ["retry-after"] = "0" } }, { status = 400, request = 3 })
    assert(watched.campaigns:page())
    assert.is_nil((watched.campaigns:page()))
    watched:close()
    local shown = log.new { level = "debug", write = function() end }
    local other = sandbox:client { on_event = setmetatable({ wants_content = true }, { __call = function(_, event)
      shown(event)
      fields = union(fields, event)
    end }) }
    assert(other.campaigns:page())
    local cached = other:with { cache = { ttl = 60 } }
    assert(cached.campaigns:page { size = 1 })
    assert(cached.campaigns:page { size = 1 })
    other:close()
    local written = {}
    for line in io.lines "lua/sigmamind/http/request.lua" do
      for name in (line:match "emit%(self, (.*)" or ""):gmatch '"([%l_]+)"' do
        written[name] = true
      end
    end
    assert.same(written, names)
    assert.same(names, reference:rows("Events", 1))
    assert.same(fields, reference:rows("Events", 2))
    assert.same(annotated("lua/sigmamind/http/emitter.lua", "sigmamind.Event"), fields)
  end)

  it("the fields of a report", function()
    local stream = client:campaigns()
    assert(stream:count())
    assert.same(names_of("report", stream:report()), reference:rows "Report")
  end)

  it("the fields of faults and of the sandbox's log", function()
    local known = {}
    local checks = read("sandbox/lua/sigmamind/sandbox/fault.lua"):match "\nlocal CHECKS = {(.-)\n}"
    for name in checks:gmatch "\n  ([%w_]+) =" do
      known[name] = true
    end
    assert.same(known, reference:rows "Faults")
    client.campaigns:page()
    local text = reference:text "Control over HTTP"
    for name in pairs(sandbox:log()[1]) do
      assert.is_truthy(text:find("`" .. name .. "`", 1, true), name .. " is missing")
    end
  end)

  it("the exit codes of the command", function()
    local codes = {}
    local status = read("cli/sigmamind.1"):match "%.Sh EXIT STATUS\n(.-)\n%.El"
    for code in status:gmatch "%.It (%d+)" do
      codes[code] = true
    end
    assert.same(codes, reference:rows "The command")
  end)
end)

describe("the reference", function()
  local text = read(FILE)

  it("has every heading and file that its links name", function()
    local anchors = {}
    for heading in pairs(reference.sections) do
      anchors["#" .. heading:lower():gsub("[^%w_ -]", ""):gsub(" ", "-")] = true
    end
    for target in text:gmatch "%]%(([^)]+)%)" do
      local file = not target:find "^%a+:" and not target:find "^#" and io.open("doc/" .. target)
      assert(target:find "^https:" or anchors[target] or file, target .. " leads nowhere")
      if file then
        file:close()
      end
    end
  end)

  it("has lines of at most 120 columns", function()
    local number = 0
    for line in text:gmatch "([^\n]*)\n" do
      number = number + 1
      local _, columns = line:gsub("[^\128-\191]", "")
      assert(columns <= 120, ("line %d has %d columns"):format(number, columns))
    end
  end)
end)

-- == Annotations ======================================================================

--- The names in the ---@param lines directly above a line, in their order.
local function parameters_above(lines, number)
  local names = {}
  while (lines[number - 1] or ""):find "^%-%-%-" do
    number = number - 1
    local name = lines[number]:match "^%-%-%-@param ([%w_.]+)%??%s"
    if name then
      table.insert(names, 1, name)
    end
  end
  return names
end

local function undocumented_in(path)
  local lines, found = {}, {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  for number, line in ipairs(lines) do
    local name, parameters = line:match "^function ([%w_.:]+)%((.*)%)"
    local documented = table.concat(parameters_above(lines, number), ", ")
    if name and documented ~= parameters then
      found[#found + 1] = ("%s:%d: %s(%s) has ---@param for (%s)"):format(path, number, name, parameters, documented)
    end
  end
  return found
end

describe("---@param annotations", function()
  it("stand directly above each exported function, in the order of its parameters", function()
    local found, files = {}, 0
    local pipe = io.popen "find lua cli sandbox -name '*.lua' | sort"
    for path in pipe:lines() do
      files = files + 1
      for _, each in ipairs(undocumented_in(path)) do
        found[#found + 1] = each
      end
    end
    pipe:close()
    assert.is_true(files > 50)
    assert.equal("", table.concat(found, "\n"))
  end)
end)
