import { describe, expect, it } from 'vitest';
import { SubmitLog } from './submit-log.js';

const submit = (vendorId: string) =>
  ({ provider: 'bfl', model: 'flux-2-pro', vendorId, prompt: 'x' }) as const;
const all = { provider: null, since: 0, after: 0, limit: Number.POSITIVE_INFINITY };

function logOf(times: readonly number[], maxSubmits = 1000): SubmitLog {
  let now = 0;
  const log = new SubmitLog(() => now, maxSubmits);
  for (const [index, at] of times.entries()) {
    now = at;
    log.add(submit(String(index)));
  }
  return log;
}
const idsOf = (page: { readonly submits: readonly { readonly vendorId: string }[] }) =>
  page.submits.map(({ vendorId }) => vendorId);

describe('SubmitLog', () => {
  it.each([
    [0, ['0', '1', '2', '3']],
    [20, ['1', '2', '3']],
    [21, ['3']],
    [31, []],
  ])('lists what was accepted since %i', (since, ids) => {
    expect(idsOf(logOf([10, 20, 20, 30]).list({ ...all, since }))).toEqual(ids);
  });

  it('goes through its pages once each, and through what came meanwhile', () => {
    const log = logOf([1, 2, 3]);

    const first = log.list({ ...all, limit: 2 });
    log.add(submit('new'));
    const second = log.list({ ...all, limit: 2, after: first.next ?? 0 });

    expect([idsOf(first), idsOf(second), second.next]).toEqual([['0', '1'], ['2', 'new'], null]);
  });

  it('leaves other vendors out of a page', () => {
    const log = logOf([1, 2]);
    log.add({ ...submit('other'), provider: 'vertex' });

    expect(idsOf(log.list({ ...all, provider: 'vertex', limit: 1 }))).toEqual(['other']);
  });

  it('stays in order when the clock goes back', () => {
    expect(idsOf(logOf([10, 5, 11]).list({ ...all, since: 10 }))).toEqual(['0', '1', '2']);
  });

  it('stays bounded, and a page still follows the one before', () => {
    const log = logOf(
      Array.from({ length: 21 }, (_, index) => index),
      10,
    );

    expect(idsOf(log.list(all))).toHaveLength(10);
    expect(idsOf(log.list({ ...all, after: 19 }))).toEqual(['19', '20']);
  });
});
