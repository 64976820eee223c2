-- The sandbox's resources through HTTP: each that lua/sigmamind/resources declares, and what is special of some.

local cjson = require "spec.support.json"
local resources = require "sigmamind.resources"
local server = require "spec.support.server"

local running = server.shared()

local function get(...)
  return running:get(...)
end

--- The decoded body of a page that is there.
local function page_of(path, url)
  local status, body = get(path, nil, url)
  assert.equal(200, status)
  return body
end

--- A wrapper without its rows, and the rows.
local function apart(body)
  local rows = body.data
  body.data = nil
  return body, rows
end

local function ids_of(rows, id)
  local ids = {}
  for i, row in ipairs(rows) do
    ids[i] = row[id]
  end
  return ids
end

--- Every character of an identifier as %XX.
local function escaped(id)
  return (id:gsub(".", function(character)
    return ("%%%02X"):format(character:byte())
  end))
end

--- The numbers of rows by default; 3 of the 15 webhooks are disabled, and these are not listed by default.
local TOTALS = { campaigns = 125, calls = 240, agents = 12, phone_numbers = 8, chats = 60, webhooks = 12 }

for _, declaration in ipairs(resources) do
  local path, id, total = declaration.path, declaration.id, TOTALS[declaration.name]
  local function whole(url)
    return page_of(path .. "?size=1000", url).data
  end

  describe("GET " .. path, function()
    it("has the documented defaults: page 0, size 10", function()
      local wrapper, rows = apart(page_of(path))
      assert.equal(math.min(10, total), #rows)
      assert.same({
        page = 0,
        size = 10,
        totalCount = total,
        totalPages = math.ceil(total / 10),
        hasNext = total > 10,
        hasPrevious = false,
      }, wrapper)
    end)

    it("returns the last page, and an empty one after it", function()
      for page, count in pairs { [total - 1] = 1, [total] = 0 } do
        local wrapper, rows = apart(page_of(("%s?page=%d&size=1"):format(path, page)))
        assert.equal(count, #rows)
        assert.same({
          page = page,
          size = 1,
          totalCount = total,
          totalPages = total,
          hasNext = false,
          hasPrevious = true,
        }, wrapper)
      end
    end)

    it("returns every row once, page by page, with an identifier of its own", function()
      local ids, seen, page = {}, {}, 0
      repeat
        local body = page_of(("%s?size=7&page=%d"):format(path, page))
        for _, row in ipairs(body.data) do
          assert.is_nil(seen[row[id]], row[id])
          seen[row[id]] = true
          ids[#ids + 1] = row[id]
        end
        page = page + 1
      until not body.hasNext
      assert.equal(total, #ids)
      assert.same(ids, ids_of(whole(), id))
    end)

    it("returns rows that depend only on their place in the list", function()
      local less = server.start { [declaration.name] = 5 }
      local first, all = whole(less.url), whole()
      less:stop()
      assert.is_true(#first >= 4, "5, but of the webhooks one is disabled")
      for i, row in ipairs(first) do
        assert.same(all[i], row)
      end
    end)

    it("returns an empty list", function()
      local none = server.start { [declaration.name] = 0 }
      local wrapper, rows = apart(page_of(path, none.url))
      none:stop()
      assert.same({}, rows)
      assert.same({ 0, 0, false }, { wrapper.totalCount, wrapper.totalPages, wrapper.hasNext })
    end)

    for query, message in pairs {
      ["?page=-1"] = "page must be an integer from 0 to 2147483647, got '-1'",
      ["?page=2147483648"] = "page must be an integer from 0 to 2147483647, got '2147483648'",
      ["?page="] = "page must be an integer from 0 to 2147483647, got ''",
      ["?size=0"] = "size must be an integer from 1 to 2147483647, got '0'",
      ["?size=1e2"] = "size must be an integer from 1 to 2147483647, got '1e2'",
    } do
      it("returns 400 with the documented error body for " .. query, function()
        local status, body = get(path .. query)
        assert.same({ 400, "Bad Request", message, path, 400 },
          { status, body.error, body.message, body.path, body.status })
        assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", body.timestamp)
      end)
    end

    it("returns 401 without the key", function()
      assert.equal(401, (get(path, "wrong")))
      assert.equal(401, (get(path .. "/x", "wrong")))
    end)

    it("returns 405 for another method, with Allow", function()
      local of_list = declaration.create and "GET, POST" or "GET"
      local allowed = { [path] = of_list, [path .. "?page=1"] = of_list }
      allowed[path .. "/x"] = declaration.get
          and (declaration.delete and "DELETE, GET" or declaration.update and "GET, PATCH" or "GET")
        or nil
      for each, methods in pairs(allowed) do
        for _, method in ipairs { "POST", "PUT", "PATCH", "DELETE", "OPTIONS" } do
          if not methods:find(method, 1, true) then
            local status, headers, body = running:send(method .. " " .. each, "content-length: 0")
            assert.same({ 405, methods }, { status, headers.allow }, method .. " " .. each)
            assert.equal("Method Not Allowed", cjson.decode(body).error)
          end
        end
      end
    end)

    it("returns 404 for paths that only look like it", function()
      for _, other in ipairs { path .. "x", path .. "/", path .. "/a/b", path:sub(1, -2), path .. "/a/" } do
        local status, body = get(other)
        assert.same({ 404, "Not Found", "unknown path " .. other, other },
          { status, body.error, body.message, body.path })
      end
    end)
  end)

  describe(("GET %s/{%s}"):format(path, id), function()
    if not declaration.get then
      it("is not declared", function()
        local status, body = get(path .. "/" .. escaped(whole()[1][id]))
        assert.equal(404, status)
        assert.matches("^unknown path ", body.message)
      end)
      return
    end

    it("returns the rows of the list", function()
      for _, row in ipairs(whole()) do
        local status, single = get(path .. "/" .. row[id])
        assert.equal(200, status)
        for name, value in pairs(row) do
          assert.same(value, single[name], name)
        end
      end
    end)

    it("decodes the identifier", function()
      local row = whole()[2]
      assert.equal(row[id], select(2, get(path .. "/" .. escaped(row[id])))[id])
    end)

    it("returns 404 with the documented error body for an unknown identifier", function()
      local known = whole()[2][id]
      local changed = known:sub(1, -2) .. (known:sub(-1) == "x" and "y" or "x")
      for _, unknown in ipairs {
        "x", changed, known:lower(), known .. "0", "a%2Fb", "%00", "a+b", "x_y", "x_aaa-aaa-aaa-aaa-", "x_aaaéaaaéaaaé",
      } do
        local status, body = get(path .. "/" .. unknown)
        assert.same({ 404, "Not Found", 404 }, { status, body.error, body.status }, unknown)
        assert.matches(("^there is no %s with the %s '"):format(declaration.title, id), body.message)
      end
      local _, body = get(path .. "/a%2Fb+c")
      assert.matches("'a/b%+c'$", body.message)
      assert.equal(path .. "/a/b+c", body.path)
    end)

    it("returns 404 for a row that the list is too short for", function()
      local last = whole()[total][id]
      local less = server.start { [declaration.name] = 3 }
      assert.equal(404, (get(path .. "/" .. last, nil, less.url)))
      less:stop()
    end)
  end)
end

describe("the status of calls and chats", function()
  it("filters by equality; an unknown one is an empty list, since the accepted ones are not documented", function()
    local known = {
      calls = { "scheduled", "in-progress", "ended", "not-connected", "error" },
      chats = { "in_progress", "ended", "error" },
    }
    for name, statuses in pairs(known) do
      local sum = 0
      for _, status in ipairs(statuses) do
        local body = page_of(("/v1/%s?size=1000&status=%s"):format(name, status))
        assert.is_true(#body.data > 0)
        assert.equal(#body.data, body.totalCount)
        for _, row in ipairs(body.data) do
          assert.equal(status, row.status)
        end
        sum = sum + body.totalCount
      end
      assert.equal(TOTALS[name], sum)
      for _, unknown in ipairs { "Ended", "", "completed" } do
        local body = page_of(("/v1/%s?status=%s"):format(name, unknown))
        assert.same({ 0, 0, false }, { #body.data, body.totalCount, body.hasNext })
      end
    end
  end)
end)

describe("GET /v1/campaigns", function()
  it("returns 400 for a status that is not documented", function()
    local status, body = get "/v1/campaigns?status=ended&page=x"
    assert.same({ 400, "status must be one of live, scheduled, paused, completed, got 'ended'" },
      { status, body.message })
  end)
end)

describe("GET /v1/campaigns/{campaignId}", function()
  it("returns what the drifting list has, and is not counted", function()
    running:list(3, { { request = 1, delete = 1, count = 1 }, { request = 1, insert = 0, count = 1 } })
    local before = running:ids()
    assert.equal(200, (get("/v1/campaigns/" .. before[2])))
    assert.equal(0, select(2, running:ids()))
    page_of "/v1/campaigns"
    local after = running:ids()
    assert.equal(404, (get("/v1/campaigns/" .. before[2])))
    assert.equal(after[1], select(2, get("/v1/campaigns/" .. after[1])).campaignId)
    assert.equal(1, select(2, running:ids()))
    running:list(125)
  end)
end)

describe("GET /v1/webhooks", function()
  local function all(query)
    return page_of("/v1/webhooks?size=1000" .. query).data
  end

  it("returns the active ones by default, or those that active selects", function()
    for query, case in pairs { [""] = { 12, true }, ["&active=true"] = { 12, true }, ["&active=false"] = { 3, false } } do
      local rows = all(query)
      assert.equal(case[1], #rows)
      for _, row in ipairs(rows) do
        assert.equal(case[2], row.active)
      end
    end
  end)

  it("returns those of an agent, of which the disabled ones are hidden too", function()
    local counts = {}
    for _, query in ipairs { "", "&active=false" } do
      for _, row in ipairs(all(query)) do
        local key = query .. "&agentId=" .. row.agentId
        counts[key] = (counts[key] or 0) + 1
      end
    end
    local sum = 0
    for query, count in pairs(counts) do
      local rows = all(query)
      assert.equal(count, #rows)
      for _, row in ipairs(rows) do
        assert.equal(query:match "agentId=(.*)", row.agentId)
        assert.equal(not query:find "false", row.active)
      end
      sum = sum + #rows
    end
    assert.equal(15, sum)
    assert.same({}, all "&agentId=agent_none")
  end)

  it("returns a disabled one by its identifier", function()
    local row = all "&active=false"[1]
    assert.same(row, select(2, get("/v1/webhooks/" .. row.webhookId)))
  end)

  it("returns 400 for an active that is neither true nor false", function()
    for _, value in ipairs { "1", "True", "", "no" } do
      local status, body = get("/v1/webhooks?active=" .. value)
      assert.same({ 400, ("active must be true or false, got '%s'"):format(value) }, { status, body.message })
    end
  end)
end)

describe("GET /v1/chats/{chatId}", function()
  it("returns transcript, messages and dynamicVariables, which the list leaves out", function()
    for _, row in ipairs(page_of("/v1/chats?size=60").data) do
      local _, single = get("/v1/chats/" .. row.chatId)
      for _, name in ipairs { "transcript", "messages", "dynamicVariables" } do
        assert.is_nil(row[name])
        assert.not_nil(single[name])
      end
    end
  end)
end)

describe("the option undocumented_lists", function()
  local paths = { ["/v1/agents"] = 12, ["/v1/phone-numbers"] = 8 }

  local function rows_of(body, form)
    if form == "array" then
      return body
    end
    local wrapper, rows = apart(body)
    assert.same({}, wrapper)
    return rows
  end

  for _, form in ipairs { "bare", "array" } do
    it(form .. " serves all rows without paging, whatever page and size are", function()
      local other = server.start { undocumented_lists = form }
      for path, count in pairs(paths) do
        local usual = page_of(path .. "?size=1000").data
        assert.equal(count, #usual)
        for _, query in ipairs { "", "?page=3&size=2", "?size=1" } do
          assert.same(usual, rows_of(page_of(path .. query, other.url), form))
        end
      end
      assert.equal(240, page_of("/v1/calls", other.url).totalCount)
      assert.equal("agent_D5D0p7TUs66TTAEAx",
        page_of("/v1/agents/agent_D5D0p7TUs66TTAEAx", other.url).agentId)
      other:stop()
    end)
  end
end)

describe("a fault with a path", function()
  it("hits the requests whose paths begin with it", function()
    local function statuses()
      local list = {}
      for i, path in ipairs {
        "/v1/campaigns", "/v1/calls?size=1", "/v1/calls/call_XiQEBcj9cc5TFRB4", "/v1/chats?page=2",
      } do
        list[i] = get(path)
      end
      return table.concat(list, " ")
    end
    for _, case in ipairs {
      { { path = "/v1/calls", times = -1, status = 500 }, "200 500 500 200" },
      { { path = "/v1/calls/", times = -1, status = 500 }, "200 200 500 200" },
      { { path = "/v1/calls", status = 500 }, "200 500 200 200" },
      { { path = "/v1/c", times = 3, status = 500 }, "500 500 500 200" },
      { { path = "/v1/c", page = 2, status = 500 }, "200 200 200 500" },
      { { path = "/v1/chats", request = 2, times = 3, status = 500 }, "200 200 200 500" },
      { { path = "/v1/chats", request = 1, times = 3, status = 500 }, "200 200 200 200" },
      { { path = "/v1/calls?size=1", times = -1, status = 500 }, "200 200 200 200" },
    } do
      running:faults(case[1])
      assert.equal(case[2], statuses())
    end
    running:faults({ path = "/v1/chats", status = 500 }, { status = 404 })
    assert.equal("404 200 200 500", statuses())
  end)

  it("is refused if it is no path", function()
    for _, path in ipairs { 5, "", "v1/calls", true } do
      assert.error_matches(function() running:faults { path = path } end,
        "fault 1: invalid 'path' of a fault: ", 1, true)
    end
  end)

  it("may damage any response", function()
    for _, declaration in ipairs(resources) do
      running:faults { path = declaration.path, body = "{", headers = { ["x-met"] = "yes" } }
      local status, headers, body = running:send("GET " .. declaration.path)
      assert.same({ 200, "yes", "{" }, { status, headers["x-met"], body })
    end
  end)
end)

describe("the options with the numbers of rows", function()
  it("accept large lists, of which a page is made when it is requested", function()
    local large = server.start { calls = 100000, chats = 0 }
    local body = page_of("/v1/calls?page=9999", large.url)
    assert.same({ 10, 100000, false }, { #body.data, body.totalCount, body.hasNext })
    local last = body.data[10]
    assert.same(last, select(2, get("/v1/calls/" .. last.callId, nil, large.url)))
    assert.equal(10000, page_of("/v1/calls?status=error&size=1", large.url).totalCount)
    assert.equal(0, page_of("/v1/chats", large.url).totalCount)
    large:stop()
  end)

  it("differ in their largest values", function()
    local function refuses(options, message)
      assert.error_matches(function() return (server.start(options)) end, message, 1, true)
    end
    for name in pairs(TOTALS) do
      local max = name == "phone_numbers" and 10000 or 1000000
      local message = ("sandbox.start: %s must be an integer from 0 to %d, got "):format(name, max)
      refuses({ [name] = max + 1 }, message)
      refuses({ [name] = -1 }, message)
    end
    refuses({ undocumented_lists = "page" }, "undocumented_lists must be one of wrapper, bare, array, got 'page'")
  end)

  it("allow 10,000 different phone numbers", function()
    local large = server.start { phone_numbers = 10000 }
    local seen, count = {}, 0
    for _, row in ipairs(page_of("/v1/phone-numbers?size=10000", large.url).data) do
      assert.matches("^%+1415555%d%d%d%d$", row.sipPhoneNumber)
      count = count + (seen[row.sipPhoneNumber] and 0 or 1)
      seen[row.sipPhoneNumber] = true
    end
    large:stop()
    assert.equal(10000, count)
  end)
end)

describe("the rows", function()
  it("are the same on every Lua that has lua-http", function()
    local program = [["%s" -e 'require "http.server" require "cjson"' >/dev/null 2>&1 && echo yes]]
    local texts = {}
    for _, lua in ipairs { "luajit", "lua5.1", "lua5.2", "lua5.3", "lua5.4" } do
      local pipe = io.popen("unset LUA_PATH LUA_CPATH; " .. program:format(lua))
      local is_there = pipe:read "*l" == "yes"
      pipe:close()
      if is_there then
        local other, text = server.start { lua = lua }, {}
        for i, declaration in ipairs(resources) do
          text[i] = other:control("GET", declaration.path .. "?size=1000")
        end
        other:stop()
        texts[#texts + 1] = table.concat(text)
      end
    end
    for i = 2, #texts do
      assert.is_true(texts[1] == texts[i])
    end
    assert.is_true(#texts > 0)
  end)
end)
