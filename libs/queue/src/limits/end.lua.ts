import { LIBRARY } from './library.lua.js';

/** KEYS as `RESERVE`. ARGV: id, tokens that were used. */
export const SETTLE = `${LIBRARY}
local id, tokens = ARGV[1], tonumber(ARGV[2])
for first = 3, #KEYS - 1, 7 do
  redis.call('ZREM', KEYS[first + 5], id)
  local reserved = redis.call('HGET', KEYS[first + 4], id)
  if reserved and tokens > 0 then
    redis.call('HSET', KEYS[first + 4], id, whole(tokens))
    redis.call('HINCRBY', KEYS[first + 4], '=', whole(tokens - tonumber(reserved)))
  elseif reserved then
    drop_tokens(first, id)
    redis.call('ZREM', KEYS[first + 3], id)
  end
end
return 1`;

/** KEYS as `RESERVE`. ARGV: id. */
export const RELEASE = `${LIBRARY}
local id = ARGV[1]
for first = 3, #KEYS - 1, 7 do
  redis.call('ZREM', KEYS[first + 1], id)
  redis.call('ZREM', KEYS[first + 2], id)
  redis.call('ZREM', KEYS[first + 5], id)
  drop_tokens(first, id)
  redis.call('ZREM', KEYS[first + 3], id)
  drop_money(first, id)
end
drop_facts(id)
return 1`;

/** KEYS: pending facts. ARGV: id. */
export const DISPATCHED = `
local facts = redis.call('HGET', KEYS[1], ARGV[1])
if facts then redis.call('HSET', KEYS[1], ARGV[1], '1' .. string.sub(facts, 2)) end
return 1`;

/**
 * The ledger has these: balances that say so, then the money away, at once.
 *
 * KEYS as `RESERVE`. ARGV: microseconds for which Redis is new, 1 to leave what is alive again, how many ids,
 * the ids, then of each scope: version, end of its day, spent, end of its month, spent, held; all '' where
 * its balance was not read.
 */
export const CONFIRM = `${LIBRARY}
local now = clock()
local make = now - opened(KEYS[1], now) >= tonumber(ARGV[1])
local over, count = ARGV[2] == '1', tonumber(ARGV[3])
for first = 3, #KEYS - 1, 7 do
  local at = 4 + count + (first - 3) / 7 * 6
  if ARGV[at] ~= '' then push(KEYS[first + 6], {unpack(ARGV, at, at + 5)}, make) end
end
for i = 4, 3 + count do
  local id = ARGV[i]
  local lease = redis.call('ZSCORE', KEYS[2], id)
  if not over or not lease or tonumber(lease) <= now then
    for first = 3, #KEYS - 1, 7 do
      local at = 4 + count + (first - 3) / 7 * 6
      -- Its money goes and nobody says where: the balance is to be read again before it counts.
      if ARGV[at] == '' and redis.call('HEXISTS', KEYS[first + 7], id) == 1 then redis.call('DEL', KEYS[first + 6]) end
      drop_money(first, id)
    end
    drop_facts(id)
  end
end
return 1`;

/** KEYS: balances. ARGV: of each what CONFIRM takes. Replaces what is there, makes nothing. */
export const PUSH = `${LIBRARY}
for i, key in ipairs(KEYS) do push(key, {unpack(ARGV, i * 6 - 5, i * 6)}, false) end
return 1`;

/**
 * What a living process has open goes on, and comes back where Redis has lost it.
 *
 * KEYS as `RESERVE`. ARGV: microseconds of a lease, then of each call: id, its slots and its money as lists of
 * scopes' places from 0 ("0,1"), nano-USD, facts. Answers since when Redis knows of limits.
 */
export const RENEW = `${LIBRARY}
local now = clock()
local since = opened(KEYS[1], now)
local lease = tonumber(ARGV[1])
for i = 2, #ARGV, 5 do
  local id = ARGV[i]
  for place in string.gmatch(ARGV[i + 1], '%d+') do
    local slots = KEYS[3 + tonumber(place) * 7 + 5]
    redis.call('ZADD', slots, whole(now + lease), id)
    keep(slots, lease)
  end
  if ARGV[i + 2] ~= '' then
    for place in string.gmatch(ARGV[i + 2], '%d+') do keep_money(3 + tonumber(place) * 7, id, tonumber(ARGV[i + 3])) end
    keep_facts(id, now + lease, ARGV[i + 4])
  end
end
redis.call('PEXPIRE', KEYS[1], DAY_MS)
return since`;

/** KEYS: pending leases, pending facts. ARGV: how many. Answers ids and facts of what nobody renewed. */
export const EXPIRED = `${LIBRARY}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', whole(clock()), 'LIMIT', 0, tonumber(ARGV[1]))
local found = {}
for _, id in ipairs(ids) do
  table.insert(found, id)
  table.insert(found, redis.call('HGET', KEYS[2], id) or '')
end
return found`;
