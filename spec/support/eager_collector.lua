-- For busted's --helper: the collector never rests, so that whatever is not held is soon gone.

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 400)
