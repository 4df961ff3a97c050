import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call } from '../testing/call.js';
import { InMemoryObjectStore } from '../testing/in-memory-object.store.js';
import { ObjectUpstream } from '../testing/object-upstream.js';
import { stand, type Stand } from '../testing/stand.js';
import type { UnknownObjects } from './claim-verdict.js';
import { ObjectWriter } from './object-writer.js';
import { OwnedObjects } from './owned-objects.js';

let store: InMemoryObjectStore;
let upstream: ObjectUpstream;
let opened: Stand;

async function open(
  more: {
    readonly keys?: string;
    readonly unknown?: UnknownObjects;
    readonly isThere?: boolean;
  } = {},
): Promise<void> {
  await opened?.close();
  store = new InMemoryObjectStore();
  upstream = new ObjectUpstream();
  const writer = new ObjectWriter({ store, later: { add: () => undefined } });
  opened = await stand(upstream.listener, {
    keys: more.keys ?? 'k1',
    objects: new OwnedObjects({
      store,
      writer,
      unknown: more.unknown ?? 'refuse',
      places: {
        isUpstream: () => more.isThere ?? true,
        hasKey: ({ account }) => account !== 'gone',
      },
    }),
    tenantOf: ({ headers }) => String(headers['x-tenant'] ?? 'owner'),
  });
}
beforeEach(async () => await open());
afterEach(async () => await opened.close());

interface Asked {
  readonly status: number;
  readonly json: { readonly [name: string]: unknown };
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

async function ask(
  tenant: string,
  target: string,
  more: { readonly body?: unknown; readonly type?: string } = {},
): Promise<Asked> {
  const [method = '', path = ''] = target.split(' ');
  const { body, type = 'application/json' } = more;
  const bytes = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await call(`${opened.front.url}/v1/${path}`, {
    method,
    headers: { 'x-tenant': tenant, ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: bytes }),
  });
  const text = answer.bytes.toString('utf8');
  const json = text.startsWith('{') ? (JSON.parse(text) as Asked['json']) : {};
  return { status: answer.status, json, text, headers: answer.headers };
}

async function make(tenant: string, collection: string, body: unknown = {}): Promise<string> {
  const made = await ask(tenant, `POST ${collection}`, { body });
  expect(made.status).toBe(200);
  return String(made.json['id']);
}

const wordsOf = ({ status, text }: Asked, id: string): string =>
  `${status} ${text.replaceAll(id, '<id>')}`;
const idsOf = ({ json }: Asked): string[] =>
  (json['data'] as readonly { readonly id: string }[]).map(({ id }) => id);

describe('an object of another tenant', () => {
  it.each(['files', 'responses', 'batches', 'vector_stores', 'conversations', 'gadgets'])(
    'is 404 in the very words for one that never was: %s',
    async (collection) => {
      const id = await make('owner', collection);
      const never = `${id.slice(0, -1)}b`;

      for (const target of ['GET', 'POST', 'DELETE']) {
        for (const below of ['', '/content']) {
          const theirs = await ask('stranger', `${target} ${collection}/${id}${below}`);
          const nobodys = await ask('stranger', `${target} ${collection}/${never}${below}`);
          expect(theirs.status).toBe(404);
          expect(wordsOf(theirs, id)).toBe(wordsOf(nobodys, never));
        }
      }
      expect(upstream.seen).toHaveLength(1);
      expect((await ask('owner', `GET ${collection}/${id}`)).status).toBe(200);
    },
  );

  it.each([
    [
      'POST responses',
      (id: string) => ({ model: 'm', previous_response_id: id }),
      'previous_response_id',
    ],
    ['POST batches', (id: string) => ({ input_file_id: id }), 'input_file_id'],
    ['POST vector_stores', (id: string) => ({ file_ids: [id] }), 'file_ids'],
    ['POST gadgets', (id: string) => ({ metadata: { parts_id: id } }), 'parts_id'],
  ])('is 404 where a body of %s names it, naming the field', async (target, body, param) => {
    const id = await make('owner', 'files');

    const refused = await ask('stranger', target, { body: body(id) });

    expect(refused.status).toBe(404);
    expect(refused.json['error']).toMatchObject({ param, message: `No such object: ${id}` });
    expect(upstream.seen).toHaveLength(1);
  });

  it('is 404 in a query', async () => {
    const id = await make('owner', 'files');

    expect((await ask('stranger', `GET files?after=${id}`)).status).toBe(404);
    expect((await ask('stranger', `GET realtime?call_id=${id}`)).status).toBe(404);
    expect((await ask('stranger', `GET gadgets?of=${id}`)).status).toBe(404);
  });

  it.each([
    ['a form', 'multipart/form-data; boundary=b', (id: string) => `--b\r\n\r\n${id}\r\n--b--`],
    ['lines of JSON', 'application/jsonl', (id: string) => `{"body":{"file_id":"${id}"}}\n`],
    [
      'JSON that is too large to be read',
      'application/json',
      (id: string) => `{"x":"${'-'.repeat(70_000)}","file_id":"${id}"}`,
    ],
  ])('never reaches the upstream whole in a body that streams: %s', async (_, type, body) => {
    const id = await make('owner', 'files');

    const refused = await ask('stranger', 'POST files', { body: body(id), type });

    expect(refused.status).toBe(404);
    expect(refused.text).toContain(`No such object: ${id}`);
    expect(upstream.seen).toHaveLength(1);
    expect((await ask('owner', 'POST files', { body: body(id), type })).status).toBe(200);
  });

  it('cannot be hidden in a body that cannot be read', async () => {
    const answer = await call(`${opened.front.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: 'zipped',
    });

    expect(answer.status).toBe(415);
    expect(upstream.seen).toHaveLength(0);
  });
});

describe('an object that was made', () => {
  it('is written down before its id leaves, in a stream too, with what it put out', async () => {
    const { text } = await ask('owner', 'POST responses', { body: { stream: true } });
    const id = /resp_\w+/.exec(text)?.[0] ?? '';

    expect(store.rows.get(id)).toMatchObject({
      tenantId: 'owner',
      kind: 'responses',
      account: 'id-of-k1',
    });
    expect(store.rows.get(`msg_${id}`)?.kind).toBe('responses/items');
    const item = { input: [{ type: 'item_reference', id: `msg_${id}` }] };
    expect((await ask('stranger', 'POST responses', { body: item })).status).toBe(404);
    expect((await ask('owner', 'POST responses', { body: item })).status).toBe(200);
  });

  it('may be named by an address alone', async () => {
    const offer = { body: 'v=0', type: 'application/sdp' };
    const { headers } = await ask('owner', 'POST realtime/calls', offer);

    expect(headers['location']).toBe('/v1/realtime/calls/rtc_00000001');
    expect(store.rows.get('rtc_00000001')?.tenantId).toBe('owner');
    expect((await ask('stranger', 'POST realtime/calls/rtc_00000001/hangup')).status).toBe(404);
  });

  it.each([
    ['chat/completions', {}],
    ['embeddings', {}],
    ['responses', { store: false }],
  ])('is not looked for in an answer of what keeps nothing: %s %j', async (path, body) => {
    await ask('owner', `POST ${path}`, { body: { model: 'm', ...body } });

    expect(store.rows.size).toBe(0);
    expect(store.finds).toBe(0);
  });

  it('is forgotten when the upstream has deleted it', async () => {
    const id = await make('owner', 'files');

    expect((await ask('owner', `DELETE files/${id}`)).status).toBe(200);

    expect(store.rows.size).toBe(0);
    expect((await ask('owner', `GET files/${id}`)).status).toBe(404);
  });

  it('stays whose it is although another tenant is answered with its id', async () => {
    const id = await make('owner', 'files');
    await new ObjectWriter({ store, later: { add: () => undefined } }).write([
      {
        id,
        tenantId: 'stranger',
        kind: 'files',
        upstream: 'openai',
        account: 'x',
        createdAt: new Date(),
      },
    ]);

    expect((await ask('owner', `GET files/${id}`)).status).toBe(200);
    expect((await ask('stranger', `GET files/${id}`)).status).toBe(404);
  });

  it('is asked for with the key that made it', async () => {
    await open({ keys: 'k1,k2' });
    const ids = [await make('owner', 'files'), await make('owner', 'files')];
    expect(new Set(upstream.seen.map(({ key }) => key)).size).toBe(2);

    for (const id of [...ids, ...ids]) {
      expect((await ask('owner', `GET files/${id}`)).status).toBe(200);
      expect((await ask('owner', 'POST vector_stores', { body: { file_ids: [id] } })).status).toBe(
        200,
      );
    }
    const maker = (id: string) => upstream.seen.find(({ body }) => body.includes(id))?.key;
    expect(ids.map(maker)).toEqual(upstream.seen.slice(0, 2).map(({ key }) => key));
  });

  it('cannot be used together with one of another key', async () => {
    await open({ keys: 'k1,k2' });
    const ids = [await make('owner', 'files'), await make('owner', 'files')];

    const refused = await ask('owner', 'POST vector_stores', { body: { file_ids: ids } });

    expect(refused.status).toBe(400);
    expect(refused.text).toContain('different keys of the upstream');
  });

  it('is asked for with any key where the one that made it is gone, beside objects of that one', async () => {
    await open({ keys: 'k1,k2' });
    const [old, other] = [await make('owner', 'files'), await make('owner', 'files')];
    const row = store.rows.get(old);
    if (row) store.rows.set(old, { ...row, account: 'gone' });

    const body = { file_ids: [old, other] };
    expect((await ask('owner', 'POST vector_stores', { body })).status).toBe(200);
    expect(upstream.seen.at(-1)?.key).toBe(upstream.seen.at(1)?.key);
    expect((await ask('owner', 'POST vector_stores', { body: { file_ids: [old] } })).status).toBe(
      200,
    );
  });

  it('is 404 with the reason where its upstream is no more', async () => {
    await open({ isThere: false });
    const id = await make('owner', 'files');

    const refused = await ask('owner', `GET files/${id}`);

    expect(refused.status).toBe(404);
    expect(refused.text).toContain('no longer configured');
  });
});

describe('an object that nobody wrote down', () => {
  it('is for whoever knows its id, for nobody or for everybody, as the operator says', async () => {
    for (const [unknown, status] of [
      ['unlisted', 200],
      ['refuse', 404],
      ['allow', 200],
    ] as const) {
      await open({ unknown });
      upstream.add('k1', 'files', 'file_before1');

      expect((await ask('owner', 'GET files/file_before1')).status).toBe(status);
      const body = { input_file_id: 'file_before1' };
      expect((await ask('owner', 'POST batches', { body })).status).toBe(status);
      expect(idsOf(await ask('owner', 'GET files'))).toEqual(
        unknown === 'allow' ? ['file_before1'] : [],
      );
      const all = { data_source: { type: 'responses', source: { type: 'responses' } } };
      expect((await ask('owner', 'POST evals', { body: all })).status).toBe(
        unknown === 'allow' ? 200 : 404,
      );
    }
  });

  it('passes where a field may hold something else', async () => {
    const body = { prompt: { id: 'pmpt_1' }, metadata: { file_id: 'mine' }, user_id: 'u_1' };

    expect((await ask('owner', 'POST responses', { body })).status).toBe(200);
  });
});

describe('a list', () => {
  it('goes out as the upstream sent it where all of it is the tenant’s', async () => {
    await make('owner', 'files');
    const { text } = await ask('owner', 'GET files?limit=2');

    expect(text).toContain('"object":"list","data":[{"id":"file_');
    expect(upstream.seen.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('holds nothing of other tenants, page after page', async () => {
    const mine: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      mine.unshift(await make('owner', 'files'));
      await make('stranger', 'files');
      upstream.add('k1', 'files', `file_nobodys${turn}`);
    }

    const first = await ask('owner', 'GET files?limit=3');
    const second = await ask('owner', `GET files?limit=3&after=${String(first.json['last_id'])}`);
    const backwards = await ask('owner', 'GET files?order=asc');

    expect(idsOf(first)).toEqual(mine.slice(0, 3));
    expect(first.json).toMatchObject({ has_more: true, first_id: mine[0], last_id: mine[2] });
    expect(idsOf(second)).toEqual(mine.slice(3));
    expect(second.json).toMatchObject({ has_more: false, last_id: mine[4] });
    expect(idsOf(backwards)).toEqual(mine.toReversed());
  });

  it('is empty for who has none', async () => {
    await make('owner', 'files');

    const { json } = await ask('stranger', 'GET files');

    expect(json).toMatchObject({ object: 'list', data: [], has_more: false, first_id: null });
  });

  it('holds what all keys hold, newest first', async () => {
    await open({ keys: 'k1,k2' });
    const mine: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) mine.unshift(await make('owner', 'files'));
    await make('stranger', 'files');

    const first = await ask('owner', 'GET files?limit=4');
    const second = await ask('owner', `GET files?limit=4&after=${mine[3]}`);

    expect(new Set(upstream.seen.map(({ key }) => key)).size).toBe(2);
    expect(idsOf(first)).toEqual(mine.slice(0, 4));
    expect(first.json['has_more']).toBe(true);
    expect(idsOf(second)).toEqual(mine.slice(4));
    expect(second.json['has_more']).toBe(false);
  });

  it('is read no further than the tenant’s own can be', async () => {
    for (let turn = 0; turn < 250; turn += 1) upstream.add('k1', 'files', `file_old${turn}`);
    const id = await make('owner', 'files');

    const { json } = await ask('owner', 'GET files');

    expect(json).toMatchObject({ data: [{ id }], has_more: false });
    expect(upstream.seen.filter(({ method }) => method === 'GET')).toHaveLength(2);
  });

  it('says so where the tenant’s own are too far behind those of others', async () => {
    const id = await make('owner', 'files');
    for (let turn = 0; turn < 5_000; turn += 1) upstream.add('k1', 'files', `file_new${turn}`);

    const refused = await ask('owner', 'GET files');

    expect(refused.status).toBe(503);
    expect((await ask('owner', `GET files/${id}`)).status).toBe(200);
  });

  it('is refused where it cannot be looked through, unless everything may be seen', async () => {
    for (const [unknown, status] of [
      ['refuse', 502],
      ['unlisted', 502],
      ['allow', 200],
    ] as const) {
      await open({ unknown });
      upstream.answers = {
        status: 200,
        type: 'text/plain',
        body: '{"data":[{"id":"file-abc123"}]}',
      };
      expect((await ask('owner', 'GET files')).status).toBe(status);
      upstream.answers = { status: 206, type: 'application/json', body: '"id":"file-abc123"' };
      expect((await ask('owner', 'GET files')).status).toBe(unknown === 'allow' ? 206 : 502);
      const odd = '{"files":[{"id":"file-abc123"}]}';
      upstream.answers = { status: 200, type: 'application/json', body: odd };
      expect((await ask('owner', 'GET files')).status).toBe(status);
      expect((await ask('owner', 'GET gadgets')).text).toBe(odd);
      upstream.answers = { status: 200, type: 'application/json', body: '{"none":["here"]}' };
      expect((await ask('owner', 'GET files')).text).toBe('{"none":["here"]}');
    }
  });

  it.each(['limit=10001', 'order=up', 'before=file_1'])('refuses ?%s', async (query) => {
    await make('owner', 'files');
    await make('stranger', 'files');

    const refused = await ask('owner', `GET files?${query}`);

    expect(refused.status).toBe(400);
    expect(refused.json['error']).toMatchObject({ param: query.split('=')[0] });
  });
});
