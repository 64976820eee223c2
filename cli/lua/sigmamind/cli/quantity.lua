--- cli.quantity: how many there are of what, as "1 page" and "2 pages".

---@param count integer
---@param noun string
---@return string
return function(count, noun)
  return ("%d %s%s"):format(count, noun, count == 1 and "" or "s")
end
