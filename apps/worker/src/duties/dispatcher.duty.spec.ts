import { createMetrics } from '@app/observability';
import type { Model, Provider, ProviderAccount } from '@app/providers';
import {
  type Admission,
  DispatchStore,
  type LaneDecision,
  type LaneView,
  type TurnLimits,
} from '@app/tasks';
import { workbench } from '@app/tasks/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { DispatcherDuty } from './dispatcher.duty.js';

/** Lanes with so many tasks waiting each; `fail` names one whose rows cannot be read. */
class ScriptedLanes extends DispatchStore {
  readonly waiting = new Map<string, number>();
  readonly locked = new Set<string>();
  fail: string | null = null;

  override async lanes(): Promise<readonly string[]> {
    return [...this.waiting.keys()];
  }

  override async turn(
    provider: string,
    _limits: TurnLimits,
    decide: (view: LaneView) => LaneDecision,
  ): Promise<readonly Admission[] | null> {
    if (provider === this.fail) throw new Error(`no lane ${provider}`);
    if (this.locked.has(provider)) return null;
    const { admit } = decide(this.viewOf(provider));
    this.waiting.set(provider, (this.waiting.get(provider) ?? 0) - admit.length);
    return admit;
  }

  private viewOf(provider: string): LaneView {
    const tasks = Array.from({ length: this.waiting.get(provider) ?? 0 }, (_, index) => ({
      id: `tk-${index}`,
      version: 0,
      model: 'fake-image',
    }));
    const tenant = { id: 'tn_1', weight: 1, maxConcurrent: null, inFlight: 0, waiting: tasks };
    const nothing = {
      inFlight: new Map(),
      breakers: new Map(),
      accounts: new Map(),
      troubles: new Map(),
    };
    const state = { cursor: null, deficits: {}, buckets: {} };
    return { provider, now: new Date(), tenants: [tenant], state, ...nothing };
  }
}

const credential = async (): Promise<string> => 'key';

const account = (id: string, inFlight: number): ProviderAccount => {
  const { vendor } = workbench();
  const models: readonly Model[] = [];
  const provider: Provider = Object.assign(vendor, { id, models });
  const limits = { inFlight, submitsPerSecond: 100, checksPerSecond: 10 };
  return { id: `${id}:1`, provider, baseUrl: '', settings: {}, limits, credential };
};

let store: ScriptedLanes;
let told: { admitted: number };
let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  store = new ScriptedLanes();
  told = { admitted: 0 };
  metrics = createMetrics();
});

const duty = (): DispatcherDuty =>
  new DispatcherDuty({
    store,
    accounts: () => [account('one', 3), account('two', 5)],
    onAdmitted: () => (told.admitted += 1),
    metrics,
  });

describe('DispatcherDuty', () => {
  it('fills the slots of every vendor, tells the relay, and looks again at once', async () => {
    store.waiting.set('one', 10).set('two', 2);

    expect(await duty().runOnce()).toBe(true);

    expect(Object.fromEntries(store.waiting)).toEqual({ one: 7, two: 0 });
    expect(told.admitted).toBe(1);
  });

  it('rests when nothing waits or another worker is at the lane', async () => {
    expect(await duty().runOnce()).toBe(false);
    store.waiting.set('one', 10);
    store.locked.add('one');

    expect(await duty().runOnce()).toBe(false);

    expect(told.admitted).toBe(0);
  });

  it('serves the other vendors when the turn of one fails, and says so', async () => {
    store.waiting.set('one', 1).set('two', 1);
    store.fail = 'one';

    await expect(duty().runOnce()).rejects.toThrow('no lane one');

    expect(store.waiting.get('two')).toBe(0);
    expect(told.admitted).toBe(1);
  });

  it('admits nothing for a vendor whose keys were taken away', async () => {
    store.waiting.set('gone', 4);

    expect(await duty().runOnce()).toBe(false);

    expect(store.waiting.get('gone')).toBe(4);
  });

  it('shows how many slots there are', async () => {
    store.waiting.set('one', 1);

    await duty().runOnce();

    const { values } = await metrics.slotsLimit.get();
    expect(values).toMatchObject([{ labels: { provider: 'one' }, value: 3 }]);
  });
});
