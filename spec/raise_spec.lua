-- Raised errors: a caught one has its fields, an uncaught one shows its message.

local interpreter = require "spec.support.interpreter"
local server = require "spec.support.server"
local sigmamind = require "sigmamind"

local sandbox = server.shared { campaigns = 3 }

--- The output of a program with a wrong key, and whether it succeeds.
local function run(text)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write 'local sigmamind = require "sigmamind"\nlocal client = sigmamind.new()\n'
  file:write(text)
  file:close()
  local output, ok = interpreter.run(name, "SIGMAMIND_API_KEY=wrong SIGMAMIND_BASE_URL=" .. sandbox.url)
  os.remove(name)
  return output, ok
end

local MESSAGE = "sigmamind: auth: [^\n]*status 401"

--- The ways in which a failure is raised.
local RAISING = {
  ["for"] = "for _ in client:campaigns() do end",
  ["a call"] = "client:campaigns()()",
  ["sigmamind.assert"] = "sigmamind.assert(client:campaigns():totable())",
  ["sigmamind.assert of a caught error"] = "sigmamind.assert(pcall(client:campaigns()))",
  ["sigmamind.assert of a page"] = "sigmamind.assert(client.campaigns:page())",
}

describe("sigmamind.raise, an error that is raised", function()
  for name, text in pairs(RAISING) do
    it("shows its message when it is not caught: " .. name, function()
      local output, ok = run(text)
      assert.is_false(ok)
      assert.matches(MESSAGE, output)
    end)

    it("is the error object when it is caught, and prints nothing: " .. name, function()
      local output, ok = run(("print(select(2, pcall(function() %s end)).kind)"):format(text))
      assert.is_true(ok, output)
      assert.equal("auth\n", output)
      output, ok = run(("xpcall(function() %s end, function(err) print(err.kind) end)"):format(text))
      assert.is_true(ok, output)
      assert.equal("auth\n", output)
    end)

    it("is the error object in a coroutine: " .. name, function()
      local output, ok = run(("print(select(2, coroutine.resume(coroutine.create(function() %s end))).kind)"):format(text))
      assert.is_true(ok, output)
      assert.equal("auth\n", output)
    end)
  end
end)

describe("sigmamind.raise, an uncaught error", function()
  it("shows its message on the command line and from standard input, too", function()
    local variables = "SIGMAMIND_API_KEY=wrong SIGMAMIND_BASE_URL=" .. sandbox.url
    local program = 'for _ in require("sigmamind").new():campaigns() do end'
    local ways = { "-e '%s'", "- <<'END'\n%s\nEND\n", "<<'END'\n%s\nEND\n" }
    for i, words in ipairs(ways) do
      if i > 1 and os.getenv "KIND" == "asan" then
        break -- torture/host.c reads no program from standard input
      end
      local output = interpreter.run(words:format(program), "exec 2>&1; " .. variables)
      assert.matches(MESSAGE, output)
    end
  end)
end)

describe("sigmamind.assert", function()
  it("returns its arguments", function()
    assert.same({ 1, nil, 3, n = 3 }, { n = select("#", sigmamind.assert(1, nil, 3)), sigmamind.assert(1, nil, 3) })
    assert.equal(0, sigmamind.assert(0))
  end)

  it("raises a string unchanged, and a default message without one", function()
    assert.same({ false, "no file" }, { pcall(sigmamind.assert, nil, "no file") })
    assert.same({ false, "assertion failed!" }, { pcall(sigmamind.assert, false) })
  end)
end)
