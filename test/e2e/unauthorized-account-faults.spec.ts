import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { SandboxControl } from '../support/sandbox-control.js';
import { type Stack, startStack } from '../support/stack.js';

/** The sandbox refuses every key that begins with "wrong". */
const KEY = 'wrong-key-of-the-operator-4f1d';

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
    ['happyhorse-1-0', 'DashScope'],
  ])('makes %s unavailable, and nobody is shown the key', async (model, vendor) => {
    const prompt = `refused account, ${model}`;
    const taskId = await client.createTask({ model, input: { prompt } });
    const task = await client.untilTerminal(taskId);

    expect(task).toMatchObject({ status: 'fail', error: { code: 'MODEL_UNAVAILABLE' } });
    expect(task.error?.message).toContain(vendor);
    expect(JSON.stringify(task)).not.toContain(KEY);
    expect(await new SandboxControl(stack.sandbox.url).submits(prompt)).toEqual([]);
  });

  it('is said to the operator in the log, without the key', () => {
    const lines = [...stack.apis, ...stack.workers].flatMap((process) => process.logs());

    expect(lines.filter((line) => line.includes('submit failed'))).toHaveLength(5);
    expect(lines.filter((line) => line.includes(KEY))).toEqual([]);
  });
});
