import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';

/** Records, or how the server fails. `silence`: the question is never answered. */
export type Reply = readonly Answer[] | 'no-such-name' | 'server-failure' | 'refused' | 'silence';

export interface Question {
  readonly name: string;
  readonly type: 'A' | 'AAAA';
}

/** A real authoritative name server on a free loopback port, which answers as its script says. */
export interface NameServer extends AsyncDisposable {
  /** As `parseDnsServers` takes it. */
  readonly address: string;
  readonly asked: readonly Question[];
}

const CODES = { 'no-such-name': 3, 'server-failure': 2, refused: 5 } as const;

export async function nameServer(script: (question: Question) => Reply): Promise<NameServer> {
  const socket = createSocket('udp4');
  const asked: Question[] = [];
  socket.on('message', (message: Buffer, { port, address }: RemoteInfo) => {
    const query = decode(message);
    const [first] = query.questions ?? [];
    if (first?.type !== 'A' && first?.type !== 'AAAA') return;
    const question = { name: first.name, type: first.type };
    asked.push(question);
    const reply = script(question);
    if (reply !== 'silence') socket.send(encode(packet(query, reply)), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

function packet(query: Packet, reply: Exclude<Reply, 'silence'>): Packet {
  const code = typeof reply === 'string' ? CODES[reply] : 0;
  return {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags: AUTHORITATIVE_ANSWER | code,
    ...(query.questions ? { questions: query.questions } : {}),
    answers: typeof reply === 'string' ? [] : [...reply],
  };
}

/** The records of a name with these addresses, for a script. */
export function records(
  { name, type }: Question,
  addresses: readonly string[],
  ttl = 0,
): readonly Answer[] {
  return addresses
    .filter((address) => address.includes(':') === (type === 'AAAA'))
    .map((data) => ({ type, name, ttl, data }));
}
