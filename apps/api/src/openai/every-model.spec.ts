import { Catalog, type Model } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { imageRequest } from './image-input.js';
import { servedAsTask } from './served-as-task.js';
import { videoInput } from './video-input.js';

const catalog = new Catalog();
const own = catalog.list().filter(({ id }) => servedAsTask(catalog, id));
const named = (kind: Model['kind']) =>
  own.filter((model) => model.kind === kind).map((model) => [model.id, model] as const);

describe('every model of the catalog', () => {
  it('is a task’s, but for those of the upstream’s own vendor', () => {
    const upstreams = catalog.list().filter((model) => !own.includes(model));

    expect(upstreams.map((model) => catalog.providerOf(model).id)).toEqual(
      upstreams.map(() => 'openai'),
    );
    expect(servedAsTask(catalog, 'nobody-knows')).toBeNull();
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
