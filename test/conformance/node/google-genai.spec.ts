import { GoogleGenAI } from '@google/genai';
import { imageSize } from 'image-size';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

const OMNI = 'gemini-omni-1.2-flash';
const FORMAT = {
  type: 'video',
  delivery: 'uri',
  aspect_ratio: '16:9',
  resolution: '360p',
  duration: '3s',
} as const;
/** A paid request is never sent again by the client. */
const ONCE = { maxRetries: 0 };

async function start(options: { readonly delayMs?: number; readonly apiKey?: string } = {}) {
  const sandbox = await startSandbox({ delayMs: options.delayMs ?? 0 });
  const client = new GoogleGenAI({
    apiKey: options.apiKey ?? 'key',
    httpOptions: { baseUrl: `${sandbox.url}/gemini` },
  });
  return { sandbox, client };
}

describe('@google/genai', () => {
  it('makes a film in the background, looks until it is there, and reads it', async () => {
    const { sandbox, client } = await start({ delayMs: 1000 });

    const created = await client.interactions.create(
      {
        model: OMNI,
        input: 'a fox in snow',
        response_format: FORMAT,
        background: true,
        store: true,
      },
      ONCE,
    );
    sandbox.pass(500);
    const running = await client.interactions.get(created.id);
    sandbox.pass(500);
    const done = await client.interactions.get(created.id);

    expect([created.status, running.status, done.status]).toEqual([
      'queued',
      'in_progress',
      'completed',
    ]);
    const film = Buffer.from(done.output_video?.data ?? '', 'base64');
    expect(film.toString('latin1', 4, 8)).toBe('ftyp');
    expect(done.usage?.total_output_tokens).toBe(3 * 5792);
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'gemini', prompt: 'a fox in snow' },
    ]);
  });

  it('reads the events of a film, with the address of its file', async () => {
    const { client } = await start();
    const { id } = await client.interactions.create(
      { model: OMNI, input: 'a fox', response_format: FORMAT, background: true, store: true },
      ONCE,
    );

    const events = [];
    for await (const event of await client.interactions.get(id, { stream: true })) {
      events.push(event);
    }

    const deltas = events.flatMap((event) =>
      event.event_type === 'step.delta' ? [event.delta] : [],
    );
    expect(events.map(({ event_type: name }) => name)).toContain('interaction.completed');
    expect(deltas).toMatchObject([{ type: 'video', uri: expect.stringContaining('/files/') }]);
  });

  it('stops a film that still runs, and deletes it', async () => {
    const { client } = await start({ delayMs: 1000 });
    const { id } = await client.interactions.create(
      { model: OMNI, input: 'a fox', response_format: FORMAT, background: true, store: true },
      ONCE,
    );

    const cancelled = await client.interactions.cancel(id);
    await client.interactions.delete(id);

    expect(cancelled.status).toBe('cancelled');
    await expect(client.interactions.get(id, undefined, ONCE)).rejects.toMatchObject({
      status: 404,
    });
  });

  it('is told what a film was withheld for', async () => {
    const { client } = await start();
    const { id } = await client.interactions.create(
      { model: OMNI, input: 'x [[fault:moderated]]', background: true, store: true },
      ONCE,
    );

    const failed = await client.interactions.get(id);

    expect(failed).toMatchObject({ status: 'failed', errors: [{ code: 'content_blocked' }] });
  });

  it('is refused what the API does not know, once', async () => {
    const { sandbox, client } = await start();

    const refused = client.interactions.create(
      { model: 'gemini-omni-9', input: 'x', background: true },
      ONCE,
    );

    await expect(refused).rejects.toMatchObject({ status: 404 });
    expect(await sandbox.submits()).toEqual([]);
  });

  it('draws a picture from a picture', async () => {
    const { sandbox, client } = await start();

    const drawn = await client.models.generateContent({
      model: 'gemini-3-pro-image',
      contents: [
        { text: 'the same cat in winter' },
        { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
      ],
      config: {
        responseModalities: ['IMAGE'],
        imageConfig: { aspectRatio: '16:9', imageSize: '1K' },
      },
    });

    const data = drawn.candidates?.[0]?.content?.parts?.[0]?.inlineData?.data ?? '';
    expect(imageSize(Buffer.from(data, 'base64'))).toMatchObject({ type: 'png', width: 1368 });
    expect(drawn.usageMetadata?.candidatesTokenCount).toBe(1120);
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it('is told that a picture was withheld', async () => {
    const { client } = await start();

    const drawn = await client.models.generateContent({
      model: 'gemini-nano-banana-2.1',
      contents: 'x [[fault:moderated]]',
    });

    expect(drawn.candidates?.[0]?.finishReason).toBe('IMAGE_SAFETY');
    expect(drawn.data).toBeUndefined();
  });

  it('is refused with a bad key', async () => {
    const { client } = await start({ apiKey: 'wrong' });

    const refused = client.models.generateContent({ model: 'gemini-3-pro-image', contents: 'x' });

    await expect(refused).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('API_KEY_INVALID'),
    });
  });
});
