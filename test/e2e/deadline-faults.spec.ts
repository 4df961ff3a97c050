import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { GatewayClient, type TaskDetail } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let receiver: CallbackReceiver;
let client: GatewayClient;
let sandbox: SandboxControl;

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '200' } });
  receiver = await startCallbackReceiver();
  client = new GatewayClient(stack.url, stack.keys[0]);
  sandbox = new SandboxControl(stack.sandbox.url);
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

const TIMED_OUT = { status: 'fail', error: { code: 'TASK_TIMEOUT' } };

describe('a task whose deadline passes', () => {
  it.each([
    ['while its vendor does not answer', 'gpt-image-2', 'silent [[fault:hang]]'],
    ['inside a call that takes longer', 'gpt-image-2', 'long call [[delay:60s]]'],
    ['while its vendor works on it', 'flux-2-pro', 'long job [[delay:60s]]'],
    ['while it waits to be tried again', 'veo-3-1', 'refused [[fault:error-429]]'],
  ])('%s ends, and its callback says so', async (_, model, prompt) => {
    const task = await client.untilTerminal(await create(model, prompt, 2));

    expect(task).toMatchObject(TIMED_OUT);
    expect(task.error?.message).toContain('deadline of 2 s');
    expect(await toldOf(task.taskId)).toMatchObject(TIMED_OUT);
    expect(task.completed - task.created).toBeLessThanOrEqual(10);
  });
});

describe('a vendor that is done after the deadline', () => {
  it('changes nothing when its answer comes late', async () => {
    const prompt = 'answered late [[delay:2500ms]]';
    const taskId = await create('gpt-image-2', prompt, 1);
    const ended = await client.untilTerminal(taskId);

    // Where this machine is slow, the lease is found lost first and the call is broken off.
    await untilLogged(taskId, /task submitted|submit failed/);

    expect(ended).toMatchObject(TIMED_OUT);
    await changedNothing(ended, prompt);
  });

  it('changes nothing when its job is ready late', async () => {
    const prompt = 'ready late [[delay:3s]]';
    const ended = await client.untilTerminal(await create('flux-2-pro', prompt, 1));
    const witness = 'ready after it [[delay:3s]]';
    await client.untilTerminal(await create('flux-2-pro', witness, 60));

    expect(ended).toMatchObject(TIMED_OUT);
    await changedNothing(ended, prompt);
  });
});

async function create(model: string, prompt: string, deadline: number): Promise<string> {
  const callback = { url: receiver.url };
  return await client.createTask({ model, input: { prompt }, deadline, callback });
}

async function changedNothing(ended: TaskDetail, prompt: string): Promise<void> {
  await toldOf(ended.taskId);
  const { callback, ...task } = await client.getTask(ended.taskId);
  const { callback: _, ...before } = ended;
  expect(task).toEqual(before);
  expect(callback).toMatchObject({ attempts: 1 });
  expect(await sandbox.submits(prompt)).toHaveLength(1);
  expect(callbacksOf(ended.taskId)).toHaveLength(1);
}

/** What the first callback of a task said. */
async function toldOf(taskId: string): Promise<unknown> {
  await vi.waitUntil(() => callbacksOf(taskId).length > 0, 60_000);
  return callbacksOf(taskId)[0];
}

/** Only the gateway sends there, and what it sends is a task. */
const callbacksOf = (taskId: string): readonly TaskDetail[] =>
  receiver.received
    .map(({ rawBody }) => JSON.parse(rawBody.toString()) as TaskDetail)
    .filter((task) => task.taskId === taskId);

async function untilLogged(taskId: string, phrase: RegExp): Promise<void> {
  const said = (): boolean =>
    stack.workers[0]?.logs().some((line) => line.includes(taskId) && phrase.test(line)) ?? false;
  await vi.waitUntil(said, 60_000);
}
