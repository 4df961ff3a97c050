import { describe, expect, it } from 'vitest';
import { chooseProviders } from './providers.mjs';

const SANDBOX = 'http://127.0.0.1:8100';

/** @param {Record<string, string>} env */
const states = (env) =>
  Object.fromEntries(chooseProviders(env, SANDBOX).rows.map(({ name, state }) => [name, state]));

describe('chooseProviders', () => {
  it('points every provider at the sandbox when no key is set', () => {
    const { environment, rows } = chooseProviders({}, SANDBOX);

    expect(rows.every(({ state }) => state === 'sandbox')).toBe(true);
    expect(environment).toMatchObject({
      OPENAI_API_KEY: 'sandbox',
      OPENAI_BASE_URL: `${SANDBOX}/openai/v1`,
      DASHSCOPE_BASE_URL: `${SANDBOX}/dashscope/api/v1`,
      BFL_BASE_URL: `${SANDBOX}/bfl/v1`,
      GEMINI_API_KEY: 'sandbox',
      GEMINI_BASE_URL: `${SANDBOX}/gemini`,
      VERTEX_PROJECT: 'sandbox',
      VERTEX_LOCATION: 'us-central1',
      VERTEX_BASE_URL: `${SANDBOX}/vertex`,
      VERTEX_ACCESS_TOKEN: 'sandbox',
      ARK_API_KEY: 'sandbox',
      ARK_BASE_URL: `${SANDBOX}/ark/api/v3`,
      OPENAI_COMPATIBLE_API_KEY: 'sandbox',
      OPENAI_COMPATIBLE_BASE_URL: `${SANDBOX}/compatible/v1`,
      OPENAI_COMPATIBLE_IMAGE_MODELS: 'sandbox-image',
      OPENAI_COMPATIBLE_VIDEO_MODELS: 'sora-2',
    });
  });

  it.each([
    ['a key alone', { OPENAI_COMPATIBLE_API_KEY: 'k' }, 'sandbox'],
    ['an address alone', { OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:11434/v1' }, 'sandbox'],
    [
      'both',
      { OPENAI_COMPATIBLE_API_KEY: 'k', OPENAI_COMPATIBLE_BASE_URL: 'http://localhost:11434/v1' },
      'live',
    ],
  ])('judges a compatible upstream with %s', (_, env, state) => {
    expect(states(env)).toMatchObject({ Compatible: state });
  });

  it.each([
    ['a key', { OPENAI_API_KEY: 'sk-1' }, 'live'],
    ['a file with a key', { OPENAI_API_KEY_FILE: '/run/secrets/openai' }, 'live'],
    ['an empty key', { OPENAI_API_KEY: ' ' }, 'sandbox'],
    ['a base URL alone', { OPENAI_BASE_URL: 'http://localhost:11434/v1' }, 'sandbox'],
  ])('judges OpenAI with %s', (_, env, state) => {
    expect(states(env)).toMatchObject({ OpenAI: state, BFL: 'sandbox' });
  });

  it.each([
    ['a project alone', { VERTEX_PROJECT: 'p' }, 'sandbox'],
    ['a token alone', { VERTEX_ACCESS_TOKEN: 't' }, 'sandbox'],
    ['a project and a token', { VERTEX_PROJECT: 'p', VERTEX_ACCESS_TOKEN: 't' }, 'live'],
    ['a project and a token file', { VERTEX_PROJECT: 'p', VERTEX_ACCESS_TOKEN_FILE: '/t' }, 'live'],
    [
      'a project and credentials',
      { VERTEX_PROJECT: 'p', GOOGLE_APPLICATION_CREDENTIALS: '/c' },
      'live',
    ],
  ])('judges Vertex with %s', (_, env, state) => {
    expect(states(env)).toMatchObject({ Vertex: state });
  });

  it('leaves a live provider as the user set it', () => {
    const { environment } = chooseProviders({ BFL_API_KEY: 'key' }, SANDBOX);

    expect(Object.keys(environment).filter((name) => name.startsWith('BFL_'))).toEqual([]);
  });

  it('takes half of a real account away, so that the sandbox never sees it', () => {
    const { environment } = chooseProviders({ GOOGLE_APPLICATION_CREDENTIALS: '/c' }, SANDBOX);

    expect(environment).toHaveProperty('GOOGLE_APPLICATION_CREDENTIALS', undefined);
  });

  it('lets a provider of the sandbox take many jobs at once, unless the user says otherwise', () => {
    const { environment } = chooseProviders({ BFL_MAX_IN_FLIGHT: '2' }, SANDBOX);

    expect(environment).toMatchObject({
      VERTEX_MAX_IN_FLIGHT: '1000',
      VERTEX_SUBMITS_PER_SECOND: '200',
      VERTEX_CHECKS_PER_SECOND: '500',
    });
    expect(environment).not.toHaveProperty('BFL_MAX_IN_FLIGHT');
  });

  it('says which variables would make a provider live', () => {
    const notes = chooseProviders({ VERTEX_PROJECT: 'p' }, SANDBOX).rows.map(({ note }) => note);

    expect(notes).toContain('live with OPENAI_API_KEY');
    expect(notes).toContain('live with GOOGLE_APPLICATION_CREDENTIALS or VERTEX_ACCESS_TOKEN');
  });
});
