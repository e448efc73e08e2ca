import { CIRCUIT_STATES } from '../engine/index.js';

/**
 * What runs inside Redis, one step of the protocol each. All time is Redis's own (`TIME`); answers tell what remains,
 * in ms, so that no two machines' clocks are ever compared. Every write lets its keys expire.
 *
 * KEYS: the breaker's state (a hash), its votes, its lease, those whose probes failed, how each instance stands (sorted
 * sets of expiries).
 * ARGV: the channel, the encoded name, an incarnation for a breaker that Redis doesn't know yet; then each script's own;
 * and, where the asker says how it stands itself: `id, state, ttl`, with no state where it leaves.
 * Answer: verdict, state, epoch, incarnation, remaining ms (-1: without end; half-open: of the lease), votes, command,
 * actor, reason, how many instances are in each state.
 */
export interface Script {
  readonly name: string;
  readonly source: string;
}

/** In the order of their counts; the last digits of a score say which of them an instance is in. */
const STATES = CIRCUIT_STATES.map((state, index) => `${state} = ${index + 1}`).join(', ');

/** How long Redis remembers a breaker that nobody speaks of, in ms. */
const TTL = 600_000;

/** The version of the messages; others are ignored. */
export const MESSAGE_VERSION = 1;

const PREAMBLE = `
local s, v, p, f, m = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local known = redis.call('HMGET', s, 'i', 'e', 'st', 'until', 'ok', 'cmd', 'by', 'why', 'count')
local i, e, st, till, ok = known[1], tonumber(known[2]), known[3], tonumber(known[4]), tonumber(known[5])
local cmd, by, why = known[6] or '', known[7] or '', known[8] or ''
if not (i and e and st and till and ok) then
  i, e, st, till, ok, cmd, by, why = ARGV[3], 0, 'closed', 0, 0, '', '', ''
  redis.call('DEL', s, v, p, f)
  redis.call('HSET', s, 'i', i, 'e', '0', 'st', st, 'until', '0', 'ok', '0', 'cmd', '', 'by', '', 'why', '')
end
for _, expiring in ipairs({ v, p, f, m }) do redis.call('ZREMRANGEBYSCORE', expiring, '-inf', text(now)) end
local function leased()
  local holder = redis.call('ZRANGE', p, 0, 0, 'WITHSCORES')
  if holder[1] then return tonumber(holder[2]) - now end
  return nil
end
local function left()
  if st == 'half_open' then return leased() or 0 end
  if till < 0 then return -1 end
  return math.max(0, till - now)
end
local function due() return till >= 0 and till <= now end
local function turn(to, ends, command, actor, reason)
  e, st, till, ok, cmd, by, why = e + 1, to, ends, 0, command or '', actor or '', reason or ''
  redis.call('HSET', s, 'e', text(e), 'st', st, 'until', text(till), 'ok', '0', 'cmd', cmd, 'by', by, 'why', why)
  redis.call('DEL', p, f)
  if st == 'closed' then redis.call('DEL', v) end
  local word = { v = ${MESSAGE_VERSION}, n = ARGV[2], st = st, e = e, i = i, left = left() }
  if cmd ~= '' then word.f = 1 end
  redis.call('PUBLISH', ARGV[1], cjson.encode(word))
end
local states = { ${STATES} }
local counts, all = {}, 0
for _ in pairs(states) do counts[#counts + 1] = 0 end
local function placeOf(score) return math.floor(tonumber(score) % 1 * 8) + 1 end
local function add(place, change)
  if counts[place] then counts[place], all = counts[place] + change, all + change end
end
do
  local place = 0
  for number in string.gmatch(known[9] or '', '%d+') do
    place = place + 1
    add(place, tonumber(number))
  end
end
local isRecount = all ~= redis.call('ZCARD', m)
if isRecount then
  for place in ipairs(counts) do counts[place] = 0 end
  local standing = redis.call('ZRANGE', m, 0, -1, 'WITHSCORES')
  for at = 2, #standing, 2 do add(placeOf(standing[at]), 1) end
end
local function stand(id, state, ttl)
  local before, place = redis.call('ZSCORE', m, id), states[state]
  before = before and placeOf(before)
  if place then redis.call('ZADD', m, string.format('%.3f', now + ttl + (place - 1) / 8), id)
  elseif before then redis.call('ZREM', m, id) end
  if before then add(before, -1) end
  if place then add(place, 1) end
  if isRecount or before ~= place then redis.call('HSET', s, 'count', table.concat(counts, ' ')) end
end
local function answer(verdict, wait)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${TTL}) end
  local remaining = wait or left()
  local count = table.concat(counts, ' ')
  return { verdict, st, text(e), i, text(remaining), text(redis.call('ZCARD', v)), cmd, by, why, count }
end
`;

/** `own`: how many arguments are the script's own. */
const script = (name: string, own: number, body: string): Script => ({
  name,
  source: `${PREAMBLE}if ARGV[${4 + own}] then stand(ARGV[${4 + own}], ARGV[${5 + own}], ARGV[${6 + own}]) end\n${body}`,
});

/**
 * Says that this instance has opened: `id, ttl, quorum, openMs, e, i`. At the quorum the fleet opens. Who says so again
 * gives the epoch and incarnation known there: the fleet may have closed since, which took that vote away.
 */
export const VOTE = script(
  'vote',
  6,
  `
if st == 'closed' and i == ARGV[9] and e > tonumber(ARGV[8]) then return answer('stale') end
redis.call('ZADD', v, text(now + ARGV[5]), ARGV[4])
if st == 'closed' and redis.call('ZCARD', v) >= tonumber(ARGV[6]) then turn('open', now + ARGV[7]) end
return answer('ok')
`,
);

/**
 * Takes a vote back: `id`. When the last voter is well again and nobody probes, so is the fleet: whoever had to decide
 * while Redis was away has left the circuit open here.
 */
export const UNVOTE = script(
  'unvote',
  1,
  `
local gone = redis.call('ZREM', v, ARGV[4])
local idle = (st == 'open' and due()) or (st == 'half_open' and not leased())
if gone == 1 and idle and redis.call('ZCARD', v) == 0 then turn('closed', 0) end
return answer('ok')
`,
);

/** Asks to be the one that probes: `token, id, leaseMs`. Verdicts: `granted`, `denied`, `free` (closed: go ahead). */
export const LEASE = script(
  'lease',
  3,
  `
if st == 'closed' then return answer('free') end
if st ~= 'half_open' then
  if not due() then return answer('denied') end
  turn('half_open', 0)
end
local failed = redis.call('ZSCORE', f, ARGV[5])
if failed then return answer('denied', tonumber(failed) - now) end
local other = leased()
if other then return answer('denied', other) end
redis.call('ZADD', p, text(now + ARGV[6]), ARGV[4])
return answer('granted')
`,
);

/**
 * How a probe ended: `token, e, i, outcome, need, quorum, openMs, id`. Words of a lease that is over, of another epoch
 * or of another incarnation are `stale` and change nothing.
 */
export const REPORT = script(
  'report',
  8,
  `
if st ~= 'half_open' or i ~= ARGV[6] or e ~= tonumber(ARGV[5]) or not redis.call('ZSCORE', p, ARGV[4]) then
  return answer('stale')
end
if ARGV[7] == 'success' then
  ok = redis.call('HINCRBY', s, 'ok', 1)
  if ok >= tonumber(ARGV[8]) then turn('closed', 0) end
  return answer('ok')
end
redis.call('ZREM', p, ARGV[4])
if ARGV[7] == 'failure' then
  redis.call('HSET', s, 'ok', '0')
  redis.call('ZADD', f, text(now + ARGV[10]), ARGV[11])
  if redis.call('ZCARD', f) >= tonumber(ARGV[9]) then turn('open', now + ARGV[10]) end
end
return answer('ok')
`,
);

/** The authoritative view. */
export const SYNC = script('sync', 0, `return answer('ok')`);

/** An operator's word: `state, ms (-1: without end), command, actor, reason`. */
export const FORCE = script(
  'force',
  5,
  `
local ends = -1
if tonumber(ARGV[5]) >= 0 then ends = now + ARGV[5] end
turn(ARGV[4], ends, ARGV[6], ARGV[7], ARGV[8])
return answer('ok')
`,
);

/** `cb:live`: this instance is here for another `ttl` ms, with 0 it has gone: `id, ttl`. Answers how many there are. */
export const BEAT: Script = {
  name: 'beat',
  source: `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
if tonumber(ARGV[2]) > 0 then redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
else redis.call('ZREM', KEYS[1], ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ${TTL})
return redis.call('ZCARD', KEYS[1])
`,
};
