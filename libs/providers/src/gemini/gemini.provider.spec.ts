import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { providerErrorOf } from '../testing/failure.js';
import { type ReplayAnswer, ReplayServer, TEST_KEY } from '../testing/replay-server.js';
import { gemini } from './gemini.provider.js';
import picture from './fixtures/picture.json' with { type: 'json' };
import veoCreated from './fixtures/veo-created.json' with { type: 'json' };
import veoDone from './fixtures/veo-done.json' with { type: 'json' };
import veoFiltered from './fixtures/veo-filtered.json' with { type: 'json' };

const PICTURE_BODY = { contents: [{ role: 'user', parts: [{ text: 'a cat' }] }] };
const PICTURE_REQUEST = {
  call: 'generateContent',
  model: 'gemini-3-pro-image',
  body: PICTURE_BODY,
};
const VEO_REQUEST = {
  call: 'predictLongRunning',
  model: 'veo-3.1-generate-preview',
  body: { instances: [{ prompt: 'a cat' }], parameters: { sampleCount: 1 } },
  priced: { seconds: 8, costNanoUsd: 3_200_000_000 },
};
const VEO_HANDLE = { operation: veoCreated.body.name, seconds: 8, costNanoUsd: 3_200_000_000 };

const withUsage = (usageMetadata: unknown) => ({ body: { ...picture.body, usageMetadata } });

describe('a call of the Gemini API', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const answer = (...answers: readonly ReplayAnswer[]): void => {
    const text = JSON.stringify(answers).replaceAll('{origin}', vendor.origin);
    vendor.answer(...(JSON.parse(text) as ReplayAnswer[]));
  };
  const costOf = async (reply: ReplayAnswer, model = 'gemini-3-pro-image') => {
    answer(reply);
    const submitted = await gemini.submit({ ...PICTURE_REQUEST, model }, vendor.context());
    return submitted.state === 'done' ? submitted.usage.costNanoUsd : undefined;
  };
  const check = async (...answers: readonly ReplayAnswer[]) => {
    answer(...answers);
    return await gemini.check?.(VEO_HANDLE, vendor.context());
  };

  describe('a picture', () => {
    it('comes with the answer to its one call', async () => {
      answer(picture);

      const submitted = await gemini.submit(PICTURE_REQUEST, vendor.context());

      expect(submitted).toMatchObject({ state: 'done', outputs: [{ from: 'bytes' }] });
      expect(vendor.requests).toMatchObject([
        {
          method: 'POST',
          path: '/v1beta/models/gemini-3-pro-image:generateContent',
          headers: { 'x-goog-api-key': TEST_KEY },
          body: PICTURE_BODY,
        },
      ]);
    });

    it('leaves sketches out', async () => {
      const [candidate] = picture.body.candidates;
      const [part] = candidate?.content.parts ?? [];
      const parts = [{ ...part, thought: true }, part];
      answer({ body: { candidates: [{ content: { parts }, finishReason: 'STOP' }] } });

      const submitted = await gemini.submit(PICTURE_REQUEST, vendor.context());

      expect(submitted.state === 'done' && submitted.outputs).toHaveLength(1);
    });

    it('fails with the words that came instead of it', async () => {
      const candidate = { content: { parts: [{ text: 'Which cat?' }] }, finishReason: 'STOP' };
      answer({ body: { candidates: [candidate] } });

      const error = await providerErrorOf(gemini.submit(PICTURE_REQUEST, vendor.context()));

      expect(error.message).toContain('Which cat?');
    });

    it('costs its tokens: 10 in, 200 of thought, 1120 of picture', async () => {
      expect(await costOf(picture)).toBe(10 * 2000 + 200 * 12_000 + 1120 * 120_000);
    });

    it('has tokens of text beside those of the picture', async () => {
      const cost = await costOf(
        withUsage({
          promptTokenCount: 0,
          candidatesTokenCount: 1150,
          candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1120 }],
        }),
        'gemini-nano-banana-2.1',
      );

      expect(cost).toBe(30 * 7500 + 1120 * 30_000);
    });

    it.each<[string, unknown]>([
      ['no tokens are reported', undefined],
      ['half of them are', { promptTokenCount: 5 }],
      ['none were used', { promptTokenCount: 0, candidatesTokenCount: 0 }],
    ])('has an unknown price where %s', async (_, usage) => {
      expect(await costOf(withUsage(usage))).toBeNull();
    });

    it('has an unknown price where the model has none', async () => {
      expect(await costOf(picture, 'gemini-9-image')).toBeNull();
    });
  });

  describe('a film of the legacy surface', () => {
    it('is an operation, named as the vendor does', async () => {
      answer(veoCreated);

      expect(await gemini.submit(VEO_REQUEST, vendor.context())).toEqual({
        state: 'accepted',
        handle: VEO_HANDLE,
        vendorId: 'op1',
      });
      expect(vendor.requests).toMatchObject([
        {
          method: 'POST',
          path: '/v1beta/models/veo-3.1-generate-preview:predictLongRunning',
          body: VEO_REQUEST.body,
        },
      ]);
    });

    it('is fetched from its file', async () => {
      expect(await check(veoDone, { body: { state: 'ACTIVE' } }, { body: 'film' })).toEqual({
        state: 'done',
        outputs: [{ from: 'bytes', bytes: Buffer.from('film') }],
        usage: { unit: 'second', quantity: 8, costNanoUsd: 3_200_000_000, isEstimated: true },
      });
      expect(vendor.requests.map(({ path }) => path)).toEqual([
        '/v1beta/models/veo-3.1-generate-preview/operations/op1',
        '/v1beta/files/abc123',
        '/v1beta/files/abc123:download?alt=media',
      ]);
    });

    it('goes on while its file is being written', async () => {
      expect(await check(veoDone, { body: { state: 'PROCESSING' } })).toEqual({ state: 'running' });
    });

    it('was withheld where the filter says so', async () => {
      expect(await check(veoFiltered)).toMatchObject({
        state: 'failed',
        code: 'CONTENT_REJECTED',
        message: expect.stringContaining('usage guidelines'),
      });
    });

    it('comes with what was withheld beside it', async () => {
      const generatedSamples = [{ video: { encodedVideo: 'AAAA' } }];
      const told = { generatedSamples, raiMediaFilteredCount: 1 };
      const body = { ...veoDone.body, response: { generateVideoResponse: told } };

      expect(await check({ body })).toMatchObject({
        state: 'done',
        failures: [{ code: 'CONTENT_REJECTED' }],
      });
    });

    it('fails where it has neither bytes nor an address', async () => {
      const told = { generatedSamples: [{ video: {} }] };
      const body = { ...veoDone.body, response: { generateVideoResponse: told } };

      expect(await check({ body })).toMatchObject({ state: 'failed', code: 'TASK_FAILED' });
    });

    it('cannot be stopped, and is not asked to', async () => {
      expect(await gemini.cancel?.(VEO_HANDLE, vendor.context())).toBe('too-late');
      expect(vendor.requests).toEqual([]);
    });
  });
});
