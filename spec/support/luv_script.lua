-- A script without coroutines, which ends right after its wait.

local luv = require "sigmamind.runtime.luv"
local sigmamind = require "sigmamind"

local client = sigmamind.new { runtime = "luv" }
if arg[1] == "sleep" then
  luv.sleep(0.001)
else
  print(assert(client.campaigns:page()):info().count)
end
