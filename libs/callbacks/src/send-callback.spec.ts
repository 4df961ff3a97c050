import type { RequestListener } from 'node:http';
import { GuardedDoor, tenantPolicy } from '@app/outbound';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { newCallbackSecret } from './callback-secret.js';
import { type Delivery, newDelivery } from './delivery.js';
import { CallbackSender } from './send-callback.js';
import { startReceiver } from './testing/receiver.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map(async (close) => await close()));
});

const SECRETS = [newCallbackSecret(), newCallbackSecret()] as const;

async function setUp(answer: RequestListener, { timeoutMs = 5000, allowed = '127.0.0.0/8' } = {}) {
  const receiver = await startReceiver(answer);
  const publicUrl = 'https://gateway.example';
  const tenants = tenantPolicy({ allowedNetworks: allowed, ownPorts: [], publicUrl });
  const door = new GuardedDoor({ tenants });
  closers.push(async () => await door.close(), receiver.close);
  const secrets = { secretsOf: async () => SECRETS };
  return { receiver, door, sender: new CallbackSender({ door, secrets, timeoutMs }) };
}

const outOfReach = async (): Promise<never> => {
  throw new Error('no database');
};

function deliveryTo(url: string): Delivery {
  return newDelivery(
    {
      taskId: 'tk-1',
      tenantId: 'tenant-1',
      event: 'task.success',
      sequence: 1,
      url,
      body: '{"taskId":"tk-1","prompt":"grüße"}',
    },
    new Date(),
  );
}

describe('CallbackSender', () => {
  it('delivers the frozen bytes so that a Standard Webhooks receiver accepts them', async () => {
    const { receiver, sender } = await setUp((_request, response) => response.end('thanks'));
    const delivery = deliveryTo(receiver.url);

    const { attempt, verdict } = await sender.send({ ...delivery, attempts: 2 });

    const [got] = receiver.received;
    expect(got?.body).toBe(delivery.body);
    for (const secret of SECRETS) {
      const headers = got?.headers as Record<string, string>;
      expect(new Webhook(secret).verify(delivery.body, headers)).toMatchObject({ taskId: 'tk-1' });
    }
    expect(got?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': delivery.id,
      'x-taskgate-attempt': '3',
    });
    expect(verdict).toEqual({ outcome: 'delivered' });
    expect(attempt).toMatchObject({
      deliveryId: delivery.id,
      number: 3,
      trigger: 'schedule',
      status: 200,
      error: null,
      answerSnippet: 'thanks',
    });
  });

  it('records a redirect and does not follow it', async () => {
    const { receiver, sender } = await setUp((_request, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end();
    });

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(receiver.received).toHaveLength(1);
    expect(attempt).toMatchObject({ status: 302, error: 'redirect refused (302)' });
    expect(verdict.outcome).toBe('retry');
  });

  it('keeps the start of an endless answer', async () => {
    const { receiver, sender } = await setUp((_request, response) => {
      response.writeHead(200);
      response.write('z'.repeat(70_000));
    });

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(attempt.answerSnippet).toBe('z'.repeat(1024));
    expect(verdict.outcome).toBe('delivered');
  });

  it('takes a 2xx as delivered although the answer’s body never ends', async () => {
    const { receiver, sender } = await setUp(
      (_request, response) => {
        response.writeHead(202);
        response.write('well, ');
      },
      { timeoutMs: 1_000 },
    );

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(attempt).toMatchObject({ status: 202, error: null, answerSnippet: 'well, ' });
    expect(verdict.outcome).toBe('delivered');
  });

  it('gives up on a receiver that never answers', async () => {
    const { receiver, sender } = await setUp(() => {}, { timeoutMs: 50 });

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(attempt).toMatchObject({ status: null, error: 'timed out after 0.05 s' });
    expect(verdict).toEqual({ outcome: 'retry', timedOutOr429: true });
  });

  it('names a closed port', async () => {
    const { receiver, sender } = await setUp(() => {});
    await receiver.close();

    const { attempt } = await sender.send(deliveryTo(receiver.url));

    expect(attempt).toMatchObject({ status: null, error: 'connection refused', answerSnippet: '' });
  });

  it('passes on what a busy receiver asks for', async () => {
    const { receiver, sender } = await setUp((_request, response) => {
      response.writeHead(503, { 'retry-after': '120' }).end();
    });

    const { verdict } = await sender.send(deliveryTo(receiver.url));

    expect(verdict).toMatchObject({ outcome: 'retry', retryAfterSeconds: 120 });
  });

  it('ends a delivery to an address that callbacks may not reach, and sends nothing', async () => {
    const { receiver, sender } = await setUp((_request, response) => response.end(), {
      allowed: '',
    });

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(receiver.received).toEqual([]);
    expect(attempt.error).toMatch(/^refused address/);
    expect(verdict).toEqual({ outcome: 'dead' });
  });

  it('does not blame the receiver for secrets that are out of reach', async () => {
    const { receiver, door } = await setUp(() => {});
    const secrets = { secretsOf: outOfReach };
    const sender = new CallbackSender({ door, secrets, timeoutMs: 1000 });

    await expect(sender.send(deliveryTo(receiver.url))).rejects.toThrow('no database');
    expect(receiver.received).toEqual([]);
  });
});
