import { describe, expect, it } from 'vitest';
import { noteOf } from './check-note.js';
import { makeAdmitted, NOON } from './testing/make-task.js';
import { createSubmitted } from './testing/task-store-harness.js';
import { workbench } from './testing/workbench.js';

const after = (ms: number) => new Date(NOON.getTime() + ms);

async function note(byMs: number, nextMs: number, progress: number | null = null) {
  const { harness, store } = workbench();
  const { attempt: made } = await createSubmitted(harness, makeAdmitted(), after(byMs));
  const [open] = await store.findInFlight([made.id]);
  return open && noteOf({ open, looked: { nextAt: after(nextMs), progress } }, NOON);
}

describe('noteOf', () => {
  it('writes nothing while the row’s time is far and nothing changed', async () => {
    expect(await note(45_000, 2_000)).toBeNull();
    expect(await note(45_000, 2_000, 0)).toBeNull();
  });

  it.each([
    ['the row’s time is near', 15_000, 2_000, null, 60_000],
    ['progress grew', 45_000, 2_000, 7, 60_000],
    ['the next look is after the row’s time', 45_000, 120_000, null, 140_000],
  ])('writes when %s', async (_, byMs, nextMs, progress, expected) => {
    expect(await note(byMs, nextMs, progress)).toMatchObject({
      nextCheckAt: after(expected),
      progress,
    });
  });
});
