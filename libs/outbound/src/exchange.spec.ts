import { describe, expect, it, vi } from 'vitest';
import { Exchange } from './exchange.js';

const REQUEST = {
  url: 'https://vendor.example/jobs',
  method: 'POST',
  headers: {},
  body: '{}',
  addressClass: { kind: 'tenant' },
  timeouts: { connectMs: 1_000, headersMs: 1_000, idleMs: 1_000, totalMs: 1_000 },
} as const;

/** What undici hands over when it is about to write a request. */
const aController = () => ({
  abort: vi.fn(),
  pause: vi.fn(),
  resume: vi.fn(),
  aborted: false,
  paused: false,
  reason: null,
});

describe('Exchange', () => {
  it('breaks off when the transport means to send the same request again', async () => {
    const exchange = new Exchange(REQUEST, 'vendor.example');
    const [first, again] = [aController(), aController()];

    exchange.onRequestStart(first);
    expect(first.abort).not.toHaveBeenCalled();
    exchange.onRequestStart(again);

    expect(again.abort).toHaveBeenCalledOnce();
    await expect(exchange.response).rejects.toMatchObject({ kind: 'reset', requestSent: true });
  });
});
