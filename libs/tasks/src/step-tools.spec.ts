import { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { archiveLater, begin, failed } from './moves.js';
import { InMemoryTaskStore } from './testing/in-memory-task.store.js';
import { makeNewAttempt, makeTask, NOON } from './testing/make-task.js';
import { createArchiving, createQueued } from './testing/task-store-harness.js';
import { workbench } from './testing/workbench.js';
import type { Transition } from './transition.js';

/** Fails so many writes before it takes one. */
class ShakyStore extends InMemoryTaskStore {
  readonly tried: Transition[] = [];
  failures: Error[] = [];

  override async apply(transition: Transition): Promise<boolean> {
    this.tried.push(transition);
    const failure = this.failures.shift();
    if (failure) throw failure;
    return await super.apply(transition);
  }
}

const away = (): Error => new GatewayError('SERVICE_UNAVAILABLE', 'The database is away.');
const ERROR = {
  code: 'TASK_FAILED',
  message: 'No.',
  providerCode: null,
  retryable: false,
} as const;

describe('StepTools.commit', () => {
  it('waits while the store is away, because the answer exists only here', async () => {
    const store = new ShakyStore();
    const { tools, harness, told } = workbench({ store });
    const task = await createQueued(harness);
    store.failures = [away(), away()];

    await tools.commit((context) => failed(task, ERROR, context));

    expect(await store.find(task.id)).toMatchObject({ status: 'fail', version: 1 });
    expect(store.tried).toHaveLength(3);
    expect(told.pauses).toBe(2);
  });

  it('builds the change anew for each try, so that its times are true', async () => {
    const store = new ShakyStore();
    const { tools, harness } = workbench({ store });
    const task = await createQueued(harness);
    store.failures = [away()];
    const built: Date[] = [];

    await tools.commit((context) => {
      built.push(context.now);
      return failed(task, ERROR, context);
    });

    expect(built).toHaveLength(2);
    expect(store.tried.map(({ at }) => at)).toEqual(built);
  });

  it('does not wait out a fault of our own', async () => {
    const store = new ShakyStore();
    const { tools, harness, told } = workbench({ store });
    const task = await createQueued(harness);
    store.failures = [new TypeError('a bug')];

    const commit = tools.commit((context) => failed(task, ERROR, context));

    await expect(commit).rejects.toThrow('a bug');
    expect(told.pauses).toBe(0);
  });

  it('stops quietly when somebody else changed the task first', async () => {
    const { tools, harness, store, told } = workbench();
    const task = await createQueued(harness);
    await tools.commit((context) => begin(task, makeNewAttempt(), context));
    const { rings } = told;

    await tools.commit((context) => failed(task, ERROR, context));

    expect(await store.find(task.id)).toMatchObject({ status: 'handling' });
    expect(told.rings).toBe(rings);
  });

  it('tells that rings or a callback wait, and only when they do', async () => {
    const { tools, harness, told } = workbench();
    const callback = { url: 'https://your.example/hook', when: 'final' } as const;
    const quiet = await createQueued(harness);
    const loud = await createQueued(harness, { callback });
    const { task } = await createArchiving(harness);

    await tools.commit((context) => failed(quiet, ERROR, context));
    expect(told).toMatchObject({ rings: 0, deliveries: 0 });
    await tools.commit((context) => failed(loud, ERROR, context));
    expect(told).toMatchObject({ rings: 0, deliveries: 1 });
    await tools.commit((context) => archiveLater(task, 'stalled', NOON, context));

    expect(told).toMatchObject({ rings: 1, deliveries: 1 });
  });

  it('counts what has ended, once', async () => {
    const { tools, harness, metrics } = workbench();
    const { task } = await createArchiving(harness, { model: 'counted' });
    const count = async () =>
      (await metrics.tasksFinished.get()).values.filter(({ labels }) => labels.model === 'counted');

    await tools.commit((context) => failed(task, ERROR, context));
    await tools.commit((context) => failed(task, ERROR, context));

    expect(await count()).toMatchObject([{ labels: { result: 'fail' }, value: 1 }]);
  });

  it('refuses a move that there is not', async () => {
    const { tools } = workbench();
    const over = makeTask({ status: 'success' });

    await expect(tools.commit((context) => failed(over, ERROR, context))).rejects.toThrow(
      'No move',
    );
  });
});
