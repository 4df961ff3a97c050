import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DueWork } from '../due-work.js';
import { archived, failed } from '../moves.js';
import type { Ring } from '../transition.js';
import {
  FAR_FUTURE,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './make-task.js';
import {
  admission,
  createAdmitted,
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  createWithParts,
  type TaskStoreHarness,
} from './task-store-harness.js';

export interface DueWorkHarness extends TaskStoreHarness {
  readonly work: DueWork;
}

const LATER = new Date(NOON.getTime() + 60_000);
const ALL = 100_000;

/** What every implementation of the background work promises. Rows of other tests may be there. */
export function describeDueWork(name: string, makeHarness: () => Promise<DueWorkHarness>): void {
  describe(`${name} as due work`, () => {
    describeRelay(makeHarness);
    describeOverdue(makeHarness);
    describeTaking(makeHarness);
    describeRest(makeHarness);
  });
}

type MakeHarness = () => Promise<DueWorkHarness>;

function describeRelay(makeHarness: MakeHarness): void {
  it('hands over every row of the outbox and forgets it', async () => {
    const harness = await makeHarness();
    const { task, attempt } = await createSubmitted(harness, {}, LATER);
    const delivered: Ring[] = [];

    const count = await harness.work.relay(ALL, async (rings) => void delivered.push(...rings));

    expect(count).toBe(delivered.length);
    expect(delivered).toContainEqual({ step: 'submit', subject: task.id, ring: 'v1', dueAt: NOON });
    expect(delivered).toContainEqual({
      step: 'check',
      subject: attempt.id,
      ring: '0',
      dueAt: LATER,
    });
    expect(await harness.rings()).toEqual([]);
  });

  it('hands over no more than asked for', async () => {
    const harness = await makeHarness();
    for (let made = 0; made < 3; made += 1) await createAdmitted(harness);

    expect(await harness.work.relay(2, async () => undefined)).toBe(2);
  });

  it('does not call for nothing', async () => {
    const { work } = await makeHarness();
    await work.relay(ALL, async () => undefined);

    const count = await work.relay(ALL, async () => {
      throw new Error('called with no rings');
    });

    expect(count).toBe(0);
  });

  it('keeps the rows when they could not be delivered', async () => {
    const harness = await makeHarness();
    const { id } = await createAdmitted(harness);
    const away = harness.work.relay(ALL, async () => await Promise.reject(new Error('queue away')));
    await expect(away).rejects.toThrow('queue away');

    const delivered: Ring[] = [];
    await harness.work.relay(ALL, async (rings) => void delivered.push(...rings));

    expect(delivered.filter(({ subject }) => subject === id)).toHaveLength(1);
  });

  it('hands each row to one of two relays that run at once', async () => {
    const harness = await makeHarness();
    await harness.work.relay(ALL, async () => undefined);
    const ids: string[] = [];
    for (let made = 0; made < 20; made += 1) ids.push((await createAdmitted(harness)).id);
    const delivered: string[] = [];
    const take = async (rings: readonly Ring[]) => {
      delivered.push(...rings.map(({ subject }) => subject));
      // Still inside the first relay's hand-over: the second must pass its rows by.
      if (delivered.length === 8) await harness.work.relay(ALL, take);
    };

    await harness.work.relay(8, take);

    expect(delivered.toSorted()).toEqual(ids.toSorted());
  });
}

function describeOverdue(makeHarness: MakeHarness): void {
  it('finds every kind of row whose time is over, each with its own ring', async () => {
    const harness = await makeHarness();
    const admitted = await createAdmitted(harness);
    const lease = makeNewAttempt({ leaseUntil: NOON, number: 3 });
    const abandoned = await createSubmitting(harness, {}, lease);
    const submitted = await createSubmitted(harness);
    const archiving = await createArchiving(harness);

    const overdue = await harness.work.overdue(LATER, ALL);

    const ringOf = (id: string) => overdue.filter(({ subject }) => subject === id);
    expect(ringOf(admitted.id)).toMatchObject([{ step: 'submit', ring: 'again-v1' }]);
    expect(ringOf(abandoned.task.id)).toMatchObject([{ step: 'submit', ring: 'lease-3' }]);
    expect(ringOf(submitted.attempt.id)).toMatchObject([{ step: 'check', ring: 'again-0' }]);
    expect(ringOf(archiving.task.id)).toMatchObject([{ step: 'archive', ring: 'again-4' }]);
    expect(overdue.every(({ dueAt }) => dueAt < LATER)).toBe(true);
  });

  it('leaves alone what waits for the dispatcher, what is not due, under way or over', async () => {
    const harness = await makeHarness();
    const queued = await createQueued(harness, { deadlineAt: NOON });
    const underWay = await createSubmitting(harness);
    const waiting = await createSubmitted(harness, {}, LATER);
    const over = await createArchiving(harness);
    const stored = over.outputs.map((output) => ({ ...output, stored: makeFacts() }));
    await harness.store.apply(archived(over.task, stored, makeContext()));

    const subjects = (await harness.work.overdue(LATER, ALL)).map(({ subject }) => subject);

    for (const { task, attempt } of [underWay, waiting, over]) {
      expect(subjects).not.toContain(task.id);
      expect(subjects).not.toContain(attempt.id);
    }
    expect(subjects).not.toContain(queued.id);
  });

  it('finds the parts whose change nobody has gathered, until somebody has', async () => {
    const harness = await makeHarness();
    const { task, parts } = await createWithParts(harness);
    const ends = parts.map((part) => failed(part, ERROR, makeContext()));
    for (const end of ends.slice(1)) await harness.store.apply(end);
    const ringsOf = async () => {
      const overdue = await harness.work.overdue(FAR_FUTURE, ALL);
      return overdue.filter(({ subject, step }) => subject === task.id && step === 'gather');
    };

    const rings = (await ringsOf()).map(({ ring }) => ring);
    expect(rings.toSorted()).toEqual(['again-p1-fail', 'again-p2-fail']);

    const [, second, third] = ends.map(({ to }) => to);
    if (!second || !third) throw new Error('three parts');
    await harness.store.noteGathered([second, { ...third, status: 'queued' }]);
    expect((await ringsOf()).map(({ ring }) => ring)).toEqual(['again-p2-fail']);
    expect(await harness.work.takeOverdue(FAR_FUTURE, ALL, 60_000)).toContainEqual(
      expect.objectContaining({ step: 'gather', subject: task.id }),
    );
  });

  it('never takes a task of several calls for one that is to be sent', async () => {
    const harness = await makeHarness();
    const { task } = await createWithParts(harness, { deadlineAt: NOON });
    const aDayLater = new Date(NOON.getTime() + 86_400_000);

    const subjects = (await harness.work.overdue(aDayLater, ALL)).map(({ subject }) => subject);

    expect(subjects).not.toContain(task.id);
    expect(await harness.work.pastDeadline(LATER, ALL)).toContain(task.id);
  });

  it('finds the longest overdue of a kind first', async () => {
    const harness = await makeHarness();
    const older = new Date('2001-01-01T00:00:00.000Z');
    await createAdmitted(harness);
    const waiting = await createQueued(harness);
    const admitted = { ...admission(waiting), nextActionAt: older };
    await harness.store.apply(admitted);

    const [first] = await harness.work.overdue(LATER, 1);

    expect(first?.subject).toBe(waiting.id);
    await harness.store.apply(failed(admitted.to, ERROR, makeContext()));
  });
}

function describeTaking(makeHarness: MakeHarness): void {
  it('gives each overdue row to one of two takers, and again after its lease', async () => {
    const harness = await makeHarness();
    const admitted = await createAdmitted(harness);
    const { attempt } = await createSubmitted(harness);
    const { task } = await createArchiving(harness);
    const wanted = [admitted.id, attempt.id, task.id];
    const take = async (before: Date) =>
      (await harness.work.takeOverdue(before, ALL, 60_000)).map(({ subject }) => subject);

    const taken = (await Promise.all([take(LATER), take(LATER)])).flat();

    expect(taken.filter((id) => wanted.includes(id)).toSorted()).toEqual(wanted.toSorted());
    expect((await take(LATER)).filter((id) => wanted.includes(id))).toEqual([]);
    expect(await take(FAR_FUTURE)).toEqual(expect.arrayContaining(wanted));
  });

  it('leaves callbacks to their own queue, and lapsed leases to those who take them', async () => {
    const harness = await makeHarness();
    const lease = makeNewAttempt({ leaseUntil: NOON });
    const { task, attempt } = await createSubmitting(harness, {}, lease);
    const callback = { url: 'https://your.example/hook', when: 'final' } as const;
    const end = failed(await createQueued(harness, { callback }), ERROR, makeContext());
    await harness.store.apply(end);

    const taken = await harness.work.takeOverdue(LATER, ALL, 60_000);

    const subjects = taken.map(({ subject }) => subject);
    expect(subjects).toContain(task.id);
    expect(subjects).not.toContain(end.delivery?.id);
    expect((await harness.store.findAttempt(attempt.id))?.leaseUntil).toEqual(NOON);
    expect((await harness.deliveriesOf(end.to.id))[0]?.nextAttemptAt).toEqual(
      end.delivery?.nextAttemptAt,
    );
  });

  it('takes nothing that waits for the dispatcher', async () => {
    const harness = await makeHarness();
    const { id } = await createQueued(harness, { deadlineAt: NOON });

    const taken = await harness.work.takeOverdue(LATER, ALL, 60_000);

    expect(taken.map(({ subject }) => subject)).not.toContain(id);
  });

  it('goes through every job in flight, a page at a time', async () => {
    const harness = await makeHarness();
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1)
      ids.push((await createSubmitted(harness, {}, FAR_FUTURE)).attempt.id);
    const over = await createArchiving(harness);
    const [first = '', ...rest] = ids.toSorted();
    const all = async (after: string, limit: number) =>
      (await harness.work.checksInFlight(after, limit)).map(({ subject }) => subject);

    expect(await all('', ALL)).toEqual(expect.arrayContaining(ids));
    expect(await all('', ALL)).not.toContain(over.attempt.id);
    expect(await all(first, 1)).toEqual(rest.slice(0, 1));
    expect(await harness.work.checksInFlight(first, 1)).toMatchObject([
      { step: 'check', dueAt: FAR_FUTURE },
    ]);
  });

  it('says of an archive when its first link dies', async () => {
    const harness = await makeHarness();
    const dies = new Date(NOON.getTime() + 600_000);
    const source = { url: 'https://vendor.example/1.png', expiresAt: dies };
    const outputs = [makeLinked(), makeLinked({ index: 1, source })];
    const { task } = await createArchiving(harness, {}, outputs);

    const overdue = await harness.work.overdue(LATER, ALL);

    const ring = overdue.find(({ subject }) => subject === task.id);
    expect(ring).toMatchObject({ step: 'archive', expiresAt: dies });
  });
}

function describeRest(makeHarness: MakeHarness): void {
  it('finds unfinished tasks whose deadline is over, and no others', async () => {
    const harness = await makeHarness();
    const fields = { deadlineAt: NOON };
    const late = [
      (await createQueued(harness, fields)).id,
      (await createSubmitted(harness, fields)).task.id,
      (await createArchiving(harness, fields)).task.id,
    ];
    const inTime = await createQueued(harness, { deadlineAt: LATER });
    const over = await createQueued(harness, fields);
    await harness.store.apply(failed(over, ERROR, makeContext()));

    const found = await harness.work.pastDeadline(LATER, ALL);

    expect(found).toEqual(expect.arrayContaining(late));
    expect(found).not.toContain(inTime.id);
    expect(found).not.toContain(over.id);
  });

  it('forgets expired idempotency keys, some at a time, and keeps the rest', async () => {
    const harness = await makeHarness();
    const tenantId = await harness.makeTenant();
    const makeKey = async (expiresAt: Date) => {
      const key = randomUUID();
      const idempotency = { key, fingerprint: Buffer.alloc(32), expiresAt };
      await harness.store.create({ task: makeTask({ tenantId }), idempotency, maxQueued: null });
      return key;
    };
    await harness.work.forgetIdempotencyKeys(LATER, ALL);
    for (let made = 0; made < 3; made += 1) await makeKey(NOON);
    const kept = await makeKey(FAR_FUTURE);

    expect(await harness.work.forgetIdempotencyKeys(LATER, 2)).toBe(2);
    expect(await harness.work.forgetIdempotencyKeys(LATER, 2)).toBe(1);
    expect(await harness.work.forgetIdempotencyKeys(LATER, 2)).toBe(0);

    expect(await harness.store.findIdempotencyKey(tenantId, kept)).not.toBeNull();
  });
}

const ERROR = {
  code: 'TASK_FAILED',
  message: 'It failed.',
  providerCode: null,
  retryable: false,
} as const;
