--- generate.words: words as names, sentences and lines.

local words = {}

--- A name of a field or of a resource as part of a class's: agentSettings gives AgentSettings,
--- phone_numbers PhoneNumbers.
---@param name string
---@return string
function words.camel(name)
  return (name:gsub("^%l", string.upper):gsub("_(%w)", string.upper))
end

--- The singular of an English plural; other words stay.
---@param plural string
---@return string
function words.singular(plural)
  return (plural:gsub("s$", ""))
end

---@param text string
---@return string
function words.capital(text)
  return (text:gsub("^%l", string.upper))
end

--- "a, b or c".
---@param items string[]
---@param last string  the word before the last, such as "or"
---@return string
function words.list(items, last)
  if #items < 2 then
    return items[1] or ""
  end
  return table.concat(items, ", ", 1, #items - 1) .. " " .. last .. " " .. items[#items]
end

--- Breaks a text at blanks, but not between backquotes, into lines of at most `width` bytes.
---@param text string
---@param width integer
---@param first string  before the first line
---@param rest string  before the others
---@return string  without a line end
function words.wrap(text, width, first, rest)
  local kept = text:gsub("`[^`]*`", function(code)
    return (code:gsub(" ", "\0"))
  end)
  local lines, line = {}, nil
  for word in kept:gmatch "[^ ]+" do
    if line and #line + 1 + #word <= width then
      line = line .. " " .. word
    else
      lines[#lines + 1] = line
      line = (line and rest or first) .. word
    end
  end
  lines[#lines + 1] = line
  return (table.concat(lines, "\n"):gsub("%z", " "))
end

return words
