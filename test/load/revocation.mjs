import { setTimeout as sleep } from 'node:timers/promises';
import { ADMIN_TOKEN, startBenchStack, TENANTS } from './bench-stack.mjs';
import { openLoadClient } from './load-client.mjs';

/** Over the second in which every process looks at what changed. */
const WARM_MS = 300;
const PATH = '/v1/tasks?size=1';

/**
 * How long after the answer to a revocation (or to a change of a key's scopes) each of three APIs still
 * begins to serve the key, all of them under load. The change is made through the first.
 * @param {{ rounds: number, connections: number }} size `connections`: of the load, to each API
 */
export async function measureRevocation({ rounds, connections }) {
  const stack = await startBenchStack();
  const urls = [stack.url, (await stack.startApi()).url, (await stack.startApi()).url];
  const admin = openLoadClient(stack.url, { key: ADMIN_TOKEN, connections: 1 });
  const load = startLoad(urls, connections);
  try {
    const tenants = (await admin.call('/admin/tenants')).body.data.tenants;
    const keys = `/admin/tenants/${tenants.find(({ name }) => name === TENANTS[0]).id}/keys`;
    const revoke = async (id) => await changed(stack.url, `${keys}/${id}`, 'DELETE');
    const narrow = async (id) =>
      await changed(stack.url, `${keys}/${id}`, 'PATCH', { scopes: ['proxy'] });
    const measured = { revoked: [], narrowed: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, change] of Object.entries({ revoked: revoke, narrowed: narrow })) {
        const { id, key } = (await admin.call(keys, {})).body.data;
        measured[name].push(await lastServed(urls, key, () => change(id)));
      }
    }
    return {
      rounds,
      connections,
      requestsPerSecond: load.perSecond(),
      revoked: urls.map((_, api) => figures(measured.revoked.map((one) => one[api]))),
      narrowed: urls.map((_, api) => figures(measured.narrowed.map((one) => one[api]))),
    };
  } finally {
    await load.stop();
    admin.close();
    await stack.stop();
  }
}

/**
 * Of each API: milliseconds from the change's answer until it began the last call that it served; 0: it
 * served none that came after.
 */
async function lastServed(urls, key, change) {
  const probes = urls.map((url) => probe(url, key));
  await sleep(WARM_MS);
  await change();
  const changedAt = performance.now();
  return (await Promise.all(probes)).map((lastAt) => Math.max(0, lastAt - changedAt));
}

/** Calls one after the other until one is refused. @returns when the last one began that was served */
async function probe(url, key) {
  const client = openLoadClient(url, { key, connections: 1 });
  let lastAt = -Infinity;
  for (;;) {
    const begunAt = performance.now();
    const { status } = await client.call(PATH);
    if (status !== 200) break;
    lastAt = begunAt;
  }
  client.close();
  return lastAt;
}

/** Another key, at every API, without a pause. */
function startLoad(urls, connections) {
  const startedAt = performance.now();
  const end = new AbortController();
  let count = 0;
  const clients = urls.map((url) => openLoadClient(url, { key: TENANTS[1], connections }));
  const loops = clients.flatMap((client) =>
    Array.from({ length: connections }, async () => {
      while (!end.signal.aborted) {
        await client.call(PATH);
        count += 1;
      }
    }),
  );
  return {
    perSecond: () => (1000 * count) / (performance.now() - startedAt),
    stop: async () => {
      end.abort();
      await Promise.all(loops);
      for (const client of clients) client.close();
    },
  };
}

async function changed(url, path, method, body) {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${await answer.text()}`);
  await answer.body?.cancel();
}

function figures(times) {
  const sorted = times.toSorted((a, b) => a - b);
  return { p50Ms: sorted[Math.floor(sorted.length / 2)], maxMs: sorted.at(-1) };
}
