import { afterEach, describe, expect, it } from 'vitest';
import { aRoute } from './testing/a-route.js';
import { call } from './testing/call.js';
import { type Stand, stand } from './testing/stand.js';

const MAX_JSON_BYTES = 64 * 1024;
const LARGE = 'x'.repeat(3 * MAX_JSON_BYTES);

let opened: Stand | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

type Parts = readonly (readonly [name: string, value: string | Blob])[];

/** A form as `fetch` encodes it; its parts in this order. */
async function formOf(...parts: Parts) {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  const encoded = new Response(form);
  const body = Buffer.from(await encoded.arrayBuffer());
  return { body, headers: { 'content-type': encoded.headers.get('content-type') ?? '' } };
}

/** Sent where routes are configured, to an upstream that answers with what it was sent. */
async function send(form: Awaited<ReturnType<typeof formOf>>, path = 'audio/transcriptions') {
  opened ??= await stand((request, response) => void request.pipe(response), {
    routes: [aRoute('fast'), aRoute('gpt-5*')],
    maxJsonBytes: MAX_JSON_BYTES,
  });
  return await call(`${opened.front.url}/v1/${path}`, { method: 'POST', ...form });
}

describe('a form, where routes are configured', () => {
  it.each<[string, Parts]>([
    [
      'before its file',
      [
        ['model', 'whisper-1'],
        ['file', new Blob(['sound'])],
      ],
    ],
    [
      'behind its file',
      [
        ['file', new Blob(['sound'])],
        ['model', 'whisper-1'],
      ],
    ],
    [
      'before what is not held',
      [
        ['model', 'whisper-1'],
        ['file', new Blob([LARGE])],
      ],
    ],
  ])('is sent on byte for byte where its model has none: %s', async (_, parts) => {
    const form = await formOf(...parts);

    const { status, bytes } = await send(form);

    expect(status).toBe(200);
    expect(bytes.equals(form.body)).toBe(true);
  });

  it('is sent on where it costs nothing, whatever it holds', async () => {
    const { status } = await send(await formOf(['file', new Blob([LARGE])]), 'files');

    expect(status).toBe(200);
  });

  it.each<[string, Parts, string]>([
    ['a model that has one', [['model', 'fast']], 'fast has a route'],
    ['a model that a glob means', [['model', 'GPT-5-audio']], 'GPT-5-audio has a route'],
    ['no model', [['file', new Blob(['sound'])]], 'put model before what is large'],
    [
      'a model behind more than is held',
      [
        ['file', new Blob([LARGE])],
        ['model', 'whisper-1'],
      ],
      'put model before what is large',
    ],
  ])('is refused with %s', async (_, parts, says) => {
    const { status, bytes } = await send(await formOf(...parts));

    const { error } = JSON.parse(bytes.toString()) as { error: object };
    expect(status).toBe(413);
    expect(error).toMatchObject({ param: 'model', message: expect.stringContaining(says) });
  });
});
