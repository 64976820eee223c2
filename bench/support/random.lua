-- A small generator of random numbers of our own, so that every Lua measures the same bytes.

--- Returns random(most), a number from 1 to `most`.
return function(seed)
  return function(most)
    seed = (seed * 16807) % 2147483647
    return seed % most + 1
  end
end
