import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient } from '../support/gateway-client.js';
import { startStackOnOwnServers } from '../support/stack.js';
import { audit, type Verdict } from './audit.js';
import { type ClientLog, runClients } from './clients.js';
import { collectFacts, withDatabase } from './collect.js';
import { type Disturbance, planDisturbances } from './disturbances.js';
import type { Facts } from './facts.js';
import { type MoodyReceiver, startMoodyReceiver } from './moody-receiver.js';
import type { ChaosOptions } from './options.js';
import { planOrders, TENANT_WEIGHTS } from './plan.js';
import { type Supervised, supervise } from './supervised.js';

export interface ChaosResult {
  readonly options: ChaosOptions;
  readonly verdicts: readonly Verdict[];
  readonly facts: Facts;
  readonly log: ClientLog;
  /** What was done to the system, in order, with its time after the start. */
  readonly done: readonly string[];
  /** Processes that ended although nobody killed them. */
  readonly unexpectedEnds: readonly string[];
  /** From the last order and the last trouble until nothing was left to do; null: never. */
  readonly settledMs: number | null;
}

type OwnStack = Awaited<ReturnType<typeof startStackOnOwnServers>>;

const TENANTS = ['chaos-a', 'chaos-b', 'chaos-c', 'chaos-d'] as const;
/** After the deadline of the last task: leases, callbacks' retries and a busy machine. */
const SETTLE_SLACK_MS = 120_000;

/** What the vendors allow is not what this run is about; their 429s are. */
const ROOM_AT_VENDORS = Object.fromEntries(
  ['OPENAI', 'DASHSCOPE', 'BFL', 'VERTEX'].flatMap((prefix) => [
    [`${prefix}_MAX_IN_FLIGHT`, '500'],
    [`${prefix}_SUBMITS_PER_SECOND`, '100'],
    [`${prefix}_CHECKS_PER_SECOND`, '500'],
  ]),
);

/** The whole thing: starts all, breaks it, waits until it is quiet, and judges what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const stack = await startStackOnOwnServers({
    apis: options.apis,
    workers: options.workers,
    keys: TENANTS,
    durable: true,
    env: {
      ...ROOM_AT_VENDORS,
      TASK_DEADLINE_SECONDS: String(options.deadlineSeconds),
      CALLBACK_RETRY_SCHEDULE: '1,1,2,2,3,3,5,5,5,5,5,5,5,5,5,5,5,5,5,5',
      CALLBACK_TIMEOUT_SECONDS: '2',
      LOG_LEVEL: 'warn',
    },
  });
  const receiver = await startMoodyReceiver();
  try {
    return await runOn(stack, receiver, options);
  } finally {
    await receiver.stop();
    await stack.stop();
  }
}

async function runOn(
  stack: OwnStack,
  receiver: MoodyReceiver,
  options: ChaosOptions,
): Promise<ChaosResult> {
  await setWeights(stack.databaseUrl);
  const clientsOf = TENANTS.map((key) => stack.apis.map(({ url }) => new GatewayClient(url, key)));
  const own = clientsOf.flatMap(([first]) => first ?? []);
  const secrets = await Promise.all(own.map(callbackSecret));
  const apis = stack.apis.map((api) =>
    supervise(api, async () => await stack.startApi({}, Number(new URL(api.url).port))),
  );
  const workers = stack.workers.map((worker) =>
    supervise(worker, async () => await stack.startWorker()),
  );

  const [log, done] = await Promise.all([
    runClients(planOrders(options, receiver.url), clientsOf),
    disturb(planDisturbances(options), stack, { apis, workers }),
  ]);
  const settledMs = await untilQuiet(stack.databaseUrl, options);
  const facts = await collectFacts(
    stack,
    { orders: log.orders, callbacks: receiver.facts(secrets) },
    own,
  );
  const supervised = [...apis, ...workers];
  await Promise.all(supervised.map(async (one) => await one.release()));
  return {
    options,
    verdicts: audit(facts),
    facts,
    log,
    done,
    unexpectedEnds: supervised.flatMap(({ unexpectedEnds }) => unexpectedEnds),
    settledMs,
  };
}

/** Where the schema has policies: tenants of different weight. */
async function setWeights(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, async (query) => {
    const columns = await query(
      `SELECT 1 FROM information_schema.columns WHERE table_name = 'tenants' AND column_name = 'policy'`,
    );
    if (columns.length === 0) return;
    for (const [index, weight] of TENANT_WEIGHTS.entries()) {
      const policy = JSON.stringify({ weight });
      await query(`UPDATE tenants SET policy = $2 WHERE name = $1`, [TENANTS[index], policy]);
    }
  });
}

async function callbackSecret(client: GatewayClient): Promise<string> {
  const { body } = await client.request('/v1/callback-secret');
  return (body as { data: { secret: string } }).data.secret; // the envelope
}

interface Processes {
  readonly apis: readonly Supervised[];
  readonly workers: readonly Supervised[];
}

/** One trouble after the other, each at its time or as soon as the one before is over. */
async function disturb(
  schedule: readonly Disturbance[],
  stack: OwnStack,
  processes: Processes,
): Promise<readonly string[]> {
  const startedAt = Date.now();
  const done: string[] = [];
  const note = (what: string): void => {
    done.push(`${((Date.now() - startedAt) / 1000).toFixed(1)} s ${what}`);
  };
  // Outages last, and processes die during them: kills have a line of their own.
  const lines = Object.values(Object.groupBy(schedule, ({ what }) => what.split('-')[0] ?? ''));
  await Promise.all(
    lines.map(async (line = []) => {
      for (const one of line) {
        await sleep(Math.max(0, startedAt + one.atMs - Date.now()));
        await happen(one, stack, processes, note);
      }
    }),
  );
  return done;
}

async function happen(
  one: Disturbance,
  { redis, postgres }: OwnStack,
  { apis, workers }: Processes,
  note: (what: string) => void,
): Promise<void> {
  switch (one.what) {
    case 'kill-api':
    case 'kill-worker': {
      const group = one.what === 'kill-api' ? apis : workers;
      if (await group[one.index % group.length]?.kill()) note(`${one.what} ${one.index}`);
      return;
    }
    case 'redis-flushall':
      await redis.flush();
      note(one.what);
      return;
    case 'redis-restarts-empty':
      await redis.stop('SIGKILL');
      await redis.start({ empty: true });
      note(one.what);
      return;
    case 'redis-away':
      await redis.stop('SIGKILL');
      await sleep(one.forMs);
      await redis.start();
      note(`${one.what} for ${one.forMs} ms`);
      return;
    case 'postgres-crashes':
      await postgres.stop('SIGQUIT');
      await postgres.start();
      note(one.what);
      return;
  }
}

/** @returns how long it took; null when something is still unfinished after every deadline */
async function untilQuiet(databaseUrl: string, options: ChaosOptions): Promise<number | null> {
  const from = Date.now();
  const until = from + options.deadlineSeconds * 1000 + SETTLE_SLACK_MS;
  return await withDatabase(databaseUrl, async (query) => {
    while (Date.now() < until) {
      const [left] = await query<{ rows: number }>(LEFT_TO_DO);
      if (left?.rows === 0) return Date.now() - from;
      await sleep(250);
    }
    return null;
  });
}

const LEFT_TO_DO = `SELECT ((SELECT count(*) FROM tasks WHERE status NOT IN ('success', 'fail'))
  + (SELECT count(*) FROM deliveries WHERE next_attempt_at IS NOT NULL) + (SELECT count(*) FROM outbox))::int AS rows`;
