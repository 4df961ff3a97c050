import { describe, expect, it } from 'vitest';
import { workIn } from './work.js';

describe('workIn', () => {
  it('waits, and not at all for nothing', async () => {
    const work = workIn(new AbortController().signal);

    await expect(Promise.all([work(0), work(1)])).resolves.toEqual([undefined, undefined]);
  });

  it('ends every wait when the sandbox stops, and begins none after', async () => {
    const stop = new AbortController();
    const work = workIn(stop.signal);
    const waits = Promise.allSettled([work(3_600_000), work(3_600_000)]);

    stop.abort();

    expect((await waits).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(work(1)).rejects.toThrow('stopped');
  });
});
