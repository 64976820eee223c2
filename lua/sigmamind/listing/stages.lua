--- stages: how a chained stream gets its rows from its parent.
--
-- A stage is a method pull(self, form, want): the next row of the stream `self`; nil at the end;
-- nil, err on failure. `form` is "json" for the row's text, else nil; `want` is how many rows the
-- reader wants, this one included, if known. The listing's own stream offers a row again until
-- rows.read counts it. A stage counts a row before it calls a user's function with it.

local stages = {}

--- Rows for which self.test(row) is true.
---@param self sigmamind.Stream
---@param form? "json"
---@return any row, sigmamind.Error|nil
function stages.filter(self, form)
  local parent, rows, test = self.parent, self.rows, self.test
  while true do
    local row, err = parent:pull(form)
    if row == nil then
      return nil, err
    end
    rows.read = rows.offered
    if test(row) then
      return row
    end
  end
end

--- Rows that the core has not marked as excluded by the where of self.stage.
---@param self sigmamind.Stream
---@param form? "json"
---@return any row, sigmamind.Error|nil
function stages.pass(self, form)
  local parent, rows, marked = self.parent, self.rows, -self.stage
  while true do
    local row, err = parent:pull(form)
    if row == nil then
      return nil, err
    elseif row ~= marked then
      return row
    end
    rows.read = rows.offered
  end
end

--- The results of self.change(row) that are not nil.
---@param self sigmamind.Stream
---@return any row, sigmamind.Error|nil
function stages.map(self)
  local parent, rows, change = self.parent, self.rows, self.change
  while true do
    local row, err = parent:pull()
    if row == nil then
      return nil, err
    end
    rows.read = rows.offered
    local changed = change(row)
    if changed ~= nil then
      return changed
    end
  end
end

--- Rows until self.test(row) is false for one.
---@param self sigmamind.Stream
---@return any row, sigmamind.Error|nil
function stages.take_while(self)
  if self.finished then
    return nil
  end
  local rows = self.rows
  local row, err = self.parent:pull()
  if row == nil then
    return nil, err
  end
  rows.read = rows.offered
  if not self.test(row) then
    self.finished = true
    return nil
  end
  return row
end

--- The texts of the rows.
---@param self sigmamind.Stream
---@param _ any
---@param want? integer
---@return any row, sigmamind.Error|nil
function stages.json(self, _, want)
  return self.parent:pull("json", want)
end

--- The first self.length rows of any stream.
---@param self sigmamind.Stream
---@param form? "json"
---@return any row, sigmamind.Error|nil
function stages.take(self, form)
  if self.taken == self.length then
    return nil
  end
  local row, err = self.parent:pull(form)
  if row ~= nil then
    self.taken = self.taken + 1
  end
  return row, err
end

--- Rows that stages.take_of_whole may still take. Taken rows are derived from rows.read, so that a
--- row that is offered again is not counted twice. `last` is the number of the last row taken; rows
--- read beyond it were read by other streams of the listing.
local function left_of(self)
  local read = self.rows.read
  if self.least and read > self.last then
    self.least, self.last = self.least + read - self.last, read
  end
  return self.least and self.least - read or self.length
end

--- The first self.length rows of a stream that is whole: each of its rows is the listing's next.
---@param self sigmamind.Stream
---@param form? "json"
---@param want? integer
---@return any row, sigmamind.Error|nil
function stages.take_of_whole(self, form, want)
  local left = left_of(self)
  if left <= 0 then
    return nil
  end
  local row, err = self.parent:pull(form, want and math.min(want, left) or left)
  if row ~= nil then
    self.last = self.rows.offered
    self.least = self.least or self.last - 1 + self.length -- after `last`, which is read with it
  end
  return row, err
end

--- All but the first self.length rows of any stream.
---@param self sigmamind.Stream
---@param form? "json"
---@return any row, sigmamind.Error|nil
function stages.drop(self, form)
  local parent, rows = self.parent, self.rows
  while true do
    local row, err = parent:pull(form)
    if row == nil then
      return nil, err
    end
    rows.read = rows.offered
    self.dropped = self.dropped + 1
    if self.dropped > self.length then
      return row
    end
  end
end

--- All but the first self.length rows of a stream that is whole.
---@param self sigmamind.Stream
---@param form? "json"
---@param want? integer
---@return any row, sigmamind.Error|nil
function stages.drop_of_whole(self, form, want)
  local rows = self.rows
  local function pull()
    local left = self.least and math.max(0, self.least - rows.read) or self.length
    return self.parent:pull(form, want and want + left)
  end
  local row, err = pull()
  self.least = self.least or row ~= nil and rows.offered - 1 + self.length
  while row ~= nil and rows.offered <= self.least do
    rows.read = rows.offered
    row, err = pull()
  end
  return row, err
end

-- == Many rows at once ================================================================
--
-- fill(self, list, form, max): appends the rows that are available without waiting to the list, in
-- one call of the core, and counts them as read; without a list, skips them. Returns their number.

--- For a stream whose rows come one at a time.
---@return integer
function stages.fill_none()
  return 0
end

---@param self sigmamind.Stream
---@param list? table
---@param _ any
---@param max? integer
---@return integer
function stages.fill_json(self, list, _, max)
  return self.parent:fill(list, "json", max)
end

--- Returns 0 before the first row is taken: only then is it known where the stream begins.
---@param self sigmamind.Stream
---@param list? table
---@param form? "json"
---@param max? integer
---@return integer
function stages.fill_taken(self, list, form, max)
  local left = self.least and left_of(self) or 0
  if left <= 0 then
    return 0
  end
  self.last = math.huge -- all rows read from here on, even if an error is raised, are this stream's
  local count = self.parent:fill(list, form, max and math.min(max, left) or left)
  self.last = self.rows.read
  return count
end

return stages
