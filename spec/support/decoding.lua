--- Decodes single texts; with options, by a new decoder.

local core = require "sigmamind.core"

local decoding = {}

local usual = core.decoder()

local function decoder_of(options)
  return options and core.decoder(options) or usual
end

--- decoder:value, with a table of options for the decoder.
function decoding.value(text, options)
  return decoder_of(options):value(text)
end

--- decoder:page, with a table of options for the decoder.
function decoding.page(text, query, options, seen)
  return decoder_of(options):page(text, query, seen)
end

return decoding
