import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN, percentile, startBenchStack, TENANTS } from './bench-stack.mjs';

/** Each upstream has a key of its own, by which the sandbox makes it ill and tells what it was sent. */
const MAIN = { name: 'main', provider: 'openai', secret: 'key-of-main' };
const SPARE = { name: 'spare', provider: 'openai-b', secret: 'key-of-spare' };
const ROUTE = { targets: [MAIN.name, SPARE.name].map((upstream, order) => ({ upstream, order })) };
const MODEL = 'gpt-5-mini';
const MESSAGES = [{ role: 'user', content: 'one two three four' }];
/** Over the second in which processes learn of a route. */
const WARM_MS = 2_500;
/** And some more. */
const LONGEST_OPEN_MS = 310_000;
/** Of each caller between two calls. */
const PAUSE_MS = 50;

/**
 * An upstream that is overloaded every other while, behind a route with a fallback, under callers that
 * never stop: what they saw of it, and how often it was asked while it was ill.
 * @param {{ seconds: number, halfPeriodMs: number, callers: number }} size
 */
export async function measureFlapping({ seconds, halfPeriodMs, callers }) {
  const stack = await startBenchStack();
  const setFault = (fault) =>
    send('POST', `${stack.sandboxUrl}/_sandbox/faults`, { key: MAIN.secret, fault });
  try {
    for (const { name, provider, secret } of [MAIN, SPARE]) {
      const baseUrl = `${stack.sandboxUrl}/${provider}/v1`;
      await send('POST', `${stack.url}/admin/upstreams`, { name, baseUrl, secret });
    }
    await send('PUT', `${stack.url}/admin/routes/${MODEL}`, ROUTE);
    await sleep(WARM_MS);
    const end = new AbortController();
    const calls = Array.from({ length: callers }, () => callOn(stack.url, end.signal));
    const ill = [];
    for (let left = Math.round((seconds * 500) / halfPeriodMs); left > 0; left -= 1) {
      await setFault('error-503');
      const from = Date.now();
      await sleep(halfPeriodMs);
      ill.push({ from, until: Date.now() });
      await setFault(null);
      await sleep(halfPeriodMs);
    }
    const asked = await askedOfMain(stack.sandboxUrl);
    const backMs = await untilMainAnswers(stack.sandboxUrl);
    end.abort();
    const seen = (await Promise.all(calls)).flat();
    return { seconds, halfPeriodMs, callers, backMs, ...figures(seen, ill, asked) };
  } finally {
    await stack.stop();
  }
}

/** What the sandbox was asked with the key of the upstream that is ill. */
async function askedOfMain(sandboxUrl) {
  const answer = await fetch(`${sandboxUrl}/_sandbox/requests?key=${MAIN.secret}`);
  const { requests } = await answer.json();
  return requests;
}

const answeredIn = (asked) => asked.filter(({ status }) => status !== 503).length;

/** Well from now on: milliseconds until it has the calls again. @throws after as long as a breaker stays open */
async function untilMainAnswers(sandboxUrl) {
  const from = Date.now();
  const before = answeredIn(await askedOfMain(sandboxUrl));
  while (Date.now() - from < LONGEST_OPEN_MS) {
    if (answeredIn(await askedOfMain(sandboxUrl)) > before) return Date.now() - from;
    await sleep(PAUSE_MS);
  }
  throw new Error('An upstream that is well again is not asked');
}

/** Calls one after the other; every second one streams. */
async function callOn(url, signal) {
  const seen = [];
  while (!signal.aborted) {
    const stream = seen.length % 2 === 1;
    const at = Date.now();
    const text = await send('POST', `${url}/v1/chat/completions`, {
      model: MODEL,
      messages: MESSAGES,
      stream,
    }).catch(() => '');
    const isWhole = text.includes(' four') && (!stream || text.endsWith('data: [DONE]\n\n'));
    seen.push({ at, ms: Date.now() - at, isWhole });
    await sleep(PAUSE_MS);
  }
  return seen;
}

function figures(seen, ill, asked) {
  const during = ({ at }) => ill.some(({ from, until }) => at >= from && at < until);
  const answered = answeredIn(asked);
  const times = seen.map(({ ms }) => ms);
  return {
    calls: seen.length,
    broken: seen.filter(({ isWhole }) => !isWhole).length,
    callsWhileIll: seen.filter(during).length,
    refusedByMain: asked.length - answered,
    answeredByMain: answered,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}

/** @returns its text. @throws with the answer, unless it is a 200 */
async function send(method, url, body) {
  const key = url.includes('/admin/') ? ADMIN_TOKEN : TENANTS[0];
  const answer = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text;
}
