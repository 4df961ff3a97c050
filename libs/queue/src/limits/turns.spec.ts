import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';

describe('Turns', () => {
  it('let no more than so many run at once, in the order in which they came, failing ones too', async () => {
    const turns = new Turns(3);
    const begun: number[] = [];
    let running = 0;
    let most = 0;

    const all = Array.from(
      { length: 20 },
      async (_, index) =>
        await turns.run(async () => {
          begun.push(index);
          running += 1;
          most = Math.max(most, running);
          await Promise.resolve();
          running -= 1;
          if (index % 4 === 0) throw new Error('failed');
        }),
    );
    await Promise.allSettled(all);

    expect(most).toBe(3);
    expect(begun).toEqual(Array.from({ length: 20 }, (_, index) => index));
    await expect(turns.run(async () => 'done')).resolves.toBe('done');
  });
});
