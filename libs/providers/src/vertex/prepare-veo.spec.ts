import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { veoModels } from './veo.models.js';
import { vertex } from './vertex.provider.js';

const PICTURE = 'https://example.com/a.png';
const EMPTY = { bytesBase64Encoded: null, mimeType: null };

function modelOf(id: string) {
  const model = veoModels.find((known) => known.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}

function prepare(id: string, input: JsonObject) {
  const whole = { prompt: 'a paper boat', ...input };
  expect(validateInput(modelOf(id), whole)).toEqual([]);
  return vertex.prepare(whole, modelOf(id));
}

describe('a request of Veo', () => {
  it('has the frames that the film begins and ends with', () => {
    expect(
      prepare('veo-3-1-lite', { first_frame_url: PICTURE, last_frame_url: 'input:01' }),
    ).toEqual({
      ok: true,
      request: {
        model: 'veo-3.1-lite-generate-001',
        body: {
          instances: [{ prompt: 'a paper boat', image: EMPTY, lastFrame: EMPTY }],
          parameters: {
            sampleCount: 1,
            durationSeconds: 8,
            aspectRatio: '16:9',
            resolution: '720p',
            generateAudio: true,
          },
        },
      },
      estimate: { unit: 'second', quantity: 8, costNanoUsd: 400_000_000 },
      media: ['image', 'lastFrame'].map((name, index) => ({
        at: `/body/instances/0/${name}/bytesBase64Encoded`,
        mimeAt: `/body/instances/0/${name}/mimeType`,
        field: index === 0 ? 'input.first_frame_url' : 'input.last_frame_url',
        source: index === 0 ? PICTURE : 'input:01',
        kind: 'image',
        as: 'base64',
        maxBytes: 20 * 1024 * 1024,
        accepts: ['image/jpeg', 'image/png'],
      })),
    });
  });

  it('has pictures of what is to be seen as assets', () => {
    const asset = { image: EMPTY, referenceType: 'asset' };

    expect(
      prepare('veo-3-1-fast', { reference_image_urls: [PICTURE, PICTURE, PICTURE] }),
    ).toMatchObject({
      request: { body: { instances: [{ referenceImages: [asset, asset, asset] }] } },
      media: [0, 1, 2].map((index) => ({
        at: `/body/instances/0/referenceImages/${index}/image/bytesBase64Encoded`,
        field: `input.reference_image_urls.${index}`,
      })),
    });
  });

  it('has the options of the vendor beside what the gateway says', () => {
    const options = {
      personGeneration: 'dont_allow',
      compressionQuality: 'lossless',
      resizeMode: 'crop',
    };

    expect(prepare('veo-3-1', { provider_options: options })).toMatchObject({
      request: { body: { parameters: { ...options, sampleCount: 1, durationSeconds: 8 } } },
    });
  });

  it.each<[string, JsonObject, number]>([
    ['veo-3-1-lite', { duration: 4 }, 200_000_000],
    ['veo-3-1-lite', { duration: 4, resolution: '1080p', generate_audio: false }, 200_000_000],
    ['veo-3-1-lite', { duration: 6, n: 4, generate_audio: false }, 720_000_000],
    ['veo-3-1-fast', { duration: 4, resolution: '4k' }, 1_200_000_000],
  ])('of %s with %o has its price', (id, input, costNanoUsd) => {
    expect(prepare(id, input)).toMatchObject({ estimate: { costNanoUsd } });
  });

  it.each<[string, JsonObject, string]>([
    ['veo-3-1', { last_frame_url: PICTURE }, 'input.last_frame_url'],
    [
      'veo-3-1',
      { reference_image_urls: [PICTURE], first_frame_url: PICTURE },
      'input.reference_image_urls',
    ],
    ['veo-3-1', { reference_image_urls: [PICTURE], duration: 4 }, 'input.duration'],
    [
      'veo-3-1',
      { reference_image_urls: [PICTURE, PICTURE, PICTURE, PICTURE] },
      'input.reference_image_urls',
    ],
    ['veo-3-1-lite', { resolution: '4k' }, 'input.resolution'],
    ['veo-3-1-lite', { reference_image_urls: [PICTURE] }, 'input.reference_image_urls'],
    ['veo-3-1', { video_url: 'https://example.com/a.mp4' }, 'input.video_url'],
    ['veo-3-1', { prompt_extend: false }, 'input.prompt_extend'],
    ['veo-3-1', { n: 5 }, 'input.n'],
    [
      'veo-3-1',
      { provider_options: { storageUri: 'gs://bucket/a' } },
      'input.provider_options.storageUri',
    ],
    [
      'veo-3-1',
      { provider_options: { pubsubTopic: 'projects/p/topics/t' } },
      'input.provider_options.pubsubTopic',
    ],
    ['veo-3-1', { provider_options: { sampleCount: 4 } }, 'input.provider_options.sampleCount'],
    [
      'veo-3-1',
      { provider_options: { personGeneration: 'all' } },
      'input.provider_options.personGeneration',
    ],
  ])('of %s is refused with %o', (id, input, path) => {
    const issues = validateInput(modelOf(id), { prompt: 'a paper boat', ...input });

    expect(issues).toMatchObject([{ path }]);
  });
});
