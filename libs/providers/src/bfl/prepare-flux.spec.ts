import { describe, expect, it } from 'vitest';
import { Catalog } from '../catalog.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { validateInput } from '../validate-input.js';
import { fluxModels } from './bfl.models.js';
import { bfl } from './bfl.provider.js';

const PICTURE = 'https://example.com/a.png';

function modelOf(name: string): Model {
  const lookup = new Catalog([bfl]).find(name);
  if (!lookup.found) throw new Error(lookup.message);
  return lookup.model;
}

function prepare(name: string, input: JsonObject): Prepared {
  const model = modelOf(name);
  expect(validateInput(model, input)).toEqual([]);
  return bfl.prepare(input, model);
}

const CENT = 10_000_000;
const classic = { output_format: 'jpeg', safety_tolerance: 2, prompt_upsampling: false };

describe('a request of FLUX', () => {
  it.each<[string, JsonObject, string, JsonObject, number | null]>([
    [
      'flux-2-flex',
      { provider_options: { steps: 30, guidance: 4.5 } },
      'flux-2-flex',
      {
        width: 1024,
        height: 1024,
        steps: 30,
        guidance: 4.5,
        output_format: 'jpeg',
        safety_tolerance: 2,
        prompt_upsampling: true,
      },
      null,
    ],
    [
      'flux-2-klein',
      { output_format: 'webp' },
      'flux-2-klein-9b',
      { width: 1024, height: 1024, output_format: 'webp', safety_tolerance: 2 },
      1.5,
    ],
    [
      'flux-2-klein-9b',
      { resolution: '2K' },
      'flux-2-klein-9b',
      { width: 2048, height: 2048, output_format: 'jpeg', safety_tolerance: 2 },
      null,
    ],
    [
      'flux-2-klein-4b',
      { resolution: '2K' },
      'flux-2-klein-4b',
      { width: 2048, height: 2048, output_format: 'jpeg', safety_tolerance: 2 },
      1.7,
    ],
    [
      'flux-kontext-pro',
      { prompt_extend: true },
      'flux-kontext-pro',
      { output_format: 'png', safety_tolerance: 2, prompt_upsampling: true },
      4,
    ],
    [
      'flux-kontext-max',
      { aspect_ratio: '21:9', safety: 6, seed: 7 },
      'flux-kontext-max',
      {
        aspect_ratio: '21:9',
        output_format: 'png',
        safety_tolerance: 6,
        prompt_upsampling: false,
        seed: 7,
      },
      8,
    ],
    ['flux-pro-1.1', {}, 'flux-pro-1.1', { ...classic, width: 1024, height: 768 }, 4],
    [
      'flux-pro-1-1',
      { aspect_ratio: '16:9' },
      'flux-pro-1.1',
      { ...classic, width: 1024, height: 576 },
      4,
    ],
    [
      'flux-pro-1-1',
      { size: '1440x1440' },
      'flux-pro-1.1',
      { ...classic, width: 1440, height: 1440 },
      4,
    ],
    [
      'flux-dev',
      { size: '256x1440', provider_options: { steps: 1, guidance: 1.5 } },
      'flux-dev',
      { ...classic, width: 256, height: 1440, steps: 1, guidance: 1.5 },
      null,
    ],
    [
      'flux-pro-1.1-ultra',
      { provider_options: { raw: true, image_prompt_strength: 0.4 } },
      'flux-pro-1.1-ultra',
      { ...classic, aspect_ratio: '16:9', raw: true, image_prompt_strength: 0.4 },
      6,
    ],
  ])('%s with %o', (name, input, vendorModel, fields, cents) => {
    expect(prepare(name, { prompt: 'a cat', ...input })).toEqual({
      ok: true,
      request: { model: vendorModel, body: { prompt: 'a cat', ...fields } },
      estimate: {
        unit: 'image',
        quantity: 1,
        costNanoUsd: cents === null ? null : Math.round(cents * CENT),
      },
    });
  });

  it('asks for one picture, whatever n says: the rest are further jobs', () => {
    const prepared = prepare('flux-2-pro', { prompt: 'a cat', n: 10 });

    expect(prepared).toMatchObject({ estimate: { quantity: 1, costNanoUsd: 3 * CENT } });
    expect(prepared).not.toHaveProperty('request.body.n');
    for (const model of fluxModels) expect(model.perCall).toBe(1);
  });

  it.each(fluxModels.map((model) => [model.id, model] as const))(
    '%s takes its own example',
    (_, model) => {
      expect(validateInput(model, model.example)).toEqual([]);
      expect(bfl.prepare(model.example, model)).toMatchObject({ ok: true });
    },
  );
});

describe('pictures given to FLUX', () => {
  it.each<[string, number, readonly string[]]>([
    ['flux-2-pro', 8, ['input_image', 'input_image_2', 'input_image_8']],
    ['flux-2-klein', 4, ['input_image', 'input_image_4']],
    ['flux-kontext-pro', 4, ['input_image', 'input_image_4']],
    ['flux-pro-1-1', 1, ['image_prompt']],
    ['flux-dev', 1, ['image_prompt']],
    ['flux-pro-1-1-ultra', 1, ['image_prompt']],
  ])('%s takes %i of them', (name, most, places) => {
    const model = modelOf(name);
    const input = { prompt: 'a cat', image_urls: Array<string>(most).fill(PICTURE) };

    const prepared = prepare(name, input);
    const tooMany = validateInput(model, { ...input, image_urls: [...input.image_urls, PICTURE] });

    expect(prepared).toMatchObject({
      media: input.image_urls.map((source) => ({ source, as: 'base64' })),
    });
    for (const place of places) expect(prepared).toHaveProperty(`request.body.${place}`, null);
    expect(tooMany).toMatchObject([{ path: 'input.image_urls' }]);
  });

  it.each<[string, string, number, number | null]>([
    ['one, where the table prices an edit', 'flux-2-pro', 1, 4.5],
    ['several', 'flux-2-pro', 2, null],
    ['one, where the table has no edit', 'flux-2-max', 1, null],
    ['one, where the price is by the picture', 'flux-kontext-pro', 1, 4],
  ])('have a price that is known for %s', (_, name, count, cents) => {
    const input = { prompt: 'a cat', image_urls: Array<string>(count).fill(PICTURE) };

    expect(prepare(name, input)).toMatchObject({
      estimate: { costNanoUsd: cents === null ? null : cents * CENT },
    });
  });

  it('are the picture to fill, and its mask', () => {
    expect(
      prepare('flux-fill', {
        image_urls: [PICTURE],
        mask_url: 'input:01JD',
        provider_options: { steps: 15, guidance: 100 },
      }),
    ).toEqual({
      ok: true,
      request: {
        model: 'flux-pro-1.0-fill',
        body: { ...classic, image: null, mask: null, steps: 15, guidance: 100 },
      },
      estimate: { unit: 'image', quantity: 1, costNanoUsd: 5 * CENT },
      media: [
        expect.objectContaining({ at: '/body/image', field: 'input.image_urls.0' }),
        expect.objectContaining({
          at: '/body/mask',
          field: 'input.mask_url',
          source: 'input:01JD',
          accepts: ['image/png', 'image/jpeg', 'image/webp'],
        }),
      ],
    });
  });

  it('are the picture to expand, by what the sides say', () => {
    const input = { image_urls: [PICTURE], provider_options: { left: 256, top: 0 } };

    expect(prepare('flux-expand', input)).toMatchObject({
      request: { model: 'flux-pro-1.0-expand', body: { image: null, left: 256, top: 0 } },
      estimate: { costNanoUsd: 5 * CENT },
    });
    expect(
      prepare('flux-expand', { image_urls: [PICTURE], provider_options: { steps: 20 } }),
    ).toMatchObject({ ok: false, issues: [{ path: 'input.provider_options' }] });
  });
});

describe('what FLUX cannot express', () => {
  it.each<[string, JsonObject, string]>([
    ['flux-pro-1-1', { size: '1008x768' }, 'input.size'],
    ['flux-pro-1-1', { size: '1472x768' }, 'input.size'],
    ['flux-dev', { size: '224x768' }, 'input.size'],
    ['flux-dev', { size: '1024x768', aspect_ratio: '4:3' }, 'input.size'],
  ])('%s refuses %o in prepare', (name, input, path) => {
    expect(prepare(name, { prompt: 'a cat', ...input })).toMatchObject({
      ok: false,
      issues: [{ path }],
    });
  });

  it.each<[string, JsonObject, string]>([
    ['flux-2-pro', { safety: 6 }, 'input.safety'],
    ['flux-2-pro', { prompt_extend: true }, 'input.prompt_extend'],
    ['flux-2-pro', { provider_options: { steps: 5 } }, 'input.provider_options'],
    ['flux-2-pro', { negative_prompt: 'rain' }, 'input.negative_prompt'],
    ['flux-2-flex', { provider_options: { steps: 51 } }, 'input.provider_options.steps'],
    ['flux-2-flex', { provider_options: { guidance: 1.4 } }, 'input.provider_options.guidance'],
    [
      'flux-2-flex',
      { provider_options: { webhook_url: 'https://a.example/' } },
      'input.provider_options.webhook_url',
    ],
    ['flux-dev', { provider_options: { guidance: 5.5 } }, 'input.provider_options.guidance'],
    ['flux-kontext-pro', { size: '1024x1024' }, 'input.size'],
    ['flux-pro-1-1-ultra', { aspect_ratio: '22:9' }, 'input.aspect_ratio'],
    [
      'flux-pro-1-1-ultra',
      { provider_options: { image_prompt_strength: 1.1 } },
      'input.provider_options.image_prompt_strength',
    ],
    ['flux-fill', {}, 'input.image_urls'],
    [
      'flux-fill',
      { image_urls: [PICTURE], provider_options: { steps: 14 } },
      'input.provider_options.steps',
    ],
    ['flux-expand', { image_urls: [PICTURE] }, 'input.provider_options'],
    [
      'flux-expand',
      { image_urls: [PICTURE], provider_options: { left: 2049 } },
      'input.provider_options.left',
    ],
    ['flux-2-klein', { n: 11 }, 'input.n'],
  ])('%s refuses %o by schema', (name, input, path) => {
    const issues = validateInput(modelOf(name), { prompt: 'a cat', ...input });

    expect(issues).toMatchObject([{ path }]);
  });
});
