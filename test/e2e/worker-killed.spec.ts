import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import type { AppProcess } from '../support/processes.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/** Lease 10 s, grace 5 s, the reconciler's next turn within 5 s; the rest is for a busy machine. */
const TAKE_OVER_MS = 80_000;

let stack: Stack;
let client: GatewayClient;
let sandbox: SandboxControl;
let worker: AppProcess;
let receiver: CallbackReceiver;

beforeAll(async () => {
  const env = { SANDBOX_DELAY_MS: '200', CALLBACK_TIMEOUT_SECONDS: '3' };
  stack = await startStack({ workers: 0, env });
  receiver = await startCallbackReceiver(['hang']);
  worker = await stack.startWorker();
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

const UNKNOWN = { status: 'fail', error: { code: 'SUBMISSION_UNKNOWN', retryable: false } };

describe('a worker that is killed with -9', () => {
  const polled = 'polled when the worker dies [[delay:4s]]';
  const slow = 'in the call when the worker dies [[delay:60s]]';
  const silent = 'never answered [[fault:hang]]';
  const twice = 'may be paid twice [[fault:hang:1]]';
  const found = 'taken, never answered [[fault:hang]] [[delay:1s]]';
  let killedAtMs: number;
  let ends: Readonly<Record<'polled' | 'slow' | 'silent' | 'twice' | 'found', Promise<End>>>;

  beforeAll(async () => {
    const ids = {
      polled: await create('flux-2-pro', polled),
      slow: await create('gpt-image-2', slow),
      silent: await create('gpt-image-2', silent),
      twice: await create('gpt-image-2', twice, { onUnknown: 'retry' }),
      found: await create('flux-2-pro', found),
    };
    await Promise.all([polled, slow, silent, twice, found].map(untilSubmitted));
    await untilLogged(ids.polled, 'vendor accepted');
    await create('flux-2-pro', 'told when the worker dies', { callback: { url: receiver.url } });
    await receiver.waitFor(1);

    await worker.kill();
    killedAtMs = Date.now();
    worker = await stack.startWorker();

    const end = async (taskId: string): Promise<End> => {
      const task = await client.untilTerminal(taskId, TAKE_OVER_MS);
      return { task, afterMs: Date.now() - killedAtMs };
    };
    ends = {
      polled: end(ids.polled),
      slow: end(ids.slow),
      silent: end(ids.silent),
      twice: end(ids.twice),
      found: end(ids.found),
    };
  });

  it('leaves the job of a polled vendor to the next one, which finishes it', async ({
    annotate,
  }) => {
    const { task, afterMs } = await ends.polled;

    expect(task).toMatchObject({ status: 'success', output: [{ type: 'image' }] });
    expect(await sandbox.submits(polled)).toHaveLength(1);
    await annotate(`kill -9 to success: ${afterMs} ms`);
  });

  it('inside a call leaves a task that ends, because nobody can tell the outcome', async ({
    annotate,
  }) => {
    const [slowEnd, silentEnd] = await Promise.all([ends.slow, ends.silent]);

    expect(slowEnd.task).toMatchObject(UNKNOWN);
    expect(silentEnd.task).toMatchObject(UNKNOWN);
    await annotate(`kill -9 to SUBMISSION_UNKNOWN: ${slowEnd.afterMs}, ${silentEnd.afterMs} ms`);
  });

  it('inside a call to a vendor that calls back leaves a job that is found, not sent again', async ({
    annotate,
  }) => {
    const { task, afterMs } = await ends.found;

    expect(task).toMatchObject({ status: 'success', output: [{ type: 'image' }] });
    expect(await sandbox.submits(found)).toHaveLength(1);
    await annotate(`kill -9 to success of the job that the callback named: ${afterMs} ms`);
  });

  it('inside a call is followed by a second one for a task that asked for it', async ({
    annotate,
  }) => {
    const { task, afterMs } = await ends.twice;

    expect(task).toMatchObject({ status: 'success' });
    expect(await sandbox.submits(twice)).toHaveLength(2);
    await annotate(`kill -9 to success of the second submit: ${afterMs} ms`);
  });

  it('while it waits for the answer to a callback is followed by a second one, marked as the same', async ({
    annotate,
  }) => {
    const [first, second] = await receiver.waitFor(2, TAKE_OVER_MS);

    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.rawBody).toEqual(first?.rawBody);
    await annotate(`kill -9 to the next try: ${(second?.receivedAtMs ?? 0) - killedAtMs} ms`);
  });

  it('inside a call is never followed by a second one otherwise', async () => {
    const before = (await ends.slow).task;

    await reconcilerCameRound();

    expect(await sandbox.submits(slow)).toHaveLength(1);
    expect(await sandbox.submits(silent)).toHaveLength(1);
    expect(await client.getTask(before.taskId)).toEqual(before);
  });
});

describe('a submit that brings no answer, although nobody died', () => {
  it('is repeated for a task that asked for it', async () => {
    const prompt = 'connection lost once [[fault:reset-after-accept:1]]';
    const taskId = await create('qwen-image-2-0', prompt, { onUnknown: 'retry' });

    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
    expect(await sandbox.submits(prompt)).toHaveLength(2);
  });
});

describe('a worker that is told to stop', () => {
  it('finishes the call that it is in, and leaves what comes after to the next one', async () => {
    const prompt = 'in the call at SIGTERM [[delay:2s]]';
    const taskId = await create('gpt-image-2', prompt);
    await untilSubmitted(prompt);

    const end = await worker.stop();

    expect(end).toMatchObject({ code: 0, signal: null });
    expect(await client.getTask(taskId)).toMatchObject({ status: 'archiving' });
    worker = await stack.startWorker();
    expect(await client.untilTerminal(taskId)).toMatchObject({ status: 'success' });
    expect(await sandbox.submits(prompt)).toHaveLength(1);
  });
});

interface End {
  readonly task: TaskDetail;
  readonly afterMs: number;
}

async function create(model: string, prompt: string, more: object = {}): Promise<string> {
  return await client.createTask({ model, input: { prompt }, ...more });
}

async function untilSubmitted(prompt: string): Promise<void> {
  await vi.waitUntil(async () => (await sandbox.submits(prompt)).length > 0, 60_000);
}

async function untilLogged(taskId: string, cause: string): Promise<void> {
  const told = (): boolean =>
    worker.logs().some((line) => line.includes(taskId) && line.includes(cause));
  await vi.waitUntil(told, 60_000);
}

/** A job whose ring was lost with Redis's data is found by the reconciler and nobody else. */
async function reconcilerCameRound(): Promise<void> {
  const prompt = 'found by the reconciler [[delay:2s]]';
  const taskId = await create('flux-2-pro', prompt);
  await untilLogged(taskId, 'vendor accepted');
  await stack.redis.flush();
  expect(await client.untilTerminal(taskId, TAKE_OVER_MS)).toMatchObject({ status: 'success' });
}
