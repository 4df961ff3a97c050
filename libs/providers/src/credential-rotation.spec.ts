import {
  array,
  assert,
  constant,
  constantFrom,
  integer,
  nat,
  option,
  property,
  record,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CredentialMove, nextMoves, wantedFact, withdrawal } from './credential-rotation.js';
import { weightsOf } from './credential-weights.js';
import type { Credential } from './credential.js';
import type { ProbeResult } from './probe.js';

const START = new Date('2026-11-23T06:00:00Z');
const later = (seconds: number): Date => new Date(START.getTime() + seconds * 1_000);

const credential = (fields: Partial<Credential> = {}): Credential => ({
  id: 'cred_new',
  provider: 'bfl',
  label: 'new',
  account: 'bfl:00000001',
  weight: 1,
  baseUrl: null,
  state: 'probing',
  step: 0,
  stepSeconds: 60,
  replaces: 'cred_old',
  unanswered: 0,
  refusal: null,
  note: null,
  hasSecret: true,
  version: 3,
  createdAt: START,
  since: START,
  steps: [],
  ...fields,
});
const OLD = credential({
  id: 'cred_old',
  account: 'bfl:00000002',
  state: 'active',
  replaces: null,
});

interface Facts {
  readonly now?: Date;
  readonly replaced?: Credential | null;
  readonly probe?: ProbeResult | null;
  readonly refusal?: string | null;
  readonly inFlight?: number | null;
}
const NOTHING = { now: START, replaced: OLD, probe: null, refusal: null, inFlight: null };
const next = (one: Credential, facts: Facts = {}): readonly CredentialMove[] =>
  nextMoves(one, { ...NOTHING, ...facts });

describe('a key that is probed', () => {
  it.each<[string, ProbeResult, Facts, object]>([
    ['is shifted when it is good', { kind: 'good' }, {}, { state: 'shifting', step: 0 }],
    ['is shifted when nothing free can be asked', { kind: 'unprobed' }, {}, { state: 'shifting' }],
    [
      'is in use at once when it replaces none',
      { kind: 'good' },
      { replaced: null },
      { state: 'active' },
    ],
    [
      'is in use at once when the one before went',
      { kind: 'good' },
      { replaced: { ...OLD, state: 'draining' } },
      { state: 'active' },
    ],
    [
      'is given back when it is refused',
      { kind: 'refused', why: 'HTTP 401' },
      {},
      { state: 'returned', note: 'the probe: HTTP 401' },
    ],
    [
      'is asked again without an answer',
      { kind: 'no-answer', why: 'HTTP 503' },
      {},
      { state: 'probing', unanswered: 1, shown: false },
    ],
  ])('%s', (_, probe, facts, expected) => {
    expect(next(credential(), { probe, ...facts })).toMatchObject([
      { id: 'cred_new', version: 3, erases: false, ...expected },
    ]);
  });

  it('is given back after three without an answer', () => {
    const tried = credential({ unanswered: 2 });

    expect(next(tried, { probe: { kind: 'no-answer', why: 'HTTP 503' } })).toMatchObject([
      { state: 'returned', note: expect.stringContaining('3 of 3') },
    ]);
  });

  it('stays while no probe was made', () => {
    expect(next(credential())).toEqual([]);
  });
});

const shifting = (step: number): Credential => credential({ state: 'shifting', step });

describe('a key that is shifted', () => {
  it('goes a step further when one is over, and no sooner', () => {
    expect(next(shifting(0), { now: later(59) })).toEqual([]);
    expect(next(shifting(0), { now: later(60) })).toMatchObject([{ state: 'shifting', step: 1 }]);
    expect(next(shifting(1), { now: later(60) })).toMatchObject([{ state: 'shifting', step: 2 }]);
  });

  it('has the one before drained by the same commit that makes it the one', () => {
    expect(next(shifting(2), { now: later(60) })).toMatchObject([
      { id: 'cred_new', state: 'active' },
      { id: 'cred_old', state: 'draining', note: 'replaced by cred_new', erases: false },
    ]);
  });

  it.each([0, 1, 2])(
    'is given back when it is refused in step %i, and the one before goes on',
    (step) => {
      const moves = next(shifting(step), { now: later(600), refusal: 'HTTP 401' });

      expect(moves).toMatchObject([
        { id: 'cred_new', state: 'returned', note: expect.stringContaining('HTTP 401') },
      ]);
    },
  );

  it('is in use at once when the one before goes, refused or not: it is all there is', () => {
    const gone = { replaced: { ...OLD, state: 'draining' }, refusal: 'HTTP 401' } as const;

    expect(next(shifting(0), gone)).toMatchObject([{ id: 'cred_new', state: 'active' }]);
  });
});

describe('a key that is drained', () => {
  const draining = credential({ state: 'draining' });

  it.each<[string, Facts, boolean]>([
    ['while something is in flight', { now: later(600), inFlight: 1 }, false],
    [
      'before its time is over, though nothing is in flight',
      { now: later(59), inFlight: 0 },
      false,
    ],
    ['while nobody has counted', { now: later(600) }, false],
    ['when nothing is in flight', { now: later(60), inFlight: 0 }, true],
  ])('is kept or erased: %s', (_, facts, erased) => {
    expect(next(draining, facts)).toMatchObject(erased ? [{ state: 'revoked', erases: true }] : []);
    expect(next({ ...draining, state: 'returned', note: 'why' }, facts)).toMatchObject(
      erased ? [{ state: 'returned', erases: true, note: 'why' }] : [],
    );
  });

  it('is looked at no more once it is erased', () => {
    const erased = { ...draining, state: 'returned', hasSecret: false } as const;

    expect(wantedFact(erased, later(600))).toBeNull();
    expect(next(erased, { now: later(600), inFlight: 0 })).toEqual([]);
  });
});

describe('withdrawal', () => {
  it.each<[Credential['state'], object | null, object | null]>([
    ['probing', { state: 'returned', erases: false }, { state: 'returned', erases: true }],
    ['shifting', { state: 'returned', erases: false }, { state: 'returned', erases: true }],
    ['active', { state: 'draining', erases: false }, { state: 'revoked', erases: true }],
    ['draining', null, { state: 'revoked', erases: true }],
    ['returned', null, { state: 'returned', erases: true }],
    ['revoked', null, null],
  ])('of one that is %s', (state, gently, atOnce) => {
    const one = credential({ state });

    expect({ gently: withdrawal(one, false), atOnce: withdrawal(one, true) }).toMatchObject({
      gently,
      atOnce,
    });
  });
});

describe('any rotation, whatever happens on its way', () => {
  const event = record({
    seconds: integer({ min: 0, max: 120 }),
    probe: constantFrom<ProbeResult>(
      { kind: 'good' },
      { kind: 'unprobed' },
      { kind: 'refused', why: 'no' },
      { kind: 'no-answer', why: 'down' },
    ),
    refusal: option(constant('HTTP 401')),
    inFlight: nat(2),
    withdrawn: constantFrom('new', 'old', null, null, null, null),
  });

  it('never leaves the vendor without a key that takes work, unless an operator took it', () => {
    assert(
      property(array(event, { maxLength: 40 }), (events) => {
        let all: readonly Credential[] = [OLD, credential({ version: 0 })];
        let now = START;
        const withdrawn: string[] = [];
        const apply = (moves: readonly CredentialMove[]): void => {
          all = all.map((one) => {
            const move = moves.find(({ id }) => id === one.id);
            if (!move) return one;
            const since = move.shown ? now : one.since;
            return {
              ...one,
              ...move,
              since,
              version: one.version + 1,
              hasSecret: one.hasSecret && !move.erases,
            };
          });
        };
        for (const { seconds, probe, refusal, inFlight, withdrawn: id } of events) {
          now = new Date(now.getTime() + seconds * 1_000);
          const taken = all.find((one) => one.id === `cred_${id}`);
          const move = taken && withdrawal(taken, false);
          if (move) apply([move]);
          if (move) withdrawn.push(move.id);
          for (const one of all) {
            const replaced = all.find((other) => other.id === one.replaces) ?? null;
            apply(nextMoves(one, { now, replaced, probe, refusal, inFlight }));
          }
          const weights = [...weightsOf(all).values()];
          const works = all.filter(
            ({ hasSecret }, index) => hasSecret && (weights[index] ?? 0) > 0,
          );
          expect(withdrawn.length > 0 || works.length > 0).toBe(true);
          const used = all.filter(({ state }) => state === 'active' || state === 'shifting');
          expect(used.every(({ hasSecret }) => hasSecret)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

const shares = (all: readonly Credential[]) => Object.fromEntries(weightsOf(all));

describe('weightsOf', () => {
  it('gives a new key its step of what the one before had', () => {
    const old = { ...OLD, weight: 4 };
    const at = (step: number) => shares([old, credential({ state: 'shifting', step, weight: 7 })]);

    expect(at(0)['cred_new']).toBeCloseTo(0.4);
    expect(at(0)['cred_old']).toBeCloseTo(3.6);
    expect(at(1)).toEqual({ cred_old: 2, cred_new: 2 });
    expect(at(2)).toEqual({ cred_old: 0, cred_new: 4 });
  });

  it('gives nothing to a key that is not in use', () => {
    const idle = (['probing', 'draining', 'returned', 'revoked'] as const).map((state) =>
      credential({ id: state, state, replaces: null }),
    );

    expect(shares([...idle, OLD])).toEqual({
      probing: 0,
      draining: 0,
      returned: 0,
      revoked: 0,
      cred_old: 1,
    });
  });

  it('gives a shifting key its own weight when the one before is gone', () => {
    expect(shares([credential({ state: 'shifting', weight: 7 })])).toEqual({ cred_new: 7 });
  });
});
