--- report: writes a line for the operator to nginx's error log or to standard error.

local ngx = rawget(_G, "ngx")

---@param text string
return function(text)
  if type(ngx) == "table" and ngx.get_phase then
    ngx.log(ngx.ERR, text)
  else
    io.stderr:write(text, "\n")
  end
end
