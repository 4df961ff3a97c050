import OpenAI, { APIError, toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const client = (sandbox: TestSandbox, apiKey = 'sk-test'): OpenAI =>
  new OpenAI({ baseURL: `${sandbox.url}/openai/v1`, apiKey, maxRetries: 0 });

const say = (content: string): OpenAI.ChatCompletionCreateParamsNonStreaming => ({
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content }],
});

describe('the OpenAI stand-in', () => {
  it('answers a chat with usage', async () => {
    const sandbox = await startSandbox();

    const answer = await client(sandbox).chat.completions.create(say('good morning'));

    expect(answer.choices[0]?.message.content).toBe('You said: good morning');
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'openai', model: 'gpt-5-mini', vendorId: answer.id, prompt: 'good morning' },
    ]);
  });

  it('cuts at the token limit', async () => {
    const sandbox = await startSandbox();

    const answer = await client(sandbox).chat.completions.create({
      ...say('one two three'),
      max_completion_tokens: 3,
    });

    expect(answer.choices[0]).toMatchObject({
      message: { content: 'You said: one' },
      finish_reason: 'length',
    });
  });

  it.each([true, false])('streams a chat; usage comes only when asked for (%s)', async (asked) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post('/openai/v1/chat/completions', {
      ...say('hello'),
      stream: true,
      ...(asked ? { stream_options: { include_usage: true } } : {}),
    });
    const text = await response.text();

    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(text.includes('"usage"')).toBe(asked);
    expect(text.includes('"choices":[],"usage":{"prompt_tokens"')).toBe(asked);
  });

  it('streams what the SDK can put together', async () => {
    const sandbox = await startSandbox();

    const stream = client(sandbox).chat.completions.stream({ ...say('hello'), stream: true });

    expect(await stream.finalContent()).toBe('You said: hello');
  });

  it('streams a response as typed, numbered events', async () => {
    const sandbox = await startSandbox();

    const stream = await client(sandbox).responses.create({
      model: 'gpt-5',
      input: 'hi',
      stream: true,
    });
    const events = await collect(stream);

    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.at(0)?.type).toBe('response.created');
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: {
        status: 'completed',
        usage: { input_tokens: 1, output_tokens: 3, total_tokens: 4 },
      },
    });
  });

  it('answers a response whole', async () => {
    const sandbox = await startSandbox();

    const answer = await client(sandbox).responses.create({
      model: 'gpt-5',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    });

    expect(answer.output_text).toBe('You said: hi');
  });

  it.each(['float', 'base64'] as const)('embeds as %s', async (format) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post('/openai/v1/embeddings', {
      model: 'text-embedding-3-small',
      input: ['a', 'b'],
      encoding_format: format,
      dimensions: 8,
    });

    const answer = (await response.json()) as OpenAI.CreateEmbeddingResponse;
    expect(answer.data.map(({ embedding }) => embedding.length)).toEqual(
      format === 'float' ? [8, 8] : [44, 44],
    );
    expect(answer.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  });

  it('lists models and knows those of its families', async () => {
    const openai = client(await startSandbox());

    const listed = await collect(openai.models.list());

    expect(listed.map(({ id }) => id)).toContain('gpt-image-2');
    expect(await openai.models.retrieve('gpt-9')).toMatchObject({ object: 'model' });
    await expect(openai.models.retrieve('llama')).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });

  it('keeps a file: list, read, content, delete', async () => {
    const sandbox = await startSandbox();
    const openai = client(sandbox);
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256));

    const file = await openai.files.create({
      file: await toFile(bytes, 'a.bin'),
      purpose: 'user_data',
    });
    const content = await openai.files.content(file.id);

    expect(file).toMatchObject({ bytes: 5000, filename: 'a.bin', purpose: 'user_data' });
    expect(Buffer.from(await content.arrayBuffer())).toEqual(bytes);
    expect((await collect(openai.files.list())).map(({ id }) => id)).toEqual([file.id]);
    await expect(client(sandbox, 'sk-other').files.retrieve(file.id)).rejects.toMatchObject({
      status: 404,
    });
    expect(await openai.files.delete(file.id)).toMatchObject({ deleted: true });
    await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    [
      'an unknown parameter',
      '/chat/completions',
      { ...say('x'), colour: 'red' },
      400,
      'unknown_parameter',
    ],
    [
      'an unknown model',
      '/chat/completions',
      { ...say('x'), model: 'llama' },
      404,
      'model_not_found',
    ],
    ['no messages', '/chat/completions', { model: 'gpt-5' }, 400, 'missing_required_parameter'],
    [
      'a chat model for images',
      '/images/generations',
      { model: 'gpt-5', prompt: 'x' },
      404,
      'model_not_found',
    ],
    ['an unknown path', '/nothing', {}, 404, null],
  ])('refuses %s and counts nothing', async (_what, path, body, status, code) => {
    const sandbox = await startSandbox();

    const response = await sandbox.post(`/openai/v1${path}`, body);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', code } });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([{ authorization: 'Bearer wrong-key' }, {}])(
    'refuses the credentials %j',
    async (headers) => {
      const sandbox = await startSandbox();

      const response = await sandbox.post('/openai/v1/chat/completions', say('x'), headers);

      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: 'invalid_api_key' } });
    },
  );

  it('shows which key and headers arrived', async () => {
    const sandbox = await startSandbox();

    await client(sandbox, 'sk-mine').models.list();

    const seen = await (await fetch(`${sandbox.url}/_sandbox/last-openai-request`)).json();
    expect(seen).toMatchObject({
      method: 'GET',
      path: '/openai/v1/models',
      headers: { authorization: 'Bearer sk-mine' },
    });
  });

  it('fails a stream half-way in-band', async () => {
    const sandbox = await startSandbox();

    const stream = await client(sandbox).chat.completions.create({
      ...say('x [[fault:fail]]'),
      stream: true,
    });

    await expect(collect(stream)).rejects.toBeInstanceOf(APIError);
  });

  it('cuts a stream half-way', async () => {
    const sandbox = await startSandbox();

    const response = await sandbox.post('/openai/v1/chat/completions', {
      ...say('x [[fault:truncated-output]]'),
      stream: true,
    });

    await expect(response.text()).rejects.toThrow('terminated');
  });
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
