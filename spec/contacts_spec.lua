-- The check of the contacts of a campaign, before anything is sent.

local ascii = require "sigmamind.ascii"
local contacts = require "sigmamind.contacts"
local scratch = require "spec.support.scratch"
local sigmamind = require "sigmamind"

local place = scratch.open()

teardown(function()
  place:remove()
end)

local HEADER = "Phone Number,Customer Name,Order ID\n"
local NOT_E164 = " is not E.164 (like +14155550100)"

--- The report of a file with this text.
local function report_of(text, options)
  place:write("contacts.csv", text)
  return assert(contacts.check(place.directory .. "/contacts.csv", options))
end

--- The problems as "ROW:LINE:COLUMN:VALUE:MESSAGE", with "-" for nil.
local function problems_of(report)
  local list = {}
  for i, each in ipairs(report.problems) do
    list[i] = table.concat({
      tostring(each.row or "-"), tostring(each.line or "-"), each.column or "-", each.value or "-", each.message,
    }, ":")
  end
  return list
end

local function problems(text, options)
  local report = report_of(text, options)
  assert.equal(report.problem_count, #report.problems)
  return problems_of(report)
end

--- The problems of rows below the documented header.
local function of_rows(rows, options)
  return problems(HEADER .. rows, options)
end

local function raises(message, ...)
  local arguments, count = { ... }, select("#", ...)
  local ok, err = pcall(function()
    local report = contacts.check((table.unpack or unpack)(arguments, 1, count))
    return report
  end)
  assert.is_false(ok)
  assert.matches("^spec/contacts_spec.lua:%d+: ", err)
  assert.equal("sigmamind.contacts.check: " .. message, (err:gsub("^[^:]*:%d+: ", "")))
end

describe("sigmamind.contacts.check", function()
  it("is contacts.check", function()
    assert.equal(contacts, sigmamind.contacts)
  end)

  it("finds no problem in the documented sample", function()
    local text = HEADER .. "+14155550100,Ann,1\n+4930901820,\"J\195\182rg, M\",2\n"
    for _, form in ipairs { text, text:sub(1, -2), (text:gsub("\n", "\r\n")) } do
      assert.same({
        rows = 2, good = 2, problem_count = 0, problems = {}, duplicate_count = 0, duplicates = {},
        columns = { "Phone Number", "Customer Name", "Order ID" }, bytes = #form, has_bom = false,
      }, report_of(form))
    end
    local report = report_of("\239\187\191" .. text)
    assert.same({ 2, true, #text + 3 }, { report.good, report.has_bom, report.bytes })
  end)

  it("refuses numbers that are not E.164, with a hint", function()
    local function message(phone)
      return (problems('Phone Number\n"' .. phone .. '"\n')[1] or "good"):gsub("^1:2:Phone Number:", "")
    end
    for _, good in ipairs { "+1234567", "+123456789012345" } do
      assert.equal("good", message(good))
      assert.same({}, problems("Phone Number\n" .. good .. "\n"))
    end
    for _, bad in ipairs { "+1234", "+123456", "+1234567890123456", "+04155550100", "+1415555O100", "x" } do
      local expected = bad .. ":'" .. bad .. "'" .. NOT_E164
      assert.equal(expected, message(bad))
      assert.same({ "1:2:Phone Number:" .. expected }, problems("Phone Number\n" .. bad .. "\n"))
    end
    for bad, hint in pairs {
      ["1.41556E+10"] = "a spreadsheet has rounded it: format the column as text, and enter the numbers again",
      ["1,41556e10"] = "a spreadsheet has rounded it: format the column as text, and enter the numbers again",
      ["14155550100"] = "write it with + and the country code",
      ["(415) 555-0100"] = "write it with + and the country code",
      ["+1 (415) 555-0100"] = "write it without spaces and punctuation",
      [" +14155550100"] = "write it without spaces and punctuation",
      ["0014155550100"] = "write + in place of 00",
      ["+14155550100\194\160"] = "it has characters that cannot be seen: enter it again",
      ["\226\128\170+14155550100\226\128\172"] = "it has characters that cannot be seen: enter it again",
      ["'+14155550100"] = "remove what the spreadsheet has put around it",
    } do
      assert.equal(bad .. ":'" .. bad .. "'" .. NOT_E164 .. ": " .. hint, message(bad))
    end
    assert.same({ "1:2:Phone Number::the phone number is empty" }, of_rows ",Ann,1\n")
  end)

  it("refuses a file without contacts", function()
    assert.same({ "-:-:-:-:the file is empty" }, problems "")
    assert.same({ "-:-:-:-:the file is empty" }, problems "\239\187\191")
    assert.same({ "-:-:-:-:there are no contacts" }, problems(HEADER))
    assert.same({ "-:1:-::the first line is empty: it must be a header, with the names of the columns" },
      problems "\n+14155550100\n")
  end)

  it("requires the column of the phone numbers, and guesses which it is", function()
    local function guess(header, phone)
      local report = report_of(header .. "\n+14155550100\n", { phone = phone })
      assert.same({ 1, 0, 1 }, { report.rows, report.good, report.problem_count })
      assert.same({ nil, 1 }, { report.problems[1].row, report.problems[1].line })
      return report.problems[1].message:match "^there is no column named exactly (.*)$"
    end
    local rename = "? Rename it, or name it in the option phone"
    for _, name in ipairs { "phone_number", "Phone number ", "phone number", "PHONE NUMBER", "Telephone" } do
      assert.equal("'Phone Number'; is it '" .. name .. "'" .. rename, guess(name))
    end
    assert.equal("'Phone Number'", guess "Mobile")
    assert.equal("'Cell'; is it 'cell'" .. rename, guess("cell", "Cell"))
    assert.same({}, problems("Mobile\n+14155550100\n", { phone = "Mobile" }))
    assert.same({ "-:1:-:-:the first line must be a header, with the names of the columns", 1 },
      { problems("+14155550100,Ann\n+14155550101,Bob\n")[1], 1 })
  end)

  it("refuses columns that occur twice or have no name, and goes on", function()
    assert.same({
      "-:1:A:-:columns 2 and 4 have the same name",
      "-:1:-::column 3 has no name",
      "1:2:Phone Number:x:'x'" .. NOT_E164,
    }, (function(list)
      table.sort(list, ascii.before)
      return { list[2], list[1], list[3] }
    end)(problems "Phone Number,A,,A\nx,1,2,3\n"))
    assert.same({ "-:1:Phone Number:-:columns 1 and 2 have the same name" },
      problems "Phone Number,Phone Number\n+14155550100,+14155550101\n")
    local report = report_of "Phone Number,A,A\n+14155550100,1,2\n"
    assert.same({ 1, 0 }, { report.rows, report.good })
  end)

  it("requires the variables of the options, in the header and in each row", function()
    local options = { variables = { "Customer Name", "Order ID" } }
    assert.same({}, of_rows("+14155550100,Ann,1\n", options))
    assert.same({
      "1:2:Customer Name::the required variable is empty",
      "2:3:Order ID: :the required variable is empty",
    }, of_rows("+14155550100,,1\n+14155550101,Ann, \n+14155550102,Bob,3\n", options))
    assert.same({ "-:1:customer_name:-:the required column 'customer_name' is missing (did you mean 'Customer Name'?)" },
      of_rows("+14155550100,,1\n", { variables = { "customer_name" } }))
    assert.same({ "-:1:City:-:the required column 'City' is missing" },
      of_rows("+14155550100,,1\n", { variables = { "City" } }))
    assert.same({ "1:2:Phone Number::the phone number is empty" },
      of_rows(",Ann,1\n", { variables = { "Phone Number" } }))
  end)

  it("refuses rows with more or fewer fields, and empty rows", function()
    assert.same({
      "1:2:-:-:the row has 2 fields, the header 3",
      "2:3:-:-:the row has 4 fields, the header 3",
      "3:4:-:-:the row is empty",
      "4:5:-:-:the row is empty",
      "6:7:-:-:the row has 1 field, the header 3",
      "7:8:-:-:the row is empty",
    }, of_rows "+14155550100,Ann\n+14155550101,Ann,1,2\n\n, ,\"\"\n+14155550102,Ann,1\n+14155550103\n\n")
  end)

  it("refuses what is not UTF-8, and control characters but tabs and quoted line ends", function()
    assert.same({
      "1:2:Customer Name:J?rg:not UTF-8: save the file as CSV UTF-8",
      "2:3:Order ID:???:not UTF-8: save the file as CSV UTF-8",
      "3:4:Customer Name:a?b:a control character (byte 0)",
      "4:5:Customer Name:?[2J:a control character (byte 27)",
      "5:6:Customer Name:?:a control character (byte 127)",
    }, of_rows("+14155550100,J\246rg,1\n+14155550101,Ann,\237\160\128\n+14155550102,a\0b,1\n+14155550103,\27[2J,1\n"
      .. "+14155550104,\127,1\n+14155550105,a\tb,\195\164\n+14155550106,\"a\r\nb\tc\nd\re\",1\n"))
    assert.same({ "-:1:na?me:na?me:a control character (byte 7)" }, problems "Phone Number,na\7me\n+14155550100,\n")
  end)

  it("shows several malformed rows at once", function()
    local list = of_rows('+14155550100,a "b",1\n+14155550101,"a"b,1\n+14155550102,a,1\n'
      .. '+14155550103,a\rb,1\n+1,a,1\n+14155550104,"Ann,1\n+14155550105,Bob,1\n')
    for i, start in ipairs {
      '1:2:Customer Name:a "b",1:a quote within a field',
      '2:3:Customer Name:"a"b,1:text between a closing quote and',
      "4:5:Customer Name:a:a carriage return (CR)",
      "5:6:Phone Number:+1:'+1' is not E.164",
      '6:7:Customer Name:"Ann,1:the closing quote is missing',
    } do
      assert.equal(start, list[i]:sub(1, #start))
    end
    assert.equal(5, #list)
    local report = report_of(HEADER .. '+14155550100,a "b",1\n+1,a,\0\n+14155550101,"a\nb",1\n+2,a,1')
    assert.same({ 4, 1, 4 }, { report.rows, report.good, report.problem_count })
    assert.equal(6, report.problems[4].line)
  end)

  it("notes one clear problem for another encoding or separator", function()
    local utf16 = HEADER:gsub(".", "%0\0") .. ("+14155550100,Ann,1\n"):gsub(".", "%0\0")
    assert.same({ "-:1:-::the text is UTF-16: save it as CSV UTF-8" }, problems("\255\254" .. utf16))
    assert.same({ "-:1:-::the text is UTF-16: save it as CSV UTF-8" }, problems(utf16))
    for character, name in pairs { [";"] = "semicolons", ["\t"] = "tabs" } do
      local header = ("Phone Number,Name"):gsub(",", character)
      local message = "the columns are separated by " .. name .. ": save it with commas"
      for _, each in ipairs { header, '"' .. header:gsub(character, '"%0"') .. '"' } do
        local report = report_of(each .. "\n+14155550100" .. character .. "Ann, A\n")
        assert.same({ 1, message, 0 }, { report.problem_count, report.problems[1].message, report.rows })
      end
    end
    assert.same({}, problems "Phone Number,a;b;c\n+14155550100,\n")
    local cr = problems "Phone Number,Name\r+14155550100,Ann\r"
    assert.equal(1, #cr)
    assert.matches("^%-:1:%-:Name:a carriage return %(CR%)", cr[1])
  end)

  it("finds numbers that occur again, unless it is not to look for them", function()
    local rows = "+14155550100,Ann,1\n+14155550101,Bob,2\n+14155550100,Ann,3\n\"+14155550101\",\"Bob\",4\n+1,,\n+1,,\n"
    local report = report_of(HEADER .. rows)
    assert.same({ { row = 3, line = 4, value = "+14155550100" }, { row = 4, line = 5, value = "+14155550101" } },
      report.duplicates)
    assert.same({ 2, 2, 4 }, { report.duplicate_count, report.problem_count, report.good })
    report = report_of(HEADER .. rows, { duplicates = false })
    assert.same({ {}, 0 }, { report.duplicates, report.duplicate_count })
  end)

  it("counts all problems and duplicates, and keeps max_problems of each", function()
    local rows = ("+1,,\n"):rep(150) .. ("+14155550100,,\n"):rep(150)
    for max, options in pairs { [100] = {}, [3] = { max_problems = 3 }, [0] = { max_problems = 0 } } do
      local report = report_of(HEADER .. rows, options)
      assert.same({ 150, max, 149, max },
        { report.problem_count, #report.problems, report.duplicate_count, #report.duplicates })
    end
  end)

  it("shortens values, within no character", function()
    local long = "x" .. ("\195\164"):rep(40)
    assert.equal("x" .. ("\195\164"):rep(19) .. "...", report_of("Phone Number\n" .. long).problems[1].value)
  end)

  it("reads a file of any size in pieces, in a memory that does not grow with it", function()
    local lines = { HEADER }
    for i = 1, 20000 do
      lines[i + 1] = ('+1415%07d,%s,%d\n'):format(i, i % 10 == 0 and '"Ann, A"' or "Ann", i)
    end
    place:write("large.csv", table.concat(lines) .. "+1,,\n")
    local peak = 0
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    local opened = assert(contacts.open("contacts", place.directory .. "/large.csv", nil, function()
      collectgarbage()
      peak = math.max(peak, collectgarbage "count")
    end))
    assert.same({ 20001, 20000 }, { opened.report.rows, opened.report.good })
    assert.same({ 20001, 20002 }, { opened.report.problems[1].row, opened.report.problems[1].line })
    assert.is_true(peak > before and peak - before < 400, peak - before) -- KiB
    opened.close()
  end)

  it("reads a list of rows: the phone number, and variables by their names", function()
    local rows = {
      { phone = "+14155550100", ["Customer Name"] = 'Ann "A"', vip = true, n = 5 },
      { phone = "+1234", vip = false, n = 0.5 },
      { n = 1 },
    }
    local report = assert(contacts.check(rows))
    assert.same({ "Phone Number", "Customer Name", "n", "vip" }, report.columns)
    assert.same({ "2:-:Phone Number:+1234:'+1234'" .. NOT_E164, "3:-:Phone Number::the phone number is empty" },
      problems_of(report))
    assert.same({ 3, 1 }, { report.rows, report.good })
    local opened = assert(contacts.open("contacts", rows, { phone = "Mobile" }))
    assert.equal('Mobile,Customer Name,n,vip\r\n+14155550100,"Ann ""A""",5,true\r\n+1234,,0.5,false\r\n,,1,\r\n',
      opened.part.data)
    assert.same({ "-:-:-:-:there are no contacts" }, problems_of(assert(contacts.check {})))
    assert.same({ "-:-:-::column 2 has no name" },
      problems_of(assert(contacts.check { { phone = "+14155550100", [""] = "x" } })))
    assert.same({ { row = 2, value = "+14155550100" } },
      assert(contacts.check { { phone = "+14155550100" }, { phone = "+14155550100" } }).duplicates)
  end)

  it("reads an open file from its start, and leaves it open there", function()
    place:write("open.csv", HEADER .. "+14155550100,Ann,1\n")
    local file = assert(io.open(place.directory .. "/open.csv", "rb"))
    file:seek("set", 20)
    assert.equal(1, assert(contacts.check(file)).good)
    assert.equal(0, file:seek())
    file:close()
  end)

  it("returns an error of the kind contacts for what cannot be read", function()
    os.execute("mkfifo '" .. place.directory .. "/fifo'")
    local function fails(source)
      local report, err = contacts.check(source)
      assert.is_nil(report)
      assert.equal("contacts", err.kind)
      assert.is_false(err.retryable)
      assert.matches("^cannot read the contacts: ", err.message)
      return err.message
    end
    for _, name in ipairs { "", "/none.csv", "/fifo" } do
      assert.is_truthy(fails(place.directory .. name):find(place.directory .. name, 1, true))
    end
    fails ""
    fails "a\0b"
    local directory = io.open(place.directory)
    if directory then
      fails(directory)
      directory:close()
    end
    local pipe = io.popen "echo x"
    fails(pipe)
    pipe:close()
    local written = assert(io.open(place.directory .. "/written.csv", "wb"))
    written:write(HEADER)
    fails(written)
    written:close()
  end)

  it("raises at the caller's line for misuse", function()
    local source = "expected the name of a file, an open file or a list of rows, got a "
    raises(source .. "number", 5)
    raises(source .. "nil")
    local closed = io.tmpfile()
    closed:close()
    raises(source .. "closed file", closed)
    raises("expected a list of rows, got no table at [1]", { phone = "+1" })
    raises("expected a list of rows, got no table at [2]", { { phone = "+1" }, "x" })
    raises("expected a list of rows, got no table at [2]", { {}, nil, {} })
    raises("row 1: x must be a string, a finite number or a boolean, got nan", { { phone = "+1", x = 0 / 0 } })
    raises("row 2: the name of a column must be a string, got 1", { {}, { "x" } })
    raises("row 1: the number is in the field phone, not in 'Phone Number'", { { ["Phone Number"] = "+14155550100" } })
    raises("variables must be a list of the names of columns, got x", { {} }, { variables = setmetatable({ 1 },
      { __tostring = function() return "x" end }) })
    raises("max_problems must be an integer from 0 to 10000, got -1", { {} }, { max_problems = -1 })
    raises("unknown option 'variable' (did you mean variables?); known: duplicates, max_problems, phone, variables",
      { {} }, { variable = {} })
  end)
end)

describe("contacts.open", function()
  local name = place.directory .. "/opened.csv"

  before_each(function()
    place:write("opened.csv", HEADER .. "+14155550100,Ann,1\n")
  end)

  it("returns the file that was checked, at its start, to be sent", function()
    local opened = assert(contacts.open("contacts", name))
    local part = opened.part
    assert.same({ "file", "opened.csv", "text/csv", nil }, { part.name, part.filename, part.type, part.data })
    assert.equal(HEADER .. "+14155550100,Ann,1\n", part.file:read "*a")
    opened.close()
    assert.equal("closed file", io.type(part.file))
    opened.close()
  end)

  it("leaves a handle open", function()
    local file = assert(io.open(name, "rb"))
    local opened = assert(contacts.open("contacts", file))
    assert.same({ file, "contacts.csv" }, { opened.part.file, opened.part.filename })
    opened.close()
    assert.equal("file", io.type(file))
    file:close()
  end)

  it("may yield in pause, and returns an error if the file is closed meanwhile", function()
    place:write("long.csv", HEADER .. ("+14155550100,Ann,1\n"):rep(10000))
    local reading = coroutine.wrap(function()
      return contacts.open("contacts", place.directory .. "/long.csv", nil, coroutine.yield)
    end)
    local opened, yields = reading(), 0
    while not opened do
      opened, yields = reading(), yields + 1
    end
    assert.same({ 10000, 9999, 3 }, { opened.report.rows, opened.report.duplicate_count, yields })
    opened.close()
    local file = assert(io.open(place.directory .. "/long.csv", "rb"))
    local none, err = contacts.open("contacts", file, nil, function()
      file:close()
    end)
    assert.same({ nil, "contacts", "cannot read the contacts: the file was closed" },
      { none, err.kind, err.message })
  end)

  it("raises at the line that the level names", function()
    local function create()
      local opened = contacts.open("contacts", 5, nil, nil, 2)
      return opened
    end
    local _, message = pcall(function()
      create() -- here
    end)
    local line = debug.getinfo(1, "l").currentline - 2
    assert.equal(("spec/contacts_spec.lua:%d: contacts: expected "):format(line), message:match "^.-expected ")
  end)

  it("knows whether the size of the file has changed since", function()
    local opened = assert(contacts.open("contacts", name))
    assert.is_false(contacts.changed(opened))
    assert.equal(0, opened.part.file:seek())
    local file = io.open(name, "ab")
    file:write "+14155550101,Bob,2\n"
    file:close()
    assert.is_true(contacts.changed(opened))
    opened.close()
    assert.is_true(contacts.changed(opened))
    assert.is_false(contacts.changed(assert(contacts.open("contacts", { { phone = "+14155550100" } }))))
  end)
end)

describe("contacts.problem_text", function()
  it("is one line with the first three problems", function()
    local function text(rows)
      local report = report_of(rows)
      assert.equal(report.problem_count + report.duplicate_count == 0, contacts.is_good(report))
      return contacts.problem_text(report)
    end
    assert.equal("the contacts have no problems", text(HEADER .. "+14155550100,Ann,1\n"))
    assert.equal("the contacts cannot be used: the file is empty", text "")
    assert.equal("2 of 4 contacts have problems, 1 of 4 contacts have the phone number of an earlier one: "
      .. "row 2 (line 3), Phone Number: '+1234'" .. NOT_E164 .. "; row 3 (line 4): the row is empty; "
      .. "row 4 (line 5): +14155550100 again", text(HEADER .. "+14155550100,Ann,1\n+1234,,\n\n+14155550100,,\n"))
    assert.equal("4 of 4 contacts have problems: row 1 (line 2): the row is empty; row 2 (line 3): the row is empty; "
      .. "row 3 (line 4): the row is empty; ...", text(HEADER .. "\n\n\n\n"))
    assert.equal("1 of 1 contacts have problems: line 1: there is no column named exactly 'Phone Number'",
      text "Mobile\n+14155550100\n")
    local list = assert(contacts.check { { phone = "x" } })
    assert.equal("1 of 1 contacts have problems: row 1, Phone Number: 'x'" .. NOT_E164, contacts.problem_text(list))
    assert.equal("1 of 1 contacts have problems",
      contacts.problem_text(assert(contacts.check({ { phone = "x" } }, { max_problems = 0 }))))
    assert.is_false(contacts.is_good(list))
  end)
end)
