import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { CallBody } from './call-body.js';
import { endpointKind } from './endpoint-kind.js';
import { HeldBytes } from './held-bytes.js';

const HEADERS = ['content-type', 'application/json', 'content-length', '15'];
const FACTS = {
  policies: { policy: {}, keyPolicy: {} },
  method: 'POST',
  endpoint: endpointKind('POST', ['v1', 'responses']),
  maxCostUsd: null,
  headers: HEADERS,
  maxJsonBytes: 1_000,
};

describe('a body that was read', () => {
  it('is in no memory any more once it is let go of, whoever still has what was judged', async () => {
    const held = new HeldBytes(1_000);
    const source = Readable.from([Buffer.from('{"model":"gpt"}')]);
    const body = new CallBody({ source, headers: HEADERS, maxBodyBytes: 1_000, held });
    const judged = await body.judge(FACTS, (model) => [model], new AbortController().signal);
    expect(judged?.bytes.toString()).toBe('{"model":"gpt"}');

    body.letGo();

    expect(judged).toMatchObject({ bytes: Buffer.alloc(0), model: 'gpt' });
    expect(body.request.model).toBe('gpt');
    expect(held.lease().take(1_000)).toBe(true);
  });
});
