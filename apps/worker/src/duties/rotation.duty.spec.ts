import { ProviderError } from '@app/errors';
import { createLogger } from '@app/observability';
import type { Credential, CredentialMove, CredentialStore } from '@app/providers';
import type { AccountTrouble } from '@app/tasks';
import { workbench } from '@app/tasks/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RotationDuty } from './rotation.duty.js';

const START = new Date('2026-11-23T06:00:00Z');

const credential = (fields: Partial<Credential>): Credential => ({
  id: 'cred_new',
  provider: 'fake',
  label: 'new',
  account: 'fake:1',
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
  version: 0,
  createdAt: START,
  since: START,
  steps: [],
  ...fields,
});
const OLD = credential({ id: 'cred_old', account: 'fake:0', state: 'active', replaces: null });

/** Rows that move as they are told, under a clock of the test. */
class Rows implements Pick<CredentialStore, 'list' | 'move' | 'claimProbe' | 'inFlight'> {
  all: readonly Credential[] = [];
  nowMs = START.getTime();
  claimed = false;
  readonly moves: CredentialMove[] = [];
  jobs = 0;
  fail: string | null = null;

  async list() {
    return { now: new Date(this.nowMs), credentials: this.all };
  }

  async claimProbe(): Promise<boolean> {
    return !this.claimed;
  }

  async inFlight(_provider: string, account: string): Promise<number> {
    if (account === this.fail) throw new Error('cannot be counted');
    return this.jobs;
  }

  async move(moves: readonly CredentialMove[]): Promise<boolean> {
    this.moves.push(...moves);
    const since = new Date(this.nowMs);
    this.all = this.all.map((one) => {
      const move = moves.find(({ id }) => id === one.id);
      if (!move) return one;
      return { ...one, ...move, since, version: one.version + 1, hasSecret: !move.erases };
    });
    return true;
  }
}

let rows: Rows;
let troubles: Map<string, AccountTrouble>;
let asked: number;
let answer: () => Promise<void>;
let duty: RotationDuty;
beforeEach(() => {
  rows = new Rows();
  troubles = new Map();
  asked = 0;
  answer = async () => undefined;
  const { vendor, tools } = workbench();
  Object.assign(vendor, {
    probe: async () => {
      asked += 1;
      await answer();
    },
  });
  duty = new RotationDuty({
    store: rows as unknown as CredentialStore,
    health: { troublesOf: async () => troubles },
    vendors: tools.vendors,
    logger: createLogger({ name: 'worker', level: 'silent' }),
    shutdown: new AbortController().signal,
  });
});

const states = () => Object.fromEntries(rows.all.map(({ id, state }) => [id, state]));
const after = (seconds: number): void => {
  rows.nowMs += seconds * 1_000;
};
const refusal = (status: number): ProviderError =>
  new ProviderError('refused', { accepted: 'no', retryable: false, status });

describe('RotationDuty', () => {
  it('takes a key the whole way, and erases the one before', async () => {
    rows.all = [OLD, credential({})];

    const seen: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      await duty.runOnce();
      seen.push(rows.all.map(({ state, step }) => `${state} ${step}`).join(', '));
      after(60);
    }

    expect(seen).toEqual([
      'active 0, shifting 0',
      'active 0, shifting 1',
      'active 0, shifting 2',
      'draining 0, active 0',
      'revoked 0, active 0',
      'revoked 0, active 0',
    ]);
    expect(asked).toBe(1);
  });

  it('leaves the one before in use when the vendor refuses the new one', async () => {
    rows.all = [OLD, credential({})];
    answer = async () => {
      throw refusal(401);
    };

    await duty.runOnce();

    expect(states()).toEqual({ cred_old: 'active', cred_new: 'returned' });
  });

  it('makes no probe that another worker makes', async () => {
    rows.all = [credential({})];
    rows.claimed = true;

    expect(await duty.runOnce()).toBe(false);
    expect(asked).toBe(0);
  });

  it('waits with a probe of a key that this process has not read yet', async () => {
    rows.all = [credential({ account: 'fake:unread' })];

    expect(await duty.runOnce()).toBe(false);
    expect(states()).toEqual({ cred_new: 'probing' });
  });

  it.each([
    ['the whole account', 'fake:1', START.getTime() + 1, 'returned'],
    ['its access to a model', 'fake:1/image', START.getTime() + 1, 'returned'],
    ['another account', 'fake:10', START.getTime() + 1, 'shifting'],
    ['the account before it was stored anew', 'fake:1', START.getTime() - 1, 'shifting'],
  ])('gives a key back when tasks met a refusal of %s', async (_, name, since, state) => {
    rows.all = [OLD, credential({ state: 'shifting' })];
    troubles.set(name, { since, why: 'HTTP 401', probeAt: 0, waitMs: 0 });

    await duty.runOnce();

    expect(states()).toEqual({ cred_old: 'active', cred_new: state });
  });

  it('gives a key back when the pass-through met a refusal', async () => {
    rows.all = [OLD, credential({ state: 'shifting', refusal: 'HTTP 403' })];

    await duty.runOnce();

    expect(states()).toEqual({ cred_old: 'active', cred_new: 'returned' });
    expect(rows.moves[0]?.note).toContain('HTTP 403');
  });

  it('keeps a key while a job is in flight under it', async () => {
    rows.all = [{ ...OLD, state: 'draining' }];
    rows.jobs = 1;
    after(600);

    await duty.runOnce();
    expect(states()).toEqual({ cred_old: 'draining' });
    rows.jobs = 0;
    await duty.runOnce();

    expect(states()).toEqual({ cred_old: 'revoked' });
  });

  it('looks at the others when one cannot be looked at, and says so', async () => {
    rows.all = [
      { ...OLD, state: 'draining' },
      { ...OLD, id: 'cred_other', account: 'fake:9', state: 'draining' },
    ];
    rows.fail = 'fake:0';
    after(600);

    await expect(duty.runOnce()).rejects.toThrow('cannot be counted');

    expect(states()).toEqual({ cred_old: 'draining', cred_other: 'revoked' });
  });
});
