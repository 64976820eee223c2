--- cli.quantity: a count with its noun, "1 page" or "2 pages".

---@param count integer
---@param noun string
---@return string
return function(count, noun)
  return ("%d %s%s"):format(count, noun, count == 1 and "" or "s")
end
