import { PUBLIC_ONLY } from '@app/outbound';
import { LocalOutputStore } from '@app/outputs';
import { fixture, temporaryFolder } from '@app/outputs/testing';
import type { JsonObject, Model } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { InMemoryInputStore } from '../testing/in-memory-input.store.js';
import { inputUrl } from './input-url.js';
import { InputKeeper } from './keep-input.js';
import { InputIntake } from './take-inputs.js';

const PNG = fixture('picture.png');
const dataUrl = (bytes: Buffer, mime = 'image/png'): string =>
  `data:${mime};base64,${bytes.toString('base64')}`;

const MODEL: Model = {
  id: 'fake-edit',
  aliases: [],
  kind: 'image',
  vendorModel: 'fake',
  inputSchema: {
    properties: {
      prompt: { type: 'string' },
      image_urls: { type: 'array', items: { type: 'string', 'x-media': 'image' }, maxItems: 8 },
      first_frame_url: { type: 'string', 'x-media': 'image' },
      video_url: { type: 'string', 'x-media': 'video' },
      audio_url: { type: 'string', 'x-media': 'audio' },
    },
  },
  example: {},
  pricedAs: 'nothing',
  typicalSeconds: 1,
  submitTimeoutSeconds: 1,
};

async function workbench() {
  const folder = await temporaryFolder();
  const inputs = new InMemoryInputStore();
  const keeper = new InputKeeper(new LocalOutputStore(folder.path), inputs);
  const intake = new InputIntake(keeper, inputs, PUBLIC_ONLY, 100_000);
  return {
    inputs,
    keeper,
    files: async () => (await folder.files()).length,
    take: async (input: JsonObject) => await intake.take('tn_1', MODEL, input),
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
}

describe('InputIntake', () => {
  it('keeps nothing of a list that is longer than the model takes; the schema refuses it', async () => {
    await using bench = await workbench();
    const image_urls = Array.from({ length: 9 }, () => dataUrl(PNG));

    expect(await bench.take({ image_urls })).toEqual({ input: { image_urls }, issues: [] });
    expect(bench.inputs.inputs.size).toBe(0);
  });

  it('keeps what data URLs carry and names it in their place', async () => {
    await using bench = await workbench();
    const link = 'https://pictures.example/cat.png';

    const { input, issues } = await bench.take({
      prompt: 'both',
      image_urls: [link, dataUrl(PNG)],
      video_url: dataUrl(fixture('movie.mp4'), 'video/mp4'),
      audio_url: dataUrl(fixture('sound.mp3'), 'audio/mpeg'),
    });

    const [picture, video, sound] = [...bench.inputs.inputs.values()];
    expect(issues).toEqual([]);
    expect(input).toEqual({
      prompt: 'both',
      image_urls: [link, inputUrl(picture?.id ?? '')],
      video_url: inputUrl(video?.id ?? ''),
      audio_url: inputUrl(sound?.id ?? ''),
    });
    expect(picture).toMatchObject({ tenantId: 'tn_1', mime: 'image/png', bytes: PNG.length });
    expect(video?.mime).toBe('video/mp4');
    expect(sound?.mime).toBe('audio/mpeg');
  });

  it('leaves an input without media as it is, also where a text looks like a data URL', async () => {
    await using bench = await workbench();
    const plain = { prompt: dataUrl(PNG), image_urls: 'not a list', first_frame_url: 7 };

    expect(await bench.take(plain)).toEqual({ input: plain, issues: [] });
    expect(await bench.files()).toBe(0);
  });

  it('takes an upload of the same tenant that has not expired', async () => {
    await using bench = await workbench();
    const request = { source: PNG, expect: 'any', maxBytes: 100_000 } as const;
    const mine = await bench.keeper.keep({ ...request, tenantId: 'tn_1' });
    const others = await bench.keeper.keep({ ...request, tenantId: 'tn_2' });

    const { issues } = await bench.take({
      image_urls: [inputUrl(mine.id), inputUrl(others.id), 'input:in-1'],
    });

    expect(issues.map(({ path }) => path)).toEqual(['input.image_urls.1', 'input.image_urls.2']);
    expect(issues[0]?.message).toContain('no such input, or it has expired');
  });

  it.each([
    ['an address of a private network', 'http://10.0.0.1/cat.png', 'the URL is not taken'],
    ['another scheme', 'file:///etc/passwd', 'the URL is not taken'],
    ['a data URL that is not base64', 'data:image/png,abc', 'takes base64'],
    ['base64 that is cut', 'data:image/png;base64,abcde', 'takes base64'],
    ['a page', dataUrl(Buffer.from('<html></html>')), 'should be a PNG'],
    ['a video where a picture goes', dataUrl(fixture('movie.mp4')), 'it is video/mp4'],
    ['a picture that is cut off', dataUrl(PNG.subarray(0, -20)), 'cut off'],
    ['an empty one', 'data:image/png;base64,', 'is empty'],
    ['one that is too large', dataUrl(Buffer.alloc(100_001)), 'more than 100000 bytes'],
  ])('refuses %s, naming the field, and keeps nothing', async (_, url, said) => {
    await using bench = await workbench();

    const { issues } = await bench.take({ prompt: 'a cat', first_frame_url: url });

    expect(issues).toEqual([
      { path: 'input.first_frame_url', message: expect.stringContaining(said) },
    ]);
    expect(await bench.files()).toBe(0);
    expect(bench.inputs.inputs.size).toBe(0);
  });

  it('keeps nothing when one of several places is wrong', async () => {
    await using bench = await workbench();

    const { issues } = await bench.take({ image_urls: [dataUrl(PNG), 'http://localhost/x'] });

    expect(issues.map(({ path }) => path)).toEqual(['input.image_urls.1']);
    expect(await bench.files()).toBe(0);
  });
});
