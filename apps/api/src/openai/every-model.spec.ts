import { Catalog, type Model } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { imageRequest } from './image-input.js';
import { isUpstreams, servedAsTask } from './served-as-task.js';
import { videoInput } from './video-input.js';

const catalog = new Catalog();
const own = catalog.list().filter((model) => !isUpstreams(catalog.providerOf(model)));
const named = (kind: Model['kind']) =>
  own.filter((model) => model.kind === kind).map((model) => [model.id, model] as const);

describe('every model of the catalog', () => {
  it('is a task’s, but for those of the upstream’s own vendor', () => {
    for (const model of own) expect(servedAsTask(catalog, model.id)).toBe(model);
    expect(servedAsTask(catalog, 'gpt-image-2')).toBeNull();
    expect(servedAsTask(catalog, 'gpt-image-1.5')).toBeNull();
    expect(servedAsTask(catalog, 'nobody-knows')).toBeNull();
  });

  it('is a task’s under a name of ours that the upstream does not know', () => {
    expect(servedAsTask(catalog, 'gpt-image-2-pro')?.vendorModel).toBe('gpt-image-2.6-sunburst');
    expect(servedAsTask(catalog, 'gpt-image-1-5')?.vendorModel).toBe('gpt-image-1.5');
  });

  it.each(named('image'))('takes its own example in OpenAI’s shape: %s', (id, model) => {
    const body = { model: id, user: 'u-1', ...model.example };

    expect(imageRequest(body, model).input).toEqual(model.example);
  });

  it.each(named('video'))('takes its own example in OpenAI’s shape: %s', (id, model) => {
    const body = { model: id, user: 'u-1', ...model.example };

    expect(videoInput(body, model, null)).toEqual(model.example);
  });
});
