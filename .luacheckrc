std = "max"
max_line_length = 100
files["spec"] = { std = "+busted", max_line_length = 125 } -- expected messages stay whole
