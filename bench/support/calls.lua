-- Pages of calls, whose transcripts are long strings full of escapes.

local generator = require "bench.support.random"
local json_text = require "bench.support.json_text"
local pages = require "bench.support.pages"

local calls = {}

local CALL = [[{"callId":"call_%s","callType":"%s","phoneNumber":{"sipPhoneNumber":]]
  .. [["+1415555%04d","provider":"telnyx","inboundAgentId":"agent_D5D0p7TUs66TTAEAx",]]
  .. [["outboundAgentId":"agent_D5D0p7TUs66TTAEAx","outboundPhoneNumber":"+1628555%04d",]]
  .. [["active":true,"terminationSipURI":"sip.telnyx.com","friendlyName":"Support Line - US"},]]
  .. [["campaign":%s,"status":"%s","transcript":"%s","startTime":]]
  .. [["2025-09-%02dT19:%02d:%02d.000Z","endTime":%s,"duration":%d,"terminationReason":"%s",]]
  .. [["createdAt":"2025-09-01T08:00:00.000Z","updatedAt":"2025-09-30T08:00:00.000Z",]]
  .. [["dynamicVariables":{"customer_name":"%s","order_id":"ORD-%d"},]]
  .. [["recordingUrl":"https://recordings.example.com/2025/09/%s.mp3",]]
  .. [["agent":{"name":"New AI Agent","agentId":"agent_D5D0p7TUs66TTAEAx","status":"Live"}}]]

local TYPES = { "inbound", "outbound", "web" }
local STATUS = { "ended", "ended", "ended", "in-progress", "not-connected", "error" }
local REASONS = { "user_ended_call", "agent_ended_call", "inactivity", "busy", "no-answer" }
local CUSTOMERS = { "Jane Miller", "Omar Haddad", "Li Wei", "Ana Souza", "Tom O'Neill" }

-- What is said, as an encoder writes it that escapes no more than it must ...
local ENGLISH = {
  [[Thank you for calling, how can I help you today?]],
  [[I ordered the \"Deluxe\" package last week and it still says \"processing\".]],
  [[Let me look that up. Could you spell your last name for me, please?]],
  [[Sure.]],
  [[The agent before you said, \"It will be there on Monday\", and it was not.]],
  [[I am sorry about that. I see the order here, it left our warehouse this morning.]],
  [[Is there a way to change the address? It is 12 Main St, entrance A\/B, on the left.]],
  [[Yes, I have changed it, and I have sent you a confirmation by e-mail.]],
  [[Okay, great. And what does it cost me?]],
  [[Nothing at all. Is there anything else that I can do for you?]],
}

-- ... and as one writes it that knows ASCII only.
local ESCAPED = {
  [[\u3054\u6ce8\u6587\u306e\u756a\u53f7\u3092\u304a\u9858\u3044\u3057\u307e\u3059\u3002]],
  [[\u00bfEn qu\u00e9 puedo ayudarle? Tambi\u00e9n por correo electr\u00f3nico.]],
  [[Gr\u00fc\u00df Gott, ich h\u00e4tte gern eine \u00c4nderung der Lieferadresse.]],
  [[\u041f\u043e\u0434\u043e\u0436\u0434\u0438\u0442\u0435 \u043c\u0438\u043d\u0443\u0442\u0443.]],
  [[That is perfect, thank you \ud83d\ude4f\ud83c\udffd \u2013 have a nice day!]],
  [[\u597d\u7684\uff0c\u6211\u77e5\u9053\u4e86\uff0c\u8c22\u8c22\u60a8\u3002]],
}

local function transcript(random, sentences)
  local lines = {}
  for i = 1, 20 + random(40) do
    lines[i] = (i % 2 == 1 and "Agent: " or "User: ") .. sentences[random(#sentences)]
  end
  return table.concat(lines, "\\n")
end

local function call(random, number, sentences)
  local id = json_text.letters(random, 16)
  return CALL:format(
    id,
    TYPES[random(#TYPES)],
    random(9999),
    random(9999),
    pages.campaign(random, number),
    STATUS[random(#STATUS)],
    transcript(random, sentences),
    random(28),
    random(60) - 1,
    random(60) - 1,
    random(5) == 1 and "null" or '"2025-09-29T19:59:59.000Z"',
    random(900),
    REASONS[random(#REASONS)],
    CUSTOMERS[random(#CUSTOMERS)],
    random(100000),
    id
  )
end

local function page_of(sentences)
  return function(count)
    local random = generator(11)
    return json_text.page(count, function(number)
      return call(random, number, sentences)
    end)
  end
end

--- A page of `count` calls, whose transcripts have \n and \".
calls.plain = page_of(ENGLISH)

--- The same in several languages, every character beyond ASCII as \uXXXX.
calls.ascii = page_of(ESCAPED)

return calls
