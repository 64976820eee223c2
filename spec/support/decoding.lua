--- decoding: one text at a time, by a decoder of its own where options are given.

local core = require "sigmamind.core"

local decoding = {}

local usual = core.decoder()

local function decoder_of(options)
  return options and core.decoder(options) or usual
end

--- What decoder:value gives, with a table of options for the decoder.
function decoding.value(text, options)
  return decoder_of(options):value(text)
end

--- What decoder:page gives.
function decoding.page(text, query, options, seen)
  return decoder_of(options):page(text, query, seen)
end

return decoding
