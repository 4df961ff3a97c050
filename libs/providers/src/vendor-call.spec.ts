import { ProviderError } from '@app/errors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from './refusal.js';
import { providerErrorOf } from './testing/failure.js';
import { ReplayServer, TEST_KEY } from './testing/replay-server.js';
import { callVendor } from './vendor-call.js';

describe('callVendor', () => {
  let vendor: ReplayServer;
  beforeAll(async () => {
    vendor = await ReplayServer.start();
  });
  beforeEach(() => vendor.reset());
  afterAll(async () => await vendor.close());
  const call = (context = vendor.context()) =>
    callVendor(context, {
      vendor: 'Vendor',
      method: 'GET',
      url: `${vendor.origin}/job`,
      headers: (key) => ({ 'x-key': key }),
    });

  it('resolves with any status, and reads JSON where there is some', async () => {
    vendor.answer({ status: 418, body: { tea: true } }, { status: 502, body: '<html>' });

    expect(await call()).toMatchObject({ status: 418, body: { tea: true } });
    expect(await call()).toMatchObject({ status: 502, body: '<html>' });
  });

  it('leaves the bytes of a file as they are, and reads what is no file', async () => {
    const file = async () =>
      await callVendor(vendor.context(), {
        vendor: 'Vendor',
        method: 'GET',
        url: `${vendor.origin}/file`,
        headers: () => ({}),
        bytes: { maxBytes: 100 },
      });
    vendor.answer({ body: '{"a":1}' }, { status: 404, body: { error: 'gone' } });

    expect(await file()).toMatchObject({ status: 200, body: Buffer.from('{"a":1}') });
    expect(await file()).toMatchObject({ status: 404, body: { error: 'gone' } });
  });

  it('gives a file as its bytes, and an answer about an error as what it says', async () => {
    vendor.answer({ body: 'the bytes' }, { status: 404, body: { error: 'gone' } });
    const file = () =>
      callVendor(vendor.context(), {
        vendor: 'Vendor',
        method: 'GET',
        url: `${vendor.origin}/file`,
        headers: (key) => ({ 'x-key': key }),
        bytes: { maxBytes: 1000 },
      });

    expect(await file()).toMatchObject({ status: 200, body: Buffer.from('the bytes') });
    expect(await file()).toMatchObject({ status: 404, body: { error: 'gone' } });
    expect(vendor.requests[0]?.headers).toMatchObject({ accept: '*/*' });
  });

  it('sends nothing when no credential can be had', async () => {
    const context = vendor.context({
      credential: () => Promise.reject(new Error('token endpoint is down')),
    });

    const error = await providerErrorOf(call(context));

    expect(error).toMatchObject({
      accepted: 'no',
      retryable: true,
      taskError: 'MODEL_UNAVAILABLE',
    });
    expect(vendor.requests).toEqual([]);
  });

  it('cannot say what became of a call that was aborted on its way', async () => {
    const stop = new AbortController();
    stop.abort();

    const error = await providerErrorOf(call(vendor.context({ signal: stop.signal })));

    expect(error).toMatchObject({ accepted: 'unknown' });
  });

  it('never repeats the key that a vendor quotes, nor more than a line of what it says', async () => {
    vendor.answer({ status: 400, body: {} });
    const answer = await call();

    const error = refusal(answer, 'request', { message: `Bad ${TEST_KEY}\n${'x'.repeat(1000)}` });

    expect(error).toBeInstanceOf(ProviderError);
    expect(error.message).toContain('Bad [key] xxx');
    expect(error.message).not.toContain(TEST_KEY);
    expect(error.message.length).toBeLessThan(400);
  });

  it('leaves out the query of a link that a vendor quotes', async () => {
    vendor.answer({ status: 400, body: {} });
    const answer = await call();

    const quoted = answer.clean("Cannot load 'https://files.example/cat.png?sig=secret&a=1': 404");

    expect(quoted).toBe("Cannot load 'https://files.example/cat.png?…': 404");
  });

  it('tells nothing of what a vendor says about the account', async () => {
    vendor.answer({ status: 401, body: {} });
    const answer = await call();

    const error = refusal(answer, 'account', {
      code: 'bad_key',
      message: 'Your key sk-abc is wrong',
    });

    expect(error.message).toBe(
      "Vendor refused the gateway's account; an operator must look at its key, access and balance (HTTP 401, bad_key)",
    );
  });
});
