-- For busted's --helper: the collector never rests, so that unreferenced objects are collected soon.

require "spec.support.collector"(0, 400)
