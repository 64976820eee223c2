-- A strict reader of Prometheus' text format 0.0.4: raises for whatever the format does not allow.
--
--   local metrics = exposition.read(text)
--   metrics.sigmamind_requests_total.type              "counter"
--   exposition.sum(text, "NAME", { label = "value" })  the sum of the samples with these labels

local core = require "sigmamind.core"

local exposition = {}

local decoder = core.decoder() -- unlike tonumber it does not ask the locale for the decimal point

local UNESCAPED = { ["\\\\"] = "\\", ['\\"'] = '"', ["\\n"] = "\n" }

--- The labels between braces, by name, and as one text in their order.
local function labels_of(text, line)
  local labels, at = {}, 1
  while at <= #text do
    local name, after = text:match('^([a-zA-Z_][a-zA-Z0-9_]*)="()', at)
    assert(name and not labels[name], line)
    local from = after
    while text:sub(after, after) ~= '"' do
      local escape = text:sub(after, after) == "\\"
      assert(after <= #text and (not escape or UNESCAPED[text:sub(after, after + 1)]), line)
      after = after + (escape and 2 or 1)
    end
    labels[name] = text:sub(from, after - 1):gsub("\\.", UNESCAPED)
    at = after + 1
    assert(at > #text or text:sub(at, at) == "," and at < #text, line)
    at = at + 1
  end
  return labels
end

local function number_of(text, line)
  local value = text == "+Inf" and math.huge or decoder:value(text)
  assert(value and (text == "+Inf" or text:find "^%-?[0-9.]+[e0-9+-]*$"), line)
  return value
end

local SUFFIXES = { _bucket = true, _sum = true, _count = true }

--- The metric of a sample's name, and the suffix of a histogram's.
local function family_of(metrics, name)
  local base, suffix = name:match "^(.*)(_%l+)$"
  if metrics[base] and metrics[base].type == "histogram" and SUFFIXES[suffix] then
    return metrics[base], suffix
  end
  return metrics[name], ""
end

--- The metrics by name: {type =, help =, samples = {{suffix =, labels =, value =}}}.
function exposition.read(text)
  assert(text:sub(-1) == "\n", "the last line has no end")
  local metrics, current, seen = {}, nil, {}
  for line in text:gmatch "([^\n]*)\n" do
    local help, words = line:match "^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$"
    local name, kind = line:match "^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (%l+)$"
    if help then
      assert(not metrics[help], line)
      metrics[help] = { help = words, samples = {} }
      current = metrics[help]
    elseif name then
      assert(metrics[name] == current and not current.type and #current.samples == 0, line)
      assert(kind == "counter" or kind == "gauge" or kind == "histogram", line)
      assert((kind == "counter") == (name:find "_total$" ~= nil), line)
      current.type = kind
    else
      local sample, labels, value = line:match "^([a-zA-Z_:][a-zA-Z0-9_:]*){(.*)} (%S+)$"
      if not sample then
        sample, value = line:match "^([a-zA-Z_:][a-zA-Z0-9_:]*) (%S+)$"
      end
      assert(sample and not seen[sample .. "{" .. (labels or "")], line)
      seen[sample .. "{" .. (labels or "")] = true
      local metric, suffix = family_of(metrics, sample)
      assert(metric and metric == current and metric.type, line)
      assert((metric.type == "histogram") == (suffix ~= ""), line)
      metric.samples[#metric.samples + 1] =
        { suffix = suffix, labels = labels_of(labels or "", line), value = number_of(value, line) }
    end
  end
  return metrics
end

local function has(sample, suffix, labels)
  for name, value in pairs(labels) do
    if sample.labels[name] ~= value then
      return false
    end
  end
  return sample.suffix == suffix
end

--- The sum of the samples with these labels.
function exposition.sum(text, name, labels, suffix)
  local sum = 0
  for _, sample in ipairs(exposition.read(text)[name].samples) do
    sum = sum + (has(sample, suffix or "", labels or {}) and sample.value or 0)
  end
  return sum
end

return exposition
