import { LIBRARY } from './library.lua.js';

/**
 * All limits of all scopes of a call: measured together, then taken together or not at all.
 *
 * KEYS: since, pending leases, pending facts, then seven of each scope (`scopeKeys`).
 * ARGV: id, 1 to take and 0 to look, microseconds of the window, of a lease and of the time for which a new
 * Redis admits no money, facts of the money or '', what the call costs (requests, reads, tokens, slots,
 * nano-USD), then six limits of each scope, '' where there is none.
 *
 * Answers {verdict, now, since, measures…}: a measure is {scope, limit's place from 0, used, until it is whole,
 * until the call fits}, times in microseconds. Verdicts: 0 taken, 1 refused, 2 a balance is missing,
 * 3 too new, 4 taken before.
 */
export const RESERVE = `${LIBRARY}
local id, take = ARGV[1], ARGV[2] == '1'
local window, lease, grace, facts = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local cost = {tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[11])}
local now = clock()
local since = opened(KEYS[1], now)
local scopes = (#KEYS - 3) / 7

local demands, before = {}, false
for s = 1, scopes do
  local first = 3 + (s - 1) * 7
  for d = 1, 6 do
    local limit = tonumber(ARGV[11 + (s - 1) * 6 + d])
    if limit and cost[d] > 0 then
      table.insert(demands, {scope = s, first = first, kind = d, limit = limit})
      if has(first, d, id) then before = true end
    end
  end
end

local measures, refused, missing, money = {}, false, {}, false
for _, demand in ipairs(demands) do
  local kind, first = demand.kind, demand.first
  local amount = before and 0 or cost[kind]
  local used, reset, frees = 0, 0, 0
  if kind <= 3 then
    used, reset, frees = measure_window(first, kind, amount, demand.limit, window, now)
  elseif kind == 4 then
    redis.call('ZREMRANGEBYSCORE', KEYS[first + 5], '-inf', now)
    used = redis.call('ZCARD', KEYS[first + 5])
  else
    money = true
    used = spent(first, kind, now)
  end
  if used then
    if used + amount > demand.limit then refused = true end
    table.insert(measures, {demand.scope - 1, kind - 1, used, reset, frees})
  else
    table.insert(missing, demand.scope - 1)
  end
end

local verdict = 0
if before then verdict = 4
elseif refused then verdict = 1
elseif money and now - since < grace then verdict = 3
elseif #missing > 0 then verdict = 2 end

if verdict == 0 and take then
  for _, demand in ipairs(demands) do
    local kind, first = demand.kind, demand.first
    if kind <= 2 then
      redis.call('ZADD', KEYS[first + kind], now, id)
      keep(KEYS[first + kind], window)
    elseif kind == 3 then
      redis.call('ZADD', KEYS[first + 3], now, id)
      redis.call('HSET', KEYS[first + 4], id, whole(cost[3]))
      redis.call('HINCRBY', KEYS[first + 4], '=', whole(cost[3]))
      keep(KEYS[first + 3], window)
      keep(KEYS[first + 4], window)
    elseif kind == 4 then
      redis.call('ZADD', KEYS[first + 5], now + lease, id)
      keep(KEYS[first + 5], lease)
    else
      keep_money(first, id, cost[5])
    end
  end
  if money then keep_facts(id, now + lease, facts) end
  if #demands > 0 then redis.call('PEXPIRE', KEYS[1], DAY_MS) end
end
return {verdict, now, since, measures, missing}`;
