import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CallbackReceiver, startCallbackReceiver } from '../support/callback-receiver.js';
import { type Answer, GatewayClient } from '../support/gateway-client.js';
import { type Stack, startStack } from '../support/stack.js';

/** One call of the API's own description, below `/v1`. */
interface Operation {
  readonly method: string;
  /** With its parameters in braces: `/v1/tasks/{taskId}`. */
  readonly path: string;
}

let stack: Stack;
let receiver: CallbackReceiver;
let owner: GatewayClient;
let stranger: GatewayClient;
let operations: readonly Operation[];
/** What the owner has, by the parameter that names it. */
let owned: Readonly<Record<string, readonly string[]>>;

/** The same for every tenant: nothing in it belongs to anyone. */
const NOBODYS = new Set(['model']);

beforeAll(async () => {
  stack = await startStack({ env: { SANDBOX_DELAY_MS: '50' } });
  receiver = await startCallbackReceiver();
  owner = new GatewayClient(stack.url, stack.keys[0]);
  stranger = new GatewayClient(stack.url, stack.keys[1]);
  operations = await describedOperations();
  owned = await whatTheOwnerHas();
});
afterAll(async () => {
  await receiver?.stop();
  await stack?.stop();
});

describe("another tenant's id", () => {
  it('is 404 on every path that takes one, in the very words for one that never was', async () => {
    const taking = operations.filter(({ path }) => parametersOf(path).some((one) => one in owned));
    expect(taking.length).toBeGreaterThanOrEqual(10);

    for (const { method, path } of taking) {
      for (const ids of idsFor(path)) {
        const theirs = await ask(method, path, ids);
        const nobodys = await ask(method, path, ids.map(unlike));
        const call = `${method} ${path}`;
        expect([call, theirs.status]).toEqual([call, 404]);
        expect([call, wordsOf(theirs, ids)]).toEqual([call, wordsOf(nobodys, ids.map(unlike))]);
      }
    }
  });

  it('appears in no list, sum or setting', async () => {
    const listing = operations.filter(
      ({ method, path }) => method === 'GET' && parametersOf(path).length === 0,
    );
    expect(listing.length).toBeGreaterThanOrEqual(5);
    const secrets = Object.values(owned).flat();

    for (const { path } of listing) {
      const { status, body } = await stranger.request(path);
      const text = JSON.stringify(body);
      expect([path, status < 500]).toEqual([path, true]);
      expect([path, secrets.filter((id) => text.includes(id))]).toEqual([path, []]);
      expect([path, text.includes(new URL(receiver.url).host)]).toEqual([path, false]);
    }
  });

  it('is 404 at the upstream that all share, and in no list of it', async () => {
    const id = await uploadedFile();

    for (const [method, path] of [
      ['GET', `/v1/files/${id}`],
      ['GET', `/v1/files/${id}/content`],
      ['DELETE', `/v1/files/${id}`],
    ] as const) {
      const { status, body } = await stranger.request(path, { method });
      expect([method, path, status]).toEqual([method, path, 404]);
      expect(body).toMatchObject({ error: { message: `No such object: ${id}` } });
    }
    const asked = { model: 'gpt-4o-mini', input: [{ content: [{ file_id: id }] }] };
    expect((await stranger.request('/v1/responses', { body: asked })).status).toBe(404);
    expect((await stranger.request('/v1/files')).body).toMatchObject({ data: [] });
    expect((await owner.request('/v1/files')).body).toMatchObject({ data: [{ id }] });
    expect((await owner.request(`/v1/files/${id}/content`)).status).toBe(200);
  });

  it('is not acted upon by what takes many at once', async () => {
    const before = await owner.request(`/v1/tasks/${owned['taskId']?.[0]}/deliveries`);
    const sent = receiver.received.length;

    const redelivered = await stranger.request('/v1/tasks/deliveries/redeliver', {
      body: { state: 'delivered', origin: new URL(receiver.url).origin },
    });
    const origin = new URL(receiver.url).origin;
    const enabled = await stranger.request('/v1/callback-urls/receivers/enable', {
      body: { origin },
    });

    expect(JSON.stringify(redelivered.body)).not.toContain(owned['deliveryId']?.[0]);
    expect(enabled.status).toBe(404);
    const after = await owner.request(`/v1/tasks/${owned['taskId']?.[0]}/deliveries`);
    expect(after.body).toEqual(before.body);
    expect(receiver.received.length).toBe(sent);
  });

  it('has lost nothing by all this', async () => {
    for (const id of owned['taskId'] ?? []) {
      expect(['success', 'fail', 'queued', 'handling']).toContain((await owner.getTask(id)).status);
    }
    expect((await owner.getTask(owned['taskId']?.[0] ?? '')).output).toHaveLength(1);
  });
});

/** From the document that the gateway publishes, which has every route of its own. */
async function describedOperations(): Promise<readonly Operation[]> {
  const document = (await (await fetch(`${stack.url}/openapi.json`)).json()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    path.startsWith('/v1/')
      ? Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path }))
      : [],
  );
}

/** A task that has ended with its delivery, one that has failed, and one that is under way. */
async function whatTheOwnerHas(): Promise<Readonly<Record<string, readonly string[]>>> {
  const create = async (model: string, prompt: string): Promise<string> =>
    await owner.createTask({ model, input: { prompt }, callback: { url: receiver.url } });
  const done = await create('flux-2-pro', 'mine');
  const failed = await create('flux-2-pro', '[[fault:fail]]');
  const film = await create('veo-3-1', 'mine, and it takes long [[delay:60s]]');
  await Promise.all([done, failed].map(async (id) => await owner.untilTerminal(id)));
  await receiver.waitFor(2);
  const { body, headers } = await owner.request('/v1/tasks/deliveries');
  const { deliveries } = (body as { data: { deliveries: { id: string }[] } }).data;
  const deliveryIds = deliveries.map(({ id }) => id);
  expect(deliveryIds).toHaveLength(2);
  const requestId = [headers.get('x-taskgate-request-id') ?? ''];
  return { taskId: [done, failed, film], videoId: [film], deliveryId: deliveryIds, requestId };
}

/** A file of the owner's at the upstream. */
async function uploadedFile(): Promise<string> {
  const form = new FormData();
  form.set('purpose', 'user_data');
  form.set('file', new File(['mine'], 'mine.txt'));
  const answer = await fetch(`${stack.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.keys[0]}` },
    body: form,
  });
  return ((await answer.json()) as { readonly id: string }).id;
}

const parametersOf = (path: string): readonly string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name]) => (name === undefined ? [] : [name]));

/** Every way to fill a path with what the owner has. A parameter that nobody knows here is a new route's. */
function idsFor(path: string): readonly (readonly string[])[] {
  let filled: readonly (readonly string[])[] = [[]];
  for (const name of parametersOf(path)) {
    const ids = owned[name];
    if (!ids) throw new Error(`${path}: say what of the owner {${name}} names`);
    filled = filled.flatMap((before) => ids.map((id) => [...before, id]));
  }
  return filled;
}

async function ask(method: string, path: string, ids: readonly string[]): Promise<Answer> {
  let place = 0;
  const target = path.replaceAll(/\{\w+\}/g, () => ids[place++] ?? '');
  const takesBody = ['POST', 'PUT', 'PATCH'].includes(method);
  return await stranger.request(target, { method, ...(takesBody && { body: {} }) });
}

/** An id of the same make that was never given: its last characters are others. */
const unlike = (id: string): string => `${id.slice(0, -4)}${id.endsWith('0000') ? '1111' : '0000'}`;

/** The answer without the id and the request's own id. */
function wordsOf({ status, headers, body }: Answer, ids: readonly string[]): object {
  let text = JSON.stringify(body);
  for (const id of ids) text = text.replaceAll(id, '<id>');
  const type = headers.get('content-type');
  return { status, type, text: text.replaceAll(/req_\w+/g, '<request>') };
}

it('is asked about on every parameter of every path', () => {
  const names = new Set(operations.flatMap(({ path }) => parametersOf(path)));
  expect([...names].filter((name) => !(name in owned) && !NOBODYS.has(name))).toEqual([]);
});
