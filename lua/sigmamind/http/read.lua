--- read: what becomes of a successful reply: a page of a listing, or a sigmamind.Reply.

local check = require "sigmamind.check"
local number = require "sigmamind.number"
local reply = require "sigmamind.http.reply"
local share = require "sigmamind.http.share"

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

--- The page in the reply of a finished transfer; nil, err.
local function page_of(request, transfer, decoder, query, seen)
  local page
  local body, message, kind = request:source(transfer):body()
  if body then
    page, message, kind = decode(request, decoder, body, query, seen)
  end
  if not page then
    return nil, request:body_error(transfer, message, kind)
  end
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

--- The page from the API.
local function fetch_page(request, decoder, query, seen)
  local transfer, page, err, wrong
  repeat
    transfer, err = request:send()
    page = nil
    if transfer then
      page, err = page_of(request, transfer, decoder, query, seen)
    end
    wrong = page and desynchronised(request, page)
    if wrong then
      page:close()
      transfer:close()
      page, err = nil, wrong
    end
  until not wrong or not request:retry_elsewhere(wrong, wrong.message)
  if page then
    request:keep(transfer)
    transfer:close()
  end
  return page, err
end

--- The page, from wherever http/share finds it.
local function share_page(request, decoder, query, seen)
  return share.read(request, {
    decoder = decoder,
    decode = function(source)
      local page = decode(request, decoder, source:body(), query, seen)
      if page and desynchronised(request, page) then -- kept by a raw request, which does not look
        page:close()
        return nil
      end
      return page
    end,
    fetch = function()
      return fetch_page(request, decoder, query, seen)
    end,
    refetch = function(other)
      local page, err = fetch_page(other, decoder)
      if page then
        page:close()
      end
      other:finish(err)
      return page, err
    end,
  })
end

--- Sends the request unless it was prefetched, waits for the reply, and returns its page. A client
--- with a cache may have it already: see http/share. Returns nil without an error where the call
--- allows only what is kept.
---@param request sigmamind.Request
---@param decoder userdata
---@param query userdata|nil  a core.query with the conditions of the wanted rows
---@param seen userdata|nil  a core.seen of the rows to drop as duplicates
---@return userdata|nil page, sigmamind.Error|nil
function read.page(request, decoder, query, seen)
  local page, err
  if request.share then
    page, err = share_page(request, decoder, query, seen)
  else
    page, err = fetch_page(request, decoder, query, seen)
  end
  if page or err then
    request:finish(err)
  end
  return page, err
end

--- The reply in a finished transfer, or in what was kept; nil, message, kind.
local function decode_reply(source, decoder, is_object, id)
  local got, message, kind = reply.of(source, decoder, is_object)
  if got and is_object and not got.text:find "^%s*{" then
    return nil, "the body is not an object of JSON", "protocol"
  elseif got and id and not check.is_id(got.data[id]) then
    return nil, "the reply has no " .. id, "protocol"
  end
  return got, message, kind
end

local function fetch_reply(request, decoder, is_object, id)
  local transfer, err = request:send()
  if not transfer then
    return nil, err
  end
  local got, message, kind = decode_reply(request:source(transfer), decoder, is_object, id)
  if not got then
    return nil, request:body_error(transfer, message, kind)
  end
  request:keep(transfer)
  transfer:close()
  return got
end

--- Sends the request, waits for the reply, and returns it; or what another reader got, see
--- http/share.
---@param request sigmamind.Request
---@param decoder userdata
---@param is_object? boolean  whether its body must be an object of JSON
---@param id? string  a field that the object must have
---@return sigmamind.Reply|nil, sigmamind.Error|nil
function read.reply(request, decoder, is_object, id)
  local function fetch(one)
    return fetch_reply(one, decoder, is_object, id)
  end
  local got, err
  if request.share then
    got, err = share.read(request, {
      decoder = decoder,
      decode = function(source)
        return (decode_reply(source, decoder, is_object, id))
      end,
      fetch = fetch,
      refetch = function(other)
        local reply_of_other, failure = fetch(other)
        other:finish(failure)
        return reply_of_other, failure
      end,
    })
  else
    got, err = fetch(request)
  end
  request:finish(err)
  return got, err
end

return read
