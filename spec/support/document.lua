-- The blocks of code of a document in Markdown.
--
--   for _, block in ipairs(document.blocks "README.md") do
--     block.language block.text block.section block.line block.not_run
--
-- `not_run` is the reason that a comment before the block gives: <!-- not run: why -->

local document = {}

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

---@return {language: string, text: string, section: string, line: integer, not_run?: string}[]
function document.blocks(path)
  local blocks, section, reason, number = {}, "", nil, 0
  local block
  for line in read(path):gmatch "([^\n]*)\n" do
    number = number + 1
    local fence = line:match "^```(%w*)$"
    if block and fence == "" then
      block.text = table.concat(block.lines, "\n") .. "\n"
      blocks[#blocks + 1] = block
      block, reason = nil, nil
    elseif block then
      table.insert(block.lines, line)
    elseif fence then
      block = { language = fence, section = section, line = number, not_run = reason, lines = {} }
    elseif line ~= "" then
      reason = line:match "^<!%-%- not run: (.*) %-%->$"
      section = line:match "^#+ (.*)$" or section
    end
  end
  assert(not block, path .. ": a block does not end")
  return blocks
end

return document
