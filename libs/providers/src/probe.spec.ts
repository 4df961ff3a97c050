import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ark } from './ark/ark.provider.js';
import { bfl } from './bfl/bfl.provider.js';
import { dashscope } from './dashscope/dashscope.provider.js';
import { gemini } from './gemini/gemini.provider.js';
import { openaiCompatible } from './openai-compatible/openai-compatible.provider.js';
import { openai } from './openai/openai.provider.js';
import { probe } from './probe.js';
import { providers } from './registry.js';
import { ReplayServer, TEST_KEY } from './testing/replay-server.js';
import { vertex } from './vertex/vertex.provider.js';

let vendor: ReplayServer;
beforeAll(async () => {
  vendor = await ReplayServer.start();
});
beforeEach(() => vendor.reset());
afterAll(async () => await vendor.close());

const PROBED = [
  [bfl, '/credits'],
  [dashscope, '/tasks/?page_no=1&page_size=1'],
  [ark, '/contents/generations/tasks?page_num=1&page_size=1'],
  [gemini, '/v1beta/models?pageSize=1'],
  [openai, '/models'],
  [openaiCompatible, '/models'],
] as const;

describe('probe', () => {
  it('is known of every provider', () => {
    const known = [...PROBED.map(([{ id }]) => id), vertex.id];

    expect(providers.map(({ id }) => id).toSorted()).toEqual(known.toSorted());
  });

  it.each(PROBED)('asks $id for something free, once, with the key', async (provider, path) => {
    vendor.answer({ status: 200, body: {} });

    expect(await probe(provider, vendor.context())).toEqual({ kind: 'good' });
    expect(vendor.requests).toMatchObject([{ method: 'GET', path }]);
    expect(JSON.stringify(vendor.requests[0]?.headers)).toContain(TEST_KEY);
  });

  it.each(PROBED)('tells a key that $id refuses', async (provider) => {
    for (const status of [401, 403]) {
      vendor.answer({ status, body: {} });
      expect(await probe(provider, vendor.context())).toMatchObject({ kind: 'refused' });
    }
  });

  it.each([
    [429, 'no-answer'],
    [503, 'no-answer'],
    [404, 'unprobed'],
    [405, 'unprobed'],
    [402, 'refused'],
  ])('takes HTTP %i for "%s"', async (status, kind) => {
    vendor.answer({ status, body: {} });

    expect(await probe(openai, vendor.context())).toMatchObject({ kind });
  });

  it('tells BFL’s own word for a key of no good form', async () => {
    vendor.answer({ status: 422, body: { detail: 'Invalid API key format' } });

    expect(await probe(bfl, vendor.context())).toMatchObject({ kind: 'refused' });
  });

  it('asks nothing of a vendor that has nothing free', async () => {
    expect(await probe(vertex, vendor.context())).toEqual({ kind: 'unprobed' });
    expect(vendor.requests).toEqual([]);
  });
});
