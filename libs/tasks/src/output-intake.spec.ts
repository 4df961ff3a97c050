import { ArchiveError } from '@app/outputs';
import { describe, expect, it } from 'vitest';
import { makeTask } from './testing/make-task.js';
import { PNG } from './testing/fake-archive.js';
import { workbench } from './testing/workbench.js';

const LINK = {
  from: 'url',
  url: 'https://vendor.example/1.png',
  expiresAt: 1_800_000_000_000,
} as const;
const BYTES = { from: 'bytes', bytes: PNG } as const;

describe('OutputIntake', () => {
  it('notes links and fetches none of them', async () => {
    const { intake, door } = workbench();

    const [output] = await intake.take(makeTask({ kind: 'video' }), [LINK]);

    expect(output).toMatchObject({
      index: 0,
      type: 'video',
      source: { url: LINK.url, expiresAt: new Date(LINK.expiresAt) },
      stored: null,
    });
    expect(output?.id).toMatch(/^out-/);
    expect(door.requests).toEqual([]);
  });

  it('keeps bytes before anything is recorded', async () => {
    const { intake, outputs } = workbench();
    const task = makeTask();

    const [output] = await intake.take(task, [BYTES]);

    const key = `outputs/${task.id.toLowerCase()}/0`;
    expect(output).toMatchObject({
      source: null,
      stored: { key, mime: 'image/png', bytes: PNG.length, width: 1, height: 1 },
    });
    expect(outputs.bytes.get(key)).toEqual(PNG);
  });

  it('numbers outputs in the order of the answer and lets them expire together', async () => {
    const { intake } = workbench();

    const taken = await intake.take(makeTask(), [BYTES, LINK, BYTES]);

    expect(taken.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(taken.map(({ stored }) => stored !== null)).toEqual([true, false, true]);
    expect(new Set(taken.map(({ expireAt }) => expireAt.getTime())).size).toBe(1);
  });

  it('takes nothing that is no picture', async () => {
    const { intake, outputs } = workbench();
    const html = { from: 'bytes', bytes: Buffer.from('<!doctype html><p>no') } as const;

    await expect(intake.take(makeTask(), [html])).rejects.toThrow(ArchiveError);
    expect(outputs.bytes.size).toBe(0);
  });
});
