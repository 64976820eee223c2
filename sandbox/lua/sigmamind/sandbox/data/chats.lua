--- sandbox.data.chats: generates chats in every state.

local generator = require "sigmamind.sandbox.data.generator"
local json = require "sigmamind.sandbox.json"
local shapes = require "sigmamind.sandbox.data.shapes"

local chats = {}

local SALT = 4000037
local STATUSES = { "ended", "in_progress", "ended", "error" }
local TURNS_MAX = 24

---@param number integer from 1
---@return string
local function status_of(number)
  local zero_based = number - 1
  return STATUSES[(zero_based + math.floor(zero_based / 4)) % 4 + 1]
end

chats.filters = { status = status_of }

--- The items of a conversation; a text of several lines becomes several contents.
local function items_of(turns, pick)
  local items = {}
  for i, turn in ipairs(turns) do
    local content = {}
    for line in turn.text:gmatch "[^\n]+" do
      content[#content + 1] = line
    end
    items[i] = {
      id = generator.identifier("item_", i, pick),
      role = turn.role,
      type = "message",
      content = pick(30) > 1 and content or {},
    }
  end
  return items
end

---@param number integer from 1
---@return table
function chats.row(number)
  local pick = generator.new(number + SALT)
  local status = status_of(number)
  local day = generator.day(pick)
  local turns = shapes.conversation(pick, pick(TURNS_MAX))
  local messages = items_of(turns, pick)
  local last = messages[#messages]
  return {
    chatId = generator.identifier("chat_", number, pick),
    createdAt = generator.time(day, pick(86400) - 1),
    status = status,
    response = status ~= "error" and last.role == "agent" and { last } or {},
    agent = shapes.AGENTS[number == 1 and 1 or pick(#shapes.AGENTS)],
    transcript = status == "in_progress" and json.null or shapes.transcript(turns),
    messages = messages,
    dynamicVariables = shapes.variables(pick),
  }
end

return chats
