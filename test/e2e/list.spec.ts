import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

let stack: Stack;
let client: GatewayClient;
/** Newest first. */
let ids: readonly string[];

beforeAll(async () => {
  stack = await startStack({ workers: 0 });
  client = new GatewayClient(stack.url, stack.keys[0]);
  const made: string[] = [];
  for (let order = 1; order <= 7; order += 1) {
    const model = order === 3 ? 'qwen-image-2-0' : 'flux-2-pro';
    const metadata = { order: String(order), shop: order > 4 ? 'a.b' : 'c' };
    made.unshift(await client.createTask({ model, input: { prompt: `${order}` }, metadata }));
  }
  ids = made;
});
afterAll(async () => await stack?.stop());

interface List {
  readonly tasks: readonly { taskId: string }[];
  readonly nextCursor?: string | null;
  readonly total?: number;
}

async function list(query: string): Promise<List> {
  const answer = await client.request(`/v1/tasks?${query}`);
  expect(answer.status).toBe(200);
  return (answer.body as { data: List }).data;
}

const idsOf = ({ tasks }: List): readonly string[] => tasks.map(({ taskId }) => taskId);

describe('a list', () => {
  it('by cursor shows every task once, while new ones come in', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: List = await list(`limit=3&metadata.shop=c${cursor && `&cursor=${cursor}`}`);
      seen.push(...idsOf(page));
      cursor = page.nextCursor ?? null;
      await client.createTask({
        model: 'flux-2-pro',
        input: { prompt: 'new' },
        metadata: { shop: 'new' },
      });
    }

    expect(seen).toEqual(ids.slice(3));
  });

  it.each([
    ['metadata.order=2', [5]],
    ['metadata.shop=a.b&metadata.order=6', [1]],
    ['metadata.shop=a.b&metadata.order=1', []],
    ['model=qwen-image-2.0', [4]],
    ['status=success', []],
    ['createdBefore=1000000000', []],
    ['createdAfter=2100-01-01T00:00:00Z', []],
  ])('is filtered by %s', async (query, places) => {
    expect(idsOf(await list(query))).toEqual(places.map((place) => ids[place]));
  });

  it('counts what the filter shows', async () => {
    expect(await list('page=1&size=2&metadata.shop=a.b')).toMatchObject({
      page: 1,
      size: 2,
      total: 3,
    });
  });

  it('of another tenant shows nothing of this one', async () => {
    const stranger = new GatewayClient(stack.url, stack.keys[1]);
    const answer = await stranger.request('/v1/tasks?limit=100&metadata.shop=c');

    expect(answer.body).toMatchObject({ data: { tasks: [], nextCursor: null } });
  });
});
