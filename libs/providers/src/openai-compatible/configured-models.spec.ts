import { describe, expect, it } from 'vitest';
import { configuredProviders } from '../catalog.js';
import { configuredModels } from './configured-models.js';

const variables = (texts: Readonly<Record<string, string>>) => ({
  text: (name: string): string | undefined => texts[name],
});

describe('configuredModels', () => {
  it('has none where none is named', () => {
    expect(configuredModels(variables({}))).toEqual([]);
    expect(configuredModels(variables({ OPENAI_COMPATIBLE_IMAGE_MODELS: ' , ' }))).toEqual([]);
  });

  it('names them as the catalog does, and sends the name as it was typed', () => {
    const models = configuredModels(
      variables({
        OPENAI_COMPATIBLE_IMAGE_MODELS: 'Qwen-Image.Local, sdxl_turbo',
        OPENAI_COMPATIBLE_VIDEO_MODELS: 'Sora-2',
      }),
    );

    expect(models.map(({ id, vendorModel, kind }) => [id, vendorModel, kind])).toEqual([
      ['qwen-image-local', 'Qwen-Image.Local', 'image'],
      ['sdxl_turbo', 'sdxl_turbo', 'image'],
      ['sora-2', 'Sora-2', 'video'],
    ]);
  });

  it.each([
    ['black-forest/flux', /^OPENAI_COMPATIBLE_VIDEO_MODELS: "black-forest\/flux" is no name/],
    ['ok, two words', /"two words" is no name/],
    ['-dash', /"-dash"/],
    ['x'.repeat(101), /"x{60}…"/],
    ['a\nb', /is no name/],
  ])('refuses %j, naming the variable in one line', (text, message) => {
    const read = () => configuredModels(variables({ OPENAI_COMPATIBLE_VIDEO_MODELS: text }));

    expect(read).toThrow(message);
  });
});

describe('a configured name that is taken', () => {
  it.each([
    [{ OPENAI_COMPATIBLE_IMAGE_MODELS: 'GPT-Image.2' }, 'OPENAI_COMPATIBLE_IMAGE_MODELS: '],
    [{ OPENAI_COMPATIBLE_IMAGE_MODELS: 'gpt-image-2-pro' }, 'OPENAI_COMPATIBLE_IMAGE_MODELS: '],
    [{ OPENAI_COMPATIBLE_IMAGE_MODELS: 'a.b,a-b' }, 'OPENAI_COMPATIBLE_IMAGE_MODELS: '],
    [
      { OPENAI_COMPATIBLE_IMAGE_MODELS: 'mine', OPENAI_COMPATIBLE_VIDEO_MODELS: 'mine' },
      'OPENAI_COMPATIBLE_VIDEO_MODELS: ',
    ],
  ])('%j stops the start with a line that names the variable', (texts, start) => {
    expect(() => configuredProviders(variables(texts))).toThrow(
      new RegExp(`^${start}"[^"]+" names [a-z0-9-]+ already; choose another name$`),
    );
  });

  it('is no trouble otherwise', () => {
    const configured = configuredProviders(variables({ OPENAI_COMPATIBLE_VIDEO_MODELS: 'sora-2' }));

    expect(configured.flatMap(({ models }) => models.map(({ id }) => id))).toContain('sora-2');
  });
});
