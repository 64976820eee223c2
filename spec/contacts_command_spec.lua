-- sigmamind contacts check FILE: what is wrong with contacts, without a key and without a network.

local cjson = require "cjson"
local command = require "spec.support.command"
local scratch = require "spec.support.scratch"

local HEADER = "Phone Number,Customer Name\n"
local NO_NETWORK = "-u SIGMAMIND_API_KEY SIGMAMIND_BASE_URL=http://127.0.0.1:1"

local place

setup(function()
  place = scratch.open()
end)

teardown(function()
  place:remove()
end)

--- Checks a file with this text. In its output the name of the file is FILE.
local function check(text, more)
  place:write("contacts.csv", text)
  local name = place.directory .. "/contacts.csv"
  local out, errors, code = command.run(("contacts check %s %s"):format(name, more or ""), NO_NETWORK)
  return out:gsub(name:gsub("%p", "%%%0"), "FILE"), errors, code
end

local BAD = "sigmamind: the contacts have problems\n"

describe("sigmamind contacts check", function()
  it("prints the counts of good contacts, and exits with 0", function()
    assert.same({ "2 contacts, 2 good; 0 problems, 0 duplicates\n", "", 0 },
      { check(HEADER .. "+14155550100,Ann\n+14155550101,Bob\n") })
  end)

  it("prints a line for each problem and each duplicate, and exits with 2", function()
    assert.same({
      "FILE:3: Phone Number: +1234: '+1234' is not E.164 (like +14155550100)\n"
        .. "FILE:4: the row is empty\nFILE:5: +14155550100: an earlier contact has this phone number\n"
        .. "4 contacts, 2 good; 2 problems, 1 duplicate\n",
      BAD, 2,
    }, { check(HEADER .. "+14155550100,Ann\n+1234,Bob\n,\n+14155550100,Eve\n") })
    assert.same({
      "FILE:3: +14155550100: an earlier contact has this phone number\n2 contacts, 2 good; 0 problems, 1 duplicate\n",
      BAD, 2,
    }, { check(HEADER .. "+14155550100,Ann\n+14155550100,Eve\n") })
    assert.same({ "FILE: the file is empty\n0 contacts, 0 good; 1 problem, 0 duplicates\n", BAD, 2 }, { check "" })
  end)

  it("prints the first 20, and how many more there are", function()
    local out = check(HEADER .. ("+1234,x\n"):rep(150))
    local lines = command.lines(out)
    assert.equal(22, #lines)
    assert.matches("^FILE:21: ", lines[20])
    assert.same({ "and 130 more", "150 contacts, 0 good; 150 problems, 0 duplicates" }, { lines[21], lines[22] })
    out = check(HEADER .. ("+1234,x\n"):rep(20))
    assert.equal(21, #command.lines(out))
  end)

  it("takes required columns, another column of phone numbers, and duplicates", function()
    local text = "Tel,Name,Order ID\n+14155550100,Ann,1\n+14155550100,Ann,\n"
    assert.matches("^FILE:1: there is no column named exactly 'Phone Number'; is it 'Mobile phone'%? Rename it, or name it "
      .. "with %-%-phone%-column\n", (check "Mobile phone,Name\n+14155550100,Ann\n"))
    assert.same({ "2 contacts, 2 good; 0 problems, 0 duplicates\n", "", 0 },
      { check(text, "--phone-column Tel --allow-duplicates --require Name") })
    assert.same({
      "FILE:1: City: the required column 'City' is missing\n"
        .. "FILE:3: Order ID: : the required variable is empty\n2 contacts, 0 good; 2 problems, 0 duplicates\n",
      BAD, 2,
    }, { check(text, "--phone-column Tel --allow-duplicates --require City --require 'Order ID'") })
  end)

  it("prints the report as JSON", function()
    local out, _, code = check(HEADER .. "+14155550100,Ann\n+1234,\"B,b\"\n+14155550100,Eve\n", "--format json")
    assert.equal(2, code)
    assert.same({
      rows = 3, good = 2, problem_count = 1, duplicate_count = 1, bytes = 73, has_bom = false,
      columns = { "Phone Number", "Customer Name" },
      problems = { {
        row = 2, line = 3, column = "Phone Number", value = "+1234",
        message = "'+1234' is not E.164 (like +14155550100)",
      } },
      duplicates = { { row = 3, line = 4, value = "+14155550100" } },
    }, cjson.decode(out))
    assert.is_truthy(check(HEADER .. "+14155550100,Ann\n", "-f json"):find('"problems":[]', 1, true))
  end)

  it("reports a file that cannot be read, and a wrong command line", function()
    local out, errors, code = command.run("contacts check " .. place.directory, NO_NETWORK)
    assert.same({ "", 2 }, { out, code })
    assert.matches("^sigmamind: contacts: cannot read the contacts: [^\n]*: not a regular file, or not there\n$", errors)
    errors = select(2, command.run("contacts check none --error-format json", NO_NETWORK))
    assert.equal("contacts", cjson.decode(errors).error.kind)
    for arguments, message in pairs {
      ["contacts check"] = "missing argument 'file'",
      ["contacts check a b"] = "too many arguments",
    } do
      assert.same({ "", ("sigmamind: %s; see sigmamind contacts --help\n"):format(message), 2 },
        { command.run(arguments, NO_NETWORK) })
    end
    assert.equal(2, (select(3, command.run("contacts a.csv", NO_NETWORK))))
  end)
end)
