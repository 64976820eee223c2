--- outcome: whether the server acted on a request that is not safe, as far as its client can know.
--
--   "not_done"  no byte of it was sent, or the server refused it
--   "done"      the server said so, but its reply cannot be used
--   "unknown"   anything else: the request was sent, and no reply says what became of it

local outcome = {}

local RANKS = { not_done = 1, unknown = 2, done = 3 }

--- The outcome of one attempt without a usable reply.
---@param status integer|nil  of the reply, also of one whose body failed
---@param was_sent boolean  whether a byte of the request may have been sent
---@return "not_done"|"unknown"|"done"
function outcome.of(status, was_sent)
  if not was_sent then
    return "not_done"
  elseif status and status >= 200 and status < 300 then
    return "done"
  elseif status and status >= 400 and status < 500 and status ~= 408 then
    return "not_done"
  end
  return "unknown"
end

--- The outcome of two attempts together; either may be nil.
---@param first string|nil
---@param second string|nil
---@return string|nil
function outcome.worse(first, second)
  return (RANKS[first] or 0) > (RANKS[second] or 0) and first or second
end

--- What a user should do first, by the outcome.
outcome.HINTS = {
  done = "the server acted on this request: do not send it again",
  unknown = "the server may have acted on this request: find out before you send it again",
}

return outcome
