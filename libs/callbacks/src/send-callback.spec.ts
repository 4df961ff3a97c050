import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Door,
  type DoorRequest,
  type DoorTrace,
  GuardedDoor,
  OutboundError,
  tenantPolicy,
} from '@app/outbound';
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
      trigger: 'auto',
      status: 200,
      errorClass: null,
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
    expect(attempt).toMatchObject({
      status: 302,
      errorClass: 'redirect',
      error: 'redirect refused (302)',
    });
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
    const { receiver, sender } = await setUp(() => {}, { timeoutMs: 2_000 });

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(attempt).toMatchObject({
      status: null,
      errorClass: 'timeout',
      error: 'no answer within 2 s',
    });
    expect(verdict).toEqual({ outcome: 'retry', timedOutOr429: true });
  });

  it('says no more of a closed port than that no connection could be made', async () => {
    const { receiver, sender } = await setUp(() => {});
    await receiver.close();

    const { attempt, verdict } = await sender.send(deliveryTo(receiver.url));

    expect(attempt).toMatchObject({
      status: null,
      errorClass: 'closed',
      error: 'no connection could be made',
      answerSnippet: '',
    });
    expect(verdict).toEqual({ outcome: 'retry', timedOutOr429: false });
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
    expect(attempt).toMatchObject({ status: null, errorClass: 'refused-url' });
    expect(attempt.error).toMatch(/^Address refused: /);
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

/** A door that keeps what it was asked for and fails, or answers 204, with a trace. */
class ScriptedDoor extends Door {
  readonly asked: DoorRequest[] = [];

  constructor(private readonly failure: OutboundError | null) {
    super();
  }

  override async request(request: DoorRequest) {
    this.asked.push(request);
    if (this.failure) throw this.failure;
    return { trace: TRACE, status: 204, headers: {}, body: Readable.from([]) };
  }

  override async close(): Promise<void> {}
}

const TRACE: DoorTrace = {
  timings: { dnsMs: 3.4, connectMs: 11.6, tlsMs: null, firstByteMs: 0.2 },
  remoteAddress: '192.0.2.7',
};

const secretsOf = async () => SECRETS;
const lateSecrets = async () => await delay(100, SECRETS);
const through = (door: Door, timeoutMs = 10_000, ask = secretsOf): CallbackSender =>
  new CallbackSender({ door, secrets: { secretsOf: ask }, timeoutMs });

describe('what is kept of an attempt', () => {
  const phases = { dnsMs: 3, connectMs: 12, tlsMs: null, firstByteMs: 0 };

  it('has the phases in whole milliseconds and the address that was spoken to', async () => {
    const { attempt } = await through(new ScriptedDoor(null)).send(deliveryTo(SOMEWHERE));

    expect(attempt).toMatchObject({ phases, remoteAddress: '192.0.2.7' });
  });

  it('has as much of that as a failed one came to', async () => {
    const broken = Object.assign(new OutboundError('reset', 'broken', true), { trace: TRACE });
    const nowhere = new OutboundError('unresolved', 'no such name', false);

    const { attempt: cut } = await through(new ScriptedDoor(broken)).send(deliveryTo(SOMEWHERE));
    const { attempt: lost } = await through(new ScriptedDoor(nowhere)).send(deliveryTo(SOMEWHERE));

    expect(cut).toMatchObject({ phases, remoteAddress: '192.0.2.7', errorClass: 'reset' });
    expect(lost).toMatchObject({
      phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
      remoteAddress: null,
      errorClass: 'unresolved',
    });
  });

  it('has why somebody asked for it', async () => {
    const delivery: Delivery = { ...deliveryTo(SOMEWHERE), trigger: 'replay' };

    const { attempt } = await through(new ScriptedDoor(null)).send(delivery);

    expect(attempt.trigger).toBe('replay');
  });

  it.each(['blocked', 'closed', 'filtered'] as const)(
    'is the same for a tenant when the address is %s',
    async (reason) => {
      const failure = Object.assign(new OutboundError('connect', `${reason} 10.0.0.7`, false), {
        reason,
      });

      const { attempt, verdict } = await through(new ScriptedDoor(failure)).send(
        deliveryTo(SOMEWHERE),
      );

      expect(attempt).toMatchObject({ errorClass: reason, error: 'no connection could be made' });
      expect(verdict).toEqual({ outcome: 'retry', timedOutOr429: false });
    },
  );

  it('is tried again where the operator opened the network, and the door says at once that it is refused', async () => {
    const own = new OutboundError('refused-address', 'our own port', false, { reason: 'blocked' });
    const text = new OutboundError('refused-address', 'port 0', false, { reason: 'refused-url' });

    const blocked = await through(new ScriptedDoor(own)).send(deliveryTo(SOMEWHERE));
    const refused = await through(new ScriptedDoor(text)).send(deliveryTo(SOMEWHERE));

    expect(blocked.verdict).toEqual({ outcome: 'retry', timedOutOr429: false });
    expect(refused.verdict).toEqual({ outcome: 'dead' });
  });

  it('is nothing when the operator’s proxy is to blame', async () => {
    const failure = new OutboundError('connect', 'no proxy', false, { reason: 'proxy' });

    await expect(through(new ScriptedDoor(failure)).send(deliveryTo(SOMEWHERE))).rejects.toBe(
      failure,
    );
  });

  it('says that we broke it off', async () => {
    const failure = new OutboundError('aborted', 'aborted', true);

    const { attempt, verdict } = await through(new ScriptedDoor(failure)).send(
      deliveryTo(SOMEWHERE),
    );

    expect(attempt).toMatchObject({ errorClass: 'interrupted' });
    expect(verdict).toEqual({ outcome: 'interrupted' });
  });
});

describe('the clocks of an attempt', () => {
  it.each([
    ['the whole time-out', {}, 10_000, 5_000],
    ['what is left of the lease', { withinMs: 3_000 }, 3_000, 1_500],
    ['no more than the time-out', { withinMs: 60_000 }, 10_000, 5_000],
  ])('give it %s', async (_what, limits, totalMs, connectMs) => {
    const door = new ScriptedDoor(null);

    await through(door).send(deliveryTo(SOMEWHERE), limits);

    const about = (ms: number): unknown => expect.closeTo(ms, -3);
    expect(door.asked[0]?.timeouts).toEqual({
      connectMs: about(connectMs),
      headersMs: about(totalMs),
      idleMs: about(totalMs),
      totalMs: about(totalMs),
    });
  });

  it('count the time that the secrets took, for it is the lease’s as well', async () => {
    const door = new ScriptedDoor(null);

    await through(door, 10_000, lateSecrets).send(deliveryTo(SOMEWHERE), { withinMs: 5_000 });

    expect(door.asked[0]?.timeouts.totalMs).toBeLessThan(4_910);
  });

  it('leave no receiver a time that it would be blamed for', async () => {
    const door = new ScriptedDoor(null);

    const sent = through(door, 10_000, lateSecrets).send(deliveryTo(SOMEWHERE), { withinMs: 110 });

    await expect(sent).rejects.toThrow('too long to send now');
    expect(door.asked).toEqual([]);
  });

  it('do not let a host that does not answer at all hold a place for long', async () => {
    const door = new ScriptedDoor(null);

    await through(door, 300_000).send(deliveryTo(SOMEWHERE));

    expect(door.asked[0]?.timeouts).toMatchObject({ connectMs: 5_000, totalMs: 300_000 });
  });

  it('end with the signal that was given', async () => {
    const door = new ScriptedDoor(null);
    const { signal } = new AbortController();

    await through(door).send(deliveryTo(SOMEWHERE), { signal });

    expect(door.asked[0]?.signal).toBe(signal);
  });
});

const SOMEWHERE = 'https://receiver.example/hook';
