-- What the decoder is measured over: what the API answers, and every other kind of JSON, from 100
-- bytes to 10 MB.
--
--   for input in inputs(parts, small) do
--     print(input.name, #input.text, input.page) -- the last: whether it is a page of a listing
--   end

local agents = require "bench.support.agents"
local calls = require "bench.support.calls"
local generator = require "bench.support.random"
local json_text = require "bench.support.json_text"
local pages = require "bench.support.pages"
local public = require "bench.support.public"

local array, letters, object = json_text.array, json_text.letters, json_text.object

-- An array of `count` texts, each from make(random, i).
local function each(make)
  return function(count)
    local random = generator(5)
    return array(count, function(i)
      return make(random, i)
    end)
  end
end

-- A generator whose one text needs no count.
local function always(text)
  return function()
    return text
  end
end

local function one_of(...)
  local list = { ... }
  return function(random)
    return list[random(#list)]
  end
end

local flag = one_of("true", "false")

-- == Numbers ============================================================================

local function digits(random, count)
  local list = {}
  for i = 1, count do
    list[i] = tostring(random(10) - 1)
  end
  return table.concat(list)
end

local function small_integer(random)
  return tostring(random(1000))
end

local function short_fraction(random)
  return ("%d.%s"):format(random(1000) - 500, digits(random, random(4)))
end

local function long_fraction(random)
  local sign = random(2) == 1 and "-" or ""
  return sign .. random(9) .. "." .. digits(random, 15) .. random(9)
end

-- From 2^53 to 2^63, and one in two beyond.
local function big_integer(random)
  return random(2) == 1 and "90" .. digits(random, 15) or "97" .. digits(random, 18)
end

-- == Strings ============================================================================

-- Up to `most` of the given parts.
local function string_of(most, ...)
  local part = one_of(...)
  return function(random)
    local list = {}
    for i = 1, random(most) do
      list[i] = part(random)
    end
    return '"' .. table.concat(list) .. '"'
  end
end

local function long_string(random)
  local list = {}
  for i = 1, 10000 do
    list[i] = letters(random, 9)
  end
  return '"' .. table.concat(list, " ") .. '"'
end

local function unique_string(random, i)
  return ('"%s%d"'):format(letters(random, 6), i)
end

local repeated_string = one_of('"live"', '"paused"', '"telnyx"', '"+14155552671"', '"a b"')
local escapes = string_of(40, "\\n", '\\"', "\\\\", "\\/", "\\t", "\\b")
local unicode_escapes = string_of(20, "\\u65e5\\u672c\\u8a9e", "\\ud83d\\ude80", "\\u00e9", "caf")
local unicode = string_of(
  20,
  "\230\151\165\230\156\172\232\170\158",
  "\240\159\154\128",
  "\195\169",
  "caf"
)

-- == Objects and arrays =================================================================

local function campaigns(layout)
  return function(count)
    return pages[layout](count)
  end
end

local function wide(count)
  local random = generator(3)
  return object(count, function(i)
    return letters(random, 4) .. i, tostring(random(100000))
  end)
end

-- `depth` levels that hold one another, each beside a value or two.
local function nested_array(random, depth)
  if depth == 0 then
    return "[]"
  end
  return ("[%d,%s]"):format(random(9), nested_array(random, depth - 1))
end

local function nested_object(random, depth)
  if depth == 0 then
    return "{}"
  end
  return ('{"level":%d,"name":"%s","inner":%s}'):format(
    depth,
    letters(random, 6),
    nested_object(random, depth - 1)
  )
end

local function nested(make)
  return each(function(random)
    return make(random, 59)
  end)
end

local function spread(count)
  local random = generator(13)
  return json_text.indented(
    array(count, function(i)
      return ('{"id":%d,"on":%s,"of":[%d,[%d]]}'):format(i, flag(random), random(9), random(9))
    end),
    8
  )
end

local SMALL = [[{"agentId":"agent_D5D0p7TUs66TTAEAx","name":"New AI Agent","status":"Live",]]
  .. [["version":3,"ready":true}]]

local SINGLE = [[{"callId":"call_kqjzbvwqhxmtrpsd","callType":"outbound","status":"ended",]]
  .. [["duration":187,"startTime":"2025-09-12T19:00:03.000Z",]]
  .. [["endTime":"2025-09-12T19:03:10.000Z","createdAt":"2025-09-12T18:59:58.000Z",]]
  .. [["terminationReason":"user_ended_call","transcript":"Agent: Hello, ]]
  .. [[how can I help?\nUser: I \"lost\" my order.\nAgent: Let me look that up.\n]]
  .. [[User: Thank you.\nAgent: It is on its way, and should be with you on Monday.",]]
  .. [["phoneNumber":{"sipPhoneNumber":"+14155552671","provider":"telnyx","inboundAgentId":null,]]
  .. [["outboundAgentId":"agent_D5D0p7TUs66TTAEAx","outboundPhoneNumber":"+14155552671",]]
  .. [["active":true,"terminationSipURI":"sip.telnyx.com","friendlyName":"Support Line - US"},]]
  .. [["agent":{"name":"New AI Agent","agentId":"agent_D5D0p7TUs66TTAEAx","status":"Live"},]]
  .. [["dynamicVariables":{"customer_name":"Jane Miller","order_id":"ORD-48213","amount":129.95,]]
  .. [["vip":false},"recordingUrl":"https://recordings.example.com/2025/09/kqjzbvwqhxmtrpsd.mp3",]]
  .. [["updatedAt":"2025-09-12T19:03:12.000Z"}]]

local ERROR = [[{"error":"Bad Request","message":"size must be greater than or equal to 1",]]
  .. [["path":"/v1/campaigns","status":400,"timestamp":"2026-05-14T09:12:44.123Z"}]]

-- Name; generator, which has a count; that count, and a small one. The last says: a page.
local LIST = {
  { "20 campaigns, minified", campaigns "minified", 20, 10, true },
  { "20 campaigns, pretty", campaigns "pretty", 20, 10, true },
  { "100 campaigns, minified", campaigns "minified", 100, 40, true },
  { "100 campaigns, pretty", campaigns "pretty", 100, 40, true },
  { "10 MB of campaigns", campaigns "minified", 17000, 200, true },
  { "page of one campaign", campaigns "minified", 1, 1, true },
  { "100 calls, short escapes", calls.plain, 100, 10, true },
  { "100 calls, \\uXXXX", calls.ascii, 100, 10, true },
  { "100 agents", agents.irregular, 100, 10, true },
  { "100 agents, each differs", agents.mixed, 100, 10, true },
  { "100 irregular rows", pages.hostile, 100, 20, true },
  { "error body", always(ERROR), 1, 1 },
  { "object of 100 bytes", always(SMALL), 1, 1 },
  { "object of 1 KB", always(SINGLE), 1, 1 },
  { "object of 10,000 keys", wide, 10000, 500 },
  { "small integers", each(small_integer), 50000, 1000 },
  { "floats, short", each(short_fraction), 50000, 1000 },
  { "floats, 17 digits", each(long_fraction), 50000, 1000 },
  { "integers beyond 2^53", each(big_integer), 20000, 500 },
  { "booleans and null", each(one_of("true", "false", "null")), 50000, 1000 },
  { "strings of 100 KB", each(long_string), 20, 1 },
  { "short strings, unique", each(unique_string), 20000, 500 },
  { "short strings, repeated", each(repeated_string), 50000, 1000 },
  { "strings of escapes", each(escapes), 10000, 200 },
  { "strings, unicode", each(unicode), 10000, 200 },
  { "strings, \\uXXXX", each(unicode_escapes), 10000, 200 },
  { "arrays, 60 levels", nested(nested_array), 500, 10 },
  { "objects, 60 levels", nested(nested_object), 200, 5 },
  { "mostly white space", spread, 3000, 50 },
  { "empty arrays and objects", each(one_of("[]", "{}", "[[]]", "[{}]")), 30000, 500 },
  { "like twitter.json", public.twitter, 100, 5 },
  { "like canada.json", public.canada, 480, 5 },
  { "like citm_catalog.json", public.citm, 243, 5 },
}

local function is_wanted(name, parts)
  for _, part in ipairs(parts) do
    if name:find(part, 1, true) then
      return true
    end
  end
  return #parts == 0
end

-- The input of this line of the list.
local function input_of(line, small)
  local name, generate, count, few, page = (table.unpack or unpack)(line, 1, 5)
  return { name = name, text = generate(small and few or count), page = page }
end

--- Iterates over the inputs whose name contains one of the texts in `parts`, over all where it is
--- empty; over their small versions where `small`. Each is made in its turn, so that the collector
--- has no others to look after.
return function(parts, small)
  local i = 0
  return function()
    repeat
      i = i + 1
    until not LIST[i] or is_wanted(LIST[i][1], parts)
    return LIST[i] and input_of(LIST[i], small)
  end
end
