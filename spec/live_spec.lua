-- torture/live.lua, which compares an account's lists with the declarations: against the sandbox, and against a
-- server that differs.

local interpreter = require "spec.support.interpreter"
local server = require "spec.support.server"

local sandbox = server.shared()

local function run()
  return interpreter.run("torture/live.lua", sandbox:environment())
end

describe("make live", function()
  it("finds nothing to say of the sandbox", function()
    local output, ok = run()
    assert.equal("campaigns: 100 rows, as declared\ncalls: 100 rows, as declared\nagents: 12 rows, as declared\n"
      .. "phone_numbers: 8 rows, as declared\nchats: 60 rows, as declared\nwebhooks: 12 rows, as declared\n", output)
    assert.is_true(ok)
    for _, each in ipairs(sandbox:log()) do
      assert.equal("GET", each.method)
    end
    assert.equal(6, #sandbox:log())
  end)

  it("names unknown and missing fields, types and values, and no other content of a row", function()
    sandbox:faults({ path = "/v1/webhooks", body = [[{"data":[
      {"webhookId":"wh_private","name":null,"agentId":7,"active":"yes","events":"x","url":"https://private/","new":{"a":1}},
      {"webhookId":"wh_b","name":"n","agentId":"a","active":true,"events":[1],"url":"u","new":"x","workspaceId":"o"}
    ]}]] }, { path = "/v1/chats", body = [[{"data":[{"chatId":"c","createdAt":"t","status":"on \u001bhold",
      "response":[{"id":"i","role":7,"type":"t","content":["c"],"more":1}],"agent":{"name":"n"}}],"page":0,"size":100,
      "totalCount":1,"totalPages":1,"hasNext":false,"hasPrevious":false}]] }, { path = "/v1/agents", status = 400 })
    local output, ok = run()
    assert.is_false(ok)
    assert.matches("agents: sigmamind: http: .*status 400", output)
    assert.is_truthy(output:find([[
webhooks: 2 rows, different:
  active: string, declared as boolean (1 of 2 rows)
  agentId: integer, declared as string (1 of 2 rows)
  events[]: integer, declared as string (1 of 2 rows)
  name: null, declared as string (1 of 2 rows)
  new: object, not declared (1 of 2 rows)
  new: string, not declared (1 of 2 rows)
  in no row: secret
  the page lacks page, size, totalCount, totalPages, hasNext, hasPrevious
]], 1, true), output)
    assert.is_truthy(output:find([[
chats: 1 rows, different:
  response[].more: integer, not declared (1 of 1 rows)
  response[].role: integer, declared as string (1 of 1 rows)
  status: the undocumented value "on ?hold" (1 of 1 rows)
]], 1, true), output)
    assert.is_nil(output:find("private", 1, true))
  end)
end)
