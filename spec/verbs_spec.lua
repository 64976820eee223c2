-- The verbs of every declared resource, on the sandbox: a walk keeps its contract whatever it lists.

local raises_here = require "spec.support.raises_here"
local resources = require "sigmamind.resources"
local server = require "spec.support.server"

local COUNTS = { campaigns = 57, calls = 61, agents = 43, phone_numbers = 47, chats = 53, webhooks = 49 }

local counts = {}
for name, count in pairs(COUNTS) do
  counts[name] = count
end
local sandbox = server.shared(counts)

--- The ids of rows in order. Raises if one comes twice.
local function ids_of(rows, key)
  local ids, seen = {}, {}
  for i, row in ipairs(rows) do
    ids[i] = row[key]
    assert.is_string(ids[i])
    assert.is_nil(seen[ids[i]], "twice: " .. ids[i])
    seen[ids[i]] = true
  end
  return ids
end

for _, declaration in ipairs(resources) do
  local name, key = declaration.name, declaration.id

  describe("client." .. name, function()
    local client, all

    setup(function()
      client = sandbox:client { prefetch = 0 }
      all = ids_of(assert(client[name]:list():totable()), key)
    end)

    teardown(function()
      client:close()
    end)

    it("lists every row once, in one order, with any page size and prefetch", function()
      assert.is_true(#all > 20)
      for _, prefetch in ipairs { 0, 4 } do
        for _, size in ipairs { 1, 7, 100 } do
          local rows = assert(client[name]:list({ size = size, prefetch = prefetch }):totable())
          assert.same(all, ids_of(rows, key))
        end
      end
    end)

    it("may be called on its client, and only on that", function()
      local count = 0
      for row in client[name](client, { limit = 3 }) do
        count = count + 1
        assert.equal(all[count], row[key])
      end
      assert.equal(3, count)
      raises_here(("client.%s must be called with a colon: client:%s("):format(name, name), function()
        client[name] { limit = 3 }
      end)
      local other = sandbox:client()
      raises_here("must be called with a colon", function() client[name](other) end)
      other:close()
    end)

    it("has pages, with all rows in the same order", function()
      local rows, pager = {}, client[name]:pages { size = 9 }
      local page = assert(pager:next())
      while page do
        for _, row in ipairs(page.data) do
          rows[#rows + 1] = row
        end
        page = pager:next()
      end
      assert.same(all, ids_of(rows, key))
      local second = assert(client[name]:page { page = 1, size = 9 })
      assert.equal(all[10], second:next()[key])
    end)

    it("selects and filters in the decoder", function()
      local wanted = all[5]
      local rows = assert(client[name]:list({ where = { [key] = wanted }, select = { key } }):totable())
      assert.same({ { [key] = wanted } }, rows)
    end)

    it("resumes after any row, in another client", function()
      local rows = client[name]:list { size = 6 }
      for i = 1, 13 do
        assert.equal(all[i], assert(rows:next())[key])
      end
      local other = sandbox:client()
      local rest = assert(other[name]:list({ size = 6, resume = rows:token() }):totable())
      assert.equal(all[14], rest[1][key])
      assert.equal(#all - 13, #rest)
      other:close()
    end)

    it("is verified by a second pass", function()
      local rows = client[name]:list { size = 20, verify = true }
      assert.equal(#all, assert(rows:count()))
      assert.is_true(rows:report().consistent)
    end)

    it("loses and repeats no row that stays while others come and go", function()
      for _, prefetch in ipairs { 0, 4 } do
        local other = server.start(counts)
        local mine = other:client { prefetch = prefetch }
        other:list(nil, {
          { request = 2, delete = 0, count = 3 }, { request = 3, insert = 0, count = 2 },
          { request = 5, delete = 10, count = 4 }, { request = 6, insert = 0, count = 5 },
        }, name)
        local found = {}
        for _, id in ipairs(ids_of(assert(mine[name]:list({ size = 6 }):totable()), key)) do
          found[id] = true
        end
        for _, id in ipairs(ids_of(assert(mine[name]:list():totable()), key)) do
          local is_old = false
          for _, known in ipairs(all) do
            is_old = is_old or known == id
          end
          assert.is_true(found[id] or not is_old, id)
        end
        mine:close()
        other:stop()
      end
    end)

    it("loses and repeats no row where the server fails", function()
      for _, fault in ipairs { { status = 503 }, { reset = true }, { cut = 40 }, { body = "{" } } do
        local rows, found = client[name]:list { size = 8 }, {}
        for i = 1, 20 do
          found[i] = assert(rows:next())
        end
        fault.times = 3
        sandbox:faults(fault)
        local row, err
        repeat
          row, err = rows:next()
          found[#found + 1] = row
        until not row and not err
        assert.same(all, ids_of(found, key))
        sandbox:clear()
      end
    end)

    it("sends its arguments, and refuses others", function()
      raises_here(name .. ":list: unknown option 'nosuch'", function() client[name]:list { nosuch = 1 } end)
      raises_here(name .. ":page: unknown option 'nosuch'", function() client[name]:page { nosuch = 1 } end)
      raises_here(name .. ":pages: unknown option 'limit'", function() client[name]:pages { limit = 1 } end)
      raises_here(name .. ":list: timeout must be a number of seconds", function()
        client[name]:list({}, { timeout = "1" })
      end)
      raises_here(name .. ":list: unknown option 'retries'", function() client[name]:list(nil, { retries = 1 }) end)
      for argument, rule in pairs(declaration.list) do
        local value = rule.values and rule.values[1] or "x"
        if rule.type == "boolean" then
          value = false
        end
        sandbox:clear()
        assert(client[name]:page { [argument] = value })
        assert.equal(("%s?%s=%s"):format(declaration.path, argument, tostring(value)), sandbox:log()[1].path)
      end
    end)

    it("takes options of one operation", function()
      sandbox:faults { status = 503, times = -1 }
      local _, err = client[name]:page({}, { attempts = 1 })
      assert.equal(1, #err.attempts)
      _, err = client[name]:list({}, { attempts = 1 }):next()
      assert.equal(1, #err.attempts)
      _, err = client[name]:pages({}, { attempts = 1 }):next()
      assert.equal(1, #err.attempts)
      _, err = client[name]:list({}, { deadline = 0.001 }):next()
      assert.is_truthy(err)
      sandbox:clear()
      assert(client[name]:page({}, { headers = { ["User-Agent"] = "mine" } }))
      assert.equal("mine", sandbox:log()[1].userAgent)
    end)

    if declaration.get then
      it("gets a row by its id", function()
        local row = assert(client[name]:get(all[7]))
        assert.equal(all[7], row[key])
        for _, field in ipairs { "name", "status" } do
          assert.equal(client[name]:list({ where = { [key] = all[7] } }):next()[field], row[field])
        end
      end)

      it("says of an unknown id what to check, and escapes it", function()
        sandbox:clear()
        local row, err = client[name]:get "a/b ?é"
        assert.is_nil(row)
        assert.equal(404, err.status)
        assert.equal(("check the id, or base_url; %s:list shows the ids"):format(name), err.hint)
        assert.equal(declaration.path .. "/a%2Fb%20%3F%C3%A9", sandbox:log()[1].path)
        assert.is_nil(err.outcome)
        for _, id in ipairs { "", ".", "..", 7, {}, false } do
          raises_here(name .. ":get: id must be the id of a row", function() client[name]:get(id) end)
        end
        raises_here(name .. ":get: id must be the id of a row", function() client[name]:get() end)
      end)

      it("reads an object whatever its Content-Type", function()
        sandbox:faults { body = ('{"%s":"x"}'):format(key), content_type = "text/plain" }
        assert.equal("x", assert(client[name]:get(all[1]))[key])
      end)

      it("refuses a body that is not an object", function()
        for _, body in ipairs { "[]", "null", '"x"', "7" } do
          sandbox:faults { body = body }
          local row, err = client[name]:get(all[1])
          assert.is_nil(row)
          assert.equal("protocol", err.kind)
        end
      end)
    else
      it("has no get", function()
        raises_here(("sigmamind.%s has no 'get'; its methods are list, page, pages"):format(name), function()
          client[name]:get(all[1])
        end)
      end)
    end
  end)
end

describe("a listing whose paging is not documented", function()
  for _, how in ipairs { "bare", "array" } do
    it("is read whole where the server sends it at once, as " .. how, function()
      local other = server.start { agents = 43, phone_numbers = 47, undocumented_lists = how }
      local client = other:client()
      for name, count in pairs { agents = 43, phone_numbers = 47 } do
        for _, size in ipairs { 10, 43, 100 } do
          local rows = client[name]:list { size = size }
          assert.equal(count, assert(rows:count()))
        end
        local first = client[name]:list { size = 10 }
        local id = name == "agents" and "agentId" or "sipPhoneNumber"
        local rows = assert(client[name]:list():totable())
        for _ = 1, 30 do
          assert(first:next())
        end
        local rest = client[name]:list { size = 10, resume = first:token() }
        assert.equal(rows[31][id], rest:next()[id])
        assert.equal(count - 31, rest:count())
      end
      client:close()
      other:stop()
    end)
  end

  it("is not cut short where a page has fewer rows than were requested", function()
    local client = sandbox:client()
    local things = client:collection { path = "/v1/campaigns", id = "campaignId", list = {}, paging = "unknown" }
    sandbox:faults(
      { page = 0, body = '{"data":[{"campaignId":"a"},{"campaignId":"b"}]}' },
      { page = 1, body = '{"data":[{"campaignId":"c"}]}' },
      { page = 2, body = '{"data":[]}' }
    )
    assert.equal(3, assert(things:list():count()))
    sandbox:faults({ page = 0, body = '[{"name":"without an id"}]' })
    local _, err = things:list():next()
    assert.equal("protocol", err.kind)
    client:close()
  end)
end)

describe("tokens", function()
  it("differ by every argument of the query", function()
    local client = sandbox:client()
    local tokens = {}
    for _, agent in ipairs { "agent_1", "agent_2" } do
      tokens[#tokens + 1] = client.webhooks:list({ agentId = agent }):token()
    end
    tokens[#tokens + 1] = client.webhooks:list({ active = false }):token()
    tokens[#tokens + 1] = client.webhooks:list({ active = true }):token()
    tokens[#tokens + 1] = client.webhooks:list():token()
    tokens[#tokens + 1] = client.calls:list():token()
    local seen = {}
    for _, token in ipairs(tokens) do
      assert.is_nil(seen[token])
      seen[token] = true
    end
    local row, err = client.webhooks:list({ agentId = "agent_2", resume = tokens[1] }):next()
    assert.is_nil(row)
    assert.equal("config", err.kind)
    client:close()
  end)

  it("are equal for equal conditions in another order", function()
    local client = sandbox:client()
    local one = client.calls:list():where({ duration = { ge = 3 } }):where { duration = { ge = 5 } }
    local other = client.calls:list():where({ duration = { ge = 5 } }):where { duration = { ge = 3 } }
    assert.equal(one:token(), other:token())
    client:close()
  end)
end)

describe("options of one operation", function()
  it("may be changed by the caller while a walk runs", function()
    local client = sandbox:client { prefetch = 0 }
    local own = { headers = { ["User-Agent"] = "mine" } }
    local rows = client.campaigns:list({ size = 10 }, own)
    assert(rows:next())
    own.headers["X-API-Key"], own.headers["User-Agent"] = "another", "other"
    own.headers = { ["bad name"] = "x" }
    assert.equal(56, rows:count())
    for _, each in ipairs(sandbox:log()) do
      assert.equal("mine", each.userAgent)
      assert.equal("right", each.key)
    end
    client:close()
  end)
end)

describe("a page of a documented listing", function()
  it("is no bare array", function()
    local client = sandbox:client { attempts = 1 }
    sandbox:faults { body = " []" }
    local _, err = client.campaigns:page()
    assert.equal("protocol", err.kind)
    sandbox:faults { body = " []" }
    assert.is_truthy(client.agents:page())
    client:close()
  end)
end)

describe("verify", function()
  it("fails where rows have no ids, instead of returning them again and again", function()
    local client = sandbox:client()
    local things = client:collection { path = "/v1/webhooks", id = "nope", list = {} }
    local rows, err = things:list({ verify = true }):totable()
    assert.is_nil(rows)
    assert.equal("protocol", err.kind)
    assert.matches("no row of the page has nope", err.message)
    client:close()
  end)
end)

describe("client:collection", function()
  local client

  before_each(function()
    client = sandbox:client()
  end)

  after_each(function()
    client:close()
  end)

  it("lists and gets what is not declared", function()
    local hooks = client:collection {
      path = "/v1/webhooks", id = "webhookId", list = { agentId = "string", active = "boolean" }, get = true,
    }
    local row = assert(hooks:list({ active = false }):next())
    assert.equal(row.webhookId, assert(hooks:get(row.webhookId)).webhookId)
    raises_here("webhooks:list: agentId must be a string, got 7", function() hooks:list { agentId = 7 } end)
    raises_here("sigmamind.webhooks has no 'create'", function() hooks:create() end)
  end)

  it("takes no argument of the API with the name of one of its own", function()
    local things = client:collection { path = "/v1/webhooks", id = "webhookId", list = {} }
    for _, verb in ipairs { "list", "page", "pages" } do
      local known = select(2, pcall(things[verb], things, { nosuch = 1 })):match "known: (.*)$"
      for name in known:gmatch "[%w_]+" do
        raises_here("list cannot have the argument '" .. name .. "'", function()
          client:collection { path = "/v1/webhooks", id = "webhookId", list = { [name] = "string" } }
        end)
      end
    end
  end)

  it("leaves nothing behind", function()
    local function make(count)
      for _ = 1, count do
        client:collection { path = "/v1/webhooks", id = "webhookId", list = {}, get = true }
      end
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local before = make(100)
    assert.is_true(make(2000) < before + 500) -- KiB
  end)

  it("refuses a declaration that is not one", function()
    raises_here("client:collection: expected a table of properties, got a string", function()
      client:collection "/v1/webhooks"
    end)
    raises_here("id is missing", function() client:collection { path = "/v1/webhooks" } end)
    for _, path in ipairs { "webhooks", "/v1/../admin", "/v1/%2e%2e/admin", "/a?b=c" } do
      raises_here("path must be a path like '/v1/calls'", function() client:collection { path = path, id = "x" } end)
    end
  end)
end)
