import { describe, expect, it } from 'vitest';
import { presentTask } from './present-task.js';
import type { Task } from './task.js';
import { makeContext, makeFacts, makeLinked, makeTask } from './testing/make-task.js';

const { link } = makeContext();
const CREATED = new Date('2026-06-01T12:00:00.999Z');
const seconds = (iso: string): number => Date.parse(iso) / 1000;

/** As a client reads it: what JSON leaves out is not there. */
const wire = (fields: Partial<Task>, outputs = [makeLinked()]): unknown =>
  JSON.parse(JSON.stringify(presentTask(makeTask({ id: 'tk-1', ...fields }), outputs, link)));

describe('presentTask', () => {
  it('costs nothing once it has failed, whatever the vendor charges', () => {
    const usage = { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 } as const;

    expect(wire({ status: 'fail', usage })).toHaveProperty('usage.costUsd', 0);
  });

  it('shows a queued task without what it has not got yet', () => {
    expect(wire({ createdAt: CREATED })).toEqual({
      taskId: 'tk-1',
      model: 'fake-image',
      provider: 'fake',
      status: 'queued',
      progress: 0,
      seq: 0,
      created: seconds('2026-06-01T12:00:00Z'),
      completed: 0,
      storage: 'temp',
      metadata: { order: '4711' },
    });
  });

  it('shows a successful task with its outputs and what it cost', () => {
    const output = makeLinked({
      id: 'out-1',
      stored: makeFacts(),
      expireAt: new Date('2026-06-08T12:00:00Z'),
    });
    const task: Partial<Task> = {
      status: 'success',
      version: 3,
      progress: 100,
      createdAt: CREATED,
      startedAt: new Date('2026-06-01T12:00:01.500Z'),
      completedAt: new Date('2026-06-01T12:01:05.100Z'),
      usage: { unit: 'image', quantity: 1, costNanoUsd: 40_000_000 },
    };

    expect(wire(task, [output])).toEqual({
      taskId: 'tk-1',
      model: 'fake-image',
      provider: 'fake',
      status: 'success',
      progress: 100,
      seq: 3,
      created: seconds('2026-06-01T12:00:00Z'),
      started: seconds('2026-06-01T12:00:01Z'),
      completed: seconds('2026-06-01T12:01:05Z'),
      storage: 'temp',
      metadata: { order: '4711' },
      output: [
        {
          url: 'https://gateway.example/outputs/out-1?exp=1780920000',
          type: 'image',
          mime: 'image/png',
          bytes: 182_733,
          sha256: 'ab'.repeat(32),
          width: 1664,
          height: 928,
          expireAt: seconds('2026-06-08T12:00:00Z'),
        },
      ],
      usage: { unit: 'image', quantity: 1, costUsd: 0.04 },
    });
  });

  it('leaves out sizes that are not known', () => {
    const stored = makeFacts({ width: null, height: null });

    const shown = wire({ status: 'success' }, [makeLinked({ stored })]);

    expect(shown).toHaveProperty('output.0.mime');
    expect(shown).not.toHaveProperty('output.0.width');
    expect(shown).not.toHaveProperty('output.0.height');
  });

  it('says null for a price that is unknown, never 0', () => {
    const usage = { unit: 'second', quantity: 5, costNanoUsd: null } as const;

    expect(wire({ usage })).toHaveProperty('usage', { unit: 'second', quantity: 5, costUsd: null });
  });

  it('shows why a task failed, and no output', () => {
    const error = {
      code: 'CONTENT_REJECTED',
      message: 'The prompt was refused.',
      providerCode: 'moderation_blocked',
      retryable: false,
    } as const;

    const shown = wire({ status: 'fail', error }, [makeLinked({ stored: makeFacts() })]);

    expect(shown).toMatchObject({ status: 'fail', error });
    expect(shown).not.toHaveProperty('output');
  });

  it("leaves out the vendor's code where there is none", () => {
    const error = { code: 'TASK_TIMEOUT', message: 'Late.', providerCode: null, retryable: true };

    const shown = wire({ status: 'fail', error: { ...error, code: 'TASK_TIMEOUT' } });

    expect(shown).toHaveProperty('error', {
      code: 'TASK_TIMEOUT',
      message: 'Late.',
      retryable: true,
    });
  });

  it.each(['queued', 'handling', 'archiving'] as const)(
    'shows no output of a task that is %s, stored or not',
    (status) => {
      expect(wire({ status }, [makeLinked({ stored: makeFacts() })])).not.toHaveProperty('output');
    },
  );

  it('never shows the input, the request or the callback', () => {
    const shown = JSON.stringify(
      wire({
        input: { prompt: 'a secret cat' },
        request: { text: 'a secret request' },
        callback: { url: 'https://your.example/secret', when: 'final' },
      }),
    );

    expect(shown).not.toContain('secret');
  });
});
