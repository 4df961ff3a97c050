import { GoogleGenAI } from '@google/genai-2';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

const VEO = 'veo-3.1-generate-preview';
const CONFIG = { numberOfVideos: 1, durationSeconds: 4, aspectRatio: '9:16' } as const;

async function start(delayMs = 0) {
  const sandbox = await startSandbox({ delayMs });
  const httpOptions = { baseUrl: `${sandbox.url}/gemini` };
  return { sandbox, client: new GoogleGenAI({ apiKey: 'key', httpOptions }) };
}

describe('@google/genai of the second generation', () => {
  it('makes a film, looks until it is done, and finds its file', async () => {
    const { sandbox, client } = await start(1000);

    const begun = await client.models.generateVideos({
      model: VEO,
      source: { prompt: 'a paper boat' },
      config: CONFIG,
    });
    const running = await client.operations.getVideosOperation({ operation: begun });
    sandbox.pass(1000);
    const done = await client.operations.getVideosOperation({ operation: running });

    expect([begun.done, running.done, done.done]).toEqual([undefined, undefined, true]);
    const uri = done.response?.generatedVideos?.[0]?.video?.uri ?? '';
    const leading = await fetch(uri, { headers: { 'x-goog-api-key': 'key' }, redirect: 'manual' });
    const film = await fetch(leading.headers.get('location') ?? '');
    const bytes = Buffer.from(await film.arrayBuffer());
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'gemini', model: VEO, prompt: 'a paper boat' },
    ]);
  });

  it('begins with a picture and ends with another', async () => {
    const { sandbox, client } = await start();
    const picture = { imageBytes: 'iVBORw0KGgo=', mimeType: 'image/png' };

    const begun = await client.models.generateVideos({
      model: VEO,
      source: { prompt: 'a paper boat', image: picture },
      config: { ...CONFIG, lastFrame: picture },
    });

    expect(begun.name).toMatch(/^models\/veo-3\.1-generate-preview\/operations\//);
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it('is told what the filter withheld', async () => {
    const { client } = await start();
    const begun = await client.models.generateVideos({
      model: VEO,
      source: { prompt: 'x [[fault:moderated]]' },
      config: CONFIG,
    });

    const done = await client.operations.getVideosOperation({ operation: begun });

    expect(done.response).toMatchObject({
      raiMediaFilteredCount: 1,
      raiMediaFilteredReasons: [expect.stringContaining('usage guidelines')],
    });
    expect(done.response?.generatedVideos ?? []).toEqual([]);
  });

  it('is refused what the surface does not make', async () => {
    const { sandbox, client } = await start();

    const refused = client.models.generateVideos({
      model: VEO,
      source: { prompt: 'a paper boat' },
      config: { ...CONFIG, durationSeconds: 5 },
    });

    await expect(refused).rejects.toMatchObject({ status: 400 });
    expect(await sandbox.submits()).toEqual([]);
  });
});
