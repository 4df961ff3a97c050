import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startReceiver } from '../testing/start-receiver.js';
import { startSandbox, type TestSandbox } from '../testing/start-sandbox.js';

const KEY = { 'x-key': 'key' };

const send = async (sandbox: TestSandbox, body: object): Promise<Response> =>
  await sandbox.post('/bfl/v1/flux-2-pro', body, KEY);

describe('the webhook of the BFL stand-in', () => {
  it.each([
    ['once', 'x', 1],
    ['twice for duplicate-hook', 'x [[fault:duplicate-hook]]', 2],
  ])('comes signed, %s', async (_how, prompt, count) => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(count);

    const body = { prompt, webhook_url: receiver.url, webhook_secret: 'secret' };
    const { id } = (await (await send(sandbox, body)).json()) as { id: string };
    const calls = await receiver.calls;

    expect(calls).toHaveLength(count);
    for (const call of calls) {
      const mac = createHmac('sha256', 'secret').update(call.body).digest('hex');
      expect(call.headers['x-bfl-signature']).toBe(`sha256=${mac}`);
      expect(JSON.parse(call.body)).toMatchObject({ id, status: 'Ready' });
    }
  });

  it('comes again while it is not taken', async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(2, [503]);

    await send(sandbox, { prompt: 'x', webhook_url: receiver.url });

    expect(await receiver.calls).toHaveLength(2);
  });

  it('tells the job of a submit whose answer was lost', async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(1);

    const body = { prompt: 'x [[fault:reset-after-accept]]', webhook_url: receiver.url };
    await expect(send(sandbox, body)).rejects.toThrow('fetch failed');
    const [call] = await receiver.calls;

    const { id } = JSON.parse(call?.body ?? '') as { id: string };
    expect(await sandbox.submits()).toMatchObject([{ vendorId: id, prompt: body.prompt }]);
  });

  it('leaves the answer to the submit without an address to ask at: the general one knows the job', async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver(1);

    const answer = await (await send(sandbox, { prompt: 'x', webhook_url: receiver.url })).json();
    const { id } = answer as { id: string };
    const polled = await fetch(`${sandbox.url}/bfl/v1/get_result?id=${id}`);

    expect(answer).not.toHaveProperty('polling_url');
    expect(answer).toMatchObject({ status: 'Pending', webhook_url: receiver.url });
    expect(await polled.json()).toMatchObject({ id, status: 'Ready' });
    await receiver.calls;
  });
});

describe('the limit of active jobs', () => {
  it('turns away what is above it, by key, until a job is over', async () => {
    const sandbox = await startSandbox({ delayMs: 1000, bflMaxActive: 2 });
    const submit = async (key: string): Promise<number> =>
      (await sandbox.post('/bfl/v1/flux-2-pro', { prompt: 'x' }, { 'x-key': key })).status;

    const statuses = [await submit('a'), await submit('a'), await submit('a'), await submit('b')];
    sandbox.pass(1000);
    statuses.push(await submit('a'));

    expect(statuses).toEqual([200, 200, 429, 200, 200]);
    expect(await sandbox.submits()).toHaveLength(4);
  });
});
