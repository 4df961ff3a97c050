import { describe, expect, it } from 'vitest';
import { startReceiver } from '../testing/start-receiver.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const KEY = { 'x-goog-api-key': 'key' };
const PATH = '/gemini/v1beta/interactions';
const omni = (prompt: string, fields: object = {}): object => ({
  model: 'gemini-omni-1.2-flash',
  input: [{ type: 'text', text: prompt }],
  response_format: { type: 'video', delivery: 'uri', resolution: '360p', duration: '3s' },
  background: true,
  store: true,
  ...fields,
});

interface Seen {
  id: string;
  status: string;
  errors?: { code: string }[];
  error?: { code: string; message: string };
  steps?: { type: string; content?: { type: string; data?: string; uri?: string }[] }[];
}

async function submit(sandbox: TestSandbox, body: object): Promise<Seen> {
  return (await (await sandbox.post(PATH, body, KEY)).json()) as Seen;
}
const look = async (sandbox: TestSandbox, id: string): Promise<Seen> =>
  (await (await fetch(`${sandbox.url}${PATH}/${id}`, { headers: KEY })).json()) as Seen;
const replay = async (sandbox: TestSandbox, id: string): Promise<string> =>
  await (await fetch(`${sandbox.url}${PATH}/${id}?stream=true`, { headers: KEY })).text();
const names = (text: string) => [...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name);
const filmIn = (seen: Seen) => seen.steps?.at(-1)?.content?.[0];

describe('an interaction of the Gemini stand-in', () => {
  it('goes from queued over in_progress to a film that is inline', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const { id, status } = await submit(sandbox, omni('a fox'));

    sandbox.pass(500);
    const running = await look(sandbox, id);
    sandbox.pass(500);
    const done = await look(sandbox, id);

    expect([status, running.status, done.status]).toEqual(['queued', 'in_progress', 'completed']);
    const bytes = Buffer.from(filmIn(done)?.data ?? '', 'base64');
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'gemini', model: 'gemini-omni-1.2-flash', vendorId: id, prompt: 'a fox' },
    ]);
  });

  it('tells the address of its film in the stream alone, for the key, by way of a storage', async () => {
    const sandbox = await startSandbox();
    const { id } = await submit(sandbox, omni('a fox'));

    const [, uri = ''] = /"uri":"([^"]+)"/.exec(await replay(sandbox, id)) ?? [];
    const without = await fetch(uri);
    const leading = await fetch(uri, { headers: KEY, redirect: 'manual' });
    const storage = leading.headers.get('location') ?? '';
    const [withKey, film] = await Promise.all([fetch(storage, { headers: KEY }), fetch(storage)]);

    expect(filmIn(await look(sandbox, id))?.uri).toBeUndefined();
    expect([without, leading, withKey, film].map((one) => one.status)).toEqual([
      403, 302, 403, 200,
    ]);
    expect(film.headers.get('content-type')).toBe('video/mp4');
  });

  it('has events that end', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const { id } = await submit(sandbox, omni('a fox'));

    const running = await replay(sandbox, id);
    sandbox.pass(1000);
    const done = await replay(sandbox, id);

    expect(names(running)).toEqual(['interaction.created', 'interaction.status_update', 'done']);
    expect(names(done)).toEqual([
      'interaction.created',
      'interaction.status_update',
      'step.start',
      'step.delta',
      'step.stop',
      'interaction.completed',
      'done',
    ]);
  });

  it('is answered whole where it does not run in the background', async () => {
    const sandbox = await startSandbox();

    expect(await submit(sandbox, omni('a fox', { background: false }))).toMatchObject({
      status: 'completed',
    });
  });

  it.each([
    ['moderated', 'failed'],
    ['fail', 'failed'],
    ['regress', 'in_progress'],
    ['unknown-status', 'reheating'],
  ])('shows %s as %s', async (fault, status) => {
    const sandbox = await startSandbox();
    const { id } = await submit(sandbox, omni(`x [[fault:${fault}]]`));

    expect((await look(sandbox, id)).status).toBe(status);
  });

  it('says why it was withheld', async () => {
    const sandbox = await startSandbox();
    const { id } = await submit(sandbox, omni('x [[fault:moderated]]'));

    expect((await look(sandbox, id)).errors).toMatchObject([{ code: 'content_blocked' }]);
  });

  it('can be cancelled while it runs, and no longer', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const [{ id }, late] = [
      await submit(sandbox, omni('a fox')),
      await submit(sandbox, omni('a crow')),
    ];

    const cancelled = await sandbox.post(`${PATH}/${id}/cancel`, {}, KEY);
    sandbox.pass(1000);
    const refused = await sandbox.post(`${PATH}/${late.id}/cancel`, {}, KEY);

    expect(await cancelled.json()).toMatchObject({ id, status: 'cancelled' });
    expect((await look(sandbox, id)).status).toBe('cancelled');
    expect(refused.status).toBe(400);
  });

  it('is gone once it was deleted', async () => {
    const sandbox = await startSandbox();
    const { id } = await submit(sandbox, omni('a fox'));

    await fetch(`${sandbox.url}${PATH}/${id}`, { method: 'DELETE', headers: KEY });

    expect((await look(sandbox, id)).error).toMatchObject({ code: 'not_found' });
  });

  it.each<[string, object, string]>([
    ['an unknown field', { negative_prompt: 'x' }, 'parameter_unknown'],
    ['an unknown model', { model: 'gemini-omni-9' }, 'model_not_found'],
    ['too long a film', { response_format: { type: 'video', duration: '16s' } }, 'invalid_request'],
    [
      'a shape it lacks',
      { response_format: { type: 'video', aspect_ratio: '1:1' } },
      'invalid_request',
    ],
    ['a stream in the background', { stream: true }, 'invalid_request'],
    ['a background that is not stored', { store: false }, 'invalid_request'],
    [
      'a picture that is not there',
      { input: '[# Sources <FIRST_FRAME>@Image1] a fox' },
      'invalid_request',
    ],
    ['a fault that nothing could show', { input: 'x [[fault:expired-url]]' }, 'invalid_request'],
  ])('refuses %s', async (_, fields, code) => {
    const sandbox = await startSandbox();

    expect((await submit(sandbox, omni('a fox', fields))).error?.code).toBe(code);
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['none', {}, 403, 'permission_denied'],
    ['a wrong one', { 'x-goog-api-key': 'wrong-1' }, 400, 'authentication'],
  ])('asks for a key: %s', async (_, headers, status, code) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, omni('a fox'), headers);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('takes the key in the address too, and the API by both of its versions', async () => {
    const sandbox = await startSandbox();

    const responses = await Promise.all(
      ['v1', 'v1beta', 'v2'].map(async (version) => {
        return await sandbox.post(`/gemini/${version}/interactions?key=key`, omni('a fox'), {});
      }),
    );

    expect(responses.map(({ status }) => status)).toEqual([200, 200, 404]);
  });

  it('tells every address that its submit named, with what was to be told', async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(2);
    const { id } = await submit(
      sandbox,
      omni('x [[fault:duplicate-hook]]', {
        webhook_config: { uris: [receiver.url], user_metadata: { attempt: 'at-1' } },
      }),
    );

    const bodies = (await receiver.calls).map(({ body }) => JSON.parse(body) as object);

    expect(bodies).toMatchObject(
      Array.from({ length: 2 }, () => ({
        type: 'interaction.completed',
        data: { id, user_metadata: { attempt: 'at-1' } },
      })),
    );
  });

  it('says when to come back', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(PATH, omni('x [[fault:error-429-retry-after]]'), KEY);

    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
  });
});
