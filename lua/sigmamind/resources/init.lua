--- resources: the endpoints that the client names, in the order of the documentation.

return {
  require "sigmamind.resources.campaigns",
  require "sigmamind.resources.calls",
  require "sigmamind.resources.agents",
  require "sigmamind.resources.phone_numbers",
  require "sigmamind.resources.chats",
  (require "sigmamind.resources.webhooks"), -- require has a second result on Lua 5.4
}
