-- Changes of what the sandbox makes of writes.

return {
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[local response = fault.acts and respond(request, state, fault, entry)]],
    to = [[local response]],
    why = "a fault that acts does not act",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[not fault.acts and replaces(fault)]],
    to = [[false]],
    why = "a write is carried out though a fault comes instead",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[entry.acted, entry.id = response.acted ~= nil, response.acted]],
    to = [[entry.id = response.acted]],
    why = "the log does not say what was done",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[    if apply_unread(state, stream, request, fault, entry) then]],
    to = [[    if false then]],
    why = "a body is read though it is not to be",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/faults.lua", specs = "made",
    from = [[fault.method and request.method ~= fault.method]],
    to = [[false]],
    why = "a fault of a method hits all",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/dialer.lua", specs = "made",
    from = [[    sink(free, lines)]],
    to = [[]],
    why = "all contacts wait for one line",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/dialer.lua", specs = "made",
    from = [[while plan.starts[first] and plan.starts[first] <= now do]],
    to = [[while plan.starts[first] do]],
    why = "a larger limit changes nothing",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/contact_list.lua", specs = "made",
    from = [[  elseif known[phone] then]],
    to = [[  elseif false then]],
    why = "a contact is called twice",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[return row ~= nil and row.campaignId ~= id]],
    to = [[return false]],
    why = "names are not unique",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[if waiting[i].starts <= now then]],
    to = [[if true then]],
    why = "a scheduled campaign starts at once",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/form.lua", specs = "made",
    from = [[elseif parts[name] then]],
    to = [[elseif false then]],
    why = "of two parts with a name one is lost",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/store.lua", specs = "made",
    from = [[selected[1] and self:is_settled() and selected or nil]],
    to = [[selected[1] and selected]],
    why = "a list by status does not change",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/body.lua", specs = "made",
    from = [[  if missing then
]],
    to = [[  if false then
]],
    why = "nothing is required",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[return not err and (not announced or tonumber(announced) == length)]],
    to = [[return true]],
    why = "half of a body is acted on",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/handler.lua", specs = "made",
    from = [[  elseif replaces(fault) then
    finish]],
    to = [[  elseif false then
    finish]],
    why = "an unread fault with a status waits for the body",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/form.lua", specs = "made",
    from = [[if not (first and head_last) or]],
    to = [[if not first or]],
    why = "a part without a head makes the server fail",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/form.lua", specs = "made",
    from = [[if not name or find_delimiter(head, boundary, 1) then]],
    to = [[if not name then]],
    why = "a part without a head is taken for the next one's",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/form.lua", specs = "made",
    from = [[    local behind = body:match("^[ \t]*\r\n()", last + 1)]],
    to = [[    local behind = last + 3]],
    why = "a text that begins with the boundary ends its part",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/json.lua", specs = "made",
    from = [[  "\237[\128-\159][\128-\191]",]],
    to = [[  "\237[\128-\191][\128-\191]",]],
    why = "surrogates are sent back",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/parameters.lua", specs = "made",
    from = [[text:find "^%-?%d+%.?%d*$" and tonumber(text) or nil]],
    to = [[tonumber(text)]],
    why = "a hexadecimal number is taken",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[  while is_taken(state, name) do]],
    to = [[  while false do]],
    why = "a name that was made up is not unique",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[  date, time = date or day, time or hour]],
    to = [[]],
    why = "a schedule changes as a whole alone",
  },
  {
    file = "sandbox/lua/sigmamind/sandbox/made/campaigns.lua", specs = "made",
    from = [[    if self.is_changed or state ~= kept_of then]],
    to = [[    if state ~= kept_of then]],
    why = "calls have their campaign as it was",
  },
}
