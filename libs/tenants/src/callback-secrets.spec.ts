import { beforeEach, describe, expect, it } from 'vitest';
import { CallbackSecrets } from './callback-secrets.js';
import { Keyring } from './keyring.js';
import { InMemoryTenantStore } from './testing/in-memory-tenant.store.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const after = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

let now: Date;
let made: number;
let ring: Keyring;
let store: InMemoryTenantStore;
let secrets: CallbackSecrets;
beforeEach(() => {
  now = START;
  made = 0;
  ring = new Keyring(Buffer.alloc(32, 1));
  store = new InMemoryTenantStore();
  secrets = new CallbackSecrets(store, () => ring, {
    generate: () => `whsec_${(made += 1)}`,
    now: () => now,
  });
});

describe('CallbackSecrets', () => {
  it('makes a tenant’s first secret when it is first asked for, and keeps it', async () => {
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_1']);
    expect(await secrets.current('tn_1')).toBe('whsec_1');
    expect(made).toBe(1);
  });

  it('agrees on one first secret when asked several times at once', async () => {
    const answers = await Promise.all([secrets.current('tn_1'), secrets.current('tn_1')]);

    expect(new Set(answers).size).toBe(1);
  });

  it('gives each tenant its own', async () => {
    expect(await secrets.current('tn_1')).not.toBe(await secrets.current('tn_2'));
  });

  it('signs with both after a rotation, newest first, until the grace of a day is over', async () => {
    await secrets.current('tn_1');
    now = after(10);

    expect(await secrets.rotate('tn_1', 86_400)).toBe('whsec_2');

    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2', 'whsec_1']);
    now = after(10 + 86_399);
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2', 'whsec_1']);
    now = after(10 + 86_400);
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_2']);
  });

  it('rotates before there was a first', async () => {
    expect(await secrets.rotate('tn_1', 86_400)).toBe('whsec_1');
    expect(await secrets.secretsOf('tn_1')).toEqual(['whsec_1']);
  });

  it('signs with ten at most', async () => {
    for (let second = 0; second < 12; second += 1) {
      now = after(second);
      await secrets.rotate('tn_1', 86_400);
    }

    expect(await secrets.secretsOf('tn_1')).toHaveLength(10);
    expect(await secrets.current('tn_1')).toBe('whsec_12');
  });

  it('keeps nothing readable in the rows', async () => {
    await secrets.current('tn_1');

    const [row] = await store.callbackSecrets('tn_1');

    expect(Buffer.from(row?.box ?? []).includes('whsec')).toBe(false);
    expect(row?.keyId).toBe(ring.currentKeyId);
  });

  it('opens old rows after the master key was replaced in front', async () => {
    await secrets.current('tn_1');

    ring = new Keyring(Buffer.alloc(32, 2), Buffer.alloc(32, 1));

    expect(await secrets.current('tn_1')).toBe('whsec_1');
  });
});
