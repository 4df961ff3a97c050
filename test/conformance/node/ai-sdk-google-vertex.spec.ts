import { createGoogleVertex } from '@ai-sdk/google-vertex';
import { OAuth2Client } from 'google-auth-library';
import { describe, expect, it } from 'vitest';
import { startSandbox, type TestSandbox } from '../../../apps/sandbox/src/testing/start-sandbox.js';

const PLACE = 'projects/p1/locations/us-central1/publishers/google';

/** A token as an operator would have it; nobody is asked for another. */
function clientOf(sandbox: TestSandbox, token = 'token', project = 'p1') {
  const authClient = new OAuth2Client();
  authClient.setCredentials({ access_token: token, expiry_date: Number.MAX_SAFE_INTEGER });
  return createGoogleVertex({
    project,
    location: 'us-central1',
    baseURL: `${sandbox.url}/vertex/v1/${PLACE.replace('p1', project)}`,
    googleAuthOptions: { authClient },
  });
}

function videoOf(sandbox: TestSandbox, name: string, token?: string, project?: string) {
  const model = clientOf(sandbox, token, project).video(name);
  if (!model.doStart || !model.doStatus) throw new Error('The client starts no operations');
  return { start: model.doStart.bind(model), status: model.doStatus.bind(model) };
}

type StartOptions = Parameters<ReturnType<typeof videoOf>['start']>[0];

const order = (more: Partial<StartOptions> = {}): StartOptions => ({
  prompt: 'a paper boat',
  n: 1,
  aspectRatio: '16:9',
  resolution: undefined,
  duration: 4,
  fps: undefined,
  seed: undefined,
  image: undefined,
  generateAudio: undefined,
  frameImages: undefined,
  inputReferences: undefined,
  providerOptions: {},
  ...more,
});

const picture = {
  type: 'file',
  mediaType: 'image/png',
  data: new Uint8Array([137, 80, 78, 71]),
} as const;

describe('@ai-sdk/google-vertex against the sandbox', () => {
  it('starts an operation, polls it, and gets the film', async () => {
    const sandbox = await startSandbox({ delayMs: 1000 });
    const { start, status } = videoOf(sandbox, 'veo-3.1-generate-001');

    const { operation, warnings } = await start(
      order({ n: 2, resolution: '1920x1080', seed: 7, generateAudio: true }),
    );
    const early = await status({ operation });
    sandbox.pass(1000);
    const late = await status({ operation });

    expect(warnings).toEqual([]);
    expect(early.status).toBe('pending');
    if (late.status !== 'completed') throw new Error(`It is ${late.status}`);
    const films = late.videos.map((video) =>
      video.type === 'base64' ? Buffer.from(video.data, 'base64').toString('latin1', 4, 8) : '',
    );
    expect(films).toEqual(['ftyp', 'ftyp']);
    expect(late.videos[0]?.mediaType).toBe('video/mp4');
    expect(await sandbox.submits()).toMatchObject([
      { provider: 'vertex', model: 'veo-3.1-generate-001', prompt: 'a paper boat' },
    ]);
  });

  it.each<[string, string, Partial<StartOptions>]>([
    ['a first frame', 'veo-3.1-lite-generate-001', { image: picture }],
    [
      'two frames',
      'veo-3.1-fast-generate-001',
      {
        frameImages: [
          { frameType: 'first_frame', image: picture },
          { frameType: 'last_frame', image: picture },
        ],
      },
    ],
    [
      'references',
      'veo-3.1-generate-001',
      { duration: 8, inputReferences: [picture, picture, picture] },
    ],
    [
      "the vendor's own options",
      'veo-3.1-generate-001',
      {
        providerOptions: {
          googleVertex: {
            personGeneration: 'allow_adult',
            negativePrompt: 'rain',
            compressionQuality: 'optimized',
          },
        },
      },
    ],
  ])('starts one of %s', async (_, name, more) => {
    const sandbox = await startSandbox();
    const { start, status } = videoOf(sandbox, name);

    const { operation, warnings } = await start(order(more));

    expect(warnings).toEqual([]);
    expect(await status({ operation })).toMatchObject({ status: 'completed' });
  });

  it.each<[string, string, Partial<StartOptions>, number, string]>([
    ['an odd duration', 'veo-3.1-generate-001', { duration: 5 }, 400, 'durationSeconds'],
    [
      'a resolution that lite lacks',
      'veo-3.1-lite-generate-001',
      { resolution: '3840x2160' },
      400,
      'parameters.resolution',
    ],
    ['a retired model', 'veo-2.0-generate-001', {}, 404, 'no longer available'],
    [
      'a busy vendor',
      'veo-3.1-generate-001',
      { prompt: 'a boat [[fault:error-429-retry-after]]' },
      429,
      'exhausted',
    ],
  ])('is refused for %s', async (_, name, more, statusCode, message) => {
    const sandbox = await startSandbox();

    const refused = videoOf(sandbox, name).start(order(more));

    await expect(refused).rejects.toMatchObject({
      statusCode,
      message: expect.stringContaining(message),
    });
    expect(await sandbox.submits()).toEqual([]);
  });

  it.each([
    ['a bad token', 'wrong-token', 'p1', 401],
    ['a project without billing', 'token', 'billing-off', 400],
  ])('is refused for %s', async (_, token, project, statusCode) => {
    const sandbox = await startSandbox();

    const refused = videoOf(sandbox, 'veo-3.1-generate-001', token, project).start(order());

    await expect(refused).rejects.toMatchObject({ statusCode });
  });

  it('is told of a film that failed, and of one that was withheld', async () => {
    const sandbox = await startSandbox();
    const { start, status } = videoOf(sandbox, 'veo-3.1-generate-001');

    const failed = await start(order({ prompt: 'a boat [[fault:fail]]' }));
    const withheld = await start(order({ prompt: 'a boat [[fault:moderated]]' }));

    expect(await status({ operation: failed.operation })).toMatchObject({
      status: 'error',
      error: expect.stringContaining('Video generation failed'),
    });
    await expect(status({ operation: withheld.operation })).rejects.toThrow(
      'No videos in response',
    );
  });

  it('gets the films that were not withheld', async () => {
    const sandbox = await startSandbox();
    const { start, status } = videoOf(sandbox, 'veo-3.1-generate-001');

    const { operation } = await start(order({ prompt: 'x [[fault:moderated-part]]', n: 3 }));

    expect(await status({ operation })).toMatchObject({ videos: { length: 2 } });
  });
});
