-- For busted's --helper: the collector never rests, so that whatever is not held is soon gone.

require "spec.support.collector"(0, 400)
