import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { withDatabase } from '../chaos/collect.js';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient } from '../support/gateway-client.js';
import { readMetric } from '../support/metrics.js';
import type { AppProcess } from '../support/processes.js';
import { type Stack, startStack } from '../support/stack.js';

const HOUR_MS = 3_600_000;
/** A turn of the duty that reports comes every 15 s. */
const PATIENCE = { timeout: 100_000, interval: 100 };

let stack: Stack;
let receiver: CallbackReceiver;
let workers: readonly AppProcess[];

beforeAll(async () => {
  const env = { SANDBOX_DELAY_MS: '50', CALLBACK_DISABLE_AFTER_HOURS: '4' };
  stack = await startStack({ workers: 0, env });
  receiver = await startCallbackReceiver();
  await failForHours(3);
  workers = await Promise.all([stack.startWorker(), stack.startWorker()]);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

const NAMES = ['callback receiver fails for long', 'callback receiver works again'];

it('a receiver that has failed for long is told of once by all workers, and that it works again', async () => {
  await untilShown(1);
  await vi.waitUntil(() => lines().length > 0, PATIENCE);
  const before = lines();

  const client = new GatewayClient(stack.url, stack.keys[0]);
  const callback = { url: `${receiver.url}?token=hush` };
  await client.createTask({ model: 'flux-2-pro', input: { prompt: 'well again' }, callback });
  await receiver.waitFor(1);
  await vi.waitUntil(() => lines().length > before.length, PATIENCE);
  await untilShown(0);

  const { origin } = new URL(receiver.url);
  const who = { tenantId: expect.stringMatching(/^tn_/) as unknown, tenant: 'tenant-a', origin };
  expect(before).toMatchObject([
    { level: 40, msg: NAMES[0], ...who, failures: 7, failedForHours: 3, disabledInHours: 1 },
  ]);
  expect(lines().slice(1)).toMatchObject([{ level: 30, msg: NAMES[1], ...who, failedForHours: 3 }]);
  expect(workers.flatMap((worker) => worker.logs()).join('\n')).not.toContain('hush');
});

/** What its rows say after so many hours of nothing but failures, until a moment ago. */
async function failForHours(hours: number): Promise<void> {
  const now = Date.now();
  const failingSince = now - hours * HOUR_MS;
  const health = { failingSince, lastFailureAt: now, failures: 7, tokensAt: now };
  await withDatabase(stack.databaseUrl, async (query) => {
    await query(
      `INSERT INTO callback_receivers (tenant_id, origin, health, failing_since)
       SELECT id, $1, $2, $3 FROM tenants WHERE name = $4`,
      [new URL(receiver.url).origin, JSON.stringify(health), new Date(failingSince), stack.keys[0]],
    );
  });
}

/** By every worker. */
async function untilShown(failing: number): Promise<void> {
  await vi.waitUntil(
    async () => (await Promise.all(workers.map(shownBy))).every((count) => count === failing),
    PATIENCE,
  );
}

const shownBy = async ({ url }: AppProcess): Promise<number> =>
  await readMetric(url, 'taskgate_callback_receivers', { state: 'failing' });

interface Line {
  /** Unix milliseconds. */
  readonly time: number;
  readonly msg: string;
}

/** What all workers have told of receivers, in the order of its times, whichever worker told it. */
function lines(): readonly Line[] {
  return workers
    .flatMap((worker) => worker.logs())
    .filter((line) => NAMES.some((name) => line.includes(name)))
    .map((line) => JSON.parse(line) as Line)
    .toSorted((one, other) => one.time - other.time);
}
