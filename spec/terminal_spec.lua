-- Texts that could control a terminal: the control characters C1 and DEL, and those of the
-- bidirectional algorithm.

local command = require "spec.support.command"
local decoding = require "spec.support.decoding"
local process = require "process"
local screen = require "spec.support.screen"
local server = require "spec.support.server"
local terminal = require "sigmamind.cli.terminal"

local RAW = "a\194\15531mRED\194\1570;title\194\156\127\226\128\174\226\129\166evil\194\160\195\155\226\128\166"
local ESCAPED = [[a\u009b31mRED\u009d0;title\u009c\u007f\u202e\u2066evil]]
  .. "\194\160\195\155\226\128\166" -- harmless, with similar bytes: a no-break space, a letter, an ellipsis

describe("terminal.harmless_json", function()
  it("escapes control characters, and keeps the value", function()
    local text = '{"a":"' .. RAW .. '"}'
    assert.equal('{"a":"' .. ESCAPED .. '"}', terminal.harmless_json(text))
    assert.equal(RAW, decoding.value(terminal.harmless_json(text)).a)
  end)

  --- Direction marks (U+061C, U+200E, U+200F) and line ends (U+2028, U+2029).
  local MARKS = "\216\156\226\128\142\226\128\143\226\128\168\226\128\169"

  it("escapes direction marks and line ends; terminal.harmless drops or replaces them", function()
    assert.equal([[\u061c\u200e\u200f\u2028\u2029]], terminal.harmless_json(MARKS))
    assert.equal("ab c d", terminal.harmless("a\216\156\226\128\142\226\128\143b\226\128\168c\226\128\169d"))
    local others = "\216\155\216\157\226\128\141\226\128\144\226\128\167\226\128\175" -- U+061B and other neighbours
    assert.equal(others, terminal.harmless(others))
    assert.equal(others, terminal.harmless_json(others))
  end)

  it("escapes the first and the last character of each range", function()
    local first_and_last = "\194\128\194\159\127\226\128\170\226\128\174\226\129\166\226\129\169"
    assert.equal([[\u007f]], terminal.harmless_json "\127")
    assert.equal([[\u0080\u009f\u007f\u202a\u202e\u2066\u2069]], terminal.harmless_json(first_and_last))
  end)
end)

describe("sigmamind, texts with control characters", function()
  local sandbox, environment
  local BODY = '{"data":[%s],"page":0,"size":100,"totalCount":%d,"hasNext":false}'
  local ROW = '{"campaignId":"%s","campaignName":"' .. RAW .. '"}'
  local MESSAGE = '{"statusCode":403,"message":"' .. RAW .. '","error":"Forbidden"}'

  setup(function()
    sandbox = server.start()
    environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
  end)

  teardown(function()
    sandbox:stop()
  end)

  before_each(function()
    sandbox:clear()
  end)

  it("writes the API's own bytes to a pipe", function()
    for _, format in ipairs { "json", "ndjson" } do
      sandbox:faults { body = BODY:format(ROW:format "r1", 1) }
      local out = command.run("campaigns -f " .. format, environment)
      assert.is_truthy(out:find(ROW:format "r1", 1, true), out)
    end
    sandbox:faults { status = 403, body = MESSAGE }
    local _, errors = command.run("campaigns --error-format json", environment)
    assert.is_truthy(errors:find((RAW:gsub("\127", "?")), 1, true), errors) -- errors have no "%c"
  end)

  local IN_ERROR = "a 31mRED 0;title ?evil\194\160\195\155\226\128\166" -- an error has "?" for DEL

  it("writes no control characters in an error, to a terminal or a file", function()
    sandbox:faults { status = 403, body = MESSAGE }
    local _, errors = command.run("campaigns", environment)
    assert.equal("sigmamind: auth: " .. IN_ERROR .. " (", errors:sub(1, #IN_ERROR + 19))
    local driving = "a\194\155\226\128\174b"
    assert.equal("sigmamind: unknown command 'a b'; ", (select(2, command.run("'" .. driving .. "'"))):sub(1, 34))
  end)

  it("writes no control characters in the log of an attempt", function()
    sandbox:faults { status = 503, body = MESSAGE, headers = { ["retry-after"] = "0" } }
    local _, errors = command.run("campaigns --limit 1 --verbose", environment)
    assert.equal("\n" .. IN_ERROR .. "; retrying in ", errors:match "\n.-; retrying in ")
  end)

  it("writes no control characters in the changes of --watch", function()
    sandbox:faults(
      { request = 1, body = BODY:format(ROW:format(RAW), 1) },
      { request = 2, body = BODY:format('{"campaignId":"b","campaignName":"b"}', 1) }, { request = 3, status = 403 }
    )
    local out = command.run("campaigns --watch 0.1 --attempts 1", environment)
    local shown = IN_ERROR:gsub("%?", " ")
    assert.is_truthy(out:find("  removed  " .. shown .. "  " .. shown .. "\n", 1, true), out)
  end)

  it("writes no control characters as CSV to a terminal", function()
    sandbox:faults { body = BODY:format(ROW:format "r1", 1), times = 2 }
    local arguments = "campaigns -f csv -S campaignName"
    assert.equal("campaignName\r\n" .. RAW .. "\r\n", (command.run(arguments, environment)))
    local line = "exec " .. command.line(arguments, environment .. " TERM=xterm")
    local _, _, seen = process.on_terminal(line, "1 campaign", "")
    assert.is_truthy(seen:find("\n" .. IN_ERROR:gsub("%?", " ") .. "\r", 1, true), seen)
  end)

  if not screen.is_there() then
    print "tmux is not installed: the specs of control characters in a terminal are left out"
    return
  end

  --- The text that a terminal shows after a run.
  local function shown(arguments)
    local window = screen.open(200, 40)
    local line = "export LUA_PATH='%s' LUA_CPATH='%s'; clear; %s; echo END"
    local path, cpath = os.getenv "LUA_PATH" or ";;", os.getenv "LUA_CPATH" or ";;"
    window:type(line:format(path, cpath, command.line(arguments, environment)))
    local ok, text = pcall(window.wait, window, "END\nready")
    window:close()
    assert.is_true(ok, text)
    return text
  end

  local START = [[a\u009b31mRED\u009d0;title\u009c\u007f\u202e\u2066evil]]

  it("escapes them on a terminal, as json and as ndjson", function()
    for _, format in ipairs { "json", "ndjson" } do
      sandbox:faults { body = BODY:format(ROW:format "r1", 1) }
      assert.is_truthy(shown("campaigns -f " .. format):find(START, 1, true))
    end
  end)

  it("escapes them on a terminal in the changes of --watch as ndjson", function()
    sandbox:faults(
      { request = 1, body = BODY:format(ROW:format(RAW), 1) },
      { request = 2, body = BODY:format(ROW:format "r2", 1) }, { request = 3, status = 403 }
    )
    local text = shown "campaigns --watch 0.1 --attempts 1 -f ndjson"
    assert.is_truthy(text:find('"added","campaign":{"campaignId":"r2","campaignName":"' .. START, 1, true), text)
    assert.is_truthy(text:find('"removed","campaign":{"campaignId":"' .. START, 1, true), text)
  end)

  it("escapes them on a terminal in an error as JSON", function()
    sandbox:faults { status = 403, body = MESSAGE }
    local in_error = START:gsub([[\u007f]], "?")
    assert.is_truthy(shown("campaigns --error-format json"):find(in_error, 1, true))
  end)
end)
