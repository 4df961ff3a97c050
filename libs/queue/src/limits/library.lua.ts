/**
 * What the scripts share. Every key that counts has an expiry beyond the last moment at which it can count,
 * so nothing of a tenant that is gone stays. Sums are kept in a field named '=' beside their parts: no id
 * has that name. Numbers are written by 'whole', because Lua would write large ones with an exponent.
 */
export const LIBRARY = `
local DAY_MS = 86400000
local BALANCE_MS = 300000
local MONEY_MS = 7 * DAY_MS

local function whole(number) return string.format('%.0f', number) end

local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function opened(key, now)
  redis.call('SET', key, whole(now), 'PX', DAY_MS, 'NX')
  return tonumber(redis.call('GET', key))
end

local function keep(key, micros) redis.call('PEXPIRE', key, math.ceil(micros / 1000) + 1000) end

local function has(first, kind, id)
  if kind == 5 or kind == 6 then return redis.call('HEXISTS', KEYS[first + 7], id) == 1 end
  local key = kind == 4 and KEYS[first + 5] or KEYS[first + kind]
  return redis.call('ZSCORE', key, id) ~= false
end

-- Takes an entry's tokens out of their sum.
local function drop_tokens(first, id)
  local amount = redis.call('HGET', KEYS[first + 4], id)
  if amount then
    redis.call('HINCRBY', KEYS[first + 4], '=', '-' .. amount)
    redis.call('HDEL', KEYS[first + 4], id)
  end
end

local function trim(first, kind, cutoff)
  if kind < 3 then return redis.call('ZREMRANGEBYSCORE', KEYS[first + kind], '-inf', cutoff) end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[first + 3], '-inf', cutoff)) do drop_tokens(first, id) end
  redis.call('ZREMRANGEBYSCORE', KEYS[first + 3], '-inf', cutoff)
end

-- When so much has left the window.
local function frees_at(first, kind, amount, window)
  local key = KEYS[first + kind]
  if kind < 3 then
    local entry = redis.call('ZRANGE', key, amount - 1, amount - 1, 'WITHSCORES')
    return entry[2] and tonumber(entry[2]) + window
  end
  local freed, place = 0, 0
  while true do
    local page = redis.call('ZRANGE', key, place, place + 99, 'WITHSCORES')
    if #page == 0 then return nil end
    for i = 1, #page, 2 do
      freed = freed + tonumber(redis.call('HGET', KEYS[first + 4], page[i]) or 0)
      if freed >= amount then return tonumber(page[i + 1]) + window end
    end
    place = place + 100
  end
end

local function measure_window(first, kind, amount, limit, window, now)
  trim(first, kind, whole(now - window))
  local key, used = KEYS[first + kind], nil
  if kind < 3 then used = redis.call('ZCARD', key)
  else used = tonumber(redis.call('HGET', KEYS[first + 4], '=') or 0) end
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  local reset, frees = last and tonumber(last) + window - now or 0, 0
  if used + amount > limit then
    local at = frees_at(first, kind, used + amount - limit, window)
    if at then frees = math.max(at - now, 0) end
  end
  return used, reset, frees
end

-- Whole nano-USD that are gone of a budget: spent, held, on their way. nil: nobody has said what is spent.
local function spent(first, kind, now)
  local ends, paid = unpack(kind == 5 and {'dayEnds', 'daySpent'} or {'monthEnds', 'monthSpent'})
  local balance = redis.call('HMGET', KEYS[first + 6], ends, paid, 'held')
  if not balance[1] then return nil end
  local sum = tonumber(balance[1]) > now and tonumber(balance[2]) or 0
  return sum + tonumber(balance[3]) + tonumber(redis.call('HGET', KEYS[first + 7], '=') or 0)
end

local function keep_money(first, id, amount)
  if redis.call('HSETNX', KEYS[first + 7], id, whole(amount)) == 1 then
    redis.call('HINCRBY', KEYS[first + 7], '=', whole(amount))
  end
  redis.call('PEXPIRE', KEYS[first + 7], MONEY_MS)
end

local function drop_money(first, id)
  local amount = redis.call('HGET', KEYS[first + 7], id)
  if amount then
    redis.call('HDEL', KEYS[first + 7], id)
    if redis.call('HINCRBY', KEYS[first + 7], '=', '-' .. amount) == 0 and redis.call('HLEN', KEYS[first + 7]) == 1 then
      redis.call('DEL', KEYS[first + 7])
    end
  end
end

local function keep_facts(id, until_micros, facts)
  redis.call('ZADD', KEYS[2], whole(until_micros), id)
  redis.call('HSETNX', KEYS[3], id, facts)
  redis.call('PEXPIRE', KEYS[2], MONEY_MS)
  redis.call('PEXPIRE', KEYS[3], MONEY_MS)
end

local function drop_facts(id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
end

-- A newer balance replaces an older one; where there is none, only with 'make' and once Redis is no longer new:
-- what was read before it was emptied may be older than what it knew.
local function push(key, balance, make)
  local version = redis.call('HGET', key, 'version')
  if version and tonumber(version) > tonumber(balance[1]) then return end
  if not version and not make then return end
  redis.call('HSET', key, 'version', balance[1], 'dayEnds', balance[2], 'daySpent', balance[3],
    'monthEnds', balance[4], 'monthSpent', balance[5], 'held', balance[6])
  redis.call('PEXPIRE', key, BALANCE_MS)
end
`;
