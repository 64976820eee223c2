-- CSV by RFC 4180: what is written reads back, in pieces of any size.

local csv = require "sigmamind.csv"
local is_utf8 = require "sigmamind.is_utf8"

--- Reads a text that is fed in the given pieces. Returns the rows as "LINE:[CELL][CELL]", faults as
--- "LINE:COLUMN:TEXT:MESSAGE".
local function read_pieces(pieces)
  local reader, got = csv.reader(is_utf8), {}
  for i = 1, #pieces + 1 do
    reader:feed(pieces[i])
    local cells, fault = reader:row()
    while cells or fault do
      got[#got + 1] = reader.line .. ":" .. (cells and "[" .. table.concat(cells, "][") .. "]"
        or ("%s:%s:%s"):format(tostring(fault.column), fault.text, fault.message))
      cells, fault = reader:row()
    end
  end
  return got, reader
end

--- The text in two pieces, for each place to cut it, and byte by byte.
local function read(text)
  local got, reader = read_pieces { text }
  local bytes = {}
  for i = 1, #text do
    bytes[i] = text:sub(i, i)
    local again, other = read_pieces { text:sub(1, i), text:sub(i + 1) }
    assert.same(got, again, "cut after byte " .. i)
    assert.equal(reader.has_bom, other.has_bom)
  end
  assert.same(got, (read_pieces(bytes)), "byte by byte")
  return got, reader
end

--- Expects a row and then its first fault, up to the first colon of its message.
local function faulty(text, place, words)
  local got = read(text)
  assert.equal(place, got[1]:sub(1, #place))
  assert.is_truthy(got[1]:find(words, 1, true), got[1])
  return got
end

describe("a reader of CSV", function()
  it("reads the documented sample, with LF and with CRLF, with and without the last line end", function()
    local expected = { "1:[Phone Number][Customer Name][Order ID]", "2:[+14155550100][Ann][7]" }
    for _, ending in ipairs { "\n", "\r\n" } do
      local text = "Phone Number,Customer Name,Order ID" .. ending .. "+14155550100,Ann,7"
      assert.same(expected, (read(text)))
      assert.same(expected, (read(text .. ending)))
    end
  end)

  it("reads quoted fields: commas, quotes and line ends, which count as lines of the text", function()
    assert.same({ "1:[a,b][c\"d\"][]", "2:[x\r\ny\nz][\"]", "5:[last][]" }, (read(
      '"a,b","c""d""",""\r\n"x\r\ny\nz",""""\n"last",'
    )))
  end)

  it("reads empty lines and fields", function()
    assert.same({ "1:[]", "2:[][]", "3:[]" }, (read "\n,\r\n\r\n"))
    assert.same({}, (read ""))
  end)

  it("leaves out the byte order mark of UTF-8 at the start only", function()
    local got, reader = read "\239\187\191a\n\239\187\191b\n"
    assert.same({ "1:[a]", "2:[\239\187\191b]" }, got)
    assert.is_true(reader.has_bom)
    got, reader = read "\239\187\191"
    assert.same({ {}, true }, { got, reader.has_bom })
    assert.is_false(select(2, read "ab\n").has_bom)
  end)

  it("returns one fault for UTF-16 in both orders, with and without a mark", function()
    for _, text in ipairs { "\255\254a\0\n\0b\0", "\254\255\0a\0\n\0b", "a\0\n\0b\0", "\0a\0\n\0b" } do
      local got, reader = read(text)
      assert.equal(1, #got)
      assert.matches("UTF%-16", got[1])
      assert.is_true(reader.is_utf16)
    end
  end)

  it("returns a fault for malformed quotes, with the field, and goes on with the next line", function()
    local got = faulty('a,b "c",d\nx\n', '1:2:b "c",d:', "a quote within a field")
    assert.same({ "2:[x]", 2 }, { got[2], #got })
    got = faulty('a,"b"c,d\r\nx\n', '1:2:"b"c,d:', "text between a closing quote")
    assert.same({ "2:[x]", 2 }, { got[2], #got })
    got = faulty('a,"b\nx\ny', '1:2:"b:', "the closing quote is missing")
    assert.same({ "2:[x]", "3:[y]", 3 }, { got[2], got[3], #got })
    got = faulty('a,"b\n"x",1\ny\n', '1:2:"b:', "text between a closing quote")
    assert.same({ "2:[x][1]", "3:[y]", 3 }, { got[2], got[3], #got })
  end)

  it("returns a fault for a carriage return alone, unless it is quoted", function()
    local got = faulty("a,b\rc\nx\n", "1:2:b:", "CR")
    assert.same({ "2:[x]", 2 }, { got[2], #got })
    faulty("a\r", "1:1:a:", "CR")
    faulty('"a"\rb', '1:1:"a":', "CR")
    assert.same({ "1:[a\rb]" }, (read '"a\rb"\n'))
  end)

  it("limits a row to 64 KiB, wherever the pieces end", function()
    local just = ("x"):rep(65535)
    local closed = '"' .. ("y\n"):rep(40000) .. '"\nz\n'
    for _, size in ipairs { 1000, 65535, 65536, 65537, 1000000 } do
      local function read_in_pieces(text)
        local pieces = {}
        for at = 1, #text, size do
          pieces[#pieces + 1] = text:sub(at, at + size - 1)
        end
        return (read_pieces(pieces))
      end
      assert.same({ "1:[" .. just .. "]", "2:[a]" }, read_in_pieces(just .. "\na\n"))
      for _, text in ipairs { just .. "x\na\n", just .. "\r\na\n", just .. just .. just .. 'b"\na' } do
        local got = read_in_pieces(text)
        assert.same({ "2:[a]", 2 }, { got[2], #got })
        assert.matches("^1:nil:" .. ("x"):rep(80) .. ":the row is longer than 64 KiB", got[1])
      end
      local got = read_in_pieces(closed)
      assert.matches('^1:nil:"y:the row is longer than 64 KiB', got[1])
      assert.same({ "2:[y]", "40000:[y]" }, { got[2], got[40000] })
      assert.matches('^40001:1:"', got[40001]:gsub("\n.*", ""))
    end
  end)

  it("keeps no more than a row and a piece of a text without line ends", function()
    local reader = csv.reader(is_utf8)
    local piece = ("x"):rep(10000)
    for _ = 1, 100 do
      reader:feed(piece)
      reader:row()
    end
    assert.is_true(#reader.text <= 75536)
    reader:feed "\nlast"
    reader:feed(nil)
    assert.same({ "last" }, reader:row())
    assert.equal(2, reader.line)
  end)

  it("reads what matches a pattern, whole lines of UTF-8 only", function()
    local reader = csv.reader(is_utf8)
    reader:feed "h\nab,1\ncd,2\n\255,3\nef,4"
    assert.same({ "h" }, reader:row())
    assert.same({ "ab", 2 }, { reader:plain "^([^,\n]*),%d\r?\n", reader.line })
    assert.is_nil((reader:plain "^(x),%d\r?\n"))
    assert.same({ "cd", 3 }, { reader:plain "^([^,\n]*),%d\r?\n", reader.line })
    assert.is_nil((reader:plain "^([^,\n]*),%d\r?\n"))
    assert.same({ "\255", "3" }, reader:row())
    assert.is_nil((reader:plain "^([^,\n]*),%d\r?\n"))
    reader:feed "2\n"
    assert.same({ "ef", 5 }, { reader:plain "^([^,\n]*),%d+\r?\n", reader.line })
    local long = ("x"):rep(65535)
    reader:feed(long .. "\n" .. long .. "x\n")
    assert.equal(long, (reader:plain "^(x*)\n"))
    assert.is_nil((reader:plain "^(x*)\n"))
  end)
end)

describe("is_utf8", function()
  it("follows RFC 3629", function()
    for _, text in ipairs { "", "a", "\194\128", "\223\191", "\224\160\128", "\237\159\191", "\238\128\128",
      "\240\144\128\128", "\244\143\191\191" } do
      assert.is_true(is_utf8(text))
    end
    for _, text in ipairs { "\128", "\192\128", "\193\191", "\224\159\191", "\237\160\128", "\237\191\191",
      "\240\143\191\191", "\244\144\128\128", "\245\128\128\128", "\255", "\194", "\226\130", "\194a" } do
      assert.is_false(is_utf8(text))
    end
  end)
end)

describe("csv.line", function()
  it("quotes what needs it, and nothing else", function()
    assert.equal('a,"b,c","d""e","f\ng","h\ri", =j,\r\n', csv.line { "a", "b,c", 'd"e', "f\ng", "h\ri", " =j", "" })
  end)

  it("writes what the reader reads, for random cells", function()
    local parts = { "a", ",", '"', "\n", "\r", "\r\n", " ", "\195\164", "" }
    local seed = 7
    local function random(count)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 65536) % count + 1
    end
    for _ = 1, 200 do
      local lines, rows = {}, {}
      for row = 1, 3 do
        rows[row] = { "x" }
        for column = 1, random(4) do
          local cell = {}
          for part = 1, random(6) do
            cell[part] = parts[random(#parts)]
          end
          rows[row][column] = table.concat(cell)
        end
        lines[row] = csv.line(rows[row])
      end
      local text, reader, got = table.concat(lines), csv.reader(is_utf8), {}
      local at = random(#text)
      for _, piece in ipairs { text:sub(1, at), text:sub(at + 1), false } do
        reader:feed(piece or nil)
        local cells = reader:row()
        while cells do
          got[#got + 1] = cells
          cells = reader:row()
        end
      end
      assert.same(rows, got)
    end
  end)
end)
