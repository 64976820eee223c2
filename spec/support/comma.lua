-- For busted's --helper: the decimal point is a comma, as in the locale of many users.

assert(os.setlocale "de_DE.UTF-8", "spec/run makes the locale; is localedef there?")
