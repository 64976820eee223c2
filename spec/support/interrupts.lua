-- Errors that a hook raises during a walk, as a time limit or Ctrl-C would.

local interrupts = {}

--- Whether a line is the last statement of a function that returns a row or page. An error there, after the
--- assignment that counts the row as read, loses it, as the reference documents.
local function gives(file, number)
  local at = 0
  for line in io.lines(file) do
    at = at + 1
    if at == number then
      return line:match "^%s*return %l+$" ~= nil
    end
  end
end

local known = {} -- by file and line

local function is_last(info)
  local file = info.source:match "^@(.*)" or info.source
  local place = file .. ":" .. info.currentline
  if known[place] == nil then
    known[place] = file:find "/stream.lua$" or file:find "/pager.lua$" or false
    known[place] = known[place] and gives(file, info.currentline)
  end
  return known[place]
end

--- Whether code is the library's: its Lua files, and the functions that it compiles to build objects.
local function is_ours(source)
  return source:find("lua/sigmamind/", 1, true) or source == "=sigmamind.object"
end

--- Calls action() with a hook that raises at the `place`-th instruction of the library. Returns the results of
--- pcall, and the number of instructions. LuaJIT's compiler must be off, because compiled code calls no hooks.
function interrupts.at(place, action)
  local count = 0
  debug.sethook(function()
    local info = debug.getinfo(2, "Sl")
    if is_ours(info.source) then
      count = count + 1
      if count >= place and not is_last(info) then
        debug.sethook()
        error("interrupted", 0)
      end
    end
  end, "", 1)
  local ok, err = pcall(action)
  debug.sethook()
  return ok, err, count
end

local half_read = setmetatable({}, { __mode = "k" }) -- by pager: the page in which it was interrupted

--- Readers: each reads a stream or pager to its end or an interrupt, and appends the ids to a list.
interrupts.readers = {
  next = function(stream, ids)
    local row, err = stream:next()
    while row do
      ids[#ids + 1] = row.campaignId
      row, err = stream:next()
    end
    assert(not err or err.kind == "closed", err) -- "closed": interrupted after it returned the end
  end,
  ["for"] = function(stream, ids)
    for row in stream do
      ids[#ids + 1] = row.campaignId
    end
  end,
  totable = function(stream, ids)
    local rows = assert(stream:totable())
    for i, row in ipairs(rows) do
      ids[i] = row.campaignId
    end
  end,
  json = function(stream, ids)
    local text = stream:next()
    while text do
      ids[#ids + 1] = text:match '"campaignId": ?"([^"]+)"'
      text = assert(stream:next() or "")
      text = text ~= "" and text or nil
    end
  end,
  pages = function(pager, ids)
    local page, err = half_read[pager], nil
    if not page then
      page, err = pager:next()
    end
    while page do
      half_read[pager] = page
      local row = page:next()
      while row do
        ids[#ids + 1] = row.campaignId
        row = page:next()
      end
      half_read[pager] = nil
      page, err = pager:next()
    end
    assert(not err, err)
  end,
}

return interrupts
