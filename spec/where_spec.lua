-- The conditions of --where: how they are parsed, which campaigns the command lists with them, and its
-- warnings about conditions that may be mistakes.

local cjson = require "cjson"
local command = require "spec.support.command"
local cli_where = require "sigmamind.cli.where"
local parse_arguments = require("sigmamind.cli.arguments").parse
local server = require "spec.support.server"

--- The tables of these expressions; nil, message when one is invalid.
local function steps(...)
  local conditions, message = cli_where.parse({ ... }, "concurrentCalls>=5")
  return conditions and cli_where.steps(conditions), message
end

--- The one table of these expressions.
local function where(...)
  local list, message = steps(...)
  assert(list, message)
  assert.equal(1, #list)
  return list[1]
end

local function refusal(...)
  local list, message = steps(...)
  assert.is_nil(list)
  return message
end

describe("a --where expression", function()
  it("accepts every operator as a sign", function()
    assert.same({ a = { eq = 5 } }, where "a=5")
    assert.same({ a = { eq = 5 } }, where "a==5")
    assert.same({ a = { ne = "x" } }, where "a != x")
    assert.same({ ["a.b"] = { ge = 1, lt = 2.5 } }, where("a.b>=1", "a.b<2.5"))
    assert.same({ a = { gt = -1, le = 1e3 } }, where("a>-1", "a<=1e3"))
    assert.same({ a = { one_of = { "live", "paused" } } }, where "a=live,paused")
    assert.same({ a = { none_of = { "live", 5 } } }, where "a!=live,5")
    assert.same({ a = { starts_with = "Q4" }, b = { ends_with = "x" }, c = { contains = "y" } },
      where("a^=Q4", "b$=x", "c*=y"))
    assert.same({ a = { exists = true }, b = { exists = false } }, where("a", "!b"))
  end)

  it("accepts every operator of where by its name", function()
    for _, operator in ipairs { "eq", "ne", "lt", "le", "gt", "ge", "starts_with", "ends_with", "contains" } do
      assert.same({ ["a.b"] = { [operator] = "x y" } }, where("a.b " .. operator .. " x y"))
    end
    assert.same({ a = { ge = 5 } }, where " a\tge  5 ")
    assert.same({ a = { one_of = { "live" } } }, where "a one_of live")
    assert.same({ a = { one_of = { "live", "paused" } } }, where "a one_of live, paused")
    assert.same({ a = { one_of = { "live", "paused" } } }, where "a eq live,paused")
    assert.same({ a = { none_of = { 1 } } }, where "a none_of 1")
    assert.same({ a = { eq = "" } }, where 'a eq ""')
    assert.same({ any = { ge = 1 }, length = { eq = 2 }, ge = { ge = 3 } }, where("any ge 1", "length=2", "ge ge 3"))
  end)

  it("compares a length, or an array element", function()
    assert.same({ errors = { length = { gt = 0 } } }, where "#errors>0")
    assert.same({ errors = { length = { gt = 0 } } }, where "errors length gt 0")
    assert.same({ errors = { length = { gt = 0 } } }, where "errors length > 0")
    assert.same({ errors = { length = { one_of = { 1, 2 } } } }, where "#errors=1,2")
    assert.same({ errors = { any = { contains = "invalid" } } }, where "errors[]*=invalid")
    assert.same({ errors = { any = { contains = "invalid" } } }, where "errors any contains invalid")
    assert.same({ errors = { any = { one_of = { "x", "y" } } } }, where "errors[]=x,y")
    assert.same({ errors = { any = { length = { gt = 80 } } } }, where "#errors[]>80")
    assert.same({ errors = { any = { length = { gt = 80 } } } }, where "errors any length gt 80")
  end)

  it("reads a JSON value as such, and any other text as a string", function()
    assert.same({ a = { eq = true } }, where "a=true")
    assert.same({ a = { eq = "true" } }, where 'a="true"')
    assert.same({ a = { eq = "5" } }, where 'a="5"')
    assert.same({ a = { eq = "+14155552671" } }, where "a=+14155552671")
    assert.same({ a = { eq = "a=b" } }, where "a=a=b")
    assert.same({ a = { one_of = { "x,y", 1 } } }, where 'a="x,y",1')
    assert.same({ a = { one_of = { 'x"y,z', 1 } } }, where [[a="x\"y,z",1]])
    assert.same({ a = { starts_with = "5" }, b = { ends_with = "5" }, c = { contains = 5 } }, where("a^=5", "b$=5", "c*=5"))
    assert.same({ a = { starts_with = "true" }, b = { ends_with = "x" } }, where("a^=true", 'b$="x"'))
    assert.same({ a = { one_of = { "x", "y z", "a, b" } } }, where 'a = x , y z, "a, b"')
    assert.same({ a = { eq = "" } }, where "a=")
    assert.same({ a = { contains = "x,y" } }, where "a*=x,y")
  end)

  it("is refused when it is not a condition", function()
    for _, text in ipairs {
      "", "=5", ".a=1", "a>=", "#a>=", "a=>5", "a =< 5", "a<>5", "a=~5", "a ~= 5", "!a=5", "!#a", "!a[]", "a[", "a]=5",
      "a[0]=x", "[]=5", "# a>0", "!", "a ge", "a eq", "a one_of ",
    } do
      assert.matches("is not a condition like concurrentCalls>=5", refusal(text))
    end
    for _, text in ipairs { "#a", "a[]", "a any", "a length", "a any length" } do
      assert.equal(("'%s' is not a condition like concurrentCalls>=5; an operator and a value must follow"):format(text),
        refusal(text))
    end
    for _, text in ipairs { "a ge", "a>=", "a any one_of" } do
      assert.matches("; a value must follow$", refusal(text))
    end
  end)

  it("is refused for an unknown operator, with the nearest one or the list of all", function()
    local unknown = "'a %s 5' is not a condition like concurrentCalls>=5; unknown operator '%s'; "
    for word, meant in pairs {
      GE = "ge", gte = "ge", lte = "le", neq = "ne", startswith = "starts_with", contain = "contains", ge5 = "ge",
    } do
      assert.equal(unknown:format(word, word) .. "did you mean " .. meant .. "?", refusal("a " .. word .. " 5"))
    end
    assert.equal(unknown:format("within", "within")
      .. "the operators are eq, ne, lt, le, gt, ge, one_of, none_of, starts_with, ends_with, contains", refusal "a within 5")
    assert.matches("; PATH alone means present, !PATH absent$", refusal "a exists true")
  end)

  it("is refused when its operator does not take the value", function()
    for text, accepted in pairs {
      ["a>=true"] = "a string or a number, got true", ["a[]<false"] = "a string or a number, got false",
      ["#a>x"] = "a number, got 'x'", ["a any length eq x"] = "a number, got 'x'",
      ["#a=1,x"] = "a list of numbers, got 'x' as element 2",
      ["a length none_of true,1"] = "a list of numbers, got true as element 1",
    } do
      assert.equal(("--where '%s': the value must be %s"):format(text, accepted), refusal(text))
    end
    for _, text in ipairs { "#a^=1", "#a$=1", "a length contains 1" } do
      assert.matches("; a length is a number: use = != < <= > >=$", refusal(text))
    end
    assert.equal("--where: 'a..b' is not a path like 'agent.name'", refusal "a..b=1")
  end)
end)

describe("a --where expression with two conditions", function()
  it("is refused, however the second is written", function()
    for _, text in ipairs {
      "a=live b>=5", "a=live;b=5", "a=live,b>=5", "a>1 && b<2", "a>1&&b<2", "a^=Q4 !b=1", "a=live b ge 5", "a=live #b>0",
      "a=live b[]*=x", "a eq live b ge 5", "a ge 5 b=live", "a ge 5, b le 6", "a>=5 and b<=6", "a>=5 || b",
      "a any eq x b any eq y",
      "a length gt 0 b length gt 0", "a=live !b", "a b=5", "a b ge 5", "a;b>0", "a #b>0", "!a b=5", 'a="x" b="y"',
      "a contains x b.c != y", "a = b c = d",
    } do
      assert.equal(("'%s' has two conditions; give --where once for each condition, or the value in double quotes")
        :format(text), refusal(text))
    end
  end)

  it("is one condition when the second is in double quotes, or only looks like a condition", function()
    for text, value in pairs {
      ['a = "x y=1"'] = "x y=1", ['a eq "live b ge 5"'] = "live b ge 5", [ [[a="say \"b = c\" now"]] ] = 'say "b = c" now',
      ['a="x && !y"'] = "x && !y", ["a=Hello world!"] = "Hello world!", ["a=any length"] = "any length",
      ["a=Wow! Really"] = "Wow! Really", ["a=Tom & Jerry; Co"] = "Tom & Jerry; Co",
      ["a=2025-09-25 19:00"] = "2025-09-25 19:00",
      ["a=b=c"] = "b=c", ["a=sizes lt"] = "sizes lt", ["a=#1 [x] *"] = "#1 [x] *",
    } do
      assert.same({ a = { eq = value } }, where(text), text)
    end
    assert.same({ a = { contains = "Q4 Outreach" } }, where "a*=Q4 Outreach")
    assert.same({ a = { one_of = { "b = c", "d" } } }, where 'a="b = c",d')
  end)
end)

describe("--where conditions on one path", function()
  it("share one table; a repeated operator starts another table", function()
    assert.same({ { a = { ge = 1, lt = 5, ne = 3 } } }, (steps("a>=1", "a<5", "a!=3")))
    assert.same({ { a = { contains = "x" }, b = { eq = 1 } }, { a = { contains = "y" } }, { a = { contains = "z" } } },
      (steps("a*=x", "a*=y", "b=1", "a*=z")))
    assert.same({ { a = { any = { gt = 1 } } }, { a = { any = { lt = 5 } } } }, (steps("a[]>1", "a[]<5")))
    assert.same({}, (steps()))
  end)

  it("are refused when they can never hold together", function()
    local never = "'%s' and '%s' can never both hold%s"
    local hint = "; give several values with commas"
    for first, second in pairs {
      ["a=1"] = "a=2", ["a=1,2"] = "a=3", ["a one_of x"] = "a eq y", ["#a=1"] = "a length eq 2", ["b=5"] = 'b="5"',
    } do
      assert.equal(never:format(first, second, hint), refusal(first, "c=1", second))
    end
    assert.equal(never:format("a", "!a", ""), refusal("a", "!a"))
    assert.equal(never:format("!a", "a", ""), refusal("!a", "a"))
    for _, pair in ipairs {
      { "a=1", "a=1" }, { "a=1,2", "a=2,3" }, { "a[]=1", "a[]=2" }, { "a=1", "b=2" }, { "a=1", "#a=2" }, { "a", "a" },
      { "a=1", "a" }, { "a=false", "!b" }, { "a!=1", "a!=2" },
    } do
      assert.is_table((steps(pair[1], pair[2])))
    end
  end)
end)

describe("a --where expression in words on the command line", function()
  local function parsed(...)
    local options, message = parse_arguments { "campaigns", ... }
    return options and options.where or message
  end

  it("needs no quotes", function()
    assert.same({ "concurrentCalls ge 5" }, parsed("--where", "concurrentCalls", "ge", "5"))
    assert.same({ "a ge -5" }, parsed("-w", "a", "ge", "-5"))
    assert.same({ "a ge -.5" }, parsed("-w", "a", "ge", "-.5"))
    assert.same({ "a any contains x y" }, parsed("-w", "a", "any", "contains", "x y"))
    assert.same({ "a any length gt 1", "b" }, parsed("-w", "a", "any", "length", "gt", "1", "-w", "b"))
    assert.same({ "a length gt 0", "b ne c" }, parsed("-w", "a", "length", "gt", "0", "--where", "b", "ne", "c"))
    assert.same({ "a ge 5", "b ge 6", "c" }, parsed("-w", "a ge 5", "-w", "b", "ge", "6", "-f", "csv", "-w", "c"))
  end)

  it("includes an unknown operator, which is refused later", function()
    assert.same({ "a gte 5", "b" }, parsed("-w", "a", "gte", "5", "-w", "b"))
    assert.same({ "a GE 5" }, parsed("-w", "a", "GE", "5", "-n", "3"))
    assert.same({ "a any like x" }, parsed("-w", "a", "any", "like", "x"))
    assert.same({ "a" }, parsed("-w", "a", "-n", "5"))
  end)

  it("does not take a following option as its value", function()
    assert.same({ "a ge" }, parsed("-w", "a", "ge", "--limit", "5"))
    assert.same({ "a ge" }, parsed("-w", "a", "ge", "-n", "5"))
    assert.same({ "a ge" }, parsed("-w", "a", "ge"))
  end)

  it("starts with a path and contains an operator", function()
    for _, words in ipairs {
      { "a=1", "ge", "5" }, { "!a", "ge", "5" }, { "a", "any" }, { "a", "b", "ge", "5" }, { "a", "5", "6" },
      { "a", "is" },
    } do
      assert.matches("^too many arguments; a condition whose value has blanks needs quotes; see",
        parsed("-w", (unpack or table.unpack)(words))) -- luacheck: ignore 113
    end
    assert.same({ "a" }, parsed("-w", "a"))
    assert.matches("^too many arguments; see", parsed("-S", "a", "ge", "5"))
  end)
end)

describe("sigmamind campaigns --where", function()
  local sandbox = server.shared()
  local environment

  setup(function()
    environment = ("SIGMAMIND_BASE_URL=%s SIGMAMIND_API_KEY=%s"):format(sandbox.url, sandbox.key)
  end)

  before_each(function()
    sandbox:list(125, {})
  end)

  local function run(arguments, rest)
    return command.run("campaigns " .. arguments, environment, rest)
  end

  --- Number of rows listed; the command must print no warning.
  local function count(arguments)
    local out, errors, code = run("-f ndjson " .. arguments)
    assert.same({ "", 0 }, { errors, code })
    return (select(2, out:gsub("\n", "")))
  end

  --- Standard error of a command that succeeds.
  local function warnings(arguments)
    local _, errors, code = run("-f ndjson " .. arguments)
    assert.equal(0, code)
    return errors
  end

  local function page(...)
    return ('{"data":[%s],"page":0,"size":100,"hasNext":false}'):format(table.concat({ ... }, ","))
  end

  it("lists the campaigns for which the condition holds", function()
    for arguments, expected in pairs {
      ["'#errors>0'"] = 22, ["errors length ge 1"] = 22, ["'errors[]^=Row 3:'"] = 1,
      ["errors any starts_with 'Row 3:'"] = 1, ["'campaignStatus!=completed,paused'"] = 62,
      ["campaignStatus none_of completed,paused"] = 62, ["'campaignName^=Q4'"] = 12, ["campaignName starts_with Q4"] = 12,
      ["campaignStatus eq live"] = 31,
    } do
      assert.equal(expected, count("-w " .. arguments), arguments)
    end
  end)

  it("accepts several conditions with one path and operator", function()
    assert.equal(12, count "-w 'campaignName*=Q4' -w 'campaignName*=Outreach'")
    assert.equal(1, count "-w 'campaignName*=Q4' -w 'campaignName*=Outreach' -w 'campaignName*=Campaign'")
    assert.equal(0, count "-w 'campaignName*=Q4' -w 'campaignName*=Survey'")
    assert.equal(62, count "-w 'campaignStatus!=completed' -w 'campaignStatus!=paused'")
  end)

  it("applies --limit after all conditions, also with --resume", function()
    local both = "-w 'campaignStatus!=completed' -w 'campaignStatus!=paused' "
    assert.equal(7, count(both .. "--limit 7"))
    assert.equal(0, count(both .. "--limit 0"))
    local client = sandbox:client()
    local stream = client:campaigns({ where = { campaignStatus = { ne = "completed" } } })
      :where({ campaignStatus = { ne = "paused" } })
    for _ = 1, 3 do
      assert.is_table(stream:next())
    end
    local resume = "--resume " .. stream:token()
    client:close()
    assert.equal(4, count(both .. "--limit 7 " .. resume))
    assert.equal(0, count(both .. "--limit 2 " .. resume))
    assert.equal(59, count(both .. resume))
  end)

  it("warns about a path that no campaign has, and suggests the nearest one", function()
    local none = "sigmamind: no campaign has '%s'%s\n"
    for arguments, line in pairs {
      ["-w 'concurentCalls>=5'"] = none:format("concurentCalls", "; did you mean 'concurrentCalls'?"),
      ["-w 'nosuchfield!=x'"] = none:format("nosuchfield", ""),
      ["-S CampaignId"] = none:format("CampaignId", "; did you mean 'campaignId'?"),
      ["-S 'campaignId;agent'"] = none:format("campaignId;agent", ""),
      ["-S agent.nmae,campaignId"] = none:format("agent.nmae", "; did you mean 'agent.name'?"),
      ["-w x -w '!x' -S x"] = nil,
      ["-w '#x>1' -w 'y[]=1' -S x"] = none:format("x", "") .. none:format("y", ""),
    } do
      assert.equal(line, warnings(arguments), arguments)
      assert.equal(line, (select(2, run("-f csv " .. arguments))))
    end
  end)

  it("limits that warning to the campaigns that were read, when not all were", function()
    for _, option in ipairs { "--limit 5", "--status live" } do
      assert.equal("sigmamind: no campaign that was read has 'x'\n", warnings("-S campaignId,x " .. option))
    end
  end)

  it("does not warn about a null field, about an empty list, or about the default columns", function()
    sandbox:faults { body = page('{"campaignId":"a"}', '{"campaignId":"b","x":null}'), times = -1 }
    assert.equal("", warnings "-w x -S x")
    assert.equal("", warnings "-w '!x'")
    assert.same({ "", 0 }, { select(2, run "-f csv") })
    assert.same({ "", 0 }, { select(2, run "") })
    sandbox:faults { body = page(), times = -1 }
    assert.equal("", warnings "-w y -S z")
    sandbox:faults()
    assert.equal("", warnings "--limit 0 -S nothing")
  end)

  it("warns about a value whose type the field never has", function()
    local is = "sigmamind: '%s' is %s wherever it has a value, but '%s' compares it with %s\n"
    assert.equal(is:format("campaignName", "a string", "campaignName=7", "no string; put the value in double quotes"),
      warnings "-w campaignName=7")
    assert.equal(is:format("concurrentCalls", "a number", "concurrentCalls=five", "no number"),
      warnings "-w concurrentCalls=five")
    assert.equal(is:format("concurrentCalls", "a number", 'concurrentCalls!="5"', "no number"),
      warnings [[-w 'concurrentCalls!="5"']])
    assert.equal(is:format("phoneNumber.active", "true or false", "phoneNumber.active eq yes", "neither"),
      warnings "-w phoneNumber.active eq yes")
    assert.equal("", warnings [[-w 'campaignName="7"' -w 'concurrentCalls=5']])
    assert.equal("", warnings "-w concurrentCalls=five,5")
    assert.equal("sigmamind: 'concurrentCalls' is a number wherever it has a value in what was read, but "
      .. "'concurrentCalls=x' compares it with no number\n", warnings "--status live -w concurrentCalls=x")
    assert.equal(is:format("agent", "an object", "agent=Ann", "no object; a field of it is agent.NAME"),
      warnings "-w agent=Ann")
    assert.equal(is:format("errors", "an array", "errors>=2", "no array; its elements are errors[]"),
      warnings "-w 'errors>=2'")
  end)

  it("warns about the length or element of a value that has none, and about elements of another type", function()
    local is = "sigmamind: '%s' is %s wherever it has a value, but '%s' is about %s\n"
    local length, elements = "a length, which only strings, arrays and objects have", "elements, which only arrays have"
    assert.equal(is:format("concurrentCalls", "a number", "#concurrentCalls>5", length), warnings "-w '#concurrentCalls>5'")
    assert.equal(is:format("agent", "an object", "agent[]=Ann", elements), warnings "-w 'agent[]=Ann'")
    assert.equal(is:format("campaignName", "a string", "#campaignName[]>1", elements), warnings "-w '#campaignName[]>1'")
    sandbox:faults { body = page('{"campaignId":"a","e":["x"],"n":[1]}', '{"campaignId":"b","e":[]}'), times = -1 }
    assert.equal("sigmamind: every element of 'e' is a string, but 'e[]=1' compares it with no string; put the value in "
      .. "double quotes\n", warnings "-w 'e[]=1'")
    assert.equal("sigmamind: every element of 'n' is a number in what was read, but 'n*=x' compares it with no number\n",
      warnings "-w 'n*=x' --limit 5")
    assert.equal("", warnings "-w '#e>0' -w 'n[]=1'")
    sandbox:faults()
  end)

  it("names the condition that cannot hold when a path has several", function()
    for options, wrong in pairs {
      ["-w '#campaignName>5' -w campaignName=7"] = "campaignName=7",
      ["-w concurrentCalls -w 'concurrentCalls=\"5\"'"] = 'concurrentCalls="5"',
      ["-w 'concurrentCalls>1' -w '#concurrentCalls>1'"] = "#concurrentCalls>1",
      ["-w 'campaignName[]=7' -w campaignName=7"] = "campaignName[]=7",
      ["-w 'errors[]=x' -w errors=x"] = "errors=x",
    } do
      local message = warnings(options)
      assert.truthy(message:find(", but '" .. wrong .. "' ", 1, true), message)
      assert.equal(1, select(2, message:gsub("\n", "")))
    end
  end)

  it("warns about a campaign status that the API spells differently", function()
    local no_status = "sigmamind: '%s' is not a campaign status; did you mean '%s'?\n"
    for value, near in pairs { Live = "live", pausd = "paused", Completed = "completed" } do
      assert.equal(no_status:format(value, near), warnings(("-w campaignStatus=%s"):format(value)))
      assert.equal(no_status:format(value, near), warnings(("-w campaignStatus!=live,%s"):format(value)))
    end
    assert.equal("", warnings "-w campaignStatus=live,archived -w 'campaignStatus^=Live' -w 'campaignName=Live'")
  end)

  it("writes warnings as JSON without an error field, one object a line", function()
    local lines = {}
    local errors = warnings "--error-format json -w 'concurentCalls>=5' -w campaignName=7 -w campaignStatus=Live"
    for line in errors:gmatch "[^\n]+" do
      lines[#lines + 1] = cjson.decode(line)
    end
    assert.same({
      { warning = { message = "no campaign has 'concurentCalls'; did you mean 'concurrentCalls'?",
        path = "concurentCalls", nearest = "concurrentCalls" } },
      { warning = { message = "'campaignName' is a string wherever it has a value, but 'campaignName=7' compares it with "
        .. "no string; put the value in double quotes", path = "campaignName", type = "string" } },
      { warning = { message = "'Live' is not a campaign status; did you mean 'live'?", path = "campaignStatus",
        nearest = "live" } },
    }, lines)
  end)

  it("prints no warning beside an error, or when its output was closed", function()
    sandbox:faults { page = 1, status = 404 }
    local _, errors, code = run "--error-format json -f ndjson --size 10 -w 'x!=1'"
    assert.same({ 4, "http" }, { code, cjson.decode(errors).error.kind })
    sandbox:faults()
    sandbox:list(4000) -- more than a pipe holds
    assert.equal("", (select(2, run("-f ndjson -S campaignId,x --size 1000", "| head -n 1"))))
    _, errors, code = run "-f csv -w x=1 > /dev/full"
    assert.same({ "sigmamind: cannot write: No space left on device\n", 1 }, { errors, code })
  end)

  it("prints no control characters in a warning", function()
    assert.equal("sigmamind: no campaign has ' [31mx'\n", warnings "-S $(printf '\\033[31mx')")
  end)

  it("prints each warning once during a watch", function()
    local campaign = '{"campaignId":"a","campaignStatus":"live"}'
    sandbox:faults(
      { request = 1, body = page() }, { request = 2, status = 503 }, { request = 3, times = 3, body = page(campaign) },
      { request = 6, status = 403 }
    )
    local _, errors, code = run "--watch 0.1 --attempts 1 -S staus -w concurrentCalls=7 -w campaignStatus=Live"
    assert.equal(3, code)
    local lines = {}
    for line in errors:gmatch "[^\n]+" do
      lines[#lines + 1] = line:match "^sigmamind: %l+: " or line
    end
    assert.same({
      "sigmamind: 'Live' is not a campaign status; did you mean 'live'?",
      "sigmamind: http: ",
      "sigmamind: no campaign has 'concurrentCalls'",
      "sigmamind: no campaign has 'staus'", -- campaignName, which the watch adds to the selection, gets no warning
      "sigmamind: auth: ",
    }, lines)
  end)
end)
