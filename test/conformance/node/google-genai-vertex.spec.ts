import {
  type GenerateVideosConfig,
  type GenerateVideosParameters,
  GoogleGenAI,
  type GoogleGenAIOptions,
  ImageResizeMode,
  VideoCompressionQuality,
  VideoGenerationReferenceType,
} from '@google/genai';
import { OAuth2Client } from 'google-auth-library';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

type AuthOptions = NonNullable<GoogleGenAIOptions['googleAuthOptions']>;
type AuthClient = NonNullable<AuthOptions['authClient']>;

/** A token as an operator would have it; nobody is asked for another. */
function clientOf(sandbox: TestSandbox, token = 'token', project = 'p1'): GoogleGenAI {
  const credentials = new OAuth2Client();
  credentials.setCredentials({ access_token: token, expiry_date: Number.MAX_SAFE_INTEGER });
  // The client has an older copy of that library; of the class it uses what both have.
  const authClient = credentials as unknown as AuthClient;
  return new GoogleGenAI({
    vertexai: true,
    project,
    location: 'us-central1',
    httpOptions: { baseUrl: `${sandbox.url}/vertex` },
    googleAuthOptions: { authClient },
  });
}

const order = (
  config: GenerateVideosConfig = {},
  more: Partial<GenerateVideosParameters> = {},
): GenerateVideosParameters => ({
  model: 'veo-3.1-generate-001',
  prompt: 'a paper boat',
  config: { numberOfVideos: 1, durationSeconds: 4, ...config },
  ...more,
});

const picture = { imageBytes: 'iVBORw0KGgo=', mimeType: 'image/png' };

describe('@google/genai on Vertex against the sandbox', () => {
  it('starts an operation, polls it, and downloads the film', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const client = clientOf(sandbox);
    const folder = await mkdtemp(join(tmpdir(), 'genai-'));
    onTestFinished(async () => await rm(folder, { recursive: true }));

    const started = await client.models.generateVideos(
      order({
        aspectRatio: '9:16',
        resolution: '1080p',
        seed: 7,
        generateAudio: true,
        negativePrompt: 'rain',
        personGeneration: 'allow_adult',
        enhancePrompt: true,
        fps: 24,
        labels: { team: 'films' },
        resizeMode: ImageResizeMode.PAD,
        compressionQuality: VideoCompressionQuality.OPTIMIZED,
      }),
    );
    const early = await client.operations.getVideosOperation({ operation: started });
    sandbox.pass(1000);
    const late = await client.operations.getVideosOperation({ operation: early });
    const [film] = late.response?.generatedVideos ?? [];
    if (!film) throw new Error('It has no film');
    const downloadPath = join(folder, 'film.mp4');
    await client.files.download({ file: film, downloadPath });

    expect(started.done).toBeUndefined();
    expect(early.done).toBeUndefined();
    expect(late).toMatchObject({ done: true, response: { raiMediaFilteredCount: 0 } });
    await expect
      .poll(async () => (await readFile(downloadPath)).toString('latin1', 4, 8))
      .toBe('ftyp');
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'vertex', model: 'veo-3.1-generate-001', prompt: 'a paper boat' },
    ]);
  });

  it.each<[string, GenerateVideosParameters]>([
    ['a first frame', order({}, { model: 'veo-3.1-lite-generate-001', image: picture })],
    ['two frames', order({ lastFrame: picture }, { image: picture })],
    [
      'references',
      order(
        {
          durationSeconds: 8,
          referenceImages: [
            { image: picture, referenceType: VideoGenerationReferenceType.ASSET },
            { image: picture, referenceType: VideoGenerationReferenceType.ASSET },
          ],
        },
        { model: 'veo-3.1-fast-generate-001' },
      ),
    ],
    [
      'a film to extend',
      order(
        { durationSeconds: 7 },
        { video: { videoBytes: 'AAAAGGZ0eXA=', mimeType: 'video/mp4' } },
      ),
    ],
  ])('starts one of %s', async (_, parameters) => {
    const sandbox = await startSandbox();
    const client = clientOf(sandbox);

    const operation = await client.models.generateVideos(parameters);
    const done = await client.operations.getVideosOperation({ operation });

    expect(done.response?.generatedVideos).toHaveLength(1);
    expect(done.response?.generatedVideos?.[0]?.video?.mimeType).toBe('video/mp4');
  });

  it('is told where the film is when it names a bucket', async () => {
    const sandbox = await startSandbox();
    const client = clientOf(sandbox);

    const operation = await client.models.generateVideos(order({ outputGcsUri: 'gs://b/a' }));
    const done = await client.operations.getVideosOperation({ operation });

    expect(done.response?.generatedVideos?.[0]?.video?.uri).toMatch(/^gs:\/\/b\/a\/.*\.mp4$/);
  });

  it.each<[string, GenerateVideosParameters, number, RegExp]>([
    ['an odd duration', order({ durationSeconds: 5 }), 400, /durationSeconds/],
    ['a prompt as it is', order({ enhancePrompt: false }), 400, /cannot be disabled/],
    ['a last frame alone', order({ lastFrame: picture }), 400, /only be used with image/],
    ['a retired model', order({}, { model: 'veo-3.0-generate-001' }), 404, /no longer available/],
    [
      'a busy vendor',
      order({}, { prompt: 'x [[fault:error-429-retry-after]]' }),
      429,
      /"retryDelay":"1s"/,
    ],
  ])('is refused for %s', async (_, parameters, status, message) => {
    const sandbox = await startSandbox();

    const refused = clientOf(sandbox).models.generateVideos(parameters);

    await expect(refused).rejects.toMatchObject({
      name: 'ApiError',
      status,
      message: expect.stringMatching(message),
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['a bad token', 'wrong-token', 'p1', 401, 'UNAUTHENTICATED'],
    ['a project that it may not use', 'token', 'no-access', 403, 'PERMISSION_DENIED'],
    ['a used-up day', 'token', 'used-up', 429, 'GenerateRequestsPerDay'],
  ])('is refused for %s', async (_, token, project, status, message) => {
    const sandbox = await startSandbox();

    const refused = clientOf(sandbox, token, project).models.generateVideos(order());

    await expect(refused).rejects.toMatchObject({
      status,
      message: expect.stringContaining(message),
    });
  });

  it('is told of films that failed and of films that were withheld', async () => {
    const sandbox = await startSandbox();
    const client = clientOf(sandbox);
    const finish = async (prompt: string, numberOfVideos: number) => {
      const operation = await client.models.generateVideos(order({ numberOfVideos }, { prompt }));
      return await client.operations.getVideosOperation({ operation });
    };

    const failed = await finish('x [[fault:fail]]', 1);
    const withheld = await finish('x [[fault:moderated]]', 1);
    const partly = await finish('x [[fault:moderated-part]]', 2);

    expect(failed).toMatchObject({ done: true, error: { code: 13 } });
    expect(withheld.response).toMatchObject({
      raiMediaFilteredCount: 1,
      raiMediaFilteredReasons: [expect.stringContaining('58061214')],
    });
    expect(partly.response?.raiMediaFilteredCount).toBe(1);
    expect(partly.response?.generatedVideos).toHaveLength(1);
  });
});
