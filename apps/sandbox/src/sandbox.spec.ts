import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from './testing/start-sandbox.js';

type Send = (sandbox: TestSandbox, prompt: string) => Promise<Response>;

const VENDORS: readonly [string, Send][] = [
  [
    'chat',
    async (sandbox, content) =>
      await sandbox.post('/openai/v1/chat/completions', {
        model: 'gpt-5',
        messages: [{ role: 'user', content }],
      }),
  ],
  [
    'responses',
    async (sandbox, input) => await sandbox.post('/openai/v1/responses', { model: 'gpt-5', input }),
  ],
  [
    'images',
    async (sandbox, prompt) =>
      await sandbox.post('/openai/v1/images/generations', { model: 'gpt-image-2', prompt }),
  ],
  [
    'qwen-image',
    async (sandbox, text) =>
      await sandbox.post('/dashscope/api/v1/services/aigc/multimodal-generation/generation', {
        model: 'qwen-image-2.0',
        input: { messages: [{ role: 'user', content: [{ text }] }] },
      }),
  ],
  [
    'happyhorse',
    async (sandbox, prompt) =>
      await sandbox.post(
        '/dashscope/api/v1/services/aigc/video-generation/video-synthesis',
        { model: 'happyhorse-1.0-t2v', input: { prompt } },
        { authorization: 'Bearer key', 'x-dashscope-async': 'enable' },
      ),
  ],
  [
    'flux',
    async (sandbox, prompt) =>
      await sandbox.post('/bfl/v1/flux-2-max', { prompt }, { 'x-key': 'key' }),
  ],
  [
    'veo',
    async (sandbox, prompt) =>
      await sandbox.post(
        '/vertex/v1/projects/p/locations/l/publishers/google/models/veo-3.1-generate-001:predictLongRunning',
        { instances: [{ prompt }] },
      ),
  ],
];

describe.each(VENDORS)('%s', (_name, send) => {
  it('refuses as often as it is told, then accepts and counts', async () => {
    const sandbox = await startSandbox();
    const prompt = 'x [[fault:error-429:2]]';

    const statuses = [
      (await send(sandbox, prompt)).status,
      (await send(sandbox, prompt)).status,
      (await send(sandbox, prompt)).status,
    ];

    expect(statuses).toEqual([429, 429, 200]);
    expect(await sandbox.submits()).toMatchObject([{ prompt }]);
  });

  it('breaks without counting', async () => {
    const sandbox = await startSandbox();

    expect((await send(sandbox, 'x [[fault:error-500]]')).status).toBe(500);
    expect(await sandbox.submits()).toEqual([]);
  });

  it('says when to come back', async () => {
    const sandbox = await startSandbox();

    const response = await send(sandbox, 'x [[fault:error-429-retry-after]]');

    const hint = `${response.headers.get('retry-after') ?? ''}${await response.text()}`;
    expect(hint).toMatch(/^1\{|"retryDelay":"1s"/);
  });

  it('loses the answer of what it accepted', async () => {
    const sandbox = await startSandbox();

    await expect(send(sandbox, 'x [[fault:reset-after-accept]]')).rejects.toThrow('fetch failed');
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it('stays silent after it accepted, until the sandbox stops', async () => {
    const sandbox = await startSandbox();
    const silent = send(sandbox, 'x [[fault:hang]]').catch(() => null);

    await expect.poll(async () => (await sandbox.submits()).length).toBe(1);

    expect(await Promise.race([silent, Promise.resolve('silent')])).toBe('silent');
  });

  it('refuses a direction that it cannot read', async () => {
    const sandbox = await startSandbox();

    const response = await send(sandbox, 'x [[fault:nonsense]]');

    expect([400, 422]).toContain(response.status);
    expect(await response.text()).toContain('[[fault:nonsense]]');
  });
});

describe('malformed JSON', () => {
  it.each([
    ['/openai/v1/chat/completions', 400],
    ['/dashscope/api/v1/services/aigc/multimodal-generation/generation', 400],
    ['/bfl/v1/flux-2-pro', 422],
    [
      '/vertex/v1/projects/p/locations/l/publishers/google/models/veo-3.1-generate-001:predictLongRunning',
      400,
    ],
  ])('is an error of the vendor on %s', async (path, status) => {
    const sandbox = await startSandbox();

    const response = await fetch(`${sandbox.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer key', 'x-key': 'key' },
      body: '{"prompt":',
    });

    expect(response.status).toBe(status);
    expect(await response.json()).not.toHaveProperty('statusCode');
  });
});

describe('GET /_sandbox/submits', () => {
  it('filters by provider and time', async () => {
    const sandbox = await startSandbox();
    const [[, chat], [, flux]] = [VENDORS[0], VENDORS[5]] as [[string, Send], [string, Send]];
    await chat(sandbox, 'first');
    sandbox.pass(1000);
    await chat(sandbox, 'second');
    await flux(sandbox, 'third');

    const list = async (query: string): Promise<unknown> =>
      await (await fetch(`${sandbox.url}/_sandbox/submits?${query}`)).json();

    expect(await list('provider=bfl')).toMatchObject({ submits: [{ prompt: 'third' }] });
    expect(await list('provider=openai&since=1800000001000')).toMatchObject({
      submits: [{ prompt: 'second', at: 1_800_000_001_000 }],
    });
    expect(await list('provider=acme')).toMatchObject({ error: expect.stringContaining('openai') });
  });

  it('comes in pages', async () => {
    const sandbox = await startSandbox();
    const [[, chat]] = [VENDORS[0]] as [[string, Send]];
    for (const prompt of ['first', 'second', 'third']) await chat(sandbox, prompt);
    const list = async (query: string): Promise<unknown> =>
      await (await fetch(`${sandbox.url}/_sandbox/submits?${query}`)).json();

    expect(await list('limit=2')).toMatchObject({
      submits: [{ prompt: 'first' }, { prompt: 'second' }],
      next: 2,
    });
    expect(await list('limit=2&after=2')).toMatchObject({
      submits: [{ prompt: 'third' }],
      next: null,
    });
    expect(await list('limit=few')).toMatchObject({ error: expect.stringContaining('limit') });
  });
});
