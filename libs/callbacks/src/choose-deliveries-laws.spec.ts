import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseDeliveries } from './choose-deliveries.js';
import type { AttemptErrorClass } from './delivery.js';
import { NEW_RECEIVER } from './receiver.js';
import { learn } from './receiver-health.js';
import { claimView, due, dues, NOW, receiverView } from './testing/receiver-view.js';
import { ReceiverWorld, type WorldDelivery, type WorldReceiver } from './testing/receiver-world.js';

const anyReceiver = (index: number) =>
  fc.record({
    tenantId: fc.constantFrom('a', 'b', 'c'),
    origin: fc.constant(`https://r${index}`),
    answerMs: fc.constantFrom(1, 50, 3_000, 10_000),
    failure: fc.constantFrom<AttemptErrorClass>('timeout', 'throttled', 'closed', 'client-error'),
  });
const anyOptions = fc.record({
  limits: fc.record({
    atOnce: fc.integer({ min: 1, max: 6 }),
    perSecond: fc.constantFrom(1, 3, 50),
    disableAfterHours: fc.constant(null),
  }),
  size: fc.integer({ min: 1, max: 9 }),
  receivers: fc.integer({ min: 1, max: 4 }),
  perReceiver: fc.integer({ min: 1, max: 4 }),
});
const anyDeliveries = fc.array(
  fc.record({
    receiver: fc.nat({ max: 3 }),
    afterMs: fc.nat({ max: 20_000 }),
    failsLeft: fc.nat({ max: 3 }),
    isProgress: fc.boolean(),
  }),
  { minLength: 1, maxLength: 20 },
);
const anyReceivers = fc.tuple(anyReceiver(0), anyReceiver(1), anyReceiver(2), anyReceiver(3));

function fill(
  world: ReceiverWorld,
  all: readonly {
    readonly receiver: number;
    readonly afterMs: number;
    readonly failsLeft: number;
    readonly isProgress: boolean;
  }[],
): readonly WorldDelivery[] {
  const made = all.map(({ receiver, afterMs, failsLeft, isProgress }, index): WorldDelivery => {
    const dueAt = world.nowMs + afterMs;
    const event = isProgress ? 'task.handling' : 'task.success';
    return {
      ...due(`d${index}`, { event, isSuperseded: isProgress, createdAt: new Date(dueAt) }),
      receiver: `https://r${receiver}`,
      dueAt,
      failsLeft,
    };
  });
  for (const one of made) world.add(one);
  return made;
}

const FOREVER_STEPS = 5_000;

describe('in every world of receivers', () => {
  it('nothing is ever forgotten: each delivery is sent until it succeeds, or ends with a note', () => {
    fc.assert(
      fc.property(anyReceivers, anyOptions, anyDeliveries, (receivers, options, all) => {
        const world = new ReceiverWorld(receivers, options);
        const made = fill(world, all);

        let steps = 0;
        while (world.ended.size < made.length && steps < FOREVER_STEPS && world.step()) steps += 1;

        expect([...world.ended.keys()].toSorted()).toEqual(made.map(({ id }) => id).toSorted());
      }),
      { numRuns: 60 },
    );
  });

  it('no limit is ever passed: of a receiver, of a tenant, of retries, of the worker', () => {
    fc.assert(
      fc.property(anyReceivers, anyOptions, anyDeliveries, (receivers, options, all) => {
        const world = new ReceiverWorld(receivers, options);
        const made = fill(world, all);
        const { size, limits } = options;

        let steps = 0;
        while (world.ended.size < made.length && steps < FOREVER_STEPS && world.step()) {
          steps += 1;
          expect(world.inFlight.size).toBeLessThanOrEqual(size);
          const retries = world.inFlightOf((_receiver, { isFirst }) => !isFirst);
          expect(retries).toBeLessThanOrEqual(Math.max(1, (size * 3) / 4));
          for (const tenantId of ['a', 'b', 'c']) {
            const ofTenant = world.inFlightOf((receiver) => receiver.tenantId === tenantId);
            expect(ofTenant).toBeLessThanOrEqual(Math.max(1, size / 2));
          }
          for (const { origin } of receivers) {
            const ofReceiver = world.inFlightOf((receiver) => receiver.origin === origin);
            // A probe may go while those are under way that were begun before the breaker opened.
            expect(ofReceiver).toBeLessThanOrEqual(limits.atOnce + 1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a tarpit delays nobody else while there is room', () => {
    const tarpit: WorldReceiver = {
      tenantId: 'a',
      origin: 'https://r0',
      answerMs: 10_000,
      failure: 'timeout',
    };
    const quick = [1, 2, 3].map((index): WorldReceiver => ({
      tenantId: index === 3 ? 'a' : 'b',
      origin: `https://r${index}`,
      answerMs: 5,
      failure: 'timeout',
    }));
    const others = fc.array(
      fc.record({
        receiver: fc.integer({ min: 1, max: 3 }),
        afterMs: fc.nat({ max: 60_000 }),
        failsLeft: fc.constant(0),
        isProgress: fc.constant(false),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(others, fc.integer({ min: 1, max: 60 }), (all, flood) => {
        const world = new ReceiverWorld([tarpit, ...quick], {
          limits: { atOnce: 10, perSecond: 100, disableAfterHours: null },
          size: 64,
          receivers: 10,
          perReceiver: 20,
        });
        const stuck = { receiver: 0, afterMs: 0, failsLeft: 9, isProgress: false };
        const made = fill(world, [...Array.from({ length: flood }, () => stuck), ...all]);
        const healthy = made.filter(({ receiver }) => receiver !== 'https://r0');
        while (healthy.some(({ id }) => !world.ended.has(id)) && world.step()) {
          // Until the healthy have theirs.
        }

        for (const { id, dueAt } of healthy) {
          // Ten at once and 5 ms each: at most two others of the same receiver are before it.
          expect((world.sentAt.get(id) ?? Infinity) - dueAt).toBeLessThanOrEqual(15);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('a flood of retries', () => {
  const anyFlood = fc.record({
    atOnce: fc.integer({ min: 1, max: 20 }),
    retries: fc.integer({ min: 1, max: 60 }),
    perSecond: fc.integer({ min: 2, max: 100 }),
    inFlight: fc.nat({ max: 3 }),
  });

  it('delays a first attempt to the same receiver by no more than what is in flight', () => {
    fc.assert(
      fc.property(anyFlood, ({ atOnce, retries, perSecond, inFlight }) => {
        const limits = { atOnce, perSecond, disableAfterHours: null };
        const room = { size: 100, underWay: [] };
        const health = { ...NEW_RECEIVER, atOnce };
        const flood = receiverView({
          health,
          inFlight,
          due: dues('r', retries, { isFirst: false }),
        });
        const [before] = chooseDeliveries(claimView(flood), room, limits);
        if (!before) throw new Error('nothing was decided');
        const flying = inFlight + before.send.length;
        const first = receiverView({
          health: before.health,
          inFlight: flying,
          due: [due('first'), ...dues('r', retries, { isFirst: false })],
        });

        const [now] = chooseDeliveries(claimView(first), room, limits);
        const [then] = chooseDeliveries(
          claimView({ ...first, inFlight: Math.min(flying, atOnce - 1) }),
          room,
          limits,
        );

        // At once where the receiver has more than one place, and nobody but first attempts took the last.
        const isSentNow = now?.send[0] === 'first';
        expect(isSentNow || atOnce === 1 || inFlight >= atOnce).toBe(true);
        expect(isSentNow || now?.crowded).toBe(true);
        expect(then?.send[0]).toBe('first');
      }),
    );
  });

  it('never makes the same choice twice differently', () => {
    const view = claimView(receiverView({ due: [...dues('r', 9, { isFirst: false }), due('f')] }));
    const room = { size: 4, underWay: [{ tenantId: 'tenant-1', isFirst: false, ageMs: 40 }] };
    const limits = { atOnce: 3, perSecond: 5, disableAfterHours: null };

    expect(view.now).toEqual(NOW);
    expect(chooseDeliveries(view, room, limits)).toEqual(chooseDeliveries(view, room, limits));
  });
});

describe('whatever the row of a receiver holds', () => {
  const anyHealth = fc.record(
    Object.fromEntries(
      Object.keys(NEW_RECEIVER).map((field) => [
        field,
        fc.oneof(fc.jsonValue(), fc.double(), fc.record({ openUntil: fc.jsonValue() })),
      ]),
    ),
    { requiredKeys: [] },
  );

  it('there is a time to look at it again that a row can hold, and the others are sent', () => {
    fc.assert(
      fc.property(anyHealth, (health) => {
        const limits = { atOnce: 4, perSecond: 10, disableAfterHours: null };
        const odd = receiverView({
          origin: 'https://odd.example',
          // What `JSON.parse` gives is taken for what it should be.
          health: health as never,
          due: dues('odd', 20),
        });
        const view = claimView(odd, receiverView({ due: [due('other')] }));

        const [first, second] = chooseDeliveries(view, { size: 50, underWay: [] }, limits);
        const learnt = learn(first?.health ?? NEW_RECEIVER, {
          outcomes: [{ errorClass: 'timeout' }, { errorClass: null }],
          now: NOW,
          limits,
        });

        const isEnded = (first?.end.length ?? 0) > 0;
        expect(isEnded || Number.isFinite(first?.lookAt?.getTime())).toBe(true);
        expect(second?.send).toEqual(['other']);
        expect(learnt.atOnce).toBeGreaterThanOrEqual(1);
        expect(new Date(learnt.failingSince ?? 0).getTime()).not.toBeNaN();
      }),
    );
  });
});
