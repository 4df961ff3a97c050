import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { CallbackFact } from './facts.js';

export interface MoodyReceiver {
  /** `http://127.0.0.1:PORT/hook` */
  readonly url: string;
  /** What came so far, judged with these secrets (`whsec_…`), of which one must fit. */
  facts(secrets: readonly string[]): readonly CallbackFact[];
  stop(): Promise<void>;
}

interface Arrival {
  readonly rawBody: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  taken: boolean;
}

/**
 * A receiver as they are: by the digest of its `webhook-id` and the number of its attempt, a callback
 * is refused, answered late, never answered or cut off; from the third attempt on it is always taken.
 */
export async function startMoodyReceiver(): Promise<MoodyReceiver> {
  const arrivals: Arrival[] = [];
  const tries = new Map<string, number>();
  const server = createServer((request, response) => {
    void take(request, response).catch(() => response.destroy());
  });
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const rawBody = await buffer(request);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const id = headers['webhook-id'] ?? '';
    const number = (tries.get(id) ?? 0) + 1;
    tries.set(id, number);
    const arrival: Arrival = { rawBody, headers, taken: false };
    arrivals.push(arrival);
    arrival.taken = await answer(response, moodOf(id, number));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}/hook`,
    facts: (secrets) => arrivals.map((arrival) => factOf(arrival, secrets)),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Mood = 'takes' | 'refuses' | 'slow' | 'silent' | 'cuts';

const MOODS: readonly Mood[] = ['refuses', 'slow', 'silent', 'cuts'];
const GOOD_FROM_TRY = 3;

function moodOf(webhookId: string, number: number): Mood {
  if (number >= GOOD_FROM_TRY) return 'takes';
  const [dice = 0] = createHash('sha256').update(`${webhookId} ${number}`).digest();
  return dice % 4 === 0 ? (MOODS[(dice >> 2) % MOODS.length] ?? 'takes') : 'takes';
}

/** @returns whether it said 2xx */
async function answer(response: ServerResponse, mood: Mood): Promise<boolean> {
  switch (mood) {
    case 'takes':
      response.writeHead(200).end();
      return true;
    case 'slow':
      await sleep(600);
      response.writeHead(204).end();
      return true;
    case 'refuses':
      response.writeHead(500).end('not now');
      return false;
    case 'cuts':
      response.destroy();
      return false;
    case 'silent':
      return false; // the sender's clock ends it
  }
}

function factOf({ rawBody, headers, taken }: Arrival, secrets: readonly string[]): CallbackFact {
  const body = JSON.parse(rawBody.toString()) as { taskId: string; status: string }; // a task
  return {
    webhookId: headers['webhook-id'] ?? '',
    event: headers['x-taskgate-event'] ?? '',
    taskId: body.taskId,
    status: body.status,
    digest: createHash('sha256').update(rawBody).digest('hex'),
    signatureIsValid: secrets.some((secret) => verifies(secret, rawBody, headers)),
    taken,
  };
}

/** The signature alone: the library also judges the age, and the facts are judged at the end of a run. */
function verifies(
  secret: string,
  rawBody: Buffer,
  headers: Readonly<Record<string, string>>,
): boolean {
  const id = headers['webhook-id'] ?? '';
  const at = new Date(Number(headers['webhook-timestamp']) * 1000);
  if (Number.isNaN(at.getTime())) return false;
  const expected = new Webhook(secret).sign(id, at, rawBody.toString());
  return (headers['webhook-signature'] ?? '').split(' ').includes(expected);
}
