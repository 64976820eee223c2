-- The man page has the options that the command has, and its lines for jq print names.

local arguments = require "sigmamind.cli.arguments"
local scratch = require "spec.support.scratch"
local server = require "spec.support.server"

local FILE = "cli/sigmamind.1"

--- The sections with the options of each command; "" for those before the command.
local EVERY = "Options of every command"
local CONNECTION = "Options of every command but sandbox and contacts"
local REQUESTS, TIMEOUT =
  "Options of commands that send requests", "Options of commands that send requests, but wait"
local ROWS = "Options of lists, get, create, update and wait"
local CHECK, EXTRA = "Options of campaigns create and contacts check", "Options of create and update"
local CONSENT = "Options of create, update and delete"
local SECTIONS = {
  [""] = { EVERY, "Options before or after the command" },
  api = { EVERY, "Options of api", TIMEOUT, REQUESTS, CONNECTION },
  contacts = { EVERY, CHECK, "Options of contacts check" },
  sandbox = { EVERY, "Options of sandbox" },
  config = { EVERY, CONNECTION },
  ["campaigns.create"] = {
    EVERY, "Options of campaigns create", CHECK, EXTRA, CONSENT, ROWS, TIMEOUT, REQUESTS, CONNECTION,
  },
  ["campaigns.update"] = {
    EVERY, "Options of campaigns update", EXTRA, CONSENT, ROWS, TIMEOUT, REQUESTS, CONNECTION,
  },
  ["calls.create"] = {
    EVERY, "Options of calls create", EXTRA, CONSENT, ROWS, TIMEOUT, REQUESTS, CONNECTION,
  },
  ["calls.delete"] = { EVERY, CONSENT, TIMEOUT, REQUESTS, CONNECTION },
}
for _, name in ipairs { "campaigns.wait", "calls.wait" } do
  SECTIONS[name] = { EVERY, "Options of wait", ROWS, REQUESTS, CONNECTION }
end
for name, own in pairs {
  campaigns = "Options of campaigns, calls and chats",
  calls = "Options of campaigns, calls and chats",
  agents = "Options of lists",
  ["phone-numbers"] = "Options of lists",
  chats = "Options of campaigns, calls and chats",
  webhooks = "Options of webhooks",
} do
  SECTIONS[name] = { EVERY, own, "Options of lists", ROWS, TIMEOUT, REQUESTS, CONNECTION }
end

--- The options of the page by section, each as "-s --status".
local function read_page()
  local sections, section = {}, nil
  for line in io.lines(FILE) do
    section = line:match "^%.S[hs] (.*)" or section
    local names = {}
    for name in (line:match "^%.It (Fl .*)" or ""):gmatch "Fl (%S+)" do
      names[#names + 1] = "-" .. name
    end
    if names[1] then
      sections[section] = sections[section] or {}
      sections[section][table.concat(names, " ")] = true
    end
  end
  return sections
end

--- The same of a parser of argparse, from its private fields: it has no public access.
local function options_of(parser)
  local options = {}
  for _, option in ipairs(parser._options) do
    options[table.concat(option._aliases, " ")] = true
  end
  return options
end

describe("the man page", function()
  local page, parser = read_page(), arguments.parser()
  local known = { [""] = options_of(parser) }
  for _, command in ipairs(parser._commands) do
    known[command._name] = options_of(command)
  end

  it("lists every option of every command, and no other", function()
    local listed = {}
    for command, sections in pairs(SECTIONS) do
      listed[command] = {}
      for _, section in ipairs(sections) do
        for option in pairs(page[section]) do
          listed[command][option] = true
        end
      end
    end
    assert.same(known, listed)
  end)

  it("names no unknown option", function()
    local names = {}
    for _, options in pairs(known) do
      for option in pairs(options) do
        for name in option:gmatch "%S+" do
          names[name] = true
        end
      end
    end
    for line in io.lines(FILE) do
      for name in line:gsub("Fl (%S+)", "-%1"):gmatch "%f[%S](%-%-?%a[%w-]*)" do
        assert(names[name] or line:find "^%.Bl" or line:find "| jq", name .. " is no option: " .. line)
      end
    end
  end)

  it("and --help have example faults on existing pages of 125 campaigns", function()
    local text = assert(io.open(FILE)):read "*a" .. parser:get_help()
    for _, command in ipairs(parser._commands) do
      text = text .. command:get_help()
    end
    local count = 0
    for page_number in text:gmatch "page=(%d+)" do
      assert.is_true(tonumber(page_number) <= 1, page_number)
      count = count + 1
    end
    assert.equal(2, count)
  end)

  it("lists every environment variable that the command reads", function()
    local file = assert(io.open(FILE))
    local text = file:read "*a"
    file:close()
    local pipe = io.popen [[grep -rhoE '(getenv|environment) "[A-Z_]+"' cli/lua]]
    for line in pipe:lines() do
      local name = line:match '"(.*)"'
      assert(name == "TERM" or text:find(".It Ev " .. name .. "\n", 1, true), name .. " is missing")
    end
    pipe:close()
  end)
end)

--- A page with three campaigns, one of them with a given name in JSON spelling.
local PAGE = [[{"data":[{"campaignId":"a","campaignName":"Zürich"},{"campaignId":"b","campaignName":"%s"},]]
  .. [[{"campaignId":"c","campaignName":"Bern"}],"page":0,"size":100,"totalCount":3,"totalPages":1,"hasNext":false}]]

describe("the lines for jq in the man page", function()
  local sandbox, place
  local lines = {}
  for line in io.lines(FILE) do
    lines[#lines + 1] = line:match "^%.Dl (sigmamind .* | jq .*)"
  end

  setup(function()
    sandbox, place = server.start(), scratch.open()
  end)

  teardown(function()
    place:remove()
    sandbox:stop()
  end)

  local function run(line, name)
    sandbox:faults { status = 200, body = PAGE:format(name) }
    return (place:run(line, ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)))
  end

  it("print the names", function()
    assert.equal(2, #lines)
    if place:run "command -v jq" == "" then
      return print "man_spec: no jq here: its lines are not run"
    end
    for _, line in ipairs(lines) do
      assert.equal("Zürich\nBasel\nBern\n", run(line, "Basel"))
    end
    -- jq 1.6 omits the name; later versions may print a replacement
    assert.matches("^Zürich\n[^B]*Bern\n$", run(lines[2], "\\ud83d"))
  end)
end)
