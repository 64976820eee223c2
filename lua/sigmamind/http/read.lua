--- read: what becomes of a successful reply: a page of a listing, or a sigmamind.Reply.

local check = require "sigmamind.check"
local number = require "sigmamind.number"
local reply = require "sigmamind.http.reply"

local read = {}

--- The page in a body; nil, message, kind. An array without a wrapper is a page only of a listing
--- whose paging is not documented.
local function decode(request, decoder, body, query, seen)
  local page, message, kind = decoder:page(body, query, seen)
  if page and request.call.paging ~= "unknown" and body:find "^%s*%[" then
    page:close()
    return nil, "not a page of a listing: the body is an array", "protocol"
  end
  return page, message, kind
end

local function read_page(request, decoder, query, seen)
  local transfer, err = request:send()
  if not transfer then
    return nil, err
  end
  local page
  local body, message, kind = transfer:body()
  if body then
    page, message, kind = decode(request, decoder, body, query, seen)
  end
  if not page then
    return nil, request:body_error(transfer, message, kind)
  end
  transfer:close()
  return page
end

--- The error for a reply that belongs to an earlier request, on a desynchronised connection; nil
--- for the page that was requested.
local function desynchronised(request, page)
  local got, wanted = page.page, request.call.page
  if got and wanted and got ~= wanted then
    local text = "requested page %d, got page %s"
    return request:protocol_error(text:format(wanted, number.text(got)))
  end
end

--- Sends the request unless it was prefetched, waits for the reply, and returns its page.
---@param request sigmamind.Request
---@param decoder userdata
---@param query userdata|nil  a core.query with the conditions of the wanted rows
---@param seen userdata|nil  a core.seen of the rows to drop as duplicates
---@return userdata|nil page, sigmamind.Error|nil
function read.page(request, decoder, query, seen)
  local page, err, wrong
  repeat
    page, err = read_page(request, decoder, query, seen)
    wrong = page and desynchronised(request, page)
    if wrong then
      page:close()
      page, err = nil, wrong
    end
  until not wrong or not request:retry_elsewhere(wrong, wrong.message)
  request:finish(err)
  return page, err
end

local function read_reply(request, decoder, is_object, id)
  local transfer, err = request:send()
  if not transfer then
    return nil, err
  end
  local got, message, kind = reply.of(transfer, decoder, is_object)
  if got and is_object and not got.text:find "^%s*{" then
    got, message, kind = nil, "the body is not an object of JSON", "protocol"
  elseif got and id and not check.is_id(got.data[id]) then
    got, message, kind = nil, "the reply has no " .. id, "protocol"
  end
  if not got then
    return nil, request:body_error(transfer, message, kind)
  end
  transfer:close()
  return got
end

--- Sends the request, waits for the reply, and returns it.
---@param request sigmamind.Request
---@param decoder userdata
---@param is_object? boolean  whether its body must be an object of JSON
---@param id? string  a field that the object must have
---@return sigmamind.Reply|nil, sigmamind.Error|nil
function read.reply(request, decoder, is_object, id)
  local got, err = read_reply(request, decoder, is_object, id)
  request:finish(err)
  return got, err
end

return read
