-- The declared resources: each is complete, and that of campaigns has what its documentation shows.

local resource = require "sigmamind.resource"
local resources = require "sigmamind.resources"

--- Calls visit(fields, path) for each list of fields: that of the row, and those of its objects.
local function each_list(declaration, visit)
  visit(declaration.row, declaration.name)
  resource.each_field(declaration.row, function(path, field)
    if field.fields then
      visit(field.fields, declaration.name .. ": " .. path)
    end
  end)
end

--- The fields of a row by path.
local function by_path(declaration)
  local fields = {}
  resource.each_field(declaration.row, function(path, field)
    fields[path] = field
  end)
  return fields
end

describe("the resources", function()
  it("are those of the documentation, in its order", function()
    local requests = {}
    for i, each in ipairs(resources) do
      requests[i] = ("%s %s %s %s"):format(each.name, each.path, each.id, tostring(each.get))
    end
    assert.same({
      "campaigns /v1/campaigns campaignId true",
      "calls /v1/calls callId true",
      "agents /v1/agents agentId true",
      "phone_numbers /v1/phone-numbers sipPhoneNumber false",
      "chats /v1/chats chatId true",
      "webhooks /v1/webhooks webhookId true",
    }, requests)
  end)

  for _, declaration in ipairs(resources) do
    describe(declaration.name, function()
      it("has each field once, with a title and a sentence on what a row is", function()
        each_list(declaration, function(fields, where)
          local seen = {}
          for _, field in ipairs(fields) do
            assert(not seen[field.name], where .. " has twice " .. field.name)
            seen[field.name] = true
          end
          assert(#fields > 0, where .. " has no fields")
        end)
        assert.matches("^%l[%l ]+$", declaration.title)
        assert.matches("^an? .*[^.]$", declaration.doc)
      end)

      it("has its id among its fields, as a string", function()
        assert.equal("string", by_path(declaration)[declaration.id].type)
      end)

      it("has columns that are paths of values, the id first", function()
        local is_leaf = {}
        for _, path in ipairs(resource.leaf_paths(declaration)) do
          is_leaf[path] = true
        end
        for _, path in ipairs(declaration.columns) do
          assert(is_leaf[path], path)
        end
        assert.equal(declaration.id, declaration.columns[1])
      end)

      it("has fields in objects and arrays alone, and documented values that are different strings", function()
        resource.each_field(declaration.row, function(path, field)
          assert(not field.fields or field.type == "object" or field.type == "array", path)
          assert(not field.of or field.type == "array" and not field.fields, path)
          assert(not field.values or field.type == "string", path)
          local seen = {}
          for _, value in ipairs(field.values or {}) do
            assert.equal("string", type(value), path)
            assert(not seen[value], path .. " has twice " .. value)
            seen[value] = true
          end
        end)
      end)
    end)
  end
end)

-- As on the page "List Campaigns".
describe("campaigns", function()
  local campaigns = require "sigmamind.resources.campaigns"

  it("have the documented fields with their types, in the documented order", function()
    local types = {}
    resource.each_field(campaigns.row, function(path, field)
      types[#types + 1] = path .. " " .. field.type .. (field.of and " of " .. field.of or "")
    end)
    assert.same({
      "campaignId string",
      "campaignName string",
      "campaignStatus string",
      "scheduledDate string",
      "concurrentCalls integer",
      "agent object",
      "agent.name string",
      "agent.agentId string",
      "agent.status string",
      "phoneNumber object",
      "phoneNumber.sipPhoneNumber string",
      "phoneNumber.provider string",
      "phoneNumber.inboundAgentId string",
      "phoneNumber.outboundAgentId string",
      "phoneNumber.outboundPhoneNumber string",
      "phoneNumber.active boolean",
      "phoneNumber.terminationSipURI string",
      "phoneNumber.friendlyName string",
      "errors array of string",
      "scheduled boolean",
    }, types)
  end)

  it("have the documented status, as an argument and as a field", function()
    local status = { "live", "scheduled", "paused", "completed" }
    assert.same(status, campaigns.list.status.values)
    assert.same(status, by_path(campaigns).campaignStatus.values)
    assert.is_nil(next(campaigns.list, next(campaigns.list)))
  end)
end)
