-- The rules of domain/push_budget.rs on one technician's key, whose value is pushes, denials and the pause's end.
-- ARGV: what happens (take, denied), the time, most, first pause, longest pause, memory; times in milliseconds.
-- Returns why nothing was taken, or an empty string, and the value.
local happens = ARGV[1]
local now, most, first, longest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local kept = redis.call('GET', KEYS[1]) or ''
local sent, denials, silent_until = string.match(kept, '^(%d+) (%d+) (%d+)$')
sent, denials, silent_until = tonumber(sent or 0), tonumber(denials or 0), tonumber(silent_until or 0)

if happens == 'take' then
    if now < silent_until then return {'after_denial', kept} end
    if sent >= most then return {'cap', kept} end
    sent = sent + 1
else
    silent_until = now + math.min(first * 2 ^ math.min(denials, 16), longest)
    denials = denials + 1
end

kept = string.format('%.0f %.0f %.0f', sent, denials, silent_until)
redis.call('SET', KEYS[1], kept, 'PX', ARGV[6])
return {'', kept}
