-- The generic cell rate algorithm on one key, by the server's own clock (microseconds).
-- ARGV: emission interval, burst tolerance. Returns 0 if taken, else the microseconds to wait.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval = tonumber(ARGV[1])
local tolerance = tonumber(ARGV[2])

local arrival = tonumber(redis.call('GET', KEYS[1]) or now)
-- Never before now (rested), nor further ahead than a full debt (the clock stepped back, or the quota grew).
arrival = math.min(math.max(arrival, now), now + tolerance + interval)

local wait = arrival - tolerance - now
if wait > 0 then return wait end

local next = arrival + interval
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0
