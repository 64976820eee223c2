std = "max"
max_line_length = 100

-- What every Lua from 5.1 on has, and the names that a module may look for.
for _, tree in ipairs { "lua", "cli", "sandbox" } do
  files[tree] = {
    std = "min",
    read_globals = {
      "unpack",
      table = { fields = { "unpack" } },
      math = { fields = { "type" } },
      coroutine = { fields = { "close" } },
    },
    max_cyclomatic_complexity = 16,
  }
end

files["spec"] = { std = "+busted", max_line_length = 125 } -- expected messages stay whole
for _, inside_nginx in ipairs {
  "lua/sigmamind/runtime/nginx.lua", "lua/sigmamind/store/nginx.lua", "lua/sigmamind/nginx",
  "spec/support/in_nginx.lua", "spec/support/stores_in_nginx.lua",
  "spec/support/metrics_in_nginx.lua", "bench/support/in_nginx.lua",
} do
  files[inside_nginx] = { std = "+ngx_lua" }
end
files["types"] = { unused = false } -- declarations: nothing is done with the arguments
files["types/sigmamind/resources.lua"] = { max_line_length = false } -- an overload has one line
