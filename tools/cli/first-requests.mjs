import { SANDBOX_KEY } from '../start/providers.mjs';

/**
 * @typedef {object} FirstRequest one that works, to try the stand-in with
 * @property {string} path below the vendor's base URL
 * @property {string} header that carries the key, the vendor's way
 * @property {Readonly<Record<string, unknown>>} body
 */

const PROMPT = 'a paper boat';
const BEARER = `Authorization: Bearer ${SANDBOX_KEY}`;

/**
 * By the vendor's name.
 * @type {Readonly<Record<string, FirstRequest | undefined>>}
 */
export const FIRST_REQUESTS = {
  OpenAI: {
    path: '/chat/completions',
    header: BEARER,
    body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Say hello.' }] },
  },
  DashScope: {
    path: '/services/aigc/multimodal-generation/generation',
    header: BEARER,
    body: {
      model: 'qwen-image-2.0',
      input: { messages: [{ role: 'user', content: [{ text: PROMPT }] }] },
    },
  },
  BFL: { path: '/flux-2-pro', header: `x-key: ${SANDBOX_KEY}`, body: { prompt: PROMPT } },
  Vertex: {
    path:
      '/v1/projects/sandbox/locations/us-central1/publishers/google/models' +
      '/veo-3.1-generate-001:predictLongRunning',
    header: BEARER,
    body: { instances: [{ prompt: PROMPT }], parameters: { durationSeconds: 4 } },
  },
  Gemini: {
    path: '/v1beta/models/gemini-3-pro-image:generateContent',
    header: `x-goog-api-key: ${SANDBOX_KEY}`,
    body: { contents: [{ role: 'user', parts: [{ text: PROMPT }] }] },
  },
  Ark: {
    path: '/contents/generations/tasks',
    header: BEARER,
    body: { model: 'seedance-1-0-pro-250528', content: [{ type: 'text', text: PROMPT }] },
  },
  Compatible: {
    path: '/images/generations',
    header: BEARER,
    body: { model: 'sandbox-image', prompt: PROMPT, size: '1024x1024' },
  },
};
