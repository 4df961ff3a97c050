import { OutboundError, type OutboundErrorKind } from '@app/outbound';
import { AxiosError, create } from 'axios';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Catalog } from './catalog.js';
import type { SubmitContext } from './provider.js';
import { providerErrorOf } from './testing/failure.js';
import { type ReplayAnswer, ReplayServer } from './testing/replay-server.js';

/** One model of each protocol. */
const MODELS = [
  'gpt-image-2',
  'qwen-image-2-0',
  'happyhorse-1-0',
  'flux-2-pro',
  'veo-3-1',
  'gemini-omni-1-2-flash',
  'gemini-3-pro-image',
  'veo-3-1-preview',
];

const catalog = new Catalog();

const submits = MODELS.map((id) => {
  const model = catalog.list().find((known) => known.id === id);
  const prepared = model && catalog.providerOf(model).prepare({ prompt: 'a cat' }, model);
  if (!model || !prepared?.ok) throw new Error(`${id} cannot be prepared`);
  return { id, provider: catalog.providerOf(model), request: prepared.request };
});

const CERTAINLY_NOT_TAKEN: readonly (readonly [string, ReplayAnswer])[] = [
  400, 401, 402, 403, 404, 422, 429,
].map((status) => [`HTTP ${status}`, { status, body: {} }]);

const PERHAPS_TAKEN: readonly (readonly [string, ReplayAnswer])[] = [
  ...[408, 409, 500, 502, 503, 504].map((status) => {
    return [`HTTP ${status}`, { status, body: {} }] as const;
  }),
  ['a 200 without what it must hold', { body: {} }],
  ['a page instead of JSON', { body: '<html>' }],
  ['an empty answer', { body: '' }],
  ['a redirect', { status: 307, headers: { location: '/elsewhere' }, body: '' }],
  ['a connection that is reset', { hangUp: true }],
];

describe.each(submits)('a submit of $id', ({ provider, request }) => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const acceptedAfter = async (context: SubmitContext): Promise<string> =>
    (await providerErrorOf(provider.submit(request, context))).accepted;

  it.each(CERTAINLY_NOT_TAKEN)('was certainly not taken after %s', async (_, answer) => {
    vendor.answer(answer);

    expect(await acceptedAfter(vendor.context())).toBe('no');
    expect(vendor.requests).toHaveLength(1);
  });

  it.each(PERHAPS_TAKEN)('may have been taken after %s', async (_, answer) => {
    vendor.answer(answer);

    expect(await acceptedAfter(vendor.context())).toBe('unknown');
    expect(vendor.requests).toHaveLength(1);
  });

  it.each<[OutboundErrorKind, boolean, string]>([
    ['connect', false, 'no'],
    ['unresolved', false, 'no'],
    ['refused-address', false, 'no'],
    ['timeout', false, 'no'],
    ['timeout', true, 'unknown'],
    ['reset', true, 'unknown'],
    ['aborted', true, 'unknown'],
    ['too-large', true, 'unknown'],
  ])('after %s at the door, request sent %s: %s', async (kind, requestSent, accepted) => {
    const http = create({
      adapter: () => {
        throw AxiosError.from(new OutboundError(kind, 'told', requestSent));
      },
    });

    expect(await acceptedAfter(vendor.context({ http }))).toBe(accepted);
  });

  it('was certainly not taken when there is no credential to send it with', async () => {
    const context = vendor.context({
      credential: () => Promise.reject(new Error('no file')),
    });

    expect(await acceptedAfter(context)).toBe('no');
    expect(vendor.requests).toEqual([]);
  });
});
