import { expect, it } from 'vitest';
import type { DeliveryAttempt } from '../delivery.js';
import { addDelivery, FUTURE, makeAttempt, type MakeHarness } from './delivery-store-harness.js';

export function describeReading(makeHarness: MakeHarness): void {
  it('shows every field of a delivery and of its attempts', async () => {
    const harness = await makeHarness();
    const delivery = await addDelivery(harness, {
      attempts: 2,
      autoAttempts: 1,
      trigger: 'manual',
      nextAttemptAt: FUTURE,
      resumeAt: FUTURE,
      note: 'a note',
      interrupted: 3,
      sequence: 7,
    });
    const unanswered: DeliveryAttempt = {
      ...makeAttempt(delivery.id, 1),
      trigger: 'replay',
      phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
      remoteAddress: null,
      status: null,
      errorClass: 'closed',
      error: 'could not connect',
      answerSnippet: '',
    };
    const answered = makeAttempt(delivery.id, 2);
    await harness.addAttempt(answered);
    await harness.addAttempt(unanswered);

    const found = await harness.store.find(harness.tenantId, delivery.id);

    expect(found).toEqual({ delivery, attempts: [unanswered, answered] });
    expect(await harness.store.find(null, delivery.id)).toEqual(found);
  });

  it('shows a task’s deliveries and attempts in their order, and no other’s', async () => {
    const harness = await makeHarness();
    const second = await addDelivery(harness, { sequence: 2 });
    const { taskId } = second;
    const first = await addDelivery(harness, { taskId, event: 'task.handling', sequence: 1 });
    const foreign = await addDelivery(harness);
    for (const [id, number] of [
      [second.id, 1],
      [first.id, 2],
      [foreign.id, 1],
      [first.id, 1],
    ] as const) {
      await harness.addAttempt(makeAttempt(id, number));
    }

    const deliveries = await harness.store.findForTask(taskId ?? '');
    const attempts = await harness.store.attemptsOf(taskId ?? '');

    expect(deliveries).toEqual([first, second]);
    expect(attempts.map(({ deliveryId, number }) => [deliveryId, number])).toEqual([
      [first.id, 1],
      [first.id, 2],
      [second.id, 1],
    ]);
  });

  it('shows the last hundred attempts of one that somebody asked for without end', async () => {
    const harness = await makeHarness();
    const often = await addDelivery(harness);
    for (let number = 1; number <= 102; number += 1) {
      await harness.addAttempt(makeAttempt(often.id, number));
    }
    const last = Array.from({ length: 100 }, (_, index) => index + 3);

    const found = await harness.store.find(harness.tenantId, often.id);
    const ofTask = await harness.store.attemptsOf(often.taskId ?? '');

    expect(found?.attempts.map(({ number }) => number)).toEqual(last);
    expect(ofTask.map(({ number }) => number)).toEqual(last);
  });

  it('knows nothing of what is not there, is another’s, or was erased', async () => {
    const harness = await makeHarness();
    const { store, tenantId } = harness;
    const erased = await addDelivery(harness);
    await harness.eraseTask(erased.taskId ?? '');
    const there = await addDelivery(harness);

    expect(await store.findForTask('tk-unknown')).toEqual([]);
    expect(await store.attemptsOf('tk-unknown')).toEqual([]);
    expect(await store.find(tenantId, 'msg_unknown')).toBeNull();
    expect(await store.find('another tenant', there.id)).toBeNull();
    expect(await store.find(tenantId, erased.id)).toBeNull();
    expect(await store.find(null, erased.id)).toBeNull();
  });
}
