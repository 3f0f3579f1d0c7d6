-- Sends the requests of a file in turn; nine N in one become a number that never comes back.
-- wrk … --script client.lua URL -- <file> <first number>
-- A line of the file: path and query string, a tab, the Accept header.

local before, after = {}, {}
local position, number = 0, 0

function init(arguments)
  number = tonumber(arguments[2])
  for line in io.lines(arguments[1]) do
    local path, accept = line:match("^(.-)\t(.*)$")
    local request = wrk.format("GET", path, { Accept = accept, Host = wrk.headers["Host"] })
    local first, last = request:find("NNNNNNNNN", 1, true)
    if first then
      before[#before + 1] = request:sub(1, first - 1)
      after[#before] = request:sub(last + 1)
    else
      before[#before + 1] = request
      after[#before] = false
    end
  end
end

function request()
  position = position % #before + 1
  if not after[position] then
    return before[position]
  end
  number = number + 1
  return before[position] .. string.format("%09d", number) .. after[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nresult {"answers":%d,"microseconds":%d,"bytes":%d,"refused":%d,"broken":%d,"late":%d,'
      .. '"p50":%.3f,"p99":%.3f}\n',
    summary.requests, summary.duration, summary.bytes, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
