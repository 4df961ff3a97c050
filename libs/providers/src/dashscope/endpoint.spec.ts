import { expect, it } from 'vitest';
import { dashscope } from './dashscope.provider.js';
import { endpointOf } from './endpoint.js';

const VIDEO = { path: '/services/aigc/video-generation/video-synthesis', asTask: true };
const MESSAGE = { path: '/services/aigc/multimodal-generation/generation', asTask: false };

it.each([
  ['wan2.5-t2v-preview', VIDEO],
  ['wan2.7-videoedit', VIDEO],
  ['wan3.0-video', VIDEO],
  ['happyhorse-1.1-r2v', VIDEO],
  ['wan2.2-kf2v-flash', { path: '/services/aigc/image2video/video-synthesis', asTask: true }],
  ['qwen-image', { path: '/services/aigc/text2image/image-synthesis', asTask: true }],
  ['qwen-image-plus', { path: '/services/aigc/text2image/image-synthesis', asTask: true }],
  ['qwen-image-max', MESSAGE],
  ['qwen-image-2.0', MESSAGE],
  ['qwen-image-edit-plus', MESSAGE],
])('%s is taken at %o', (model, endpoint) => {
  expect(endpointOf(model)).toEqual(endpoint);
});

it('is what every model of the catalog says of a lost submit: only tasks are found again', () => {
  for (const { id, vendorModel, submitSafety } of dashscope.models) {
    expect(submitSafety === 'none', id).toBe(!endpointOf(vendorModel).asTask);
  }
});
