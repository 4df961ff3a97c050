import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;

beforeAll(async () => {
  stack = await startStack({ workers: 0 });
  client = new GatewayClient(stack.url, stack.keys[0]);
});
afterAll(async () => await stack?.stop());

const quote = async (body: object): Promise<unknown> =>
  (await client.request('/v1/tasks/quote', { body })).body;

describe('a quote', () => {
  it.each([
    ['flux-2-pro', 'bfl', 'image', 1],
    ['veo-3-1', 'vertex', 'second', 8],
  ])('of %s says what it would cost', async (model, provider, unit, quantity) => {
    expect(await quote({ model, input: { prompt: 'x' } })).toMatchObject({
      code: 0,
      data: { model, provider, estimate: 'exact', costUsd: expect.any(Number), unit, quantity },
    });
  });

  it('of a model whose price nobody knows says so', async () => {
    expect(await quote({ model: 'qwen-image-2-0', input: { prompt: 'x' } })).toMatchObject({
      data: { estimate: 'unknown', costUsd: null, accepted: true },
    });
  });

  it.each([
    [{ model: 'flux-2-pro', input: {} }, 'input.prompt'],
    [{ model: 'flux-2-pro', input: { prompt: 'x' }, deadline: 99_999 }, 'deadline'],
    [{ model: 'flux-2-pro', input: { prompt: 'x' }, callback: { url: 'ftp://x' } }, 'callback.url'],
  ])('of %j is refused as the task would be', async (body, param) => {
    const create = await client.request('/v1/tasks', { body });
    const { message } = create.body as { message: string };

    expect(await quote(body)).toMatchObject({ code: 400, message, error: { param } });
  });

  it('makes nothing', async () => {
    const database = new Client({ connectionString: stack.databaseUrl });
    await database.connect();
    const { rows } = await database.query('SELECT count(*)::int AS tasks FROM tasks');
    await database.end();

    expect(rows).toEqual([{ tasks: 0 }]);
  });
});
