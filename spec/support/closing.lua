-- Closes, after each spec of a file, what it has opened: the last first.
--
--   local closing = require "spec.support.closing" ()
--   local client = closing(sigmamind.new { ... })

return function()
  local opened = {}
  require "busted".after_each(function()
    for i = #opened, 1, -1 do
      opened[i]:close()
      opened[i] = nil
    end
  end)
  return function(object)
    opened[#opened + 1] = object
    return object
  end
end
