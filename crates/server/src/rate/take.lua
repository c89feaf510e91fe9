-- Takes one call out of a bucket. Its key holds when it will be full again, as seconds and
-- nanoseconds since 1970: one number of nanoseconds would be more than a Lua number holds exactly.
-- KEYS[1] the bucket
-- ARGV    now, as seconds and nanoseconds; how many nanoseconds a call takes to be refilled, and
--         how many an empty bucket takes to fill
-- Answers 0, or after how many nanoseconds there will be a call.
local now, nanos = tonumber(ARGV[1]), tonumber(ARGV[2])
local interval, depth = tonumber(ARGV[3]), tonumber(ARGV[4])

-- A bucket that is not there is full; if the clock was set back, a bucket is empty, not in debt.
local lacks = 0
local at, at_nanos = string.match(redis.call('GET', KEYS[1]) or '', '^(-?%d+) (%d+)$')
if at then
  lacks = (tonumber(at) - now) * 1e9 + (tonumber(at_nanos) - nanos)
  lacks = math.max(0, math.min(depth, lacks))
end

local wait = math.max(0, lacks + interval - depth)
if wait == 0 then
  lacks = lacks + interval
end
local sum = nanos + lacks
local full = string.format('%.0f %.0f', now + math.floor(sum / 1e9), sum % 1e9)
-- Kept for as long again as an empty one takes to fill: clocks of nodes may differ.
redis.call('SET', KEYS[1], full, 'PX', string.format('%.0f', math.ceil((lacks + depth) / 1e6)))
return wait
