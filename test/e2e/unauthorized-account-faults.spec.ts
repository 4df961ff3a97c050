import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/** The sandbox refuses every key that begins with "wrong". */
const KEY = 'wrong-key-of-the-operator-4f1d';

const linesWith = (text: string): readonly string[] =>
  [...stack.apis, ...stack.workers]
    .flatMap((process) => process.logs())
    .filter((line) => line.includes(text));

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({
    env: {
      SANDBOX_DELAY_MS: '50',
      OPENAI_API_KEY: KEY,
      DASHSCOPE_API_KEY: KEY,
      BFL_API_KEY: KEY,
      VERTEX_ACCESS_TOKEN: KEY,
    },
  });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

describe("an account of the gateway's own that its vendor refuses", () => {
  it.each([
    ['qwen-image-2-0', 'DashScope'],
    ['gpt-image-2', 'OpenAI'],
    ['flux-2-pro', 'Black Forest Labs'],
    ['veo-3-1', 'Google Vertex AI'],
  ])('makes %s unavailable, and nobody is shown the key', async (model, vendor) => {
    const prompt = `refused account, ${model}`;
    const taskId = await client.createTask({ model, input: { prompt } });
    const task = await client.untilTerminal(taskId);

    expect(task).toMatchObject({ status: 'fail', error: { code: 'MODEL_UNAVAILABLE' } });
    expect(task.error?.message).toContain(vendor);
    expect(JSON.stringify(task)).not.toContain(KEY);
    expect(await new SandboxControl(stack.sandbox.url).submits(prompt)).toEqual([]);
  });

  it('fails no other task: those behind it wait, and nothing is sent', async () => {
    const bodies = ['qwen-image-2-0', 'happyhorse-1-0', 'flux-2-pro'].map((model) => ({
      model,
      input: { prompt: `behind the first one, ${model}` },
    }));
    const before = linesWith('submit failed').length;
    const taskIds = await Promise.all(bodies.map(async (body) => await client.createTask(body)));

    // Long enough for many turns of the dispatcher, and not for a look at the account.
    const last = await client.request(`/v1/tasks/${taskIds[0]}?wait=3`);

    expect(last.body).toMatchObject({ data: { status: 'queued' } });
    for (const taskId of taskIds)
      expect(await client.getTask(taskId)).toMatchObject({ status: 'queued' });
    expect(linesWith('submit failed')).toHaveLength(before);
  });

  it('alarms the operator once for each account, in the log and by a metric', async () => {
    const alarms = linesWith('vendor account in trouble').map(
      (line) => JSON.parse(line) as { level: number; account: string },
    );

    expect(alarms.map(({ account }) => account.split(':')[0] ?? '').toSorted()).toEqual([
      'bfl',
      'dashscope',
      'openai',
      'vertex',
    ]);
    expect(new Set(alarms.map(({ level }) => level))).toEqual(new Set([50]));
    expect(linesWith(KEY)).toEqual([]);
    await expect
      .poll(async () => await (await fetch(`${stack.workers[0]?.url}/metrics`)).text(), {
        timeout: 60_000,
      })
      .toMatch(
        /taskgate_vendor_account_trouble\{provider="dashscope",account="dashscope:[0-9a-f]{8}"\} [12]/,
      );
  });
});

describe('one of two accounts that its vendor refuses', () => {
  it('fails no task: they are sent under the other one', async () => {
    const pool = await startStack({
      env: { SANDBOX_DELAY_MS: '50', BFL_API_KEY: `${KEY},a-good-key` },
    });
    onTestFinished(async () => await pool.stop());
    const own = new GatewayClient(pool.url, pool.keys[0]);
    const prompts = Array.from({ length: 8 }, (_, index) => `under the other key, ${index}`);

    const taskIds = await Promise.all(
      prompts.map(
        async (prompt) => await own.createTask({ model: 'flux-2-pro', input: { prompt } }),
      ),
    );

    for (const taskId of taskIds)
      expect(await own.untilTerminal(taskId)).toMatchObject({ status: 'success' });
    const submits = await new SandboxControl(pool.sandbox.url).allSubmits();
    expect(submits.map(({ prompt }) => prompt).toSorted()).toEqual(prompts);
  });
});
