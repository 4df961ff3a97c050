import { array, assert, constantFrom, integer, option, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Task } from './task.js';
import { makeTask, NOON } from './testing/make-task.js';
import { holdOf, settled, settledCalls, transfersAtEnd } from './transfers.js';

const HOLD = { nanoUsd: 60, priceVersion: 'v1' };
const usage = (costNanoUsd: number | null, isEstimated?: true) => {
  return { unit: 'image', quantity: 1, costNanoUsd, ...(isEstimated && { isEstimated }) } as const;
};

/** Kind, amount, source and price version of what an end tells. */
function told(task: Task, calls: readonly Task[] = []) {
  return transfersAtEnd(task, calls, NOON).map(
    ({ kind, amountNanoUsd, usage: used, priceVersion }) => [
      kind,
      amountNanoUsd,
      used?.source ?? null,
      priceVersion,
    ],
  );
}

const RELEASE = ['release', 60, null, 'v1'];

describe('what the end of a task tells the ledger', () => {
  it.each<[string, Partial<Task>, readonly unknown[]]>([
    [
      'a success, at the vendor’s figure',
      { status: 'success', hold: HOLD, usage: usage(40), pricedBy: 'v2' },
      [RELEASE, ['charge', 40, 'provider', 'v2']],
    ],
    [
      'a success, at our figure',
      { status: 'success', hold: HOLD, usage: usage(40, true), pricedBy: 'v2' },
      [RELEASE, ['charge', 40, 'estimated', 'v2']],
    ],
    [
      'a success without a hold',
      { status: 'success', usage: usage(40), pricedBy: 'v2' },
      [['charge', 40, 'provider', 'v2']],
    ],
    [
      'a success of which nobody knows the price',
      { status: 'success', usage: usage(null), pricedBy: 'v2' },
      [['charge', null, 'provider', 'v2']],
    ],
    ['a failure', { status: 'fail', hold: HOLD }, [RELEASE]],
    ['a failure without a hold', { status: 'fail' }, []],
    [
      'a failure after the vendor was done',
      { status: 'fail', hold: HOLD, usage: usage(40) },
      [RELEASE, ['lost', 40, 'provider', 'v1']],
    ],
    [
      'a failure after the vendor was done, at a price that nobody knows',
      { status: 'fail', usage: usage(null) },
      [['lost', null, 'none', null]],
    ],
    [
      'a failure that the vendor may charge',
      { status: 'fail', hold: HOLD, lostCalls: 1 },
      [RELEASE, ['lost', 60, 'estimated', 'v1']],
    ],
    [
      'a failure that the vendor may charge twice and has charged once',
      { status: 'fail', hold: HOLD, lostCalls: 2, usage: usage(40) },
      [RELEASE, ['lost', 160, 'estimated', 'v1']],
    ],
    [
      'a success at the second try, after one that may be charged',
      { status: 'success', hold: HOLD, lostCalls: 1, usage: usage(40), pricedBy: 'v2' },
      [RELEASE, ['charge', 40, 'provider', 'v2'], ['lost', 60, 'estimated', 'v1']],
    ],
    [
      'a part',
      { status: 'success', usage: usage(40), part: { parentId: 'tk-1', index: 0, results: 1 } },
      [],
    ],
  ])('%s', (_, fields, expected) => {
    expect(told(makeTask(fields))).toEqual(expected);
  });

  it('counts tokens of a film as what comes out, and everything else by its unit', () => {
    const [film] = transfersAtEnd(
      makeTask({ status: 'success', usage: { unit: 'token', quantity: 90, costNanoUsd: 1 } }),
      [],
      NOON,
    );
    const [picture] = transfersAtEnd(makeTask({ status: 'success', usage: usage(1) }), [], NOON);

    expect(film?.usage).toMatchObject({ tokensOut: 90, unit: null, quantity: null });
    expect(picture?.usage).toMatchObject({ tokensOut: null, unit: 'image', quantity: 1 });
  });
});

describe('a hold', () => {
  it('is the task’s, at its creation, and a part has none', () => {
    const task = makeTask({ hold: HOLD, keyId: 'key_1' });

    expect(holdOf(task)).toMatchObject({
      subject: task.id,
      kind: 'hold',
      keyId: 'key_1',
      amountNanoUsd: 60,
      priceVersion: 'v1',
      at: task.createdAt,
      owner: null,
    });
    expect(holdOf(makeTask())).toBeNull();
    const part = { parentId: 'tk-1', index: 0, results: 1 };
    expect(holdOf(makeTask({ hold: HOLD, part }))).toBeNull();
  });
});

describe('what a success is charged', () => {
  it.each<[string, Partial<Task>, Partial<Task>]>([
    [
      'the vendor’s figure',
      { hold: HOLD, usage: usage(40), pricedBy: 'v2' },
      { usage: usage(40), pricedBy: 'v2' },
    ],
    [
      'what was held, where there is none',
      { hold: HOLD, usage: usage(null), pricedBy: 'v2' },
      { usage: usage(60, true), pricedBy: 'v1' },
    ],
    [
      'unknown, where nothing was held',
      { usage: usage(null), pricedBy: 'v2' },
      { usage: usage(null), pricedBy: 'v2' },
    ],
  ])('is %s', (_, fields, expected) => {
    expect(settled(makeTask(fields))).toMatchObject(expected);
  });
});

const part = (results: number, fields: Partial<Task>): Task =>
  makeTask({ ...fields, part: { parentId: 'tk-whole', index: 0, results } });

describe('a task of several calls', () => {
  it('is charged for those that brought something, at figures or shares, and loses the rest', () => {
    const calls = [
      part(2, { status: 'success', usage: usage(25), pricedBy: 'v2' }),
      part(1, { status: 'success', usage: usage(null), pricedBy: 'v2' }),
      part(2, { status: 'fail', lostCalls: 1 }),
      part(1, { status: 'fail', usage: usage(9) }),
    ];
    const whole = makeTask({ id: 'tk-whole', status: 'success', hold: HOLD, parts: 4 });

    const end = { ...whole, ...settledCalls(whole, calls) };

    expect(told(end, calls)).toEqual([
      RELEASE,
      ['charge', 35, 'estimated', 'v2'],
      ['lost', 29, 'estimated', 'v1'],
    ]);
  });

  it('loses what came too when it fails or is canceled', () => {
    const calls = [part(1, { status: 'success', usage: usage(25) }), part(1, { status: 'fail' })];

    expect(told(makeTask({ status: 'fail', hold: HOLD, parts: 2 }), calls)).toEqual([
      RELEASE,
      ['lost', 25, 'provider', 'v1'],
    ]);
  });

  it('pays or loses every figure once, and gives the whole hold back', () => {
    const anyCall = record({
      status: constantFrom('success', 'fail'),
      results: integer({ min: 1, max: 4 }),
      cost: option(integer({ min: 0, max: 1_000 })),
      lostCalls: integer({ min: 0, max: 3 }),
    }).map(({ status, results, cost, lostCalls }) =>
      part(results, {
        status,
        lostCalls,
        usage: status === 'success' || cost !== null ? usage(cost) : null,
      }),
    );
    const law = property(
      array(anyCall, { minLength: 2, maxLength: 8 }),
      constantFrom('success', 'fail'),
      (calls, status) => {
        const whole = makeTask({ status, hold: HOLD, parts: calls.length });
        const end = status === 'success' ? { ...whole, ...settledCalls(whole, calls) } : whole;
        const transfers = transfersAtEnd(end, calls, NOON);
        const amountOf = (kind: string) =>
          transfers.find((transfer) => transfer.kind === kind)?.amountNanoUsd ?? 0;

        expect(amountOf('release')).toBe(60);
        expect(transfers.some(({ kind }) => kind === 'charge')).toBe(status === 'success');
        const all = calls.reduce((sum, { part: of }) => sum + (of?.results ?? 0), 0);
        const share = ({ part: of }: Task) => Math.floor((60 * (of?.results ?? 0)) / all);
        const figures = calls.reduce(
          (sum, call) =>
            sum +
            call.lostCalls * share(call) +
            (call.usage ? (call.usage.costNanoUsd ?? share(call)) : 0),
          0,
        );
        expect(amountOf('charge') + amountOf('lost')).toBe(figures);
      },
    );

    assert(law, { numRuns: 500, seed: 20_261_123 });
  });
});
