-- The man page has the options that the command has.

local arguments = require "sigmamind.cli.arguments"

local FILE = "packaging/sigmamind.1"

--- Where the options of each command stand; "" are those before the command.
local SECTIONS = {
  [""] = { "Options of every command", "Options before or after the command" },
  campaigns = { "Options of every command", "Options of campaigns", "Options of campaigns and config" },
  sandbox = { "Options of every command", "Options of sandbox" },
  config = { "Options of every command", "Options of campaigns and config" },
}

--- What the page lists, by section: each option as "-s --status".
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

--- The same of a parser of argparse, for which there is no public way.
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

  it("speaks of no option that there is not", function()
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

  it("has faults, as --help has, on pages that 125 campaigns have", function()
    local text = assert(io.open(FILE)):read "*a" .. parser:get_help() .. parser._commands[2]:get_help()
    local count = 0
    for page_number in text:gmatch "page=(%d+)" do
      assert.is_true(tonumber(page_number) <= 1, page_number)
      count = count + 1
    end
    assert.equal(2, count)
  end)

  it("tells of every variable of the environment that the command reads", function()
    local file = assert(io.open(FILE))
    local text = file:read "*a"
    file:close()
    local pipe = io.popen [[grep -rhoE '(getenv|environment) "[A-Z_]+"' lua/sigmamind/cli]]
    for line in pipe:lines() do
      local name = line:match '"(.*)"'
      assert(name == "TERM" or text:find(".It Ev " .. name .. "\n", 1, true), name .. " is missing")
    end
    pipe:close()
  end)
end)
