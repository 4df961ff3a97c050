import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const modelPath = (model: string, project = 'p'): string =>
  `/vertex/v1/projects/${project}/locations/us-central1/publishers/google/models/${model}`;
const VEO = modelPath('veo-3.1-generate-001');
const LITE = modelPath('veo-3.1-lite-generate-001');

const png = { bytesBase64Encoded: 'iVBORw0KGgo=', mimeType: 'image/png' };
const stored = { gcsUri: 'gs://bucket/a.jpg', mimeType: 'image/jpeg' };
const asset = { image: png, referenceType: 'asset' };
const film = { gcsUri: 'gs://bucket/a.mp4', mimeType: 'video/mp4' };

interface Operation {
  name: string;
  done?: boolean;
  response?: {
    raiMediaFilteredCount: number;
    raiMediaFilteredReasons?: string[];
    videos?: { bytesBase64Encoded: string }[];
  };
}

const start = async (
  sandbox: TestSandbox,
  path: string,
  instance: object,
  parameters: object = {},
): Promise<Response> =>
  await sandbox.post(`${path}:predictLongRunning`, {
    instances: [{ prompt: 'a fox', ...instance }],
    parameters,
  });

async function finish(sandbox: TestSandbox, started: Response): Promise<Operation> {
  const { name } = (await started.json()) as Operation;
  const polled = await sandbox.post(`${VEO}:fetchPredictOperation`, { operationName: name });
  return (await polled.json()) as Operation;
}

describe('the request of the Vertex stand-in', () => {
  it.each<[string, string, object, object]>([
    [
      'every parameter',
      VEO,
      {},
      {
        sampleCount: 2,
        durationSeconds: 6,
        aspectRatio: '16:9',
        resolution: '4k',
        negativePrompt: 'rain',
        personGeneration: 'allow_adult',
        seed: 7,
        generateAudio: false,
        enhancePrompt: true,
        resizeMode: 'PAD',
        compressionQuality: 'optimized',
        pubsubTopic: 'projects/p/topics/t',
        fps: 24,
      },
    ],
    ['two frames', LITE, { image: png, lastFrame: stored }, { resolution: '1080p' }],
    ['a frame and no prompt', VEO, { prompt: undefined, image: png }, {}],
    ['pictures of what is to be seen', VEO, { referenceImages: [asset, asset, asset] }, {}],
    ['a film to extend', VEO, { video: film }, { durationSeconds: 7 }],
  ])('takes %s', async (_, path, instance, parameters) => {
    const sandbox = await startSandbox();

    const response = await start(sandbox, path, instance, parameters);

    expect(response.status).toBe(200);
    expect(await sandbox.submits()).toHaveLength(1);
  });

  it.each<[string, string, object, object, RegExp]>([
    ['4k of lite', LITE, {}, { resolution: '4k' }, /720p, 1080p/],
    ['references of lite', LITE, { referenceImages: [asset] }, {}, /not supported/],
    [
      'four references',
      VEO,
      { referenceImages: [asset, asset, asset, asset] },
      {},
      /1 to 3 asset images/,
    ],
    ['no reference', VEO, { referenceImages: [] }, {}, /1 to 3 asset images/],
    ['short references', VEO, { referenceImages: [asset] }, { durationSeconds: 4 }, /must be 8/],
    [
      'references beside a frame',
      VEO,
      { referenceImages: [asset], image: png },
      {},
      /cannot be used with image/,
    ],
    [
      'references without a prompt',
      VEO,
      { referenceImages: [asset], prompt: '' },
      {},
      /prompt must be/,
    ],
    [
      'a style reference',
      VEO,
      { referenceImages: [{ ...asset, referenceType: 'style' }] },
      {},
      /referenceImages\[0\]\.referenceType must be one of asset/,
    ],
    ['a last frame alone', VEO, { lastFrame: png }, {}, /only be used with image/],
    ['a frame and a film', VEO, { image: png, video: film }, { durationSeconds: 7 }, /together/],
    ['nothing to go by', VEO, { prompt: undefined }, {}, /prompt is required/],
    ['a GIF', VEO, { image: { ...png, mimeType: 'image/gif' } }, {}, /image\.mimeType/],
    [
      'a place that was never filled',
      VEO,
      { image: { ...png, bytesBase64Encoded: null } },
      {},
      /base64/,
    ],
    ['a frame without bytes', VEO, { image: { mimeType: 'image/png' } }, {}, /must have one of/],
    ['two sources', VEO, { image: { ...png, ...stored } }, {}, /must have one of/],
    ['7 seconds', VEO, {}, { durationSeconds: 7 }, /7 to extend/],
    ['a prompt as it is', VEO, {}, { enhancePrompt: false }, /cannot be disabled/],
    ['a place outside', VEO, {}, { storageUri: 'https://a.example' }, /gs:\/\//],
    ['five films', VEO, {}, { sampleCount: 5 }, /1 to 4/],
  ])('refuses %s', async (_, path, instance, parameters, message) => {
    const sandbox = await startSandbox();

    const response = await start(sandbox, path, instance, parameters);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      },
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['billing-off', 400, 'FAILED_PRECONDITION'],
    ['no-access', 403, 'PERMISSION_DENIED'],
    ['used-up', 429, 'RESOURCE_EXHAUSTED'],
  ])('is refused for the project %s', async (project, code, status) => {
    const sandbox = await startSandbox();

    const response = await start(sandbox, modelPath('veo-3.1-generate-001', project), {});

    expect(response.status).toBe(code);
    expect(await response.json()).toMatchObject({ error: { code, status } });
    expect(await sandbox.submits()).toEqual([]);
  });
});

describe('the films of the Vertex stand-in', () => {
  it('are withheld in part when directed, with the reason', async () => {
    const sandbox = await startSandbox();
    const prompt = 'a fox [[fault:moderated-part]]';

    const { response } = await finish(
      sandbox,
      await start(sandbox, VEO, { prompt }, { sampleCount: 3, durationSeconds: 4 }),
    );

    expect(response).toMatchObject({
      raiMediaFilteredCount: 1,
      raiMediaFilteredReasons: [expect.stringContaining('58061214')],
      videos: [{ mimeType: 'video/mp4' }, { mimeType: 'video/mp4' }],
    });
  });

  it('cannot be withheld in part where there is but one', async () => {
    const sandbox = await startSandbox();

    const response = await start(sandbox, VEO, { prompt: 'a fox [[fault:moderated-part]]' });

    expect(response.status).toBe(400);
  });

  it('are huge when they are lossless, and films all the same', async () => {
    const sandbox = await startSandbox();
    const parameters = { compressionQuality: 'lossless', durationSeconds: 4 };

    const { response } = await finish(sandbox, await start(sandbox, VEO, {}, parameters));
    const bytes = Buffer.from(response?.videos?.[0]?.bytesBase64Encoded ?? '', 'base64');

    expect(bytes.length).toBeGreaterThan(24 * 1024 * 1024);
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
  });
});
