import { describe, expect, it } from 'vitest';
import { OpenTickets } from './open-tickets.js';
import type { ReplayRef } from './replay.store.js';

const ref = (ticketId: string): ReplayRef => ({ tenantId: 'tn_1', key: ticketId, ticketId });
const AWAY = new Error('Postgres is away');

/** Turns are taken by the tests. */
function tickets(more: { readonly endWithinMs?: number } = {}) {
  const renewed: string[][] = [];
  const errors: unknown[] = [];
  const store = {
    isAway: false,
    renew: async (refs: readonly ReplayRef[]) => {
      if (store.isAway) throw AWAY;
      renewed.push(refs.map(({ ticketId }) => ticketId));
      await Promise.resolve();
    },
  };
  const onError = (error: unknown) => errors.push(error);
  const open = new OpenTickets(store, { everyMs: 3_600_000, onError, ...more });
  return { open, store, renewed, errors };
}

const failing = (times: number) => {
  const write = async () => {
    write.calls += 1;
    if (write.calls <= times) throw AWAY;
    return await Promise.resolve('written');
  };
  write.calls = 0;
  return write;
};

describe('the open tickets of a process', () => {
  it('have their leases renewed together, until they end', async () => {
    const { open, renewed } = tickets();
    open.open(ref('a'));
    open.open(ref('b'));
    await open.runOnce();

    await open.end(ref('a'), failing(0));
    await open.runOnce();

    expect(renewed).toEqual([['a', 'b'], ['b']]);
    await open.end(ref('b'), failing(0));
  });

  it('keep their leases while their end cannot be written, which is tried at each turn', async () => {
    const { open, renewed, errors } = tickets();
    open.open(ref('a'));
    const write = failing(2);
    const end = open.end(ref('a'), write);

    for (const calls of [1, 2]) {
      await expect.poll(() => errors.length).toBe(calls);
      await open.runOnce();
    }

    expect(await end).toBe('written');
    expect(renewed).toEqual([['a'], ['a']]);
    expect(write.calls).toBe(3);
  });

  it('try again although leases cannot be renewed', async () => {
    const { open, store, errors } = tickets();
    store.isAway = true;
    open.open(ref('a'));
    const end = open.end(ref('a'), failing(1));
    await expect.poll(() => errors.length).toBe(1);

    await open.runOnce();

    expect(await end).toBe('written');
  });

  it('give up in the end', async () => {
    const { open } = tickets({ endWithinMs: 0 });
    open.open(ref('a'));

    expect(await open.end(ref('a'), failing(1))).toBeNull();
  });

  it('are waited for at the end of the process', async () => {
    const { open } = tickets();
    open.open(ref('a'));
    const written: unknown[] = [];
    const closed = open.close(3_600_000).then(() => [...written]);
    written.push(await open.end(ref('a'), failing(0)));

    expect(await closed).toEqual(['written']);
  });

  it('hold up the end of the process for so long and no longer', async () => {
    const { open, errors } = tickets();
    open.open(ref('a'));
    const end = open.end(ref('a'), failing(99));
    await expect.poll(() => errors.length).toBe(1);

    await open.close(1);

    expect(await end).toBeNull();
  });
});
