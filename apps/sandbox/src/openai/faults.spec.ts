import { describe, expect, it } from 'vitest';
import type { SeenCall } from '../request-log.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const SAID = 'one two three four';

/** A chat, a completion or a response; each is asked for with the same text. */
const CALLS = {
  chat: (content: string) => [
    '/chat/completions',
    { model: 'gpt-5-mini', messages: [{ role: 'user', content }] },
  ],
  completion: (prompt: string) => ['/completions', { model: 'gpt-5-mini', prompt }],
  response: (input: string) => ['/responses', { model: 'gpt-5-mini', input }],
} as const satisfies Record<string, (text: string) => readonly [string, object]>;
type Kind = keyof typeof CALLS;
const KINDS = ['chat', 'completion', 'response'] as const satisfies readonly Kind[];

async function ask(
  sandbox: TestSandbox,
  text: string,
  { kind = 'chat', more = {}, upstream = 'openai', key = 'key' }: Asked = {},
): Promise<Response> {
  const [path, body] = CALLS[kind](text);
  return await sandbox.post(
    `/${upstream}/v1${path}`,
    { ...body, ...more },
    { authorization: `Bearer ${key}` },
  );
}

interface Asked {
  readonly kind?: Kind;
  readonly more?: object;
  readonly upstream?: string;
  readonly key?: string;
}

const streamed = { stream: true };

async function seen(sandbox: TestSandbox, query = ''): Promise<readonly SeenCall[]> {
  const response = await fetch(`${sandbox.url}/_sandbox/requests?${query}`);
  return ((await response.json()) as { requests: readonly SeenCall[] }).requests;
}

describe.each(KINDS)('a %s', (kind) => {
  it.each([
    ['error-503', 503, null],
    ['quota', 429, 'insufficient_quota'],
    ['bad-key', 401, 'invalid_api_key'],
    ['context-length', 400, 'context_length_exceeded'],
    ['moderated', 400, 'content_policy_violation'],
  ])('is refused by %s and not counted', async (fault, status, code) => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, `x [[fault:${fault}]]`, { kind });

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code } });
    expect(await sandbox.submits()).toEqual([]);
    expect(await seen(sandbox)).toMatchObject([{ status, state: 'answered', model: 'gpt-5-mini' }]);
  });

  it('is cut off before its head and not counted by reset', async () => {
    const sandbox = await startSandbox();

    await expect(ask(sandbox, 'x [[fault:reset]]', { kind })).rejects.toThrow('fetch failed');

    expect(await sandbox.submits()).toEqual([]);
    expect(await seen(sandbox)).toMatchObject([{ status: null, state: 'cut' }]);
  });

  it('says in-band that its content was filtered', async () => {
    const sandbox = await startSandbox();

    const whole = await ask(sandbox, `${SAID} [[fault:content-filter]]`, { kind });
    const stream = await ask(sandbox, `${SAID} [[fault:content-filter]]`, { kind, more: streamed });

    expect(await whole.text()).toContain('"content_filter"');
    expect(await stream.text()).toContain('"content_filter"');
  });

  it('begins with an error frame, and has nothing behind it', async () => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, 'x [[fault:error-frame]]', { kind, more: streamed });

    expect(response.status).toBe(200);
    expect(events(await response.text())).toEqual([expect.stringContaining('server_error')]);
  });

  it('has one frame that is no JSON among good ones', async () => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, `${SAID} [[fault:malformed-frame]]`, {
      kind,
      more: streamed,
    });
    const data = events(await response.text());

    expect(data.filter((one) => !isJson(one) && one !== '[DONE]')).toHaveLength(1);
    expect(isJson(data.at(-1) ?? '') || data.at(-1) === '[DONE]').toBe(true);
  });

  it('ends cleanly without having finished', async () => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, `${SAID} [[fault:no-finish]]`, { kind, more: streamed });
    const text = await response.text();

    expect(text).toContain('You');
    expect(text).not.toMatch(/"(finish_reason|status)":"(stop|completed)"|\[DONE\]|four/);
  });

  it.each([{ stream: true }, {}])('falls silent half-way: %j', async (more) => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, `${SAID} [[fault:stall]]`, { kind, more });
    const reader = response.body?.getReader();
    const first = await reader?.read();

    expect(first?.done).toBe(false);
    expect(await seen(sandbox)).toMatchObject([{ status: 200, state: 'open' }]);
    await reader?.cancel();
    await expect.poll(async () => (await seen(sandbox))[0]?.state).toBe('left');
  });

  it.each([{ stream: true }, {}])('sends its head long before the rest: %j', async (more) => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, 'x [[fault:slow-first-token]]', { kind, more });

    expect(response.status).toBe(200);
    expect(await seen(sandbox)).toMatchObject([{ status: 200, state: 'open' }]);
    await response.body?.cancel();
  });
});

describe.each(['chat', 'completion'] as const)('a streamed %s', (kind) => {
  it('finishes without [DONE]', async () => {
    const sandbox = await startSandbox();

    const response = await ask(sandbox, 'x [[fault:no-done]]', { kind, more: streamed });
    const text = await response.text();

    expect(text).toContain('"finish_reason":"stop"');
    expect(text).not.toContain('[DONE]');
  });
});

it.each([
  ['no-done', 'response', streamed],
  ['no-done', 'chat', {}],
  ['malformed-frame', 'completion', {}],
] as const)('refuses %s where a %s with %j cannot show it', async (fault, kind, more) => {
  const sandbox = await startSandbox();

  const response = await ask(sandbox, `x [[fault:${fault}]]`, { kind, more });

  expect(response.status).toBe(400);
  expect(await response.text()).toContain(`[[fault:${fault}]]`);
});

it('refuses to go on with an answer that was begun for it, and no other', async () => {
  const sandbox = await startSandbox();
  const content = 'Sure: [[fault:prefill-refused]]';
  const user = { role: 'user', content };

  const begun = await ask(sandbox, '', {
    more: { messages: [user, { role: 'assistant', content }] },
  });
  const asked = await ask(sandbox, '', { more: { messages: [user] } });

  expect([begun.status, asked.status]).toEqual([400, 200]);
});

describe('where a fault is shown', () => {
  it('is one model only, or one upstream, or everywhere else', async () => {
    const sandbox = await startSandbox();
    const text = 'x [[fault:error-500@gpt-4.1]] [[fault:error-503@openai-b]] [[fault:quota]]';

    const statuses = await Promise.all([
      ask(sandbox, text, { more: { model: 'gpt-4.1' } }),
      ask(sandbox, text, { upstream: 'openai-b' }),
      ask(sandbox, text),
    ]);

    expect(statuses.map(({ status }) => status)).toEqual([500, 503, 429]);
  });

  it('is counted apart from other places', async () => {
    const sandbox = await startSandbox();
    const text = 'x [[fault:error-500:1@openai]] [[fault:error-503:1@openai-b]]';

    const statuses: number[] = [];
    for (const upstream of ['openai', 'openai-b', 'openai', 'openai-b'])
      statuses.push((await ask(sandbox, text, { upstream })).status);

    expect(statuses).toEqual([500, 503, 200, 200]);
  });

  it('is one key, until it is taken back', async () => {
    const sandbox = await startSandbox();
    const put = async (fault: unknown) =>
      (await sandbox.post('/_sandbox/faults', { key: 'ill', fault })).status;

    const put503 = await put('error-503');
    const ill = await ask(sandbox, 'x', { key: 'ill' });
    const well = await ask(sandbox, 'x', { key: 'well' });
    await put(null);
    const better = await ask(sandbox, 'x', { key: 'ill' });

    expect([put503, await put('nonsense'), await put(undefined)]).toEqual([200, 400, 400]);
    expect([ill.status, well.status, better.status]).toEqual([503, 200, 200]);
  });

  it('is never outside the stand-ins of OpenAI', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(
      '/bfl/v1/flux-2-max',
      { prompt: 'x [[fault:error-500@flux-2-max]]' },
      { 'x-key': 'key' },
    );

    expect(response.status).toBe(422);
    expect(await response.text()).toContain('[[fault:error-500@flux-2-max]]');
  });
});

describe('GET /_sandbox/requests', () => {
  it('tells all that came, by upstream and key', async () => {
    const sandbox = await startSandbox();
    await ask(sandbox, 'x', { key: 'first' });
    sandbox.pass(1000);
    await ask(sandbox, 'x', { key: 'second', upstream: 'openai-b' });

    expect(await seen(sandbox)).toMatchObject([{ provider: 'openai' }, { provider: 'openai-b' }]);
    expect(await seen(sandbox, 'key=first')).toMatchObject([
      { key: 'first', method: 'POST', path: '/openai/v1/chat/completions' },
    ]);
    expect(await seen(sandbox, 'since=1800000001000')).toMatchObject([{ key: 'second' }]);
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'openai' },
      { provider: 'openai-b' },
    ]);
  });
});

/** What stands behind `data:`, in order. */
const events = (text: string): readonly string[] =>
  text.split('\n\n').flatMap((frame) => /^data: (.*)$/m.exec(frame)?.[1] ?? []);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
