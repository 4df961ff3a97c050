import { FAULTS } from '../../apps/sandbox/src/directions/read-directions.js';
import type { ChaosOptions } from './options.js';
import { type Random, randomFrom } from './random.js';

/** One order of a client: what it sends, when, and how it behaves. */
export interface PlannedOrder {
  /** After the start of the run. */
  readonly atMs: number;
  /** Index of the tenant. */
  readonly tenant: number;
  readonly body: OrderBody;
  /** With it the create may be sent again; null: sent once, whatever happens. */
  readonly idempotencyKey: string | null;
  /** The same bytes under the same key to another API at the same moment. */
  readonly sentTwice: boolean;
  /** How long after its answer the client cancels; null: never. */
  readonly cancelAfterMs: number | null;
  /** Orders of one batch have its number; null: sent by itself. */
  readonly batch: number | null;
}

export interface OrderBody {
  readonly model: string;
  readonly input: { readonly prompt: string; readonly n?: number };
  readonly callback?: { readonly url: string; readonly when: 'final' | 'all' };
  readonly onUnknown?: 'retry';
  readonly priority?: 'high' | 'low';
  readonly deadline?: number;
}

/** Tenants by index, and what share of the vendors' slots each is to have. */
export const TENANT_WEIGHTS = [1, 2, 3, 1] as const;

/** What the stand-in of every vendor can show, and how often: once, so that a task can heal. */
const OF_ALL = [
  'error-429:2',
  'error-429-retry-after:1',
  'error-500:1',
  'reset-after-accept:1',
  'fail',
  'moderated',
  'truncated-output:1',
  'html-output:1',
  'slow-output:1',
] as const;
const OF_LINKS = ['expired-url:1'] as const;
const OF_POLLED = ['regress:2', 'unknown-status:2'] as const;

interface ChaosModel {
  readonly model: string;
  readonly faults: readonly string[];
  /** Several results are several calls. */
  readonly onePerCall?: true;
}

const MODELS: readonly ChaosModel[] = [
  { model: 'gpt-image-2', faults: OF_ALL },
  { model: 'qwen-image-2-0', faults: [...OF_ALL, ...OF_LINKS] },
  { model: 'happyhorse-1-0', faults: [...OF_ALL, ...OF_LINKS, ...OF_POLLED] },
  {
    model: 'flux-2-pro',
    faults: [...OF_ALL, ...OF_LINKS, ...OF_POLLED, 'duplicate-hook'],
    onePerCall: true,
  },
  { model: 'veo-3-1', faults: OF_ALL },
];

const FAULT_SHARE = 0.3;
const BATCH_SIZE = 5;
/** A vendor that never answers holds a slot until the deadline: few, and with a short one. */
const HANG = { share: 0.01, deadlineSeconds: 20 };

/** Pure: the same options give the same orders. In order of time. */
export function planOrders(options: ChaosOptions, callbackUrl: string): readonly PlannedOrder[] {
  const random = randomFrom(options.seed);
  const orders = Array.from({ length: options.tasks }, (_, index) =>
    planOrder(index, random, options, callbackUrl),
  );
  return inBatches(orders, random).toSorted((a, b) => a.atMs - b.atMs);
}

function planOrder(
  index: number,
  random: Random,
  options: ChaosOptions,
  callbackUrl: string,
): PlannedOrder {
  const { model, faults, onePerCall } = random.pick(MODELS);
  const several = onePerCall && random.chance(0.3) ? { n: random.between(2, 4) } : {};
  const hangs = random.chance(HANG.share);
  const fault = hangs ? 'hang' : random.chance(FAULT_SHARE) ? random.pick(known(faults)) : null;
  const delayMs = random.between(50, random.chance(0.1) ? 8_000 : 1_500);
  const directions = `[[delay:${delayMs}ms]]${fault === null ? '' : ` [[fault:${fault}]]`}`;
  const keyed = random.chance(0.85);
  const told = random.chance(0.8);
  const when = random.chance(0.3) ? 'all' : 'final';
  return {
    atMs: Math.floor(random.next() * options.durationMs),
    tenant: random.between(0, TENANT_WEIGHTS.length - 1),
    body: {
      model,
      input: { prompt: `chaos ${options.seed}-${index} ${directions}`, ...several },
      ...(told ? { callback: { url: `${callbackUrl}?n=${index}`, when } } : {}),
      ...(random.chance(0.15) ? { onUnknown: 'retry' } : {}),
      ...(random.chance(0.2) ? { priority: random.pick(['high', 'low']) } : {}),
      ...(hangs ? { deadline: Math.min(HANG.deadlineSeconds, options.deadlineSeconds) } : {}),
    },
    idempotencyKey: keyed ? `key-${options.seed}-${index}` : null,
    sentTwice: keyed && random.chance(0.1),
    cancelAfterMs: random.chance(0.08) ? random.between(0, 3_000) : null,
    batch: null,
  };
}

/** One in twenty of those without a key begins a batch of its tenant: a batch is sent once, as a whole. */
function inBatches(orders: readonly PlannedOrder[], random: Random): readonly PlannedOrder[] {
  let batch = 0;
  let left = 0;
  let first: PlannedOrder | null = null;
  return orders.map((order) => {
    if (left === 0 && random.chance(0.02)) {
      [batch, left, first] = [batch + 1, BATCH_SIZE, order];
    }
    if (left === 0 || first === null) return order;
    left -= 1;
    const { tenant, atMs } = first;
    return { ...order, tenant, atMs, batch, idempotencyKey: null, sentTwice: false };
  });
}

/** Only faults that this sandbox has: a direction that it does not know would fail the task. */
function known(faults: readonly string[]): readonly string[] {
  const names: readonly string[] = FAULTS;
  return faults.filter((fault) => names.includes(fault.split(':')[0] ?? ''));
}
