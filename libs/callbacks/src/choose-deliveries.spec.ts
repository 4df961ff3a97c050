import { describe, expect, it } from 'vitest';
import { chooseDeliveries } from './choose-deliveries.js';
import type { ReceiverDecision, ReceiverView } from './delivery-queue.js';
import { NEW_RECEIVER, type ReceiverHealth } from './receiver.js';
import type { ReceiverLimits } from './receiver-limits.js';
import { claimView, due, dues, later, NOW, receiverView } from './testing/receiver-view.js';
import type { Room, UnderWay } from './worker-room.js';

const LIMITS: ReceiverLimits = { atOnce: 10, perSecond: 100, disableAfterHours: null };
const ROOM: Room = { size: 100, underWay: [] };
/** So many attempts of a tenant that nobody here looks at, unless it is named. */
const underWay = (count: number, fields: Partial<UnderWay> = {}): readonly UnderWay[] =>
  Array.from({ length: count }, (_, index) => ({
    tenantId: `other-${index}`,
    isFirst: true,
    ageMs: 0,
    ...fields,
  }));
const nowMs = NOW.getTime();

const chosen = (
  views: readonly ReceiverView[],
  { room = {}, limits = {} }: { room?: Partial<Room>; limits?: Partial<ReceiverLimits> } = {},
): readonly ReceiverDecision[] =>
  chooseDeliveries(claimView(...views), { ...ROOM, ...room }, { ...LIMITS, ...limits });

function only(
  fields: Partial<ReceiverView>,
  options: { room?: Partial<Room>; limits?: Partial<ReceiverLimits> } = {},
): ReceiverDecision {
  const [decision] = chosen([receiverView(fields)], options);
  if (!decision) throw new Error('nothing was decided');
  return decision;
}

const health = (fields: Partial<ReceiverHealth>): ReceiverHealth => ({
  ...NEW_RECEIVER,
  ...fields,
});
const retry = { isFirst: false };

describe('a healthy receiver', () => {
  it('is sent what is due, and looked at when the next one is', () => {
    const decision = only({ due: dues('d', 3), nextDueAt: later(5_000) });

    expect(decision).toMatchObject({
      tenantId: 'tenant-1',
      origin: 'https://receiver.example',
      send: ['d0', 'd1', 'd2'],
      end: [],
      lookAt: later(5_000),
      crowded: false,
    });
  });

  it('is looked at again at once when more is due than was shown', () => {
    expect(only({ due: dues('d', 2), hasMore: true })).toMatchObject({
      send: ['d0', 'd1'],
      lookAt: NOW,
    });
  });

  it('is sent as many at once as it may have, and the rest as soon as one ends', () => {
    const decision = only({ due: dues('d', 12), inFlight: 3 });

    expect(decision.send).toHaveLength(7);
    expect(decision).toMatchObject({ crowded: true, lookAt: later(5_000) });
  });

  it('is read from a row in which nothing is written yet', () => {
    // What the column holds before the first attempt; the type is what it holds afterwards.
    const empty = {} as ReceiverHealth;

    expect(only({ due: [due('d')], health: empty }).send).toEqual(['d']);
  });

  it('is sent no more at once than health says, nor than the operator says by now', () => {
    expect(only({ due: dues('d', 9), health: health({ atOnce: 4.9 }) }).send).toHaveLength(4);
    expect(only({ due: dues('d', 9) }, { limits: { atOnce: 2 } }).send).toHaveLength(2);
    expect(only({ due: dues('d', 9), health: health({ atOnce: 0 }) }).send).toHaveLength(1);
  });
});

describe('first attempts and retries', () => {
  it('sends first attempts before retries', () => {
    const decision = only({ due: [...dues('r', 10, retry), ...dues('f', 6)] });

    expect(decision.send.slice(0, 6)).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5']);
  });

  it('keeps the last places of a receiver for first attempts', () => {
    const flood = only({ due: dues('r', 20, retry) });
    const afterwards = only({ due: dues('f', 5), inFlight: flood.send.length });

    expect(flood.send).toHaveLength(8);
    expect(flood.crowded).toBe(true);
    expect(afterwards.send).toEqual(['f0', 'f1']);
  });

  it('keeps one of two places, and cannot keep one of one', () => {
    expect(only({ due: dues('r', 5, retry) }, { limits: { atOnce: 2 } }).send).toEqual(['r0']);
    expect(only({ due: dues('r', 5, retry) }, { limits: { atOnce: 1 } }).send).toEqual(['r0']);
  });

  it('leaves a worker a quarter of its room for first attempts', () => {
    const views = ['a', 'b', 'c'].map((tenantId) =>
      receiverView({ tenantId, due: dues(tenantId, 8, retry) }),
    );

    const sent = chosen(views, { room: { size: 16 } }).map(({ send }) => send.length);

    expect(sent).toEqual([4, 4, 4]);
  });

  it('sends retries of no receiver before first attempts of another', () => {
    const views = [
      receiverView({ tenantId: 'a', due: dues('r', 5, retry) }),
      receiverView({ tenantId: 'b', due: dues('f', 5) }),
    ];

    const decisions = chosen(views, { room: { underWay: underWay(97) } });

    expect(decisions.map(({ send }) => send)).toEqual([[], ['f0', 'f1', 'f2']]);
  });
});

describe('the room of a worker', () => {
  it('goes to the receivers in turn', () => {
    const views = ['a', 'b', 'c'].map((tenantId) =>
      receiverView({ tenantId, due: dues(tenantId, 10) }),
    );

    const decisions = chosen(views, { room: { underWay: underWay(96) } });

    expect(decisions.map(({ send }) => send)).toEqual([['a0', 'a1'], ['b0'], ['c0']]);
    expect(decisions.map(({ lookAt }) => lookAt)).toEqual([NOW, NOW, NOW]);
  });

  it('goes to one tenant by half at most', () => {
    const views = [
      receiverView({ origin: 'https://one.example', due: dues('a', 8) }),
      receiverView({ origin: 'https://two.example', due: dues('b', 8) }),
      receiverView({ tenantId: 'tenant-2', due: dues('c', 4) }),
    ];

    const decisions = chosen(views, {
      room: { size: 20, underWay: underWay(4, { tenantId: 'tenant-1', ageMs: 80 }) },
    });

    expect(decisions.map(({ send }) => send.length)).toEqual([3, 3, 4]);
    expect(decisions[0]).toMatchObject({ crowded: true, lookAt: later(80) });
  });

  it.each([
    [3, 25],
    [400, 400],
    [9_000, 1_000],
  ])(
    'is looked for by a receiver whose tenant leaves none, the later the longer those take: %i ms',
    (ageMs, waitMs) => {
      const room = { size: 20, underWay: underWay(10, { tenantId: 'tenant-1', ageMs }) };

      expect(only({ due: [due('d')] }, { room })).toMatchObject({
        send: [],
        crowded: false,
        lookAt: later(waitMs),
      });
    },
  );

  it('is looked for by a retry where retries leave none, although its tenant has none', () => {
    const room = { size: 20, underWay: underWay(15, { isFirst: false, ageMs: 300 }) };

    expect(only({ due: dues('r', 1, retry) }, { room })).toMatchObject({
      send: [],
      lookAt: later(300),
    });
  });
});

describe('the rate of a receiver', () => {
  it('begins no more than its bucket holds, and looks again when it holds some', () => {
    const bucket = health({ tokens: 2.5, tokensAt: nowMs });
    const decision = only({ due: dues('d', 9), health: bucket });

    expect(decision.send).toHaveLength(2);
    expect(decision).toMatchObject({ health: { tokens: 0.5, tokensAt: nowMs }, crowded: false });
    expect(decision.lookAt).toEqual(later(100));
  });

  it('fills by the rate, up to a second’s worth', () => {
    const limits = { perSecond: 4, atOnce: 10 };
    const sentAfter = (milliseconds: number): number =>
      only(
        {
          due: dues('d', 9),
          health: health({ tokens: 0, tokensAt: nowMs - milliseconds }),
        },
        { limits },
      ).send.length;

    expect([0, 250, 500, 1_000, 60_000].map(sentAfter)).toEqual([0, 1, 2, 4, 4]);
  });

  it('waits for as long as a slow rate takes', () => {
    const empty = health({ tokens: 0, tokensAt: nowMs });

    expect(only({ due: [due('d')], health: empty }, { limits: { perSecond: 1 } })).toMatchObject({
      send: [],
      lookAt: later(1_000),
    });
  });

  it('has retries leave one for a first attempt', () => {
    const bucket = health({ tokens: 3, tokensAt: nowMs });

    expect(only({ due: dues('r', 9, retry), health: bucket }).send).toHaveLength(2);
  });
});

describe('a receiver that is left alone', () => {
  it.each([
    ['its breaker is open', { breaker: { failures: 5, openUntil: nowMs + 9_000, opened: 1 } }],
    ['it asked for a pause', { pausedUntil: nowMs + 9_000 }],
    [
      'its breaker and its pause say so, until the later of both',
      {
        breaker: { failures: 5, openUntil: nowMs + 2_000, opened: 1 },
        pausedUntil: nowMs + 9_000,
      },
    ],
  ])('is sent nothing while %s', (_why, fields) => {
    const decision = only({ due: dues('d', 3), health: health(fields), nextDueAt: later(50) });

    expect(decision).toMatchObject({ send: [], end: [], lookAt: later(9_000), crowded: false });
  });

  it('is sent one to see when its time is over, whatever is still under way', () => {
    const breaker = { failures: 5, openUntil: nowMs, opened: 1 };
    const decision = only({
      due: [...dues('r', 3, retry), due('f')],
      health: health({ breaker, atOnce: 1 }),
      inFlight: 4,
    });

    expect(decision).toMatchObject({
      send: ['f'],
      crowded: true,
      lookAt: later(60_000),
      health: { breaker: { probing: true, openUntil: nowMs + 60_000 } },
    });
  });

  it('tries a retry where there is no first attempt', () => {
    const breaker = { failures: 5, openUntil: nowMs - 1, opened: 1 };

    expect(only({ due: dues('r', 3, retry), health: health({ breaker }) }).send).toEqual(['r0']);
  });

  it('has everything ended when it is disabled, and says why', () => {
    const decision = only({
      due: [
        due('end'),
        due('test', { event: 'callback.test' }),
        due('p', { event: 'task.handling' }),
      ],
      health: health({ disabledAt: nowMs - 1 }),
      hasMore: true,
    });

    const note = 'not sent: callbacks to this origin are disabled';
    expect(decision).toMatchObject({ send: [], lookAt: NOW });
    expect(decision.end).toEqual([
      { id: 'end', state: 'dead', note },
      { id: 'test', state: 'dead', note },
      { id: 'p', state: 'skipped', note },
    ]);
  });
});

describe('progress', () => {
  const progress = { event: 'task.handling', isSuperseded: true } as const;

  it('is not sent once it has waited for a second and something newer waits', () => {
    const old = due('old', { ...progress, createdAt: later(-1_001) });
    const decision = only({ due: [old, due('end')] });

    expect(decision.send).toEqual(['end']);
    expect(decision.end).toEqual([
      { id: 'old', state: 'skipped', note: 'not sent: a later change of the task was to be told' },
    ]);
  });

  it.each([
    ['it is younger', { ...progress, createdAt: later(-1_000) }],
    ['nothing newer is there', { event: 'task.handling', createdAt: later(-9_000) }],
    ['it tells of an end', { isSuperseded: true, createdAt: later(-9_000) }],
    ['it is a test', { event: 'callback.test', isSuperseded: true, createdAt: later(-9_000) }],
  ] as const)('is sent when %s', (_why, fields) => {
    expect(only({ due: [due('d', fields)] })).toMatchObject({ send: ['d'], end: [] });
  });

  it('is dropped as well while its receiver is left alone', () => {
    const old = due('old', { ...progress, createdAt: later(-2_000) });
    const paused = health({ pausedUntil: nowMs + 5_000 });

    expect(only({ due: [old], health: paused, nextDueAt: later(99) })).toMatchObject({
      end: [{ id: 'old' }],
      lookAt: later(99),
    });
  });
});
