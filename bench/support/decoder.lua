-- core.decoder, or the same made of core.decode and core.page, which the builds before it have.

local core = require "sigmamind.core"

return core.decoder
  or function(options)
    return {
      value = function(_, text)
        return core.decode(text, options)
      end,
      page = function(_, text, query, seen)
        return core.page(text, query, options, seen)
      end,
    }
  end
