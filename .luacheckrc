std = "max"
max_line_length = 100
files["spec"] = { std = "+busted", max_line_length = 125 } -- expected messages stay whole
for _, inside_nginx in ipairs {
  "lua/sigmamind/runtime/nginx.lua", "examples/nginx", "spec/support/in_nginx.lua",
  "bench/support/in_nginx.lua",
} do
  files[inside_nginx] = { std = "+ngx_lua" }
end
files["types"] = { unused = false } -- declarations: nothing is done with the arguments
