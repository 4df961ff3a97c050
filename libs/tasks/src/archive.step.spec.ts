import { OutboundError } from '@app/outbound';
import { describe, expect, it } from 'vitest';
import { answerWith, PNG } from './testing/fake-archive.js';
import { FAR_FUTURE, makeFacts, makeLinked, NOON } from './testing/make-task.js';
import { createArchiving, createSubmitted } from './testing/task-store-harness.js';
import { running, workbench } from './testing/workbench.js';
import type { TaskOutput } from './task.js';

const doneWith = (url: string) => ({
  state: 'done' as const,
  outputs: [{ from: 'url' as const, url, expiresAt: FAR_FUTURE.getTime() }] as const,
  usage: { unit: 'image', quantity: 1, costNanoUsd: null } as const,
});

async function bench(outputs: readonly TaskOutput[] = [makeLinked()]) {
  const made = workbench();
  const callback = { url: 'https://your.example/hook', when: 'final' } as const;
  const { task } = await createArchiving(made.harness, { callback }, outputs);
  made.store.rings.length = 0;
  return {
    ...made,
    task,
    run: async () => await made.archive.run(task.id, running()),
    now: async () => await made.store.find(task.id),
  };
}

describe('ArchiveStep', () => {
  it('brings every output home; only then is the task a success', async () => {
    const linked = [0, 1].map((index) => makeLinked({ index }));
    const { run, now, store, task, outputs } = await bench(linked);

    await run();

    expect(await now()).toMatchObject({ status: 'success', progress: 100 });
    const prefix = `outputs/${task.id.toLowerCase()}`;
    expect([...outputs.bytes.keys()].toSorted()).toEqual([`${prefix}/0`, `${prefix}/1`]);
    expect(await store.outputsOf(task.id)).toMatchObject([
      { id: linked[0]?.id, stored: { key: `${prefix}/0`, mime: 'image/png', bytes: PNG.length } },
      { id: linked[1]?.id, stored: { key: `${prefix}/1` } },
    ]);
  });

  it('shows the outputs in the callback', async () => {
    const { run, store, told } = await bench();

    await run();

    const [delivery] = store.deliveries;
    expect(delivery?.event).toBe('task.success');
    expect(JSON.parse(delivery?.body ?? '')).toMatchObject({
      status: 'success',
      output: [{ mime: 'image/png', width: 1, height: 1 }],
    });
    expect(told.deliveries).toBe(1);
  });

  it('takes a link for what a vendor says, and trusts its own host alone', async () => {
    const { run, door } = await bench();

    await run();

    expect(door.requests).toMatchObject([
      {
        url: 'https://vendor.example/1.png',
        addressClass: { kind: 'vendor-answer', trustedBaseUrl: 'https://fake.example' },
      },
    ]);
  });

  it('fetches nothing that is in the store already', async () => {
    const stored = makeLinked({ source: null, stored: makeFacts() });
    const { run, now, door } = await bench([stored]);

    await run();

    expect(door.requests).toEqual([]);
    expect(await now()).toMatchObject({ status: 'success' });
  });

  it('tries again later when the body was broken', async () => {
    const { run, now, door, store, task } = await bench();
    door.onRequest = async () => answerWith(PNG.subarray(0, 40));

    await run();

    expect(await now()).toMatchObject({ status: 'archiving', archiveTries: 1 });
    expect(store.rings).toMatchObject([{ step: 'archive', subject: task.id, ring: '5' }]);
    expect((await store.eventsOf(task.id, -1)).at(-1)?.cause).toMatch(/^archive: /);
    door.onRequest = async () => answerWith(PNG);
    await run();
    expect(await now()).toMatchObject({ status: 'success' });
  });

  it('tries again when the vendor cannot be reached', async () => {
    const { run, now, door } = await bench();
    door.onRequest = async () =>
      await Promise.reject(new OutboundError('connect', 'refused', false));

    await run();

    expect(await now()).toMatchObject({ status: 'archiving', archiveTries: 1 });
  });

  it('gives up when the body is broken every time', async () => {
    const { run, now, door } = await bench();
    door.onRequest = async () => answerWith(Buffer.from('<!doctype html><p>expired'));

    for (let ring = 0; ring < 5; ring += 1) await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'TASK_FAILED' } });
    expect(door.requests).toHaveLength(5);
  });

  it('asks the vendor anew when a link is gone', async () => {
    const { run, now, door, vendor, store, task } = await bench();
    door.onRequest = async ({ url }) =>
      url.endsWith('/2.png') ? answerWith(PNG) : answerWith(Buffer.alloc(0), 404);
    vendor.onCheck = async () => doneWith('https://vendor.example/2.png');
    const [before] = await store.outputsOf(task.id);

    await run();
    expect(await now()).toMatchObject({ status: 'archiving', archiveTries: 1 });
    await run();

    expect(await now()).toMatchObject({ status: 'success' });
    expect(await store.outputsOf(task.id)).toMatchObject([{ id: before?.id }]);
  });

  it('stops and leaves nothing behind when the task is canceled meanwhile', async () => {
    const { run, now, door, cancel, task, outputs } = await bench();
    door.onRequest = async () => {
      await cancel.cancel('tn_1', task.id);
      return answerWith(PNG);
    };

    await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'TASK_CANCELED' } });
    expect(outputs.bytes.size).toBe(0);
  });

  it('gives up at once when the link is gone and the vendor has no other', async () => {
    const { run, now, door, vendor } = await bench();
    vendor.onCheck = async () => doneWith('https://vendor.example/1.png');
    door.onRequest = async () => answerWith(Buffer.alloc(0), 404);

    await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'TASK_FAILED' } });
  });

  it('waits for our own store while the link lives', async () => {
    const { run, now, outputs } = await bench([
      makeLinked({ source: { url: 'https://vendor.example/1.png', expiresAt: FAR_FUTURE } }),
    ]);
    outputs.failure = new Error('ENOSPC');
    for (let ring = 0; ring < 10; ring += 1) await run();
    expect(await now()).toMatchObject({ status: 'archiving', archiveTries: 10 });
    outputs.failure = null;

    await run();

    expect(await now()).toMatchObject({ status: 'success' });
  });

  it('says that it was our store when the link died meanwhile', async () => {
    const { run, now, outputs } = await bench([
      makeLinked({ source: { url: 'https://vendor.example/1.png', expiresAt: NOON } }),
    ]);
    outputs.failure = new Error('ENOSPC');

    await run();

    expect(await now()).toMatchObject({ status: 'fail', error: { code: 'STORAGE_UNAVAILABLE' } });
  });

  it('waits for every download before it says that one has failed', async () => {
    const linked = [0, 1].map((index) => makeLinked({ index }));
    const { archive, task, door, now } = await bench(linked);
    const slow = Promise.withResolvers<void>();
    const state = { isOver: false };
    door.onRequest = async () => {
      if (door.requests.length === 1) return answerWith(Buffer.alloc(0), 404);
      await slow.promise;
      return answerWith(PNG);
    };

    const run = archive.run(task.id, running()).then(() => (state.isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.isOver).toBe(false);
    slow.resolve();
    await run;

    expect(await now()).toMatchObject({ archiveTries: 1 });
  });

  it('does nothing about a task that is not archiving', async () => {
    const { harness, archive, store, door } = workbench();
    const { task } = await createSubmitted(harness);

    await archive.run(task.id, running());
    await archive.run('tk-unknown', running());

    expect(door.requests).toEqual([]);
    expect(await store.find(task.id)).toEqual(task);
  });

  it('does nothing once the task is a success', async () => {
    const { run, now, door } = await bench();
    await run();
    const success = await now();

    await run();

    expect(await now()).toEqual(success);
    expect(door.requests).toHaveLength(1);
  });
});
